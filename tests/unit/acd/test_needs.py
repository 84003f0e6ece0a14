"""Who may take a caller: skills with levels, relaxed by time, and the lines that an operator serves."""

import pytest

from acd.caller import Pool
from acd.events import (
    Break,
    CallbackAsked,
    CallerGone,
    CallQueued,
    Joined,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferTo,
    PhoneChanged,
    Ready,
)
from acd.pools import may_take
from acd.settings import FloorSettings, LineSettings, NeedStep, OperatorSettings
from acd.types import Phone, Strategy
from tests.unit.acd.floor_play import Play

NEEDS = {
    "tax": (NeedStep(0, {"tax": 3}), NeedStep(20_000, {"tax": 2}), NeedStep(60_000, {})),
    "both": (NeedStep(0, {"tax": 1, "english": 1}),),
}
PEOPLE = {
    "op-1": OperatorSettings(skills={"tax": 1}),
    "op-2": OperatorSettings(skills={"tax": 2, "english": 5}),
    "op-3": OperatorSettings(skills={"tax": 3}),
}


def office(seats: int = 3, **settings) -> Play:
    return Play(seats=seats, **{"needs": NEEDS, "operators": PEOPLE, **settings})


@pytest.mark.parametrize(
    ("operator", "need", "stage", "may"),
    [
        ("op-1", "tax", 0, False),
        ("op-1", "tax", 1, False),
        ("op-1", "tax", 2, True),
        ("op-2", "tax", 0, False),
        ("op-2", "tax", 1, True),
        ("op-3", "tax", 0, True),
        ("op-2", "both", 0, True),
        ("op-3", "both", 0, False),
        ("stranger", "tax", 1, False),
        ("stranger", "tax", 2, True),
        (None, "tax", 0, False),
        ("stranger", "", 0, True),
    ],
)
def test_given_a_need_at_a_stage_when_an_operator_is_held_against_it_then(operator, need, stage, may):
    settings = FloorSettings(seats=(1,), needs=NEEDS, operators=PEOPLE)
    assert may_take(settings, Pool("main", need, stage), operator) is may


def test_given_an_operator_of_some_lines_when_a_pool_is_of_another_then_not():
    people = {"a": OperatorSettings(lines=frozenset({"x", "y"})), "none": OperatorSettings(lines=frozenset())}
    settings = FloorSettings(seats=(1,), operators=people)
    lines = ("main", "x", "y")
    assert [may_take(settings, Pool(line, "", 0), "a") for line in lines] == [False, True, True]
    assert [may_take(settings, Pool(line, "", 0), "none") for line in lines] == [False] * 3
    assert [may_take(settings, Pool(line, "", 0), "b") for line in lines] == [True] * 3


def test_given_a_need_when_a_seat_with_less_is_free_then_only_the_skilled_one_rings():
    play = office()
    play(CallQueued("c1", need="tax"))
    assert play.rings() == [("c1", 3)]
    row = play.recorded("call.queued")[0].data
    assert (row["need"], row["staffed"]) == ("tax", 1), "staffed for this caller"
    assert play.floor.call("c1").need == "tax"


def test_given_nobody_skilled_is_free_when_time_passes_then_less_will_do_step_by_step():
    play = office()
    play(Break(3, "x"), Break(2, "x"), CallQueued("c1", need="tax"), at=10_000)
    assert play.rings() == []
    assert play.timers("relax") == [30_000]
    play.until(29_999)
    assert play.rings() == []
    play.until(30_000)
    assert play.rings() == [], "level 2 will do now, and op-2 is on break"
    assert play.timers("relax") == [70_000]
    play(Ready(2), Break(2, "x"), at=31_000)
    assert play.rings() == [("c1", 2)]
    play.until(69_999)
    assert play.rings() == []
    play.until(70_000)
    assert play.rings() == [("c1", 1)]
    assert play.timers("relax") == []


