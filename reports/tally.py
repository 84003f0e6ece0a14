"""Counts of calls, addable: a half hour's, an hour's, a weekday's, the period's."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from db import CallFacts

_COUNTED = frozenset(
    ("abandoned_in_guidance", "overflowed", "timed_out", "left_no_operator", "callback", "withdrawn")
)


@dataclass(slots=True)
class Tally:
    """Counts by the definitions of docs/figures.md."""

    received: int = 0
    received_open: int = 0
    queued: int = 0
    answered: int = 0
    abandoned: int = 0
    abandoned_short: int = 0
    abandoned_in_guidance: int = 0
    overflowed: int = 0
    timed_out: int = 0
    left_no_operator: int = 0
    callback: int = 0
    withdrawn: int = 0
    in_time: int = 0
    abandoned_in_time: int = 0
    removed_in_time: int = 0
    undecided: int = 0

    def add(
        self,
        facts: CallFacts,
        term: str,
        wait_ms: int | None,
        now_ms: int,
        *,
        threshold_ms: int,
        short_ms: int,
    ) -> None:
        """Count one call that ended as ``term`` after ``wait_ms``; ``now_ms`` decides for who still waits.

        ``threshold_ms`` and ``short_ms`` are the service level's: both ends count as within.
        """
        in_time = wait_ms is not None and wait_ms <= threshold_ms
        self.received += 1
        self.received_open += facts.open is True
        self.queued += facts.queued
        if term == "answered":
            self.answered += 1
            self.in_time += in_time
        elif term == "abandoned":
            self.abandoned += 1
            self.abandoned_in_time += in_time
            self.abandoned_short += wait_ms is not None and wait_ms <= short_ms
        elif term in _COUNTED:
            setattr(self, term, getattr(self, term) + 1)
        elif term == "still_waiting" and facts.queued_ms is not None:
            self.undecided += now_ms - facts.queued_ms < threshold_ms
        self.removed_in_time += facts.queued and in_time

    def plus(self, other: Tally, times: int = 1) -> None:
        """Add the counts of another tally, so many times."""
        for name in _NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name) * times)

    @property
    def turned_away(self) -> int:
        """Calls that ended by an overflow: sent on, or told so and hung up."""
        return self.overflowed + self.timed_out + self.left_no_operator

    @property
    def answer_rate(self) -> float | None:
        """Answered ÷ received in open hours."""
        return rate(self.answered, self.received_open)

    @property
    def abandon_rate(self) -> float | None:
        """Abandoned ÷ queued."""
        return rate(self.abandoned, self.queued)

    def to_json(self, service_level: float | None) -> dict[str, Any]:
        """The row of a ``by_…`` table; with the level that the contract's formula makes of it."""
        return {
            "received": self.received,
            "received_open": self.received_open,
            "queued": self.queued,
            "answered": self.answered,
            "abandoned": self.abandoned,
            "abandoned_short": self.abandoned_short,
            "abandoned_in_guidance": self.abandoned_in_guidance,
            "overflowed": self.overflowed,
            "timed_out": self.timed_out,
            "left_no_operator": self.left_no_operator,
            "callback": self.callback,
            "withdrawn": self.withdrawn,
            "answer_rate": digits(self.answer_rate),
            "abandon_rate": digits(self.abandon_rate),
            "service_level": digits(service_level),
        }


_NAMES = tuple(one.name for one in fields(Tally))


def rate(part: int, whole: int) -> float | None:
    """``part`` ÷ ``whole``, 0 to 1, exact; None (shown as "–") when there is nothing to divide by."""
    return part / whole if whole > 0 else None


def digits(value: float | None) -> float | None:
    """A rate as JSON shows it: 4 digits. Percentages are made from the exact rate."""
    return None if value is None else round(value, 4)
