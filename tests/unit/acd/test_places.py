"""A caller's place: asked for, kept after a hang-up, changed by hand; and the operator of last time."""

import pytest

from acd.commands import CallSettled, CancelRing, Record, Ring, StopTimer, TakeOutCaller
from acd.events import (
    Break,
    CallbackAsked,
    CallerGone,
    CallQueued,
    LogIn,
    LogOut,
    MoveCaller,
    OfferFailed,
    OfferTo,
    RaiseCaller,
    Ready,
    SeatLegGone,
    TakeOut,
)
from acd.settings import LineSettings, OperatorSettings
from acd.types import CancelCause, OfferOutcome, Outcome
from tests.unit.acd.floor_play import Play


def queue(*calls: str, **settings) -> Play:
    """These wait, 10 ms apart, the first since 10 s; nobody is there."""
    play = Play(seats=2, **settings)
    play(Break(1, "x"), Break(2, "x"), at=9_000)
    for n, call in enumerate(calls):
        play(CallQueued(call, caller=f"key of {call}"), at=10_000 + 10 * n)
    return play


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
    moved = {"why": "position", "position": order.index(call) + 1}
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
    assert play(RaiseCaller("c", 3)) == (Record("call.moved", "c", data={"why": "priority", "position": 1}),)
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
        Record("call.moved", "b", data={"why": "chosen", "position": 2}),
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
    assert ("call.moved", {"why": "chosen", "position": 1}) in rows
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
