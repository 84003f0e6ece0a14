"""Accounts of the desk: who may log in, as what, and what is kept of each log-in. No password in clear.

What is decided about them stands in desk/accounts.py; here are the rows only. Every change of an account is
made together with its row of the journal (`db.append`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from db.append import append
from db.database import Database
from db.desk_sessions import end_sessions_of
from db.entry import Entry
from db.sealed_totp import SealedTotp
from db.tables import people


@dataclass(frozen=True, slots=True)
class Account:
    """One person. `lines` None: every line. Times are ms UTC."""

    id: str
    name: str
    role: str
    operator: str | None = None
    lines: tuple[str, ...] | None = None
    password: str | None = field(default=None, repr=False)
    """Its Argon2id hash."""
    must_change: bool = False
    disabled: bool = False
    totp: SealedTotp | None = field(default=None, repr=False)
    totp_step: int = 0
    """The newest time step whose code was taken: none is taken twice."""
    failed: int = 0
    locked_until_ms: int = 0
    made_ms: int = 0
    password_ms: int | None = None
    logged_in_ms: int | None = None


_PLAIN = [
    one.name for one in people.c if one.name not in ("lines", "totp_key", "totp_wrapped", "totp_sealed")
]


def accounts(connection: Connection) -> list[Account]:
    """All that have a row, by id."""
    return [_account(row) for row in connection.execute(select(people).order_by(people.c.id)).mappings()]


def account(connection: Connection, person: str, *, for_update: bool = False) -> Account | None:
    """The account of this id. ``for_update``: nobody else changes it before the transaction ends."""
    query = select(people).where(people.c.id == person)
    found = connection.execute(query.with_for_update() if for_update else query).mappings().first()
    return None if found is None else _account(found)


def put_account(connection: Connection, changed: Account) -> None:
    """Write the account, new or known."""
    values = _values(changed)
    done = connection.execute(update(people).where(people.c.id == changed.id).values(values))
    if done.rowcount == 0:
        connection.execute(insert(people).values(values))


def change(database: Database, changed: Account, entry: Entry, *, end_sessions: bool) -> None:
    """Write the account and what the journal says of it; end its sessions where its rights or keys change."""

    def also(connection: Connection) -> None:
        put_account(connection, changed)
        if end_sessions:
            end_sessions_of(connection, changed.id)

    append(database, [entry], also)


def _account(row: RowMapping) -> Account:
    kept = {name: row[name] for name in _PLAIN}
    totp = None
    if row["totp_key"] is not None:
        totp = SealedTotp(row["totp_key"], bytes(row["totp_wrapped"]), bytes(row["totp_sealed"]))
    lines = None if row["lines"] is None else tuple(json.loads(row["lines"]))
    return Account(**kept, totp=totp, lines=lines)


def _values(account: Account) -> dict[str, Any]:
    totp = account.totp
    return {
        **{name: getattr(account, name) for name in _PLAIN},
        "lines": None if account.lines is None else json.dumps(account.lines),
        "totp_key": totp and totp.key_id,
        "totp_wrapped": totp and totp.wrapped,
        "totp_sealed": totp and totp.sealed,
    }
