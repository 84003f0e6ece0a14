"""後処理: by its time, the operator, the ledger entry; extended; per line and per operator."""

import pytest

from acd.commands import Record, StartTimer, StopTimer
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    EntryWritten,
    ExtendWrapUp,
    Joined,
    LogOut,
    OfferAnswered,
    OwnCallStarted,
    Ready,
    SeatLegGone,
)
from acd.settings import FloorSettings, LineSettings, OperatorSettings, WrapUp
from acd.types import WrapUpMode
from tests.unit.acd.floor_play import Play

M = WrapUpMode


HALF_A_MINUTE = WrapUp(30_000)


def after_talk(rule: WrapUp = HALF_A_MINUTE, line: str = "main", **settings) -> Play:
    """The talk of c1 at seat 1 ended at 50 s."""
    play = Play(seats=1, lines={"main": LineSettings(wrap_up=rule)}, **settings)
    play.talk("c1", line=line)
    play(CallerGone("c1"), at=50_000)
    return play


def test_given_a_talk_when_it_ends_then_the_wrap_up_begins_with_its_timer_and_rows():
    play = after_talk(WrapUp(30_000, 90_000, M.UNTIL_ENTRY))
    state = {"from": "talking", "to": "wrap_up", "reason": None}
    assert play.last[2:5] == (
        StartTimer("wrap_up:c1.1@1", 80_000),
        Record("seat.state", "c1", 1, "op-1", "c1.1", state),
        Record("seat.wrap_up", None, 1, "op-1", "c1.1", {"until_ms": 80_000, "mode": "until_entry"}),
    )
    seat = play.floor.seat(1)
    assert (seat.state.value, seat.wrap_up_until_ms, seat.call) == ("wrap_up", 80_000, "c1")


@pytest.mark.parametrize("mode", M)
def test_given_any_mode_when_its_time_is_over_then_it_ends(mode):
    play = after_talk(WrapUp(30_000, 0, mode))
    play.until(79_999)
    assert play.state(1) == "wrap_up"
    play.until(80_000)
    assert play.moves(1) == ["wrap_up>ready"]
    seat = play.floor.seat(1)
    assert (seat.call, seat.offer, seat.line, seat.wrap_up_until_ms) == (None, None, None, None)
    assert seat.able_ms == 80_000


def test_given_a_wrap_up_of_a_millisecond_when_the_talk_ends_then_it_lasts_so_long():
    play = after_talk(WrapUp(1))
    assert play.timers("wrap_up") == [50_001]
    play.until(50_001)
    assert play.state(1) == "ready"


@pytest.mark.parametrize("mode", M)
def test_given_any_mode_when_the_operator_ends_it_then_it_ends_and_its_timer_stops(mode):
    play = after_talk(WrapUp(30_000, 0, mode))
    state = {"from": "wrap_up", "to": "ready", "reason": None}
    assert play(EndWrapUp(1)) == (
        StopTimer("wrap_up:c1.1@1"),
        Record("seat.state", "c1", 1, "op-1", "c1.1", state),
    )


@pytest.mark.parametrize("mode", M)
def test_given_the_ledger_entry_when_saved_then_the_wrap_up_ends_only_where_the_line_says_so(mode):
    play = after_talk(WrapUp(30_000, 0, mode))
    play(EntryWritten(1, "c1"))
    assert play.state(1) == ("ready" if mode is M.UNTIL_ENTRY else "wrap_up")
    assert (play.of(StopTimer) == [StopTimer("wrap_up:c1.1@1")]) == (mode is M.UNTIL_ENTRY)


def test_given_an_entry_of_another_call_or_seat_when_saved_then_nothing():
    play = after_talk(WrapUp(30_000, 0, M.UNTIL_ENTRY))
    assert play(EntryWritten(1, "c0"), EntryWritten(9, "c1")) == ()
    assert play.state(1) == "wrap_up"


