"""What a missed offer costs: strikes and cool-downs by cause, and never for what was nobody's fault."""

import pytest

from acd.commands import Record, StartTimer
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    OwnCallStarted,
    PhoneChanged,
    Ready,
    SeatLegGone,
    TimerFired,
)
from acd.settings import FloorSettings, MissRule
from acd.types import OfferOutcome, Phone
from tests.unit.acd.floor_play import Play

O = OfferOutcome  # noqa: E741
RULES = {
    O.NO_ANSWER: MissRule(strikes=3, cool_down_ms=5_000),
    O.BUSY: MissRule(strikes=2, cool_down_ms=2_000),
    O.DECLINED: MissRule(strikes=1, cool_down_ms=60_000),
    O.FAILED: MissRule(strikes=1, cool_down_ms=1_000),
}


def one_seat(**settings) -> Play:
    return Play(seats=1, **{"misses": RULES, "max_misses": 4, "cool_down_ms": 9_000, **settings})


def fail(play: Play, cause: OfferOutcome, at: int | None = None) -> None:
    """The ringing phone fails so, its cool-down passes, it rings again if it may."""
    offer = play.floor.call("c1").offer
    play(OfferFailed(offer, cause), at=at)
    token = f"cool_down:{offer}@1"
    rows = play.last
    if token in play.floor.timers:
        play(TimerFired(token))
    play.last = rows


def test_given_a_miss_when_it_is_not_the_last_then_recorded_with_its_count_limit_and_cool_down():
    play = one_seat()
    play(CallQueued("c1"), at=5_000)
    commands = play(OfferFailed("c1.1", O.NO_ANSWER), at=9_000)
    ended = {"outcome": "no_answer", "ring_ms": 4_000}
    miss = {"cause": "no_answer", "count": 1, "limit": 3, "cool_down_ms": 5_000}
    state = {"from": "ringing", "to": "ready", "reason": None}
    assert commands[1:] == (
        Record("offer.ended", "c1", 1, "op-1", "c1.1", ended),
        StartTimer("cool_down:c1.1@1", 14_000),
        Record("seat.miss", None, 1, "op-1", "c1.1", miss),
        Record("seat.state", "c1", 1, "op-1", "c1.1", state),
    )


@pytest.mark.parametrize(
    ("cause", "strikes", "cool_down_ms"),
    [(O.NO_ANSWER, 3, 5_000), (O.BUSY, 2, 2_000), (O.DECLINED, 1, 60_000), (O.UNREACHABLE, 4, 9_000)],
)
def test_given_a_cause_when_it_is_missed_in_a_row_then_its_own_strikes_and_cool_down(
    cause, strikes, cool_down_ms
):
    play = one_seat()
    play(CallQueued("c1"))
    for n in range(1, strikes + 1):
        fail(play, cause)
        data = play.recorded("seat.miss")[0].data
        assert (data["count"], data["limit"], data["cool_down_ms"]) == (n, strikes, cool_down_ms)
        begun = next(c for c in play.last if isinstance(c, StartTimer))
        assert begun.at_ms - play.now_ms in (cool_down_ms, cool_down_ms - 10)
        assert play.state(1) == ("break" if n == strikes else "ringing")
    assert play.floor.seat(1).reason == cause.value
    assert play.misses(1) == {}


def test_given_misses_of_several_causes_when_mixed_then_each_is_counted_for_itself():
    play = one_seat()
    play(CallQueued("c1"))
    for cause in (O.NO_ANSWER, O.BUSY, O.NO_ANSWER, O.UNREACHABLE):
        fail(play, cause)
    assert play.misses(1) == {"no_answer": 2, "busy": 1, "unreachable": 1}
    fail(play, O.BUSY)
    assert (play.state(1), play.floor.seat(1).reason) == ("break", "busy")


def test_given_failed_when_it_repeats_then_no_miss_but_its_own_cool_down():
    play = one_seat()
    play(CallQueued("c1"), at=5_000)
    play(OfferFailed("c1.1", O.FAILED), at=6_000)
    assert play.recorded("seat.miss") == []
    assert StartTimer("cool_down:c1.1@1", 7_000) in play.last
    assert (play.state(1), play.misses(1)) == ("ready", {})


def test_given_a_seat_put_on_break_when_its_operator_is_ready_again_then_counting_begins_anew():
    play = one_seat()
    play(CallQueued("c1"))
    fail(play, O.NO_ANSWER)
    fail(play, O.DECLINED)
    assert play.moves(1) == ["ringing>break"]
    play(Ready(1))
    assert play.rings() == [("c1", 1)]
    fail(play, O.NO_ANSWER)
    assert play.recorded("seat.miss")[0].data["count"] == 1


