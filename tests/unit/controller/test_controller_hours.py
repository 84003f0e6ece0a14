"""The line's hours, live: told to the floor at the moment, once, and with a supervisor's word over them."""

import asyncio
from datetime import time

import pytest

from acd.events import CallbacksPaused, LineClosed, LineOpened
from config import parse_local, to_ms
from config.callback import CallbackRules
from controller.hours import Hours
from controller.office import Office
from db import Entry
from ivr.calendar import Calendar, CalendarRules
from ivr.override import Override, OverrideKind
from tests.unit.controller.controller_rig import NIGHT, TUESDAY, SetClock, until

CLOSES = to_ms(parse_local("2026-11-24 17:15:00"))
OPENS = to_ms(parse_local("2026-11-25 08:30:00"))


LATE = Calendar(CalendarRules(close_time=time(19)))


def said(kind, from_ms, until_ms, line=None, made_ms=None):
    return Override(
        id=f"o{from_ms}", kind=OverrideKind(kind), line=line, from_ms=from_ms, until_ms=until_ms,
        reason="点検", author="山田", made_ms=from_ms if made_ms is None else made_ms,
    )  # fmt: skip


class Bench:
    def __init__(self, at_ms=TUESDAY, lines=("main",), call_hours=(None, None), **calendars):
        self.clock = SetClock(at_ms)
        self.events = []
        self.overrides = []
        self.changes = 0
        self.hours = Hours(
            {"main": Calendar(CalendarRules()), **calendars},
            self.clock,
            self.events.append,
            lines=lambda: lines,
            callback=lambda: CallbackRules(call_from=call_hours[0], call_to=call_hours[1]),
            overrides=lambda: self.overrides,
            changed=self._changed,
        )

    def _changed(self):
        self.changes += 1

    def says(self, *overrides):
        """These stand over the calendar from now on; what the floor is told."""
        self.overrides[:] = overrides
        self.events.clear()
        self.hours.renew()
        return list(self.events)

    def look(self, at_ms=None):
        """What is told at this moment."""
        if at_ms is not None:
            self.clock.at_ms = at_ms
        self.events.clear()
        self.hours.look()
        return list(self.events)


@pytest.fixture
async def opened():
    benches = []

    def make(*args, **more):
        benches.append(Bench(*args, **more))
        return benches[-1]

    yield make
    for bench in benches:
        bench.hours.stop()


async def test_given_a_start_when_looked_at_then_each_line_is_told_once_and_a_change_at_its_moment(opened):
    bench = opened(lines=("main", "second"))
    assert bench.look() == [LineOpened("main"), LineOpened("second"), CallbacksPaused(False)]
    assert bench.look() == []
    assert bench.look(CLOSES - 1) == []
    assert bench.look(CLOSES) == [
        LineClosed("main", CLOSES), LineClosed("second", CLOSES), CallbacksPaused(True),
    ]  # fmt: skip
    assert bench.look(OPENS) == [LineOpened("main"), LineOpened("second"), CallbacksPaused(False)]


@pytest.mark.parametrize(
    ("now", "closed"),
    [
        ("2026-11-24 20:00:00", "2026-11-24 17:15:00"),
        ("2026-11-25 08:29:59", "2026-11-24 17:15:00"),
        ("2026-11-29 12:00:00", "2026-11-27 17:15:00"),
        ("2027-01-03 23:00:00", "2026-12-28 17:15:00"),
    ],
)
async def test_given_a_start_in_closed_hours_then_the_floor_hears_when_it_closed(opened, now, closed):
    bench = opened(to_ms(parse_local(now)))
    assert bench.look()[0] == LineClosed("main", to_ms(parse_local(closed)))


async def test_given_the_moment_of_closing_then_it_is_told_by_itself(opened):
    bench = opened(CLOSES - 20)
    bench.look()
    bench.clock.at_ms = CLOSES
    await until(lambda: LineClosed("main", CLOSES) in bench.events, "told within a moment", 1)


