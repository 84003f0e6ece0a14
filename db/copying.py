"""A copy of the whole database as one SQLite file, while it is written to; and the way back.

Both kinds of database are copied into the same form, so that a backup can be proved without a server, and
rows can move from SQLite to PostgreSQL and back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, Table, func, insert, select, text

from db.database import Database, DatabaseError, open_database
from db.schema import require_current, schema_state, upgrade
from db.tables import metadata

_AT_ONCE = 5000


def copy_out(database: Database, file: Path, home: Path) -> None:
    """Copy every row, as it is at one moment, into the new SQLite ``file``. Nobody who writes has to wait.

    SQLite: by its online backup, in one step, which reads one state of the file. PostgreSQL: all tables in
    one REPEATABLE READ transaction. ``home``: whose keys the copy would be opened with.

    Raises:
        DatabaseError: the tables are not those of this version.
        sqlalchemy.exc.DBAPIError, OSError: it cannot be read, or the copy not written.
    """
    require_current(database)
    if database.file is not None:
        with database.engine.connect() as connection, closing(sqlite3.connect(file)) as copy:
            raw = connection.connection.driver_connection
            assert isinstance(raw, sqlite3.Connection)  # noqa: S101  # of the dialect
            raw.backup(copy)  # all pages in one step: a writer in between would make it begin anew
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        return
    copied = open_database(f"sqlite:///{file}", home=home)
    try:
        upgrade(copied)
        with database.read() as source, copied.write() as target:
            for table in metadata.sorted_tables:
                for rows in _rows(source, table):
                    target.execute(insert(table), [dict(row) for row in rows])
    finally:
        copied.close()
    with closing(sqlite3.connect(file)) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")


def copy_in(source: Database, target: Database) -> int:
    """Bring every row of ``source`` into ``target``, an empty database of a server; how many they are.

    All or nothing. To be run as the owner of the tables.

    Raises:
        DatabaseError: the target has rows already, or is of another version.
        sqlalchemy.exc.DBAPIError: it cannot be written.
    """
    if schema_state(target) == "empty":
        upgrade(target)
    require_current(target)
    count = 0
    with source.read() as old, target.write() as new:
        for table in metadata.sorted_tables:
            if new.scalar(select(func.count()).select_from(table)):
                raise DatabaseError(
                    f"{target.name}: the table {table.name} has rows already; make a new database, and name "
                    "it in MADOGUCHI_DATABASE_URL"
                )
            count += _copied(table, old, new)
            _number_on(table, new)
    return count


def _rows(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    result = connection.execution_options(yield_per=_AT_ONCE).execute(select(table))
    yield from result.mappings().partitions(_AT_ONCE)


def _copied(table: Table, old: Connection, new: Connection) -> int:
    """COPY … FROM STDIN: a hundred thousand rows in a second or two."""
    names = [column.name for column in table.columns]
    statement = SQL("COPY {} ({}) FROM STDIN").format(
        Identifier(table.name), SQL(", ").join(map(Identifier, names))
    )
    count = 0
    cursor: Cursor[Any] = new.connection.cursor()  # type: ignore[assignment]  # psycopg's own, by the dialect
    with cursor, cursor.copy(statement) as copy:
        for rows in _rows(old, table):
            for row in rows:
                copy.write_row([row[name] for name in names])
            count += len(rows)
    return count


def _number_on(table: Table, new: Connection) -> None:
    """Let a numbered table give its next row the number behind the last one that was copied."""
    for column in table.primary_key:
        sequence = new.scalar(
            text("SELECT pg_get_serial_sequence(quote_ident(:table), :column)"),
            {"table": table.name, "column": column.name},
        )
        if sequence is not None:
            newest = new.scalar(select(func.max(column)))
            new.execute(
                text("SELECT setval(CAST(:sequence AS regclass), :value, :called)"),
                {"sequence": sequence, "value": newest or 1, "called": newest is not None},
            )
