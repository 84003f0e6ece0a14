"""あふれ: six causes, on entry and while waiting, each destination and outcome. No place is lost by it."""

import pytest

from acd.commands import CallSettled, CancelRing, Divert, Record, Ring, StartTimer, StopTimer
from acd.events import (
    Break,
    CallbackAsked,
    CallerGone,
    CallQueued,
    EndWrapUp,
    Joined,
    LineClosed,
    LineOpened,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    PhoneChanged,
    Ready,
    TimerFired,
)
from acd.settings import Destination, LineSettings, NeedStep, OperatorSettings, OverflowRule
from acd.types import OfferOutcome, Outcome, OverflowCause, Phone, Strategy, Toward
from tests.unit.acd.floor_play import Play

C, T = OverflowCause, Toward
ANNOUNCE, CHOICE, HANG_UP = Destination(T.ANNOUNCE), Destination(T.CHOICE), Destination(T.HANG_UP)
TO_LINE, TO_NUMBER = Destination(T.LINE, "other"), Destination(T.NUMBER, "0312345678")
ALL = (ANNOUNCE, CHOICE, HANG_UP, TO_LINE, TO_NUMBER)


def play_with(*rules: OverflowRule, seats: int = 1, logged_in: bool = True, other=(), **settings) -> Play:
    lines = {"main": LineSettings(overflow=rules), "other": LineSettings(overflow=other)}
    return Play(seats=seats, logged_in=logged_in, lines=lines, **settings)


def rule(cause: OverflowCause, limit: float, to: Destination = ANNOUNCE, **when: bool) -> OverflowRule:
    return OverflowRule(cause, limit, to, **when)


def diverted(play: Play, among: object = None) -> list[tuple[str, str, str]]:
    rows = play.all if among == "all" else play.last
    return [(d.call, d.cause.value, d.to.toward.value) for d in rows if isinstance(d, Divert)]


def outcomes(play: Play) -> dict[str, str]:
    return {c.call: c.outcome.value for c in play.all if isinstance(c, CallSettled)}


# The causes on entry


def test_given_nobody_staffed_when_a_caller_comes_then_no_seat_on_entry_with_the_numbers_it_saw():
    play = play_with(rule(C.NO_SEAT, 0, HANG_UP, while_waiting=False), logged_in=False)
    commands = play(CallQueued("c1"), at=5_000)
    queued = {"position": 1, "predicted_ms": None, "staffed": 0, "line": "main", "need": "", "priority": 0}
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


# While waiting


def test_given_waited_when_the_time_has_come_then_it_acts_to_the_millisecond_and_once():
    play = play_with(rule(C.WAITED, 60_000, CHOICE), logged_in=False)
    play(CallQueued("c1"), at=5_000)
    play.until(64_999)
    assert diverted(play) == []
    play.until(65_000)
    assert diverted(play) == [("c1", "waited", "choice")]
    seen = play.recorded("call.overflowed")[0].data
    assert (seen["waited_ms"], seen["stage"], seen["limit"]) == (60_000, "waiting", 60_000)
    play.until(600_000)
    assert diverted(play) == []


def test_given_two_times_waited_when_they_come_then_each_acts_once_in_its_turn():
    play = play_with(rule(C.WAITED, 60_000), rule(C.WAITED, 90_000, HANG_UP), logged_in=False)
    play(CallQueued("c1"), at=0)
    play.until(600_000)
    assert diverted(play, "all") == [("c1", "waited", "announce"), ("c1", "waited", "hang_up")]
    assert outcomes(play) == {"c1": "timed_out"}
    assert not play.floor.timers


def test_given_a_caller_who_is_connected_when_the_time_would_come_then_its_clock_has_stopped():
    play = play_with(rule(C.WAITED, 60_000)).talking()
    assert play.timers("overflow") == []
    assert len([c for c in play.of(StopTimer) if c.token.startswith("overflow")]) == 1


