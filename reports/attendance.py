"""業務責任者の勤務: who has no seat says when he comes, rests and goes; days of it, from the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection

from db import Entry, journal_rows
from reports.period import DAY_MS, Period, day_around, day_of
from reports.spread import seconds
from reports.staffed import clock_text

KIND = "staff.state"
STATES = ("in", "break", "out")
"""出勤 (also: back from a break), 休憩, 退勤."""


@dataclass(slots=True)
class StaffDay:
    """A person's day. ``stays``: from, to (ms UTC); one that nobody ended is cut at midnight or now."""

    day: date
    person: str
    name: str
    stays: list[tuple[int, int]] = field(default_factory=list)
    present_ms: int = 0
    breaks: dict[str, int] = field(default_factory=dict)
    is_open: bool = False
    """Whether 退勤 is missing."""

    def to_json(self) -> dict[str, Any]:
        """The row of ``staff``."""
        return {
            "date": self.day.isoformat(),
            "person": self.person,
            "name": self.name,
            "stays": [{"from": clock_text(a), "to": clock_text(b)} for a, b in self.stays],
            "present_s": seconds(self.present_ms),
            "breaks_s": {reason: seconds(ms) for reason, ms in sorted(self.breaks.items())},
            "no_end": self.is_open,
        }


def staff_between(connection: Connection, period: Period, now_ms: int) -> tuple[StaffDay, ...]:
    """The days in the period on which somebody said so."""
    # A day before: who came before midnight.
    rows = journal_rows(connection, from_ms=period.from_ms - DAY_MS, to_ms=period.to_ms, kinds=[KIND])
    return staff_of((row.entry for row in rows), period, now_ms)


def staff_of(entries: Iterable[Entry], period: Period, now_ms: int) -> tuple[StaffDay, ...]:
    """The same of rows that are at hand, in order."""
    days: dict[tuple[date, str], StaffDay] = {}
    began: dict[str, tuple[int, str, str]] = {}
    names: dict[str, str] = {}

    def charge(person: str, until_ms: int) -> None:
        from_ms, state, reason = began[person]
        while from_ms < until_ms:
            day = day_around(from_ms)
            to_ms = min(until_ms, day.to_ms)
            if period.from_ms <= from_ms < period.to_ms:
                own = days.setdefault((day.first, person), StaffDay(day.first, person, names.get(person, "")))
                if own.stays and own.stays[-1][1] == from_ms:
                    own.stays[-1] = (own.stays[-1][0], to_ms)
                else:
                    own.stays.append((from_ms, to_ms))
                if state == "break":
                    own.breaks[reason] = own.breaks.get(reason, 0) + to_ms - from_ms
                else:
                    own.present_ms += to_ms - from_ms
            from_ms = to_ms

    for entry in entries:
        person, to = entry.operator or "", str(entry.data.get("to"))
        names[person] = str(entry.data.get("name") or "")
        if person in began:
            # Who forgot to go has gone at midnight.
            charge(person, min(entry.at_ms, day_around(began[person][0]).to_ms))
            if day_of(began[person][0]) != day_of(entry.at_ms):
                _left_open(days, began[person][0], person)
            del began[person]
        if to in ("in", "break"):
            began[person] = (entry.at_ms, to, str(entry.data.get("reason") or "休憩"))
    for person, (from_ms, _, _) in began.items():
        charge(person, min(now_ms, day_around(from_ms).to_ms))
        _left_open(days, from_ms, person)
    return tuple(days[key] for key in sorted(days))


def _left_open(days: dict[tuple[date, str], StaffDay], from_ms: int, person: str) -> None:
    day = days.get((day_of(from_ms), person))
    if day is not None:
        day.is_open = True
