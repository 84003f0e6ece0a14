"""The backup file: a gzipped tar, sealed if there is a passphrase.

Its last member, `manifest.json`, says what is in it.

It holds the database as `madoguchi.db` (whatever kind it was), and of the state directory all but what a
start makes anew.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from pydantic import BaseModel, ValidationError

from config import ConfigError, Home
from madoguchi.backup.sealed import OpeningReader, SealError, SealingWriter, fit, is_sealed

VERSION = 1
MANIFEST = "manifest.json"
DATABASE = "madoguchi.db"
ANEW = ("logs", "run.json", "up.lock", "asterisk", "backups", "backup.json", "traces")
"""At the top of the state directory: made at each start, or no part of the installation."""
OURS_ALONE = ("keys/in-force.json", "keys/backup-passphrase")
"""What is in force is said by each start. The passphrase does not belong into what it seals."""
CALL_RECORDS = "asterisk/log/cdr-csv"
"""Asterisk's own records: what it served alone is counted from them."""
_LEVEL = 4
_PIECE = 1 << 20


class BackupError(Exception):
    """A backup that cannot be made or used; one sentence that names the file."""


class Manifest(BaseModel):
    """What is in the file, and what it was made of."""

    version: int = VERSION
    made_ms: int
    """UTC, the machine's own clock."""
    madoguchi: str
    database: str
    """Of what kind it was: sqlite or postgresql."""
    head: str | None
    """The journal's newest row and its hash; None: it was empty."""
    keys: bool
    recordings: bool
    files: dict[str, str]
    """SHA-256 of every member, by name."""


def contents(home: Home, *, keys: bool, recordings: bool) -> Iterator[Path]:
    """The files of the state directory that belong into a backup, without the database."""
    for path in sorted(home.path.rglob("*")):
        if not path.is_file() or path.is_symlink():
            continue
        inside = path.relative_to(home.path)
        name, top = inside.as_posix(), inside.parts[0]
        if name.startswith(CALL_RECORDS + "/"):
            yield path
            continue
        if top in ANEW or top.startswith((".", "replaced-", "madoguchi.db")) or name in OURS_ALONE:
            continue
        if path.suffix in (".new", ".lock") or (top == "keys" and not keys):
            continue
        if top == "recordings" and not recordings:
            continue
        yield path


class Writer:
    """Writes the members one after the other, and the manifest at `finish`."""

    def __init__(self, out: BinaryIO, passphrase: str | None) -> None:
        self._stack = ExitStack()
        target: BinaryIO = out
        if passphrase is not None:
            raw = self._stack.enter_context(SealingWriter(out, passphrase))
            target = self._stack.enter_context(io.BufferedWriter(raw, _PIECE))
        packed = self._stack.enter_context(
            gzip.GzipFile("", "wb", fileobj=target, compresslevel=_LEVEL, mtime=0)
        )
        self._tar = self._stack.enter_context(tarfile.open(fileobj=packed, mode="w|"))  # noqa: SIM115  # the stack closes it
        self.files: dict[str, str] = {}

    def put(self, name: str, file: Path) -> None:
        """Add a file as it is at its present length. One that has just gone is left out."""
        try:
            source = file.open("rb")
        except FileNotFoundError:
            return
        with source:
            info = self._tar.gettarinfo(arcname=name, fileobj=source)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            read = _Hashing(source)
            try:
                self._tar.addfile(info, read)
            except OSError as problem:
                if problem.errno is None:
                    raise BackupError(f"{file}: became shorter while it was read; try again") from None
                raise
        self.files[name] = read.digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest and end all."""
        text = manifest.model_dump_json(indent=1).encode()
        info = tarfile.TarInfo(MANIFEST)
        info.size, info.mode = len(text), 0o600
        self._tar.addfile(info, io.BytesIO(text))
        self._stack.close()


class _Hashing:
    """Reads, and hashes what was read."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        data = self._source.read(count)
        self.digest.update(data)
        return data


def unpack(file: Path, into: Path, passphrase: Callable[[], str]) -> Manifest:
    """Take everything out below ``into``, check it against the manifest, and return that.

    ``passphrase`` is asked only for a sealed file.

    Raises:
        BackupError: not a backup, a wrong passphrase, damaged, or of a newer version.
        ConfigError: there is no passphrase.
    """
    found: dict[str, str] = {}
    try:
        with ExitStack() as stack:
            source: BinaryIO = stack.enter_context(file.open("rb"))
            if is_sealed(source):
                raw = stack.enter_context(OpeningReader(source, passphrase()))
                source = stack.enter_context(io.BufferedReader(raw, _PIECE))
            packed = stack.enter_context(gzip.GzipFile(fileobj=source))
            tar = stack.enter_context(tarfile.open(fileobj=packed, mode="r|"))
            for member in tar:
                found[member.name] = _take_out(tar, member, into)
            while packed.read(_PIECE):
                pass  # to the end, so that what is cut off is noticed
    except SealError as problem:
        raise BackupError(f"{file}: {problem}") from None
    except (tarfile.TarError, zlib.error, EOFError, gzip.BadGzipFile) as problem:
        raise BackupError(f"{file}: is no backup of Madoguchi, or is damaged: {problem}") from None
    except OSError as problem:
        raise BackupError(f"{problem.filename or file}: {problem.strerror or problem}") from None
    return _checked(file, into, found)


def _take_out(tar: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> str:
    """Write one member; its SHA-256."""
    name = PurePosixPath(member.name)
    source = tar.extractfile(member) if member.isreg() else None
    if source is None or name.is_absolute() or ".." in name.parts:
        raise tarfile.TarError(f"a member that does not belong there: {member.name!r}")
    place = into / name
    place.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with place.open("xb") as out:
        while data := source.read(_PIECE):
            digest.update(data)
            out.write(data)
    place.chmod(member.mode & 0o770 | 0o600)
    return digest.hexdigest()


def _checked(file: Path, into: Path, found: dict[str, str]) -> Manifest:
    try:
        raw = json.loads((into / MANIFEST).read_text(encoding="utf-8"))
        if raw["version"] > VERSION:
            raise BackupError(f"{file}: was made by a newer version of Madoguchi; use that version")
        manifest = Manifest.model_validate(raw)
    except (OSError, ValueError, KeyError, TypeError, ValidationError):
        raise BackupError(f"{file}: is no backup of Madoguchi, or was cut off: it has no manifest") from None
    (into / MANIFEST).unlink()
    del found[MANIFEST]
    if found != manifest.files:
        wrong = sorted(name for name in found | manifest.files if found.get(name) != manifest.files.get(name))
        raise BackupError(f"{file}: is damaged: {wrong[0]} is not what was put in")
    if DATABASE not in found:
        raise BackupError(f"{file}: has no database in it")
    return manifest


def passphrase_of(home: Home, file: Path | None, environment: str | None) -> str | None:
    """The passphrase that was given: in a file, in the environment, or in keys/backup-passphrase.

    Raises:
        ConfigError: the file that was named cannot be read, or the passphrase is too short.
    """
    kept = home.keys / "backup-passphrase"
    place = file or (kept if environment is None and kept.is_file() else None)
    if place is None:
        return None if environment is None else fit(environment)
    try:
        return fit(place.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "is not a text"
        raise ConfigError(f"{place}: cannot be read: {why}") from None
    except ConfigError as problem:
        raise ConfigError(f"{place}: {problem}") from None
