"""Places between others stay apart, whoever was away meanwhile."""

from acd.events import CallbackAsked, CallbacksPaused, CallerGone, CallQueued, MoveCaller, RaiseCaller
from tests.unit.acd.floor_play import Play


def queue(play: Play, *calls: str) -> None:
    for call in calls:
        play(CallQueued(call, caller=call), at=5_000)


def test_given_who_was_raised_meanwhile_when_back_then_nobody_stands_in_the_same_place():
    play = Play(logged_in=False)
    queue(play, "a", "b", "c", "d")
    play(RaiseCaller("b", 1), MoveCaller("d", 3))  # d now stands half-way between a and c, where b was
    play(RaiseCaller("b", 0))
    ahead = play.order()
    play(CallQueued("e", position=2), at=5_000)
    assert play.order() == [ahead[0], "e", *ahead[1:]]
    play(MoveCaller("c", 3))
    assert play.order().index("c") == 2


def test_given_a_callback_that_rests_when_it_is_back_then_nobody_stands_in_its_place():
    play = Play(logged_in=False)
    queue(play, "a", "b", "c", "d")
    play(
        CallbackAsked("b", "k"),
        CallbacksPaused(paused=True),
        MoveCaller("d", 2),
        CallbacksPaused(paused=False),
    )
    arrivals = [play.floor.callers[call].place.arrival for call in play.order()]
    assert len(set(arrivals)) == len(arrivals)
    assert arrivals == sorted(arrivals)


def test_given_who_hung_up_when_somebody_is_put_there_and_he_is_back_then_both_have_places():
    play = Play(logged_in=False, keep_place_ms=60_000)
    queue(play, "a", "b", "c", "d")
    play(CallerGone("b"), MoveCaller("d", 2), CallQueued("b2", caller="b"))
    arrivals = [play.floor.callers[call].place.arrival for call in play.order()]
    assert len(set(arrivals)) == len(arrivals)


def test_given_two_who_are_put_last_when_a_third_comes_in_the_same_moment_then_none_shares_a_place():
    play = Play(logged_in=False)
    queue(play, "a", "b", "c")
    play(MoveCaller("a", 9), MoveCaller("b", 9), at=5_000)
    queue(play, "d")
    assert play.order() == ["c", "a", "b", "d"]
    assert len({play.floor.callers[call].place.arrival for call in "abcd"}) == 4
