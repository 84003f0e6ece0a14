"""The seat: what its operator declares, what it does, what its phone is."""

from dataclasses import replace

import pytest

from acd import Floor, FloorSettings
from acd.commands import CallSettled, CancelRing, Record, Ring, StopTimer
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    HoldStarted,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
    Reconfigured,
    SeatLegGone,
    TimerFired,
)
from acd.types import CancelCause, Declared, OfferOutcome, Phone
from tests.unit.acd.floor_play import Play


def test_given_registered_phone_when_logged_in_then_ready_and_recorded():
    play = Play(seats=1, logged_in=False)
    play(PhoneChanged(1, Phone.REGISTERED))
    assert play.last == (Record("seat.phone", seat=1, data={"state": "registered"}),)
    play(LogIn(1, "op-1"), at=4_000)
    state = {"from": "logged_out", "to": "ready", "reason": None}
    assert play.last == (
        Record("seat.login", seat=1, operator="op-1"),
        Record("seat.state", seat=1, operator="op-1", data=state),
    )
    seat = play.floor.seat(1)
    assert (seat.state.value, seat.since_ms, seat.reason, seat.operator) == ("ready", 4_000, None, "op-1")
    assert (seat.call, seat.phone) == (None, Phone.REGISTERED)


def test_given_unregistered_phone_when_logged_in_then_unreachable_and_never_rung_until_registered():
    play = Play(seats=1, logged_in=False)
    play(LogIn(1, "op-1"), CallQueued("c1"))
    assert (play.state(1), play.rings()) == ("unreachable", [])
    play(PhoneChanged(1, Phone.UNREACHABLE))
    assert play.moves(1) == [], "unreachable or unregistered, people see the same"
    play(PhoneChanged(1, Phone.REGISTERED))
    assert play.moves(1) == ["unreachable>ready", "ready>ringing"]


def test_given_two_idle_seats_when_calls_come_then_longest_idle_first_and_ties_by_number():
    play = Play(seats=3, logged_in=False)
    for number in (3, 2, 1):
        play(PhoneChanged(number, Phone.REGISTERED), at=1_000)
    play(LogIn(3, "op-3"), at=2_000)
    play(LogIn(2, "op-2"), LogIn(1, "op-1"), at=3_000)
    play(CallQueued("c1"), CallQueued("c2"), CallQueued("c3"))
    assert play.rings() == [("c1", 3), ("c2", 1), ("c3", 2)]


@pytest.mark.parametrize(
    ("away", "back"),
    [
        (PhoneChanged(1, Phone.UNREACHABLE), PhoneChanged(1, Phone.REGISTERED)),
        (OwnCallStarted(1), OwnCallEnded(1)),
        (Break(1, "lunch"), Ready(1)),
    ],
    ids=["the phone was gone", "an own call", "a break"],
)
def test_given_the_seat_idle_longest_when_it_was_away_for_a_while_then_it_is_the_last(away, back):
    play = Play(seats=2)
    play(away, back, CallQueued("c1"))
    assert play.rings() == [("c1", 2)]
    assert play.floor.seat(1).able_ms == play.now_ms - 10


def test_given_a_miss_when_next_call_comes_then_the_seat_is_the_last_but_a_withdrawn_offer_costs_nothing():
    play = Play(seats=2).ringing()
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), CallerGone("c1"))
    play(CallQueued("c2"))
    assert play.rings() == [("c2", 2)]
    play(CallerGone("c2"), CallQueued("c3"))
    assert play.rings() == [("c3", 2)]


def test_given_operator_logged_in_elsewhere_when_log_in_then_refused():
    play = Play()
    play(LogOut(2), LogIn(2, "op-1"))
    assert play.refused() == ["operator_elsewhere"]
    assert "seat 1" in play.last[-1].why
    assert play.state(2) == "logged_out"


def test_given_seat_taken_when_another_logs_in_then_refused_and_same_again_is_nothing():
    play = Play()
    before = play.picture()
    play(LogIn(1, "op-9"))
    assert play.refused() == ["seat_taken"]
    assert play(LogIn(1, "op-1")) == ()
    assert play.picture() == before


