"""The data keys of ledger entries, and the keyed hashes of the telephone numbers in them.

An entry's rows are append-only, its key is not: a purge deletes the key, and what was sealed with it can
never be read again, in no revision. Whoever purges names subjects: the call that an entry belongs to, or the
entry itself where there was no call.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, true, update

from db.connection import portions, vault_of
from db.tables import calls, drafts, ledger_entries, ledger_keys, ledger_phones
from db.vault import DataKey, VaultError

DRAFT = "draft-"
"""How the name of a draft begins: it has its key and its numbers among those of the entries."""

log = structlog.get_logger("db.ledger")


def about(entry: str) -> str:
    """What an entry's key is bound to."""
    return f"entry:{entry}"


def make_key(connection: Connection, entry: str, subject: str, at_ms: int) -> DataKey:
    """A key for a new entry.

    Raises:
        VaultError: there is no usable key in the key file.
    """
    key_id, wrapped, made = vault_of(connection).new_data_key(about(entry))
    row = {"entry": entry, "subject": subject, "at_ms": at_ms, "key_id": key_id, "wrapped": wrapped}
    connection.execute(insert(ledger_keys).values(row))
    return made


def key_of(connection: Connection, entry: str) -> DataKey | None:
    """An entry's key; None: purged.

    Raises:
        VaultError: it is there and cannot be opened.
    """
    query = select(ledger_keys.c.key_id, ledger_keys.c.wrapped).where(ledger_keys.c.entry == entry)
    row = connection.execute(query).first()
    return None if row is None else vault_of(connection).data_key(about(entry), row.key_id, row.wrapped)


def keys_of(connection: Connection, entries: Iterable[str]) -> dict[str, DataKey]:
    """The keys of entries; one that was purged, or that cannot be opened, has none."""
    found = {}
    for some in portions(entries):
        for row in connection.execute(select(ledger_keys).where(ledger_keys.c.entry.in_(some))):
            try:
                found[row.entry] = vault_of(connection).data_key(about(row.entry), row.key_id, row.wrapped)
            except VaultError:
                log.warning("ledger.unreadable", entry=row.entry)
    return found


def put_phones(connection: Connection, entry: str, numbers: Iterable[str]) -> None:
    """Let an entry be found by these numbers (E.164), and by no others."""
    connection.execute(delete(ledger_phones).where(ledger_phones.c.entry == entry))
    hashed = sorted({vault_of(connection).hashes(number)[-1] for number in numbers})
    if hashed:
        connection.execute(insert(ledger_phones), [{"entry": entry, "hash": one} for one in hashed])


def entries_with(connection: Connection, number: str) -> list[str]:
    """The entries in which exactly this number (E.164) stands now, the oldest first."""
    query = (
        select(ledger_keys.c.entry)
        .join(ledger_phones, ledger_phones.c.entry == ledger_keys.c.entry)
        .where(ledger_phones.c.hash.in_(vault_of(connection).hashes(number)))
        .order_by(ledger_keys.c.at_ms, ledger_keys.c.entry)
        .distinct()
        .add_columns(ledger_keys.c.at_ms)
    )
    return [row.entry for row in connection.execute(query)]


def with_number(connection: Connection, number: str) -> list[tuple[str, str]]:
    """For a purge: what the entries and drafts with this number belong to, and their names."""
    found = entries_with(connection, number)
    query = select(ledger_keys.c.subject, ledger_keys.c.entry).where(ledger_keys.c.entry.in_(found))
    return [(row.subject, row.entry) for row in connection.execute(query)] if found else []


def subjects_with(connection: Connection, number: str) -> list[str]:
    """For purges and searches: what the entries with this number belong to."""
    found = entries_with(connection, number)
    query = select(ledger_keys.c.subject).where(ledger_keys.c.entry.in_(found)).distinct()
    return sorted(connection.scalars(query)) if found else []


def phones_of(
    connection: Connection, subjects: Iterable[str], kind: str | None = None
) -> dict[str, set[str]]:
    """For a purge: the numbers in the entries of these subjects (of this kind), in whatever revision, by
    subject.
    """
    found: dict[str, set[str]] = {}
    for some in portions(subjects):
        query = (
            select(ledger_keys.c.entry, ledger_keys.c.subject)
            .where(ledger_keys.c.subject.in_(some))
            .where(_of_kind(kind))
        )
        owner = {row.entry: row.subject for row in connection.execute(query)}
        for subject in owner.values():
            found.setdefault(subject, set())
        keys = keys_of(connection, owner)
        for entries in portions(keys):
            rows = connection.execute(
                select(ledger_entries.c.entry, ledger_entries.c.revision, ledger_entries.c.sealed).where(
                    ledger_entries.c.entry.in_(entries)
                )
            )
            for row in rows:
                opened = opened_part(keys[row.entry], row.revision, row.sealed)
                found[owner[row.entry]].update(() if opened is None else opened["phones"])
            typed = select(drafts.c.draft, drafts.c.sealed).where(drafts.c.draft.in_(entries))
            for draft, sealed in connection.execute(typed):
                found[owner[draft]].update(_draft_phones(keys[draft], sealed))
    return found