def test_given_an_entry_when_saved_during_the_talk_or_long_after_then_nothing():
    play = Play(seats=1, lines={"main": LineSettings(wrap_up=WrapUp(30_000, 0, M.UNTIL_ENTRY))}).talking()
    assert play(EntryWritten(1, "c1")) == ()
    play(CallerGone("c1"), EndWrapUp(1))
    assert play(EntryWritten(1, "c1")) == ()


def test_given_a_wrap_up_when_extended_then_it_ends_so_much_later_and_the_old_timer_is_void():
    play = after_talk(WrapUp(30_000, 90_000))
    commands = play(ExtendWrapUp(1, 20_000), at=60_000)
    token = play.timer("wrap_up")
    assert token != "wrap_up:c1.1@1"
    assert commands == (
        StopTimer("wrap_up:c1.1@1"),
        StartTimer(token, 100_000),
        Record("seat.wrap_up", None, 1, "op-1", "c1.1", {"until_ms": 100_000, "mode": "fixed"}),
    )
    assert play.floor.seat(1).wrap_up_until_ms == 100_000
    assert play.floor.seat(1).since_ms == 50_000
    play.until(99_999)
    assert play.state(1) == "wrap_up"
    play.until(100_000)
    assert play.state(1) == "ready"


def test_given_an_extension_beyond_the_most_when_asked_then_up_to_it_and_then_refused():
    play = after_talk(WrapUp(30_000, 60_000))
    play(ExtendWrapUp(1, 99_000), at=60_000)
    assert play.timers("wrap_up") == [110_000], "60 s from its beginning"
    play(ExtendWrapUp(1, 1))
    assert play.refused() == ["wrap_up_too_long"]
    assert "60 s" in play.last[0].why
    play.until(110_000)
    assert play.state(1) == "ready"


def test_given_the_last_millisecond_when_extended_by_it_then_it_is_added():
    play = after_talk(WrapUp(30_000, 30_001))
    play(ExtendWrapUp(1, 1))
    assert play.timers("wrap_up") == [80_001]
    play(ExtendWrapUp(1, 1))
    assert play.refused() == ["wrap_up_too_long"]


def test_given_no_most_when_extension_is_asked_then_refused():
    play = after_talk(WrapUp(30_000))
    play(ExtendWrapUp(1, 1_000))
    assert play.refused() == ["wrap_up_too_long"]
    assert "30 s" in play.last[0].why


def test_given_an_operator_with_a_time_of_its_own_when_extension_is_asked_then_held_against_that():
    play = after_talk(operators={"op-1": OperatorSettings(wrap_up_ms=50_000)})
    play(ExtendWrapUp(1, 1_000))
    assert play.refused() == ["wrap_up_too_long"]
    assert "50 s" in play.last[0].why


@pytest.mark.parametrize("by_ms", [0, -5])
def test_given_an_extension_of_nothing_when_asked_then_out_of_range(by_ms):
    play = after_talk(WrapUp(30_000, 90_000))
    play(ExtendWrapUp(1, by_ms))
    assert play.refused() == ["out_of_range"]


@pytest.mark.parametrize("event", [EndWrapUp(1), ExtendWrapUp(1, 1_000)])
def test_given_no_wrap_up_when_its_end_or_extension_is_asked_then_refused(event):
    play = Play(seats=1)
    play(event)
    assert play.refused() == ["not_in_wrap_up"]
    play.talking()
    play(event)
    assert play.refused() == ["not_in_wrap_up"]
    play(LogOut(1), CallerGone("c1"), event)
    assert play.refused() == ["not_logged_in"]


def test_given_an_extended_wrap_up_when_ended_early_then_its_new_timer_stops():
    play = after_talk(WrapUp(30_000, 90_000))
    play(ExtendWrapUp(1, 20_000))
    token = play.timer("wrap_up")
    play(EndWrapUp(1))
    assert play.of(StopTimer) == [StopTimer(token)]
    assert not play.floor.timers


