"""A place outlives a restart of the controller: the journal's rows are enough to stand there again."""

from fractions import Fraction

import pytest

from acd.caller import HEAD, Place
from acd.events import (
    CallbackAsked,
    CallbackRecovered,
    CallQueued,
    MoveCaller,
    RaiseCaller,
)
from acd.settings import LineSettings
from tests.unit.acd.floor_play import Play
from tests.unit.acd.places_play import queue


def places(play: Play) -> dict[str, Place]:
    """Of each call by its last row, as a controller that starts again reads them."""
    rows = [*play.recorded("call.queued", "all"), *play.recorded("call.moved", "all")]
    found = {row.call: Place.from_row(row.data["place"], row.call) for row in rows}
    assert all(found.values())
    return found


def again(before: Play, calls, **settings) -> Play:
    """A new floor that takes these up in this order, some seconds later."""
    play = Play(seats=2, logged_in=False, **settings)
    known = places(before)
    for call in calls:
        play(CallQueued(call, queued_ms=10_000, place=known[call]), at=50_000)
    return play


@pytest.mark.parametrize("calls", ["abcd", "dcba", "bdac"])
def test_given_callers_whom_the_supervisor_has_moved_when_taken_up_in_any_order_then_their_order_is_kept(
    calls,
):
    before = queue(*"abcd")
    before(MoveCaller("d", 2), MoveCaller("c", 2), RaiseCaller("b", 1))
    assert before.order() == list("bacd")
    play = again(before, calls)
    assert play.order() == list("bacd")
    assert play.floor.call("b").priority == 1
    assert play.recorded("call.queued", "all") == [], "the journal has it already"


def test_given_some_have_gone_meanwhile_when_taken_up_then_the_others_keep_their_order():
    before = queue(*"abcd")
    before(MoveCaller("d", 2), MoveCaller("c", 2))
    assert again(before, "dc").order() == list("cd")


def test_given_a_place_between_two_when_taken_up_then_a_new_caller_is_last_and_there_is_room_between_all():
    before = queue(*"abc")
    before(MoveCaller("c", 2))
    play = again(before, "cba")
    play(CallQueued("n"), at=50_000)
    assert play.order() == list("acbn")
    play(MoveCaller("n", 2))
    assert play.order() == list("ancb")
    arrivals = [caller.place.arrival for caller in play.floor.callers.values()]
    assert len(set(arrivals)) == len(arrivals)


def test_given_a_second_restart_when_taken_up_again_then_the_order_is_the_same():
    before = queue(*"abc")
    before(MoveCaller("c", 1))
    play = again(before, "abc")
    play(MoveCaller("b", 2))
    kept = {**places(before), **{call: play.floor.callers[call].place for call in "abc"}}
    last = Play(seats=1, logged_in=False)
    for call in "abc":
        last(CallQueued(call, queued_ms=10_000, place=kept[call]), at=90_000)
    assert last.order() == list("cba")


def test_given_an_arrival_that_somebody_has_when_taken_up_then_the_later_one_stands_behind():
    play = Play(seats=1, logged_in=False)
    play(CallQueued("n"), at=10_000)
    play(CallQueued("old", queued_ms=10_000, place=Place(0, 10_000, 0, "x")), at=50_000)
    assert play.order() == ["n", "old"]
    assert play.floor.callers["old"].place == Place(0, 10_000, 1, "old")
    play(CallQueued("o", queued_ms=10_000, place=Place(0, 10_000, 7, "o")), CallQueued("m"))
    assert [play.floor.callers[call].place.arrival for call in "om"] == [7, 9]


def test_given_who_came_before_every_priority_when_taken_up_then_still_so_and_no_clock_runs():
    play = Play(seats=1, logged_in=False, fair_after_ms=60_000, lines={"high": LineSettings(priority=5)})
    play(CallQueued("h", line="high"), at=50_000)
    play(CallQueued("old", queued_ms=40_000, place=Place(HEAD, 40_000, 3, "old")))
    assert play.order() == ["old", "h"]
    assert len(play.timers("fair")) == 1


def test_given_a_callback_when_taken_up_with_its_place_then_it_stands_where_it_was_put():
    before = queue(*"abc")
    before(CallbackAsked("c", "key"), MoveCaller("c-cb", 1))
    row = before.recorded("callback.moved")[0].data["place"]
    play = again(before, "ab")
    place = Place.from_row(row, "c-cb")
    play(CallbackRecovered("c-cb", "key", asked_ms=10_030, queued_ms=10_020, place=place))
    assert play.order() == ["c-cb", "a", "b"]


@pytest.mark.parametrize(
    "place", [Place(0, 5, 3, "c"), Place(HEAD, 5, Fraction(-1, 2), "c"), Place(-3, 7, Fraction(17, 2), "c")]
)
def test_given_a_place_when_written_and_read_then_it_is_the_same(place):
    row = place.to_row()
    assert all(isinstance(one, int | str) for one in row)
    assert Place.from_row(row, "c") == place


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        [0, 5],
        [0, 5, None],
        [0, 5, 1, 2],
        ["0", 5, 1],
        [0, 5, "x"],
        [0, 5, "1/0"],
        [0, 5, "1"],
        "0 5 1",
    ],
)
def test_given_a_row_without_a_place_when_read_then_none(row):
    assert Place.from_row(row, "c") is None
