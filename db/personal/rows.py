"""The rows of the table `personal`: a call's numbers, sealed under a data key of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields

import structlog
from sqlalchemy import Connection, select, text
from sqlalchemy.dialects import postgresql, sqlite

from db.connection import portions, vault_of
from db.tables import personal
from db.vault import Sealed, VaultError

COLUMNS = [personal.c[one.name] for one in fields(Sealed)]

log = structlog.get_logger("db.personal")


def put(connection: Connection, numbers: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the numbers (`db.vault.FIELDS`) of calls. One that is not given stays what it was.

    Raises:
        VaultError: there is no usable key.
    """
    wanted = [call for call, both in numbers.items() if both]
    if not wanted:
        return
    hold_keys(connection)
    vault, known = vault_of(connection), {row.call: row for row in sealed_rows(connection, wanted)}
    rows = []
    for call in wanted:
        try:
            rows.append(vault.seal(call, numbers[call], known.get(call)))
        except VaultError:
            if call not in known:
                raise
            log.warning("personal.unreadable", call=call)
            rows.append(vault.seal(call, numbers[call]))
    write(connection, rows)


def hold_keys(connection: Connection) -> None:
    """Let no rotation end before this transaction has: it would destroy the key that we are about to use.

    SQLite has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE personal IN ROW EXCLUSIVE MODE"))


def wait_for_writers(connection: Connection) -> None:
    """For a rotation: wait for whoever took the older key before the new one was made, and let nobody in."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE personal IN SHARE ROW EXCLUSIVE MODE"))


def sealed_rows(connection: Connection, wanted: Iterable[str]) -> Iterator[Sealed]:
    """The rows of these calls, as far as there are any."""
    for some in portions(wanted):
        for row in connection.execute(select(*COLUMNS).where(personal.c.call.in_(some))):
            yield Sealed(*row)


def opened(connection: Connection, wanted: Iterable[str]) -> dict[str, dict[str, str]]:
    """The numbers of these calls, by the names of `db.vault.FIELDS`; of what cannot be opened: none."""
    found = {}
    for sealed in sealed_rows(connection, wanted):
        try:
            found[sealed.call] = vault_of(connection).open(sealed)
        except VaultError:
            log.warning("personal.unreadable", call=sealed.call)
    return found


def write(connection: Connection, rows: Sequence[Sealed]) -> None:
    """Put rows where they are not, and in the place of those that are."""
    if not rows:
        return
    new = sqlite.insert(personal) if connection.dialect.name == "sqlite" else postgresql.insert(personal)
    others = {column.name: new.excluded[column.name] for column in COLUMNS if column.name != "call"}
    upsert = new.on_conflict_do_update(index_elements=["call"], set_=others)
    connection.execute(upsert, [asdict(row) for row in rows])
