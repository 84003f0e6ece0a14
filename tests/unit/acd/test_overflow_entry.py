"""あふれ on entry: each cause, and the numbers it saw."""

import pytest

from acd.commands import CallSettled, Divert, Record, StartTimer
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    LineClosed,
    LogOut,
    OfferFailed,
)
from acd.settings import NeedStep, OperatorSettings
from acd.types import OfferOutcome, Outcome
from tests.unit.acd.overflow_play import (
    ANNOUNCE,
    CHOICE,
    HANG_UP,
    C,
    diverted,
    outcomes,
    play_with,
    rule,
)

# The causes on entry


def test_given_nobody_staffed_when_a_caller_comes_then_no_seat_on_entry_with_the_numbers_it_saw():
    play = play_with(rule(C.NO_SEAT, 0, HANG_UP, while_waiting=False), logged_in=False)
    commands = play(CallQueued("c1"), at=5_000)
    queued = {"position": 1, "predicted_ms": None, "staffed": 0, "line": "main", "need": "", "priority": 0}
    queued["place"] = [0, 5_000, 0]
    seen = {
        "cause": "no_seat",
        "toward": "hang_up",
        "target": "",
        "stage": "entry",
        "limit": 0,
        "position": 1,
        "waiting": 1,
        "staffed": 0,
        "predicted_ms": None,
        "waited_ms": 0,
    }
    assert commands == (
        Record("call.queued", "c1", data=queued),
        Record("call.overflowed", "c1", data=seen),
        Divert("c1", C.NO_SEAT, HANG_UP),
        CallSettled("c1", Outcome.LEFT_NO_OPERATOR),
    )
    assert play.floor.call("c1") is None


def test_given_all_on_break_when_a_caller_comes_then_no_seat_on_entry():
    play = play_with(rule(C.NO_SEAT, 0), seats=2)
    play(Break(1, "lunch"), CallQueued("c1"))
    assert play.rings() == [("c1", 2)], "one is there"
    play(CallerGone("c1"), Break(2, "lunch"), CallQueued("c2"))
    assert diverted(play) == [("c2", "no_seat", "announce")]


def test_given_a_limit_above_0_when_nobody_is_staffed_on_entry_then_only_after_that_long():
    play = play_with(rule(C.NO_SEAT, 3_000), logged_in=False)
    play(CallQueued("c1"), at=5_000)
    assert diverted(play) == []
    assert play.of(StartTimer)[0] == StartTimer(play.timer("overflow"), 8_000)
    play.until(7_999)
    assert diverted(play) == []
    play.until(8_000)
    assert diverted(play) == [("c1", "no_seat", "announce")]


def test_given_a_full_queue_when_one_more_comes_then_queue_full_and_those_before_are_not_touched():
    play = play_with(rule(C.QUEUE_FULL, 2, HANG_UP))
    play.talking()
    play(CallQueued("c2"), CallQueued("c3"))
    assert diverted(play) == []
    play(CallQueued("c4"))
    assert diverted(play) == [("c4", "queue_full", "hang_up")]
    seen = play.recorded("call.overflowed")[0].data
    assert (seen["limit"], seen["waiting"], seen["position"], seen["stage"]) == (2, 3, 3, "entry")
    assert play.order() == ["c2", "c3"]
    assert outcomes(play)["c4"] == "overflowed"


def test_given_queue_full_at_0_when_no_seat_is_free_then_nobody_waits_and_when_one_is_free_it_rings():
    play = play_with(rule(C.QUEUE_FULL, 0, HANG_UP))
    play(CallQueued("c1"))
    assert (play.rings(), diverted(play)) == ([("c1", 1)], []), "a free seat comes before every rule"
    play(CallQueued("c2"))
    assert diverted(play) == [("c2", "queue_full", "hang_up")]


def test_given_callers_of_another_line_when_one_comes_then_they_do_not_fill_this_one():
    play = play_with(rule(C.QUEUE_FULL, 1, HANG_UP)).talking()
    play(CallQueued("o1", line="other"), CallQueued("o2", line="other"), CallQueued("c2"))
    assert diverted(play) == []
    play(CallQueued("c3"))
    assert diverted(play) == [("c3", "queue_full", "hang_up")]
    assert play.recorded("call.overflowed")[0].data["waiting"] == 2


def test_given_two_staffed_seats_when_more_callers_a_seat_wait_than_allowed_then_calls_per_seat():
    play = play_with(rule(C.CALLS_PER_SEAT, 1.5, HANG_UP), seats=2, wrap_up_ms=0)
    for n in range(1, 3):
        play.talk(f"t{n}")
    play(CallQueued("c1"), CallQueued("c2"), CallQueued("c3"))
    assert diverted(play) == [], "3 callers, 2 seats: 1.5 is not more than 1.5"
    play(CallQueued("c4"))
    assert diverted(play) == [("c4", "calls_per_seat", "hang_up")]
    seen = play.recorded("call.overflowed")[0].data
    assert (seen["staffed"], seen["waiting"], seen["limit"]) == (2, 4, 1.5)
    assert outcomes(play) == {"c4": "overflowed"}


@pytest.mark.parametrize("cause", [C.CALLS_PER_SEAT, C.QUEUE_FULL])
def test_given_a_full_line_when_one_of_a_higher_priority_comes_then_that_one_is_too_many(cause):
    play = play_with(rule(cause, 2, HANG_UP)).talking()
    play(CallQueued("c2"), CallQueued("c3"))
    play(CallQueued("high", priority=5))
    assert diverted(play) == [("high", cause.value, "hang_up")]
    assert play.recorded("call.overflowed")[0].data["stage"] == "entry"
    assert play.order() == ["c2", "c3"]


