"""The seats' time over a period, from their half hours (`db.seat_slots`); for 席の配置 and 勤務実態."""

from __future__ import annotations

from collections.abc import Iterable

from db import SeatFold, SeatSlot
from db.seat_slots import Span


def spans_of(slots: Iterable[SeatSlot], from_ms: int, to_ms: int, until_ms: int) -> list[Span]:
    """All spans in from_ms <= t < to_ms, by seat and time. What is under way lasts until ``until_ms``.

    Args:
        slots: The half hours of that time, and those in which the seats are now. They are changed.
        from_ms: Where the period begins, a border of half hours.
        to_ms: Where it ends, another one.
        until_ms: Where it ends, or now.
    """
    fold = SeatFold(slots)
    fold.until(until_ms)
    return [
        span
        for slot in fold.between(from_ms, to_ms)
        for span in slot.spans
        if from_ms <= span.from_ms < to_ms
    ]