def test_given_a_caller_who_waits_when_one_without_a_need_comes_then_it_does_not_wait_behind():
    play = office()
    play(Break(3, "x"), CallQueued("c1", need="tax"), CallQueued("c2"))
    assert play.rings() == [("c2", 1)]
    assert play.order() == ["c1", "c2"]
    play(Ready(3))
    assert play.rings() == [("c1", 3)]


def test_given_the_first_can_have_no_seat_when_one_is_free_then_the_next_who_can_in_their_order():
    play = office(seats=1)
    play(LogOut(1))
    play(*(CallQueued(f"t{n}", need="tax") for n in range(3)))
    play(CallQueued("c1"), CallQueued("c2"), LogIn(1, "op-1"))
    assert play.rings() == [("c1", 1)]


def test_given_callers_of_several_pools_when_one_seat_becomes_free_then_the_oldest_of_all_rings():
    play = office(seats=3)
    play(Break(1, "x"), Break(2, "x"), Break(3, "x"))
    play(CallQueued("b", need="both"), CallQueued("t", need="tax"), CallQueued("c"))
    play(LogOut(2), LogIn(2, "op-3 too"))  # a stranger without skills
    assert play.rings() == [("c", 2)]
    play(Ready(3))
    assert play.rings() == [("t", 3)]


def test_given_a_recovered_caller_when_it_waited_before_then_its_need_has_relaxed_as_far():
    play = office(seats=1)
    play(CallQueued("c1", need="tax", queued_ms=10_000), at=75_000)
    assert play.timers("relax") == [75_000]
    play.until(75_000)
    assert play.rings() == [("c1", 1)], "both steps were due"


def test_given_a_caller_who_is_connected_when_it_would_relax_then_the_clock_has_stopped():
    play = office()
    play.talk("c1", need="tax")
    assert play.timers("relax") == []


def test_given_a_phone_rings_when_the_need_relaxes_then_it_rings_on_and_afterwards_less_will_do():
    play = office(ring_time_ms=30_000)
    play(CallQueued("c1", need="tax"), at=10_000)
    play.until(30_000)
    assert play.state(3) == "ringing"
    assert play.floor.callers["c1"].pool == Pool("main", "tax", 1)
    play.until(40_000)
    assert play.rings() == [("c1", 2)]


def test_given_a_pool_when_asked_for_twice_then_it_is_kept_and_not_sorted_anew():
    pools = office().floor.pools
    pool = Pool("main", "tax", 0)
    assert pools.of(pool) is pools.of(pool)
    assert pools.of(pool) is not pools.of(pool._replace(stage=1))


def test_given_a_need_that_nobody_knows_when_a_caller_comes_with_it_then_refused():
    play = office()
    play(CallQueued("c1", need="?"))
    assert play.refused() == ["no_such_need"]
    assert "'?'" in play.last[0].why


def test_given_a_need_goes_from_the_settings_when_a_caller_has_it_then_it_demands_nothing_any_more():
    play = office(seats=2)
    play(CallQueued("c1", need="tax"), CallQueued("c2", need="both"))
    assert play.rings() == [("c2", 2)]
    play.reconfigure(needs={})
    assert play.rings() == [("c1", 1)]
    assert play.floor.call("c2").need == ""


def test_given_a_need_that_relaxes_when_its_steps_change_then_the_clock_is_set_anew_or_stops():
    play = office(seats=1)
    play(CallQueued("c1", need="tax"), at=10_000)
    play.reconfigure(needs={"tax": (NeedStep(0, {"tax": 3}), NeedStep(50_000, {}))})
    assert play.timers("relax") == [60_000]
    play.reconfigure(needs={"tax": (NeedStep(0, {"tax": 3}),)})
    assert play.timers("relax") == []


def test_given_fewer_steps_when_a_caller_is_beyond_them_then_the_last_one_counts():
    play = office(seats=2)
    play(CallQueued("c1", need="tax"), at=0)
    play.until(20_000)
    assert play.rings() == [("c1", 2)]
    play(Break(2, "x"))
    play.reconfigure(needs={"tax": (NeedStep(0, {"tax": 1}),)})
    assert play.rings() == [("c1", 1)]
    assert play.floor.callers["c1"].pool == Pool("main", "tax", 0)


