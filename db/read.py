"""Reading: journal rows and calls, in order, from a connection or a database."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from db.chain import HASHED
from db.entry import Entry, JournalRow
from db.facts import CallFacts
from db.seat_slots import KINDS
from db.tables import calls, journal

# Without the chain's two hashes: who reads what happened does not need them.
_ROW = [journal.c[name] for name in HASHED]


def _row(found: RowMapping) -> JournalRow:
    data = json.loads(found["data"])
    entry = Entry(
        at_ms=found["at_ms"],
        kind=found["kind"],
        call=found["call"],
        seat=found["seat"],
        operator=found["operator"],
        offer=found["offer"],
        line=found["line"],
        data=data if isinstance(data, dict) else {},
    )
    return JournalRow(found["seq"], entry, found["schema_version"], found["writer"])


def journal_rows(
    connection: Connection,
    *,
    from_ms: int | None = None,
    to_ms: int | None = None,
    kinds: Iterable[str] | None = None,
    data_contains: str | None = None,
) -> Iterator[JournalRow]:
    """Rows with from_ms <= at_ms < to_ms (UTC), of the given kinds, in the order in which they were written.

    ``data_contains`` keeps rows whose JSON text holds this string: a cheap first sieve, not a parser.
    """
    query = select(*_ROW).order_by(journal.c.seq)
    if from_ms is not None:
        query = query.where(journal.c.at_ms >= from_ms)
    if to_ms is not None:
        query = query.where(journal.c.at_ms < to_ms)
    if kinds is not None:
        query = query.where(journal.c.kind.in_(list(kinds)))
    if data_contains is not None:
        query = query.where(journal.c.data.contains(data_contains, autoescape=True))
    for found in connection.execute(query).mappings():
        yield _row(found)


def seat_rows_since(connection: Connection, from_ms: int, to_ms: int) -> Iterator[JournalRow]:
    """Rows before ``to_ms`` (UTC) that tell of seats, in order, from the start before ``from_ms``
    on: what was before a start has no effect on what follows it.
    """
    there = journal.c.at_ms >= from_ms, journal.c.at_ms < to_ms
    first = connection.scalar(select(func.min(journal.c.seq)).where(*there))
    if first is None:
        return
    started = select(func.max(journal.c.seq)).where(journal.c.kind == "system.started")
    begin = connection.scalar(started.where(journal.c.seq <= first)) or 0
    query = select(*_ROW).where(journal.c.seq >= begin, journal.c.at_ms < to_ms, journal.c.kind.in_(KINDS))
    for found in connection.execute(query.order_by(journal.c.seq)).mappings():
        yield _row(found)


def entries_of(connection: Connection, from_ms: int, to_ms: int, kinds: Iterable[str]) -> Iterator[Entry]:
    """The entries with from_ms <= at_ms < to_ms (UTC) of these kinds, as they were written.

    `journal_rows` without what a month's figures do not need, in a third of its time. The rows are found by
    the index of kind and time and sorted here: told to sort, SQLite would read the whole journal.
    """
    rows: list[Any] = []
    for kind in kinds:
        # One kind a query: each is one stretch of the index.
        query = select(*(journal.c[name] for name in ("seq", "at_ms", "kind", *_NAMES, "data"))).where(
            journal.c.kind == kind, journal.c.at_ms >= from_ms, journal.c.at_ms < to_ms
        )
        rows += connection.execute(query).all()
    rows.sort(key=itemgetter(0))
    # The same few texts again and again: a seat's changes of state.
    parsed: dict[str, dict[str, Any]] = {}
    for row in rows:
        data = parsed.get(row[-1])
        if data is None:
            made = json.loads(row[-1])
            data = made if isinstance(made, dict) else {}
            if len(parsed) < _MOST_PARSED:
                parsed[row[-1]] = data
        _, at_ms, kind, call, seat, operator, offer, line, _ = row
        yield Entry(at_ms, kind, call, seat, operator, offer, line, data)


_NAMES = ("call", "seat", "operator", "offer", "line")
_MOST_PARSED = 10_000


def journal_of_call(connection: Connection, call: str) -> list[JournalRow]:
    """Every row that names the call, in order."""
    query = select(*_ROW).where(journal.c.call == call).order_by(journal.c.seq)
    return [_row(found) for found in connection.execute(query).mappings()]


def first_of_writer(connection: Connection, writer: str) -> int:
    """When this run wrote its first row, ms UTC; 0 when it wrote none."""
    query = select(journal.c.at_ms).where(journal.c.writer == writer).order_by(journal.c.seq).limit(1)
    return connection.scalar(query) or 0


def last_of_seat(connection: Connection, kind: str, seat: int, from_ms: int, to_ms: int) -> JournalRow | None:
    """The newest row of this kind about this seat with from_ms <= at_ms < to_ms (UTC)."""
    query = (
        select(*_ROW)
        .where(journal.c.kind == kind, journal.c.at_ms >= from_ms, journal.c.at_ms < to_ms)
        .where(journal.c.seat == seat)
        .order_by(journal.c.at_ms.desc(), journal.c.seq.desc())
        .limit(1)
    )
    found = connection.execute(query).mappings().first()
    return None if found is None else _row(found)


def newest_seq(connection: Connection) -> int:
    """The place of the newest row; 0 for an empty journal."""
    return connection.scalar(select(func.max(journal.c.seq))) or 0


def first_received(connection: Connection) -> int | None:
    """When the oldest call was received, ms UTC; None when there is none."""
    found: int | None = connection.scalar(select(func.min(calls.c.received_ms)))
    return found


def newest_ms(connection: Connection, before_ms: int) -> int | None:
    """The latest time (ms UTC) below `before_ms` among the newest rows; None when they are all later."""
    newest = select(journal.c.at_ms).order_by(journal.c.seq.desc()).limit(_NEWEST).subquery()
    found: int | None = connection.scalar(select(func.max(newest.c.at_ms)).where(newest.c.at_ms < before_ms))
    return found


_NEWEST = 500

# Row by position, not by name: a month is read in half the time. The order is that of the fields.
_COLUMNS = [calls.c[one.name] for one in fields(CallFacts)]


def _facts(connection: Connection, query: Select[Any]) -> Iterator[CallFacts]:
    # All at once: row by row a month takes half as long again.
    for found in connection.execute(query).all():
        yield CallFacts(*found)


def calls_between(
    connection: Connection, from_ms: int, to_ms: int, *, outcome: str | None = None
) -> Iterator[CallFacts]:
    """Calls received in from_ms <= t0 < to_ms (UTC), by time of receipt."""
    query = select(*_COLUMNS).where(calls.c.received_ms >= from_ms, calls.c.received_ms < to_ms)
    if outcome is not None:
        query = query.where(calls.c.outcome == outcome)
    return _facts(connection, query.order_by(calls.c.received_ms, calls.c.call))


def received_while_open(connection: Connection, from_ms: int, to_ms: int) -> Iterator[int]:
    """When calls were received (ms UTC) in from_ms <= t0 < to_ms while the line was open."""
    query = select(calls.c.received_ms).where(
        calls.c.received_ms >= from_ms, calls.c.received_ms < to_ms, calls.c.open.is_(True)
    )
    yield from connection.scalars(query)


def open_calls(connection: Connection) -> list[CallFacts]:
    """Calls without an ending, by time of receipt."""
    query = select(*_COLUMNS).where(calls.c.ended_ms.is_(None))
    return list(_facts(connection, query.order_by(calls.c.received_ms, calls.c.call)))


def call_facts(connection: Connection, wanted: Iterable[str]) -> dict[str, CallFacts]:
    """The calls of these ids, as far as they are known."""
    names = list(wanted)
    query = select(*_COLUMNS).where(calls.c.call.in_(names))
    return {facts.call: facts for facts in _facts(connection, query)}
