"""Erlang's formulas, written from their sources: the oracle of the simulator's tests, and of nothing else.

Erlang C (M/M/n): A. K. Erlang 1917, as in Gans, Koole, Mandelbaum, "Telephone Call Centers: Tutorial, Review,
and Research Prospects", M&SOM 5(2), 2003, §4.2.1; Erlang B by the recursion of the same text.
Erlang A (M/M/n+M): C. Palm 1957, as in Mandelbaum, Zeltyn, "Service Engineering in Action: The Palm/Erlang-A
Queue", 2007, §2: a birth-death process with births at rate L, deaths at rate min(j, n) M + max(j - n, 0) T.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp


@dataclass(frozen=True)
class Queue:
    """Steady state. waits: share of callers who wait; wait_s: mean of all; abandoned: share."""

    waits: float
    wait_s: float
    abandoned: float
    occupancy: float


def erlang_b(seats: int, load: float) -> float:
    blocked = 1.0
    for n in range(1, seats + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(seats: int, per_s: float, service_s: float) -> Queue:
    load = per_s * service_s
    assert load < seats, "there is no steady state"
    blocked = erlang_b(seats, load)
    used = load / seats
    waits = blocked / (1 - used * (1 - blocked))
    return Queue(waits, waits * service_s / (seats - load), 0.0, used)


def erlang_c_within(seats: int, per_s: float, service_s: float, within_s: float) -> float:
    """Share answered within so long: 1 - C exp(-(n M - L) t)."""
    waits = erlang_c(seats, per_s, service_s).waits
    return 1 - waits * exp(-(seats / service_s - per_s) * within_s)


def erlang_a(seats: int, per_s: float, service_s: float, patience_s: float) -> Queue:
    weight, weights = 1.0, [1.0]
    for number in range(1, 100_000):
        waiting = max(0, number - seats)
        weight *= per_s / (min(number, seats) / service_s + waiting / patience_s)
        weights.append(weight)
        if number > seats and weight < 1e-15 * max(weights):
            break
    total = sum(weights)
    chances = [one / total for one in weights]
    in_queue = sum((number - seats) * p for number, p in enumerate(chances) if number > seats)
    abandoned = in_queue / patience_s / per_s
    return Queue(
        waits=sum(chances[seats:]),  # arrivals see time averages (PASTA)
        wait_s=in_queue / per_s,  # Little's law
        abandoned=abandoned,
        occupancy=per_s * (1 - abandoned) * service_s / seats,
    )
