"""Telephone numbers in the files of an installation: finding them, and making them unreadable in place.

Our own logs hold none (they are masked before they are written), but Asterisk's do: its call records, its
queue log, its warnings. A digit becomes ``*``; the file keeps its length, so that whoever appends to it is
not disturbed. What cannot be changed so (workbooks, archives, databases) is only named.
"""

from __future__ import annotations

import gzip
import io
import mmap
import os
import re
import stat
import zipfile
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from config import Home

# Digits, also in groups with hyphens. Shorter or longer ones are no telephone numbers (E.164: at most 15).
_CANDIDATE = re.compile(rb"(?<![\d-])\d(?:-?\d){6,18}(?![\d-])")
_LEFT_OUT = ("keys", "purges", "prompts")
SHORTEST_CUT = 7
LARGEST_PACKED = 200 * 1024 * 1024


@dataclass(slots=True)
class Traces:
    """Where numbers were found: how many were masked, by file; and the files where they still stand, why."""

    masked: dict[str, int] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)


def trace(home: Home, numbers: Set[str], *, change: bool) -> Traces:
    """Look through all files of the installation for these E.164 numbers; ``change`` masks them.

    Left out are the keys, the settings, the database (db.personal sees to it) and the purge records.
    """
    found = Traces()
    if not numbers:
        return found
    wanted = _Wanted({form for number in numbers for form in _forms(number)})
    for file in _files(home):
        name = str(file.relative_to(home.path))
        try:
            _look(file, name, wanted, found, change=change)
        except OSError as problem:
            found.left[name] = f"cannot be read: {problem.strerror}"
    return found


class _Wanted:
    """The spellings that are looked for."""

    def __init__(self, forms: Set[bytes]) -> None:
        self._whole = forms
        # Asterisk cuts long fields: part of a number may stand at a field's end.
        self._cut = {form[:length] for form in forms for length in range(SHORTEST_CUT, len(form))}

    def has(self, digits: bytes, behind: bytes) -> bool:
        """Whether these digits, with this character behind them, are one."""
        return digits in self._whole or (behind == b'"' and digits in self._cut)


def _forms(number: str) -> Iterator[bytes]:
    """How a number may be written, digits only: 81262261234, 0262261234; 010 and a country."""
    digits = number.removeprefix("+")
    yield digits.encode()
    yield (b"0" + digits[2:].encode()) if digits.startswith("81") else b"010" + digits.encode()


def _files(home: Home) -> Iterator[Path]:
    own = {home.toml, home.run_json}
    for directory, names, files in os.walk(home.path):
        here = Path(directory)
        if here == home.path:
            names[:] = [name for name in names if name not in _LEFT_OUT]
        for name in files:
            file = here / name
            # Also the database's -wal and -shm.
            if file in own or (here == home.path and name.startswith(home.database.name)):
                continue
            if stat.S_ISREG(file.lstat().st_mode):
                yield file


def _look(file: Path, name: str, wanted: _Wanted, found: Traces, *, change: bool) -> None:
    with file.open("rb") as opened:
        start = opened.read(16)
    if not start:
        return
    if start.startswith((b"PK\x03\x04", b"\x1f\x8b", b"SQLite format 3\x00")):
        if any(next(_places(part, wanted), None) for part in _parts(file, start)):
            found.left[name] = "numbers in a packed file or a database: delete it, or make it again"
        return
    mode, access = ("r+b", mmap.ACCESS_WRITE) if change else ("rb", mmap.ACCESS_READ)
    if change and not os.access(file, os.W_OK):
        mode, access = "rb", mmap.ACCESS_READ
    with file.open(mode) as handle, mmap.mmap(handle.fileno(), 0, access=access) as content:
        count = 0
        for first, behind in _places(content, wanted):
            count += 1
            if access == mmap.ACCESS_WRITE:
                content[first:behind] = re.sub(rb"\d", b"*", content[first:behind])
        if count and change and access == mmap.ACCESS_READ:
            found.left[name] = "cannot be written: run as its owner, or as root"
        elif count:
            found.masked[name] = count


def _parts(file: Path, start: bytes) -> Iterator[bytes]:
    try:
        if start.startswith(b"PK"):
            with zipfile.ZipFile(file) as packed:
                for one in packed.infolist():
                    if one.file_size <= LARGEST_PACKED:
                        yield packed.read(one)
        elif start.startswith(b"\x1f\x8b"):
            with gzip.open(file) as unpacked:
                yield unpacked.read(LARGEST_PACKED)
        else:
            yield file.read_bytes()
    except (zipfile.BadZipFile, EOFError, gzip.BadGzipFile, RuntimeError):
        yield io.BytesIO(file.read_bytes()).getvalue()


def _places(content: bytes | mmap.mmap, wanted: _Wanted) -> Iterator[tuple[int, int]]:
    for match in _CANDIDATE.finditer(content):
        token = match[0]
        if wanted.has(token.replace(b"-", b""), content[match.end() : match.end() + 1]):
            yield match.span()
            continue
        if b"-" not in token:
            continue
        # "20261123-0262261234": some of the groups are the number.
        groups = [(one.start(), one.end()) for one in re.finditer(rb"\d+", token)]
        for first in range(len(groups)):
            for last in range(first, len(groups)):
                begin, end = groups[first][0], groups[last][1]
                if wanted.has(token[begin:end].replace(b"-", b""), b""):
                    yield match.start() + begin, match.start() + end
