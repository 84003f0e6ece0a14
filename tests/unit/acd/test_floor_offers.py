"""The joint life of caller, offer and seat, one row of docs/floor.md after the other."""

import pytest

from acd.commands import (
    CallSettled,
    CancelRing,
    Connect,
    Record,
    ReleaseCaller,
    ReleaseSeat,
    Resume,
    Ring,
    StartTimer,
    StopTimer,
)
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    OwnCallStarted,
    PhoneChanged,
    SeatLegGone,
    TimerFired,
)
from acd.types import CallState, CancelCause, OfferOutcome, Outcome, Phone
from tests.unit.acd.floor_play import Play


def ended(play):
    return [dict(row.data) | {"offer": row.offer} for row in play.recorded("offer.ended")]


def test_given_ready_seat_when_call_queued_then_it_rings_with_a_timer_and_three_records():
    play = Play()
    commands = play(CallQueued("c1"), at=5_000)
    assert play.of(Ring) == [Ring("c1.1", "c1", 1)]
    assert play.of(StartTimer) == [StartTimer("ring:c1.1@1", 25_000)]
    assert [c.kind for c in commands if hasattr(c, "kind")] == ["call.queued", "offer.started", "seat.state"]
    assert play.recorded("call.queued")[0].data == {
        "position": 1,
        "predicted_ms": 0,
        "staffed": 2,
        "line": "main",
        "need": "",
        "priority": 0,
        "place": [0, 5_000, 0],
    }
    started = play.recorded("offer.started")[0]
    assert (started.call, started.seat, started.operator, started.offer) == ("c1", 1, "op-1", "c1.1")
    assert started.data == {"strategy": "longest_idle"}
    row = play.recorded("seat.state")[0]
    assert row.data == {"from": "ready", "to": "ringing", "reason": None}
    assert (row.call, row.offer, row.operator) == ("c1", "c1.1", "op-1")


def test_given_ringing_when_answered_then_connect_and_the_seat_is_still_shown_ringing():
    play = Play().ringing()
    play(OfferAnswered("c1.1"), at=7_000)
    assert play.of(Connect) == [Connect("c1", "c1.1")]
    assert play.of(StopTimer) == [StopTimer("ring:c1.1@1")]
    assert play.of(StartTimer) == [StartTimer("connect:c1.1@1", 9_000)]
    assert play.state(1) == "ringing"
    assert play.recorded("offer.ended") == []
    assert play.floor.call("c1").state is CallState.CONNECTING


def test_given_connecting_when_joined_then_connected_is_recorded_with_wait_and_ring_time():
    play = Play()
    play(CallQueued("c1"), at=5_000)
    play(OfferAnswered("c1.1"), at=8_000)
    play(Joined("c1.1"), at=8_200)
    assert play.recorded("call.connected")[0].data == {"wait_ms": 3_200}
    assert ended(play) == [{"outcome": "answered", "ring_ms": 3_000, "offer": "c1.1"}]
    assert play.moves(1) == ["ringing>talking"]
    assert play.of(StopTimer) == [StopTimer("connect:c1.1@1")]


def test_given_waiting_when_caller_gone_then_abandoned_and_nothing_else():
    play = Play(seats=1, logged_in=False)
    play(CallQueued("c1"))
    assert play(CallerGone("c1")) == (CallSettled("c1", Outcome.ABANDONED),)
    assert play.floor.call("c1") is None


def test_given_ringing_when_caller_gone_then_the_phone_stops_at_once_and_the_seat_keeps_its_place():
    play = Play().ringing()
    assert play(CallerGone("c1"), at=6_000)[0] == CancelRing("c1.1", CancelCause.CALLER_GONE)
    assert ended(play)[0]["outcome"] == "caller_gone"
    assert "abandoned_at_answer" not in ended(play)[0]
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ABANDONED)]
    assert play.of(StopTimer) == [StopTimer("ring:c1.1@1")]
    assert play.moves(1) == ["ringing>ready"]
    play(CallQueued("c2"))
    assert play.rings() == [("c2", 1)], "seat 1 is still the longest idle"


def test_given_connecting_when_caller_gone_then_abandoned_at_answer_without_wrap_up_or_miss():
    play = Play().connecting()
    play(CallerGone("c1"))
    assert play.of(ReleaseSeat) == [ReleaseSeat("c1.1")]
    assert ended(play)[0]["abandoned_at_answer"] is True
    assert ended(play)[0]["outcome"] == "caller_gone"
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ABANDONED)]
    assert play.moves(1) == ["ringing>ready"]
    assert play.misses(1) == {}
    assert play.recorded("call.connected") == []
    assert not play.floor.timers


@pytest.mark.parametrize("held", [False, True])
def test_given_talk_when_caller_gone_then_operator_released_answered_wrap_up(held):
    play = Play().talking()
    if held:
        play(HoldStarted("c1.1"))
    play(CallerGone("c1"), at=50_000)
    assert play.of(ReleaseSeat) == [ReleaseSeat("c1.1")]
    assert play.recorded("call.talk_ended")[0].data == {"by": "caller"}
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ANSWERED)]
    assert play.of(StartTimer) == [StartTimer("wrap_up:c1.1@1", 80_000)]
    assert play.state(1) == "wrap_up"
    assert play.floor.seat(1).call == "c1", "the ledger still needs the call"


