"""What a citizen hears: on the way into the queue, waiting, and where an overflow leads."""

from datetime import datetime

import pytest

from acd.settings import Destination
from acd.types import OverflowCause, Toward
from config.clock import JST
from ivr.announcement import Place
from ivr.arrival import Arrival
from ivr.calendar import Calendar, CalendarRules
from ivr.caller import Entered, Standing
from ivr.script import Script
from ivr.texts import default_folder, load_texts
from tests.unit.ivr.fake_caller import FakeCaller, Waited

OPEN = Calendar(CalendarRules()).at(datetime(2026, 11, 24, 10, tzinfo=JST))
NIGHT = Calendar(CalendarRules()).at(datetime(2026, 11, 24, 20, tzinfo=JST))
TEXTS = load_texts(default_folder())
PLAIN = Script(Arrival(), busy=True, please_hold_every_s=30)
TELLING = Script(
    Arrival(greeting=False),
    busy=True,
    please_hold_every_s=30,
    say_position=True,
    say_wait=True,
    say_wait_every_s=60,
)


async def waits(coroutine) -> None:
    with pytest.raises(Waited):
        await coroutine


async def test_given_an_open_line_then_answer_greeting_queue_busy_and_please_hold():
    caller = FakeCaller()
    await waits(PLAIN.citizen(caller, OPEN))
    assert caller.heard == [
        "ANSWER", "greeting", "QUEUE", "MUSIC", "busy", "MUSIC", "please_hold", "MUSIC",
    ]  # fmt: skip


async def test_given_a_phone_that_rings_at_once_then_nothing_is_said_before_please_hold():
    caller = FakeCaller(entered=Entered.RINGS)
    await waits(PLAIN.citizen(caller, OPEN))
    assert caller.heard == ["ANSWER", "greeting", "QUEUE", "MUSIC", "please_hold", "MUSIC"]


async def test_given_a_caller_who_was_sent_elsewhere_on_entry_then_this_script_says_no_more():
    caller = FakeCaller(entered=Entered.DIVERTED)
    await PLAIN.citizen(caller, OPEN)
    assert caller.heard == ["ANSWER", "greeting", "QUEUE"]


async def test_given_a_closed_line_then_the_reason_and_the_end_without_a_queue():
    caller = FakeCaller()
    await PLAIN.citizen(caller, NIGHT)
    assert caller.heard == [
        "ANSWER", "CLOSED", "office", "closed.night", "next.lead", "date.on.11.25",
        "date.weekday.2", "time.hour.8", "next.minute.30", "HANG UP",
    ]  # fmt: skip


async def test_given_a_full_line_then_told_so():
    caller = FakeCaller()
    await PLAIN.full(caller, OPEN)
    assert caller.heard == ["ANSWER", "BLOCKED", "error", "HANG UP"]


@pytest.mark.parametrize("cause", OverflowCause)
async def test_given_an_announcement_of_each_cause_then_it_is_named_and_the_caller_waits_on(cause):
    caller = FakeCaller(pauses=0)
    await waits(PLAIN.diverted(caller, cause, Destination(Toward.ANNOUNCE)))
    assert caller.heard == [f"overflow.{cause.value}", "overflow.wait_on", "MUSIC"]
    assert set(caller.said) <= TEXTS.keys()


@pytest.mark.parametrize("cause", OverflowCause)
async def test_given_a_good_bye_of_each_cause_then_it_is_named_and_hung_up(cause):
    caller = FakeCaller()
    await PLAIN.diverted(caller, cause, Destination(Toward.HANG_UP))
    assert caller.heard == [f"overflow.{cause.value}", "overflow.good_bye", "HANG UP"]
    assert set(caller.said) <= TEXTS.keys()


async def test_given_a_good_bye_at_closing_time_then_the_next_opening_is_named():
    caller = FakeCaller()
    caller.opens = datetime(2026, 11, 25, 8, 30, tzinfo=JST)
    await PLAIN.diverted(caller, OverflowCause.CLOSING, Destination(Toward.HANG_UP))
    assert caller.said == [
        "overflow.closing", "overflow.closing.good_bye", "next.lead", "date.on.11.25",
        "date.weekday.2", "time.hour.8", "next.minute.30",
    ]  # fmt: skip
    assert set(caller.said) <= TEXTS.keys()


async def test_given_announcements_for_those_who_wait_then_they_take_turns_with_please_hold():
    caller = FakeCaller(pauses=5)
    caller.board = {Place.WAITING: ("announce.a", "announce.b")}
    await waits(PLAIN.waiting(caller))
    assert caller.said == ["please_hold", "announce.a", "announce.b", "please_hold", "announce.a"]


