"""あふれ: each destination and outcome; no place is lost by it."""

import pytest

from acd.commands import CallSettled, CancelRing, Divert, Record, Ring, StartTimer, StopTimer
from acd.events import (
    CallbackAsked,
    CallerGone,
    CallQueued,
    EndWrapUp,
    Joined,
    LineClosed,
    LogIn,
    LogOut,
    OfferAnswered,
    PhoneChanged,
    Ready,
    TimerFired,
)
from acd.settings import Destination, LineSettings, OperatorSettings, OverflowRule
from acd.types import Outcome, OverflowCause, Phone, Strategy
from tests.unit.acd.floor_play import Play
from tests.unit.acd.overflow_play import (
    ANNOUNCE,
    CHOICE,
    HANG_UP,
    TO_LINE,
    TO_NUMBER,
    C,
    T,
    diverted,
    outcomes,
    play_with,
    rule,
)

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
        Record("call.moved", "c2", data={"why": "line", "position": 1, "place": [0, 10_000, 3]}),
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
    assert play.recorded("call.moved")[0].data == {"why": "line", "position": 1, "place": play.place("c1")}


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
