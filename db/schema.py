"""Bringing the database's tables up to date (Alembic, the migrations are in db/migrations)."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from db.database import Database, DatabaseError
from db.personal import require_keys
from db.vault import VaultError

# Alembic is imported where it is used: half a second that a command which needs no database should not cost.
if TYPE_CHECKING:
    from alembic.config import Config

# Any number will do, as long as every version of Madoguchi takes the same.
_LOCK = 0x6D61646F


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database) -> bool:
    """Make or update the tables; True when something was done. Two processes may do so at the same moment.

    Raises DatabaseError when the database was made by a newer Madoguchi.
    """
    state = schema_state(database)
    if state == "newer":
        raise DatabaseError(f"{database.name}: made by a newer version of Madoguchi; use that version")
    if state == "current":
        require_keys(database)
        return False
    from alembic import command

    if database.file is not None:
        database.file.parent.mkdir(parents=True, exist_ok=True)
    with database.write() as connection:
        # Held to the end of the transaction. SQLite: BEGIN IMMEDIATE is the lock.
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        try:
            command.upgrade(_config(connection), "head")
        except ProgrammingError as problem:
            if "permission denied" in str(problem.orig) or "must be owner" in str(problem.orig):
                raise DatabaseError(
                    f"{database.name}: this role may not change the tables, as it should be; run as their "
                    "owner: madoguchi db upgrade --role NAME"
                ) from None
            raise
        except VaultError as problem:
            raise DatabaseError(str(problem)) from None
    if state == "older":
        sweep(database, whole=True)
    require_keys(database)
    return True


def sweep(database: Database, *, whole: bool = False, within_s: float = 10.0) -> bool:
    """Remove from a SQLite file and its write-ahead log what was deleted; nothing to do on a server.

    ``whole``: make the file anew (VACUUM), for what was deleted before deleted data were overwritten. False:
    a reader did not end within the time, and the log still has pages of before.
    """
    if not database.is_sqlite:
        return True
    deadline = time.monotonic() + within_s
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101  # of the dialect
        if whole:
            raw.execute("VACUUM")
        while raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.05)
    return True


def schema_state(database: Database) -> Literal["empty", "older", "current", "newer"]:
    """How the tables compare with this version's. A missing SQLite file is "empty", and is not made."""
    if database.file is not None and not database.file.exists():
        return "empty"
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    with database.engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        return "empty"
    if found == script.get_current_head():
        return "current"
    return "older" if found in {revision.revision for revision in script.walk_revisions()} else "newer"


def require_current(database: Database) -> None:
    """For commands that only read: raises DatabaseError, with what to do, unless the tables are there."""
    if database.file is not None and not database.file.exists():
        raise DatabaseError(f"{database.name}: no such database; start Madoguchi once, or give --home")
    state = schema_state(database)
    if state == "newer":
        raise DatabaseError(f"{database.name}: made by a newer version of Madoguchi; use that version")
    if state != "current":
        raise DatabaseError(f"{database.name}: its tables are not up to date; run: madoguchi db upgrade")
