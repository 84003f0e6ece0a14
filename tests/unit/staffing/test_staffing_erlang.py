"""Where callers come by Poisson, talk and wait exponentially, the floor must be Erlang's queue."""

from __future__ import annotations

import pytest

from acd import FloorSettings
from staffing.chance import Distribution
from staffing.demand import People
from staffing.estimate import Estimate, Figures
from staffing.habits import Habits
from staffing.plan import Plan, simulate
from tests.unit.staffing.erlang import erlang_a, erlang_b, erlang_c, erlang_c_within

SERVICE_S = 300.0
AT_ONCE = Habits(Distribution("constant", 0.0))


def play(per_hour: float, seats: int, patience_s: float | None, calls: int, seed: int = 3) -> Figures:
    patience = None if patience_s is None else Distribution("exponential", patience_s)
    settings = FloorSettings(seats=(1,), wrap_up_ms=0)
    people = People(Distribution("exponential", SERVICE_S), patience)
    return simulate(Plan(settings, people, AT_ONCE, seed, per_hour=per_hour, count=calls), seats)


def agrees(seen: Estimate, formula: float, scale: float = 1.0) -> None:
    assert seen.value is not None
    assert seen.error is not None
    assert abs(seen.value / scale - formula) <= 3 * seen.error / scale, (seen, formula)


def erlang_a_holds(calls: int, per_hour: float, seats: int, patience_s: float) -> None:
    figures = play(per_hour, seats, patience_s, calls)
    queue = erlang_a(seats, per_hour / 3600, SERVICE_S, patience_s)
    agrees(figures.abandon_rate, queue.abandoned)
    agrees(figures.answer_rate, 1 - queue.abandoned)
    agrees(figures.waited_at_all, queue.waits)
    agrees(figures.wait_of_all, queue.wait_s, 1000)
    agrees(figures.occupancy, queue.occupancy)
    assert figures.holds


def erlang_c_holds(calls: int, per_hour: float, seats: int) -> None:
    figures = play(per_hour, seats, None, calls)
    queue = erlang_c(seats, per_hour / 3600, SERVICE_S)
    agrees(figures.waited_at_all, queue.waits)
    agrees(figures.wait, queue.wait_s, 1000)
    agrees(figures.occupancy, queue.occupancy)
    agrees(figures.service_level, erlang_c_within(seats, per_hour / 3600, SERVICE_S, 20))
    assert figures.terms["answered"] == figures.queued >= calls
    assert figures.holds


def test_given_the_oracle_when_compared_with_known_values_then_it_is_right() -> None:
    # Erlang B of 10 erlangs on 10 and of 1 on 1; C from B; A is C when nobody ever loses patience.
    assert erlang_b(10, 10.0) == pytest.approx(0.214582, abs=1e-6)
    assert erlang_b(1, 1.0) == 0.5
    assert erlang_c(1, 0.5, 1.0).waits == pytest.approx(0.5)
    assert erlang_c(1, 0.5, 1.0).wait_s == pytest.approx(1.0)
    patient = erlang_a(8, 75 / 3600, SERVICE_S, 1e9)
    endless = erlang_c(8, 75 / 3600, SERVICE_S)
    assert patient.waits == pytest.approx(endless.waits, rel=1e-4)
    assert patient.wait_s == pytest.approx(endless.wait_s, rel=1e-3)


@pytest.mark.parametrize(("per_hour", "seats"), [(60, 7), (30, 4)])
def test_given_patient_callers_when_simulated_then_erlang_c_holds(per_hour: float, seats: int) -> None:
    erlang_c_holds(9_000, per_hour, seats)


@pytest.mark.parametrize(("per_hour", "seats", "patience_s"), [(75, 7, 180), (100, 5, 60), (40, 7, 600)])
def test_given_callers_who_hang_up_when_simulated_then_erlang_a_holds(
    per_hour: float, seats: int, patience_s: float
) -> None:
    erlang_a_holds(6_000, per_hour, seats, patience_s)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("per_hour", "seats"), [(60, 7), (30, 4), (72, 7)])
def test_given_200000_patient_callers_when_simulated_then_erlang_c_holds(per_hour: float, seats: int) -> None:
    erlang_c_holds(200_000, per_hour, seats)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("per_hour", "seats", "patience_s"), [(75, 7, 180), (100, 5, 60), (40, 7, 600)])
def test_given_200000_callers_who_hang_up_when_simulated_then_erlang_a_holds(
    per_hour: float, seats: int, patience_s: float
) -> None:
    erlang_a_holds(200_000, per_hour, seats, patience_s)
