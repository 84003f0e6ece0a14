"""A caller's place: asked for, and changed by the supervisor."""

import pytest

from acd.commands import CallSettled, CancelRing, Record, Ring, StopTimer, TakeOutCaller
from acd.events import (
    CallerGone,
    CallQueued,
    MoveCaller,
    OfferFailed,
    OfferTo,
    RaiseCaller,
    Ready,
    TakeOut,
)
from acd.settings import OperatorSettings
from acd.types import CancelCause, OfferOutcome, Outcome
from tests.unit.acd.floor_play import Play
from tests.unit.acd.places_play import queue

# Positions asked for


@pytest.mark.parametrize(
    ("position", "order"),
    [(1, "xabc"), (2, "axbc"), (3, "abxc"), (4, "abcx"), (5, "abcx"), (99, "abcx"), (None, "abcx")],
)
def test_given_three_wait_when_one_asks_for_a_place_then_it_has_it_and_the_end_is_the_last(position, order):
    play = queue("a", "b", "c")
    play(CallQueued("x", position=position))
    assert play.order() == list(order)
    assert play.recorded("call.queued")[0].data["position"] == order.index("x") + 1


def test_given_priorities_when_a_place_is_asked_for_then_it_counts_among_its_own_priority():
    play = queue("a", "b")
    play(CallQueued("h", priority=1))
    play(CallQueued("x", position=1))
    assert play.order() == ["h", "x", "a", "b"]
    play(CallQueued("l", priority=-1, position=1))
    assert play.order() == ["h", "x", "a", "b", "l"]
    play(CallQueued("h2", priority=1, position=9))
    assert play.order() == ["h", "h2", "x", "a", "b", "l"]


@pytest.mark.parametrize("position", [0, -1])
def test_given_a_place_below_1_when_asked_for_then_refused(position):
    play = queue("a")
    play(CallQueued("x", position=position))
    assert play.refused() == ["out_of_range"]


def test_given_many_who_want_the_same_place_when_they_come_then_the_last_has_it_and_all_stay_in_order():
    play = queue("a", "z")
    for n in range(40):
        play(CallQueued(f"x{n}", position=2))
    assert play.order() == ["a", *(f"x{n}" for n in reversed(range(40))), "z"]


def test_given_the_same_moment_when_places_are_asked_for_then_between_is_between():
    play = Play(seats=1, logged_in=False)
    for call in "abc":
        play(CallQueued(call), at=5_000)
    play(CallQueued("x", position=2), CallQueued("y", position=3), CallQueued("w", position=2), at=5_000)
    assert play.order() == ["a", "w", "x", "y", "b", "c"]


def test_given_the_first_was_put_close_before_the_second_when_a_third_is_put_between_then_it_is_between():
    play = Play(seats=1, logged_in=False)
    play(CallQueued("a"), CallQueued("b"), at=5_000)
    play(CallQueued("x", position=2), CallQueued("y", position=3), CallerGone("a"), CallerGone("x"), at=5_000)
    assert play.order() == ["y", "b"]
    play(CallQueued("z", position=2), at=5_000)
    assert play.order() == ["y", "z", "b"]


def test_given_a_kept_place_between_two_when_another_is_put_there_then_a_third_fits_between_them_still():
    play = Play(seats=1, logged_in=False, keep_place_ms=60_000)
    play(CallQueued("a"), CallQueued("b"), CallQueued("x", position=2, caller="k"), at=5_000)
    play(CallerGone("x"), CallQueued("y", position=2), CallQueued("x2", caller="k"), at=5_000)
    assert play.order() == ["a", "x2", "y", "b"]
    play(CallQueued("z", position=3), at=5_000)
    assert play.order() == ["a", "x2", "z", "y", "b"]
    arrivals = [caller.place.arrival for caller in play.floor.callers.values()]
    assert len(set(arrivals)) == len(arrivals)


def test_given_two_moved_to_the_end_when_more_come_in_the_same_moment_then_no_two_have_one_place():
    play = Play(seats=1, logged_in=False)
    play(*(CallQueued(call) for call in "abc"), MoveCaller("a", 9), MoveCaller("b", 9), at=5_000)
    play(CallQueued("d"), MoveCaller("c", 4), CallQueued("e", position=9), CallQueued("f"), at=5_000)
    assert play.order() == list("abdcef")
    arrivals = [caller.place.arrival for caller in play.floor.callers.values()]
    assert len(set(arrivals)) == len(arrivals)


# The supervisor's hand


@pytest.mark.parametrize(
    ("call", "position", "order"),
    [
        ("c", 1, "cabd"),
        ("c", 2, "acbd"),
        ("c", 3, "abcd"),
        ("c", 4, "abdc"),
        ("c", 9, "abdc"),
        ("a", 1, "abcd"),
        ("a", 4, "bcda"),
        ("d", 1, "dabc"),
        ("d", 99, "abcd"),
    ],
)
def test_given_four_wait_when_one_is_moved_then_it_has_that_place_and_the_others_their_order(
    call, position, order
):
    play = queue(*"abcd")
    commands = play(MoveCaller(call, position))
    assert play.order() == list(order)
    moved = {"why": "position", "position": order.index(call) + 1, "place": play.place(call)}
    assert commands == (Record("call.moved", call, data=moved),)


def test_given_priorities_when_one_is_moved_then_it_takes_the_priority_of_whom_it_comes_before():
    play = queue("a", "b")
    play(CallQueued("h", priority=7), MoveCaller("b", 1))
    assert play.order() == ["b", "h", "a"]
    assert play.floor.call("b").priority == 7
    play(MoveCaller("b", 3))
    assert play.order() == ["h", "a", "b"]
    assert play.floor.call("b").priority == 0


