"""One transaction's worth of journal: the rows, the calls that follow from them, the personal data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import structlog
from sqlalchemy import Connection, Table, func
from sqlalchemy.dialects import postgresql, sqlite

from db.entry import SCHEMA_VERSION, Entry
from db.facts import CallFacts, fold
from db.read import call_facts
from db.tables import calls, journal, personal, tickets
from db.tickets import TicketFacts, fold_ticket, ticket_facts, ticket_of

# More than can be in progress at once; a call that was dropped is simply read again.
_REMEMBERED = 1000
_NUMBERS = ("number", "callback_number")

log = structlog.get_logger("db.journal")


@dataclass(frozen=True, slots=True)
class Item:
    """An entry on its way: its place, its data as JSON text, and when it came (monotonic, s)."""

    seq: int
    entry: Entry
    data: str
    taken_s: float

    def moved(self, step: int) -> Item:
        """The item ``step`` places later."""
        return replace(self, seq=self.seq + step)

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

    def forget(self) -> None:
        """After a transaction that failed, the database alone knows what is true."""
        self.known.clear()
        self.tickets.clear()

    def load(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Make sure that the calls and tickets of these rows are remembered, as far as they exist."""
        if len(self.known) + len(self.tickets) > _REMEMBERED:
            self.forget()
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
    numbers: dict[str, dict[str, str | None]] = {}
    rows = []
    for item in items:
        rows.append(_journal_row(item, writer))
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
            numbers.setdefault(call, dict.fromkeys(_NUMBERS)).update(_numbers(item.entry))
    connection.execute(journal.insert(), rows)
    _upsert(connection, calls, [_clean_row(facts.as_row()) for facts in changed.values()])
    _upsert(connection, tickets, [_clean_row(facts.as_row()) for facts in turned.values()])
    # The two numbers of a call come at different times: one that is not given now stays.
    _upsert(connection, personal, [{"call": call, **both} for call, both in numbers.items()], keep=True)


def _journal_row(item: Item, writer: str) -> dict[str, Any]:
    entry = item.entry
    return _clean_row(
        {
            "seq": item.seq,
            "at_ms": entry.at_ms,
            "kind": entry.kind,
            "call": entry.call,
            "seat": entry.seat,
            "operator": entry.operator,
            "offer": entry.offer,
            "line": entry.line,
            "data": item.data,
            "schema_version": SCHEMA_VERSION,
            "writer": writer,
        }
    )


def _numbers(entry: Entry) -> dict[str, str]:
    private = dict(entry.private or {})
    found = {name: _clean(str(private.pop(name))) for name in _NUMBERS if private.get(name)}
    if private := {name: value for name, value in private.items() if name not in _NUMBERS}:
        log.error("journal.private_field_unknown", kind=entry.kind, fields=sorted(private))
    return found


def _clean_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _clean(value) if isinstance(value, str) else value for name, value in row.items()}


def _clean(value: str) -> str:
    # Text from the network may hold what a database refuses: NUL (PostgreSQL) and halves of characters.
    return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")


def _upsert(connection: Connection, table: Table, rows: list[dict[str, Any]], *, keep: bool = False) -> None:
    """Insert or replace by key. ``keep``: a column that is null in the new row keeps what it had."""
    if not rows:
        return
    # The two dialects spell it alike but have no common class.
    insert = sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
    keys = [column.name for column in table.primary_key]
    new = insert.excluded
    others = {
        column.name: func.coalesce(new[column.name], column) if keep else new[column.name]
        for column in table.c
        if column.name not in keys
    }
    connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=others), rows)
