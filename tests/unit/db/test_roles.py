"""PostgreSQL with two roles: the owner makes the tables, the application can add to the journal only."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from db import (
    Database,
    DatabaseError,
    Entry,
    Journal,
    find,
    open_database,
    personal_number,
    upgrade,
    verify,
)
from db.append import append
from db.holds import Hold, place_hold, release_hold
from db.personal import erase, reseal
from db.roles import excess_powers, grant
from db.schema import _config
from tests.unit.db.postgres import Server

Start = Callable[[Database], Journal]
_numbers = itertools.count(1)


@pytest.fixture
def owner(postgres_server: Server, tmp_path: Path) -> Iterator[Database]:
    opened = open_database(postgres_server.create(f"roles_{next(_numbers)}"), home=tmp_path)
    upgrade(opened)
    with opened.write() as connection:
        connection.execute(
            text(
                "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'application')"
                " THEN CREATE ROLE application LOGIN; END IF; END $$"
            )
        )
    yield opened
    opened.close()


@pytest.fixture
def application(owner: Database, tmp_path: Path) -> Iterator[Database]:
    grant(owner, "application")
    url = make_url(owner.engine.url).set(username="application")
    opened = open_database(url.render_as_string(hide_password=False), home=tmp_path)
    yield opened
    opened.close()


def test_given_the_applications_role_when_it_works_then_all_that_it_needs_is_allowed(
    application: Database, start_journal: Start
) -> None:
    assert upgrade(application) is False
    journal = start_journal(application)
    for n in range(30):
        journal.write(Entry(n, "call.received", f"c{n}", private={"number": f"+8126200{n:04}"}))
        journal.write(Entry(n, "call.ended", f"c{n}", data={"outcome": "closed"}))
    assert journal.flush(20)
    assert find(application, "+81262000003", who="sato", why="苦情", at_ms=1) == ["c3"]
    place_hold(application, Hold("c3", 1, "sato", "訴訟"))
    release_hold(application, "c3", who="sato", reason="終結", at_ms=2)
    assert list(reseal(application))[-1] == 30
    assert append(application, [Entry(1, "test")], lambda connection: _erase(connection, "c4")) == 63
    with application.read() as connection:
        assert personal_number(connection, "c3") == "+81262000003"
        assert personal_number(connection, "c4") is None
    assert verify(application) is None
    assert excess_powers(application) == []


def _erase(connection: object, call: str) -> None:
    assert erase(connection, [call]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["journal", "access_log"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET at_ms = 0",
        "DELETE FROM {}",
        "TRUNCATE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "DROP TABLE {}",
    ],
)
def test_given_the_applications_role_when_it_would_change_the_journal_then_the_database_refuses(
    application: Database, start_journal: Start, statement: str, table: str
) -> None:
    journal = start_journal(application)
    journal.write(Entry(1, "a"))
    assert journal.flush(20)
    with (
        pytest.raises(DBAPIError, match=r"permission denied|must be owner"),
        application.write() as connection,
    ):
        connection.execute(text(statement.format(table)))


def test_given_the_owner_when_asked_then_it_is_too_mighty(owner: Database) -> None:
    assert any("superuser" in one for one in excess_powers(owner))
    assert any("owns journal" in one for one in excess_powers(owner))


def test_given_a_role_that_may_update_when_asked_then_the_power_is_named_and_granting_anew_takes_it(
    owner: Database, application: Database
) -> None:
    with owner.write() as connection:
        connection.execute(text("GRANT UPDATE, TRUNCATE ON journal TO application"))
    assert excess_powers(application) == [
        "application may UPDATE journal",
        "application may TRUNCATE journal",
    ]
    grant(owner, "application")
    assert excess_powers(application) == []


def test_given_an_older_database_when_the_application_starts_then_it_says_who_has_to_upgrade(
    owner: Database, tmp_path: Path, postgres_server: Server
) -> None:
    older = open_database(postgres_server.create(f"roles_{next(_numbers)}"), home=tmp_path)
    with older.write() as connection:
        command.upgrade(_config(connection), "0002")
        connection.execute(text("GRANT SELECT ON alembic_version TO application"))
        connection.execute(text("GRANT USAGE ON SCHEMA public TO application"))
    url = make_url(older.engine.url).set(username="application")
    opened = open_database(url.render_as_string(hide_password=False), home=tmp_path)
    with pytest.raises(DatabaseError, match="as their owner"):
        upgrade(opened)
    opened.close()
    older.close()


@pytest.mark.parametrize(
    ("role", "why"),
    [("nobody_here", "no such role"), ('x"; DROP TABLE journal', "not the name"), ("madoguchi", "superuser")],
)
def test_given_a_role_that_does_not_fit_when_granted_then_it_is_refused(
    owner: Database, role: str, why: str
) -> None:
    with pytest.raises(DatabaseError, match=why):
        grant(owner, role)


def test_given_sqlite_when_granted_then_it_says_that_there_are_no_roles(tmp_path: Path) -> None:
    database = open_database(home=tmp_path)
    upgrade(database)
    with pytest.raises(DatabaseError, match="no roles"):
        grant(database, "application")
    assert excess_powers(database) == []
