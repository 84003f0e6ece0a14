"""Operators are not seats: any operator at any seat, one seat at a time; and breaks with limits."""

import pytest

from acd.commands import Record, StartTimer, StopTimer
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    LogIn,
    LogOut,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
    TalkRecovered,
    TimerFired,
)
from acd.types import Phone
from tests.unit.acd.floor_play import Play

MOVES = {"login_moves": True}


def test_given_an_operator_at_rest_elsewhere_when_logging_in_then_moved_where_the_settings_say_so():
    play = Play(seats=3, **MOVES)
    play(LogOut(2))
    commands = play(LogIn(2, "op-1"))
    assert [(row.kind, row.seat, row.operator) for row in commands if isinstance(row, Record)] == [
        ("seat.state", 1, "op-1"),
        ("seat.logout", 1, "op-1"),
        ("seat.login", 2, "op-1"),
        ("seat.state", 2, "op-1"),
    ]
    assert (play.state(1), play.state(2)) == ("logged_out", "ready")
    assert play.floor.operators == {"op-1": 2, "op-3": 3}


def test_given_an_operator_in_wrap_up_elsewhere_when_logging_in_then_moved_and_the_wrap_up_ends():
    play = Play(seats=2, **MOVES).talking()
    play(LogOut(2), CallerGone("c1"))
    play(LogIn(2, "op-1"))
    assert play.of(StopTimer) == [StopTimer("wrap_up:c1.1@1")]
    assert (play.state(1), play.state(2)) == ("logged_out", "ready")


def test_given_an_operator_on_break_elsewhere_when_logging_in_then_ready_at_the_new_seat():
    play = Play(seats=2, **MOVES)
    play(LogOut(2), Break(1, "lunch"), LogIn(2, "op-1"))
    assert (play.state(1), play.state(2)) == ("logged_out", "ready")
    assert play.floor.seat(1).break_reason is None


@pytest.mark.parametrize("way", ["ringing", "connecting", "talking"])
def test_given_an_operator_with_a_call_elsewhere_when_logging_in_then_refused(way):
    play = getattr(Play(seats=2, **MOVES), way)()
    play(LogOut(2), LogIn(2, "op-1"))
    assert play.refused() == ["operator_elsewhere"]
    assert "seat 1" in play.last[-1].why


def test_given_moves_are_off_when_logging_in_elsewhere_then_refused():
    play = Play(seats=2)
    play(LogOut(2), LogIn(2, "op-1"))
    assert play.refused() == ["operator_elsewhere"]


def test_given_a_new_operator_when_logged_in_then_figures_and_misses_begin_anew():
    play = Play(seats=1, wrap_up_ms=0).talking()
    play(CallerGone("c1"), at=40_000)
    seat = play.floor.seat(1)
    assert (seat.answered, seat.talked_ms) == (1, 40_000 - 1_050)
    play(LogOut(1))
    assert (seat.answered, seat.talked_ms, seat.operator) == (0, 0, None)
    play(LogIn(1, "op-9"))
    assert seat.operator == "op-9"


def test_given_an_operator_recovered_in_a_talk_when_logging_in_there_then_nothing_and_elsewhere_refused():
    play = Play(seats=2, logged_in=False)
    play(TalkRecovered("c1", "c1.1", 1, "op-1", 500, 100))
    assert play(LogIn(1, "op-1")) == ()
    play(LogIn(2, "op-1"))
    assert play.refused() == ["operator_elsewhere"]


# Breaks


LIMITS = {"break_limits_ms": {"lunch": 60_000, "short": 10_000}}


def test_given_a_break_with_a_limit_when_it_has_lasted_so_long_then_told_once():
    play = Play(seats=1, **LIMITS)
    play(Break(1, "lunch"), at=10_000)
    assert play.of(StartTimer) == [StartTimer(play.timer("break"), 70_000)]
    play.until(69_999)
    assert not play.recorded("seat.break_over", "all")
    play.until(70_000)
    over = {"reason": "lunch", "limit_ms": 60_000}
    assert play.last == (Record("seat.break_over", None, 1, "op-1", None, over),)
    assert play.floor.seat(1).over is True
    assert play.state(1) == "break", "it goes on: people decide"
    play.until(900_000)
    assert len(play.recorded("seat.break_over", "all")) == 1
    play(Ready(1))
    assert play.floor.seat(1).over is False
    play(Break(1, "lunch"), at=1_000_000)
    assert play.timers("break") == [1_060_000]


