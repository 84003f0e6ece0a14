"""折り返し: asked for, merged, in its place among live callers, made and talked."""

import pytest

from acd.caller import TicketView
from acd.commands import (
    CallOut,
    CallSettled,
    CancelRing,
    Connect,
    Record,
    ReleaseCaller,
    ReleaseSeat,
    Ring,
    StartTimer,
    StopTimer,
    TicketClosed,
)
from acd.events import (
    CallbackAsked,
    CallbackCancelled,
    CallbackRecovered,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    HoldEnded,
    HoldStarted,
    Joined,
    LogIn,
    OfferAnswered,
    SeatLegGone,
    TakeOut,
)
from acd.types import (
    CancelCause,
    Outcome,
    TicketState,
)
from tests.unit.acd.callback_play import OFFER, RULES, TICKET, asked, called, rows, rung, talking, ticket
from tests.unit.acd.floor_play import Play

# Asked for


def test_given_a_waiting_caller_when_a_callback_is_asked_then_settled_and_the_ticket_has_its_place():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallQueued("c1", caller="key", priority=2), at=5_000)
    commands = play(CallbackAsked("c1", "other"), at=6_000)
    assert commands == (
        Record("callback.asked", "c1", data={"ticket": TICKET, "merged": False}),
        CallSettled("c1", Outcome.CALLBACK),
        StartTimer(play.timer("expiry"), 606_000),
    )
    assert ticket(play) == TicketView(
        ticket=TICKET,
        call="c1",
        caller="other",
        line="main",
        state=TicketState.WAITING,
        asked_ms=6_000,
        due_ms=6_000,
        attempts=0,
        position=1,
    )
    view = play.floor.call(TICKET)
    assert (view.ticket, view.priority, view.queued_ms, view.state.value) == (True, 2, 5_000, "waiting")
    assert play.floor.call("c1") is None


def test_given_callers_before_and_after_when_a_callback_is_asked_then_their_order_stays():
    play = Play(seats=1, callback=RULES, wrap_up_ms=0).talking()
    play(CallQueued("c2"), CallQueued("c3"), CallQueued("c4"))
    play(CallbackAsked("c3", "key"))
    assert play.order() == ["c2", "c3-cb", "c4"]
    play(CallerGone("c1"))
    assert play.rings() == [("c2", 1)]
    play(CallerGone("c2"))
    assert play.rings() == [("c3-cb", 1)], "its turn, though c4 is on the line"
    play(CallbackCancelled("c3-cb"))
    assert play.rings() == [("c4", 1)]


def test_given_an_open_callback_when_the_same_number_asks_again_then_merged_and_the_older_place_stands():
    play = asked()
    play(CallQueued("c2"), CallQueued("c3", caller="key"))
    assert play(CallbackAsked("c3", "key")) == (
        Record("callback.asked", "c3", data={"ticket": TICKET, "merged": True}),
        CallSettled("c3", Outcome.CALLBACK),
    )
    assert play.order() == [TICKET, "c2"]
    assert len(play.floor.open_tickets()) == 1


def test_given_another_number_when_it_asks_then_it_has_a_ticket_of_its_own():
    play = asked()
    play(CallQueued("c2", caller="key"), CallbackAsked("c2", "key 2"))
    assert [view.ticket for view in play.floor.open_tickets()] == [TICKET, "c2-cb"]


def test_given_a_closed_callback_when_the_number_asks_again_then_a_new_one():
    play = asked()
    play(CallbackCancelled(TICKET), CallQueued("c2"), CallbackAsked("c2", "key"))
    assert [view.ticket for view in play.floor.open_tickets()] == ["c2-cb"]


def test_given_a_ringing_phone_when_a_callback_is_asked_then_it_stops_and_the_ticket_is_offered_at_once():
    play = Play(seats=1, callback=RULES)
    play(CallQueued("c1"), at=5_000)
    play(CallbackAsked("c1", "key"))
    assert CancelRing("c1.1", CancelCause.WITHDRAWN) in play.last
    assert play.recorded("offer.ended")[0].data["outcome"] == "withdrawn"
    assert play.of(Ring) == [Ring(OFFER, TICKET, 1)]


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (CallbackAsked("c9", "key"), "no_such_call"),
        (CallbackAsked(TICKET, "key"), "no_such_call"),
        (CallbackCancelled("c9-cb"), "no_such_call"),
        (TakeOut(TICKET, "x"), "no_such_call"),
        (CallbackRecovered(TICKET, "new", 0, 0), "call_known"),
        (CallbackRecovered("c9-cb", "key", 0, 0), "call_known"),
        (CallbackRecovered("c9-cb", "new", 0, 0, need="?"), "no_such_need"),
    ],
)
def test_given_an_open_callback_when_an_illegal_request_comes_then_refused(event, code):
    play = asked()
    play(event)
    assert play.refused() == [code]


@pytest.mark.parametrize("way", ["connecting", "talking"])
def test_given_a_connected_call_when_a_callback_is_asked_then_refused(way):
    play = getattr(Play(seats=1), way)()
    play(CallbackAsked("c1", "key"))
    assert play.refused() == ["call_connected"]
    play(CallbackCancelled("c1"))
    assert play.refused() == ["no_such_call"]


