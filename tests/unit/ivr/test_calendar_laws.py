"""Whatever the rules and whatever was said over them: what always holds, against a plain second calendar."""

import time as machine
from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ivr.calendar import Calendar, CalendarRules
from ivr.override import Override, OverrideKind
from tests.unit.ivr.calendar_oracle import DAY, JAPAN, NINE_TO_FIVE, Said, Town, ms

LATE = ((time(8, 30), time(19)),)
HALF = ((time(8, 30), time(12)),)
LUNCH = ((time(8, 30), time(12)), (time(13), time(17, 15)))
EVENING = ((time(18), time(0)),)
INSTANT = timedelta(microseconds=1)
DAYS = 45
"""So far the plain calendar looks ahead."""

starts = st.sampled_from(
    [date(2022, 4, 25), date(2022, 12, 20), date(2023, 3, 20), date(2024, 2, 8), date(2026, 9, 15)]
)
contracts = st.sampled_from(
    [
        (None, None),
        (date(2022, 5, 1), date(2023, 3, 31)),
        (None, date(2024, 2, 12)),
        (date(2026, 9, 22), None),
    ]
)
weeks = st.sampled_from(
    [
        dict.fromkeys(range(1, 6), NINE_TO_FIVE),
        {1: NINE_TO_FIVE, 2: LATE, 3: LUNCH, 4: HALF, 5: EVENING, 6: HALF},
        {day: ((time(0), time(0)),) for day in range(1, 8)},
        {5: EVENING, 6: LUNCH},
        {},
    ]
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Town, Calendar, date]:
    """The same town twice, and a date near which things were said."""
    start = draw(starts)
    first, last = draw(contracts)
    week = draw(weeks)
    last_saturday = draw(st.sampled_from([(), LATE]))
    said = []
    for made in range(draw(st.integers(0, 4))):
        since = datetime.combine(start, time(), JAPAN) + draw(
            st.integers(-5 * 24 * 12, 20 * 24 * 12)
        ) * timedelta(minutes=5)
        length = draw(st.none() | st.integers(1, 10 * 24 * 3600).map(lambda s: timedelta(seconds=s)))
        what = draw(st.sampled_from(["closed", "open", "hours"]))
        periods = draw(st.sampled_from([LATE, HALF, LUNCH, EVENING])) if what == "hours" else ()
        said.append(Said(what, since, since + length if length else None, made, periods))
    town = Town(week, last_saturday, first, last, tuple(said))
    rules = CalendarRules(
        weekdays=(),
        hours=tuple((day - 1, periods) for day, periods in week.items()),
        nth_weekdays=((2, 6), (-1, 5)) if last_saturday else ((2, 6),),
        nth_hours=((-1, 5, last_saturday),) if last_saturday else (),
        contract_from=first,
        contract_to=last,
    )
    overrides = [
        Override(
            str(one.made), OverrideKind(one.what), None, ms(one.since), ms(one.until) if one.until else None,
            "試験", "山田", one.made, one.periods,
        )
        for one in said
    ]  # fmt: skip
    return town, Calendar(rules, overrides=draw(st.permutations(overrides))), start


def moments(draw: st.DrawFn, town: Town, start: date) -> datetime:
    """One at which something turns, beside such a one, or any."""
    turns = town.turns(start - 3 * DAY, 25)
    beside = draw(st.sampled_from([-timedelta(seconds=1), -INSTANT, timedelta(0), timedelta(seconds=1)]))
    anywhere = st.integers(0, 25 * 86_400).map(
        lambda seconds: datetime.combine(start - 3 * DAY, time(), JAPAN) + timedelta(seconds=seconds)
    )
    return draw(st.sampled_from(turns).map(lambda at: at + beside) | anywhere)