def opened_part(key: DataKey, revision: int, sealed: bytes) -> dict[str, Any] | None:
    """What is sealed in a revision: `values`, `why`, `phones`; None when it cannot be opened."""
    try:
        part: dict[str, Any] = json.loads(key.open(sealed, f"revision {revision}"))
    except (VaultError, ValueError):
        log.warning("ledger.unreadable", entry=key.about)
        return None
    return part


def erase_keys(connection: Connection, subjects: Iterable[str], kind: str | None = None) -> int:
    """Destroy the keys of all entries of these subjects, or of those of one kind (booking, inquiry, draft).
    Returns how many entries that were.
    """
    erased = 0
    for some in portions(subjects):
        # Whoever is correcting one of them is waited for; the numbers that he leaves are then seen, too.
        query = (
            select(ledger_keys.c.entry)
            .where(ledger_keys.c.subject.in_(some))
            .where(_of_kind(kind))
            .with_for_update()
        )
        entries = list(connection.scalars(query))
        for few in portions(entries):
            _delete_keys(connection, few)
            connection.execute(delete(drafts).where(drafts.c.draft.in_(few)))
        erased += len(entries)
    return erased


def drop_keys(connection: Connection, entries: Iterable[str]) -> None:
    """Destroy the keys of these entries or drafts, and forget the numbers in them."""
    for some in portions(entries):
        _delete_keys(connection, some)


def due_subjects(
    connection: Connection,
    before_ms: int,
    line: str | None,
    others: Sequence[str] = (),
    kind: str | None = None,
) -> list[str]:
    """Subjects with entries whose call (else: which themselves) came before this time (ms UTC); with drafts
    that were last typed at before it, where ``kind`` is draft.

    ``line`` and ``others`` as in `db.personal.due`; an entry without a call is the line main's.
    """
    known = func.coalesce(calls.c.line, "main")
    at_ms = func.coalesce(calls.c.received_ms, ledger_keys.c.at_ms)
    query = (
        select(ledger_keys.c.subject)
        .join(calls, calls.c.call == ledger_keys.c.subject, isouter=True)
        .join(drafts, drafts.c.draft == ledger_keys.c.entry, isouter=True)
        .where(_of_kind(kind))
        .where(known == line if line is not None else known.not_in(list(others)))
        .group_by(ledger_keys.c.subject)
        .having(func.min(at_ms) < before_ms if kind != "draft" else func.max(drafts.c.at_ms) < before_ms)
    )
    return sorted(connection.scalars(query))


def unreadable_subjects(connection: Connection, known: Sequence[str]) -> list[str]:
    """Subjects of which some entry is sealed by none of the known keys of the installation."""
    query = select(ledger_keys.c.subject).where(ledger_keys.c.key_id.not_in(list(known))).distinct()
    return sorted(connection.scalars(query))


def keys_in_use(connection: Connection) -> dict[str, int]:
    """How many entries each of the installation's keys seals, by its id."""
    rows = connection.execute(select(ledger_keys.c.key_id, func.count()).group_by(ledger_keys.c.key_id))
    return {row[0]: row[1] for row in rows}


def rewrap(connection: Connection, new: str, behind: str, at_once: int) -> tuple[list[str], list[str]]:
    """For a rotation: wrap the next entries' keys anew, by the key ``new``, and hash their numbers anew.

    Returns the entries that were looked at, in order, those behind ``behind`` only; and those of them that
    cannot be opened, which stay as they are.
    """
    vault = vault_of(connection)
    older = (ledger_keys.c.key_id != new) & (ledger_keys.c.entry > behind)
    rows = connection.execute(
        select(ledger_keys).where(older).order_by(ledger_keys.c.entry).limit(at_once)
    ).all()
    stuck = []
    for row in rows:
        try:
            key = vault.data_key(about(row.entry), row.key_id, row.wrapped)
        except VaultError:
            stuck.append(row.entry)
            continue
        key_id, wrapped = vault.rewrap(key)
        changed = {"key_id": key_id, "wrapped": wrapped}
        connection.execute(update(ledger_keys).where(ledger_keys.c.entry == row.entry).values(changed))
        newest = connection.execute(
            select(ledger_entries.c.revision, ledger_entries.c.sealed)
            .where(ledger_entries.c.entry == row.entry)
            .order_by(ledger_entries.c.revision.desc())
            .limit(1)
        ).first()
        part = None if newest is None else opened_part(key, newest.revision, newest.sealed)
        phones = () if part is None else part["phones"]
        if row.entry.startswith(DRAFT):
            kept = connection.scalar(select(drafts.c.sealed).where(drafts.c.draft == row.entry))
            phones = _draft_phones(key, kept or b"")
        put_phones(connection, row.entry, phones)
    return [row.entry for row in rows], stuck


def _of_kind(kind: str | None) -> ColumnElement[bool]:
    """The names of entries and drafts begin with their kind."""
    return true() if kind is None else ledger_keys.c.entry.startswith(f"{kind}-")


def _delete_keys(connection: Connection, some: list[str]) -> None:
    connection.execute(delete(ledger_keys).where(ledger_keys.c.entry.in_(some)))
    connection.execute(delete(ledger_phones).where(ledger_phones.c.entry.in_(some)))


def _draft_phones(key: DataKey, sealed: bytes) -> list[str]:
    if not sealed:
        return []
    try:
        phones: list[str] = json.loads(key.open(sealed, "draft"))["phones"]
    except (VaultError, ValueError):
        log.warning("ledger.unreadable", entry=key.about)
        return []
    return phones
