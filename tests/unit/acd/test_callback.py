"""折り返し: asked for, merged, in its place among live callers, made, tried again, ended."""

import pytest

from acd.caller import TicketView
from acd.commands import (
    CallOut,
    CallSettled,
    CancelCallOut,
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
    Break,
    CallbackAsked,
    CallbackCancelled,
    CallbackRecovered,
    CallbacksPaused,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    CitizenFailed,
    EndWrapUp,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    MoveCaller,
    OfferAnswered,
    OfferFailed,
    OfferTo,
    PhoneChanged,
    RaiseCaller,
    Ready,
    SeatLegGone,
    TakeOut,
    TimerFired,
)
from acd.settings import (
    CallbackSettings,
    Destination,
    LineSettings,
    NeedStep,
    OperatorSettings,
    OverflowRule,
)
from acd.types import (
    CalloutFailure,
    CancelCause,
    OfferOutcome,
    Outcome,
    OverflowCause,
    Phone,
    Strategy,
    TicketState,
    Toward,
)
from tests.unit.acd.floor_play import Play

TICKET, OFFER = "c1-cb", "c1-cb.1"
RULES = CallbackSettings(attempts=2, retry_ms=60_000, expiry_ms=600_000, callout_ms=30_000)


def asked(seats: int = 1, **settings) -> Play:
    """c1 has asked for a callback at 5,010 ms and nobody is logged in yet."""
    play = Play(seats=seats, logged_in=False, **{"callback": RULES, **settings})
    for number in range(1, seats + 1):
        play(PhoneChanged(number, Phone.REGISTERED))
    play(CallQueued("c1", caller="key"), at=5_000)
    play(CallbackAsked("c1", "key"))
    return play


def rung(seats: int = 1, **settings) -> Play:
    play = asked(seats, **settings)
    play(LogIn(1, "op-1"), at=6_000)
    return play


def called(seats: int = 1, **settings) -> Play:
    play = rung(seats, **settings)
    play(OfferAnswered(OFFER), at=8_000)
    return play


def talking(**settings) -> Play:
    play = called(**settings)
    play(CitizenAnswered(OFFER), at=18_000)
    play(Joined(OFFER), at=18_100)
    return play


def ticket(play: Play) -> TicketView:
    (only,) = play.floor.open_tickets()
    return only


def rows(play: Play, among: object = None) -> list[str]:
    return [c.kind for c in (play.all if among else play.last) if isinstance(c, Record)]


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


# Expiry


def test_given_a_callback_that_waits_when_it_is_too_late_then_expired():
    play = asked()
    play.until(605_009)
    assert len(play.floor.open_tickets()) == 1
    play.until(605_010)
    assert play.last == (
        Record("callback.closed", "c1", data={"ticket": TICKET, "state": "expired", "attempts": 0}),
        TicketClosed(TICKET, TicketState.EXPIRED),
    )
    assert play.floor.waiting() == ()


def test_given_a_callback_that_rings_when_it_is_too_late_then_the_phone_stops_and_it_expires():
    play = asked()
    play(LogIn(1, "op-1"), at=600_000)
    play.until(605_010)
    assert play.last[0] == CancelRing(OFFER, CancelCause.WITHDRAWN)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.EXPIRED)]
    assert (play.state(1), play.misses(1)) == ("ready", {})


def test_given_a_callback_that_waits_for_its_retry_when_it_is_too_late_then_expired():
    play = called(callback=CallbackSettings(attempts=9, retry_ms=700_000, expiry_ms=600_000))
    play(CitizenFailed(OFFER, CalloutFailure.BUSY))
    assert play.floor.call(TICKET).state.value == "parked"
    play.until(605_010)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.EXPIRED)]
    assert not play.floor.timers


@pytest.mark.parametrize("event", [CitizenFailed(OFFER, CalloutFailure.BUSY), SeatLegGone(OFFER)])
def test_given_it_was_under_way_when_it_is_too_late_and_it_fails_then_expired(event):
    play = called(callback=CallbackSettings(attempts=9, expiry_ms=10_000))
    play.until(16_000)
    assert play.of(TicketClosed) == []
    play(event)
    assert play.last[-1] == TicketClosed(TICKET, TicketState.EXPIRED)
    assert not play.floor.timers


def test_given_it_was_under_way_when_it_is_too_late_but_reached_then_it_is_a_talk():
    play = called(callback=CallbackSettings(expiry_ms=10_000))
    play.until(16_000)
    play(CitizenAnswered(OFFER), Joined(OFFER), CallerGone(TICKET))
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.REACHED)]


# Quiet hours


def test_given_quiet_hours_when_they_begin_then_no_callback_is_begun_and_live_callers_are_served():
    play = asked()
    assert play(CallbacksPaused(paused=True)) == ()
    play(CallQueued("c2"), LogIn(1, "op-1"))
    assert play.rings() == [("c2", 1)]
    assert (play.floor.call(TICKET).state.value, ticket(play).state) == ("parked", TicketState.WAITING)
    play(CallbacksPaused(paused=True), CallerGone("c2"))
    assert play.rings() == []
    play(CallbacksPaused(paused=False))
    assert play.rings() == [(TICKET, 1)]