def test_given_a_caller_who_hangs_up_when_gone_then_its_clock_stops():
    play = play_with(rule(C.WAITED, 60_000), logged_in=False)
    play(CallQueued("c1"))
    play(CallerGone("c1"))
    assert len(play.of(StopTimer)) == 1
    play.until(60_000)
    assert not play.floor.timers, "the review has found nobody"


@pytest.mark.parametrize("cause", [C.WAITED, C.NO_SEAT])
def test_given_a_phone_rings_when_the_time_comes_then_the_answer_first_and_after_a_miss_the_rule(cause):
    play = play_with(rule(cause, 10_000, HANG_UP), max_misses=1, ring_time_ms=20_000)
    play(CallQueued("c1"), at=5_000)
    play.until(24_999)
    assert (diverted(play, "all"), play.state(1)) == ([], "ringing")
    play.until(60_000)  # missed at 25 s, the only seat is on break then
    assert diverted(play) == [("c1", cause.value, "hang_up")]
    assert play.now_ms - 5_000 <= 60_000


def test_given_a_staffed_seat_when_its_operator_goes_then_those_who_wait_overflow_by_no_seat():
    play = play_with(rule(C.NO_SEAT, 30_000, HANG_UP)).talking()
    play(CallQueued("c2"), at=10_000)
    play(LogOut(1), at=20_000)  # takes effect after the talk, but nobody works here now
    play.until(49_999)
    assert diverted(play, "all") == []
    play.until(55_000)
    assert diverted(play) == [("c2", "no_seat", "hang_up")]
    assert outcomes(play) == {"c2": "left_no_operator"}


def test_given_no_seat_was_over_when_all_go_again_then_the_rule_still_waits_for_its_first_time():
    play = play_with(rule(C.NO_SEAT, 30_000), logged_in=False)
    play(PhoneChanged(1, Phone.REGISTERED), CallQueued("c1"), at=0)
    play(LogIn(1, "op-1"), at=1_000)
    play(OfferAnswered("c1.1"), at=2_000)
    play(CallQueued("c2"), at=3_000)
    play.until(40_000)
    assert diverted(play, "all") == [], "somebody is there"


def test_given_a_full_queue_when_the_review_comes_then_the_last_overflow_and_never_the_head():
    play = play_with(rule(C.QUEUE_FULL, 2, HANG_UP, on_entry=False)).talking()
    play(*(CallQueued(f"c{n}") for n in range(2, 6)), at=10_000)
    play.until(15_000)
    assert diverted(play) == [("c4", "queue_full", "hang_up"), ("c5", "queue_full", "hang_up")]
    assert play.order() == ["c2", "c3"]


def test_given_callers_of_other_lines_before_them_when_the_queue_is_full_then_the_last_of_its_own_line():
    play = play_with(rule(C.QUEUE_FULL, 2, HANG_UP, on_entry=False)).talking()
    play(*(CallQueued(f"o{n}", line="other") for n in range(4)))
    play(*(CallQueued(f"c{n}") for n in range(2, 5)), at=10_000)
    play.until(15_000)
    assert diverted(play, "all") == [("c4", "queue_full", "hang_up")]


def test_given_ringing_callers_when_the_queue_is_full_then_only_those_of_the_line_count():
    play = play_with(rule(C.QUEUE_FULL, 2, HANG_UP, on_entry=False), seats=2)
    play(CallQueued("o1", line="other"), CallQueued("c1"), CallQueued("c2"), CallQueued("c3"), at=10_000)
    assert play.rings() == [("o1", 1), ("c1", 2)]
    play.until(15_000)
    assert diverted(play, "all") == [("c3", "queue_full", "hang_up")]
    play(CallQueued("c4"), CallQueued("x", priority=1), at=15_100)
    play.until(20_000)
    assert diverted(play) == [("c2", "queue_full", "hang_up"), ("c4", "queue_full", "hang_up")]
    assert [call for call in play.order() if call != "o1"] == ["x", "c1"]


