"""折り返し: the citizen is not reached, or the operator not there."""

import pytest

from acd.commands import (
    CancelCallOut,
    CancelRing,
    Record,
    ReleaseSeat,
    Ring,
    StartTimer,
    StopTimer,
    TicketClosed,
)
from acd.events import (
    Break,
    CallbacksPaused,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    CitizenFailed,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    SeatLegGone,
    TimerFired,
)
from acd.settings import (
    LineSettings,
    MissRule,
)
from acd.types import (
    CalloutFailure,
    CancelCause,
    OfferOutcome,
    Strategy,
    TicketState,
)
from tests.unit.acd.callback_play import OFFER, TICKET, asked, called, rung, ticket
from tests.unit.acd.floor_play import Play

# Not reached


@pytest.mark.parametrize("cause", CalloutFailure)
def test_given_the_citizen_cannot_be_had_when_called_then_seat_free_at_once_and_again_later(cause):
    play = called()
    commands = play(CitizenFailed(OFFER, cause), at=20_000)
    failed = {"ticket": TICKET, "cause": cause.value, "attempt": 1, "due_ms": 80_000}
    ended = {"ticket": TICKET, "outcome": "withdrawn", "ring_ms": 2_000}
    assert commands[:5] == (
        Record("callback.failed", "c1", 1, "op-1", OFFER, failed),
        ReleaseSeat(OFFER),
        CancelCallOut(OFFER),
        StopTimer(f"callout:{OFFER}@1"),
        Record("callback.offer_ended", "c1", 1, "op-1", OFFER, ended),
    )
    assert commands[-1] == StartTimer(play.timer("retry"), 80_000)
    assert play.moves(1) == ["talking>ready"]
    assert play.floor.seat(1).able_ms == 6_000, "it keeps its place among the idle"
    view = ticket(play)
    assert (view.state, view.attempts, view.due_ms, view.position) == (TicketState.RETRY, 1, 80_000, None)
    assert play.floor.call(TICKET).state.value == "parked"
    assert play.floor.waiting() == ()
    play.until(79_999)
    assert play.rings() == []
    play.until(80_000)
    assert play.of(Ring) == [Ring("c1-cb.2", TICKET, 1)]


def test_given_a_citizen_not_reached_when_it_is_tried_again_then_the_same_operator_is_not_passed_over():
    play = called(seats=2)
    play(LogIn(2, "op-2"))
    play(CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    assert play.timers("cool_down") == [], "the seat has done nothing wrong"
    play.until(80_000)
    assert play.rings() == [(TICKET, 1)], "idle longer than seat 2"


def test_given_the_last_attempt_when_it_fails_then_unreached_and_closed():
    play = called()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    play.until(80_000)
    play(OfferAnswered("c1-cb.2"), at=81_000)
    assert play.recorded("callback.calling")[0].data["attempt"] == 2
    play(CitizenFailed("c1-cb.2", CalloutFailure.NO_ANSWER), at=90_000)
    row = play.recorded("callback.failed")[0]
    assert row.data == {"ticket": TICKET, "cause": "no_answer", "attempt": 2, "due_ms": None}
    closed = {"ticket": TICKET, "state": "unreached", "attempts": 2}
    assert play.recorded("callback.closed") == [Record("callback.closed", "c1", data=closed)]
    assert play.last[-2:] == (
        StopTimer(play.timer("expiry")),
        TicketClosed(TICKET, TicketState.UNREACHED),
    )
    assert play.state(1) == "ready"
    assert not play.floor.timers
    assert play.floor.open_tickets() == ()


def test_given_the_exchange_says_nothing_when_the_callout_timer_fires_then_not_reached():
    play = called()
    play.until(43_000)
    assert play.recorded("callback.failed")[0].data["cause"] == "no_answer"
    assert play.state(1) == "ready"
    assert ticket(play).state is TicketState.RETRY


def test_given_the_citizens_leg_ends_when_being_called_then_not_reached():
    play = called()
    play(CallerGone(TICKET))
    assert play.recorded("callback.failed")[0].data["cause"] == "no_answer"
    assert ReleaseSeat(OFFER) in play.last


def test_given_the_citizen_hangs_up_before_the_bridge_when_reached_then_it_counts_as_an_attempt():
    play = called()
    play(CitizenAnswered(OFFER), CallerGone(TICKET))
    assert play.recorded("callback.failed")[0].data["cause"] == "failed"
    assert play.of(ReleaseSeat) == [ReleaseSeat(OFFER)]
    assert play.of(CancelCallOut) == [CancelCallOut(OFFER)]
    assert (play.state(1), ticket(play).state) == ("ready", TicketState.RETRY)


def test_given_a_failed_attempt_when_live_callers_came_meanwhile_then_it_has_its_old_place_again():
    play = called()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    play.talk("t1")
    play(CallQueued("c2"), at=30_000)
    assert play.order() == ["c2"]
    play.until(80_000)
    assert play.order() == [TICKET, "c2"]


def test_given_late_news_of_an_attempt_that_is_over_when_it_comes_then_nothing():
    play = called()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY))
    before = play.picture()
    for event in (
        CitizenAnswered(OFFER),
        CitizenFailed(OFFER, CalloutFailure.BUSY),
        SeatLegGone(OFFER),
        CallerGone(TICKET),
        Joined(OFFER),
        TimerFired(f"callout:{OFFER}@1"),
    ):
        assert play(event) == ()
    assert play.picture() == before
    assert play(OfferAnswered(OFFER)) == (CancelRing(OFFER, CancelCause.LOST_RACE),)


