"""What people look at: each look is a row of the access log in the same transaction, or nothing is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from db.access_log import Looked, checked, note
from db.connection import vault_of
from db.database import Database
from db.personal.numbers import calls_of
from db.personal.rows import sealed_rows
from db.tables import calls, holds, personal


@dataclass(frozen=True, slots=True)
class Person:
    """What is kept of a citizen in one call. Numbers are E.164; None: withheld, not given, or purged."""

    call: str
    number: str | None
    callback_number: str | None
    is_held: bool


def look(database: Database, call: str, *, who: str, why: str, at_ms: int) -> Person | None:
    """Show a person the record of a citizen in one call, and write down who looked, when (ms UTC) and why.

    None: nothing is kept of this call; that somebody asked is written down as well.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
        VaultError: what is kept cannot be opened.
    """
    checked(who, why)
    with database.write() as connection:
        note(connection, [Looked(at_ms, who, call, "record", why)])
        sealed = next(sealed_rows(connection, [call]), None)
        if sealed is None:
            return None
        both = database.vault.open(sealed)
        held = connection.scalar(select(func.count()).where(holds.c.call == call))
        return Person(call, both.get("number"), both.get("callback_number"), bool(held))


def find(database: Database, number: str, *, who: str, why: str, at_ms: int) -> list[str]:
    """The calls of exactly this number (E.164), as the caller's own or to call back, the oldest first.

    Each call that is found is written to the access log; the number is not.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        found = calls_of(connection, number)
        seen: Sequence[str | None] = found or [None]
        note(connection, [Looked(at_ms, who, call, "search", why) for call in seen])
    return found


def shown(database: Database, call: str, *, who: str, why: str, at_ms: int) -> None:
    """Write down that a person is shown who is on the line; the number came with the call, not from here.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        note(connection, [Looked(at_ms, who, call, "present", why)])


def earlier_calls(
    database: Database, number: str, *, but: str, from_ms: int, most: int, who: str, why: str, at_ms: int
) -> list[str]:
    """The last calls that came from this number (E.164) since ``from_ms`` (UTC), the newest first, at most so
    many; the call ``but`` is none of them. Each one found is written to the access log, nothing is opened.

    Raises:
        ValueError: ``who`` or ``why`` is empty or too long.
    """
    checked(who, why)
    with database.write() as connection:
        query = (
            select(personal.c.call)
            .join(calls, calls.c.call == personal.c.call)
            .where(personal.c.number_hash.in_(vault_of(connection).hashes(number)))
            .where(calls.c.received_ms >= from_ms, personal.c.call != but)
            .order_by(calls.c.received_ms.desc(), personal.c.call.desc())
            .limit(most)
        )
        found = list(connection.scalars(query))
        note(connection, [Looked(at_ms, who, call, "earlier", why) for call in found])
    return found