def test_given_a_seat_goes_when_more_wait_a_seat_than_allowed_then_the_last_overflow_and_never_the_head():
    play = play_with(rule(C.CALLS_PER_SEAT, 2, HANG_UP), seats=2)
    play.talk("t1")
    play.talk("t2")
    play(*(CallQueued(f"c{n}") for n in range(1, 5)), at=10_000)
    play(LogOut(2), at=11_000)
    play.until(20_000)
    assert diverted(play, "all") == [("c3", "calls_per_seat", "hang_up"), ("c4", "calls_per_seat", "hang_up")]
    assert play.order() == ["c1", "c2"]


def test_given_seats_go_when_the_review_comes_then_the_predicted_wait_is_looked_at_again():
    play = play_with(rule(C.PREDICTED_WAIT, 100_000, CHOICE), seats=2)
    play.talk("t1")
    play.talk("t2")
    play(CallQueued("c1"), CallQueued("c2"), at=10_000)
    assert diverted(play, "all") == [], "90 s"
    play(LogOut(2), at=11_000)
    play.until(15_000)
    assert diverted(play) == [("c2", "predicted_wait", "choice")], "c2: 180 s now"
    assert play.order() == ["c1", "c2"]


def test_given_a_review_when_nobody_waits_any_more_then_it_stops_and_the_next_caller_begins_it_again():
    play = play_with(rule(C.PREDICTED_WAIT, 1e9), review_ms=2_000)
    play.talking()
    assert play.timers("review") == [3_030], "begun when c1 came"
    play.until(60_000)
    assert play.timers("review") == []
    play(CallQueued("c2"), at=100_000)
    assert play.timers("review") == [102_000]
    play(CallQueued("c3"), at=100_500)
    assert play.timers("review") == [102_000], "one for all"
    play.until(102_000)
    assert play.timers("review") == [104_000]


def test_given_callers_of_a_line_without_rules_when_they_wait_then_no_review():
    play = play_with(rule(C.PREDICTED_WAIT, 0)).talking()
    play(CallQueued("o1", line="other"))
    play.until(500_000)
    assert diverted(play, "all") == []


# Closing


def test_given_a_line_closes_when_n_minutes_have_passed_then_those_who_wait_are_told():
    play = play_with(rule(C.CLOSING, 300_000, HANG_UP)).talking()
    play(CallQueued("c2"), at=10_000)
    assert play(LineClosed("main", 20_000), at=21_000) == (
        Record("line.closed", data={"line": "main"}),
        StartTimer(play.timer("overflow"), 320_000),
    )
    play(CallQueued("c3"), at=30_000)
    play.until(319_999)
    assert diverted(play, "all") == []
    play.until(320_000)
    assert diverted(play) == [("c2", "closing", "hang_up"), ("c3", "closing", "hang_up")]
    assert {c: o for c, o in outcomes(play).items() if c != "c1"} == {"c2": "overflowed", "c3": "overflowed"}


def test_given_a_line_closed_twice_when_the_second_comes_then_nothing():
    play = play_with(rule(C.CLOSING, 300_000))
    play(LineClosed("main", 500))
    assert play(LineClosed("main", 900)) == ()
    assert play(LineOpened("main")) == (Record("line.opened", data={"line": "main"}),)
    assert play(LineOpened("main")) == ()


def test_given_a_closing_in_the_future_when_told_then_it_counts_from_now():
    play = play_with(rule(C.CLOSING, 1_000), logged_in=False)
    play(CallQueued("c1"), at=10_000)
    play(LineClosed("main", 99_999), at=11_000)
    assert play.timers("overflow") == [12_000]