def test_given_new_skills_when_an_operator_has_them_then_the_caller_who_waits_rings():
    play = office(seats=1)
    play(CallQueued("c1", need="tax"))
    play.reconfigure(operators={"op-1": OperatorSettings(skills={"tax": 4})})
    assert play.rings() == [("c1", 1)]


def test_given_lines_of_operators_when_calls_come_then_each_to_who_serves_it():
    people = {
        "op-1": OperatorSettings(lines=frozenset({"a"})),
        "op-2": OperatorSettings(lines=frozenset({"b"})),
    }
    play = Play(seats=2, operators=people)
    play(CallQueued("b1", line="b"), CallQueued("b2", line="b"), CallQueued("a1", line="a"))
    assert play.rings() == [("b1", 2), ("a1", 1)]
    assert play.floor.predicted_ms("b2") == 2 * 90_000, "one seat, two before it are not yet connected"


def test_given_a_seat_changes_hands_when_another_operator_logs_in_then_the_other_skills_count():
    play = office(seats=1)
    play(CallQueued("c1", need="tax"), LogOut(1), LogIn(1, "op-3"))
    assert play.rings() == [("c1", 1)]


def test_given_longest_idle_across_needs_when_seats_have_more_skills_then_the_order_is_of_idling_alone():
    play = office()
    play(CallQueued("c1"), CallQueued("c2"), CallQueued("c3"))
    assert play.rings() == [("c1", 1), ("c2", 2), ("c3", 3)]


def test_given_ring_all_when_a_caller_has_a_need_then_all_who_meet_it_and_no_other():
    play = office(strategy=Strategy.RING_ALL, needs={"tax": (NeedStep(0, {"tax": 2}),)})
    play(CallQueued("c1", need="tax"))
    assert play.rings() == [("c1", 2), ("c1", 3)]


def test_given_a_need_that_has_relaxed_to_its_end_when_something_else_is_set_then_it_stays_so():
    play = office()
    play(*(Break(n, "x") for n in (1, 2, 3)), CallQueued("c1", need="tax"), at=10_000)
    play.until(70_000)
    assert play.reconfigure(wrap_up_ms=9_000) == ()
    play(Ready(1))
    assert play.rings() == [("c1", 1)], "anybody will do by now"


def test_given_a_talk_when_needs_change_then_it_is_not_touched():
    play = office()
    play.talk("c1", need="tax")
    assert play.reconfigure(needs={}) == ()
    assert play.floor.call("c1").state.value == "talking"
    play(CallerGone("c1"))
    assert play.state(3) == "wrap_up"


def test_given_an_unskilled_seat_when_the_supervisor_chooses_it_then_it_rings_all_the_same():
    play = office()
    play(Break(3, "x"), CallQueued("c1", need="tax"), OfferTo("c1", 1))
    assert play.rings() == [("c1", 1)]


def test_given_a_callback_when_it_is_asked_then_the_need_and_line_go_with_it():
    play = office(lines={"x": LineSettings()})
    play(Break(3, "x"), CallQueued("c1", need="tax", line="x"), CallbackAsked("c1", "key"))
    view = play.floor.call("c1-cb")
    assert (view.need, view.line) == ("tax", "x")
    play(Ready(3))
    assert play.rings() == [("c1-cb", 3)]


def test_given_a_pool_asked_for_late_when_seats_changed_before_then_it_knows_them():
    play = office(seats=3)
    play(LogOut(1), PhoneChanged(2, Phone.UNREACHABLE), Break(3, "x"))
    assert play.floor.predicted_ms(None, need="tax") is None, "3 is on break"
    assert play.floor.predicted_ms(None) is None
    play(Ready(3))
    assert play.floor.predicted_ms(None, need="tax") == 0
    play(CallQueued("c1", need="tax"), OfferAnswered("c1.1"), Joined("c1.1"))
    assert play.floor.predicted_ms(None, need="tax") == 90_000
    play(LogIn(1, "op-1"))
    assert play.floor.predicted_ms(None, need="tax") == 90_000
    assert play.floor.predicted_ms(None) == 0
