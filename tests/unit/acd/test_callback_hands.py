"""折り返し: cancelled, moved, and what it shares with callers who wait."""

from acd.commands import (
    CancelRing,
    Record,
    StopTimer,
    TicketClosed,
)
from acd.events import (
    CallbackAsked,
    CallbackCancelled,
    CallerGone,
    CallQueued,
    CitizenFailed,
    MoveCaller,
    OfferTo,
    RaiseCaller,
)
from acd.settings import (
    Destination,
    LineSettings,
    NeedStep,
    OperatorSettings,
    OverflowRule,
)
from acd.types import (
    CalloutFailure,
    CancelCause,
    OverflowCause,
    TicketState,
    Toward,
)
from tests.unit.acd.callback_play import OFFER, RULES, TICKET, asked, called, rung
from tests.unit.acd.floor_play import Play

# Cancelled


def test_given_a_callback_that_waits_when_cancelled_then_closed():
    play = asked()
    expiry = play.timer("expiry")
    assert play(CallbackCancelled(TICKET)) == (
        Record("callback.closed", "c1", data={"ticket": TICKET, "state": "cancelled", "attempts": 0}),
        StopTimer(expiry),
        TicketClosed(TICKET, TicketState.CANCELLED),
    )
    assert play.order() == []


def test_given_a_callback_that_rings_when_cancelled_then_the_phone_stops():
    play = rung()
    play(CallbackCancelled(TICKET))
    assert play.last[0] == CancelRing(OFFER, CancelCause.WITHDRAWN)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.CANCELLED)]
    assert play.state(1) == "ready"
    assert not play.floor.timers


def test_given_a_callback_under_way_when_cancelled_then_refused():
    play = called()
    play(CallbackCancelled(TICKET))
    assert play.refused() == ["call_connected"]


def test_given_nobody_on_the_line_when_a_caller_of_that_name_is_gone_then_nothing():
    for play in (asked(), rung()):
        assert play(CallerGone(TICKET)) == ()


# The supervisor, and the clocks of those who wait


def test_given_a_callback_when_the_supervisor_moves_or_raises_it_then_as_a_caller():
    play = asked()
    play(CallQueued("c2"), CallQueued("c3"), MoveCaller(TICKET, 3))
    assert play.order() == ["c2", "c3", TICKET]
    moved = {"ticket": TICKET, "why": "position", "position": 3, "place": play.place(TICKET)}
    assert play.last[-1] == Record("callback.moved", "c1", data=moved)
    play(RaiseCaller(TICKET, 1))
    assert play.order() == [TICKET, "c2", "c3"]


def test_given_a_callback_that_is_not_due_when_offered_by_hand_then_out_of_turn_and_moved_it_stays_parked():
    play = called()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY))
    play(OfferTo(TICKET, 1))
    assert play.refused() == ["out_of_turn"]
    play(RaiseCaller(TICKET, 4))
    assert play.floor.waiting() == ()


def test_given_a_callback_when_its_caller_would_come_before_every_priority_then_so_does_the_callback():
    play = Play(seats=1, fair_after_ms=60_000, callback=RULES).talking()
    play(CallQueued("c2"), at=10_000)
    play(CallbackAsked("c2", "key"), at=20_000)
    play(CallQueued("high", priority=9), at=30_000)
    assert play.order() == ["high", "c2-cb"]
    play.until(70_000)
    assert play.order() == ["c2-cb", "high"]
    moved = {"ticket": "c2-cb", "why": "fair", "position": 1, "place": play.place("c2-cb")}
    assert play.recorded("callback.moved")[0].data == moved


def test_given_a_callback_with_a_need_when_it_waits_then_the_need_relaxes_as_for_a_caller():
    play = Play(
        seats=1,
        needs={"tax": (NeedStep(0, {"tax": 1}), NeedStep(30_000, {}))},
        operators={"op-1": OperatorSettings()},
        callback=RULES,
    )
    play(CallQueued("c1", need="tax"), at=10_000)
    play(CallbackAsked("c1", "key"), at=20_000)
    assert play.rings() == []
    play.until(40_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_rules_of_overflow_when_a_callback_waits_then_none_is_for_it():
    rule = OverflowRule(OverflowCause.WAITED, 1_000, Destination(Toward.HANG_UP))
    play = asked(lines={"main": LineSettings(overflow=(rule,))})
    play.until(100_000)
    assert not play.recorded("call.overflowed", "all")
    assert play.order() == [TICKET]