@pytest.mark.parametrize("held", [False, True])
def test_given_talk_when_operator_leg_gone_then_caller_released_answered_wrap_up(held):
    play = Play().talking()
    if held:
        play(HoldStarted("c1.1"))
    play(SeatLegGone("c1.1"))
    assert play.of(ReleaseCaller) == [ReleaseCaller("c1")]
    assert play.recorded("call.talk_ended")[0].data == {"by": "operator"}
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ANSWERED)]
    assert play.state(1) == "wrap_up"
    assert play(CallerGone("c1")) == (), "the hang-up that we asked for"


def test_given_talk_when_held_and_resumed_then_states_and_records_follow_once():
    play = Play().talking()
    play(HoldStarted("c1.1"))
    assert (play.state(1), play.moves(1)) == ("hold", ["talking>hold"])
    assert play.recorded("call.held") == [Record("call.held", "c1", 1, "op-1", "c1.1")]
    assert play.floor.call("c1").state is CallState.HOLD
    assert play.floor.call("c1").position is None, "it waits no more"
    assert play(HoldStarted("c1.1")) == ()
    play(HoldEnded("c1.1"))
    assert (play.state(1), play.moves(1)) == ("talking", ["hold>talking"])
    assert play.recorded("call.resumed") == [Record("call.resumed", "c1", 1, "op-1", "c1.1")]
    assert play(HoldEnded("c1.1")) == ()


@pytest.mark.parametrize("event", [JoinFailed("c1.1"), TimerFired("connect:c1.1@1")])
def test_given_connecting_when_join_fails_then_caller_at_head_next_seat_no_strike(event):
    play = Play().connecting()
    play(CallQueued("c2"), CallQueued("c3"))  # c2 rings seat 2, c3 waits
    play(CallerGone("c2"))  # frees seat 2 for c3
    play(OfferFailed("c3.1", OfferOutcome.FAILED))  # which it fails: free, but cooling for c3
    play(event)
    assert play.last[:2] == (ReleaseSeat("c1.1"), Resume("c1"))
    assert ended(play)[0]["outcome"] == "failed"
    assert play.rings() == [("c1", 2), ("c3", 1)], "the head goes first, each to a seat it has not tried"
    assert play.misses(1) == {}
    assert "ringing>ready" in play.moves(1)


def test_given_one_seat_when_join_fails_then_it_is_tried_again_only_after_the_cool_down():
    play = Play(seats=1).connecting()
    play(JoinFailed("c1.1"), at=10_000)
    assert play.rings() == []
    assert StartTimer("cool_down:c1.1@1", 20_000) in play.last
    play(TimerFired("cool_down:c1.1@1"), at=20_000)
    assert play.of(Ring) == [Ring("c1.2", "c1", 1)]


def test_given_connecting_when_operator_leg_gone_then_caller_resumes_at_head_without_a_strike():
    play = Play().connecting()
    play(SeatLegGone("c1.1"))
    assert play.of(ReleaseSeat) == []
    assert play.of(Resume) == [Resume("c1")]
    assert play.rings() == [("c1", 2)]
    assert play.misses(1) == {}
    assert play.state(1) == "ready"


@pytest.mark.parametrize("cause", ["no_answer", "busy", "declined", "unreachable"])
def test_given_ringing_when_the_phone_fails_then_next_seat_at_once_and_a_miss(cause):
    play = Play().ringing()
    play(OfferFailed("c1.1", OfferOutcome(cause)))
    assert ended(play)[0]["outcome"] == cause
    assert play.rings() == [("c1", 2)]
    assert play.misses(1) == {cause: 1}
    assert play.of(CancelRing) == []
    play(OfferFailed("c1.2", OfferOutcome(cause)), TimerFired("cool_down:c1.1@1"))
    play(OfferFailed("c1.3", OfferOutcome(cause)))
    assert play.state(1) == "break"
    assert play.recorded("seat.state")[0].data == {"from": "ringing", "to": "break", "reason": cause}
    assert play.floor.seat(1).reason == cause


def test_given_failed_offers_when_repeated_then_never_a_miss():
    play = Play(seats=1).ringing()
    for n in range(1, 6):
        play(OfferFailed(f"c1.{n}", OfferOutcome.FAILED), TimerFired(f"cool_down:c1.{n}@1"))
        assert play.misses(1) == {}
    assert play.rings() == [("c1", 1)]


@pytest.mark.parametrize("cause", ["answered", "caller_gone", "lost_race", "withdrawn"])
def test_given_a_cause_that_no_phone_gives_when_offer_failed_then_it_counts_as_failed(cause):
    play = Play().ringing()
    play(OfferFailed("c1.1", OfferOutcome(cause)))
    assert ended(play)[0]["outcome"] == "failed"
    assert play.misses(1) == {}


