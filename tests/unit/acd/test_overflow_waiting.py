"""あふれ while waiting, and at closing time."""

import pytest

from acd.commands import Record, StartTimer, StopTimer
from acd.events import (
    CallbackAsked,
    CallerGone,
    CallQueued,
    LineClosed,
    LineOpened,
    LogIn,
    LogOut,
    OfferAnswered,
    PhoneChanged,
)
from acd.settings import NeedStep
from acd.types import Phone
from tests.unit.acd.overflow_play import (
    CHOICE,
    HANG_UP,
    C,
    diverted,
    outcomes,
    play_with,
    rule,
)

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


def test_given_a_rule_has_acted_when_the_settings_change_then_it_has_no_clock_any_more():
    play = play_with(rule(C.WAITED, 60_000, CHOICE), rule(C.WAITED, 90_000), logged_in=False)
    play(CallQueued("c1"), at=5_000)
    play.until(65_000)
    assert diverted(play) == [("c1", "waited", "choice")]
    assert play.timers("overflow") == [95_000]
    play.reconfigure(ring_time_ms=9_000)
    assert play.timers("overflow") == [95_000]


def test_given_a_rule_of_the_entry_only_when_a_caller_waits_then_it_has_no_clock():
    play = play_with(rule(C.NO_SEAT, 3_000, HANG_UP, while_waiting=False), logged_in=False)
    play(CallQueued("c1"), at=5_000)
    assert play.timers("overflow") == []
    play.until(60_000)
    assert play.order() == ["c1"]


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


def test_given_rules_whose_moment_is_known_when_callers_wait_then_nothing_looks_again():
    play = play_with(rule(C.WAITED, 600_000, CHOICE), rule(C.CLOSING, 0), rule(C.NO_SEAT, 60_000)).talking()
    play(CallQueued("c2"), at=10_000)
    assert play.timers("review") == []
    assert play.timers("overflow") == [610_000]


def test_given_the_last_operator_goes_when_somebody_waits_then_the_review_begins_and_ends_with_a_log_in():
    play = play_with(rule(C.NO_SEAT, 60_000)).talking()
    play(CallQueued("c2"), at=10_000)
    play(LogOut(1), at=20_000)
    assert play.timers("review") == [25_000]
    play.until(25_000)
    assert play.timers("review") == [30_000], "nobody is there yet"
    play(LogIn(1, "op-1"), at=26_000)
    play.until(30_000)
    assert play.timers("review") == []


def test_given_a_phone_rings_at_its_moment_when_told_later_then_the_review_ends():
    play = play_with(rule(C.WAITED, 10_000), max_misses=1, ring_time_ms=20_000)
    play(CallQueued("c1"), at=5_000)
    play.until(15_000)
    assert play.timers("review") == [20_000]
    play.until(25_000)
    assert diverted(play) == [("c1", "waited", "announce")]
    assert play.timers("review") == [], "it has acted"


def test_given_a_closing_when_a_phone_rings_at_its_moment_then_it_is_come_back_to():
    play = play_with(rule(C.CLOSING, 10_000, HANG_UP), max_misses=1, ring_time_ms=20_000)
    play(CallQueued("c1"), at=5_000)
    assert play.timers("review") == [], "open"
    play(LineClosed("main", 6_000), at=6_000)
    play.until(16_000)
    assert play.timers("review") == [21_000]
    play.until(30_000)
    assert diverted(play, "all") == [("c1", "closing", "hang_up")]


def test_given_a_need_that_relaxes_when_other_seats_do_then_the_review_looks_at_them():
    needs = {"english": (NeedStep(0), NeedStep(30_000, {"english": 1}))}
    play = play_with(rule(C.NO_SEAT, 60_000, HANG_UP), needs=needs).talking()
    play(CallQueued("c2", need="english"), at=10_000)
    assert play.timers("review") == []
    play.until(40_000)
    assert play.timers("review") == [45_000]
    play.until(75_000)
    assert diverted(play) == [("c2", "no_seat", "hang_up")]


def test_given_a_review_for_another_rule_when_the_time_waited_has_not_come_then_it_does_not_act_yet():
    play = play_with(rule(C.WAITED, 60_000, CHOICE), rule(C.PREDICTED_WAIT, 1e9)).talking()
    play(CallQueued("c2"), at=10_000)
    play.until(69_999)
    assert diverted(play, "all") == []
    play.until(70_000)
    assert diverted(play) == [("c2", "waited", "choice")]


def test_given_a_review_for_another_rule_when_the_closing_is_not_long_ago_then_it_does_not_act_yet():
    play = play_with(rule(C.CLOSING, 60_000, HANG_UP), rule(C.PREDICTED_WAIT, 1e9)).talking()
    play(CallQueued("c2"), at=10_000)
    play(LineClosed("main", 20_000), at=20_000)
    play.until(79_999)
    assert diverted(play, "all") == []
    play.until(80_000)
    assert diverted(play) == [("c2", "closing", "hang_up")]


def test_given_only_a_callback_in_the_queue_when_the_review_has_come_then_it_comes_no_more():
    play = play_with(rule(C.QUEUE_FULL, 9)).talking()
    play(CallQueued("c2", caller="key"), at=10_000)
    play(CallbackAsked("c2", "key"))
    play.until(15_000)
    assert play.order() == ["c2-cb"]
    assert play.timers("review") == [], "no rule is held against a callback"


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
