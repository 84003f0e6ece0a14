"""Does a series grow with the calls: a straight line by least squares, held against a limit. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

PER = 1_000
"""Slopes are told for so many calls."""
LEAST = 3
"""Points of a line; with fewer nothing is told."""
FALL = 0.05
"""Of the column, in one step: a full collection; single calls come to less."""
SURE = 2.0
"""So many standard errors of the slope must lie beyond (or within) the limit for a verdict."""

Verdict = Literal["flat", "grows", "unsure"]


@dataclass(frozen=True, slots=True)
class Trend:
    """A line through the points: its slope and that slope's standard error, both for PER calls."""

    slope: float
    error: float
    first: float
    last: float
    """The line's own ends."""
    points: int


def trend(calls: Sequence[float], values: Sequence[float]) -> Trend:
    """The line through ``values`` over ``calls``.

    Raises:
        ValueError: fewer than three points, or no calls between them.
    """
    n = len(calls)
    if n < LEAST or n != len(values):
        raise ValueError(f"{n} calls and {len(values)} values: no line can be judged")
    mean_x, mean_y = sum(calls) / n, sum(values) / n
    spread = sum((x - mean_x) ** 2 for x in calls)
    if spread == 0:
        raise ValueError("no call was made between the samples")
    slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(calls, values, strict=True)) / spread
    base = mean_y - slope * mean_x
    rest = sum((y - base - slope * x) ** 2 for x, y in zip(calls, values, strict=True))
    error = math.sqrt(rest / (n - 2) / spread)
    ends = base + slope * min(calls), base + slope * max(calls)
    return Trend(slope * PER, error * PER, *ends, points=n)


@dataclass(frozen=True, slots=True)
class Limit:
    """How much a column may grow in PER calls, beyond what is kept on purpose."""

    column: str
    most: float
    unit: str = ""
    scale: float = 1.0
    """What one unit is in the column's own (1e6: a column of bytes is judged in MB)."""
    why: str = ""
    collected: bool = False
    """Python's garbage is in the column: only the rows behind a full collection tell what is kept."""
    when: str = ""
    """Only the rows in which this column is not 0 count."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One column held against its limit; slopes in the limit's unit."""

    limit: Limit
    slope: float
    error: float
    explained: float
    first: float
    last: float

    @property
    def unexplained(self) -> float:
        """What grows beyond what is kept on purpose."""
        return self.slope - self.explained

    @property
    def verdict(self) -> Verdict:
        """``grows``: surely beyond the limit. ``unsure``: the points scatter too much to tell."""
        if self.unexplained - SURE * self.error > self.limit.most:
            return "grows"
        return "flat" if self.unexplained + SURE * self.error <= self.limit.most else "unsure"


def judge(
    rows: Sequence[Mapping[str, float]],
    limits: Sequence[Limit],
    *,
    over: str = "received",
    explained: Mapping[str, float] | None = None,
) -> list[Judged]:
    """Each limit's column over the column ``over``; ``explained``: by column, for PER calls, unscaled."""
    found = []
    for limit in limits:
        seen = [row for row in rows if not limit.when or row[limit.when]]
        if limit.collected:
            seen = after_collections(seen, limit.column)
        calls, values, scale = [row[over] for row in seen], [row[limit.column] for row in seen], limit.scale
        line = trend(calls, values) if len(seen) >= LEAST else Trend(0.0, math.inf, 0.0, 0.0, len(seen))
        kept = (explained or {}).get(limit.column, 0.0)
        parts = (line.slope, line.error, kept, line.first, line.last)
        found.append(Judged(limit, *(part / scale for part in parts)))
    return found


def after_collections(rows: list[Mapping[str, float]], column: str) -> list[Mapping[str, float]]:
    """The rows behind a sudden fall of the column; all of them, when there are too few for a line.

    Objects that name each other are freed when Python looks for them, some times an hour; in between the
    column rises by what they take.
    """
    fallen = [row for before, row in pairwise(rows) if row[column] < (1 - FALL) * before[column]]
    return fallen if len(fallen) >= LEAST else rows


def after_warm_up(rows: Sequence[Mapping[str, float]], warm_up_s: float) -> list[Mapping[str, float]]:
    """The rows from then on, and of the time in which calls come."""
    return [row for row in rows if row["t_s"] >= warm_up_s and row["calling"]]
