"""Making a backup beside an instance that runs, and proving it by taking it out again."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config import JST, Home
from config.backup import BackupRules
from db import Database, Entry, head, open_database
from db.append import append
from db.copying import copy_out
from madoguchi.backup.archive import (
    DATABASE,
    BackupError,
    Manifest,
    Writer,
    contents,
    unpack,
)
from madoguchi.backup.kept import NAME, LastBackup, drop_old
from madoguchi.backup.proof import Proof, prove


@dataclass(frozen=True, slots=True)
class Made:
    """A backup. ``proof`` is None when none was asked for; ``dropped``: old ones that were deleted."""

    last: LastBackup
    proof: Proof | None
    dropped: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for. ``output`` None: into the directory of [backup], under a name with the time.
    ``passphrase`` None: not sealed, without the keys.
    """

    output: Path | None
    passphrase: str | None
    recordings: bool
    proof: bool
    who: str
    at_ms: int
    """For the journal, by the instance's clock."""


def make(home: Home, database: Database, rules: BackupRules, wish: Wish, version: str) -> Made:
    """Write the file, prove it, write down that it was made, and delete what is older than the rules keep.

    The file gets its name only when it is whole and proved.

    Raises:
        BackupError: what was read back is not what was written.
        OSError: it cannot be written.
        sqlalchemy.exc.DBAPIError, DatabaseError: the database cannot be read.
    """
    made_ms = time.time_ns() // 1_000_000
    directory = directory_of(home, rules)
    target = wish.output or directory / NAME.format(at=datetime.now(JST))
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".making-", dir=target.parent) as scratch:
        draft = Path(scratch) / "backup"
        manifest = _write(draft, home, database, wish, made_ms, version)
        proof = _proved(draft, Path(scratch) / "proof", manifest, wish, target.name) if wish.proof else None
        draft.chmod(0o600)
        draft.replace(target)
    last = LastBackup(
        made_ms=made_ms, file=str(target.absolute()), bytes=target.stat().st_size, head=manifest.head,
        keys=manifest.keys, proved=proof is not None,
    )  # fmt: skip
    last.write(home)
    data = {"by": wish.who, "bytes": last.bytes, "head": last.head, "keys": last.keys, "proved": last.proved}
    append(database, [Entry(wish.at_ms, "system.backup", data=data)])
    dropped = drop_old(directory, rules.keep) if wish.output is None else []
    return Made(last, proof, tuple(dropped))


def directory_of(home: Home, rules: BackupRules) -> Path:
    """Where backups go by themselves."""
    return home.path / rules.directory  # an absolute one stays


def _write(draft: Path, home: Home, database: Database, wish: Wish, made_ms: int, version: str) -> Manifest:
    copy = draft.with_name(DATABASE)
    copy_out(database, copy, home.path)
    newest = _head(copy, home)
    keys = wish.passphrase is not None
    with draft.open("xb") as out:
        writer = Writer(out, wish.passphrase)
        writer.put(DATABASE, copy)
        for path in contents(home, keys=keys, recordings=wish.recordings):
            writer.put(path.relative_to(home.path).as_posix(), path)
        manifest = Manifest(
            made_ms=made_ms, madoguchi=version, database="sqlite" if database.is_sqlite else "postgresql",
            head=newest, keys=keys, recordings=wish.recordings, files=writer.files,
        )  # fmt: skip
        writer.finish(manifest)
    copy.unlink()
    return manifest


def _head(copy: Path, home: Home) -> str | None:
    opened = open_database(f"sqlite:///{copy}", home=home.path)
    try:
        with opened.read() as connection:
            newest = head(connection)
    finally:
        opened.close()
    return None if newest is None else str(newest)


def _proved(draft: Path, into: Path, manifest: Manifest, wish: Wish, name: str) -> Proof:
    into.mkdir()
    read = unpack(draft, into, _known(wish.passphrase))
    if read != manifest:
        raise BackupError(f"{name}: what was read back is not what was written")
    return prove(into, read, name)


def _known(passphrase: str | None) -> Callable[[], str]:
    return lambda: passphrase or ""