def test_given_a_break_when_it_ends_before_its_limit_then_the_timer_stops():
    play = Play(seats=1, **LIMITS)
    play(Break(1, "lunch"))
    token = play.timer("break")
    play(Ready(1))
    assert play.of(StopTimer) == [StopTimer(token)]
    assert not play.floor.timers
    assert play(TimerFired(token)) == ()


def test_given_a_break_without_a_limit_when_taken_then_no_timer():
    play = Play(seats=1, **LIMITS)
    play(Break(1, "training"))
    assert not play.floor.timers


def test_given_another_reason_when_declared_during_a_break_then_its_own_limit_from_now():
    play = Play(seats=1, **LIMITS)
    play(Break(1, "lunch"), at=10_000)
    play(Break(1, "short"), at=20_000)
    assert play.timers("break") == [30_000]
    play(Break(1, "training"))
    assert play.timers("break") == []
    assert play.floor.seat(1).break_token is None


def test_given_an_own_call_in_a_break_when_it_ends_then_the_break_is_timed_anew():
    play = Play(seats=1, **LIMITS)
    play(Break(1, "short"), at=10_000)
    play(OwnCallStarted(1), at=15_000)
    assert play.timers("break") == []
    play(OwnCallEnded(1), at=50_000)
    assert play.timers("break") == [60_000]


def test_given_a_break_asked_in_a_talk_when_it_begins_then_its_limit_counts_from_its_beginning():
    play = Play(seats=1, wrap_up_ms=0, **LIMITS).talking()
    play(Break(1, "short"))
    assert play.timers("break") == []
    play(CallerGone("c1"), at=90_000)
    assert play.timers("break") == [100_000]


def test_given_a_break_when_logged_out_or_the_seat_is_removed_then_no_timer_is_left():
    play = Play(seats=2, **LIMITS)
    play(Break(1, "short"), Break(2, "short"), LogOut(1))
    assert len(play.timers("break")) == 1
    play.reconfigure(seats=(1,))
    assert not play.floor.timers


def test_given_a_limit_that_is_gone_when_the_break_is_over_then_it_says_0():
    play = Play(seats=1, **LIMITS)
    play(Break(1, "lunch"), at=10_000)
    play.reconfigure(break_limits_ms={})
    play.until(70_000)
    assert play.recorded("seat.break_over")[0].data == {"reason": "lunch", "limit_ms": 0}


def test_given_a_phone_that_goes_in_a_break_when_ready_then_unreachable_until_it_is_back():
    play = Play(seats=1)
    play(Break(1, "x"), PhoneChanged(1, Phone.UNREACHABLE), CallQueued("c1"))
    assert play.state(1) == "break"
    play(Ready(1))
    assert (play.state(1), play.rings()) == ("unreachable", [])
    play(PhoneChanged(1, Phone.REGISTERED))
    assert play.rings() == [("c1", 1)]


def test_given_seats_of_which_none_is_staffed_when_counted_then_since_when():
    play = Play(seats=2)
    assert play.floor.unmanned_ms is None
    play(Break(1, "x"), at=5_000)
    assert play.floor.unmanned_ms is None
    play(PhoneChanged(2, Phone.UNREGISTERED), at=6_000)
    assert play.floor.unmanned_ms == 6_000
    play(LogOut(1), at=7_000)
    assert play.floor.unmanned_ms == 6_000
    play(PhoneChanged(2, Phone.REGISTERED), at=8_000)
    assert play.floor.unmanned_ms is None
    play.reconfigure(seats=(1,))
    assert play.floor.unmanned_ms == 8_010