def test_given_open_until_when_the_line_opens_again_then_nobody_is_sent_away():
    play = play_with(rule(C.CLOSING, 1_000, HANG_UP), logged_in=False)
    play(CallQueued("c1"), LineClosed("main", 0), LineOpened("main"))
    play.until(100_000)
    assert diverted(play, "all") == []
    play(LineClosed("main", 100_000), at=100_000)
    play.until(101_000)
    assert diverted(play) == [("c1", "closing", "hang_up")]


def test_given_another_line_closes_when_its_time_comes_then_only_its_callers_are_told():
    play = play_with(
        rule(C.CLOSING, 1_000, HANG_UP), other=(rule(C.CLOSING, 1_000, HANG_UP),), logged_in=False
    )
    play(CallQueued("c1"), CallQueued("o1", line="other"), LineClosed("other", 0))
    play.until(100_000)
    assert diverted(play, "all") == [("o1", "closing", "hang_up")]
    assert play.order() == ["c1"]


# The destinations


@pytest.mark.parametrize("to", [ANNOUNCE, CHOICE], ids=lambda to: to.toward.value)
def test_given_a_text_or_a_choice_when_it_leads_there_then_the_place_is_kept_and_a_seat_gets_the_caller(to):
    play = play_with(rule(C.QUEUE_FULL, 1, to), wrap_up_ms=0).talking()
    play(CallQueued("c2"), CallQueued("c3"), CallQueued("c4"))
    assert diverted(play) == [("c3", "queue_full", to.toward.value), ("c4", "queue_full", to.toward.value)]
    assert play.order() == ["c2", "c3", "c4"]
    assert outcomes(play) == {}
    play(CallerGone("c1"), CallerGone("c2"))
    assert play.rings() == [("c2", 1), ("c3", 1)], "in the middle of any text"


FINAL = [
    (C.NO_SEAT, HANG_UP, "left_no_operator"),
    (C.QUEUE_FULL, HANG_UP, "overflowed"),
    (C.CALLS_PER_SEAT, HANG_UP, "overflowed"),
    (C.PREDICTED_WAIT, HANG_UP, "overflowed"),
    (C.WAITED, HANG_UP, "timed_out"),
    (C.CLOSING, HANG_UP, "overflowed"),
    *((cause, TO_NUMBER, "overflowed") for cause in C),
]


def waiting_on(cause: OverflowCause, *rules: OverflowRule, **settings) -> Play:
    """c2 waits, and a rule of this cause with limit 0 is passed for it."""
    play = play_with(*rules, **settings)
    if cause is not C.NO_SEAT:
        play.talking()
    else:
        play(LogOut(1))
    play(LineClosed("main", 0), CallQueued("c2"))
    play.until(play.now_ms + 10_000)
    return play


@pytest.mark.parametrize(("cause", "to", "outcome"), FINAL)
def test_given_each_cause_when_it_leads_off_the_floor_then_settled_once_with_its_outcome(cause, to, outcome):
    play = waiting_on(cause, rule(cause, 0, to))
    assert diverted(play, "all") == [("c2", cause.value, to.toward.value)]
    assert [c for c in play.all if isinstance(c, CallSettled)] == [CallSettled("c2", Outcome(outcome))]
    assert play.floor.call("c2") is None
    row = play.recorded("call.overflowed", "all")[0]
    assert (row.call, row.data["target"]) == ("c2", to.target)
    assert play(CallerGone("c2")) == ()


@pytest.mark.parametrize("cause", C)
@pytest.mark.parametrize("to", [ANNOUNCE, CHOICE, TO_LINE], ids=lambda to: to.toward.value)
def test_given_each_cause_when_the_caller_waits_on_then_not_settled_and_told_once(cause, to):
    play = waiting_on(cause, rule(cause, 0, to))
    play.until(play.now_ms + 60_000)
    assert diverted(play, "all") == [("c2", cause.value, to.toward.value)]
    assert outcomes(play) == {}
    assert play.order() == ["c2"]


