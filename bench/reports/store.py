"""Putting an invented year into a database, past the journal's writer: without its hashes, but fast."""

from __future__ import annotations

from dataclasses import fields
from operator import attrgetter
from typing import Any

from db import CallFacts, Database, SeatFold, TicketFacts
from db.chain import HASHED
from db.seat_table import NAMES, as_row
from db.tables import calls, journal, personal, seat_slots, tickets
from madoguchi.simulation.year import Year, checked, text_of

JOURNAL = (*HASHED, "prev", "hash")
CALLS = tuple(field.name for field in fields(CallFacts))
PERSONAL = ("call", "key_id", "wrapped", "number_hash")
TICKETS = tuple(field.name for field in fields(TicketFacts))
_NONE = bytes(32)


def fill(database: Database, year: Year, seq: int = 0) -> int:
    """Store the year behind the journal's row ``seq``; returns the number of journal rows there are then."""
    assert set(CALLS) == set(calls.c.keys())
    assert set(JOURNAL) == set(journal.c.keys())
    assert set(TICKETS) == set(tickets.c.keys())
    assert set(PERSONAL) <= set(personal.c.keys())
    assert set(NAMES) == set(seat_slots.c.keys())
    seats = SeatFold()
    if database.is_sqlite:
        # Nobody misses a year that a power cut takes.
        with database.engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA synchronous=OFF")
    for place, day in enumerate(year.days()):
        if place < 2:
            checked(day)
        rows = []
        for entry in day.entries:
            seq += 1
            told = (entry.call, entry.seat, entry.operator, entry.offer, entry.line, text_of(entry.data))
            seats.add(entry, seq)
            rows.append((seq, entry.at_ms, entry.kind, *told, 1, "a" * 32, _NONE, _NONE))
        with database.write() as connection:
            raw = connection.connection.dbapi_connection
            _put(raw, database, "journal", JOURNAL, rows)
            _put(raw, database, "calls", CALLS, list(map(attrgetter(*CALLS), day.calls)))
            _put(raw, database, "tickets", TICKETS, list(map(attrgetter(*TICKETS), day.tickets())))
            slots = [tuple(map(as_row(slot).__getitem__, NAMES)) for slot in seats.slots.values()]
            _put(raw, database, "seat_slots", NAMES, slots)
            _put(
                raw,
                database,
                "personal",
                PERSONAL,
                [(call, "k", _NONE, caller) for call, caller in day.callers.items()],
            )
        seats = SeatFold()  # everybody has logged out
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    return seq


def _put(
    raw: Any, database: Database, table: str, names: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> None:
    columns = ", ".join(f'"{name}"' for name in names)
    if database.is_sqlite:
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)
        return
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
