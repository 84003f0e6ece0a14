"""Putting a backup back: unpacked beside, proved there, and only then moved to its place."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from config import JST, ConfigError, Home
from db import Database, open_database
from db.copying import copy_in
from madoguchi.backup.archive import DATABASE, BackupError, Manifest, unpack
from madoguchi.backup.proof import Proof, prove
from madoguchi.home_lock import HomeLock

STAYS = ("up.lock", "logs", "backups", "backup.json", "asterisk", "run.json")
"""Of an installation that is replaced: what is made anew at each start, and the backups themselves."""


def check(file: Path, passphrase: Callable[[], str], scratch: Path | None = None) -> tuple[Manifest, Proof]:
    """Unpack a backup somewhere, prove it, and forget it. Raises BackupError, ConfigError, OSError."""
    with tempfile.TemporaryDirectory(prefix="madoguchi-check-", dir=scratch) as folder:
        manifest = unpack(file, Path(folder), passphrase)
        return manifest, prove(Path(folder), manifest, file.name)


def restore(
    home: Home, target: Database, file: Path, passphrase: Callable[[], str], *, replace: bool
) -> tuple[Manifest, Proof, Path | None]:
    """Make ``home``, and the server's database if ``target`` is one, what they were when ``file`` was made.

    What was there is moved into a directory, which is returned; nothing is deleted. ``replace`` False: there
    must be nothing.

    Raises:
        ConfigError: an instance runs there, or there is something and it shall not be replaced.
        BackupError: the file is not whole.
        DatabaseError: the server's database is not empty.
        OSError, sqlalchemy.exc.DBAPIError: it cannot be written.
    """
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with closing(HomeLock.take(home)):
        old = _there(home)
        if old and not replace:
            raise ConfigError(
                f"{home.path}: there is an installation already ({old[0].name}); name an empty --home, or "
                "give --replace: what is there is then moved aside"
            )
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=home.path) as folder:
            unpacked = Path(folder)
            manifest = unpack(file, unpacked, passphrase)
            proof = prove(unpacked, manifest, file.name)
            if not target.is_sqlite:
                _fill(target, unpacked)
            aside = _move_aside(home, old)
            _move_in(home, target, unpacked)
    return manifest, proof, aside


def _there(home: Home) -> list[Path]:
    return sorted(
        path for path in home.path.iterdir()
        if path.name not in STAYS and not path.name.startswith((".restoring-", "replaced-"))
    )  # fmt: skip


def _fill(target: Database, unpacked: Path) -> None:
    source = open_database(f"sqlite:///{unpacked / DATABASE}", home=unpacked)
    try:
        copy_in(source, target)
    finally:
        source.close()
    (unpacked / DATABASE).unlink()


def _move_aside(home: Home, old: list[Path]) -> Path | None:
    if not old:
        return None
    aside = home.path / f"replaced-{datetime.now(JST):%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    for path in old:
        path.replace(aside / path.name)
    return aside


def _move_in(home: Home, target: Database, unpacked: Path) -> None:
    database = unpacked / DATABASE
    if target.file is not None and target.file.absolute() != home.database:
        target.file.parent.mkdir(parents=True, exist_ok=True)
        if target.file.exists():
            raise BackupError(f"{target.file}: is there already; move it away")
        shutil.move(database, target.file)
    for path in sorted(unpacked.rglob("*")):
        place = home.path / path.relative_to(unpacked)
        if path.is_dir():
            place.mkdir(exist_ok=True)
        else:
            path.replace(place)
            _as_its_directory(place)
    keys = home.keys
    if keys.is_dir():
        keys.chmod(0o700)


def _as_its_directory(place: Path) -> None:
    """Asterisk's own records belong to its user, whose directory may be there already."""
    owner = place.parent.stat()
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.chown(place, owner.st_uid, owner.st_gid)
