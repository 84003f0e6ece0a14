"""Several lines on the same seats: priority, then weight, then time; and nobody waits for ever."""

from itertools import permutations

from acd.caller import HEAD, HIGHEST
from acd.commands import Record, Ring
from acd.events import CallerGone, CallQueued, EndWrapUp, MoveCaller, OfferFailed
from acd.settings import LineSettings
from acd.types import OfferOutcome
from tests.unit.acd.floor_play import Play

LINES = {
    "high": LineSettings(priority=5),
    "main": LineSettings(),
    "heavy": LineSettings(weight_ms=60_000),
}


def busy(**settings) -> Play:
    """The only seat talks."""
    return Play(seats=1, lines=LINES, wrap_up_ms=0, **settings).talking()


def test_given_lines_of_other_priority_when_callers_wait_then_the_higher_first_whenever_it_came():
    play = busy()
    play(CallQueued("m1"), CallQueued("h1", line="high"), CallQueued("m2"), CallQueued("h2", line="high"))
    assert play.order() == ["h1", "h2", "m1", "m2"]
    assert [view.priority for view in play.floor.waiting()] == [5, 5, 0, 0]
    assert play.recorded("call.queued")[1].data["position"] == 1


def test_given_three_lines_when_a_seat_becomes_free_then_the_first_of_all_in_whatever_order_they_came():
    for calls in permutations(("main", "heavy", "high")):
        play = busy()
        for line in calls:
            play(CallQueued(f"of {line}", line=line))
        play(CallerGone("c1"))
        assert play.rings() == [("of high", 1)]
        play(CallerGone("of high"))
        assert play.rings() == [("of heavy", 1)]


def test_given_the_head_of_a_line_still_cools_when_a_seat_becomes_free_then_the_next_of_all_not_of_its_line():
    play = Play(seats=1, wrap_up_ms=0)
    play(CallQueued("b1", line="b"), OfferFailed("b1.1", OfferOutcome.DECLINED))
    play.talk("t")
    play(CallQueued("a2", line="a"), CallQueued("b3", line="b"), CallQueued("d4", line="d"))
    for groups in permutations(play.floor.queue.groups.items()):
        other = play.floor.copy()
        other.queue.groups = {pool: list(places) for pool, places in groups}
        rung = [c.call for c in other.apply(CallerGone("t"), play.now_ms) if isinstance(c, Ring)]
        assert rung == ["a2"], groups


def test_given_a_caller_with_a_priority_when_queued_then_it_is_added_to_the_lines():
    play = busy()
    play(
        CallQueued("h1", line="high"), CallQueued("m1", priority=6), CallQueued("h2", line="high", priority=1)
    )
    assert play.order() == ["m1", "h2", "h1"]
    assert play.floor.call("m1").priority == play.floor.call("h2").priority == 6
    play(CallQueued("low", line="high", priority=-6))
    assert play.order()[-1] == "low"


def test_given_a_weight_when_callers_wait_then_they_count_as_having_come_so_much_earlier():
    play = busy()
    play(CallQueued("m1"), at=100_000)
    play(CallQueued("x1", line="heavy"), at=159_999)
    play(CallQueued("m2"), at=99_990)
    assert play.order() == ["m2", "x1", "m1"]
    play(CallQueued("x2", line="heavy"), at=160_000)
    assert play.order() == ["m2", "x1", "m1", "x2"], "the same moment: by arrival"
    assert play.floor.call("x1").queued_ms == 159_999, "and waits from when it came"


def test_given_an_unknown_line_when_a_caller_comes_then_the_defaults_are_its():
    play = busy()
    play(CallQueued("u1", line="unknown"))
    view = play.floor.call("u1")
    assert (view.line, view.priority) == ("unknown", 0)


def test_given_a_stream_of_high_callers_when_fair_after_has_passed_then_the_low_one_is_first():
    play = busy(fair_after_ms=60_000)
    play(CallQueued("low"), at=10_000)
    served = []
    now = 10_000
    for n in range(20):
        now += 5_000
        play.until(now)
        play(CallQueued(f"h{n}", line="high"), at=now)
        talking = next(o.call for o in play.floor.offers.values())
        play(CallerGone(talking), at=now)
        served += [call for call, _ in play.rings()]
    assert "low" in served
    assert served.index("low") == 11, "the first seat after 70 s"
    assert served[:11] == [f"h{n}" for n in range(11)]