def test_given_a_moved_caller_when_a_seat_is_ready_then_the_new_head_rings_and_waits_count_from_the_entry():
    play = queue(*"abc")
    play(MoveCaller("c", 1))
    play(Ready(1))
    assert play.rings() == [("c", 1)]
    assert play.floor.call("c").queued_ms == 10_020


def test_given_one_alone_when_moved_then_it_stays_where_it_is():
    play = queue("a")
    before = play.floor.callers["a"].place
    play(MoveCaller("a", 5))
    assert play.floor.callers["a"].place == before._replace(arrival=play.floor.callers["a"].place.arrival)
    assert play.order() == ["a"]


def test_given_a_ringing_caller_when_moved_or_raised_then_it_rings_on_in_its_new_place():
    play = queue(*"abc")
    play(Ready(1))
    assert play.rings() == [("a", 1)]
    assert play.of(Ring) == [Ring("a.1", "a", 1)]
    play(MoveCaller("a", 3))
    assert play.order() == ["b", "c", "a"]
    play(RaiseCaller("a", 1))
    assert play.order() == ["a", "b", "c"]
    assert play.state(1) == "ringing"
    play(OfferFailed("a.1", OfferOutcome.DECLINED))
    assert play.rings() == [("b", 1)]


def test_given_a_caller_when_raised_or_lowered_then_the_priority_is_the_given_one():
    play = queue(*"abc")
    moved = {"why": "priority", "position": 1, "place": [-3, 10_020, 2]}
    assert play(RaiseCaller("c", 3)) == (Record("call.moved", "c", data=moved),)
    assert play.floor.call("c").priority == 3
    play(RaiseCaller("a", -2))
    assert play.order() == ["c", "b", "a"]
    play(RaiseCaller("c", 0))
    assert play.order() == ["b", "c", "a"], "its time is as it was"


def test_given_a_chosen_seat_when_offered_then_it_rings_now_whoever_is_before_and_whatever_its_lines():
    people = {"op-1": OperatorSettings(lines=frozenset({"tax"}))}
    play = queue(*"abc", operators=people)
    play(Ready(1))
    assert play.rings() == []
    commands = play(OfferTo("b", 1))
    assert commands[:2] == (
        Record("call.moved", "b", data={"why": "chosen", "position": 2, "place": play.place("b")}),
        Ring("b.1", "b", 1),
    )
    assert play.order() == ["a", "b", "c"]


def test_given_a_caller_who_rings_elsewhere_when_offered_then_that_phone_is_released_without_a_miss():
    play = Play(seats=2).ringing()
    commands = play(OfferTo("c1", 2))
    assert commands[0] == CancelRing("c1.1", CancelCause.WITHDRAWN)
    assert commands[1] == StopTimer("ring:c1.1@1")
    rows = [(row.kind, dict(row.data)) for row in commands if isinstance(row, Record)]
    assert ("offer.ended", {"outcome": "withdrawn", "ring_ms": 10}) in rows
    assert ("call.moved", {"why": "chosen", "position": 1, "place": play.place("c1")}) in rows
    assert play.rings() == [("c1", 2)]
    assert (play.state(1), play.misses(1)) == ("ready", {})


def test_given_a_seat_that_cools_for_the_caller_when_offered_by_hand_then_it_rings_and_cools_anew():
    play = Play(seats=1, cool_down_ms=10_000, max_misses=9).ringing()
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), at=2_000)
    play(OfferTo("c1", 1), at=3_000)
    assert play.rings() == [("c1", 1)]
    play(OfferFailed("c1.2", OfferOutcome.DECLINED), at=4_000)
    assert play.timers("cool_down") == [14_000]
    play.until(13_999)
    assert play.rings() == []
    play.until(14_000)
    assert play.rings() == [("c1", 1)]
    play(CallerGone("c1"))
    assert not play.floor.timers


def test_given_a_caller_when_taken_out_then_told_settled_once_and_off_the_floor():
    play = queue(*"ab")
    assert play(TakeOut("a", "wrong number")) == (
        Record("call.withdrawn", "a", data={"reason": "wrong number"}),
        TakeOutCaller("a"),
        CallSettled("a", Outcome.WITHDRAWN),
    )
    assert play.order() == ["b"]
    assert play(CallerGone("a")) == ()


def test_given_a_ringing_caller_when_taken_out_then_the_phone_stops_and_the_next_rings():
    play = Play(seats=1).ringing()
    play(CallQueued("c2"), TakeOut("c1", "x"))
    assert play.of(CancelRing) == [CancelRing("c1.1", CancelCause.WITHDRAWN)]
    assert play.rings() == [("c2", 1)]
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.WITHDRAWN)]


WISHES = [MoveCaller("c1", 1), RaiseCaller("c1", 1), OfferTo("c1", 2), TakeOut("c1", "x")]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: type(wish).__name__)
def test_given_no_such_caller_when_the_supervisor_wishes_then_refused(wish):
    play = Play()
    play(wish)
    assert play.refused() == ["no_such_call"]


@pytest.mark.parametrize("way", ["connecting", "talking"])
@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: type(wish).__name__)
def test_given_a_connected_caller_when_the_supervisor_wishes_then_refused(wish, way):
    play = getattr(Play(), way)()
    play(wish)
    assert play.refused() == ["call_connected"]


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (MoveCaller("a", 0), "out_of_range"),
        (MoveCaller("a", -1), "out_of_range"),
        (OfferTo("a", 9), "no_such_seat"),
        (OfferTo("a", 1), "seat_not_ready"),
    ],
)
def test_given_a_caller_who_waits_when_the_wish_cannot_be_then_refused(wish, code):
    play = queue("a")
    play(wish)
    assert play.refused() == [code]
