"""What Asterisk's own suite demands of app_queue (tests/apps/queues), restated for our floor in our words."""

from dataclasses import replace

import pytest

from acd.commands import CallSettled, CancelRing, Record
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    Joined,
    LogIn,
    OfferAnswered,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    SeatLegGone,
    TimerFired,
)
from acd.settings import (
    Destination,
    LineSettings,
    NeedStep,
    OperatorSettings,
    OverflowRule,
    WrapUp,
)
from acd.types import Outcome, OverflowCause, Phone, Strategy, Toward
from tests.unit.acd.floor_play import Play

GIVE_UP = OverflowRule(OverflowCause.WAITED, 10_000, Destination(Toward.HANG_UP), on_entry=False)

JOINS = [
    (0, None, 1),
    (0, None, 2),
    (1, None, 1),
    (1, None, 2),
    (2, None, 1),
    (0, 5, 5),
    (0, 200, 7),
    (0, 1, 4),
    (8, 3, 1),
    (1, 7, 5),
    (1, 4, 4),
]
"""Priority and position asked for, and the position that app_queue gives. The 12th (2, 5) finds it full."""


def test_position_priority_maxlen_given_12_joins_when_11_fit_then_each_position_and_the_last_is_full():
    """apps/queues/position_priority_maxlen: its whole table.

    There a position counts in the whole queue and priority beats it; here it counts among the callers of the
    same priority. So the higher ones are taken off the position asked for, and the table is the same.
    """
    full = OverflowRule(OverflowCause.QUEUE_FULL, 11, Destination(Toward.HANG_UP), while_waiting=False)
    play = Play(seats=1, logged_in=False, lines={"main": LineSettings(overflow=(full,))})
    for n, (priority, position, expected) in enumerate(JOINS, start=1):
        higher = sum(view.priority > priority for view in play.floor.waiting())
        own = None if position is None else max(1, position - higher)
        play(CallQueued(f"c{n}", priority=priority, position=own))
        assert play.recorded("call.queued")[0].data["position"] == expected, (n, priority, position)
        assert play.order().index(f"c{n}") + 1 == expected
    assert play.order() == [f"c{n}" for n in (9, 5, 3, 11, 4, 10, 8, 1, 6, 2, 7)]
    play(CallQueued("one too many", priority=2, position=5))
    assert play.of(CallSettled) == [CallSettled("one too many", Outcome.OVERFLOWED)]
    assert len(play.order()) == 11


def test_ringinuse_and_pause_given_a_busy_member_then_not_rung_not_paused_then_rung_paused_never_rung():
    """apps/queues/ringinuse_and_pause: four steps. A seat in use is never rung here."""
    play = Play(seats=1, max_misses=1, cool_down_ms=1_000)
    play(OwnCallStarted(1), CallQueued("c1"))
    assert play.rings() == [], "1: in use, not called"
    play.until(60_000)
    assert play.state(1) == "talking", "and not paused for it"
    play(OwnCallEnded(1))
    assert play.rings() == [("c1", 1)], "2: not in use, called"
    play.until(play.now_ms + 20_000)
    assert (play.state(1), play.floor.seat(1).reason) == ("break", "no_answer"), "3: paused after no answer"
    play(CallQueued("c2"))
    play.until(play.now_ms + 60_000)
    assert play.rings() == [], "4: paused, never called"


def one_call(play: Play, call: str, at: int) -> int | None:
    """A call of 100 ms, answered at once; which seat took it, None when nobody was available."""
    play.until(at)
    play(CallQueued(call, line=call[0]), at=at)
    view = play.floor.call(call)
    if view.offer is None:
        play(CallerGone(call))
        return None
    play(OfferAnswered(view.offer), Joined(view.offer), at=at)
    play(CallerGone(call), at=at + 100)
    return view.seat


