"""Several phones for one caller: all at once, or one more every few seconds. One talks, the rest are free."""

import pytest

from acd.commands import CallSettled, CancelRing, Connect, ReleaseSeat, Resume, StartTimer, StopTimer
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    Joined,
    JoinFailed,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    OfferTo,
    PhoneChanged,
    Ready,
    SeatLegGone,
    TimerFired,
)
from acd.settings import LineSettings, NeedStep, OperatorSettings
from acd.types import CancelCause, OfferOutcome, Outcome, Phone, Strategy
from tests.unit.acd.floor_play import Play

LOST = CancelCause.LOST_RACE


def all_at_once(seats: int = 3, **settings) -> Play:
    return Play(seats=seats, strategy=Strategy.RING_ALL, **settings)


def one_by_one(seats: int = 3, **settings) -> Play:
    return Play(seats=seats, strategy=Strategy.RING_PROGRESSIVELY, round_ms=4_000, **settings)


def ended(play: Play) -> dict[str, str]:
    return {row.offer: row.data["outcome"] for row in play.recorded("offer.ended")}


def test_given_ring_all_when_a_caller_comes_then_every_free_phone_rings_at_once():
    play = all_at_once()
    play(Break(2, "x"), CallQueued("c1"))
    assert play.rings() == [("c1", 1), ("c1", 3)]
    assert [row.data for row in play.recorded("offer.started")] == [{"strategy": "ring_all"}] * 2
    view = play.floor.call("c1")
    assert (view.state.value, view.offer, view.seat, view.position) == ("ringing", "c1.1", 1, 1)
    play(Ready(2))
    assert play.rings() == [("c1", 2)], "who becomes free rings too"
    assert play.floor.rounds == {"c1": None}


def test_given_two_answers_at_once_when_ring_all_then_one_connected_the_other_ready_without_penalty():
    play = all_at_once(seats=2)
    idle = {n: play.floor.seat(n).able_ms for n in (1, 2)}
    play(CallQueued("c1"))
    play(OfferAnswered("c1.2"), at=5_000)
    assert play.of(Connect) == [Connect("c1", "c1.2")]
    assert play.of(CancelRing) == []
    play(OfferAnswered("c1.1"), at=5_000)
    assert play.last[0] == CancelRing("c1.1", LOST)
    assert play.of(StopTimer) == [StopTimer("ring:c1.1@1")]
    assert ended(play) == {"c1.1": "lost_race"}
    assert play.moves(1) == ["ringing>ready"]
    assert play.of(Connect) == []
    assert play.floor.seat(1).able_ms == idle[1], "its place among the idle is kept"
    assert play.misses(1) == {}
    play(Joined("c1.2"), CallerGone("c1"))
    answered = [row.offer for row in play.recorded("offer.ended", "all") if row.data["outcome"] == "answered"]
    assert answered == ["c1.2"]
    assert (play.state(1), play.state(2)) == ("ready", "wrap_up")
    assert (play.floor.seat(1).answered, play.floor.seat(2).answered) == (0, 1)
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ANSWERED)]


def test_given_the_talk_is_sure_when_others_still_ring_then_they_stop_and_the_next_caller_rings_them():
    play = all_at_once()
    play(CallQueued("c1"), CallQueued("c2"))
    assert play.rings() == [("c1", 1), ("c1", 2), ("c1", 3)]
    play(OfferAnswered("c1.2"))
    assert play.of(CancelRing) == [], "they ring on until both legs are in the bridge"
    view = play.floor.call("c1")
    assert (view.state.value, view.offer, view.seat, view.operator) == ("connecting", "c1.2", 2, "op-2")
    assert play.rings() == []
    play(Joined("c1.2"))
    assert play.of(CancelRing) == [CancelRing("c1.1", LOST), CancelRing("c1.3", LOST)]
    assert ended(play) == {"c1.2": "answered", "c1.1": "lost_race", "c1.3": "lost_race"}
    assert play.rings() == [("c2", 1), ("c2", 3)]
    assert play(OfferAnswered("c1.1")) == (CancelRing("c1.1", LOST),), "its answer has crossed"