@pytest.mark.parametrize(
    "forgets",
    [
        (OfferAnswered("c1.2"),),
        (Break(1, "x"), Ready(1)),
        (LogOut(1), LogIn(1, "op-1")),
    ],
    ids=["an answer", "a break", "a log-out"],
)
def test_given_a_miss_when_something_forgets_it_then_the_row_begins_anew(forgets):
    play = one_seat()
    play(CallQueued("c1"))
    fail(play, O.NO_ANSWER)
    assert play.misses(1) == {"no_answer": 1}
    play(*forgets)
    assert play.misses(1) == {}


@pytest.mark.parametrize(
    "events",
    [
        (CallerGone("c1"),),
        (OwnCallStarted(1),),
        (OfferAnswered("c1.1"), CallerGone("c1")),
        (OfferAnswered("c1.1"), SeatLegGone("c1.1")),
        (OfferAnswered("c1.1"), JoinFailed("c1.1")),
        (SeatLegGone("c1.1"),),
        (OfferFailed("c1.1", O.LOST_RACE),),
        (OfferFailed("c1.1", O.CALLER_GONE),),
        (OfferFailed("c1.1", O.WITHDRAWN),),
        (OfferFailed("c1.1", O.ANSWERED),),
    ],
)
def test_given_what_is_nobodys_fault_when_it_happens_then_never_a_miss(events):
    play = Play(seats=1, max_misses=1)
    play(CallQueued("c1"), *events)
    assert play.recorded("seat.miss", "all") == []
    assert play.state(1) != "break"


@pytest.mark.parametrize("phone", [Phone.UNREACHABLE, Phone.UNREGISTERED])
def test_given_a_phone_that_goes_while_it_rings_when_noticed_then_unreachable_and_so_its_strikes(phone):
    play = one_seat(misses={O.UNREACHABLE: MissRule(strikes=1, cool_down_ms=3_000)})
    play(CallQueued("c1"))
    play(PhoneChanged(1, phone))
    data = {"cause": "unreachable", "count": 1, "limit": 1, "cool_down_ms": 3_000}
    assert play.recorded("seat.miss")[0].data == data
    assert (play.state(1), play.floor.seat(1).reason) == ("break", "unreachable")


def test_given_a_phone_that_goes_and_costs_a_break_when_its_operator_is_ready_again_then_not_rung():
    play = one_seat(misses={O.UNREACHABLE: MissRule(strikes=1)})
    play(CallQueued("c1"), PhoneChanged(1, Phone.UNREACHABLE))
    play(Ready(1))
    assert (play.state(1), play.rings()) == ("unreachable", [])
    assert play.floor.seat(1).phone is Phone.UNREACHABLE
    play.until(600_000)
    assert play.rings() == [], "a phone that is gone is not rung"
    play(PhoneChanged(1, Phone.REGISTERED))
    assert play.rings() == [("c1", 1)]


def test_given_a_registered_phone_when_told_so_while_it_rings_then_it_rings_on():
    play = one_seat()
    play(CallQueued("c1"))
    assert play(PhoneChanged(1, Phone.REGISTERED)) == ()
    assert play.state(1) == "ringing"


def test_given_fewer_strikes_when_reconfigured_then_the_next_miss_is_held_against_them():
    play = one_seat(misses={}, max_misses=9)
    play(CallQueued("c1"))
    fail(play, O.BUSY)
    fail(play, O.BUSY)
    play.reconfigure(max_misses=2)
    fail(play, O.BUSY)
    assert play.recorded("seat.miss")[0].data["count"] == 3
    assert play.state(1) == "break"


def test_given_no_rule_of_a_cause_when_asked_for_then_the_general_one():
    settings = FloorSettings(seats=(), misses={O.BUSY: MissRule(7, 8)}, max_misses=5, cool_down_ms=6)
    assert settings.miss(O.BUSY) == MissRule(7, 8)
    assert settings.miss(O.DECLINED) == MissRule(5, 6)


def test_given_a_cool_down_when_other_callers_come_then_the_seat_serves_them_meanwhile():
    play = one_seat()
    play(CallQueued("c1"), OfferFailed("c1.1", O.BUSY), CallQueued("c2"))
    assert play.rings()[-1] == ("c2", 1)
    play(OfferAnswered("c2.1"), Joined("c2.1"))
    assert play.order() == ["c1"]
