"""The ledgers that operators write: entries by revision. Nothing is ever changed or deleted in them.

A correction is a further revision, which names the one that its writer saw: of two who correct the same
revision at once, the second is told so and loses nothing (`Conflict`). What is personal is sealed with the
entry's own key (`db.entry_keys`). Each save writes a row of the journal in the same transaction, without
anything personal.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from config.clock import JST, from_ms
from db.append import append
from db.database import Database
from db.entry import Entry
from db.entry_keys import entries_with, key_of, keys_of, make_key, opened_part, put_phones
from db.personal import Looked, checked, hold_keys, note
from db.tables import calls, ledger_entries, ledger_forms, ledger_keys, ledger_numbers
from db.vault import DataKey

State = Literal["readable", "purged", "unreadable"]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Writing:
    """What is to be saved. `plain` and `sealed`: the values of fields that are not personal, and that are.

    `phones`: the numbers (E.164) by which the entry is to be found. `why`: of a correction; sealed as well.
    """

    ledger: str
    operator: str
    form: str
    definition: str
    plain: Mapping[str, Any]
    sealed: Mapping[str, Any] = field(default_factory=dict, repr=False)
    phones: tuple[str, ...] = field(default=(), repr=False)
    call: str | None = None
    why: str = field(default="", repr=False)


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


class Conflict(Exception):  # noqa: N818 -- no error of ours: somebody else was first
    """Somebody else has corrected the entry since; `current` is what it is now."""

    def __init__(self, current: Revision) -> None:
        super().__init__(f"{current.entry} has been corrected since: it is at revision {current.revision}")
        self.current = current


class UnknownError(LookupError):
    """There is no such entry or call; the text says which."""


class PurgedError(Exception):
    """The entry's personal data were purged, or cannot be opened: it can be corrected no more."""


def fiscal_year(at_ms: int) -> int:
    """年度 of a moment: April to March, Japan."""
    day = from_ms(at_ms).astimezone(JST)
    return day.year if day.month >= 4 else day.year - 1


def write(database: Database, writing: Writing, at_ms: int) -> Revision:
    """Save a new entry; it gets the next number of its ledger and fiscal year.

    Raises:
        UnknownError: the call is not known.
        VaultError: there is no usable key; nothing was saved.
    """
    data: dict[str, Any] = {"ledger": writing.ledger, "form": writing.form[:12], "revision": 1}
    made: list[Revision] = []

    def put(connection: Connection) -> None:
        hold_keys(connection)
        call = writing.call
        if call is not None and connection.scalar(select(calls.c.call).where(calls.c.call == call)) is None:
            raise UnknownError(f"there is no call {call!r}")
        year = fiscal_year(at_ms)
        entry = f"{writing.ledger}-{year}-{_next_number(connection, writing.ledger, year):06d}"
        make_key(connection, entry, call or entry, at_ms)
        made[:] = [_put(connection, entry, 1, writing, at_ms, None)]
        data["entry"] = entry  # made into text after this

    append(database, [_journalled("entry.written", writing, at_ms, data)], put)
    return made[0]


def correct(database: Database, entry: str, seen: int, writing: Writing, at_ms: int) -> Revision:
    """Save a correction of the revision ``seen``. The entry stays in its ledger and with its call.

    Raises:
        UnknownError: there is no such entry.
        Conflict: another revision has been saved since.
        PurgedError: its personal data are gone.
    """
    data: dict[str, Any] = {"entry": entry, "ledger": writing.ledger, "form": writing.form[:12]}
    made: list[Revision] = []
    first = current_of(database, entry)
    whole = replace(writing, ledger=first.ledger, call=first.call)

    def put(connection: Connection) -> None:
        hold_keys(connection)
        # Held to the end, so that a purge either comes before us or takes all that we write.
        connection.execute(
            select(ledger_keys.c.entry).where(ledger_keys.c.entry == entry).with_for_update()
        ).all()
        now = newest(connection, [entry])[0]
        if now.revision != seen:
            raise Conflict(now)
        if now.state != "readable":
            raise PurgedError(f"the personal data of {entry} were purged: it can be corrected no more")
        made[:] = [_put(connection, entry, seen + 1, whole, at_ms, now)]
        data["revision"] = seen + 1

    append(database, [_journalled("entry.corrected", whole, at_ms, data)], put)
    return made[0]


