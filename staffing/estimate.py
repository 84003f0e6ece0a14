"""Figures of a run with their confidence intervals, from the tallies of its batches."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Any

from acd.types import TicketState
from staffing.chance import t_quantile
from staffing.tally import Tally

THRESHOLD_MS = 20_000
SHORT_MS = 5_000
ENDS = tuple(
    one.value
    for one in (TicketState.REACHED, TicketState.UNREACHED, TicketState.EXPIRED, TicketState.CANCELLED)
)
"""How a callback ends."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and half of its 95 % interval; None: cannot be told (nothing to divide by, one batch)."""

    value: float | None
    half: float | None = None
    error: float | None = None
    """Standard error."""

    def to_json(self, digits: int) -> dict[str, float | None]:
        """`{"value", "low", "high"}`."""
        if self.value is None:
            return {"value": None, "low": None, "high": None}
        known = self.half is not None
        return {
            "value": round(self.value, digits),
            "low": round(self.value - self.half, digits) if self.half is not None and known else None,
            "high": round(self.value + self.half, digits) if self.half is not None and known else None,
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run shows. Rates are 0 to 1, times ms. Definitions as in docs/figures.md, of queued calls.

    answer_rate: answered / queued. service_level: answered within 20 s / (queued - abandoned within 5 s).
    wait: of the answered. occupancy: contact / (contact + ready), ringing in neither.
    seats: mean number of staffed seats, breaks included. callbacks: how those asked for ended.
    lines: the same of each line's calls, where there are several; seats are not told apart there.
    """

    queued: int
    terms: dict[str, int]
    holds: bool
    batches: int
    answer_rate: Estimate
    service_level: Estimate
    abandon_rate: Estimate
    wait: Estimate
    wait_of_all: Estimate
    median_wait: Estimate
    p90_wait: Estimate
    longest_wait: int | None
    waited_at_all: Estimate
    occupancy: Estimate
    seats: float | None
    callbacks: dict[str, int]
    lines: dict[str, "Figures"]

    def to_json(self) -> dict[str, Any]:
        """Rates with 4 digits, times in seconds with 3."""
        return {
            "queued": self.queued,
            **self.terms,
            "identity": {"holds": self.holds},
            "batches": self.batches,
            "answer_rate": self.answer_rate.to_json(4),
            "service_level": self.service_level.to_json(4),
            "abandon_rate": self.abandon_rate.to_json(4),
            "waited_at_all": self.waited_at_all.to_json(4),
            "asa_s": _seconds(self.wait).to_json(3),
            "average_wait_of_all_s": _seconds(self.wait_of_all).to_json(3),
            "median_wait_s": _seconds(self.median_wait).to_json(3),
            "p90_wait_s": _seconds(self.p90_wait).to_json(3),
            "longest_wait_s": None if self.longest_wait is None else round(self.longest_wait / 1000, 3),
            "occupancy": self.occupancy.to_json(4),
            "staffed_seats": None if self.seats is None else round(self.seats, 2),
            "callbacks": self.callbacks,
            "lines": {name: one.to_json() for name, one in self.lines.items()},
        }


def figures(tallies: Sequence[Tally]) -> Figures:
    """The figures of these batches taken together."""
    terms: Counter[str] = Counter()
    for tally in tallies:
        terms.update(tally.terms())
    waits = [wait for tally in tallies for wait in tally.waits]
    given_up = [wait for tally in tallies for wait in tally.given_up]
    span_ms = sum(tally.span_ms for tally in tallies)
    lines = {name for tally in tallies for name in tally.lines}
    return Figures(
        queued=sum(tally.queued for tally in tallies),
        terms=dict(terms),
        holds=all(tally.holds for tally in tallies),
        batches=len(tallies),
        answer_rate=ratio(tallies, lambda t: t.answered, lambda t: t.queued),
        service_level=ratio(tallies, _in_time, lambda t: t.queued - _short(t)),
        abandon_rate=ratio(tallies, lambda t: t.abandoned, lambda t: t.queued),
        wait=ratio(tallies, lambda t: sum(t.waits), lambda t: t.answered),
        wait_of_all=ratio(
            tallies, lambda t: sum(t.waits) + sum(t.given_up), lambda t: t.answered + t.abandoned
        ),
        median_wait=_quantile(tallies, median, waits),
        p90_wait=_quantile(tallies, nearest_rank_90, waits),
        longest_wait=max((*waits, *given_up), default=None),
        waited_at_all=ratio(tallies, _waited, lambda t: t.answered + t.abandoned),
        occupancy=ratio(tallies, lambda t: t.contact_ms, lambda t: t.contact_ms + t.idle_ms),
        seats=sum(tally.staffed_ms for tally in tallies) / span_ms if span_ms > 0 else None,
        callbacks={name: sum(tally.callbacks[name] for tally in tallies) for name in ENDS},
        lines={name: figures([tally.of_line(name) for tally in tallies]) for name in sorted(lines)},
    )


def ratio(tallies: Sequence[Tally], part: Callable[[Tally], int], whole: Callable[[Tally], int]) -> Estimate:
    """Sum of the parts / sum of the wholes, never a mean of ratios, with the ratio estimator's interval.

    Batches of a steady run or independent days. Source: Law, Simulation Modeling and Analysis, 5th ed.,
    §9.5.3 (batch means); Cochran, Sampling Techniques, 3rd ed., §6.3 (variance of a ratio).
    """
    pairs = [(part(tally), whole(tally)) for tally in tallies]
    total = sum(below for _, below in pairs)
    if total <= 0:
        return Estimate(None)
    value = sum(above for above, _ in pairs) / total
    count = len(pairs)
    if count < 2:
        return Estimate(value)
    scatter = sum((above - value * below) ** 2 for above, below in pairs)
    error = sqrt(scatter / (count * (count - 1))) / (total / count)
    return Estimate(value, t_quantile(count - 1) * error, error)


def nearest_rank_90(waits: Sequence[int]) -> float:
    """The wait that nine of ten did not exceed: one that somebody really had."""
    return sorted(waits)[-(-len(waits) * 9 // 10) - 1]


def _quantile(
    tallies: Sequence[Tally], quantile: Callable[[Sequence[int]], float], waits: Sequence[int]
) -> Estimate:
    if not waits:
        return Estimate(None)
    of_batches = [quantile(tally.waits) for tally in tallies if tally.waits]
    count = len(of_batches)
    if count < 2:
        return Estimate(quantile(waits))
    mean = sum(of_batches) / count
    error = sqrt(sum((one - mean) ** 2 for one in of_batches) / (count * (count - 1)))
    return Estimate(quantile(waits), t_quantile(count - 1) * error, error)


def _in_time(tally: Tally) -> int:
    return sum(wait <= THRESHOLD_MS for wait in tally.waits)


def _short(tally: Tally) -> int:
    return sum(wait <= SHORT_MS for wait in tally.given_up)


def _waited(tally: Tally) -> int:
    return sum(wait > 0 for wait in tally.waits) + sum(wait > 0 for wait in tally.given_up)


def _seconds(one: Estimate) -> Estimate:
    return Estimate(
        None if one.value is None else one.value / 1000, None if one.half is None else one.half / 1000
    )