@pytest.mark.parametrize("event", [CitizenAnswered("c1.1"), CitizenFailed("c1.1", CalloutFailure.BUSY)])
def test_given_an_ordinary_offer_when_news_of_a_citizen_come_then_out_of_turn(event):
    play = Play(seats=1).ringing()
    play(event)
    assert play.refused() == ["out_of_turn"]


# The operator


def test_given_the_operator_does_not_answer_when_it_rings_then_a_miss_and_the_next_seat():
    play = rung(seats=2)
    play(LogIn(2, "op-2"))
    play(TimerFired(f"ring:{OFFER}@1"), at=26_000)
    assert play.rings() == [(TICKET, 2)]
    assert play.misses(1) == {"no_answer": 1}
    assert ticket(play).attempts == 0


@pytest.mark.parametrize("reached", [False, True])
def test_given_the_operator_hangs_up_before_the_talk_when_called_then_the_citizen_is_let_go(reached):
    play = called(seats=2)
    play(LogIn(2, "op-2"))
    if reached:
        play(CitizenAnswered(OFFER))
    play(SeatLegGone(OFFER), at=20_000)
    assert play.of(CancelCallOut) == [CancelCallOut(OFFER)]
    assert play.of(ReleaseSeat) == []
    assert play.recorded("callback.offer_ended")[0].data["outcome"] == "withdrawn"
    assert play.moves(1)[-1].endswith(">ready")
    assert play.rings() == [(TICKET, 2)], "in its old place, to another seat"
    assert (ticket(play).state, ticket(play).attempts) == (TicketState.WAITING, 1)


def test_given_only_the_phone_that_drops_when_it_has_dropped_then_it_rings_again_only_after_a_while():
    play = called(cool_down_ms=7_000)
    play(SeatLegGone(OFFER), at=20_000)
    assert (play.rings(), play.state(1)) == ([], "ready")
    play.until(27_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_a_cool_down_of_failures_when_a_phone_has_dropped_a_callback_then_it_is_for_so_long():
    play = called(cool_down_ms=7_000, misses={OfferOutcome.FAILED: MissRule(strikes=1, cool_down_ms=3_000)})
    play(SeatLegGone(OFFER), at=20_000)
    play.until(22_999)
    assert play.rings() == []
    play.until(23_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_quiet_hours_have_begun_when_the_operator_hangs_up_before_the_talk_then_not_made_in_them():
    play = called(seats=2)
    play(LogIn(2, "op-2"), CallbacksPaused(True))
    play(SeatLegGone(OFFER), at=20_000)
    assert play.rings() == [], "seat 2 is free, but it is quiet"
    assert play.order() == []
    play(CallbacksPaused(False))
    assert play.rings() == [(TICKET, 2)]


@pytest.mark.parametrize("event", [JoinFailed(OFFER), TimerFired(f"connect:{OFFER}@1")])
def test_given_the_join_fails_when_both_are_there_then_both_are_let_go_and_it_waits_in_its_place(event):
    play = called()
    play(CitizenAnswered(OFFER), event)
    assert play.of(ReleaseSeat) == [ReleaseSeat(OFFER)]
    assert play.of(CancelCallOut) == [CancelCallOut(OFFER)]
    assert (ticket(play).state, ticket(play).position) == (TicketState.WAITING, 1)
    assert play.state(1) == "ready"


@pytest.mark.parametrize("asked_for", [LogOut(1), Break(1, "lunch")])
def test_given_a_request_while_calling_when_the_citizen_cannot_be_had_then_it_takes_effect(asked_for):
    play = called()
    assert play(asked_for) == ()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY))
    assert play.state(1) == ("break" if isinstance(asked_for, Break) else "logged_out")


def test_given_misses_when_the_operator_answers_a_callback_then_they_are_forgotten():
    play = rung()
    play(OfferFailed(OFFER, OfferOutcome.DECLINED))
    assert play.misses(1) == {"declined": 1}
    play.until(16_010)
    play(OfferAnswered("c1-cb.2"))
    assert play.misses(1) == {}


def test_given_ring_all_when_one_operator_has_the_ticket_then_the_other_phones_stop_at_once():
    play = asked(seats=2, strategy=Strategy.RING_ALL, lines={"main": LineSettings()})
    play(LogIn(1, "op-1"), LogIn(2, "op-2"))
    assert play.floor.call(TICKET).state.value == "ringing"
    play(OfferAnswered("c1-cb.2"))
    assert play.of(CancelRing) == [CancelRing(OFFER, CancelCause.LOST_RACE)]
    assert (play.state(1), play.state(2)) == ("ready", "talking")
    assert play(OfferAnswered(OFFER)) == (CancelRing(OFFER, CancelCause.LOST_RACE),)
    play(CitizenFailed("c1-cb.2", CalloutFailure.BUSY))
    assert play.rings() == []
    play.until(play.now_ms + 60_000)
    assert play.rings() == [(TICKET, 1), (TICKET, 2)]
