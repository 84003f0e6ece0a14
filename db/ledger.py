"""The ledgers that operators write: entries by revision. Nothing is ever changed or deleted in them.

A correction is a further revision, which names the one that its writer saw: of two who correct the same
revision at once, the second is told so and loses nothing (`Conflict`). What is personal is sealed with the
entry's own key (`db.entry_keys`). Each save writes a row of the journal in the same transaction, without
anything personal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from config.clock import JST, from_ms
from db.append import append
from db.database import Database
from db.drafts import NO_CALL, drop_drafts
from db.entry import Entry
from db.entry_keys import key_of, make_key, put_phones
from db.ledger_read import Revision, newest
from db.personal import hold_keys
from db.read import journal_rows
from db.slots import Place, free_place, take_place
from db.tables import calls, ledger_entries, ledger_forms, ledger_keys, ledger_numbers, tickets


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
    request: str | None = None
    """The writer's own name for this act of writing: the same one again is the same entry."""
    place: Place | None = None
    """The place in a 予約枠 that it takes."""
    replaces: str | None = None
    """An entry of the same ledger that this one changes or cancels: its place is freed."""


REQUEST_KNOWN_MS = 7 * 86_400_000
"""A form that was left open, and is posted again after so long, is another entry."""


class Conflict(Exception):  # noqa: N818 -- no error of ours: somebody else was first
    """Somebody else has corrected the entry since; `current` is what it is now."""

    def __init__(self, current: Revision) -> None:
        super().__init__(f"{current.entry} has been corrected since: it is at revision {current.revision}")
        self.current = current


class UnknownError(LookupError):
    """There is no such entry or call; the text says which."""


class PurgedError(Exception):
    """The entry's personal data were purged, or cannot be opened: it can be corrected no more."""


class _Written(Exception):  # noqa: N818 -- no error: a form that was posted twice
    """This very request has made this entry already."""

    def __init__(self, entry: str) -> None:
        super().__init__(entry)
        self.entry = entry


def fiscal_year(at_ms: int) -> int:
    """年度 of a moment: April to March, Japan."""
    day = from_ms(at_ms).astimezone(JST)
    return day.year if day.month >= 4 else day.year - 1


def write(database: Database, writing: Writing, at_ms: int) -> Revision:
    """Save a new entry; it gets the next number of its ledger and fiscal year. Of a callback, the ticket may
    be given as the call. The same ``request`` of the same operator again (an answer that was lost, a button
    pressed twice) makes nothing: the entry that it made is returned.

    Raises:
        Conflict: that entry has other values by now, or these are others.
        UnknownError: the call, or the entry that it replaces, is not known.
        SlotFull: its 予約枠 has no place left; nothing was saved.
        VaultError: there is no usable key; nothing was saved.
    """
    if writing.call is not None:
        writing = replace(writing, call=call_of(database, writing.call))
    data: dict[str, Any] = {"ledger": writing.ledger, "form": writing.form[:12], "revision": 1}
    if writing.request is not None:
        data["request"] = writing.request
    made: list[Revision] = []

    def put(connection: Connection) -> None:
        hold_keys(connection)
        # Whoever posts at the same moment takes the journal's next place first; we then look again.
        if writing.request is not None and (written := _written(connection, writing, at_ms)) is not None:
            raise _Written(written)
        year = fiscal_year(at_ms)
        entry = f"{writing.ledger}-{year}-{_next_number(connection, writing.ledger, year):06d}"
        make_key(connection, entry, writing.call or entry, at_ms)
        if writing.replaces is not None:
            _replaced(connection, writing)
            data["replaces"] = writing.replaces
        take_place(connection, entry, writing.place, at_ms)
        made[:] = [_put(connection, entry, 1, writing, at_ms, None)]
        drop_drafts(
            connection,
            subject=writing.call or NO_CALL,
            operator=writing.operator,
            about=writing.ledger,
        )
        data["entry"] = entry  # made into text after this

    try:
        append(database, [_journalled("entry.written", writing, at_ms, data)], put)
    except _Written as written:
        now = current_of(database, written.entry)
        if now.state == "readable" and (now.plain, now.sealed) != (writing.plain, writing.sealed):
            raise Conflict(now) from None
        return now
    return made[0]


def correct(database: Database, entry: str, seen: int, writing: Writing, at_ms: int) -> Revision:
    """Save a correction of the revision ``seen``. The entry stays in its ledger and with its call.

    Raises:
        UnknownError: there is no such entry.
        Conflict: another revision has been saved since.
        SlotFull: its 予約枠 has no place left; nothing was saved.
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
        take_place(connection, entry, whole.place, at_ms)
        made[:] = [_put(connection, entry, seen + 1, whole, at_ms, now)]
        subject = first.call or entry
        drop_drafts(connection, subject=subject, operator=writing.operator, about=entry)
        data["revision"] = seen + 1

    append(database, [_journalled("entry.corrected", whole, at_ms, data)], put)
    return made[0]


def _replaced(connection: Connection, writing: Writing) -> None:
    first = select(ledger_entries.c.ledger).where(
        ledger_entries.c.entry == writing.replaces, ledger_entries.c.revision == 1
    )
    if connection.scalar(first) != writing.ledger:
        raise UnknownError(f"there is no entry {writing.replaces!r} in this ledger")
    free_place(connection, writing.replaces or "")


def current_of(database: Database, entry: str) -> Revision:
    """For the program's own use: what an entry is now. Raises UnknownError."""
    with database.read() as connection:
        found = newest(connection, [entry])
    if not found:
        raise UnknownError(f"there is no entry {entry!r}")
    return found[0]


def call_of(database: Database, asked: str) -> str:
    """The call of this id, or the call in which the callback of this ticket was asked for.

    Raises:
        UnknownError: neither is known.
    """
    with database.read() as connection:
        found: str | None = connection.scalar(select(calls.c.call).where(calls.c.call == asked))
        if found is None:
            found = connection.scalar(select(tickets.c.call).where(tickets.c.ticket == asked))
    if found is None:
        raise UnknownError(f"there is no call {asked!r}")
    return found


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


def _written(connection: Connection, writing: Writing, at_ms: int) -> str | None:
    """The entry that this request has made."""
    since_ms = at_ms - REQUEST_KNOWN_MS
    rows = journal_rows(
        connection, from_ms=since_ms, kinds=("entry.written",), data_contains=f'"request":"{writing.request}"'
    )
    entries = (str(row.entry.data["entry"]) for row in rows if row.entry.operator == writing.operator)
    return next(entries, None)