async def test_given_call_hours_when_they_end_then_callbacks_pause_by_themselves_though_the_line_is_closed(
    opened,
):
    ends = to_ms(parse_local("2026-11-24 20:00:00"))
    bench = opened(ends - 20, call_hours=(time(9), time(20)))
    assert bench.look()[-1] == CallbacksPaused(False)
    bench.clock.at_ms = ends
    await until(lambda: CallbacksPaused(True) in bench.events, "paused within a moment", 1)


async def test_given_a_clock_at_a_change_then_looking_again_does_not_spin(opened):
    bench = opened(CLOSES)
    bench.look()
    assert bench.hours._timer.when() - asyncio.get_running_loop().time() > 10


@pytest.mark.parametrize(
    ("state", "since", "until_at", "at", "is_open", "change", "opening"),
    [
        # closed by hand in open hours, up to the next opening: it opens then by itself
        ("closed", "24 10:00", "25 08:30", "24 11:00", False, "25 08:30", "25 08:30"),
        # closed for an hour within open hours
        ("closed", "24 10:00", "24 11:00", "24 10:30", False, "24 11:00", "24 11:00"),
        # closed beyond the closing: the calendar's next opening counts
        ("closed", "24 17:00", "24 18:00", "24 17:05", False, "25 08:30", "25 08:30"),
        # opened in the evening
        ("open", "24 18:00", "24 20:00", "24 19:00", True, "24 20:00", "25 08:30"),
        # opened early, up to a time in open hours: it stays open to the calendar's closing
        ("open", "24 07:00", "24 09:00", "24 08:00", True, "24 17:15", "25 08:30"),
    ],
)  # fmt: skip
async def test_given_an_override_then_state_next_change_and_next_opening_are_as_people_expect(
    opened, state, since, until_at, at, is_open, change, opening
):
    def ms(text):
        return to_ms(parse_local(f"2026-11-{text}:00"))

    bench = opened(ms(at))
    bench.says(said(state, ms(since), ms(until_at)))
    moment = bench.hours.moment()
    assert moment.is_open is is_open
    assert moment.reason.endswith(": 点検")
    assert to_ms(moment.next_change) == ms(change)
    assert to_ms(moment.next_opening) == ms(opening)


async def test_given_an_override_when_it_is_set_and_ends_then_the_floor_is_told_both_times(opened):
    bench = opened()
    bench.look()
    assert bench.says(said("closed", TUESDAY, TUESDAY + 60_000)) == [
        LineClosed("main", TUESDAY), CallbacksPaused(True),
    ]  # fmt: skip
    assert bench.look(TUESDAY + 60_000) == [LineOpened("main"), CallbacksPaused(False)]


async def test_given_an_evening_opened_by_hand_when_it_ends_then_closed_from_that_moment(opened):
    bench = opened(NIGHT)
    bench.look()
    bench.says(said("open", NIGHT, NIGHT + 60_000))
    assert bench.look(NIGHT + 61_000) == [LineClosed("main", NIGHT + 60_000), CallbacksPaused(True)]


async def test_given_an_override_of_before_a_restart_then_it_holds_again_and_the_newest_word_counts(
    open_whole,
):
    first = open_whole()
    await first.connects()
    Office(first.controller).supervisor.close_line("点検", confirmed_by="佐藤")
    first.stored()
    second = open_whole(clock=first.clock)
    assert second.controller.hours.moment().reason == "臨時休止: 点検"
    Office(second.controller).supervisor.by_calendar()
    second.stored()
    third = open_whole(clock=first.clock)
    assert third.controller.hours.moment().is_open


async def test_given_the_word_of_an_older_version_then_it_holds_and_the_calendar_can_be_asked_for_again(
    open_whole,
):
    first = open_whole()
    for at_ms, state in ((TUESDAY - 2000, "closed"), (TUESDAY - 1000, "open"), (TUESDAY, "closed")):
        data = {"state": state, "until_ms": TUESDAY + 3_600_000, "reason": "点検", "by": "supervisor"}
        first.journal.write(Entry(at_ms, "line.override", data=data))
    first.stored()
    second = open_whole(clock=first.clock)
    assert second.controller.hours.moment().reason == "臨時休止: 点検"
    assert [len(record.history) for record in second.controller.overrides.book] == [2, 2, 1]
    Office(second.controller).supervisor.by_calendar()
    assert second.controller.hours.moment().is_open
    second.stored()
    assert open_whole(clock=first.clock).controller.hours.moment().is_open


