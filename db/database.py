"""Opening the database: SQLite in the state directory, or PostgreSQL by URL."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from db.vault import Vault

URL_VARIABLE = "MADOGUCHI_DATABASE_URL"
_BUSY_MS = 10_000
_UNHEARD = "SET LOCAL idle_in_transaction_session_timeout = '60s'"
"""So that what the transaction of a machine that is cut off has locked is not locked for hours."""


class DatabaseError(Exception):
    """A database that cannot be used; the text is one sentence for the user, without the password."""


class DatabaseAwayError(DatabaseError):
    """The database did not answer in time."""


@dataclass(frozen=True, slots=True)
class Database:
    """An opened database. ``name`` is how people are told of it: the file, or the URL less the password."""

    engine: Engine
    name: str

    @property
    def is_sqlite(self) -> bool:
        """Whether this is a SQLite file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def vault(self) -> Vault:
        """The keys of personal data. They go with the engine, so that every connection has them."""
        vault: Vault = self.engine.get_execution_options()["vault"]
        return vault

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for a server."""
        return Path(self.engine.url.database) if self.is_sqlite and self.engine.url.database else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection on which several queries see one and the same state."""
        # A SQLite transaction sees one state anyway.
        options = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect() as connection:
            connection.execution_options(**options)
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that may write: committed at the end of the block, rolled back when it raises."""
        # SQLite: take the write lock at once. A transaction that began by reading could not take it once
        # another process had written (SQLITE_BUSY_SNAPSHOT), however long it waits.
        with self.engine.connect() as connection:
            connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            with connection.begin():
                if not self.is_sqlite:
                    connection.exec_driver_sql(_UNHEARD)
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_database(url: str | None = None, *, home: Path | str | None = None) -> Database:
    """The database of ``url``, else of MADOGUCHI_DATABASE_URL, else ``home``/madoguchi.db. Does not connect.

    The keys of personal data are ``home``/keys/personal.json; without a ``home`` those beside the SQLite
    file, or those of ``var``. Accepts ``postgresql://``, ``postgres://``, ``postgresql+psycopg://`` and ``sqlite:///FILE``.
    Raises DatabaseError for any other URL.
    """
    asked = url if url is not None else os.environ.get(URL_VARIABLE, "").strip()
    if not asked:
        return _sqlite(Path(home or "var") / "madoguchi.db", home)
    try:
        parsed = make_url(asked)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            f"{URL_VARIABLE}: not a database URL; write postgresql://USER:PASSWORD@HOST/NAME"
        ) from None
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return _postgresql(parsed.set(drivername="postgresql+psycopg"), home)
    if parsed.drivername == "sqlite" and parsed.database and parsed.database != ":memory:":
        return _sqlite(Path(parsed.database), home)
    raise DatabaseError(
        f"{URL_VARIABLE}: {parsed.drivername}: write postgresql://USER:PASSWORD@HOST/NAME or sqlite:///FILE"
    )


def _vault(home: Path | str) -> Vault:
    return Vault(Path(home) / "keys" / "personal.json")


def _sqlite(file: Path, home: Path | str | None) -> Database:
    # hide_parameters: errors are logged, and rows of the table personal must not be.
    engine = create_engine(
        URL.create("sqlite", database=str(file)),
        hide_parameters=True,
        execution_options={"vault": _vault(home or file.parent)},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        # None: Python's driver begins no transaction by itself, the listener below does. Otherwise DDL and
        # reads would run outside of the transaction that SQLAlchemy believes to be in.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        # WAL: reports read while the writer writes.
        _use_wal(connection)
        # FULL, not NORMAL: NORMAL in WAL mode may lose the last commits at a power cut, and the city pays by
        # these rows. The fsync is the writer thread's, never a call's, and a whole batch shares it.
        connection.execute("PRAGMA synchronous=FULL")
        # What is deleted is overwritten: a purged row must not be found in the file's free pages.
        connection.execute("PRAGMA secure_delete=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return Database(engine, str(file))


def _use_wal(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + _BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as problem:
            # Two who switch a new file at once: SQLite says so at once, whatever busy_timeout is.
            if "locked" not in str(problem) or time.monotonic() >= deadline:
                raise
            time.sleep(0.01)
        else:
            return


def _postgresql(url: URL, home: Path | str | None) -> Database:
    engine = create_engine(
        url,
        execution_options={"vault": _vault(home or "var")},
        pool_pre_ping=True,
        hide_parameters=True,
        # A server that vanishes without a word is noticed within about 10 s.
        connect_args={
            # A cluster made in the C locale says SQL_ASCII, and psycopg then gives bytes for text.
            "client_encoding": "utf8",
            "connect_timeout": 5,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "tcp_user_timeout": 10_000,
        },
    )
    return Database(engine, url.render_as_string(hide_password=True))


def wait_for(
    database: Database,
    timeout_s: float,
    tell: Callable[[str], None] | None = None,
    pause_s: float = 0.5,
) -> None:
    """Return when the database answers; ``tell`` gets one sentence when it is not there at once.

    Raises DatabaseAwayError after ``timeout_s`` seconds.
    """
    deadline = time.monotonic() + timeout_s
    told = False
    while True:
        try:
            with database.engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (DBAPIError, OSError) as problem:
            why = str(getattr(problem, "orig", problem)).strip().splitlines() or ["no answer"]
        else:
            return
        if time.monotonic() >= deadline:
            raise DatabaseAwayError(f"{database.name}: the database does not answer: {why[0]}")
        if not told and tell is not None:
            tell(f"waiting for the database {database.name} ({why[0]})")
            told = True
        time.sleep(max(0.0, min(pause_s, deadline - time.monotonic())))
