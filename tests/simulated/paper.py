"""A journal on a simulated disk: a row is stored a little later, or never, when its writer falls."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Self

from db import Database, Entry, open_database, upgrade
from db.journal import as_item
from db.read import newest_seq
from db.store import Batch, store


class Disk:
    """Stores as the journal's thread does, in one transaction what has gathered; not while it is `away`."""

    def __init__(self, database: Database, chance: Random) -> None:
        self._database = database
        self._chance = chance
        self._waiting: list[Entry] = []
        self._batch = Batch()
        self._writer = uuid.UUID(int=chance.getrandbits(128)).hex
        self._due: asyncio.TimerHandle | None = None
        self.dead = False
        self.away = False
        with database.read() as connection:
            self._seq = newest_seq(connection)

    def write(self, entry: Entry) -> None:
        """Take an entry."""
        if self.dead:
            return
        self._waiting.append(entry)
        self._plan()

    def subscribe(self, _subscriber: Callable[[int, Entry], None]) -> Callable[[], None]:
        """Nobody listens here."""
        return lambda: None

    def flush(self, timeout_s: float = 10) -> bool:
        """Store what waits, if the disk is there."""
        del timeout_s
        if not self.away:
            self._store()
        return not self._waiting

    def fall(self) -> None:
        """The process is killed: what is not stored is lost."""
        self.dead = True
        self._waiting.clear()
        if self._due:
            self._due.cancel()

    def _plan(self) -> None:
        if self._due is None and self._waiting:
            delay_s = self._chance.uniform(0.02, 0.03)
            self._due = asyncio.get_running_loop().call_later(delay_s, self._turn)

    def _turn(self) -> None:
        self._due = None
        if self.away:
            self._due = asyncio.get_running_loop().call_later(0.5, self._turn)
        else:
            self._store()

    def _store(self) -> None:
        rows, self._waiting = self._waiting, []
        if rows and not self.dead:
            items = [as_item(self._seq + n, entry) for n, entry in enumerate(rows, 1)]
            with self._database.write() as connection:
                store(connection, items, self._writer, self._batch)
            self._seq += len(rows)


class BlankPaper:
    """A database for one day after the other, empty each time: to open one anew takes as long as the day."""

    def __init__(self) -> None:
        self._folder = Path(mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))  # no disk needed
        self._file = self._folder / "madoguchi.db"
        self._database = open_database(f"sqlite:///{self._file}")
        upgrade(self._database)
        self._database.close()
        self._blank = self._file.read_bytes()
        self.exchange_log = self._folder / "log"
        """Where Asterisk keeps its records."""
        self.cdr = self.exchange_log / "cdr-csv" / "Master.csv"
        self.cdr.parent.mkdir(parents=True)

    def fresh(self) -> Database:
        """The database, without a row; what it held before is gone."""
        self._database.close()
        for beside in self._folder.glob("madoguchi.db-*"):
            beside.unlink()
        self._file.write_bytes(self._blank)
        self.cdr.write_bytes(b"")
        return self._database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)
