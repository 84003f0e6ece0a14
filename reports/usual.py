"""ふだん: what the last days of the same weekday were like, half hour by half hour."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Any

from db import CallFacts, Database, calls_between
from ivr.calendar import Calendar
from reports.figures import half_hour_name
from reports.identity import ending
from reports.period import day_period, half_hour_of

COUNTED = ("received", "answered", "abandoned")
HALF_HOURS = 48


@dataclass(frozen=True, slots=True)
class Usual:
    """`counts[name][half hour]`: one number for each of `days` (Japan), in their order."""

    days: tuple[date, ...]
    counts: dict[str, tuple[tuple[int, ...], ...]]

    def to_json(self) -> dict[str, Any]:
        """By half hour the middle one of the days, and of the calls received the least and the most."""
        rows = []
        for number in range(HALF_HOURS):
            received = self.counts["received"][number]
            row: dict[str, Any] = {"time": half_hour_name(number)}
            for name in COUNTED:
                row[name] = median(self.counts[name][number]) if self.days else None
            row["least"], row["most"] = (min(received), max(received)) if self.days else (None, None)
            rows.append(row)
        return {"days": [day.isoformat() for day in self.days], "by_half_hour": rows}


def usual_of(database: Database, today: date, weeks: int, calendar: Calendar) -> Usual:
    """The days of `today`'s weekday in the `weeks` weeks before it on which calls came while it was open.

    Holidays and days before the first call are no usual days.
    """
    found: dict[date, dict[str, list[int]]] = {}
    with database.read() as connection:
        for week in range(weeks, 0, -1):
            day = today - timedelta(weeks=week)
            if not list(calendar.open_intervals(day, 1)):
                continue
            period = day_period(day.isoformat())
            tallies = _tallies(calls_between(connection, period.from_ms, period.to_ms))
            if any(tallies["received"]):
                found[day] = tallies
    counts = {
        name: tuple(tuple(day[name][number] for day in found.values()) for number in range(HALF_HOURS))
        for name in COUNTED
    }
    return Usual(tuple(found), counts)


def _tallies(calls: Iterable[CallFacts]) -> dict[str, list[int]]:
    tallies = {name: [0] * HALF_HOURS for name in COUNTED}
    for facts in calls:
        number = half_hour_of(facts.received_ms)
        tallies["received"][number] += 1
        if (term := ending(facts)) in tallies:
            tallies[term][number] += 1
    return tallies
