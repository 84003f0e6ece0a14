"""Is a database that came out of a backup whole: file, chain, head, identity of each month, keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from db import Database, DatabaseError, head, open_database, schema_state, upgrade, verify
from db.personal import key_ids, unreadable
from db.tables import calls
from db.vault import VaultError
from madoguchi.backup.archive import DATABASE, BackupError, Manifest
from reports import month_report
from reports.period import day_of


@dataclass(frozen=True, slots=True)
class Proof:
    """What was found to be whole."""

    head: str | None
    calls: int
    months: tuple[str, ...]
    """Those whose identity was seen to hold."""
    sealed: int | None
    """Records of personal data, all of which open; None: the backup has no keys to try."""


def prove(folder: Path, manifest: Manifest, name: str) -> Proof:
    """Open what was unpacked into ``folder``, as a restored installation would, and look at all of it.

    Tables of an older version are brought up to date on the way, as the restored installation's would be.

    Raises:
        BackupError: names what is not whole.
    """
    database = open_database(f"sqlite:///{folder / DATABASE}", home=folder)
    try:
        return _prove(database, manifest)
    except (DatabaseError, VaultError) as problem:
        raise BackupError(f"{name}: {problem}") from None
    except DBAPIError as problem:
        why = (str(problem.orig).strip().splitlines() or ["no reason given"])[0]
        raise BackupError(f"{name}: its database cannot be read: {why}") from None
    finally:
        database.close()


def _prove(database: Database, manifest: Manifest) -> Proof:
    with database.read() as connection:
        said = connection.execute(text("PRAGMA integrity_check(1)")).scalar_one()
    if said != "ok":
        raise DatabaseError(f"its database is torn: {said.splitlines()[0]}")
    if schema_state(database) == "older":
        upgrade(database)
    if broken := verify(database):
        raise DatabaseError(f"the journal's chain is broken at {broken}")
    with database.read() as connection:
        newest = head(connection)
        count = connection.scalar(select(func.count()).select_from(calls)) or 0
        sealed = sum(key_ids(connection).values())
        lost = unreadable(connection) if manifest.keys else []
    if manifest.head is not None and str(newest) != manifest.head:
        raise DatabaseError(f"the journal ends with {newest}, and should with {manifest.head}")
    if lost:
        raise DatabaseError(f"{len(lost)} of {sealed} records of personal data have no key in it")
    months = tuple(_months(database))
    for month in months:
        if not month_report(database, month, manifest.made_ms).figures.identity.holds:
            raise DatabaseError(f"{month}: the identity of the figures does not hold")
    return Proof(None if newest is None else str(newest), count, months, sealed if manifest.keys else None)


def _months(database: Database) -> Iterator[str]:
    """Every month, of Japan, from the first call to the last."""
    with database.read() as connection:
        first, last = connection.execute(
            select(func.min(calls.c.received_ms), func.max(calls.c.received_ms))
        ).one()
    if first is None:
        return
    start, end = day_of(first), day_of(last)
    for number in range(start.year * 12 + start.month - 1, end.year * 12 + end.month):
        yield f"{number // 12:04d}-{number % 12 + 1:02d}"