def test_given_a_callback_rings_a_seat_when_quiet_hours_begin_then_it_is_taken_back_without_a_miss():
    play = rung()
    play(CallbacksPaused(paused=True))
    assert play.last[0] == CancelRing(OFFER, CancelCause.WITHDRAWN)
    assert play.moves(1) == ["ringing>ready"]
    assert play.misses(1) == {}
    assert play.floor.call(TICKET).state.value == "parked"
    assert ticket(play).position is None


def test_given_a_callback_under_way_when_quiet_hours_begin_then_it_goes_on():
    play = called()
    assert play(CallbacksPaused(paused=True)) == ()
    play(CitizenAnswered(OFFER), Joined(OFFER))
    assert play.floor.call(TICKET).state.value == "talking"


def test_given_quiet_hours_when_an_attempt_fails_or_a_retry_is_due_then_it_stays_parked_until_they_end():
    play = called()
    play(CallbacksPaused(paused=True), CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    play.until(80_000)
    assert play.rings() == []
    assert (ticket(play).state, ticket(play).position) == (TicketState.WAITING, None)
    play(CallbacksPaused(paused=False))
    assert play.rings() == [(TICKET, 1)]


def test_given_a_retry_that_is_not_due_when_quiet_hours_end_then_it_still_waits():
    play = called()
    play(CitizenFailed(OFFER, CalloutFailure.BUSY), at=20_000)
    play(CallbacksPaused(paused=True), CallbacksPaused(paused=False))
    assert play.rings() == []
    assert ticket(play).state is TicketState.RETRY


def test_given_quiet_hours_when_a_callback_is_asked_then_it_waits_for_the_morning():
    play = Play(seats=1, callback=RULES)
    play(CallbacksPaused(paused=True), CallQueued("c1"), CallbackAsked("c1", "key"))
    assert play.rings() == [("c1", 1)]
    assert play.floor.call(TICKET).state.value == "parked"


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
    moved = {"ticket": TICKET, "why": "position", "position": 3}
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
    assert play.recorded("callback.moved")[0].data == {"ticket": "c2-cb", "why": "fair", "position": 1}


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


# After a restart


def test_given_an_open_callback_when_recovered_then_it_stands_where_it_stood():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallQueued("c5"), at=50_000)
    recovered = CallbackRecovered("c1-cb", "key", 20_000, 10_000, attempts=1, offers=4, priority=0)
    commands = play(recovered, at=60_000)
    assert commands == (StartTimer(play.timer("expiry"), 620_000),)
    assert play.order() == [TICKET, "c5"]
    view = ticket(play)
    assert (view.call, view.asked_ms, view.due_ms, view.attempts) == ("c1", 20_000, 0, 1)
    assert (view.caller, play.floor.callers[TICKET].caller) == ("key", "key")
    play(PhoneChanged(1, Phone.REGISTERED), LogIn(1, "op-1"))
    assert play.of(Ring) == [Ring("c1-cb.5", TICKET, 1)]
    play(OfferAnswered("c1-cb.5"), CitizenFailed("c1-cb.5", CalloutFailure.BUSY))
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.UNREACHED)], "its second attempt"


def test_given_a_line_with_a_priority_when_its_callback_is_recovered_then_so_it_stands():
    lines = {"high": LineSettings(priority=2, weight_ms=1_000)}
    play = Play(seats=1, logged_in=False, lines=lines)
    play(CallbackRecovered(TICKET, "key", 20_000, 10_000, line="high", priority=3), at=60_000)
    assert play.floor.call(TICKET).priority == 5
    assert play.floor.callers[TICKET].place.at_ms == 9_000


def test_given_a_callback_that_is_not_due_when_recovered_then_it_waits_for_its_time():
    play = Play(seats=1, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 0, 0, due_ms=90_000), at=60_000)
    assert play.of(StartTimer)[1] == StartTimer(play.timer("retry"), 90_000)
    assert ticket(play).state is TicketState.RETRY
    assert play.rings() == []
    play.until(90_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_a_callback_due_this_moment_when_recovered_then_it_rings():
    play = Play(seats=1, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 0, 0, due_ms=60_000), at=60_000)
    assert play.rings() == [(TICKET, 1)]


def test_given_times_in_the_future_when_recovered_then_they_count_as_now():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 99_000, 99_000), at=60_000)
    assert ticket(play).asked_ms == 60_000
    assert play.floor.call(TICKET).queued_ms == 60_000


def test_given_an_expired_callback_when_recovered_then_it_closes_at_once():
    play = Play(seats=1, logged_in=False, callback=RULES)
    play(CallbackRecovered(TICKET, "key", 0, 0), at=9_000_000)
    play.until(9_000_000)
    assert play.of(TicketClosed) == [TicketClosed(TICKET, TicketState.EXPIRED)]


def test_given_the_operator_is_ready_after_wrap_up_when_more_callbacks_wait_then_the_next():
    play = talking()
    play(CallQueued("c2", caller="k2"), CallbackAsked("c2", "k2"), CallerGone(TICKET), EndWrapUp(1), Ready(1))
    assert play.rings() == [("c2-cb", 1)]