@pytest.mark.parametrize("event", [SeatLegGone("c1.2"), JoinFailed("c1.2"), TimerFired("connect:c1.2@2")])
def test_given_the_answer_drops_before_the_bridge_when_others_ring_then_they_ring_on(event):
    """asterisk#1557: there all others were cancelled and a new round begun."""
    play = all_at_once()
    play(CallQueued("c1"), OfferAnswered("c1.2"))
    play(event)
    assert Resume("c1") in play.last
    assert play.of(CancelRing) == []
    assert play.rings() == []
    assert (play.state(1), play.state(2), play.state(3)) == ("ringing", "ready", "ringing")
    assert play.misses(2) == {}
    assert play.floor.call("c1").state.value == "ringing"
    play(OfferAnswered("c1.3"), Joined("c1.3"))
    assert play.of(Connect) == [Connect("c1", "c1.3")]
    assert play.of(CancelRing) == [CancelRing("c1.1", LOST)]
    wait = play.recorded("call.connected")[0].data["wait_ms"]
    assert wait == play.now_ms - play.floor.call("c1").queued_ms, "one wait, unbroken"


def test_given_the_answer_dropped_when_its_cool_down_is_over_then_that_phone_rings_again_too():
    play = all_at_once(cool_down_ms=3_000)
    play(CallQueued("c1"), OfferAnswered("c1.2"))
    play(SeatLegGone("c1.2"), at=5_000)
    play.until(8_000)
    assert play.rings() == [("c1", 2)]


def test_given_ring_all_when_the_caller_hangs_up_then_every_phone_stops_and_nobody_is_to_blame():
    play = all_at_once()
    idle = [play.floor.seat(n).able_ms for n in (1, 2, 3)]
    play(CallQueued("c1"), CallerGone("c1"))
    gone = CancelCause.CALLER_GONE
    assert play.of(CancelRing) == [CancelRing(f"c1.{n}", gone) for n in (1, 2, 3)]
    assert ended(play) == dict.fromkeys(("c1.1", "c1.2", "c1.3"), "caller_gone")
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ABANDONED)]
    assert [play.floor.seat(n).able_ms for n in (1, 2, 3)] == idle
    assert not play.floor.timers


def test_given_one_answered_when_the_caller_hangs_up_then_it_is_released_and_the_others_stop():
    play = all_at_once(seats=2)
    play(CallQueued("c1"), OfferAnswered("c1.1"), CallerGone("c1"))
    assert play.of(CancelRing) == [CancelRing("c1.2", CancelCause.CALLER_GONE)]
    assert play.of(ReleaseSeat) == [ReleaseSeat("c1.1")]
    rows = {row.offer: dict(row.data) for row in play.recorded("offer.ended")}
    assert rows["c1.1"]["abandoned_at_answer"] is True
    assert "abandoned_at_answer" not in rows["c1.2"]
    assert play.of(CallSettled) == [CallSettled("c1", Outcome.ABANDONED)]


def test_given_one_declines_when_all_ring_then_the_others_ring_on_and_only_that_one_has_a_miss():
    play = all_at_once()
    play(CallQueued("c1"), OfferFailed("c1.2", OfferOutcome.DECLINED))
    assert ended(play) == {"c1.2": "declined"}
    assert [play.state(n) for n in (1, 2, 3)] == ["ringing", "ready", "ringing"]
    assert [play.misses(n) for n in (1, 2, 3)] == [{}, {"declined": 1}, {}]
    play(CallQueued("c2"))
    assert play.rings() == [("c2", 2)], "cooling for c1, free for others"


def test_given_nobody_answers_when_all_rang_their_time_then_each_is_missed_and_the_caller_waits():
    play = all_at_once(seats=2)
    play(CallQueued("c1"), at=5_000)
    play.until(25_000)
    assert ended(play) == {"c1.1": "no_answer", "c1.2": "no_answer"}
    assert (play.floor.call("c1").state.value, play.floor.call("c1").position) == ("waiting", 1)
    play.until(35_000)
    assert sorted(play.rings()) == [("c1", 1), ("c1", 2)]


def test_given_a_ringing_seat_goes_on_break_when_all_ring_then_only_its_phone_stops():
    play = all_at_once(seats=2)
    play(CallQueued("c1"), Break(1, "x"))
    assert play.of(CancelRing) == [CancelRing("c1.1", CancelCause.WITHDRAWN)]
    assert (play.state(1), play.state(2)) == ("break", "ringing")
    play(Ready(1))
    assert play.rings() == [("c1", 1)]


def test_given_someone_comes_back_when_another_has_answered_then_no_phone_is_rung_any_more():
    play = all_at_once(seats=2)
    play(Break(2, "x"), CallQueued("c1"))
    play(OfferAnswered("c1.1"), Ready(2))
    assert play.rings() == []
    play(SeatLegGone("c1.1"))
    assert play.rings() == [("c1", 2)], "now it may"


