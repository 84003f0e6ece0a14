"""The calls of a period, as the journal has them, for `replay`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from acd import FloorSettings
from db import CallFacts, Database, JournalRow, calls_between, journal_rows
from reports.identity import ending
from staffing.attendance import Attendance, Seen, attendance
from staffing.recorded import Recorded

BEFORE_MS = 86_400_000
"""So far back is looked for who had logged in before the period began."""
SEAT_KINDS = ("seat.login", "seat.logout", "seat.state", "line.closed", "line.opened")


@dataclass(frozen=True, slots=True)
class Period:
    """What the journal knows. ring_ms: how long phones rang that were answered."""

    calls: list[Recorded]
    attendance: Attendance
    ring_ms: list[int]


def read_period(database: Database, from_ms: int, to_ms: int, floor: FloorSettings) -> Period:
    """The calls received in from_ms <= t0 < to_ms (UTC) that entered the queue, and who was there."""
    with database.read() as connection:
        facts = [one for one in calls_between(connection, from_ms, to_ms) if one.queued]
        entries = {
            row.entry.call: row.entry.data
            for row in journal_rows(
                connection, from_ms=from_ms, to_ms=to_ms + BEFORE_MS, kinds=["call.queued"]
            )
        }
        ring_ms = [
            row.entry.data["ring_ms"]
            for row in journal_rows(connection, from_ms=from_ms, to_ms=to_ms, kinds=["offer.ended"])
            if row.entry.data.get("outcome") == "answered" and isinstance(row.entry.data.get("ring_ms"), int)
        ]
        seats = journal_rows(connection, from_ms=from_ms - BEFORE_MS, to_ms=to_ms, kinds=SEAT_KINDS)
        found = attendance(_seen(seats, floor), from_ms, to_ms)
    calls = [_recorded(one, entries.get(one.call, {}), floor) for one in facts]
    return Period(calls, found, ring_ms)


def _recorded(facts: CallFacts, entry: Mapping[str, Any], floor: FloorSettings) -> Recorded:
    line, need, priority = str(entry.get("line")), str(entry.get("need")), entry.get("priority")
    return Recorded(
        name=facts.call,
        at_ms=facts.queued_ms or facts.received_ms,
        outcome=ending(facts),
        wait_ms=facts.wait_ms,
        service_ms=facts.talk_ms,
        line=line if line in floor.lines else "main",
        priority=priority if isinstance(priority, int) else 0,
        need=need if need in floor.needs else "",
    )


def _seen(rows: Iterator[JournalRow], floor: FloorSettings) -> Iterator[Seen]:
    for row in rows:
        entry, data = row.entry, row.entry.data
        line = data.get("line")
        yield Seen(
            entry.at_ms,
            entry.kind,
            entry.seat,
            entry.operator,
            line if line in floor.lines else "main",
            str(data.get("from", "")),
            str(data.get("to", "")),
            data.get("reason"),
        )