@pytest.mark.parametrize("event", [LogIn(9, "x"), LogOut(9), Ready(9), Break(9, "x"), EndWrapUp(9)])
def test_given_no_such_seat_when_asked_then_refused(event):
    play = Play()
    play(event)
    assert play.refused() == ["no_such_seat"]


@pytest.mark.parametrize("event", [PhoneChanged(9, Phone.REGISTERED), OwnCallStarted(9), OwnCallEnded(9)])
def test_given_no_such_seat_when_its_phone_does_something_then_nothing(event):
    assert Play()(event) == ()


@pytest.mark.parametrize("event", [LogOut(1), Ready(1), Break(1, "x"), EndWrapUp(1)])
def test_given_nobody_logged_in_when_asked_then_refused(event):
    play = Play(logged_in=False)
    play(event)
    assert play.refused() == ["not_logged_in"]


def test_given_no_operator_id_when_log_in_then_refused():
    play = Play(logged_in=False)
    play(LogIn(1, ""))
    assert play.refused() == ["no_operator"]
    assert play.last[0].why == "The operator's id is empty."


@pytest.mark.parametrize("way", ["ringing", "connecting", "talking"])
def test_given_no_wrap_up_when_end_wrap_up_then_refused(way):
    for play in (Play(), getattr(Play(), way)()):
        play(EndWrapUp(1))
        assert play.refused() == ["not_in_wrap_up"]


def test_given_ready_when_break_with_reason_then_shown_and_a_new_reason_is_a_new_state():
    play = Play()
    play(Break(1, "lunch"), at=5_000)
    play(CallQueued("c1"))
    assert play.rings() == [("c1", 2)]
    play(Break(1, "training"), at=6_000)
    assert play.recorded("seat.state")[0].data == {"from": "break", "to": "break", "reason": "training"}
    assert play.floor.seat(1).since_ms == 6_000
    assert play(Break(1, "training")) == ()
    play(Ready(1))
    assert play.moves(1) == ["break>ready"]
    assert play(Ready(1)) == ()


def test_given_ready_when_logged_out_then_state_and_log_out_recorded_with_the_operator():
    play = Play()
    play(LogOut(1))
    rows = [(row.kind, row.operator) for row in play.last]
    assert rows == [("seat.state", "op-1"), ("seat.logout", "op-1")]
    assert play.floor.seat(1).operator is None
    play(LogIn(2, "op-1"))
    assert play.refused() == ["seat_taken"]


def test_given_ringing_when_logged_out_then_offer_withdrawn_caller_keeps_head_next_seat_at_once():
    play = Play().ringing()
    play(LogOut(1))
    assert play.last[0] == CancelRing("c1.1", CancelCause.WITHDRAWN)
    assert play.rings() == [("c1", 2)]
    assert play.moves(1) == ["ringing>logged_out"]
    play(OfferAnswered("c1.1"))
    assert play.last == (CancelRing("c1.1", CancelCause.LOST_RACE),)


def test_given_ringing_when_ready_asked_then_it_rings_on():
    play = Play().ringing()
    before = play.picture()
    assert play(Ready(1)) == ()
    assert play.picture() == before


@pytest.mark.parametrize("way", ["connecting", "talking"])
@pytest.mark.parametrize("event", [LogOut(1), Break(1, "lunch"), Ready(1)])
def test_given_busy_when_asked_then_the_call_goes_on(way, event):
    play = getattr(Play(), way)()
    state = play.state(1)
    assert play(event) == ()
    assert play.state(1) == state


def test_given_log_out_asked_while_talking_when_the_talk_ends_then_logged_out_without_wrap_up():
    play = Play().talking()
    play(LogOut(1), SeatLegGone("c1.1"))
    assert play.moves(1) == ["talking>logged_out"]
    assert [r.operator for r in play.recorded("seat.logout")] == ["op-1"]
    assert not play.floor.timers


def test_given_break_asked_while_talking_when_the_wrap_up_ends_then_break():
    play = Play().talking()
    play(Break(1, "lunch"), SeatLegGone("c1.1"))
    assert play.state(1) == "wrap_up"
    play(TimerFired("wrap_up:c1.1@1"))
    assert (play.state(1), play.floor.seat(1).reason) == ("break", "lunch")


