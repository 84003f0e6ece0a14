"""The queue: order, places, cool-downs."""

import pytest

from acd import Floor, FloorSettings
from acd.commands import CallSettled, Ring, StopTimer
from acd.events import (
    CallerGone,
    CallQueued,
    EndWrapUp,
    Joined,
    LogIn,
    OfferAnswered,
    OfferFailed,
    PhoneChanged,
    Ready,
    TimerFired,
)
from acd.types import CallState, OfferOutcome, Phone
from tests.unit.acd.floor_play import Play


def waiting(play):
    return [(view.call, view.position) for view in play.floor.waiting()]


def test_given_waiting_callers_when_one_more_has_priority_then_it_goes_before_them():
    play = Play(seats=1, logged_in=False)
    play(CallQueued("c1"), CallQueued("c2"), CallQueued("vip", priority=5))
    row = play.recorded("call.queued")[-1]
    assert (row.data["position"], row.data["priority"]) == (1, 5)
    assert waiting(play) == [("vip", 1), ("c1", 2), ("c2", 3)]
    play(PhoneChanged(1, Phone.REGISTERED), LogIn(1, "op-1"))
    assert play.rings() == [("vip", 1)]


def test_given_ringing_caller_when_another_queues_then_it_is_second_and_both_are_waiting():
    play = Play(seats=1).ringing()
    play(CallQueued("c2"))
    assert play.recorded("call.queued")[0].data["position"] == 2
    assert [v.state for v in play.floor.waiting()] == [CallState.RINGING, CallState.WAITING]
    assert (play.floor.call("c2").position, play.floor.call("c1").position) == (2, 1)
    play(OfferAnswered("c1.1"))
    assert waiting(play) == [("c1", 1), ("c2", 2)]
    play(Joined("c1.1"))
    assert waiting(play) == [("c2", 1)]
    assert play.floor.call("c1").position is None


def test_given_recovered_call_when_queued_then_it_keeps_its_place_and_is_not_recorded_again():
    play = Play(seats=1, logged_in=False)
    play(CallQueued("c1"), at=5_000)
    assert play(CallQueued("old", queued_ms=2_000, offers=3), at=6_000) == ()
    assert waiting(play) == [("old", 1), ("c1", 2)]
    play(PhoneChanged(1, Phone.REGISTERED), LogIn(1, "op-1"))
    assert play.of(Ring) == [Ring("old.4", "old", 1)], "an offer id never repeats"
    play(OfferAnswered("old.4"))
    play(Joined("old.4"), at=10_000)
    assert play.recorded("call.connected")[0].data == {"wait_ms": 8_000}


def test_given_a_recovered_time_in_the_future_when_queued_then_it_counts_as_now():
    play = Play(seats=1, logged_in=False)
    play(CallQueued("c1", queued_ms=99_999), at=5_000)
    assert play.floor.call("c1").queued_ms == 5_000


def test_given_same_millisecond_when_queued_then_order_of_arrival():
    play = Play(seats=1, logged_in=False)
    for call in ("b", "a", "c"):
        play(CallQueued(call), at=5_000)
    assert [call for call, _ in waiting(play)] == ["b", "a", "c"]


@pytest.mark.parametrize("way", ["ringing", "connecting", "talking"])
def test_given_a_call_on_the_floor_when_queued_again_then_refused(way):
    play = getattr(Play(), way)()
    before = play.picture()
    play(CallQueued("c1"))
    assert play.refused() == ["call_known"]
    assert play.picture() == before


def test_given_unknown_ids_when_facts_come_then_nothing():
    play = Play()
    assert play(CallerGone("c9"), TimerFired("ring:c9.1@1"), Joined("c9.1")) == ()


def test_given_failed_offer_when_the_caller_behind_can_have_the_seat_then_it_gets_it():
    play = Play(seats=1).ringing()
    play(CallQueued("c2"), OfferFailed("c1.1", OfferOutcome.DECLINED))
    assert play.rings() == [("c2", 1)]
    play(CallerGone("c2"))
    assert play.rings() == [], "still cooling for c1"
    play(TimerFired("cool_down:c1.1@1"))
    assert play.rings() == [("c1", 1)]


def test_given_tried_seat_cooled_when_an_untried_seat_is_free_too_then_the_untried_rings():
    play = Play(seats=2)
    play(CallQueued("c2"), CallQueued("c1"))  # seats 1 and 2
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), TimerFired("cool_down:c1.1@2"))
    assert play.rings() == [("c1", 2)], "nothing else is free"
    play(OfferFailed("c1.2", OfferOutcome.FAILED), CallerGone("c2"))
    assert play.rings() == [("c1", 1)]
    play(OfferFailed("c1.3", OfferOutcome.FAILED))
    assert play.rings() == [], "both cool down"


def test_given_cool_downs_when_the_caller_goes_or_is_connected_then_they_stop():
    play = Play(seats=2).ringing()
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), CallerGone("c1"))
    assert StopTimer("cool_down:c1.1@1") in play.last
    assert not play.floor.timers
    play(CallQueued("c2"), OfferFailed("c2.1", OfferOutcome.DECLINED), Ready(1), Ready(2))
    play(OfferAnswered("c2.2"), Joined("c2.2"))
    assert [c.token for c in play.of(StopTimer) if c.token.startswith("cool")] == ["cool_down:c2.1@2"]
    play(CallerGone("c2"))
    assert len(play.of(CallSettled)) == 1


def test_given_old_cool_down_token_when_it_fires_during_a_new_cool_down_then_the_new_one_holds():
    play = Play(seats=1, max_misses=9).ringing()
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), TimerFired("cool_down:c1.1@1"))
    play(OfferFailed("c1.2", OfferOutcome.DECLINED))
    assert play(TimerFired("cool_down:c1.1@1")) == ()


def test_given_wrap_up_ends_early_when_callers_wait_then_the_head_rings():
    play = Play(seats=1).talking()
    play(CallQueued("c2"), CallQueued("c3"), CallerGone("c1"), EndWrapUp(1))
    assert play.rings() == [("c2", 1)]


def test_given_no_seats_when_opened_then_callers_wait():
    floor = Floor.open(FloorSettings(seats=()), 5)
    assert floor.seat(1) is None
    assert floor.call("c1") is None
    assert floor.waiting() == ()


def test_given_all_seats_tried_and_cooled_when_chosen_then_the_longest_idle_again():
    play = Play(seats=3, max_misses=9).ringing()
    for n in (1, 2):
        play(OfferFailed(f"c1.{n}", OfferOutcome.DECLINED))
    play(TimerFired("cool_down:c1.1@1"), TimerFired("cool_down:c1.2@2"))
    play(OfferFailed("c1.3", OfferOutcome.DECLINED))
    assert play.rings() == [("c1", 1)]
