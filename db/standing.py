"""Who sat where when the last controller ended: read from the journal's seat rows."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from db.read import journal_rows


@dataclass(frozen=True, slots=True)
class Standing:
    """An operator who is logged in; `state` and `reason` as last shown."""

    operator: str
    state: str
    reason: str


def standing_seats(connection: Connection, since_ms: int) -> dict[int, Standing]:
    """The seats with somebody logged in, from the rows at or after `since_ms` (ms UTC)."""
    seats: dict[int, Standing] = {}
    for row in journal_rows(connection, from_ms=since_ms, kinds=("seat.login", "seat.logout", "seat.state")):
        entry = row.entry
        if entry.seat is None:
            continue
        if entry.kind == "seat.logout":
            seats.pop(entry.seat, None)
        elif entry.kind == "seat.login" and entry.operator:
            seats[entry.seat] = Standing(entry.operator, "ready", "")
        elif entry.kind == "seat.state" and entry.seat in seats:
            known = seats[entry.seat]
            state, reason = str(entry.data.get("to", "")), str(entry.data.get("reason") or "")
            if state in ("ready", "break"):
                seats[entry.seat] = Standing(known.operator, state, reason)
    return seats