def test_given_break_asked_while_talking_when_ready_asked_then_it_is_taken_back():
    play = Play().talking()
    play(Break(1, "lunch"))
    assert play.floor.seat(1).declared is Declared.BREAK
    play(Ready(1), SeatLegGone("c1.1"), EndWrapUp(1))
    assert play.state(1) == "ready"


@pytest.mark.parametrize("asked", [LogOut(1), Break(1, "lunch")])
def test_given_asked_while_connecting_when_the_join_fails_then_it_takes_effect_and_next_seat_rings(asked):
    play = Play().connecting()
    play(asked, JoinFailed("c1.1"))
    assert play.state(1) == ("break" if isinstance(asked, Break) else "logged_out")
    assert play.rings() == [("c1", 2)]


def test_given_log_out_asked_while_talking_when_the_same_operator_logs_in_then_it_is_taken_back():
    play = Play().talking()
    play(LogOut(1), LogIn(1, "op-1"), CallerGone("c1"))
    assert play.state(1) == "wrap_up"


@pytest.mark.parametrize(
    ("event", "after"),
    [(LogOut(1), "logged_out"), (Break(1, "x"), "break"), (Ready(1), "ready"), (EndWrapUp(1), "ready")],
)
def test_given_wrap_up_when_asked_then_it_ends_at_once_and_its_timer_stops(event, after):
    play = Play().talking()
    play(CallerGone("c1"), event)
    assert play.moves(1)[-1] == f"wrap_up>{after}"
    assert play.of(StopTimer) == [StopTimer("wrap_up:c1.1@1")]
    assert not play.floor.timers
    assert play.floor.seat(1).call is None


def test_given_wrap_up_when_its_time_is_over_then_ready_and_the_next_caller_rings():
    play = Play(seats=1).talking()
    play(CallerGone("c1"), CallQueued("c2"))
    assert play.rings() == []
    play(TimerFired("wrap_up:c1.1@1"))
    assert play.moves(1) == ["wrap_up>ready", "ready>ringing"]
    assert play.of(Ring) == [Ring("c2.1", "c2", 1)]


@pytest.mark.parametrize("phone", [Phone.UNREACHABLE, Phone.UNREGISTERED])
@pytest.mark.parametrize("way", ["connecting", "talking"])
def test_given_busy_when_the_phone_goes_then_the_talk_goes_on_and_afterwards_unreachable(way, phone):
    play = getattr(Play(), way)()
    play(PhoneChanged(1, phone))
    assert [c.kind for c in play.last] == ["seat.phone"]
    play(Joined("c1.1"), SeatLegGone("c1.1"), TimerFired("wrap_up:c1.1@1"))
    assert play.state(1) == "unreachable"


def test_given_phone_as_it_was_when_told_again_then_nothing():
    assert Play()(PhoneChanged(1, Phone.REGISTERED)) == ()


def test_given_ready_when_an_own_call_starts_then_busy_until_it_ends():
    play = Play(seats=1)
    play(OwnCallStarted(1))
    assert (play.state(1), play.floor.seat(1).reason) == ("talking", "own_call")
    play(CallQueued("c1"))
    assert play.rings() == []
    assert play(OwnCallStarted(1)) == ()
    play(OwnCallEnded(1))
    assert play.rings() == [("c1", 1)]
    assert play(OwnCallEnded(1)) == ()


def test_given_own_call_in_wrap_up_when_the_wrap_up_ends_then_still_busy_until_the_own_call_ends():
    play = Play(seats=1).talking()
    play(CallerGone("c1"), OwnCallStarted(1))
    assert play.state(1) == "wrap_up"
    play(TimerFired("wrap_up:c1.1@1"), CallQueued("c2"))
    assert (play.state(1), play.floor.seat(1).reason, play.rings()) == ("talking", "own_call", [])
    play(OwnCallEnded(1))
    assert play.rings() == [("c2", 1)]


def test_given_own_call_when_break_asked_then_shown_after_it():
    play = Play(seats=1)
    play(OwnCallStarted(1), Break(1, "lunch"))
    assert play.moves(1) == ["ready>talking"]
    play(OwnCallEnded(1))
    assert play.moves(1) == ["talking>break"]