def test_given_two_callers_when_seats_are_free_then_each_gets_one_before_the_first_gets_more():
    play = Play(seats=3, logged_in=False, strategy=Strategy.RING_ALL)
    play(CallQueued("c1"), CallQueued("c2"))
    for number in (1, 2, 3):
        play(PhoneChanged(number, Phone.REGISTERED))
    play(LogIn(1, "op-1"), LogIn(2, "op-2"), LogIn(3, "op-3"))
    assert play.rings() == [("c1", 1), ("c2", 2), ("c1", 3)]


def test_given_two_who_ring_when_a_seat_becomes_free_then_it_rings_for_the_first_of_them_in_the_queue():
    play = all_at_once()
    play(Break(2, "x"), Break(3, "x"), CallQueued("c1"), CallQueued("c2", priority=1))
    play(Ready(2))
    assert play.rings() == [("c2", 2)], "who waits comes before who rings"
    play(Ready(3))
    assert play.rings() == [("c2", 3)]


def test_given_a_chosen_seat_when_the_supervisor_offers_then_it_rings_alone():
    play = all_at_once()
    play(CallQueued("c1"), OfferFailed("c1.3", OfferOutcome.FAILED), OfferTo("c1", 3))
    withdrawn = CancelCause.WITHDRAWN
    assert play.of(CancelRing) == [CancelRing("c1.1", withdrawn), CancelRing("c1.2", withdrawn)]
    assert play.rings()[-1] == ("c1", 3)
    assert play.floor.callers["c1"].live == ("c1.4",)
    play(OfferFailed("c1.4", OfferOutcome.DECLINED))
    assert play.rings() == [("c1", 1), ("c1", 2)], "then as the strategy has it"


def test_given_ring_all_of_one_line_when_another_rings_one_then_each_its_own_way():
    lines = {"all": LineSettings(strategy=Strategy.RING_ALL)}
    play = Play(seats=3, lines=lines)
    play(CallQueued("m1"), CallQueued("a1", line="all"))
    assert play.rings() == [("m1", 1), ("a1", 2), ("a1", 3)]


def test_given_ring_all_when_switched_to_one_at_a_time_then_those_that_ring_ring_on_and_none_joins():
    play = all_at_once()
    play(LogOut(3), CallQueued("c1"))
    assert play.reconfigure(strategy=Strategy.LONGEST_IDLE) == ()
    play(LogIn(3, "op-3"))
    assert play.rings() == []
    assert (play.state(1), play.state(2)) == ("ringing", "ringing")
    play(OfferFailed("c1.1", OfferOutcome.DECLINED))
    assert play.rings() == []
    play(OfferFailed("c1.2", OfferOutcome.DECLINED))
    assert play.rings() == [("c1", 3)]


def test_given_one_at_a_time_when_switched_to_ring_all_then_the_next_offer_rings_all():
    play = Play(seats=3)
    play(CallQueued("c1"))
    play.reconfigure(strategy=Strategy.RING_ALL)
    assert play.rings() == []
    play(OfferFailed("c1.1", OfferOutcome.DECLINED))
    assert play.rings() == [("c1", 2), ("c1", 3)]


def test_given_ring_all_of_one_line_when_something_else_is_set_then_more_phones_join_still():
    play = Play(seats=2, lines={"all": LineSettings(strategy=Strategy.RING_ALL)})
    play(Break(2, "x"), CallQueued("c1", line="all"))
    play.reconfigure(wrap_up_ms=9_000)
    play(Ready(2))
    assert play.rings() == [("c1", 2)]


def test_given_the_first_who_rings_may_not_have_a_seat_when_it_becomes_free_then_it_rings_for_the_other():
    needs = {"tax": (NeedStep(0, {"tax": 1}),)}
    people = {"op-3": OperatorSettings(skills={"tax": 1})}
    play = all_at_once(needs=needs, operators=people)
    play(Break(2, "x"), CallQueued("c1", need="tax"), CallQueued("c2"))
    assert play.rings() == [("c1", 3), ("c2", 1)]
    play(Ready(2))
    assert play.rings() == [("c2", 2)], "seat 2 knows nothing of taxes"