def test_given_nobody_staffed_when_a_caller_comes_then_calls_per_seat_is_not_the_cause():
    play = play_with(rule(C.CALLS_PER_SEAT, 0, HANG_UP), logged_in=False)
    play(CallQueued("c1"))
    assert diverted(play) == []


def test_given_a_long_predicted_wait_when_a_caller_comes_then_predicted_wait_but_not_at_the_limit():
    play = play_with(rule(C.PREDICTED_WAIT, 180_000, HANG_UP), handling_ms=90_000).talking()
    play(CallQueued("c2"), CallQueued("c3"))
    assert diverted(play) == [], "2 x 90 s is not more than 180 s"
    play(CallQueued("c4"))
    assert diverted(play) == [("c4", "predicted_wait", "hang_up")]
    assert play.recorded("call.overflowed")[0].data["predicted_ms"] == 270_000
    assert outcomes(play)["c4"] == "overflowed"


def test_given_nobody_staffed_when_nothing_can_be_predicted_then_no_overflow_by_it():
    play = play_with(rule(C.PREDICTED_WAIT, 0, HANG_UP), logged_in=False)
    play(CallQueued("c1"))
    assert diverted(play) == []


@pytest.mark.parametrize("cause", [C.WAITED, C.CLOSING])
def test_given_a_cause_of_waiting_only_when_a_caller_comes_then_not_on_entry_itself(cause):
    play = play_with(rule(cause, 0, HANG_UP), logged_in=False)
    play(LineClosed("main", 0), CallQueued("c1"), at=5_000)
    assert diverted(play) == []
    play.until(5_000)
    assert diverted(play) == [("c1", cause.value, "hang_up")]
    assert play.recorded("call.overflowed")[0].data["stage"] == "waiting"


def test_given_a_rule_only_while_waiting_when_a_caller_comes_then_it_does_not_act_on_entry():
    play = play_with(rule(C.QUEUE_FULL, 0, HANG_UP, on_entry=False)).talking()
    play(CallQueued("c2"))
    assert diverted(play) == []


def test_given_a_rule_only_on_entry_when_time_passes_then_it_acts_no_more_and_no_timer_runs():
    play = play_with(rule(C.PREDICTED_WAIT, 100_000, HANG_UP, while_waiting=False), seats=2)
    play.talk("t1")
    play.talk("t2")
    play(CallQueued("c1"), CallQueued("c2"))
    play(LogOut(2), Break(1, "lunch"))
    play.until(400_000)
    assert diverted(play, "all") == []
    assert play.floor.review is None


def test_given_two_rules_when_both_are_passed_then_the_first_acts_and_the_other_at_the_next_review():
    play = play_with(rule(C.QUEUE_FULL, 0, ANNOUNCE), rule(C.PREDICTED_WAIT, 0, HANG_UP)).talking()
    play(CallQueued("c2"), at=10_000)
    assert diverted(play) == [("c2", "queue_full", "announce")]
    play.until(15_000)
    assert diverted(play) == [("c2", "predicted_wait", "hang_up")]


def test_given_a_caller_told_on_entry_when_it_waits_on_then_the_clock_of_another_rule_runs():
    told = rule(C.QUEUE_FULL, 0, ANNOUNCE, while_waiting=False)
    play = play_with(told, rule(C.WAITED, 60_000, CHOICE)).talking()
    play(CallQueued("c2"), at=10_000)
    assert diverted(play) == [("c2", "queue_full", "announce")]
    play.until(69_999)
    assert diverted(play) == []
    play.until(70_000)
    assert diverted(play) == [("c2", "waited", "choice")]


def test_given_a_rule_of_waiting_too_when_a_caller_is_turned_away_on_entry_then_no_clock_is_left():
    play = play_with(rule(C.QUEUE_FULL, 0, HANG_UP), rule(C.WAITED, 60_000, CHOICE)).talking()
    play(CallQueued("c2"))
    assert outcomes(play) == {"c2": "overflowed"}
    assert play.timers("overflow") == []


def test_given_a_first_rule_not_passed_when_the_second_is_then_the_second_acts():
    play = play_with(rule(C.QUEUE_FULL, 5), rule(C.PREDICTED_WAIT, 0, CHOICE)).talking()
    play(CallQueued("c2"))
    assert diverted(play) == [("c2", "predicted_wait", "choice")]


def test_given_a_recovered_caller_when_queued_then_no_rule_of_entry_but_its_clock_goes_on():
    play = play_with(rule(C.QUEUE_FULL, 0, HANG_UP, while_waiting=False), rule(C.WAITED, 60_000)).talking()
    play(CallQueued("old", queued_ms=10_000), at=50_000)
    assert diverted(play) == []
    assert play.timers("overflow") == [70_000]


def test_given_another_caller_still_cooling_when_a_seat_is_free_then_the_new_one_does_not_overflow():
    play = play_with(rule(C.QUEUE_FULL, 0, HANG_UP, while_waiting=False))
    play(CallQueued("c1"), OfferFailed("c1.1", OfferOutcome.BUSY))
    play(CallQueued("c2"))
    assert (play.rings(), diverted(play)) == ([("c2", 1)], [])


def test_given_a_need_that_no_staffed_seat_meets_when_the_caller_comes_then_no_seat():
    play = play_with(
        rule(C.NO_SEAT, 0, CHOICE),
        needs={"tax": (NeedStep(0, {"tax": 1}),)},
        operators={"op-1": OperatorSettings(skills={"tax": 0})},
    )
    play(CallQueued("c1", need="tax"))
    assert diverted(play) == [("c1", "no_seat", "choice")]
