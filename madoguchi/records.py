"""Opening the records for a command: every fault becomes one sentence on stderr and exit status 2."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from sqlalchemy.exc import DBAPIError

from config.clock import Clock
from db import Database, DatabaseError, open_database, require_current
from madoguchi.atomic import put_atomically

TEXT_WIDTH = 130


def fail(sentence: str) -> NoReturn:
    """End the command: one sentence on stderr, exit status 2."""
    typer.echo(sentence, err=True)
    raise typer.Exit(2)


@contextmanager
def records(home: Path) -> Iterator[Database]:
    """The database of ``home`` (or of MADOGUCHI_DATABASE_URL), for reading, beside a running instance."""
    with opened(home) as database:
        require_current(database)
        yield database


@contextmanager
def opened(home: Path) -> Iterator[Database]:
    """Like :func:`records`, whatever the state of the tables."""
    database: Database | None = None
    try:
        database = open_database(home=home)
        yield database
    except DatabaseError as problem:
        fail(str(problem))
    except DBAPIError as problem:
        why = str(problem.orig).strip().splitlines() or ["no reason given"]
        fail(f"{database.name if database else home}: the database cannot be read: {why[0]}")
    finally:
        if database is not None:
            database.close()


def terminal() -> Console:
    """Where text goes. Piped into a file or a pager, tables are not folded to 80 columns."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else TEXT_WIDTH)


def now_ms() -> int:
    """The time as the instance's clock has it."""
    try:
        return Clock.from_environment().now_ms()
    except ValueError as problem:
        fail(str(problem))


def put_out(content: bytes, output: Path | None) -> None:
    """Write to the file, or to the standard output. A file that cannot be written is named, and stays."""
    if output is None:
        typer.get_binary_stream("stdout").write(content)
        return
    try:
        put_atomically(output, content)
    except OSError as problem:
        fail(f"--output {output}: cannot be written: {problem.strerror}")
