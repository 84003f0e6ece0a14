"""For the program's own use: numbers by call, and calls by number. It leaves no trace."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, or_, select

from db.connection import vault_of
from db.entry_keys import subjects_with
from db.personal.rows import COLUMNS, opened
from db.tables import calls, personal
from db.vault import Sealed

TAIL = 4


def personal_number(connection: Connection, call: str) -> str | None:
    """For the program's own use: the caller's number; None: withheld, purged or unknown."""
    return opened(connection, [call]).get(call, {}).get("number")


def callback_numbers(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """For the program's own use: where to call back, by call, as far as it is known."""
    found = opened(connection, wanted)
    return {call: both["callback_number"] for call, both in found.items() if "callback_number" in both}


def tails_of(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """The last four digits of who called, by call: enough to tell callers in a list apart, and to find one
    whom one already knows; not enough to ring anybody up. Not a look, so nothing is written down.
    """
    return {
        call: both["number"][-TAIL:]
        for call, both in opened(connection, wanted).items()
        if len(both.get("number", "")) > 2 * TAIL
    }


def opened_numbers(connection: Connection) -> dict[str, dict[str, str]]:
    """For handing everything over: all numbers by call, `number` and `callback_number`, as far as known.

    Raises:
        VaultError: one cannot be opened.
    """
    rows = connection.execute(select(*COLUMNS)).all()
    return {row.call: vault_of(connection).open(Sealed(*row)) for row in rows}


def calls_of(connection: Connection, number: str) -> list[str]:
    """For the program's own use: the calls of this number, the oldest first; then those in whose ledger entry
    it stands, and such entries without a call.
    """
    hashes = vault_of(connection).hashes(number)
    query = (
        select(personal.c.call)
        .join(calls, calls.c.call == personal.c.call, isouter=True)
        .where(or_(personal.c.number_hash.in_(hashes), personal.c.callback_hash.in_(hashes)))
        .order_by(calls.c.received_ms, personal.c.call)
    )
    found = list(connection.scalars(query))
    return found + [one for one in subjects_with(connection, number) if one not in found]


def caller_hashes(connection: Connection, from_ms: int, to_ms: int) -> dict[str, str]:
    """Who called, as a keyed hash, by call, for those received in from_ms <= t0 < to_ms (UTC).

    Calls whose number was withheld or purged are not in it. Equal hashes are equal numbers; rows that a
    rotation has not reached yet are hashed with the new key as well.
    """
    query = (
        select(personal.c.call, personal.c.key_id, personal.c.number_hash)
        .join(calls, calls.c.call == personal.c.call)
        .where(calls.c.received_ms >= from_ms, calls.c.received_ms < to_ms)
        .where(personal.c.number_hash.is_not(None))
    )
    rows = connection.execute(query).all()
    if len({key for _, key, _ in rows}) <= 1:
        return {call: known for call, _, known in rows}
    return rehashed(connection, [call for call, _, _ in rows])


def rehashed(connection: Connection, wanted: Iterable[str]) -> dict[str, str]:
    """For the program's own use: the callers' hashes by call, all with the newest key."""
    vault = vault_of(connection)
    return {
        call: vault.hashes(both["number"])[-1]
        for call, both in opened(connection, wanted).items()
        if "number" in both
    }
