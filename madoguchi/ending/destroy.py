"""Destroying what an installation keeps: its keys first, so that nothing opens any copy of the rest.

Files are overwritten once and removed. On disks that write elsewhere than they say (SSD, snapshots) that
alone would be no proof: what is personal in the database is sealed, and its key is gone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import inspect, text

from config import ConfigError, Home
from db import Database
from db.tables import metadata
from madoguchi.signing import KEY

MARK = "ending.json"
"""In the state directory: an end was begun. It goes last."""
_CHUNK = 1 << 20
_OURS = re.compile(r"madoguchi-[0-9A-Za-z.-]+")
"""What we name files in directories that the settings put outside of the state directory."""


@dataclass(slots=True)
class Destroyed:
    """What is gone. ``left``: what could not be removed, with the reason."""

    keys: int = 0
    files: int = 0
    bytes: int = 0
    left: dict[str, str] = field(default_factory=dict)


def may_destroy(database: Database) -> None:
    """Refuse beforehand what could not be carried through.

    Raises:
        ConfigError: the role may not drop the tables.
    """
    if database.is_sqlite:
        return
    with database.read() as connection:
        for table in metadata.tables:
            owner = text(
                "SELECT pg_has_role(relowner, 'MEMBER') FROM pg_class WHERE oid = to_regclass(:name)"
            )
            if connection.scalar(owner, {"name": table}) is False:
                raise ConfigError(
                    f"{database.name}: this role may not remove the tables, as it should be; give the URL of "
                    "their owner in MADOGUCHI_DATABASE_URL"
                )


def destroy(home: Home, database: Database, outside: list[Path]) -> Destroyed:
    """Destroy keys, database and files; all but the signing key, which still has to sign the certificate.

    ``outside``: directories of ours that lie elsewhere; of them only files with names of ours go. Done again
    after an interruption, it goes on.
    """
    gone = Destroyed()
    for path in _files(home.keys):
        if path.name != KEY:
            _overwrite(path, gone)
            gone.keys += 1
    _database(database, gone)
    for directory in outside:
        for path in _files(directory):
            if _OURS.fullmatch(path.name):
                _overwrite(path, gone)
    for path in _files(home.path):
        if path.parent != home.keys and path != home.path / MARK:
            _overwrite(path, gone)
    _empty_directories(home.path, keep=home.keys)
    return gone


def finish(home: Home) -> None:
    """Destroy the signing key: nobody signs in the name of this installation any more."""
    gone = Destroyed()
    for path in _files(home.path):
        _overwrite(path, gone)
    _empty_directories(home.path, keep=None)


def still_there(home: Home, outside: list[Path]) -> list[str]:
    """What of an installation is still to be found, but for the signing key."""
    last = (home.keys / KEY, home.path / MARK)
    here = [str(path) for path in _files(home.path) if path not in last]
    elsewhere = [str(path) for place in outside for path in _files(place) if _OURS.fullmatch(path.name)]
    return here + elsewhere


def _database(database: Database, gone: Destroyed) -> None:
    file = database.file
    if file is not None:
        database.close()
        for path in (file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))):
            if path.exists():
                _overwrite(path, gone)
        return
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(text(f'DROP TABLE IF EXISTS "{table.name}" CASCADE'))
            connection.execute(text(f'DROP FUNCTION IF EXISTS "{table.name}_append_only"() CASCADE'))
        connection.execute(text("DROP TABLE IF EXISTS alembic_version"))
    database.close()


def count_rows(database: Database) -> dict[str, int]:
    """How many rows each of our tables has, as far as it is there."""
    with database.read() as connection:
        there = set(inspect(connection).get_table_names())
        # The names are ours.
        return {
            name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()  # noqa: S608
            for name in metadata.tables
            if name in there
        }


def _files(place: Path) -> Iterator[Path]:
    """All files and links below, links not followed."""
    for directory, names, files in os.walk(place):
        here = Path(directory)
        yield from (here / name for name in files)
        yield from (here / name for name in names if (here / name).is_symlink())


def _overwrite(path: Path, gone: Destroyed) -> None:
    try:
        if path.is_file() and not path.is_symlink():
            size = path.stat().st_size
            with path.open("r+b") as out:
                for first in range(0, size, _CHUNK):
                    out.write(b"\0" * min(_CHUNK, size - first))
                out.flush()
                os.fsync(out.fileno())
            gone.bytes += size
        path.unlink()
        gone.files += 1
    except OSError as problem:
        gone.left[str(path)] = problem.strerror or type(problem).__name__


def _empty_directories(place: Path, keep: Path | None) -> None:
    for directory, _, _ in os.walk(place, topdown=False):
        here = Path(directory)
        if here not in (place, keep):
            try:
                here.rmdir()
            except OSError:
                continue  # something in it could not be removed, and is named