@given(world=worlds(), data=st.data())
@settings(max_examples=250, deadline=None)
def test_given_any_world_when_asked_at_any_moment_then_state_change_and_opening_are_the_plain_calendars(
    world: tuple[Town, Calendar, date], data: st.DataObject
):
    town, calendar, start = world
    now = moments(data.draw, town, start)
    turns = [at for at in town.turns(now.astimezone(JAPAN).date(), DAYS) if at > now]
    known_until = max(turns)

    found = calendar.at(now)

    state = town.state(now)
    assert found.state == state
    assert found.is_open is town.is_open(now)
    change = next((at for at in turns if town.state(at) != state), None)
    if change:
        assert found.next_change == change
    else:
        assert found.next_change is None or found.next_change > known_until
    opening = next((at for at in turns if town.is_open(at) and not town.is_open(at - INSTANT)), None)
    if opening:
        assert found.next_opening == opening
    else:
        assert found.next_opening is None or found.next_opening > known_until


@given(world=worlds(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_given_any_world_when_intervals_are_asked_then_at_and_day_agree_with_them(
    world: tuple[Town, Calendar, date], data: st.DataObject
):
    town, calendar, start = world
    first = start - 2 * DAY

    intervals = calendar.open_intervals(first, 20)

    for (_, ends), (begins, _) in pairwise(intervals):
        assert ends < begins
    for opens, closes in intervals:
        assert opens < closes
        assert calendar.at(opens).is_open
        assert calendar.at(closes - INSTANT).is_open
        if closes < datetime.combine(first + 20 * DAY, time(), JAPAN):
            assert not calendar.at(closes).is_open
        if opens > datetime.combine(first, time(), JAPAN):
            assert not calendar.at(opens - INSTANT).is_open
    now = moments(data.draw, town, start)
    if first <= now.astimezone(JAPAN).date() < first + 20 * DAY:
        assert calendar.at(now).is_open is any(opens <= now < closes for opens, closes in intervals)
    day = now.astimezone(JAPAN).date()
    clipped = calendar.open_intervals(day, 1)
    shown = calendar.day(day)
    assert len(shown.open) == len(clipped)
    assert [one for one, _ in shown.open] == [f"{at:%H:%M:%S}".removesuffix(":00") for at, _ in clipped]


@given(world=worlds(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_given_any_world_when_something_more_is_said_then_takes_away_is_what_the_moments_show(
    world: tuple[Town, Calendar, date], data: st.DataObject
):
    town, calendar, _ = world
    assume(calendar.overrides)
    more = data.draw(st.sampled_from(calendar.overrides))
    others = tuple(one for one in town.said if str(one.made) != more.id)
    without = Town(town.hours, town.last_saturday, town.first, town.last, others)
    span = [at for at in town.turns(more.begins.date() - DAY, DAYS) if at >= more.begins]
    shown = [
        at
        for at in span
        if (more.ends is None or at < more.ends) and without.is_open(at) and not town.is_open(at)
    ]

    found = calendar.takes_away(more)

    if shown:
        assert found
    elif more.ends is not None:
        assert not found
    assert (
        calendar.with_overrides([one for one in calendar.overrides if one.id != more.id]).takes_away(more)
        is found
    )


@pytest.mark.parametrize("zone", ["America/New_York", "UTC", "Pacific/Kiritimati", "Australia/Lord_Howe"])
def test_given_a_machine_in_another_zone_when_the_edges_of_a_year_are_asked_then_nothing_is_different(
    zone: str, monkeypatch: pytest.MonkeyPatch
):
    town = Town(dict.fromkeys(range(1, 6), NINE_TO_FIVE))
    monkeypatch.setenv("TZ", zone)
    machine.tzset()
    try:
        override = Override(
            "1", OverrideKind.CLOSED, None, ms(datetime(2026, 3, 9, 10, tzinfo=JAPAN)),
            ms(datetime(2026, 3, 9, 11, tzinfo=JAPAN)), "点検", "山田", 1,
        )  # fmt: skip
        calendar = Calendar(CalendarRules(), overrides=[override])
        town.said = (
            Said("closed", datetime(2026, 3, 9, 10, tzinfo=JAPAN), datetime(2026, 3, 9, 11, tzinfo=JAPAN), 1),
        )
        for turn in town.turns(date(2026, 1, 1), 365):
            local = datetime.fromtimestamp(turn.timestamp()).astimezone()
            assert calendar.at(local).is_open is town.is_open(turn), turn
            assert calendar.at(local - INSTANT).is_open is town.is_open(turn - INSTANT), turn
    finally:
        monkeypatch.undo()
        machine.tzset()