def test_wrapup_time_given_two_queues_with_the_same_members_then_wrap_up_holds_in_both():
    """apps/queues/wrapup_time with shared_lastcall=yes, which it always is here: 1, 2, nobody."""
    lines = {"a": LineSettings(), "b": LineSettings()}
    play = Play(seats=2, strategy=Strategy.LINEAR, wrap_up_ms=10_000, lines=lines)
    assert one_call(play, "a1", 2_000) == 1
    assert one_call(play, "b1", 3_000) == 2
    assert one_call(play, "a2", 4_000) is None
    assert one_call(play, "b2", 12_099) is None
    assert one_call(play, "a3", 12_100) == 1


def test_wrapup_time_per_member_given_one_with_its_own_time_then_each_is_back_after_its_own():
    """apps/queues/wrapup_time_per_member: member 1 has 20 s of its own, member 2 the queue's 10 s."""
    people = {"op-1": OperatorSettings(wrap_up_ms=20_000)}
    play = Play(seats=2, strategy=Strategy.LINEAR, wrap_up_ms=10_000, operators=people)
    taken = [
        one_call(play, f"m{at}", at)
        for at in (2_000, 3_000, 13_099, 13_100, 22_000, 22_100, 23_199, 23_200, 23_300)
    ]
    assert taken == [1, 2, None, 2, None, 1, None, 2, None]


def test_wrapup_time_given_a_line_of_its_own_wrap_up_then_that_one():
    """apps/queues/wrapup_time, per queue."""
    lines = {"a": LineSettings(wrap_up=WrapUp(5_000)), "b": LineSettings(wrap_up=WrapUp(0))}
    play = Play(seats=1, lines=lines)
    assert one_call(play, "b1", 2_000) == 1
    assert one_call(play, "a1", 2_100) == 1
    assert one_call(play, "b2", 7_199) is None
    assert one_call(play, "b3", 7_200) == 1


def test_reload_queue_members_given_other_members_then_the_list_is_theirs_and_live_calls_go_on():
    """apps/queues/reload_queue_members: members come and go with a reload; who talks goes on talking."""
    play = Play(seats=3)
    play.talk("c1")
    play(CallQueued("c2"))
    assert play.floor.call("c2").seat == 2
    before = {o.id: replace(o) for o in play.floor.offers.values()}
    commands = play.reconfigure(seats=(1, 2, 4))
    assert [c for c in commands if not isinstance(c, Record)] == []
    assert [(r.kind, r.seat) for r in commands] == [("seat.state", 3), ("seat.logout", 3)]
    assert sorted(play.floor.seats) == [1, 2, 4]
    assert {o.id: o for o in play.floor.offers.values()} == before
    play.reconfigure(seats=(4,))
    assert play.of(CancelRing)[0].offer == "c2.1"
    assert sorted(play.floor.seats) == [1, 4], "1 still talks"
    play(PhoneChanged(4, Phone.REGISTERED), LogIn(4, "op-4"))
    assert play.rings() == [("c2", 4)]
    play(CallerGone("c1"))
    assert sorted(play.floor.seats) == [4]
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ANSWERED)]


def test_reload_queue_members_given_the_same_settings_then_nothing_happens():
    play = Play(seats=2).talking()
    play(CallQueued("c2"))
    assert play.reconfigure() == ()


def test_queue_baseline_given_one_call_and_one_member_then_every_row_exactly_once():
    """apps/queues/queue_baseline: Join, AgentCalled, AgentConnect, Leave, AgentComplete, each seen once."""
    play = Play(seats=1, wrap_up_ms=0)
    play(CallQueued("c1"), OfferAnswered("c1.1"), Joined("c1.1"), SeatLegGone("c1.1"))
    assert [row.kind for row in play.last if isinstance(row, Record) and row.kind != "seat.state"] == [
        "call.queued",
        "offer.started",
        "offer.ended",
        "call.connected",
        "call.talk_ended",
    ]
    assert play.moves(1) == ["ready>ringing", "ringing>talking", "talking>ready"]
    assert [c for c in play.last if isinstance(c, CallSettled)] == [CallSettled("c1", Outcome.ANSWERED)]


