"""The installation's keys: which are in use, that they are there, and sealing everything with a new one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from db.connection import AT_ONCE, vault_of
from db.database import Database, DatabaseError
from db.entry_keys import keys_in_use, rewrap
from db.personal.rows import COLUMNS, wait_for_writers, write
from db.sealed_totp import rewrap_totp
from db.tables import personal
from db.vault import Sealed, VaultError


def key_ids(connection: Connection) -> dict[str, int]:
    """How many rows each key seals, by its id."""
    rows = connection.execute(select(personal.c.key_id, func.count()).group_by(personal.c.key_id))
    found = {row[0]: row[1] for row in rows}
    for key, count in keys_in_use(connection).items():
        found[key] = found.get(key, 0) + count
    return found


def require_keys(database: Database) -> None:
    """Refuse to go on with a database whose key file is not there: a new one would never open its rows.

    Raises:
        DatabaseError: says what to do.
    """
    vault = database.vault
    try:
        if vault.exists:
            vault.all_keys()
            return
        with database.read() as connection:
            sealed = connection.execute(select(personal.c.call).limit(1)).first()
            entries = keys_in_use(connection)
        if sealed is not None or entries:
            raise DatabaseError(
                f"{vault.file}: the key of personal data is missing, and {database.name} holds data sealed "
                "with it; put its copy back, or give the data up: madoguchi purge --unreadable"
            )
        vault.all_keys()
    except VaultError as problem:
        raise DatabaseError(str(problem)) from None


def reseal(database: Database, at_once: int = AT_ONCE) -> Iterator[int]:
    """Rotate: make a new key, seal every row with it (data keys, hashes), destroy the older keys.

    Yields how many rows are done, after each portion; the rotation is over when the iteration is. Calls go on
    meanwhile. Interrupted, it is finished by the next one: all rows can be opened at any time.

    Raises:
        VaultError: another rotation runs, or rows cannot be opened (the older keys then stay).
    """
    vault = database.vault
    with vault.alone():
        new, done = vault.add(), 0
        with database.write() as connection:
            rewrap_totp(connection, new.id)
        way = _Way(new.id)
        while True:
            with database.write() as connection:
                wait_for_writers(connection)
                sealed = way.seal_some(connection, at_once)
                if sealed is not None:
                    done += sealed
                else:
                    left = way.left(connection)
                    if left == 0:
                        vault.keep_only(new.id)
                        return
                    if left == len(way.stuck):
                        break
                    way = _Way(new.id)  # once more: rows were written meanwhile
            yield done
        raise VaultError(
            f"{len(way.stuck)} rows cannot be opened (the first: {way.stuck[0]}), the older keys are kept; "
            "put back the key file that has their key, or give them up: madoguchi purge --unreadable"
        )


@dataclass(slots=True)
class _Way:
    """Once through all that older keys seal: the calls' numbers first, then the keys of the entries."""

    key_id: str
    stuck: list[str] = field(default_factory=list)
    """What cannot be opened, in words."""
    _behind_call: str = ""
    _behind_entry: str = ""

    def seal_some(self, connection: Connection, at_once: int) -> int | None:
        """Seal the next rows with the new key; how many. None: the way is at its end."""
        rows = self._older_rows(connection, at_once)
        if rows:
            return self._seal(connection, rows)
        seen, unopened = rewrap(connection, self.key_id, self._behind_entry, at_once)
        if not seen:
            return None
        self._behind_entry = seen[-1]
        self.stuck += unopened
        return len(seen) - len(unopened)

    def left(self, connection: Connection) -> int:
        """How much is sealed with older keys by now."""
        return sum(count for key, count in key_ids(connection).items() if key != self.key_id)

    def _older_rows(self, connection: Connection, at_once: int) -> list[Sealed]:
        query = (
            select(*COLUMNS)
            .where(personal.c.key_id != self.key_id, personal.c.call > self._behind_call)
            .order_by(personal.c.call)
            .limit(at_once)
        )
        return [Sealed(*row) for row in connection.execute(query)]

    def _seal(self, connection: Connection, rows: list[Sealed]) -> int:
        self._behind_call = rows[-1].call
        fresh, vault = [], vault_of(connection)
        for row in rows:
            try:
                fresh.append(vault.seal(row.call, {}, row))
            except VaultError:
                self.stuck.append(f"call {row.call}")
        write(connection, fresh)
        return len(fresh)
