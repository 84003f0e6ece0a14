"""An operator's own day, for the eye of that operator: by the reducers of the reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db import Database, calls_between, entries_of, tickets_between
from reports import seat_time
from reports.period import day_around
from reports.spread import seconds
from reports.work import Worked


@dataclass(frozen=True, slots=True)
class OwnDay:
    """The day so far. `answered`: calls received today that this operator took; `callbacks`: those reached.

    Times are ms: of ended talks (holds included), of ended after-call work, and what the seat's states add up
    to.
    """

    answered: int
    callbacks: int
    talks_ms: tuple[int, ...]
    wrap_ups_ms: tuple[int, ...]
    worked: Worked

    def to_json(self) -> dict[str, Any]:
        """Counts, averages in s (null of nothing), and the time by state and reason of break."""
        return {
            "answered": self.answered,
            "callbacks": self.callbacks,
            "average_talk_s": _average_s(self.talks_ms),
            "average_wrap_up_s": _average_s(self.wrap_ups_ms),
            **self.worked.to_json(),
        }


def own_day(database: Database, operator: str, now_ms: int) -> OwnDay:
    """What this operator has done today (Japan) until now."""
    day = day_around(now_ms)
    with database.read() as connection:
        taken = [
            facts
            for facts in calls_between(connection, day.from_ms, day.to_ms)
            if facts.connected and facts.operator == operator
        ]
        called = [
            ticket
            for ticket in tickets_between(connection, day.from_ms, day.to_ms)
            if ticket.operator == operator and ticket.connected_ms is not None
        ]
        begin = day.from_ms - seat_time.LOOK_BACK_MS
        rows = entries_of(connection, begin, now_ms + 1, seat_time.KINDS)
        spans = seat_time.folded(rows, begin).between(day.from_ms, now_ms)
    worked, wrap_ups = Worked(), []
    for span in spans:
        if span.operator == operator:
            worked.add(span)
            if span.state == "wrap_up" and span.to_ms < now_ms:
                wrap_ups.append(span.length_ms)
    talks = [
        facts.talk_ms for facts in taken if facts.talk_ended_ms is not None and facts.talk_ms is not None
    ]
    return OwnDay(len(taken), len(called), tuple(talks), tuple(wrap_ups), worked)


def _average_s(times_ms: tuple[int, ...]) -> float | None:
    return seconds(round(sum(times_ms) / len(times_ms))) if times_ms else None
