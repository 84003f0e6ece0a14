"""Reading the ledgers: entries with all their revisions. Whoever is shown one is written down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, select

from db.access_log import Looked, checked, note
from db.database import Database
from db.entry_keys import entries_with, keys_of, opened_part
from db.tables import ledger_entries, ledger_forms, ledger_keys
from db.vault import DataKey

State = Literal["readable", "purged", "unreadable"]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision as it stands in the database. Times are ms UTC; `made_…` are the first revision's.

    `state` is `purged` where the entry's key was destroyed, `unreadable` where it cannot be used: then
    `sealed` is empty and `why` None.
    """

    entry: str
    revision: int
    ledger: str
    call: str | None
    operator: str
    at_ms: int
    form: str
    plain: Mapping[str, Any]
    sealed: Mapping[str, Any] = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)
    why: str | None = field(repr=False)
    state: State
    made_ms: int
    made_by: str

    @property
    def number(self) -> str:
        """受付番号, 記録番号: such as 2026-000123."""
        return self.entry.partition("-")[2]

    @property
    def values(self) -> dict[str, Any]:
        """All values that can be read."""
        return {**self.plain, **self.sealed}


def newest(connection: Connection, entries: Iterable[str]) -> list[Revision]:
    """For the program's own use: what these entries are now, in the order of their numbers."""
    return [revisions[-1] for revisions in all_revisions(connection, entries)]


def all_revisions(connection: Connection, entries: Iterable[str]) -> list[list[Revision]]:
    """For the program's own use: all revisions of these entries, the oldest first, entry by entry."""
    wanted = sorted(set(entries))
    found = []
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        there = set(connection.scalars(select(ledger_keys.c.entry).where(ledger_keys.c.entry.in_(some))))
        keys = keys_of(connection, some)
        rows = connection.execute(
            select(ledger_entries)
            .where(ledger_entries.c.entry.in_(some))
            .order_by(ledger_entries.c.entry, ledger_entries.c.revision)
        ).all()
        for entry, group in groupby(rows, key=lambda row: str(row.entry)):
            history: list[Revision] = []
            for row in group:
                history.append(_read(row, keys.get(entry), entry in there, history[0] if history else None))
            found.append(history)
    return found


def entries_of(
    connection: Connection,
    *,
    ledger: str | None = None,
    call: str | None = None,
    from_ms: int | None = None,
    to_ms: int | None = None,
    newest_first: int | None = None,
) -> list[str]:
    """The entries first written in from_ms <= t < to_ms (ms UTC) that fit, by time; or at most so many of
    them, ``newest_first``.
    """
    first = ledger_entries.c
    query = select(first.entry).where(first.revision == 1)
    if newest_first is None:
        query = query.order_by(first.at_ms, first.entry)
    else:
        query = query.order_by(first.at_ms.desc(), first.entry.desc()).limit(newest_first)
    for column, value in ((first.ledger, ledger), (first.call, call)):
        if value is not None:
            query = query.where(column == value)
    if from_ms is not None:
        query = query.where(first.at_ms >= from_ms)
    if to_ms is not None:
        query = query.where(first.at_ms < to_ms)
    return list(connection.scalars(query))


def look_at(
    database: Database, entries: Iterable[str], *, who: str, why: str, at_ms: int, what: str = "entry"
) -> list[list[Revision]]:
    """Show a person these entries with all their revisions, and write down who looked at what, and why.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        found = all_revisions(connection, entries)
        note(connection, [_looked(history[0], who, why, at_ms, what) for history in found])
    return found


def find_entries(database: Database, number: str, *, who: str, why: str, at_ms: int) -> list[str]:
    """The entries in which exactly this number (E.164) stands now. Each find is written down, the number not.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        found = newest(connection, entries_with(connection, number))
        rows = [_looked(one, who, why, at_ms, "search") for one in found]
        note(connection, rows or [Looked(at_ms, who, None, "search", why)])
    return [one.entry for one in sorted(found, key=lambda one: (one.made_ms, one.entry))]


class KeptForm(NamedTuple):
    """A form that some entry was written with; `at_ms` (UTC): the first one."""

    ledger: str
    at_ms: int
    definition: str


def forms_of(connection: Connection, versions: Iterable[str]) -> dict[str, KeptForm]:
    """The forms of these versions, as far as an entry was written with them."""
    query = select(ledger_forms).where(ledger_forms.c.form.in_(sorted(set(versions))))
    return {row.form: KeptForm(row.ledger, row.at_ms, row.definition) for row in connection.execute(query)}


def _read(row: Row[Any], key: DataKey | None, has_key: bool, made: Revision | None) -> Revision:
    part = None if key is None else opened_part(key, row.revision, row.sealed)
    state: State = "readable" if part else "unreadable" if has_key else "purged"
    return Revision(
        row.entry, row.revision, row.ledger, row.call, row.operator, row.at_ms, row.form,
        plain=json.loads(row.plain),
        sealed=part["values"] if part else {},
        phones=tuple(part["phones"]) if part else (),
        why=part["why"] if part else None,
        state=state,
        made_ms=made.made_ms if made else row.at_ms,
        made_by=made.made_by if made else row.operator,
    )  # fmt: skip


def _looked(entry: Revision, who: str, why: str, at_ms: int, what: str) -> Looked:
    return Looked(at_ms, who, entry.call or entry.entry, f"{what} {entry.entry}", why)
