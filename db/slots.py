"""予約枠: which entry has a place in which slot. Of two who take the last one at once exactly one gets it.

Counted inside the transaction that saves the entry, with the slot's row locked to its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from db.tables import slot_places, slots


@dataclass(frozen=True, slots=True)
class Place:
    """A place that an entry wants. ``slot``: its beginning, "2026-11-24T10:00", and where, if told."""

    slot: str
    capacity: int


class SlotFull(Exception):  # noqa: N818 -- no error of ours: others were first
    """All places of the slot are taken; nothing was saved."""

    def __init__(self, slot: str, capacity: int) -> None:
        super().__init__(f"all {capacity} places of {slot} are taken")
        self.slot = slot
        self.capacity = capacity


def take_place(connection: Connection, entry: str, place: Place | None, at_ms: int) -> None:
    """Give the entry this place, and free the one that it had; None: it needs none.

    Raises:
        SlotFull: there is no place left; the caller's transaction is to be given up.
    """
    had = connection.scalar(select(slot_places.c.slot).where(slot_places.c.entry == entry))
    if had is not None and place is not None and had == place.slot:
        return  # also when the capacity was lowered since: who has a place keeps it
    connection.execute(delete(slot_places).where(slot_places.c.entry == entry))
    if place is None:
        return
    connection.execute(_insert(connection).values(slot=place.slot).on_conflict_do_nothing())
    # SQLite has one writer at a time anyway.
    connection.execute(select(slots.c.slot).where(slots.c.slot == place.slot).with_for_update()).all()
    taken = connection.scalar(select(func.count()).where(slot_places.c.slot == place.slot)) or 0
    if taken >= place.capacity:
        raise SlotFull(place.slot, place.capacity)
    connection.execute(insert(slot_places).values(entry=entry, slot=place.slot, at_ms=at_ms))


def free_place(connection: Connection, entry: str) -> str | None:
    """Free the place of an entry that another one replaces; returns the slot, None: it had none."""
    had: str | None = connection.scalar(select(slot_places.c.slot).where(slot_places.c.entry == entry))
    connection.execute(delete(slot_places).where(slot_places.c.entry == entry))
    return had


def taken_in(connection: Connection, wanted: Iterable[str]) -> dict[str, int]:
    """How many places are taken in these slots; one with none is left out."""
    query = (
        select(slot_places.c.slot, func.count())
        .where(slot_places.c.slot.in_(list(wanted)))
        .group_by(slot_places.c.slot)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _insert(connection: Connection) -> Any:
    # The two dialects spell it alike but have no common class.
    return sqlite.insert(slots) if connection.dialect.name == "sqlite" else postgresql.insert(slots)
