from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db import Database, Entry, Journal, open_database, upgrade

Store = Callable[[list[Entry]], None]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Database]:
    database = open_database(home=tmp_path)
    upgrade(database)
    yield database
    database.close()


@pytest.fixture
def store(records: Database) -> Store:
    def put(entries: list[Entry]) -> None:
        journal = Journal(records)
        journal.start()
        for entry in entries:
            journal.write(entry)
        assert journal.close(30)

    return put