def test_given_who_waits_may_not_have_a_seat_when_it_becomes_free_then_it_rings_for_who_is_rung_already():
    play = all_at_once(needs={"tax": (NeedStep(0, {"tax": 1}),)})
    play(Break(2, "x"), Break(3, "x"), CallQueued("c1"), CallQueued("c2", need="tax"))
    assert play.rings() == [("c1", 1)]
    play(Ready(2))
    assert play.rings() == [("c1", 2)], "c2 waits for somebody who knows of taxes"


# Progressively


def test_given_ring_progressively_when_nobody_answers_then_one_phone_more_after_each_round():
    play = one_by_one()
    play(CallQueued("c1"), at=5_000)
    assert play.rings() == [("c1", 1)]
    assert play.of(StartTimer) == [StartTimer("ring:c1.1@1", 25_000), StartTimer(play.timer("round"), 9_000)]
    play.until(8_999)
    assert play.rings() == []
    play.until(9_000)
    assert play.rings() == [("c1", 2)]
    assert play.recorded("offer.started")[0].data == {"strategy": "ring_progressively"}
    play.until(13_000)
    assert play.rings() == [("c1", 3)]
    assert [play.state(n) for n in (1, 2, 3)] == ["ringing"] * 3
    play(OfferAnswered("c1.2"), Joined("c1.2"))
    assert play.of(CancelRing) == [CancelRing("c1.1", LOST), CancelRing("c1.3", LOST)]
    assert play.timers("round") == []


def test_given_ring_progressively_when_the_supervisor_chooses_a_seat_then_it_rings_alone_till_it_fails():
    play = one_by_one()
    play(CallQueued("c1"), at=5_000)
    play.until(9_000)
    play(OfferTo("c1", 3), at=10_000)
    assert play.rings() == [("c1", 3)]
    assert play.timers("round") == []
    play.until(29_999)
    assert play.rings() == []
    play.until(30_000)
    assert play.rings() == [("c1", 1)]
    assert play.timers("round") == [34_000]


def test_given_ring_progressively_of_one_line_when_its_rounds_come_then_it_is_the_line_that_counts():
    play = Play(seats=2, lines={"p": LineSettings(strategy=Strategy.RING_PROGRESSIVELY)})
    play(CallQueued("c1", line="p"), at=5_000)
    play.until(10_000)
    assert play.rings() == [("c1", 2)]


def test_given_no_seat_for_the_next_round_when_one_becomes_free_then_it_joins_at_once():
    play = one_by_one(seats=2)
    play(Break(2, "x"), CallQueued("c1"), at=5_000)
    play.until(9_000)
    assert play.rings() == []
    play(Ready(2))
    assert play.rings() == [("c1", 2)]


def test_given_one_declines_when_ringing_progressively_then_the_next_takes_its_turn_at_once():
    play = one_by_one()
    play(CallQueued("c1"), at=5_000)
    play.until(9_000)  # 1 and 2 ring
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), at=9_500)
    assert play.rings() == [("c1", 3)], "two may ring at once by now"


def test_given_the_only_phone_declines_when_ringing_progressively_then_it_begins_with_one_again():
    play = one_by_one()
    play(CallQueued("c1"), at=5_000)
    play(OfferFailed("c1.1", OfferOutcome.DECLINED), at=8_000)
    assert play.rings() == [("c1", 2)]
    assert play.timers("round") == [12_000]
    play.until(12_000)
    assert play.rings() == [("c1", 3)]


def test_given_an_answer_when_the_round_is_over_then_no_phone_joins_and_if_it_drops_one_does_again():
    play = one_by_one()
    play(CallQueued("c1"), at=5_000)
    play(OfferAnswered("c1.1"), at=8_900)
    play.until(9_000)
    assert play.rings() == []
    play(SeatLegGone("c1.1"), at=9_100)
    assert play.rings() == [("c1", 2)]
    play.until(13_100)
    assert play.rings() == [("c1", 3)]


def test_given_the_caller_goes_when_rounds_go_on_then_their_timer_stops():
    play = one_by_one()
    play(CallQueued("c1"), CallerGone("c1"))
    assert not play.floor.timers
    play(CallQueued("c2"), OfferAnswered("c2.1"), Joined("c2.1"), CallerGone("c2"), EndWrapUp(1))
    assert not play.floor.timers


def test_given_ring_progressively_when_switched_to_one_at_a_time_then_no_more_phone_joins():
    play = one_by_one()
    play(CallQueued("c1"), at=5_000)
    play.reconfigure(strategy=Strategy.LONGEST_IDLE)
    play.until(20_000)
    assert play.rings() == []
    assert play.timers("round") == []
