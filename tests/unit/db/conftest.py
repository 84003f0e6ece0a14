from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from db import Database, Journal, open_database, upgrade
from tests.unit.db.postgres import Server

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'madoguchi.db'}"
    server: Server = request.getfixturevalue("postgres_server")
    return server.create(f"test_{next(_numbers)}")


@pytest.fixture
def database(empty_url: str, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(empty_url, home=tmp_path)
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture
def start_journal() -> Iterator[Callable[[Database], Journal]]:
    started: list[Journal] = []

    def start(database: Database) -> Journal:
        journal = Journal(database)
        started.append(journal)
        journal.start()
        return journal

    yield start
    for journal in started:
        journal.close(0.5)


@pytest.fixture
def journal(database: Database, start_journal: Callable[[Database], Journal]) -> Journal:
    return start_journal(database)