# Offered, called out, reached


def test_given_its_turn_when_a_seat_is_free_then_the_operator_is_rung_first():
    play = asked()
    commands = play(LogIn(1, "op-1"), at=6_000)
    assert commands[2:] == (
        Ring(OFFER, TICKET, 1),
        Record("callback.offered", "c1", 1, "op-1", OFFER, {"ticket": TICKET, "strategy": "longest_idle"}),
        StartTimer(f"ring:{OFFER}@1", 26_000),
        Record("seat.state", TICKET, 1, "op-1", OFFER, {"from": "ready", "to": "ringing", "reason": None}),
    )
    assert play.floor.call(TICKET).state.value == "ringing"
    assert ticket(play).state is TicketState.WAITING


def test_given_the_operator_answers_when_the_callback_rings_then_the_citizen_is_called():
    play = rung()
    assert play(OfferAnswered(OFFER), at=8_000) == (
        StopTimer(f"ring:{OFFER}@1"),
        Record("callback.calling", "c1", 1, "op-1", OFFER, {"ticket": TICKET, "attempt": 1}),
        CallOut(OFFER, TICKET),
        StartTimer(f"callout:{OFFER}@1", 43_000),
        Record(
            "seat.state", TICKET, 1, "op-1", OFFER, {"from": "ringing", "to": "talking", "reason": "callback"}
        ),
    )
    assert (play.state(1), play.floor.seat(1).reason) == ("talking", "callback")
    view = ticket(play)
    assert (view.state, view.attempts, view.position) == (TicketState.CALLING, 1, 1)
    assert play.floor.call(TICKET).state.value == "calling"
    assert play(OfferAnswered(OFFER)) == ()


def test_given_the_citizen_answers_when_called_out_then_both_are_connected():
    play = called()
    commands = play(CitizenAnswered(OFFER), at=18_000)
    assert commands[:3] == (
        StopTimer(f"callout:{OFFER}@1"),
        Connect(TICKET, OFFER),
        StartTimer(f"connect:{OFFER}@1", 20_000),
    )
    assert play(CitizenAnswered(OFFER)) == ()
    play(Joined(OFFER), at=18_100)
    ended = {"ticket": TICKET, "outcome": "answered", "ring_ms": 2_000}
    assert play.last[:3] == (
        StopTimer(f"connect:{OFFER}@1"),
        Record("callback.offer_ended", "c1", 1, "op-1", OFFER, ended),
        Record("callback.connected", "c1", 1, "op-1", OFFER, {"ticket": TICKET, "wait_ms": 13_100}),
    )
    assert play.of(StopTimer)[1:] == [StopTimer(play.timer("expiry"))]
    assert (play.state(1), play.floor.seat(1).reason) == ("talking", None)
    assert ticket(play).position is None
    assert play.floor.call(TICKET).position is None


@pytest.mark.parametrize(
    ("event", "let_go"),
    [(CallerGone(TICKET), ReleaseSeat(OFFER)), (SeatLegGone(OFFER), ReleaseCaller(TICKET))],
)
def test_given_the_talk_when_it_ends_then_reached_closed_and_wrap_up(event, let_go):
    play = talking()
    play(HoldStarted(OFFER), HoldEnded(OFFER))
    held = [(row.kind, row.call, row.data) for row in play.last if isinstance(row, Record)]
    assert held[0] == ("callback.held", "c1", {"ticket": TICKET})
    assert held[2] == ("callback.resumed", "c1", {"ticket": TICKET})
    play(event, at=60_000)
    assert play.last[0] == let_go
    by = "caller" if isinstance(event, CallerGone) else "operator"
    assert play.last[1] == Record("callback.talk_ended", "c1", 1, "op-1", OFFER, {"ticket": TICKET, "by": by})
    assert play.last[-2:] == (
        Record("callback.closed", "c1", data={"ticket": TICKET, "state": "reached", "attempts": 1}),
        TicketClosed(TICKET, TicketState.REACHED),
    )
    assert play.state(1) == "wrap_up"
    assert (play.floor.open_tickets(), play.floor.waiting()) == ((), ())
    assert play.of(CallSettled) == [], "the citizen's call was settled when it asked"
    assert not [kind for kind in rows(play, "all") if kind in {"call.connected", "call.talk_ended"}]


def test_given_the_talk_of_a_callback_when_the_citizen_rings_again_then_the_same_operator():
    play = talking(same_operator_ms=600_000)
    play(CallerGone(TICKET))
    assert {key: operator for key, (operator, _) in play.floor.served.items()} == {"key": "op-1"}


def test_given_a_callback_when_it_is_talked_then_no_row_of_its_makes_the_call_look_answered():
    play = talking()
    play(CallerGone(TICKET))
    of_call = {row.kind for row in play.all if isinstance(row, Record) and row.call == "c1"}
    assert of_call == {
        "call.queued",
        "callback.asked",
        "callback.offered",
        "callback.calling",
        "callback.offer_ended",
        "callback.connected",
        "callback.talk_ended",
        "callback.closed",
    }
