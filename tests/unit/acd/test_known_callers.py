"""A citizen who comes again: the old place after a hang-up, the operator of last time."""

import pytest

from acd.events import (
    Break,
    CallbackAsked,
    CallerGone,
    CallQueued,
    LogIn,
    LogOut,
    OfferFailed,
    Ready,
    SeatLegGone,
    TakeOut,
)
from acd.settings import LineSettings, OperatorSettings
from acd.types import OfferOutcome
from tests.unit.acd.floor_play import Play
from tests.unit.acd.places_play import queue

# The old place after a hang-up


def test_given_keep_place_when_a_caller_comes_again_soon_then_before_who_came_meanwhile():
    play = queue(*"ab", keep_place_ms=60_000)
    play(CallerGone("a"), at=20_000)
    play(CallQueued("a2", caller="key of a"), at=79_999)
    assert play.order() == ["a2", "b"]
    assert play.recorded("call.queued")[0].data["position"] == 1
    assert play.floor.call("a2").queued_ms == 79_999, "its wait counts anew, its place does not"
    play(CallerGone("a2"))
    play(CallQueued("a3", caller="key of a"))
    assert play.order() == ["a3", "b"], "and again"


def test_given_two_of_the_same_millisecond_when_the_first_comes_again_then_before_the_second_still():
    play = Play(seats=1, logged_in=False, keep_place_ms=60_000)
    play(CallQueued("a", caller="key of a"), CallQueued("b"), at=10_000)
    play(CallerGone("a"), CallQueued("a2", caller="key of a"), at=20_000)
    assert play.order() == ["a2", "b"]


def test_given_keep_place_when_the_caller_comes_too_late_then_at_the_end():
    play = queue(*"ab", keep_place_ms=60_000)
    play(CallerGone("a"), at=20_000)
    play(CallQueued("a2", caller="key of a"), at=80_000)
    assert play.order() == ["b", "a2"]


def test_given_keep_place_is_off_when_the_caller_comes_again_then_at_the_end():
    play = queue(*"ab")
    play(CallerGone("a"), CallQueued("a2", caller="key of a"))
    assert play.order() == ["b", "a2"]
    assert not play.floor.left


def test_given_keep_place_when_another_or_nobody_known_comes_then_at_the_end():
    play = queue(*"ab", keep_place_ms=60_000)
    play(CallerGone("a"), CallQueued("x", caller="key of x"), CallQueued("y"))
    assert play.order() == ["b", "x", "y"]


def test_given_a_withheld_number_when_it_hangs_up_then_no_place_is_kept():
    play = Play(seats=1, logged_in=False, keep_place_ms=60_000)
    play(CallQueued("a"), CallQueued("b"), CallerGone("a"))
    assert not play.floor.left
    play(CallQueued("a2"))
    assert play.order() == ["b", "a2"]


def test_given_a_ringing_phone_when_the_caller_hangs_up_then_its_place_is_kept_too():
    play = Play(seats=1, keep_place_ms=60_000)
    play(CallQueued("a", caller="key of a"), CallQueued("b"), CallQueued("c"))
    play(CallerGone("a"))
    assert play.rings() == [("b", 1)]
    play(CallQueued("a2", caller="key of a"))
    assert play.order() == ["a2", "b", "c"]


def test_given_a_talk_when_it_ends_then_no_place_is_kept():
    play = Play(seats=1, keep_place_ms=60_000)
    play.talk("a", caller="key of a")
    play(CallerGone("a"))
    assert not play.floor.left


def test_given_another_priority_when_the_caller_comes_again_then_the_higher_of_the_two():
    lines = {"high": LineSettings(priority=3)}
    play = queue(*"ab", keep_place_ms=60_000, lines=lines)
    play(CallerGone("a"), CallQueued("a2", caller="key of a", line="high"))
    assert play.floor.call("a2").priority == 3
    play(CallerGone("a2"), CallQueued("a3", caller="key of a"))
    assert play.floor.call("a3").priority == 3


def test_given_places_kept_when_they_are_too_old_then_they_are_forgotten():
    play = queue(*"abc", keep_place_ms=60_000)
    play(CallerGone("a"), at=20_000)
    play(CallerGone("b"), at=79_999)
    assert list(play.floor.left) == ["key of a", "key of b"]
    play(CallerGone("c"), at=80_000)
    assert list(play.floor.left) == ["key of b", "key of c"]


def test_given_two_calls_of_one_citizen_when_both_hang_up_then_the_later_place_is_the_one_kept():
    play = queue(*"ab", keep_place_ms=60_000)
    play(CallQueued("a2", caller="key of a"), CallerGone("a"), CallerGone("b"), CallerGone("a2"))
    assert list(play.floor.left) == ["key of b", "key of a"]
    assert play.floor.left["key of a"][0].call == "a2"


