"""Rows that the database does not have yet, on our own disk: while it is away, so that our fall loses none.

A file of JSON lines for each run, there only in an outage. Numbers of citizens lie in it sealed, as in the
database. The next run stores what a former one has left, before its own rows.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from io import FileIO
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import DataError, IntegrityError

from db.database import Database
from db.entry import Entry
from db.read import newest_seq
from db.store import Batch, Item, content, store
from db.tables import journal
from db.vault import Sealed, Vault, VaultError

NAME = "journal.unstored."
"""A run's id follows."""
DAMAGED = ".damaged"
_AT_ONCE = 500

log = structlog.get_logger("db.journal")


@dataclass(frozen=True, slots=True)
class Unstored:
    """The files of a folder, and the keys of what is sealed in them. ``writer``: the id of a run."""

    folder: Path
    vault: Vault

    @classmethod
    def of(cls, home: Path, database: Database) -> Unstored:
        """Those of an installation's state directory."""
        return cls(home, database.vault)

    def file(self, writer: str) -> Path:
        """That of a run."""
        return self.folder / f"{NAME}{writer}"

    def files(self) -> list[Path]:
        """All that are there, the oldest first."""
        found = []
        for path in self.folder.glob(f"{NAME}*"):
            with suppress(FileNotFoundError):  # a run may have finished with it this moment
                if not path.name.endswith(DAMAGED):
                    found.append((path.stat().st_mtime_ns, path))
        return [path for _, path in sorted(found)]

    def count(self) -> int:
        """How many rows wait in them."""
        waiting = 0
        for path in self.files():
            with suppress(FileNotFoundError):
                waiting += path.read_bytes().count(b"\n")
        return waiting

    def keep(self, items: Sequence[Item], writer: str) -> None:
        """Append the items to the run's file; they are on the disk when this returns.

        Raises:
            OSError: they could not be written; none of them is there.
        """
        text = "".join(json.dumps(self._told(item), ensure_ascii=False) + "\n" for item in items)
        descriptor = os.open(self.file(writer), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            try:
                _write_all(file, text.encode("utf-8", "replace"))
                os.fsync(descriptor)
            except OSError:
                with suppress(OSError):
                    file.truncate(before)  # half of them would be there twice, the next time
                raise

    def clear(self, writer: str) -> None:
        """The database has all of this run.

        Raises:
            OSError: the file cannot be removed.
        """
        self.file(writer).unlink(missing_ok=True)

    def take_in(self, database: Database, writer: str) -> None:
        """Store what runs before this one have left. What the database has of it already, as only the answer
        to a commit was lost, is not stored twice. A file that no database would take is put aside.

        Raises:
            DBAPIError: the database is away; the files stay.
            OSError: a file cannot be read or removed.
        """
        for path in self.files():
            if path == self.file(writer):
                continue
            former = path.name.removeprefix(NAME)
            left = list(self._read(path))
            try:
                with database.write() as connection:
                    taken = _store(connection, left, former)
            except (DataError, IntegrityError, ValueError, TypeError):
                aside = path.rename(path.with_name(path.name + DAMAGED))
                log.exception("journal.unstored_damaged", rows=len(left), file=str(aside))
            else:
                log.warning("journal.taken_in", rows=taken, of=len(left), writer=former)
                path.unlink(missing_ok=True)

    def _told(self, item: Item) -> dict[str, Any]:
        entry = item.entry
        told: dict[str, Any] = {
            "at_ms": entry.at_ms,
            "kind": entry.kind,
            "call": entry.call,
            "seat": entry.seat,
            "operator": entry.operator,
            "offer": entry.offer,
            "line": entry.line,
            "data": item.data,
        }
        if entry.private and entry.call:
            try:
                sealed = asdict(self.vault.seal(entry.call, entry.private))
                told["sealed"] = {name: _text(value) for name, value in sealed.items()}
            except VaultError:
                log.exception("journal.number_not_kept", calls=[entry.call])
        return told

    def _read(self, path: Path) -> Iterator[Item]:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
        for number, line in enumerate(lines, 1):
            if not line:
                continue
            try:
                told = json.loads(line)
                data, sealed = str(told.pop("data")), told.pop("sealed", None)
                entry = Entry(**told, data=json.loads(data))
            except (ValueError, TypeError, LookupError, AttributeError):
                # We fell while it was being written, or somebody has been at it.
                log.error("journal.unstored_line_torn", line=number, file=str(path))  # noqa: TRY400
                continue
            yield Item(0, self._opened(entry, sealed), data, 0.0)

    def _opened(self, entry: Entry, sealed: dict[str, Any] | None) -> Entry:
        if sealed is None:
            return entry
        try:
            return replace(
                entry, private=self.vault.open(Sealed(**{k: _bytes(v) for k, v in sealed.items()}))
            )
        except (VaultError, TypeError, ValueError):
            log.exception("journal.number_not_kept", calls=[entry.call])
            return entry


def _write_all(file: FileIO, content: bytes) -> None:
    while content:
        content = content[file.write(content) :]


def _store(connection: Connection, items: list[Item], writer: str) -> int:
    left = items[_already(connection, items, writer) :] if items else []
    first, batch = newest_seq(connection) + 1, Batch()
    numbered = [replace(item, seq=first + place) for place, item in enumerate(left)]
    for start in range(0, len(numbered), _AT_ONCE):
        store(connection, numbered[start : start + _AT_ONCE], writer, batch)
    return len(left)


def _already(connection: Connection, items: list[Item], writer: str) -> int:
    """How many of these the database has: its last rows of that run are the first of these, or none is."""
    wanted = [content(item, writer) for item in items]
    names = list(wanted[0])
    query = select(*(journal.c[name] for name in names)).where(journal.c.writer == writer)
    newest = connection.execute(query.order_by(journal.c.seq.desc()).limit(len(items)))
    stored = [dict(zip(names, row, strict=True)) for row in newest][::-1]
    for place, row in enumerate(stored):
        if row == wanted[0] and stored[place:] == wanted[: len(stored) - place]:
            return len(stored) - place
    return 0


def _text(value: object) -> object:
    return {"b64": base64.b64encode(value).decode()} if isinstance(value, bytes) else value


def _bytes(value: Any) -> Any:
    return base64.b64decode(value["b64"], validate=True) if isinstance(value, dict) else value