def current_of(database: Database, entry: str) -> Revision:
    """For the program's own use: what an entry is now. Raises UnknownError."""
    with database.read() as connection:
        found = newest(connection, [entry])
    if not found:
        raise UnknownError(f"there is no entry {entry!r}")
    return found[0]


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
    most: int | None = None,
) -> list[str]:
    """The entries first written in from_ms <= t < to_ms (ms UTC) that fit, by time."""
    first = ledger_entries.c
    query = select(first.entry).where(first.revision == 1).order_by(first.at_ms, first.entry)
    for column, value in ((first.ledger, ledger), (first.call, call)):
        if value is not None:
            query = query.where(column == value)
    if from_ms is not None:
        query = query.where(first.at_ms >= from_ms)
    if to_ms is not None:
        query = query.where(first.at_ms < to_ms)
    return list(connection.scalars(query if most is None else query.limit(most)))


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


def forms_of(connection: Connection, versions: Iterable[str]) -> dict[str, tuple[int, str]]:
    """When (ms UTC) forms were first used, and their definitions, by version."""
    query = select(ledger_forms).where(ledger_forms.c.form.in_(sorted(set(versions))))
    return {row.form: (row.at_ms, row.definition) for row in connection.execute(query)}


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


def _journalled(kind: str, writing: Writing, at_ms: int, data: Mapping[str, Any]) -> Entry:
    return Entry(at_ms, kind, writing.call, operator=writing.operator, data=data)


def _put(
    connection: Connection, entry: str, revision: int, writing: Writing, at_ms: int, before: Revision | None
) -> Revision:
    key = key_of(connection, entry)
    if key is None:  # cannot be: it was made, or held, in this transaction
        raise PurgedError(f"{entry} has no key")
    phones = sorted(set(writing.phones))
    sealed = {"values": dict(writing.sealed), "phones": phones, "why": writing.why}
    connection.execute(
        insert(ledger_entries).values(
            entry=entry,
            revision=revision,
            ledger=writing.ledger,
            call=writing.call,
            operator=writing.operator,
            at_ms=at_ms,
            form=writing.form,
            plain=_json(writing.plain),
            sealed=key.seal(_json(sealed), f"revision {revision}"),
        )
    )
    put_phones(connection, entry, phones)
    known = {"form": writing.form, "ledger": writing.ledger, "at_ms": at_ms, "definition": writing.definition}
    new = _insert(connection, ledger_forms)
    connection.execute(new.values(known).on_conflict_do_nothing())
    return Revision(
        entry, revision, writing.ledger, writing.call, writing.operator, at_ms, writing.form,
        plain=dict(writing.plain), sealed=dict(writing.sealed), phones=tuple(phones), why=writing.why,
        state="readable",
        made_ms=before.made_ms if before else at_ms, made_by=before.made_by if before else writing.operator,
    )  # fmt: skip


def _next_number(connection: Connection, ledger: str, year: int) -> int:
    # Others who take a number of this ledger wait until we are done: no number is given out in vain.
    new = _insert(connection, ledger_numbers).values(ledger=ledger, year=year, last=1)
    counted = new.on_conflict_do_update(
        index_elements=["ledger", "year"], set_={"last": ledger_numbers.c.last + 1}
    )
    number: int = connection.execute(counted.returning(ledger_numbers.c.last)).scalar_one()
    return number


def _insert(connection: Connection, table: Any) -> Any:
    # The two dialects spell it alike but have no common class.
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