def test_queue_all_paused_no_answer_given_all_on_break_then_nobody_is_rung_and_the_caller_times_out():
    """apps/queues/queue_all_paused_no_answer."""
    play = Play(seats=2, lines={"main": LineSettings(overflow=(GIVE_UP,))})
    play(Break(1, "x"), Break(2, "x"), CallQueued("c1"), at=5_000)
    play.until(60_000)
    assert play.recorded("offer.started", "all") == []
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.TIMED_OUT)]


def test_queue_one_paused_no_answer_given_one_on_break_then_only_the_other_is_rung():
    """apps/queues/queue_one_paused_no_answer."""
    play = Play(seats=2, strategy=Strategy.RING_ALL)
    play(Break(1, "x"), CallQueued("c1"))
    assert play.rings() == [("c1", 2)]
    play(CallerGone("c1"))
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ABANDONED)]
    assert play.state(1) == "break"


def test_queue_no_answer_given_ring_all_and_nobody_answers_then_one_row_a_leg_and_the_caller_times_out():
    """apps/queues/queue_no_answer: timeout 2 s, retry 1 s, the queue's timeout ends it."""
    play = Play(
        seats=2,
        strategy=Strategy.RING_ALL,
        ring_time_ms=2_000,
        cool_down_ms=1_000,
        max_misses=99,
        review_ms=100,
        lines={"main": LineSettings(overflow=(GIVE_UP,))},
    )
    play(CallQueued("c1"), at=5_000)
    play.until(30_000)
    started, ended = play.recorded("offer.started", "all"), play.recorded("offer.ended", "all")
    assert len(started) == len(ended) == 8
    assert {row.data["outcome"] for row in ended} == {"no_answer"}
    settled = [c for c in play.all if isinstance(c, CallSettled)]
    assert settled == [CallSettled("c1", Outcome.TIMED_OUT)]
    assert play.recorded("call.overflowed", "all")[0].data["waited_ms"] <= 12_000, "not while phones ring"


def test_queue_penalty_outside_range_given_only_an_operator_without_the_skill_then_never_rung():
    """apps/queues/queue_penalty_outside_range: penalties there, skills with levels here."""
    play = Play(
        seats=1,
        needs={"tax": (NeedStep(0, {"tax": 2}),)},
        operators={"op-1": OperatorSettings(skills={"tax": 1})},
        lines={"main": LineSettings(overflow=(GIVE_UP,))},
    )
    play(CallQueued("c1", need="tax"), at=5_000)
    play.until(60_000)
    assert play.recorded("offer.started", "all") == []
    assert [c for c in play.all if isinstance(c, CallSettled)] == [CallSettled("c1", Outcome.TIMED_OUT)]


def test_reason_pause_ami_given_a_break_with_a_reason_then_it_is_seen():
    """apps/queues/reason_pause_ami."""
    play = Play(seats=1)
    play(Break(1, "昼休み"))
    assert (play.state(1), play.floor.seat(1).reason) == ("break", "昼休み")
    assert play.recorded("seat.state")[0].data["reason"] == "昼休み"


def test_redirect_given_a_caller_taken_away_while_waiting_then_nothing_of_it_is_left():
    """apps/queues/redirect (ASTERISK-28829): nothing leaks when a call is pulled out of the queue."""
    play = Play(seats=1).ringing()
    play(CallerGone("c1"))
    floor = play.floor
    assert [*floor.timers, *floor.callers, *floor.offers, *floor.rounds, *floor.queue.groups] == []


@pytest.mark.parametrize("timer", ["ring:c1.1@1", "ring:c1.2@1", "nonsense"])
def test_set_penalty_given_nonsense_then_nothing_breaks(timer):
    """apps/queues/set_penalty: bad commands never crash the queue."""
    play = Play(seats=1)
    assert play(TimerFired(timer)) == ()