async def test_given_lines_with_hours_of_their_own_then_each_is_told_for_itself(opened):
    bench = opened(lines=("main", "tax"), tax=LATE)
    bench.look()
    assert bench.look(CLOSES) == [LineClosed("main", CLOSES)]  # callbacks go on while a line is open
    assert (bench.hours.moment().is_open, bench.hours.moment("tax").is_open) == (False, True)
    late = to_ms(parse_local("2026-11-24 19:00:00"))
    assert bench.look(late) == [LineClosed("tax", late), CallbacksPaused(True)]


async def test_given_two_lines_then_the_timer_waits_for_the_change_of_either(opened):
    late = to_ms(parse_local("2026-11-24 19:00:00"))
    bench = opened(late - 20, lines=("main", "tax"), tax=LATE)
    bench.look()
    bench.clock.at_ms = late
    await until(lambda: LineClosed("tax", late) in bench.events, "told within a moment", 1)


async def test_given_an_override_of_one_line_then_the_other_stays_as_it_is(opened):
    bench = opened(lines=("main", "tax"))
    bench.look()
    assert bench.says(said("closed", TUESDAY, CLOSES, line="tax")) == [LineClosed("tax", TUESDAY)]
    assert bench.hours.moment().is_open
    assert bench.hours.moment("tax").reason == "臨時休止: 点検"
    assert bench.says() == [LineOpened("tax")]


async def test_given_a_planned_override_then_it_begins_by_itself(opened):
    bench = opened()
    bench.look()
    assert bench.says(said("closed", TUESDAY + 30, TUESDAY + 60_000, made_ms=TUESDAY)) == []
    bench.clock.at_ms = TUESDAY + 30
    await until(lambda: LineClosed("main", TUESDAY + 30) in bench.events, "told within a moment", 1)


async def test_given_a_closing_that_ends_at_night_then_the_reason_is_the_nights_again(opened):
    bench = opened(NIGHT)
    bench.says(said("closed", NIGHT - 1000, NIGHT + 60_000))
    assert bench.hours.moment().reason == "臨時休止: 点検"
    bench.clock.at_ms = NIGHT + 60_000
    assert bench.hours.moment().reason.startswith("時間外")


async def test_given_a_line_that_the_settings_have_no_more_then_its_callers_have_the_main_lines_hours(opened):
    assert opened().hours.moment("gone").is_open


async def test_given_hours_when_planned_for_the_exchange_then_open_and_closed_follow_one_another(opened):
    def ms(text):
        return to_ms(parse_local(f"2026-11-{text}:00"))

    bench = opened()
    plan = bench.hours.plan()
    assert plan[:3] == [(True, CLOSES), (False, OPENS), (True, ms("25 17:15"))]
    assert len(plan) <= 16
    bench.says(said("closed", TUESDAY, ms("25 10:00")), said("open", ms("25 18:00"), ms("25 19:00")))
    assert bench.hours.plan()[:4] == [
        (False, ms("25 10:00")), (True, ms("25 17:15")), (False, ms("25 18:00")), (True, ms("25 19:00")),
    ]  # fmt: skip
    bench.says(said("closed", TUESDAY, None))
    assert bench.hours.plan() == [(False, to_ms(parse_local("2026-12-08")))]
    assert bench.changes == 2


async def test_given_a_change_of_the_line_then_the_exchange_is_told_the_coming_hours_on_its_own_clock(whole):
    whole.clock.offset_ms = 60_000
    whole.clock.at_ms = TUESDAY
    await whole.connects()

    def told():
        return [
            dict(one.query)["value"]
            for one in whole.asterisk.asked("POST", "/asterisk/variable")
            if dict(one.query)["variable"] == "MADOGUCHI_HOURS"
        ]

    assert told()[-1].startswith(f"o{CLOSES // 1000 - 60}-c{OPENS // 1000 - 60}-o")
    Office(whole.controller).supervisor.close_line("点検", confirmed_by="佐藤")
    assert told()[-1].startswith(f"c{OPENS // 1000 - 60}-o")
