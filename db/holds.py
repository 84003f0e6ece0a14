"""Legal hold (保全): calls whose personal data no purge may touch."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, union_all

from db.append import append
from db.database import Database
from db.entry import Entry
from db.tables import calls, holds, ledger_keys

LONGEST_WHO, LONGEST_REASON = 64, 500


class Hold(NamedTuple):
    """Since when (ms UTC), by whom and why a call is held."""

    call: str
    at_ms: int
    who: str
    reason: str


def place_hold(database: Database, hold: Hold) -> None:
    """Put a call on hold, or a ledger entry without a call, by its own name; the journal says so.

    Raises:
        ValueError: the call is unknown or held already, or who or the reason is missing.
    """
    _checked(hold.who, hold.reason)

    def put(connection: Connection) -> None:
        entry = select(ledger_keys.c.subject).where(ledger_keys.c.subject == hold.call)
        known = union_all(select(calls.c.call).where(calls.c.call == hold.call), entry)
        if connection.execute(known).first() is None:
            raise ValueError(f"{hold.call!r} is not a call in {database.name}, nor an entry without one")
        if connection.scalar(select(holds.c.call).where(holds.c.call == hold.call)) is not None:
            raise ValueError(f"{hold.call} is held already")
        connection.execute(insert(holds).values(hold._asdict()))

    data = {"by": hold.who, "reason": hold.reason}
    append(database, [Entry(hold.at_ms, "hold.placed", hold.call, data=data)], put)


def release_hold(database: Database, call: str, *, who: str, reason: str, at_ms: int) -> None:
    """End a hold; the journal says so.

    Raises:
        ValueError: the call is not held, or who or the reason is missing.
    """
    _checked(who, reason)

    def drop(connection: Connection) -> None:
        if connection.execute(delete(holds).where(holds.c.call == call)).rowcount == 0:
            raise ValueError(f"{call!r} is not held")

    append(database, [Entry(at_ms, "hold.released", call, data={"by": who, "reason": reason})], drop)


def all_holds(connection: Connection) -> list[Hold]:
    """Every hold, the oldest first."""
    query = select(*(holds.c[name] for name in Hold._fields)).order_by(holds.c.at_ms, holds.c.call)
    return [Hold(*row) for row in connection.execute(query)]


def _checked(who: str, reason: str) -> None:
    if not who.strip() or len(who) > LONGEST_WHO:
        raise ValueError(f"who is empty or longer than {LONGEST_WHO} characters")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise ValueError(f"the reason is empty or longer than {LONGEST_REASON} characters")
