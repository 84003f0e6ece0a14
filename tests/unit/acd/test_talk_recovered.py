"""A talk that goes on over a restart of the controller."""

import pytest

from acd.caller import TicketView
from acd.commands import CallSettled, Record, ReleaseCaller, ReleaseSeat, TicketClosed
from acd.events import (
    CallbackAsked,
    CallerGone,
    CallQueued,
    LogIn,
    PhoneChanged,
    SeatLegGone,
    TalkRecovered,
)
from acd.settings import LineSettings, WrapUp
from acd.types import Phone, Strategy, TicketState
from tests.unit.acd.floor_play import Play


def test_given_a_blank_floor_when_a_talk_is_recovered_then_it_ends_as_any_other():
    play = Play(seats=1, logged_in=False)
    play(TalkRecovered("c1", "c1.3", 1, "op-1", connected_ms=500, queued_ms=100), at=9_000)
    state = {"from": "logged_out", "to": "talking", "reason": "recovered"}
    assert play.last == (
        Record("seat.login", seat=1, operator="op-1"),
        Record("seat.state", "c1", 1, "op-1", "c1.3", state),
    )
    assert play.floor.seat(1).since_ms == 500
    view = play.floor.call("c1")
    assert (view.state.value, view.queued_ms, view.operator, view.position) == ("talking", 100, "op-1", None)
    play(CallerGone("c1"))
    assert play.state(1) == "wrap_up"
    assert len(play.of(CallSettled)) == 1


def test_given_a_line_when_its_talk_is_recovered_then_it_is_a_call_of_that_line():
    lines = {"high": LineSettings(priority=5, wrap_up=WrapUp(7_000))}
    play = Play(seats=1, logged_in=False, lines=lines)
    play(TalkRecovered("c1", "c1.1", 1, "op-1", 500, 100, line="high"))
    assert (play.floor.call("c1").line, play.floor.call("c1").priority) == ("high", 5)
    play(CallerGone("c1"), at=20_000)
    assert play.timers("wrap_up") == [27_000]


def test_given_a_seat_that_settings_lack_when_its_talk_is_recovered_then_it_goes_after_the_talk():
    play = Play(seats=1, logged_in=False)
    play(TalkRecovered("c1", "c1.1", 7, "op-7", 500, 100))
    assert play.state(7) == "talking"
    play(SeatLegGone("c1.1"))
    assert play.state(7) == "gone"


def test_given_least_talk_when_a_recovered_talk_is_over_then_all_of_its_time_counts():
    play = Play(seats=2, logged_in=False, strategy=Strategy.LEAST_TALK, wrap_up_ms=0)
    for number in (1, 2):
        play(PhoneChanged(number, Phone.REGISTERED))
    play(TalkRecovered("c1", "c1.1", 1, "op-1", 500, 100), at=50_000)
    play(LogIn(2, "op-2"), CallerGone("c1"))
    assert play.floor.seat(1).talked_ms == play.now_ms - 500
    play(CallQueued("c2"))
    assert play.rings() == [("c2", 2)]


@pytest.mark.parametrize(
    ("event", "code", "why"),
    [
        (TalkRecovered("c1", "c1.9", 2, "op-2", 0, 0), "call_known", "Call c1 or offer c1.9 is on the floor"),
        (TalkRecovered("c9", "c1.1", 2, "op-2", 0, 0), "call_known", "Call c9 or offer c1.1 is on the floor"),
        (TalkRecovered("c9", "c9.1", 1, "op-1", 0, 0), "seat_busy", "Seat 1 is talking."),
        (TalkRecovered("c9", "c9.1", 2, "op-9", 0, 0), "seat_taken", "Seat 2 is taken by operator op-2."),
        (TalkRecovered("c9", "c9.1", 2, "op-1", 0, 0), "operator_elsewhere", "Operator op-1 is logged in at"),
        (TalkRecovered("c9", "c9.1", 2, "", 0, 0), "no_operator", "The operator's id is empty."),
    ],
)
def test_given_a_floor_in_use_when_an_impossible_talk_is_recovered_then_refused(event, code, why):
    play = Play().talking()
    before = play.picture()
    play(event)
    assert play.refused() == [code]
    assert play.last[0].why.startswith(why)
    assert play.picture() == before


# Of a callback


def of_a_callback(**settings) -> Play:
    play = Play(seats=1, logged_in=False, **settings)
    talk = TalkRecovered("c1-cb", "c1-cb.2", 1, "op-1", 500, 100, callback="key", asked_ms=200, attempts=2)
    play(talk, at=9_000)
    return play


def test_given_a_callbacks_talk_when_recovered_then_its_ticket_is_open_and_the_seat_talks():
    play = of_a_callback()
    assert play.state(1) == "talking"
    (ticket,) = play.floor.open_tickets()
    assert ticket == TicketView("c1-cb", "c1", "key", "main", TicketState.CALLING, 200, 200, 2, None)
    play(CallQueued("c2", caller="key"), CallbackAsked("c2", "key"))
    assert play.recorded("callback.asked")[0].data == {"ticket": "c1-cb", "merged": True}


@pytest.mark.parametrize(
    ("ended", "by", "other"),
    [
        (CallerGone("c1-cb"), "caller", ReleaseSeat("c1-cb.2")),
        (SeatLegGone("c1-cb.2"), "operator", ReleaseCaller("c1-cb")),
    ],
)
def test_given_a_callbacks_recovered_talk_when_it_ends_then_it_is_reached_and_there_is_wrap_up(
    ended, by, other
):
    play = of_a_callback(wrap_up_ms=30_000)
    commands = play(ended, at=20_000)
    assert other in commands
    assert play.state(1) == "wrap_up"
    assert play.timers("wrap_up") == [50_000]
    row = play.recorded("callback.talk_ended")[0]
    assert (row.call, row.seat, row.operator) == ("c1", 1, "op-1")
    assert row.data == {"ticket": "c1-cb", "by": by}
    closed = {"ticket": "c1-cb", "state": "reached", "attempts": 2}
    assert play.recorded("callback.closed")[0].data == closed
    assert play.of(TicketClosed) == [TicketClosed("c1-cb", TicketState.REACHED)]
    assert play.of(CallSettled) == [], "a callback is no call"
    assert (play.floor.open_tickets(), play.floor.callers) == ((), {})


def test_given_a_callbacks_talk_asked_for_in_the_future_when_recovered_then_now():
    play = Play(seats=1, logged_in=False)
    play(TalkRecovered("c1-cb", "c1-cb.1", 1, "op-1", 500, 100, callback="key", asked_ms=99_000), at=9_000)
    assert play.floor.open_tickets()[0].asked_ms == 9_000


def test_given_an_open_callback_of_this_number_when_a_talk_of_one_is_recovered_then_refused():
    play = of_a_callback()
    play(TalkRecovered("c9-cb", "c9-cb.1", 2, "op-2", 500, 100, callback="key"))
    assert play.refused() == ["call_known"]
    assert "number" in play.last[0].why


def test_given_a_callbacks_recovered_talk_when_the_citizen_rings_afterwards_then_the_same_operator():
    play = Play(seats=2, logged_in=False, same_operator_ms=600_000, wrap_up_ms=0)
    for number in (1, 2):
        play(PhoneChanged(number, Phone.REGISTERED))
    play(TalkRecovered("c1-cb", "c1-cb.2", 2, "op-2", 500, 100, callback="key", asked_ms=200))
    play(LogIn(1, "op-1"), CallerGone("c1-cb"))
    play(CallQueued("c2", caller="key"))
    assert play.rings() == [("c2", 2)], "seat 1 is idle longer"
