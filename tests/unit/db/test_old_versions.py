"""Databases of the first versions, made by their own code, are brought up to date; their reports stay.

`old/make.py` says how NAME.sql (the rows) and NAME.json (the month's report, as that version made it) were
made.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import text

from db import Database, Entry, Journal, head, open_database, personal_number, schema_state, upgrade, verify
from db.schema import _config
from reports import month_report
from tests.unit.reports.days import at

OLD = Path(__file__).parent / "old"
NOW = at("2026-12-01T00:00:00")
ELSEWHERE = {"definitions_version", "label"}
"""Not figures: which definitions, and the month's name, which became longer."""


@pytest.fixture(params=["0001", "0002"])
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def old(empty_url: str, tmp_path: Path, revision: str) -> Database:
    """A database as that version left it."""
    database = open_database(empty_url, home=tmp_path)
    with database.write() as connection:
        command.upgrade(_config(connection), revision)
    with closing(sqlite3.connect(":memory:")) as scratch, database.write() as connection:
        # The rows of SQLite's dump, read back by SQLite, so that each value has its type.
        for table, columns in _tables(connection).items():
            scratch.execute(f'CREATE TABLE "{table}" ({", ".join(f"{name!r}" for name in columns)})')
        scratch.executescript((OLD / f"{revision}.sql").read_text(encoding="utf-8"))
        for table, columns in _tables(connection).items():
            if table == "alembic_version":
                continue
            names = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(f":{name}" for name in columns)
            rows = [
                {
                    name: bool(value) if kind == "BOOLEAN" and value is not None else value
                    for (name, kind), value in zip(columns.items(), row, strict=True)
                }
                for row in scratch.execute(f'SELECT * FROM "{table}"')
            ]
            if rows:
                connection.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({values})'), rows)
    return database


def _tables(connection: Any) -> dict[str, dict[str, str]]:
    from sqlalchemy import inspect

    found = inspect(connection)
    return {
        table: {column["name"]: str(column["type"]) for column in found.get_columns(table)}
        for table in found.get_table_names()
    }


def same(was: Any, now: Any, path: str = "") -> list[str]:
    """Where a figure that the old report has is not the same in the new one; new figures may be there."""
    if isinstance(was, dict):
        missing = [f"{path}.{key} is gone" for key in was if key not in now and key not in ELSEWHERE]
        kept = [key for key in was if key in now and key not in ELSEWHERE]
        return missing + [line for key in kept for line in same(was[key], now[key], f"{path}.{key}")]
    if isinstance(was, list):
        if len(was) != len(now):
            return [f"{path}: {len(was)} rows, now {len(now)}"]
        return [line for n, one in enumerate(was) for line in same(one, now[n], f"{path}[{n}]")]
    return [] if was == now else [f"{path}: {was!r}, now {now!r}"]


def test_given_a_database_of_an_old_version_when_upgraded_then_its_report_is_the_same(
    old: Database, revision: str
) -> None:
    assert schema_state(old) == "older"
    assert upgrade(old)
    assert schema_state(old) == "current"
    was = json.loads((OLD / f"{revision}.json").read_text(encoding="utf-8"))
    report = month_report(old, "2026-11", NOW)
    now = json.loads(json.dumps(report.to_json(), ensure_ascii=False))
    assert same(was, now) == []
    assert now["received"] == 90
    assert now["identity"]["holds"]
    assert not upgrade(old)
    old.close()


def test_given_a_database_of_an_old_version_when_upgraded_then_chain_and_numbers_are_whole_and_calls_go_on(
    old: Database, start_journal: Callable[[Database], Journal]
) -> None:
    upgrade(old)
    assert verify(old) is None
    with old.read() as connection:
        before = head(connection)
        assert personal_number(connection, "old1") == "+81262340001"
        assert personal_number(connection, "old0") is None
    journal = start_journal(old)
    journal.write(Entry(NOW, "call.received", "new", data={"open": True}))
    assert journal.flush()
    assert before is not None
    assert verify(old, after=before) is None
    with old.read() as connection:
        now = head(connection)
    assert now is not None
    assert now.seq == before.seq + 1
    old.close()


def test_given_a_database_of_an_old_version_then_no_number_stands_openly_in_its_file_any_more(
    tmp_path: Path, revision: str
) -> None:
    file = tmp_path / "madoguchi.db"
    database = open_database(f"sqlite:///{file}", home=tmp_path)
    with database.write() as connection:
        command.upgrade(_config(connection), revision)
    database.close()
    with closing(sqlite3.connect(file)) as raw:
        raw.executescript(
            "\n".join(
                line
                for line in (OLD / f"{revision}.sql").read_text(encoding="utf-8").splitlines()
                if "alembic_version" not in line
            )
        )
        raw.commit()
    assert b"+81262340001" in file.read_bytes()
    database = open_database(f"sqlite:///{file}", home=tmp_path)
    upgrade(database)
    database.close()
    for left in tmp_path.glob("madoguchi.db*"):
        assert b"+8126234" not in left.read_bytes()
