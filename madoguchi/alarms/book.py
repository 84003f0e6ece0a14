"""Which alarms hold. Pure: readings and the time come in, what is to be told comes out.

A condition becomes an alarm when it has held for its time without a break, and ends when it has been gone
for as long, so a value at the limit does not ring the bell every few seconds. An alarm is told once at its
begin, again after a while if it still holds, and once at its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

from pydantic import BaseModel

Change = Literal["raised", "again", "cleared"]
Severity = Literal["warning", "critical"]


class Reading(BaseModel):
    """One condition as it is at a moment. ``holds`` None: it cannot be told now, and nothing changes."""

    alarm: str
    holds: bool | None
    severity: Severity
    after_ms: int
    """How long it must hold, and be gone."""
    summary: str
    """One Japanese sentence."""
    value: float | None = None
    limit: float | None = None


class Held(BaseModel):
    """What is known of one condition."""

    reading: Reading
    turned_ms: int
    """Since when it is as the last reading says."""
    raised_ms: int | None = None
    told_ms: int | None = None


class Notice(BaseModel):
    """What is to be told. ``at_ms``: now; ``since_ms``: when the alarm was raised. ms UTC."""

    alarm: str
    change: Change
    severity: Severity
    summary: str
    at_ms: int
    since_ms: int
    value: float | None = None
    limit: float | None = None


class Book(BaseModel):
    """All conditions, by the alarm's name."""

    held: dict[str, Held] = {}

    def take(self, readings: Iterable[Reading], now_ms: int, again_ms: int) -> list[Notice]:
        """Enter the readings; returns what is to be told. ``again_ms`` 0: nothing is told again."""
        told = []
        for reading in readings:
            if reading.holds is None:
                continue
            held = self.held.get(reading.alarm)
            if held is None:
                held = self.held[reading.alarm] = Held(reading=reading, turned_ms=now_ms)
            elif held.reading.holds != reading.holds:
                held.turned_ms = now_ms
            held.turned_ms = min(held.turned_ms, now_ms)  # a clock that was set back
            held.reading = reading
            if (change := _change(held, now_ms, again_ms)) is not None:
                told.append(_notice(held, change, now_ms))
        return told

    def raised(self) -> Mapping[str, Held]:
        """The alarms that hold."""
        return {name: held for name, held in self.held.items() if held.raised_ms is not None}


def _change(held: Held, now_ms: int, again_ms: int) -> Change | None:
    settled = now_ms - held.turned_ms >= held.reading.after_ms
    if held.raised_ms is None:
        return "raised" if held.reading.holds and settled else None
    if not held.reading.holds:
        return "cleared" if settled else None
    is_due = again_ms > 0 and now_ms - (held.told_ms or held.raised_ms) >= again_ms
    return "again" if is_due else None


def _notice(held: Held, change: Change, now_ms: int) -> Notice:
    if change == "raised":
        held.raised_ms = now_ms
    since_ms = held.raised_ms or now_ms
    if change == "cleared":
        held.raised_ms = None
    held.told_ms = now_ms
    reading = held.reading
    return Notice(
        alarm=reading.alarm, change=change, severity=reading.severity, summary=reading.summary,
        at_ms=now_ms, since_ms=since_ms, value=reading.value, limit=reading.limit,
    )  # fmt: skip
