"""The order in which free seats are rung, by strategy; each switchable while calls are in progress."""

import pytest

from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    Joined,
    LogIn,
    LogOut,
    OfferAnswered,
    OfferFailed,
    PhoneChanged,
    Ready,
    SeatLegGone,
    TimerFired,
)
from acd.pools import KEYS, scattered
from acd.settings import LineSettings
from acd.types import OfferOutcome, Phone, Strategy
from tests.unit.acd.floor_play import Play

ONE_BY_ONE = [s for s in Strategy if s not in (Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY)]


def shift(strategy: Strategy, seats: int = 3, **settings) -> Play:
    """Seats 1 to n become ready in the order n, n-1, ... 1."""
    play = Play(seats=seats, logged_in=False, strategy=strategy, wrap_up_ms=0, **settings)
    for number in range(seats, 0, -1):
        play(PhoneChanged(number, Phone.REGISTERED), LogIn(number, f"op-{number}"))
    return play


def serve(play: Play, call: str, talk_ms: int = 10) -> int:
    """One call from its entry to its end; which seat took it."""
    play(CallQueued(call))
    view = play.floor.call(call)
    play(OfferAnswered(view.offer), Joined(view.offer))
    play(CallerGone(call), at=play.now_ms + talk_ms)
    return view.seat


def test_given_longest_idle_when_calls_come_then_who_has_been_ready_longest():
    play = shift(Strategy.LONGEST_IDLE)
    assert [serve(play, f"c{n}") for n in range(5)] == [3, 2, 1, 3, 2]
    play(Break(1, "x"), Ready(1))
    assert [serve(play, f"d{n}") for n in range(3)] == [3, 2, 1]


def test_given_longest_idle_when_times_are_equal_then_by_number():
    play = Play(seats=3, logged_in=False)
    for number in (3, 1, 2):
        play(PhoneChanged(number, Phone.REGISTERED), LogIn(number, f"op-{number}"), at=5_000)
    play(CallQueued("c1"), CallQueued("c2"), CallQueued("c3"))
    assert play.rings() == [("c1", 1), ("c2", 2), ("c3", 3)]


def test_given_round_robin_when_calls_come_then_who_was_rung_longest_ago_whoever_is_idle_longest():
    play = shift(Strategy.ROUND_ROBIN)
    assert [serve(play, f"c{n}") for n in range(4)] == [1, 2, 3, 1]
    play(CallQueued("d1"), OfferFailed("d1.1", OfferOutcome.FAILED))  # 2 was rung, 3 rings now
    assert play.rings()[-1] == ("d1", 3)
    play(CallerGone("d1"))
    assert serve(play, "d2") == 1


def test_given_fewest_calls_when_calls_come_then_who_has_answered_the_fewest_since_log_in():
    play = shift(Strategy.FEWEST_CALLS)
    assert [serve(play, f"c{n}") for n in range(4)] == [1, 2, 3, 1]
    play(CallQueued("d1"), OfferFailed("d1.1", OfferOutcome.DECLINED), CallerGone("d1"))
    assert serve(play, "d2") == 2, "a call that was only offered does not count"
    play(LogOut(1), LogIn(1, "op-1"))
    assert play.floor.seat(1).answered == 0
    assert serve(play, "d3") == 1


def test_given_least_talk_when_calls_come_then_who_has_talked_least_since_log_in():
    play = shift(Strategy.LEAST_TALK)
    assert serve(play, "c1", talk_ms=90_000) == 1
    assert serve(play, "c2", talk_ms=30_000) == 2
    assert serve(play, "c3", talk_ms=60_000) == 3
    assert [play.floor.seat(n).talked_ms for n in (1, 2, 3)] == [90_000, 30_000, 60_000]
    assert serve(play, "c4", talk_ms=31_000) == 2
    assert serve(play, "c5") == 3
    play(LogOut(1), LogIn(1, "op-1"))
    assert play.floor.seat(1).talked_ms == 0
    assert serve(play, "c6") == 1


def test_given_linear_when_calls_come_then_always_from_the_top_of_the_list():
    play = Play(seats=3, strategy=Strategy.LINEAR, wrap_up_ms=0)
    assert [serve(play, f"c{n}") for n in range(3)] == [1, 1, 1]
    play.reconfigure(seats=(2, 3, 1))
    assert [serve(play, f"d{n}") for n in range(3)] == [2, 2, 2]
    play(CallQueued("e1"), CallQueued("e2"), CallQueued("e3"))
    assert play.rings() == [("e1", 2), ("e2", 3), ("e3", 1)]


def test_given_least_talk_when_a_talk_has_taken_no_time_then_nothing_is_counted():
    play = shift(Strategy.LEAST_TALK, seats=2)
    play.talk("c1")
    play(CallerGone("c1"), at=play.now_ms)
    play(CallQueued("c2"))
    assert play.rings() == [("c2", 1)], "both have talked for no time: by number"


def test_given_random_when_played_again_then_the_same_and_with_another_seed_another():
    def taken(seed: int) -> list[int]:
        play = shift(Strategy.RANDOM, seed=seed)
        return [serve(play, f"c{n}") for n in range(30)]

    first = taken(1)
    assert first == taken(1)
    assert first != taken(2)
    assert all(5 <= first.count(number) <= 15 for number in (1, 2, 3)), first


