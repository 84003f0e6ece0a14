"""An operator's own day, for the eye of that operator: by the reducers of the reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from db import Database, calls_between, slots_between, tickets_between
from reports.period import day_around
from reports.seat_time import spans_of
from reports.spread import seconds
from reports.work import Worked


@dataclass(frozen=True, slots=True)
class OwnDay:
    """The day so far. `answered`: calls received today that this operator took; `callbacks`: those reached.

    `talks_ms`: of talks that are over, holds included, callbacks' too. `worked`: what the seat's states add
    up to.
    """

    answered: int
    callbacks: int
    talks_ms: tuple[int, ...]
    worked: Worked

    def to_json(self) -> dict[str, Any]:
        """Counts, averages in s a talk (null of nothing), and the time by state and reason of break."""
        talks = len(self.talks_ms)
        return {
            "answered": self.answered,
            "callbacks": self.callbacks,
            "average_talk_s": seconds(round(sum(self.talks_ms) / talks)) if talks else None,
            "average_wrap_up_s": seconds(round(self.worked.states["wrap_up"] / talks)) if talks else None,
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
        reached = [
            ticket
            for ticket in tickets_between(connection, day.from_ms, day.to_ms)
            if ticket.connected_ms is not None and ticket.operator == operator
        ]
        slots = slots_between(connection, day.from_ms, day.to_ms)
    worked = Worked()
    for span in spans_of(slots, day.from_ms, day.to_ms, now_ms):
        if span.operator == operator:
            worked.add(span)
    talks = [
        *(facts.talk_ms for facts in taken if facts.talk_ended_ms is not None),
        *(ticket.talk_ms for ticket in reached if ticket.talk_ended_ms is not None),
    ]
    return OwnDay(len(taken), len(reached), tuple(ms for ms in talks if ms is not None), worked)
