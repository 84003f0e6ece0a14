"""What a purge asks, and what it destroys: numbers, and the keys of ledger entries and drafts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, func, or_, select

from db.connection import portions, vault_of
from db.entry_keys import due_subjects, erase_keys, phones_of, unreadable_subjects, with_number
from db.personal.rows import opened
from db.tables import calls, personal, tickets

NUMBER = "number"
"""The kind of what stands in the table `personal`; the other kinds are the ledgers' and the drafts'."""


def due(
    connection: Connection,
    before_ms: int,
    line: str | None,
    others: Sequence[str] = (),
    kind: str | None = None,
) -> list[str]:
    """The calls received before this time (ms UTC) that still have personal data, of this kind or of any.

    ``line``: only those of this line (the number that was called); None: of every line but ``others``. A
    call whose callback is still to be done is none of them. A draft's time is when it was typed at last.
    """
    if kind is not None and kind != NUMBER:
        return due_subjects(connection, before_ms, line, others, kind)
    query = (
        select(personal.c.call)
        .join(calls, calls.c.call == personal.c.call, isouter=True)
        .join(tickets, tickets.c.call == personal.c.call, isouter=True)
        .where(func.coalesce(calls.c.received_ms, 0) < before_ms)
        .where(or_(tickets.c.ticket.is_(None), tickets.c.closed_ms.is_not(None)))
        .order_by(calls.c.received_ms, personal.c.call)
        .distinct()
        .add_columns(calls.c.received_ms)
    )
    known = func.coalesce(calls.c.line, "main")
    query = query.where(known == line) if line is not None else query.where(known.not_in(list(others)))
    found = [row.call for row in connection.execute(query)]
    if kind is not None:
        return found
    known_already = set(found)
    entries = due_subjects(connection, before_ms, line, others)
    return found + [one for one in entries if one not in known_already]


def kept_as(connection: Connection, number: str) -> set[tuple[str, str]]:
    """For a purge: where exactly this number stands, as (call or entry without one, kind).

    The kind is `number`, or what the entry's name begins with: booking, inquiry, draft.
    """
    hashes = vault_of(connection).hashes(number)
    query = select(personal.c.call).where(
        or_(personal.c.number_hash.in_(hashes), personal.c.callback_hash.in_(hashes))
    )
    found = {(call, NUMBER) for call in connection.scalars(query)}
    return found | {(subject, entry.partition("-")[0]) for subject, entry in with_number(connection, number)}


def numbers_of(connection: Connection, wanted: Iterable[str], kind: str | None = None) -> dict[str, set[str]]:
    """For a purge: all numbers of these calls, or those of one kind, by call. Rows that cannot be opened have
    none.
    """
    asked, found = list(wanted), dict[str, set[str]]()
    if kind is None or kind == NUMBER:
        found = {call: set(both.values()) for call, both in opened(connection, asked).items()}
    if kind == NUMBER:
        return found
    for subject, numbers in phones_of(connection, asked, kind).items():
        found.setdefault(subject, set()).update(numbers)
    return found


def unreadable(connection: Connection) -> list[str]:
    """The calls whose data no key in the key file can open; all, when there is no file."""
    vault = vault_of(connection)
    known = [key.id for key in vault.all_keys()] if vault.exists else []
    found = list(connection.scalars(select(personal.c.call).where(personal.c.key_id.not_in(known))))
    return found + [one for one in unreadable_subjects(connection, known) if one not in found]


def erase(connection: Connection, wanted: Iterable[str], kind: str | None = None) -> int:
    """Delete the rows of these calls with their data keys, and the keys of their ledger entries, or only what
    is of this kind. Returns how many rows there were.
    """
    subjects, erased = list(wanted), 0
    if kind is not None and kind != NUMBER:
        return erase_keys(connection, subjects, kind)
    if kind is None:
        erase_keys(connection, subjects)
    for some in portions(subjects):
        erased += connection.execute(delete(personal).where(personal.c.call.in_(some))).rowcount
    return erased