def test_given_another_line_when_it_leads_there_then_in_its_queue_with_the_time_waited_so_far():
    play = play_with(rule(C.WAITED, 60_000, TO_LINE), other=(rule(C.WAITED, 90_000, HANG_UP),)).talking()
    play(CallQueued("c2", priority=3), at=10_000)
    play(CallQueued("o1", line="other"), at=20_000)
    token = next(t for t in play.floor.timers if t.startswith("overflow:c2"))
    play(TimerFired(token), at=70_000)
    assert play.last[1:] == (
        Record("call.moved", "c2", data={"why": "line", "position": 1}),
        StartTimer(play.timer("overflow"), 100_000),
        Divert("c2", C.WAITED, TO_LINE),
    )
    view = play.floor.call("c2")
    assert (view.line, view.queued_ms, view.priority) == ("other", 10_000, 0)
    assert play.order() == ["c2", "o1"]
    play.until(100_000)
    assert diverted(play) == [("c2", "waited", "hang_up")]
    assert play.recorded("call.overflowed")[0].data["waited_ms"] == 90_000


def test_given_another_line_with_a_priority_when_it_leads_there_then_that_and_none_of_the_old_clocks():
    rules = (rule(C.WAITED, 60_000, TO_LINE), rule(C.WAITED, 90_000, HANG_UP), rule(C.CLOSING, 1, HANG_UP))
    lines = {
        "main": LineSettings(overflow=rules),
        "other": LineSettings(priority=2, weight_ms=5_000, overflow=(rule(C.WAITED, 300_000),)),
    }
    play = Play(seats=1, lines=lines).talking()
    play(LineClosed("other", 0), CallQueued("o1", line="other"), CallQueued("c2"), at=10_000)
    assert play.timers("overflow") == [70_000, 100_000, 310_000]
    play.until(70_000)
    assert play.floor.call("c2").priority == 2
    assert play.order() == ["o1", "c2"]
    assert play.timers("overflow") == [310_000, 310_000]
    stopped = [c.token for c in play.of(StopTimer)]
    assert len([token for token in stopped if token.startswith("overflow:c2")]) == 1
    assert play.floor.callers["c2"].place.at_ms == 5_000, "its own time, with the other line's weight"


def test_given_who_comes_before_every_priority_when_it_goes_to_another_line_then_so_it_does_there():
    lines = {
        "main": LineSettings(overflow=(rule(C.WAITED, 60_000, TO_LINE),)),
        "other": LineSettings(),
    }
    play = Play(seats=1, lines=lines, fair_after_ms=30_000).talking()
    play(CallQueued("c2"), at=10_000)
    play.until(60_000)
    play(CallQueued("high", line="other", priority=9), at=60_000)
    play.until(70_000)
    assert play.floor.call("c2").line == "other"
    assert play.order() == ["c2", "high"]


def test_given_a_callback_when_its_line_closes_then_it_has_no_clock_and_no_rule():
    play = play_with(rule(C.CLOSING, 1_000, HANG_UP), logged_in=False)
    play(CallQueued("c1", caller="k"), CallbackAsked("c1", "k"), CallQueued("c2"), LineClosed("main", 0))
    assert len(play.timers("overflow")) == 1
    play.reconfigure()
    assert len(play.timers("overflow")) == 1
    play.until(60_000)
    assert diverted(play, "all") == [("c2", "closing", "hang_up")]


def test_given_the_review_when_it_runs_then_its_token_names_the_queue():
    play = play_with(rule(C.QUEUE_FULL, 9), logged_in=False)
    play(CallQueued("c1"))
    assert play.timer("review").startswith("review:queue#")
    assert play.floor.timers[play.timer("review")].call == "queue"


def test_given_two_lines_that_lead_to_each_other_when_time_passes_then_each_rule_acts_once_and_it_ends():
    back = Destination(T.LINE, "main")
    play = play_with(rule(C.WAITED, 60_000, TO_LINE), other=(rule(C.WAITED, 60_000, back),), logged_in=False)
    play(CallQueued("c1"), at=0)
    play.until(60_000)
    assert [to for _, _, to in diverted(play, "all")] == ["line", "line"]
    assert play.floor.call("c1").line == "main"
    play.until(600_000)
    assert len(diverted(play, "all")) == 2


