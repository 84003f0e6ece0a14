"""The table ``seat_slots``: reading it, and keeping it in the transaction that stores the rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, func, select

from db.entry import Entry
from db.seat_slots import KINDS, SLOT_MS, STATES, SeatFold, SeatSlot, as_data, fill
from db.tables import journal, seat_slots

NAMES = ("seat", "from_ms", "since_ms", "state", "operator", "reason", "wrap_ms", "seq", "told")
_COLUMNS = [seat_slots.c[name] for name in NAMES]
_UNDER_WAY = select(*_COLUMNS).where(seat_slots.c.state.in_(STATES))
_NEWEST = select(func.max(seat_slots.c.seq)).scalar_subquery()
_LAST = select(journal.c.at_ms).where(journal.c.seq == _NEWEST)


def slots_between(connection: Connection, from_ms: int, to_ms: int) -> list[SeatSlot]:
    """The half hours with a part in from_ms <= t < to_ms (UTC), and those in which the seats are now."""
    began = seat_slots.c.from_ms > from_ms - SLOT_MS, seat_slots.c.from_ms < to_ms
    query = select(*_COLUMNS).where(*began)
    found = {(slot.seat, slot.from_ms): slot for slot in _slots(connection, query)}
    for slot in _under_way(connection):
        found.setdefault((slot.seat, slot.from_ms), slot)
    return list(found.values())


def seat_fold(connection: Connection, from_ms: int, to_ms: int) -> SeatFold:
    """A fold that goes on where the table stands, and knows these half hours."""
    return SeatFold(slots_between(connection, from_ms, to_ms), last_ms=_last_ms(connection))


def changed_slots(connection: Connection, rows: Iterable[tuple[Entry, int]]) -> list[dict[str, Any]]:
    """The table's rows as these journal rows (and their places) change them.

    Read anew each time: whoever else wrote meanwhile, the table is what all rows make of it.
    """
    told = [(entry, seq) for entry, seq in rows if entry.kind in KINDS]
    if not told:
        return []

    def load(seat: int, from_ms: int) -> SeatSlot | None:
        query = select(*_COLUMNS).where(seat_slots.c.seat == seat, seat_slots.c.from_ms == from_ms)
        return next(_slots(connection, query), None)

    fold = SeatFold(_under_way(connection), load, _last_ms(connection))
    for entry, seq in told:
        fold.add(entry, seq)
    return [as_row(slot) for slot in fold.changed.values()]


def as_row(slot: SeatSlot) -> dict[str, Any]:
    """The table's row of a slot."""
    row: dict[str, Any] = {name: getattr(slot, name) for name in NAMES if name != "told"}
    return {**row, "told": json.dumps(as_data(slot), separators=(",", ":"))}


def _under_way(connection: Connection) -> list[SeatSlot]:
    return list(_slots(connection, _UNDER_WAY))


def _last_ms(connection: Connection) -> int | None:
    """When the last row that concerned a seat was written."""
    return connection.scalar(_LAST)


def _slots(connection: Connection, query: Select[Any]) -> Iterator[SeatSlot]:
    for seat, from_ms, since_ms, state, operator, reason, wrap_ms, seq, told in connection.execute(query):
        slot = SeatSlot(seat, from_ms, since_ms, state, operator, reason, wrap_ms, seq=seq)
        yield fill(slot, json.loads(told))