async def test_given_an_announcement_that_expires_in_the_queue_then_only_please_hold_is_left():
    caller = FakeCaller(pauses=4)
    caller.board = {Place.WAITING: ("announce.a",)}
    asked = caller.announced
    caller.announced = lambda place: asked(place) if caller.clock_s < 1070 else ()
    await waits(PLAIN.waiting(caller))
    assert caller.said == ["please_hold", "announce.a", "please_hold", "please_hold"]


async def test_given_another_line_then_told_and_waiting_on():
    caller = FakeCaller(pauses=0)
    await waits(PLAIN.diverted(caller, OverflowCause.WAITED, Destination(Toward.LINE, "second")))
    assert caller.heard == ["overflow.line", "MUSIC"]


async def test_given_another_number_then_told_and_handed_on():
    caller = FakeCaller()
    await PLAIN.diverted(caller, OverflowCause.NO_SEAT, Destination(Toward.NUMBER, "0262269999"))
    assert caller.heard == ["overflow.number", "TRANSFER 0262269999"]


async def test_given_a_choice_without_an_answer_then_the_caller_waits_on():
    caller = FakeCaller(pauses=0)
    await waits(PLAIN.diverted(caller, OverflowCause.WAITED, Destination(Toward.CHOICE)))
    assert caller.heard == ["overflow.waited", "choice.callback", "overflow.wait_on", "MUSIC"]


async def test_given_a_choice_that_ends_in_a_callback_then_nobody_waits():
    caller = FakeCaller(keys="21")
    await PLAIN.diverted(caller, OverflowCause.CLOSING, Destination(Toward.CHOICE))
    assert caller.heard[-3:] == ["CALLBACK +81262261234", "callback.done", "HANG UP"]


async def test_given_a_caller_taken_out_then_told_and_hung_up():
    caller = FakeCaller()
    await PLAIN.taken_out(caller)
    assert caller.heard == ["taken_out", "HANG UP"]


@pytest.mark.parametrize(
    ("turn", "texts", "row"),
    [
        (Standing(3, 250_000), ["wait.position.3", "wait.minutes.5"], (250_000, 5, 3)),
        (Standing(1, 1), ["wait.position.1", "wait.minutes.1"], (1, 1, 1)),
        (Standing(20, 600_001), ["wait.position.20", "wait.minutes.15"], (600_001, 15, 20)),
        (Standing(99, 3_600_000), ["wait.position.99", "wait.minutes.60"], (3_600_000, 60, 99)),
        (Standing(100, 3_600_001), ["wait.position.beyond", "wait.over_an_hour"], (3_600_001, 65, 100)),
        (Standing(2, None), ["wait.position.2"], (None, None, 2)),
    ],
)
async def test_given_a_turn_when_told_then_whole_sentences_rounded_as_spoken_and_one_row(turn, texts, row):
    caller = FakeCaller(pauses=0)
    caller.turn = turn
    await waits(TELLING.queued(caller, Entered.WAITS))
    assert caller.said == ["busy", *texts]
    assert caller.rows == [row]
    assert set(caller.said) <= TEXTS.keys()


async def test_given_no_honest_figure_and_no_position_wanted_then_silence_and_no_row():
    caller = FakeCaller(pauses=0)
    caller.turn = Standing(2, None)
    script = Script(Arrival(greeting=False), busy=True, please_hold_every_s=30, say_wait=True)
    await waits(script.queued(caller, Entered.WAITS))
    assert caller.said == ["busy"]
    assert caller.rows == []


async def test_given_settings_that_tell_nothing_then_nothing_is_told():
    caller = FakeCaller(pauses=2)
    caller.turn = Standing(2, 60_000)
    await waits(PLAIN.queued(caller, Entered.WAITS))
    assert caller.said == ["busy", "please_hold", "please_hold"]
    assert caller.rows == []


async def test_given_a_long_wait_then_it_is_told_no_more_often_than_wanted():
    caller = FakeCaller(pauses=4)
    caller.turn = Standing(2, 60_000)
    await waits(TELLING.queued(caller, Entered.WAITS))
    told = ["wait.position.2", "wait.minutes.1"]
    assert caller.said == [
        "busy", *told, "please_hold", "please_hold", *told, "please_hold", "please_hold", *told,
    ]  # fmt: skip


async def test_given_a_call_that_rings_when_please_hold_comes_then_no_place_is_told():
    caller = FakeCaller(pauses=1)
    await waits(TELLING.waiting(caller))
    assert caller.said == ["please_hold"]