def test_given_random_on_one_line_when_two_seats_are_free_then_drawn_there_and_longest_idle_elsewhere():
    play = shift(Strategy.LONGEST_IDLE, seats=2, lines={"r": LineSettings(strategy=Strategy.RANDOM)})

    def taken(line: str) -> str:
        seats = ""
        for _ in range(24):
            call = f"c{play.floor.arrivals}"
            play(CallQueued(call, line=line))
            view = play.floor.call(call)
            seats += str(view.seat)
            play(OfferAnswered(view.offer), Joined(view.offer), CallerGone(call))
        return seats

    drawn = taken("r")
    assert "11" in drawn
    assert "22" in drawn
    assert taken("main")[1:] in "1212" * 9


def test_given_random_when_a_seat_does_not_answer_then_another_is_drawn_and_never_the_same_again():
    play = shift(Strategy.RANDOM, seats=9)
    play(CallQueued("c1"))
    rung = []
    for n in range(1, 9):
        rung.append(play.rings()[0][1])
        play(OfferFailed(f"c1.{n}", OfferOutcome.DECLINED))
    rung.append(play.rings()[0][1])
    assert sorted(rung) == list(range(1, 10))
    assert rung != sorted(rung)


def test_given_random_when_drawn_often_then_every_seat_has_its_share():
    wins = [0, 0, 0]
    for arrival in range(3_000):
        wins[scattered(7, arrival, 0) % 3] += 1
    assert all(900 < n < 1_100 for n in wins), wins


def test_given_numbers_from_the_generator_when_compared_with_splitmix64_then_the_same():
    assert scattered(1, 0, 0) == 0xE220A8397B1DCDAF, "the generator's first number from seed 0"
    assert scattered(2, 0, 0) == 0x6E789E6AA1B965F4, "and its second"
    assert scattered(0, 0, 0) == 0
    assert (scattered(0, 1, 0), scattered(0, 0, 1)) == (0xF2FEA5823ED3A667, 0x2848D6A4A7B28BC1), "for ever"
    values = {scattered(s, n, t) for s in range(3) for n in range(3) for t in range(3)}
    assert len(values) == 27
    assert all(0 <= value < 1 << 64 for value in values)


def test_given_the_strategies_when_counted_then_each_has_a_key():
    assert set(KEYS) == set(Strategy)


@pytest.mark.parametrize("strategy", Strategy)
def test_given_a_talk_in_progress_when_the_strategy_changes_then_it_goes_on_and_the_next_obeys(strategy):
    play = shift(Strategy.LONGEST_IDLE)
    serve(play, "c0", talk_ms=500)  # by 3: the last idle now, one call, some talk, last rung
    play(CallQueued("c1"), OfferAnswered("c1.1"), Joined("c1.1"))  # by 2
    timers = dict(play.floor.timers)
    assert play.reconfigure(strategy=strategy) == ()
    assert play.floor.timers == timers
    assert play.state(2) == "talking"
    play(CallQueued("c2"))
    assert play.recorded("offer.started")[0].data == {"strategy": strategy.value}
    seat = play.floor.call("c2").seat
    if strategy is Strategy.RANDOM:
        assert seat == (1, 3)[scattered(0, 2, 0) % 2], "the third caller's first offer"
    else:
        assert seat == 1
    assert len(play.rings()) == (2 if strategy is Strategy.RING_ALL else 1)


@pytest.mark.parametrize("strategy", ONE_BY_ONE)
def test_given_a_strategy_that_rings_one_at_a_time_when_a_caller_waits_then_one_phone(strategy):
    play = shift(strategy)
    play(CallQueued("c1"))
    assert len(play.rings()) == 1
    play(TimerFired(play.timer("ring")))
    assert len(play.rings()) == 1
    assert play.timers("round") == []


@pytest.mark.parametrize("strategy", Strategy)
def test_given_any_strategy_when_more_callers_come_than_seats_then_all_are_served_in_their_order(strategy):
    play = shift(strategy)
    for n in range(6):
        play(CallQueued(f"c{n}"))
    served = []
    while play.floor.callers:
        offers = [o.id for o in play.floor.offers.values()]
        offer = min(offers, key=lambda offer: play.floor.callers[play.floor.offers[offer].call].place)
        call = play.floor.offers[offer].call
        play(OfferAnswered(offer), Joined(offer), SeatLegGone(offer))
        served.append(call)
    assert served == [f"c{n}" for n in range(6)]
    assert not play.floor.timers


def test_given_two_lines_when_each_has_its_strategy_then_each_is_obeyed_on_the_same_seats():
    lines = {"a": LineSettings(strategy=Strategy.LINEAR), "b": LineSettings()}
    play = shift(Strategy.FEWEST_CALLS, lines=lines)
    play(CallQueued("a1", line="a"))
    assert play.recorded("offer.started")[0].data["strategy"] == "linear"
    assert play.rings() == [("a1", 1)]
    play(OfferAnswered("a1.1"), Joined("a1.1"), CallerGone("a1"), EndWrapUp(1))
    play(CallQueued("a2", line="a"), CallerGone("a2"), CallQueued("b1", line="b"))
    assert play.rings() == [("a2", 1), ("b1", 2)]
    assert play.recorded("offer.started")[1].data["strategy"] == "fewest_calls"


@pytest.mark.parametrize("strategy", Strategy)
def test_given_a_failed_offer_when_the_next_seat_is_chosen_then_an_untried_one_before_a_tried_one(strategy):
    play = shift(strategy, seats=2, max_misses=9)
    play(CallQueued("c1"))
    if strategy is Strategy.RING_ALL:
        assert sorted(play.rings()) == [("c1", 1), ("c1", 2)]
        return
    (first,) = [seat for _, seat in play.rings()]
    play(OfferFailed("c1.1", OfferOutcome.DECLINED))
    assert play.rings() == [("c1", 3 - first)]
    play(OfferFailed("c1.2", OfferOutcome.DECLINED))
    assert play.rings() == [], "both cool down"