def test_given_an_extended_wrap_up_when_extended_again_then_tokens_never_repeat():
    play = after_talk(WrapUp(30_000, 90_000))
    play(ExtendWrapUp(1, 1_000), ExtendWrapUp(1, 1_000), ExtendWrapUp(1, 1_000))
    tokens = [c.token for c in play.all if isinstance(c, StartTimer)]
    assert len(tokens) == len(set(tokens))
    assert play.timers("wrap_up") == [83_000]


@pytest.mark.parametrize(
    ("line", "operator", "expected"),
    [
        ("main", "x", WrapUp(30_000)),
        ("tax", "x", WrapUp(60_000, 120_000, M.UNTIL_ENTRY)),
        ("none", "x", WrapUp(0)),
        ("main", "slow", WrapUp(90_000)),
        ("tax", "slow", WrapUp(90_000, 120_000, M.UNTIL_ENTRY)),
        ("tax", "slower", WrapUp(150_000, 150_000, M.UNTIL_ENTRY)),
        ("main", "never", WrapUp(0)),
        ("tax", None, WrapUp(60_000, 120_000, M.UNTIL_ENTRY)),
    ],
)
def test_given_line_and_operator_when_the_wrap_up_is_asked_then_the_operators_time_before_the_lines(
    line, operator, expected
):
    lines = {
        "tax": LineSettings(wrap_up=WrapUp(60_000, 120_000, M.UNTIL_ENTRY)),
        "none": LineSettings(wrap_up=WrapUp(0)),
    }
    people = {
        "slow": OperatorSettings(wrap_up_ms=90_000),
        "slower": OperatorSettings(wrap_up_ms=150_000),
        "never": OperatorSettings(wrap_up_ms=0),
    }
    settings = FloorSettings(seats=(1,), lines=lines, operators=people)
    assert settings.wrap_up(line, operator) == expected


def test_given_a_line_without_wrap_up_when_the_talk_ends_then_ready_and_the_next_rings_at_once():
    play = Play(seats=1, lines={"quick": LineSettings(wrap_up=WrapUp(0))})
    play.talk("c1", line="quick")
    play(CallQueued("c2"), SeatLegGone("c1.1"))
    assert play.moves(1) == ["talking>ready", "ready>ringing"]
    assert play.recorded("seat.wrap_up") == []
    play(OfferAnswered("c2.1"), Joined("c2.1"), SeatLegGone("c2.1"))
    assert play.state(1) == "wrap_up", "the other line has one"


@pytest.mark.parametrize(
    ("event", "after"), [(Ready(1), "ready"), (Break(1, "x"), "break"), (LogOut(1), "logged_out")]
)
def test_given_a_wrap_up_when_the_operator_declares_something_then_it_ends_at_once(event, after):
    play = after_talk()
    play(event)
    assert play.state(1) == after
    assert play.of(StopTimer) == [StopTimer("wrap_up:c1.1@1")]


def test_given_an_own_call_in_wrap_up_when_the_entry_is_saved_then_busy_with_the_own_call():
    play = after_talk(WrapUp(30_000, 0, M.UNTIL_ENTRY))
    play(OwnCallStarted(1), EntryWritten(1, "c1"))
    assert (play.state(1), play.floor.seat(1).reason) == ("talking", "own_call")


def test_given_new_wrap_up_times_when_reconfigured_then_the_running_one_goes_on_as_begun():
    play = after_talk()
    play.reconfigure(lines={}, wrap_up_ms=5_000)
    assert play.timers("wrap_up") == [80_000]
    play.until(80_000)
    play.talk("c2")
    play(CallerGone("c2"), at=100_000)
    assert play.timers("wrap_up") == [105_000]


def test_given_handling_times_when_wrap_up_ends_then_talk_and_wrap_up_count_for_the_prediction():
    play = after_talk()
    joined = 1_050
    assert play.floor.seat(1).talk_ms == joined
    play(EndWrapUp(1), at=61_000)
    assert list(play.floor.waits._handled) == [(61_000, 61_000 - joined)]
    assert play.floor.seat(1).talk_ms is None
