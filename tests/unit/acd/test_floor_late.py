"""Events that cross, come late, come twice, or contradict what is."""

import pytest

from acd.commands import (
    CancelRing,
)
from acd.events import (
    CallerGone,
    CallQueued,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    OfferAnswered,
    OfferFailed,
    SeatLegGone,
    TimerFired,
)
from acd.types import CancelCause, OfferOutcome
from tests.unit.acd.floor_play import Play


def test_given_cancelled_for_caller_gone_when_the_answer_crosses_then_hung_up_without_penalty():
    play = Play().ringing()
    play(CallerGone("c1"))
    before = play.picture()
    assert play(OfferAnswered("c1.1")) == (CancelRing("c1.1", CancelCause.CALLER_GONE),)
    assert play.picture() == before


def test_given_offer_moved_on_when_the_old_phone_answers_then_lost_race_and_the_new_ring_stays():
    play = Play().ringing()
    play(TimerFired("ring:c1.1@1"))
    before = play.picture()
    assert play(OfferAnswered("c1.1")) == (CancelRing("c1.1", CancelCause.LOST_RACE),)
    assert play.picture() == before
    assert play.floor.call("c1").offer == "c1.2"


def test_given_seat_rings_for_another_call_when_its_old_answer_comes_then_it_rings_on():
    play = Play(seats=1)
    play(CallQueued("c1"), CallQueued("c2"), CallerGone("c1"))
    assert play.floor.seat(1).call == "c2"
    assert play(OfferAnswered("c1.1")) == (CancelRing("c1.1", CancelCause.CALLER_GONE),)
    assert (play.state(1), play.floor.seat(1).call, play.misses(1)) == ("ringing", "c2", {})


def test_given_calls_named_by_asterisk_when_an_answer_crosses_then_the_call_is_found_by_its_whole_name():
    play = Play(seats=2)
    play(CallQueued("1764439151.7"), TimerFired("ring:1764439151.7.1@1"))
    assert play(OfferAnswered("1764439151.7.1")) == (CancelRing("1764439151.7.1", CancelCause.LOST_RACE),)
    play(CallerGone("1764439151.7"))
    assert play(OfferAnswered("1764439151.7.2")) == (CancelRing("1764439151.7.2", CancelCause.CALLER_GONE),)


LATE = [
    OfferFailed("c1.1", OfferOutcome.BUSY),
    Joined("c1.1"),
    JoinFailed("c1.1"),
    SeatLegGone("c1.1"),
    HoldStarted("c1.1"),
    HoldEnded("c1.1"),
    TimerFired("ring:c1.1@1"),
    TimerFired("connect:c1.1@1"),
    CallerGone("c1"),
]


@pytest.mark.parametrize("event", LATE, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("way", ["ringing", "connecting", "talking"])
def test_given_the_caller_was_gone_when_a_late_event_comes_then_nothing_happens(way, event):
    play = getattr(Play(), way)()
    play(CallerGone("c1"))
    before = play.picture()
    assert play(event) == ()
    assert play.picture() == before


@pytest.mark.parametrize(
    ("way", "event"),
    [
        ("ringing", Joined("c1.1")),
        ("ringing", JoinFailed("c1.1")),
        ("ringing", HoldStarted("c1.1")),
        ("ringing", HoldEnded("c1.1")),
        ("connecting", OfferFailed("c1.1", OfferOutcome.BUSY)),
        ("connecting", HoldStarted("c1.1")),
        ("connecting", HoldEnded("c1.1")),
        ("talking", OfferFailed("c1.1", OfferOutcome.BUSY)),
        ("talking", JoinFailed("c1.1")),
    ],
)
def test_given_a_living_offer_when_a_fact_contradicts_it_then_refused_and_nothing_happens(way, event):
    play = getattr(Play(), way)()
    before = play.picture()
    play(event)
    assert play.refused() == ["out_of_turn"]
    assert len(play.last) == 1
    assert play.last[0].event is event
    assert play.last[0].why.startswith(f"{type(event).__name__} does not fit offer c1.1, which is {way}")
    assert play.picture() == before


@pytest.mark.parametrize(
    ("way", "event"),
    [
        ("connecting", OfferAnswered("c1.1")),
        ("talking", OfferAnswered("c1.1")),
        ("talking", Joined("c1.1")),
        ("talking", HoldEnded("c1.1")),
        ("talking", TimerFired("ring:c1.1@1")),
        ("talking", TimerFired("connect:c1.1@1")),
    ],
)
def test_given_a_duplicate_or_stale_token_when_it_comes_then_nothing_happens(way, event):
    play = getattr(Play(), way)()
    before = play.picture()
    assert play(event) == ()
    assert play.picture() == before