def test_given_a_line_with_ring_all_when_it_leads_there_then_all_its_phones_ring():
    lines = {
        "main": LineSettings(overflow=(rule(C.WAITED, 1_000, TO_LINE),)),
        "other": LineSettings(strategy=Strategy.RING_ALL),
    }
    people = {f"op-{n}": OperatorSettings(lines=frozenset({"other"})) for n in (1, 2)}
    play = Play(seats=2, lines=lines, operators=people)
    play(CallQueued("c1"), at=5_000)
    assert play.rings() == []
    play.until(6_000)
    assert play.rings() == [("c1", 1), ("c1", 2)]


def test_given_another_line_on_entry_when_its_own_seat_is_free_then_it_rings_in_the_same_step():
    people = {"op-1": OperatorSettings(lines=frozenset({"other"}))}
    play = play_with(rule(C.NO_SEAT, 0, TO_LINE), operators=people)
    play(CallQueued("c1"))
    assert diverted(play) == [("c1", "no_seat", "line")]
    assert play.of(Ring) == [Ring("c1.1", "c1", 1)]
    assert play.recorded("call.moved")[0].data == {"why": "line", "position": 1}


# What overflow never does


def test_given_ringing_phones_when_the_review_comes_then_the_ringing_caller_is_not_overflowed():
    play = play_with(rule(C.QUEUE_FULL, 0, HANG_UP, on_entry=False), review_ms=1_000)
    play(CallQueued("c1"), CallQueued("c2"), at=5_000)
    play.until(6_000)
    assert diverted(play) == [("c2", "queue_full", "hang_up")]
    assert play.of(CancelRing) == []
    assert play.floor.call("c1").state.value == "ringing"


def test_given_a_rule_that_acted_when_the_settings_change_then_it_does_not_act_again_and_others_do():
    play = play_with(rule(C.WAITED, 10_000), logged_in=False)
    play(CallQueued("c1"), at=0)
    play.until(10_000)
    rules = (rule(C.WAITED, 10_000), rule(C.WAITED, 20_000, CHOICE))
    play.reconfigure(lines={"main": LineSettings(overflow=rules)})
    play.until(60_000)
    assert diverted(play, "all") == [("c1", "waited", "announce"), ("c1", "waited", "choice")]


def test_given_callers_who_wait_when_rules_come_or_go_then_their_clocks_are_set_anew():
    play = play_with(rule(C.WAITED, 10_000), logged_in=False)
    play(CallQueued("c1"), at=0)
    play.reconfigure(lines={"main": LineSettings(overflow=(rule(C.WAITED, 50_000, CHOICE),))})
    assert play.timers("overflow") == [50_000]
    play.reconfigure(lines={})
    assert play.timers("overflow") == []
    play.until(100_000)
    assert diverted(play, "all") == []


def test_given_a_seat_gets_ready_when_a_choice_was_offered_then_the_talk_goes_on_as_ever():
    play = play_with(rule(C.NO_SEAT, 0, CHOICE), logged_in=False)
    play(PhoneChanged(1, Phone.REGISTERED), CallQueued("c1"), LogIn(1, "op-1"))
    assert play.rings() == [("c1", 1)]
    play(OfferAnswered("c1.1"), Joined("c1.1"), CallerGone("c1"), EndWrapUp(1), Ready(1))
    assert outcomes(play) == {"c1": "answered"}


def test_given_a_stale_overflow_token_when_it_fires_then_nothing():
    play = play_with(rule(C.WAITED, 10_000), logged_in=False)
    play(CallQueued("c1"))
    token = play.timer("overflow")
    play(CallerGone("c1"))
    assert play(TimerFired(token)) == ()
