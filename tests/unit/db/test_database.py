from __future__ import annotations

import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from db import (
    Database,
    DatabaseAwayError,
    DatabaseError,
    open_database,
    require_current,
    schema_state,
    upgrade,
    wait_for,
)
from db.facts import CallFacts
from db.tables import calls, metadata
from tests.unit.db.postgres import Server, free_port


def test_given_an_empty_database_when_two_upgrade_at_once_then_one_does_it_and_both_go_on(
    empty_url: str,
) -> None:
    faults: list[BaseException] = []
    gate = threading.Barrier(4)

    def work() -> None:
        database = open_database(empty_url)
        try:
            gate.wait(10)
            upgrade(database)
        except BaseException as fault:  # noqa: BLE001 - carried over to the test's thread
            faults.append(fault)
        finally:
            database.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert faults == []
    database = open_database(empty_url)
    assert schema_state(database) == "current"
    assert upgrade(database) is False
    database.close()


def test_given_the_migrations_when_run_then_the_tables_are_those_of_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_given_the_call_table_when_compared_with_the_fold_then_the_columns_are_its_fields() -> None:
    assert [column.name for column in calls.c] == list(CallFacts.__dataclass_fields__)


def test_given_a_newer_database_when_opened_then_it_is_refused_in_one_sentence(database: Database) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseError, match="newer version"):
        upgrade(database)
    with pytest.raises(DatabaseError, match="newer version"):
        require_current(database)


def test_given_no_database_when_only_read_then_it_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="no such database"):
        require_current(open_database(home=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_given_an_empty_server_when_only_read_then_the_command_to_run_is_named(
    postgres_server: Server,
) -> None:
    database = open_database(postgres_server.create("never_upgraded"))
    with pytest.raises(DatabaseError, match="madoguchi db upgrade"):
        require_current(database)
    database.close()


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_given_any_spelling_of_postgresql_when_opened_then_psycopg_serves_it_and_the_password_is_hidden(
    scheme: str,
) -> None:
    database = open_database(f"{scheme}://madoguchi:geheim@127.0.0.1/madoguchi")
    assert database.engine.url.drivername == "postgresql+psycopg"
    assert "geheim" not in database.name


@pytest.mark.parametrize("url", ["mysql://a@b/c", "nonsense", "sqlite://", "postgresql://a:b@c:notaport/d"])
def test_given_another_url_when_opened_then_it_is_refused_by_name(url: str) -> None:
    with pytest.raises(DatabaseError, match="MADOGUCHI_DATABASE_URL"):
        open_database(url)


def test_given_the_variable_when_opened_then_it_wins_over_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", "postgres://madoguchi@127.0.0.1/x")
    assert not open_database(home=tmp_path).is_sqlite
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL")
    assert open_database(home=tmp_path).file == tmp_path / "madoguchi.db"


def test_given_a_sqlite_database_when_opened_then_it_is_durable_and_readable_beside_the_writer(
    tmp_path: Path,
) -> None:
    database = open_database(home=tmp_path)
    upgrade(database)
    with database.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA synchronous")) == 2
        assert int(connection.scalar(text("PRAGMA busy_timeout")) or 0) >= 5000
    with database.write(), database.read() as reader:
        assert reader.scalar(text("SELECT count(*) FROM journal")) == 0
    database.close()


def test_given_no_server_when_waited_for_then_it_is_told_once_and_given_up_in_time() -> None:
    told: list[str] = []
    database = open_database(f"postgresql://a:geheim@127.0.0.1:{free_port()}/x")
    with pytest.raises(DatabaseAwayError, match="does not answer"):
        wait_for(database, 0.3, told.append, pause_s=0.05)
    assert len(told) == 1
    assert "waiting for the database" in told[0]
    assert "geheim" not in told[0]


def test_given_a_server_that_comes_late_when_waited_for_then_the_start_goes_on() -> None:
    server = Server()
    try:
        database = open_database(server.url())
        server.stop()
        told = threading.Event()
        late = threading.Thread(target=lambda: (told.wait(30), server.start()))
        late.start()
        wait_for(database, 60, lambda _: told.set(), pause_s=0.05)
        late.join()
        database.close()
    finally:
        server.close()