def test_given_two_talks_of_one_citizen_when_both_end_then_the_later_operator_is_the_last_in_line():
    play = Play(seats=3, same_operator_ms=60_000)
    for n, key in enumerate("aba", start=1):
        play.talk(f"c{n}", caller=key)
    play(*(CallerGone(f"c{n}") for n in (1, 2, 3)))
    assert [(key, operator) for key, (operator, _) in play.floor.served.items()] == [
        ("b", "op-2"),
        ("a", "op-3"),
    ]


def test_given_a_place_used_when_the_caller_comes_a_third_time_then_it_is_used_once():
    play = queue(*"ab", keep_place_ms=60_000)
    play(CallerGone("a"), CallQueued("a2", caller="key of a"), CallQueued("a3", caller="key of a"))
    assert play.order() == ["a2", "b", "a3"]


def test_given_a_callback_or_a_take_out_when_the_citizen_comes_again_then_no_place_was_kept():
    play = queue(*"ab", keep_place_ms=60_000)
    play(CallbackAsked("a", "key of a"), TakeOut("b", "x"))
    assert not play.floor.left


# The same operator


def served_by(seat: int, **settings) -> Play:
    """The citizen k was served at this seat till 50 s, all three seats idle since, seat 1 the longest."""
    play = Play(seats=3, wrap_up_ms=0, **{"same_operator_ms": 600_000, **settings})
    play(*(Break(n, "x") for n in (1, 2, 3) if n != seat))
    play.talk("c1", caller="k")
    play(CallerGone("c1"), at=50_000)
    play(*(Break(n, "x") for n in (1, 2, 3)), Ready(1), Ready(2), Ready(3))
    return play


def test_given_the_same_citizen_when_it_comes_again_then_the_same_operator_at_whatever_seat():
    play = served_by(2)
    play(CallQueued("c2", caller="k"))
    assert play.rings() == [("c2", 2)]
    started = {"strategy": "longest_idle", "same_operator": True}
    assert play.recorded("offer.started")[0].data == started
    play(CallerGone("c2"), LogOut(2), LogOut(3), LogIn(3, "op-2"), CallQueued("c3", caller="k"))
    assert play.rings()[-1] == ("c3", 3)


def test_given_the_operator_is_busy_when_the_citizen_comes_again_then_it_does_not_wait_for_it():
    play = served_by(2)
    play(Break(2, "x"), CallQueued("c2", caller="k"))
    assert play.rings() == [("c2", 1)]


def test_given_the_operator_does_not_answer_when_offered_then_the_next_as_ever():
    play = served_by(2)
    play(CallQueued("c2", caller="k"), OfferFailed("c2.1", OfferOutcome.DECLINED))
    assert play.rings() == [("c2", 2), ("c2", 1)]
    assert play.recorded("offer.started")[1].data == {"strategy": "longest_idle"}


@pytest.mark.parametrize(("after_ms", "seat"), [(599_999, 2), (600_000, 1)])
def test_given_some_minutes_when_the_citizen_comes_again_then_only_within_them(after_ms, seat):
    play = served_by(2)
    play(CallQueued("c2", caller="k"), at=50_000 + after_ms)
    assert play.rings() == [("c2", seat)]


def test_given_it_is_off_or_the_citizen_is_another_when_it_comes_then_the_longest_idle():
    play = served_by(2, same_operator_ms=0)
    assert not play.floor.served
    play(CallQueued("c2", caller="k"))
    assert play.rings() == [("c2", 1)]
    play = served_by(2)
    play(CallQueued("c2", caller="other"), CallQueued("c3"))
    assert play.rings() == [("c2", 1), ("c3", 2)]


def test_given_a_withheld_number_when_served_then_nothing_is_remembered():
    play = Play(seats=1, same_operator_ms=600_000).talking()
    play(SeatLegGone("c1.1"))
    assert not play.floor.served


def test_given_the_operator_does_not_serve_the_line_when_the_citizen_comes_on_it_then_another():
    people = {"op-2": OperatorSettings(lines=frozenset({"main"}))}
    play = served_by(2, operators=people)
    play(CallQueued("c2", caller="k", line="tax"))
    assert play.rings() == [("c2", 1)]


def test_given_citizens_served_long_ago_when_more_are_then_they_are_forgotten():
    play = served_by(1)
    for n, at in enumerate((649_999, 650_000)):
        play.talk(f"d{n}", caller=f"k{n}")
        play(CallerGone(f"d{n}"), at=at)
        assert ("k" in play.floor.served) == (at < 650_000)
    assert list(play.floor.served) == ["k0", "k1"]


def test_given_served_twice_when_remembered_then_the_last_operator_counts():
    play = served_by(2)
    play(Break(2, "x"))
    play.talk("c2", caller="k")
    play(CallerGone("c2"), Ready(2), CallQueued("c3", caller="k"))
    assert play.rings() == [("c3", 1)]
    assert play.floor.served["k"][0] == "op-1"
