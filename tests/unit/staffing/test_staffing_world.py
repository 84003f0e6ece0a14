"""The world around the floor: the same seed gives the same run, and no call is lost in any."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from acd import FloorSettings
from acd.events import Break, LogIn, LogOut
from acd.settings import Destination, LineSettings, OverflowRule
from acd.types import OverflowCause, SeatState, Strategy, Toward
from staffing.chance import Distribution
from staffing.demand import Call, Curve, People
from staffing.estimate import Figures, figures
from staffing.habits import Habits
from staffing.plan import Plan, simulate, tallies, with_wrap_up
from staffing.roster import PlannedBreak, Shifts, all_day
from staffing.tables import clock_ms
from staffing.world import ImpossibleError, World

TALK = Distribution("exponential", 300.0)
PEOPLE = People(TALK, Distribution("exponential", 180.0))
HABITS = Habits(Distribution("constant", 5.0))
FLOOR = FloorSettings(seats=(1,), wrap_up_ms=30_000)
STEADY = Plan(FLOOR, PEOPLE, HABITS, seed=1, per_hour=75, count=900)
DAY = Plan(
    FLOOR, PEOPLE, HABITS, seed=1, curve=Curve(clock_ms("08:30"), (20.0,) * 4, clock_ms("10:15")), days=4
)


def in_sum(shown: Figures) -> int:
    return sum(shown.terms.values())


def test_given_a_seed_when_played_twice_then_everything_is_the_same() -> None:
    assert simulate(STEADY, 7) == simulate(STEADY, 7)
    assert simulate(DAY, 7) == simulate(DAY, 7)


def test_given_another_seed_when_played_then_the_run_is_another() -> None:
    other = Plan(FLOOR, PEOPLE, HABITS, seed=2, per_hour=75, count=900)
    assert simulate(STEADY, 7).wait.value != simulate(other, 7).wait.value


def test_given_the_same_calls_when_there_are_more_seats_then_more_are_answered() -> None:
    rates = [simulate(STEADY, seats).answer_rate.value or 0 for seats in (4, 6, 8, 12)]
    assert rates == sorted(rates)
    assert rates[-1] > 0.96  # a few lose patience while the phone rings


chances = st.one_of(
    st.builds(Distribution, st.just("constant"), st.sampled_from([0.0, 3.0, 19.0])),
    st.builds(Distribution, st.just("exponential"), st.floats(0.5, 30)),
)


@settings(max_examples=30, deadline=None)
@given(
    strategy=st.sampled_from(Strategy),
    seats=st.integers(1, 6),
    per_hour=st.floats(5, 400),
    patience=st.one_of(st.none(), st.floats(1, 300)),
    pick_up=chances,
    wrap_up=st.one_of(st.none(), chances),
    breaks=st.sampled_from([0.0, 0.2, 0.6]),
    seed=st.integers(0, 1000),
    full=st.integers(0, 5),
)
def test_given_any_day_when_played_then_no_call_and_no_seat_time_is_lost(
    strategy: Strategy,
    seats: int,
    per_hour: float,
    patience: float | None,
    pick_up: Distribution,
    wrap_up: Distribution | None,
    breaks: float,
    seed: int,
    full: int,
) -> None:
    rule = OverflowRule(OverflowCause.QUEUE_FULL, full, Destination(Toward.HANG_UP))
    lines = {"main": LineSettings(overflow=(rule,) if full else ())}
    floor = FloorSettings(seats=(1,), strategy=strategy, lines=lines, ring_time_ms=20_000)
    ended_by = None
    if wrap_up is not None:
        floor, ended_by = with_wrap_up(floor, wrap_up)
    people = People(TALK, None if patience is None else Distribution("exponential", patience))
    habits = Habits(pick_up, ended_by, breaks, 120_000)
    curve = Curve.flat(per_hour, clock_ms("09:00"), clock_ms("10:15"))
    plan = Plan(floor, people, habits, seed=seed, curve=curve, days=2)
    for tally in tallies(plan, seats):
        assert tally.holds
        assert tally.still_waiting == 0
        assert sum(tally.terms().values()) == tally.queued
        assert tally.contact_ms + tally.idle_ms <= tally.staffed_ms <= tally.span_ms * seats
        assert min([0, *tally.waits, *tally.given_up]) == 0


def test_given_a_full_queue_rule_when_overloaded_then_overflowed_calls_are_a_term_of_their_own() -> None:
    rule = OverflowRule(OverflowCause.QUEUE_FULL, 2, Destination(Toward.HANG_UP))
    floor = FloorSettings(seats=(1,), lines={"main": LineSettings(overflow=(rule,))})
    shown = simulate(Plan(floor, PEOPLE, HABITS, seed=1, per_hour=200, count=900), 5)
    assert shown.terms["overflowed"] > 100
    assert shown.holds
    assert in_sum(shown) == shown.queued


CHOICE = OverflowRule(OverflowCause.WAITED, 60_000, Destination(Toward.CHOICE))
ENDURING = People(TALK, Distribution("exponential", 3000.0), callback=0.5, reached=0.8)


def test_given_callers_who_choose_to_be_called_back_when_played_then_their_callbacks_are_made() -> None:
    floor = FloorSettings(seats=(1,), lines={"main": LineSettings(overflow=(CHOICE,))})
    plan = Plan(floor, ENDURING, HABITS, seed=1, per_hour=90, count=1800)
    shown = simulate(plan, 7)
    asked = shown.terms["callback"]
    assert shown.holds
    assert asked > 100
    assert sum(shown.callbacks.values()) == asked, "each has an end"
    assert shown.callbacks["unreached"] / asked == pytest.approx(0.2**3, abs=0.02), "three attempts"
    assert simulate(replace(plan, people=replace(ENDURING, reached=0.0)), 7).callbacks["reached"] == 0


def test_given_a_choice_that_nobody_takes_when_played_then_all_wait_on() -> None:
    floor = FloorSettings(seats=(1,), lines={"main": LineSettings(overflow=(CHOICE,))})
    patient = replace(ENDURING, callback=0.0)
    shown = simulate(Plan(floor, patient, HABITS, seed=1, per_hour=90, count=900), 7)
    assert (shown.terms["callback"], sum(shown.callbacks.values())) == (0, 0)


def test_given_two_lines_when_played_then_each_has_its_share_and_its_own_figures() -> None:
    lines = {"main": LineSettings(), "cards": LineSettings(priority=5)}
    people = replace(PEOPLE, lines=(("main", 3.0), ("cards", 1.0)))
    floor = FloorSettings(seats=(1,), lines=lines)
    shown = simulate(Plan(floor, people, HABITS, seed=1, per_hour=90, count=3000), 6)
    main, cards = shown.lines["main"], shown.lines["cards"]
    assert [one.holds for one in (shown, main, cards)] == [True] * 3
    assert main.queued + cards.queued == shown.queued
    assert main.terms["answered"] + cards.terms["answered"] == shown.terms["answered"]
    assert cards.queued / shown.queued == pytest.approx(0.25, abs=0.03)
    assert (cards.wait.value or 0) < (main.wait.value or 0) * 0.8, "it comes first"


def test_given_one_line_when_played_then_it_has_no_figures_of_its_own_and_the_calls_are_as_ever() -> None:
    assert simulate(STEADY, 7).lines == {}
    named = replace(STEADY, people=replace(PEOPLE, lines=(("main", 7.0),)))
    assert simulate(named, 7) == simulate(STEADY, 7)


def test_given_breaks_as_a_share_when_played_then_about_that_share_is_spent_on_them() -> None:
    habits = Habits(HABITS.pick_up, None, 0.25, 600_000)
    quiet = Plan(FLOOR, PEOPLE, habits, seed=1, per_hour=20, count=3000)
    whole = simulate(quiet, 6)
    all_there = simulate(Plan(FLOOR, PEOPLE, HABITS, seed=1, per_hour=20, count=3000), 6)
    # 20 calls an hour of 330 s keep 1.83 of the 4.5 seats busy that are not on a break.
    assert whole.occupancy.value == pytest.approx(1.83 / 4.5, abs=0.04)
    assert all_there.occupancy.value == pytest.approx(1.83 / 6, abs=0.03)


def test_given_wrap_up_by_the_operator_when_played_then_its_mean_is_the_one_asked_for() -> None:
    floor, ended_by = with_wrap_up(FLOOR, Distribution("exponential", 60.0))
    by_hand = simulate(
        Plan(floor, PEOPLE, Habits(HABITS.pick_up, ended_by), seed=1, per_hour=40, count=6000), 9
    )
    floor, ended_by = with_wrap_up(FLOOR, Distribution("constant", 60.0))
    assert ended_by is None
    by_timer = simulate(Plan(floor, PEOPLE, HABITS, seed=1, per_hour=40, count=6000), 9)
    assert by_hand.occupancy.value == pytest.approx(by_timer.occupancy.value, rel=0.03)


def test_given_shifts_when_played_then_so_many_are_there_in_each_half_hour() -> None:
    shifts = Shifts(clock_ms("08:30"), (2, 6, 6, 4))
    shown = simulate(DAY, shifts)
    # The last half hour's people stay until the last call is over.
    assert shown.seats == pytest.approx((2 + 6 + 6 + 4) / 4, abs=0.4)
    assert shown.holds
    assert (simulate(DAY, shifts.plus(2)).answer_rate.value or 0) > (shown.answer_rate.value or 0)


def test_given_a_planned_break_when_played_then_it_begins_and_ends_as_planned() -> None:
    plan = Plan(FLOOR, PEOPLE, HABITS, seed=1, curve=DAY.curve, days=1)
    breaks = (PlannedBreak(1, clock_ms("09:00"), clock_ms("10:00")),)
    with_break = Plan(FLOOR, PEOPLE, HABITS, seed=1, curve=DAY.curve, days=1, breaks=breaks)
    assert (simulate(with_break, 3).answer_rate.value or 0) < (simulate(plan, 3).answer_rate.value or 0)


def test_given_an_operator_who_does_not_pick_up_when_misses_bring_a_break_then_work_goes_on_later() -> None:
    never = Habits(Distribution("constant", 25.0))
    world = World(
        FloorSettings(seats=(1,), ring_time_ms=20_000, max_misses=1),
        [Call(1_000, 60_000, 600_000, "a")],
        all_day([1], ["op"], 0),
        never,
        seed=1,
    )
    (tally,) = world.run()
    assert tally.abandoned == 1
    seat = world.floor.seat(1)
    assert seat is not None
    assert seat.state in (SeatState.READY, SeatState.BREAK)
    # Rung again after each minute on break: 600 s hold eight rings of 20 s and the pauses between.
    assert tally.staffed_ms >= 600_000


def test_given_nobody_when_callers_wait_for_ever_then_the_run_ends_and_says_so() -> None:
    (tally,) = World(FLOOR, [Call(0, 1000, -1, "a")], [], HABITS, seed=1).run()
    assert tally.still_waiting == 1
    assert tally.holds


def test_given_an_operator_still_in_a_talk_when_the_next_one_comes_then_the_next_one_waits() -> None:
    roster = [*all_day([1], ["first"], 0), (10_000, LogOut(1)), (10_000, LogIn(1, "second"))]
    world = World(FLOOR, [Call(0, 60_000, -1, "a"), Call(5_000, 1_000, -1, "b")], roster, HABITS, seed=1)
    (tally,) = world.run()
    assert tally.answered == 2
    assert tally.waits == [5_000, 65_000]


def test_given_what_the_floor_refuses_when_played_then_it_is_a_fault_and_not_a_figure() -> None:
    with pytest.raises(ImpossibleError):
        World(FLOOR, [], [(0, LogIn(9, "op")), (1, Break(9, "1"))], HABITS, seed=1).run()


def test_given_no_call_at_all_when_counted_then_nothing_is_divided_by_zero() -> None:
    shown = figures(World(FLOOR, [], all_day([1], ["op"], 0), HABITS, seed=1).run())
    assert shown.answer_rate.value is None
    assert shown.to_json()["asa_s"] == {"value": None, "low": None, "high": None}