def test_given_ringing_when_ring_time_is_over_then_cancelled_missed_and_next_seat():
    play = Play()
    play(CallQueued("c1"), at=5_000)
    play(TimerFired("ring:c1.1@1"), at=25_000)
    assert play.last[0] == CancelRing("c1.1", CancelCause.NO_ANSWER)
    assert ended(play) == [{"outcome": "no_answer", "ring_ms": 20_000, "offer": "c1.1"}]
    assert play.rings() == [("c1", 2)]
    assert sum(play.misses(1).values()) == 1


def test_given_an_answer_when_there_was_a_miss_before_then_the_misses_are_forgotten():
    play = Play(seats=1).ringing()
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), TimerFired("cool_down:c1.1@1"))
    assert sum(play.misses(1).values()) == 1
    play(OfferAnswered("c1.2"))
    assert play.misses(1) == {}


def test_given_ringing_when_the_leg_ends_then_it_counts_as_failed_and_the_next_seat_rings():
    play = Play().ringing()
    play(SeatLegGone("c1.1"))
    assert ended(play)[0]["outcome"] == "failed"
    assert play.rings() == [("c1", 2)]


@pytest.mark.parametrize(
    ("event", "after", "reason"),
    [(Break(1, "lunch"), "break", "lunch"), (OwnCallStarted(1), "talking", "own_call")],
)
def test_given_ringing_when_the_seat_turns_away_then_offer_withdrawn_without_miss(event, after, reason):
    play = Play().ringing()
    play(event)
    assert play.last[0] == CancelRing("c1.1", CancelCause.WITHDRAWN)
    assert ended(play)[0]["outcome"] == "withdrawn"
    assert play.rings() == [("c1", 2)]
    assert play.moves(1) == [f"ringing>{after}"]
    assert play.floor.seat(1).reason == reason
    assert play.misses(1) == {}
    assert not [t for t in play.floor.timers if t.startswith("cool_down")]


@pytest.mark.parametrize("phone", [Phone.UNREACHABLE, Phone.UNREGISTERED])
def test_given_ringing_when_the_phone_goes_then_offer_unreachable_a_miss_and_next_seat(phone):
    play = Play().ringing()
    play(PhoneChanged(1, phone))
    assert play.recorded("seat.phone")[0].data == {"state": phone.value}
    assert play.of(CancelRing) == [CancelRing("c1.1", CancelCause.WITHDRAWN)]
    assert ended(play)[0]["outcome"] == "unreachable"
    assert play.rings() == [("c1", 2)]
    assert play.state(1) == "unreachable"
    assert sum(play.misses(1).values()) == 1
    play(PhoneChanged(1, Phone.REGISTERED))
    assert play.state(1) == "ready"


def test_given_wrap_up_when_its_old_token_fires_then_the_new_wrap_up_stays():
    play = Play(seats=1).talking()
    play(CallerGone("c1"), EndWrapUp(1), CallQueued("c2"), OfferAnswered("c2.1"), Joined("c2.1"))
    play(CallerGone("c2"))
    assert play(TimerFired("wrap_up:c1.1@1")) == ()
    assert play.state(1) == "wrap_up"
    play(TimerFired("wrap_up:c2.1@1"))
    assert play.state(1) == "ready"


def test_given_no_wrap_up_configured_when_the_talk_ends_then_ready_and_next_caller_at_once():
    play = Play(seats=1, wrap_up_ms=0).talking()
    play(CallQueued("c2"), SeatLegGone("c1.1"))
    assert play.rings() == [("c2", 1)]
    assert not [t for t in play.floor.timers if t.startswith("wrap_up")]


def test_given_a_clock_that_goes_back_when_answered_then_times_are_never_negative():
    play = Play()
    play(CallQueued("c1"), at=9_000)
    play(OfferAnswered("c1.1"), at=8_000)
    play(Joined("c1.1"), at=7_000)
    assert ended(play)[0]["ring_ms"] == 0
    assert play.recorded("call.connected")[0].data == {"wait_ms": 0}


def test_given_42_callers_on_7_seats_when_all_are_served_then_first_come_first_served():
    play = Play(seats=7)
    order = []
    for n in range(42):
        order += [call for call, _ in (play(CallQueued(f"c{n}")), play.rings())[1]]
    assert len(order) == 7
    assert [view.position for view in play.floor.waiting()] == list(range(1, 43))
    while play.floor.callers:
        call = next(iter(play.floor.callers))
        offer = play.floor.call(call).offer
        play(OfferAnswered(offer), Joined(offer), CallerGone(call))
        play(TimerFired(play.timer("wrap_up")))
        order += [rung for rung, _ in play.rings()]
    assert order == [f"c{n}" for n in range(42)]
    settled = [c for c in play.all if isinstance(c, CallSettled)]
    assert [s.outcome for s in settled] == [Outcome.ANSWERED] * 42
    assert len({s.call for s in settled}) == 42
    assert not play.floor.timers


def test_given_log_in_of_the_same_operator_while_talking_when_log_out_was_asked_then_it_is_taken_back():
    play = Play(seats=1).talking()
    play(LogOut(1), LogIn(1, "op-1"), CallerGone("c1"))
    assert play.state(1) == "wrap_up"