def test_given_a_missed_break_when_ready_then_the_misses_begin_anew():
    play = Play(seats=1, max_misses=1).ringing()
    play(OfferFailed("c1.1", OfferOutcome.NO_ANSWER))
    assert (play.state(1), play.floor.seat(1).reason) == ("break", "no_answer")
    play(CallerGone("c1"), Ready(1))
    assert (play.state(1), play.misses(1)) == ("ready", {})


def test_given_one_miss_when_logged_out_and_in_then_the_misses_begin_anew():
    play = Play(seats=1).ringing()
    play(OfferFailed("c1.1", OfferOutcome.NO_ANSWER), LogOut(1), LogIn(1, "op-1"))
    assert play.misses(1) == {}


def test_given_more_seats_when_reconfigured_then_they_are_logged_out_and_old_ones_untouched():
    play = Play().talking()
    before = replace(play.floor.seat(1))
    play(Reconfigured(FloorSettings(seats=(1, 2, 3))))
    assert play.last == ()
    assert (play.state(3), play.floor.seat(3).phone) == ("logged_out", Phone.UNREGISTERED)
    assert play.floor.seat(3).since_ms == play.now_ms
    assert play.floor.seat(1) == before


def test_given_fewer_seats_when_reconfigured_then_idle_ones_disappear_logged_out():
    play = Play()
    play(Reconfigured(FloorSettings(seats=(2,))))
    row = play.recorded("seat.state")[0]
    assert row.data == {"from": "ready", "to": "logged_out", "reason": "removed"}
    assert [r.operator for r in play.recorded("seat.logout")] == ["op-1"]
    assert play.state(1) == "gone"
    play(CallQueued("c1"))
    assert play.rings() == [("c1", 2)]


def test_given_removed_seat_when_it_rings_then_withdrawn_and_gone():
    play = Play().ringing()
    play(Reconfigured(FloorSettings(seats=(2,))))
    assert play.of(CancelRing) == [CancelRing("c1.1", CancelCause.WITHDRAWN)]
    assert (play.state(1), play.rings()) == ("gone", [("c1", 2)])


@pytest.mark.parametrize("way", ["connecting", "talking"])
def test_given_removed_seat_when_it_is_busy_then_it_finishes_the_talk_and_disappears(way):
    play = getattr(Play(), way)()
    play(Reconfigured(FloorSettings(seats=(2,))))
    assert play.last == ()
    play(Joined("c1.1"), SeatLegGone("c1.1"))
    assert len(play.of(CallSettled)) == 1
    assert play.state(1) == "gone"
    assert not play.floor.timers


def test_given_removed_seat_in_wrap_up_when_reconfigured_then_gone_and_its_timer_stops():
    play = Play().talking()
    play(CallerGone("c1"), Reconfigured(FloorSettings(seats=(2,))))
    assert play.state(1) == "gone"
    assert StopTimer("wrap_up:c1.1@1") in play.last


def test_given_removed_seat_still_talking_when_it_comes_back_then_it_stays():
    play = Play().talking()
    play(Reconfigured(FloorSettings(seats=(2,))), Reconfigured(FloorSettings(seats=(1, 2))))
    play(HoldStarted("c1.1"), CallerGone("c1"))
    assert play.state(1) == "wrap_up"


def test_given_new_times_when_reconfigured_then_they_hold_for_what_comes_only():
    play = Play(seats=2).ringing()
    timers = dict(play.floor.timers)
    play(Reconfigured(FloorSettings(seats=(1, 2), ring_time_ms=5_000)))
    assert play.floor.timers == timers
    play(CallQueued("c2"), at=50_000)
    assert play.floor.timers["ring:c2.1@2"].at_ms == 55_000


def test_given_a_floor_that_is_opened_then_every_seat_is_logged_out_since_that_moment():
    floor = Floor.open(FloorSettings(seats=(1, 2)), now_ms=7_000)
    assert [(seat.state.value, seat.since_ms) for seat in map(floor.seat, (1, 2))] == [
        ("logged_out", 7_000)
    ] * 2
