"""Average, median and nearest rank of durations: ms in, seconds (3 digits) out, None for none."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def seconds(ms: float) -> float:
    """Seconds as JSON shows them."""
    return round(ms / 1000, 3)


def average_s(values_ms: Sequence[int]) -> float | None:
    """The mean."""
    return seconds(sum(values_ms) / len(values_ms)) if values_ms else None


def median_s(values_ms: Sequence[int]) -> float | None:
    """The median."""
    return seconds(median(values_ms)) if values_ms else None


def p90_s(values_ms: Sequence[int]) -> float | None:
    """The 90th percentile by nearest rank: a value that somebody really had."""
    return seconds(sorted(values_ms)[-(-len(values_ms) * 9 // 10) - 1]) if values_ms else None


def longest_s(values_ms: Sequence[int]) -> float | None:
    """The greatest."""
    return seconds(max(values_ms)) if values_ms else None
