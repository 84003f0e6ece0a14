"""One transaction's worth of journal: the rows, the calls that follow from them, the personal data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Connection, Executable, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from db.chain import HASHED, ORIGIN, Head, link
from db.entry import SCHEMA_VERSION, Entry, clean
from db.facts import CallFacts, fold
from db.personal import put
from db.read import call_facts
from db.seat_table import changed_slots
from db.tables import calls, journal, seat_slots, tickets
from db.tickets import TicketFacts, fold_ticket, ticket_facts, ticket_of
from db.vault import FIELDS, VaultError

# More than can be in progress at once; a call that was dropped is simply read again.
_REMEMBERED = 1000

log = structlog.get_logger("db.journal")


@dataclass(frozen=True, slots=True)
class Item:
    """An entry on its way: its place, its data as JSON text, and when it came (monotonic, s).

    ``shift`` is how far other writers had moved our numbers when this place was given.
    """

    seq: int
    entry: Entry
    data: str
    taken_s: float
    shift: int = 0

    def moved(self, step: int) -> Item:
        """The item ``step`` places later."""
        return replace(self, seq=self.seq + step, shift=self.shift + step) if step else self

    def unwritable(self, why: Exception) -> Item:
        """What stands in the journal instead of an entry that the database refuses."""
        entry = Entry(at_ms=0, kind="journal.unwritable")
        at_ms = self.entry.at_ms
        if isinstance(at_ms, int) and abs(at_ms) < 2**62:
            entry = replace(entry, at_ms=at_ms)
        return replace(self, entry=entry, data=json.dumps({"why": type(why).__name__}))


@dataclass(slots=True)
class Batch:
    """The calls and tickets that the writer remembers between transactions, so as not to read them again."""

    known: dict[str, CallFacts] = field(default_factory=dict)
    tickets: dict[str, TicketFacts] = field(default_factory=dict)
    head: Head | None = None
    """The last row that we stored."""

    def forget(self) -> None:
        """After a transaction that failed, the database alone knows what is true."""
        self.known.clear()
        self.tickets.clear()
        self.head = None

    def load(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Make sure that the calls and tickets of these rows are remembered, as far as they exist."""
        if len(self.known) + len(self.tickets) > _REMEMBERED:
            self.known.clear()
            self.tickets.clear()
        missing = {entry.call for entry in entries if entry.call} - self.known.keys()
        if missing:
            self.known.update(call_facts(connection, sorted(missing)))
        asked = {ticket for entry in entries if (ticket := ticket_of(entry))} - self.tickets.keys()
        if asked:
            self.tickets.update(ticket_facts(connection, sorted(asked)))


def store(connection: Connection, items: Sequence[Item], writer: str, batch: Batch) -> None:
    """Write the items, in order, and what follows from them. The caller commits, or forgets the batch."""
    batch.load(connection, [item.entry for item in items])
    changed: dict[str, CallFacts] = {}
    turned: dict[str, TicketFacts] = {}
    numbers: dict[str, dict[str, str]] = {}
    rows = []
    prev = _hash_before(connection, items[0].seq, batch)
    for item in items:
        row = _journal_row(item, writer)
        own = link(prev, [row[name] for name in HASHED])
        rows.append({**row, "prev": prev, "hash": own})
        prev = own
        call = item.entry.call
        if call is None:
            continue
        before = batch.known.get(call)
        after = fold(before, item.entry)
        if after is not None and after is not before:
            batch.known[call] = changed[call] = after
        ticket = ticket_of(item.entry)
        if ticket is not None:
            was = batch.tickets.get(ticket)
            now = fold_ticket(was, item.entry)
            if now is not None and now is not was:
                batch.tickets[ticket] = turned[ticket] = now
        if item.entry.private:
            numbers.setdefault(call, {}).update(_numbers(item.entry))
    # Before the rows are in: it asks which was the last one.
    slots = changed_slots(connection, ((item.entry, item.seq) for item in items))
    connection.execute(journal.insert(), rows)
    _upsert(connection, calls, [_clean_row(facts.as_row()) for facts in changed.values()])
    _upsert(connection, tickets, [_clean_row(facts.as_row()) for facts in turned.values()])
    _upsert(connection, seat_slots, [_clean_row(row) for row in slots])
    try:
        put(connection, numbers)
    except VaultError:
        # Without a usable key the number is not kept at all; the call's rows are.
        log.exception("journal.number_not_kept", calls=sorted(numbers))
    batch.head = Head(items[-1].seq, prev)


def _hash_before(connection: Connection, seq: int, batch: Batch) -> bytes:
    """The hash of the row that stands before this place. Places have no holes, and no row ever changes: what
    we remember of the place before is true, whoever else writes.
    """
    if batch.head is not None and batch.head.seq == seq - 1:
        return batch.head.hash
    query = select(journal.c.hash).where(journal.c.seq < seq).order_by(journal.c.seq.desc()).limit(1)
    found = connection.scalar(query)
    return ORIGIN if found is None else bytes(found)


def _journal_row(item: Item, writer: str) -> dict[str, Any]:
    return {"seq": item.seq, **content(item, writer)}


def content(item: Item, writer: str) -> dict[str, Any]:
    """The row as it will be read back, but for its place: what is hashed must not depend on what a database
    makes of it.

    Raises:
        TypeError: a field is of a kind that the column is not.
    """
    entry = item.entry
    return {
        "at_ms": _whole(entry.at_ms),
        "kind": _text(entry.kind),
        "call": None if entry.call is None else _text(entry.call),
        "seat": None if entry.seat is None else _whole(entry.seat),
        "operator": None if entry.operator is None else _text(entry.operator),
        "offer": None if entry.offer is None else _text(entry.offer),
        "line": None if entry.line is None else _text(entry.line),
        "data": clean(item.data),
        "schema_version": SCHEMA_VERSION,
        "writer": writer,
    }


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{type(value).__name__} is no whole number")
    return int(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} is no text")
    return clean(value)


def _numbers(entry: Entry) -> dict[str, str]:
    private = dict(entry.private or {})
    found = {name: clean(str(private.pop(name))) for name in FIELDS if private.get(name)}
    if private := {name: value for name, value in private.items() if name not in FIELDS}:
        log.error("journal.private_field_unknown", kind=entry.kind, fields=sorted(private))
    return found


def _clean_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: clean(value) if isinstance(value, str) else value for name, value in row.items()}


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    """Insert or replace by key."""
    if not rows:
        return
    connection.execute(_insert_or_replace(table, connection.dialect.name), rows)


@cache
def _insert_or_replace(table: Table, dialect: str) -> Executable:
    # Kept: to build it takes longer than to carry it out. The two dialects have no common class.
    insert = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    new = insert.excluded
    others = {column.name: new[column.name] for column in table.c if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=others)