def test_given_fair_after_when_the_time_has_come_then_moved_to_the_head_and_recorded():
    play = busy(fair_after_ms=60_000)
    play(CallQueued("h1", line="high", priority=99), at=11_000)
    play(CallQueued("low"), at=12_000)
    assert play.timers("fair") == [71_000, 72_000]
    play(CallQueued("h2", line="high"), at=20_000)
    play.until(71_999)
    assert play.order() == ["h1", "h2", "low"]
    play.until(72_000)
    moved = {"why": "fair", "position": 2, "place": [HEAD, 12_000, 2]}
    assert play.last == (Record("call.moved", "low", data=moved),)
    assert play.order() == ["h1", "low", "h2"], "among those before every priority: by time"
    assert play.floor.call("low").priority == HIGHEST, "as people read it"


def test_given_fair_after_is_off_when_time_passes_then_no_timer_and_no_move():
    play = busy()
    play(CallQueued("low"), CallQueued("h1", line="high"))
    assert not play.timers("fair")


def test_given_fair_after_when_it_is_changed_or_put_off_then_it_counts_for_who_waits_already():
    play = busy(fair_after_ms=60_000)
    play(CallQueued("low"), at=10_000)
    play.reconfigure(fair_after_ms=90_000)
    assert play.timers("fair") == [100_000]
    play.reconfigure(fair_after_ms=0)
    assert play.timers("fair") == []
    play.until(500_000)
    assert play.floor.call("low").priority == 0


def test_given_a_caller_who_is_served_or_gone_when_fair_would_come_then_its_clock_has_stopped():
    play = busy(fair_after_ms=60_000)
    play(CallQueued("c2"), CallerGone("c2"))
    play(CallQueued("c3"), CallerGone("c1"))
    assert play.rings() == [("c3", 1)]
    assert len(play.timers("fair")) == 1
    play(CallerGone("c3"))
    assert not play.floor.timers


def test_given_a_recovered_caller_when_it_has_waited_long_enough_then_it_is_moved_at_once():
    play = busy(fair_after_ms=60_000)
    play(CallQueued("h1", line="high"), at=99_000)
    play(CallQueued("low", queued_ms=10_000), at=100_000)
    assert play.timers("fair")[0] == 100_000
    play.until(100_000)
    assert play.order() == ["low", "h1"]


def test_given_who_comes_before_every_priority_when_put_behind_by_hand_then_the_hand_wins():
    play = busy(fair_after_ms=10_000)
    play(CallQueued("low"), at=10_000)
    play(CallQueued("h1", line="high"), at=19_000)
    play.until(20_000)
    assert play.order() == ["low", "h1"]
    play(MoveCaller("low", 2))
    assert play.order() == ["h1", "low"]
    assert play.floor.call("low").priority == 5


def test_given_a_phone_rings_when_fair_comes_then_the_place_changes_and_the_phone_rings_on():
    play = Play(seats=1, lines=LINES, fair_after_ms=5_000)
    play(CallQueued("low"), at=10_000)
    play(CallQueued("h1", line="high"), at=11_000)
    assert play.order() == ["h1", "low"]
    play.until(15_000)
    assert play.order() == ["low", "h1"]
    assert play.state(1) == "ringing"


def test_given_new_priorities_when_reconfigured_then_they_hold_for_who_comes():
    play = busy()
    play(CallQueued("h1", line="high"), CallQueued("m1"))
    play.reconfigure(lines={"main": LineSettings(priority=9)})
    assert play.order() == ["h1", "m1"]
    play(CallQueued("m2"))
    assert play.order() == ["m2", "h1", "m1"]


def test_given_the_same_arrivals_when_played_on_many_lines_then_a_total_order_of_priority_weight_and_time():
    play = busy()
    arrivals = [
        ("m", "main", 50),
        ("h", "high", 60),
        ("x", "heavy", 100),
        ("m'", "main", 101),
        ("h'", "high", 55),
    ]
    for call, line, at in arrivals:
        play(CallQueued(call, line=line), at=at * 1_000)
    assert play.order() == ["h'", "h", "x", "m", "m'"]
    play(CallerGone("c1"))
    order = []
    for _ in range(5):
        call, _seat = play.rings()[0]
        order.append(call)
        play(CallerGone(call))
    assert order == ["h'", "h", "x", "m", "m'"]
    play(EndWrapUp(1))
    assert play.refused() == ["not_in_wrap_up"]
