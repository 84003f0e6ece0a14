"""Citizens' numbers at rest: sealed, found again by number, rotated while calls flow; looks on record."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import (
    Database,
    DatabaseError,
    Entry,
    Journal,
    Looked,
    Person,
    find,
    look,
    looks,
    open_database,
    open_tickets,
    personal_number,
    upgrade,
)
from db.personal import key_ids, require_keys, reseal, unreadable
from db.vault import VaultError

Start = Callable[[Database], Journal]
NUMBER, OTHER = "+81262261234", "+819011112222"


def received(call: str, number: str | None = None, at_ms: int = 1, **also: str) -> Entry:
    private = {**({"number": number} if number else {}), **also}
    return Entry(at_ms, "call.received", call, line="main", data={"open": True}, private=private or None)


def written(journal: Journal, *entries: Entry) -> None:
    for entry in entries:
        journal.write(entry)
    assert journal.flush(20)


def test_given_numbers_when_written_then_nothing_of_them_lies_readable_in_the_database(
    database: Database, journal: Journal, tmp_path: Path
) -> None:
    written(
        journal,
        received("c1", NUMBER),
        received("c2"),
        Entry(2, "callback.asked", "c2", data={"ticket": "c2-cb"}, private={"callback_number": OTHER}),
        Entry(2, "callback.asked", "c1", data={"ticket": "c1-cb"}, private={"callback_number": OTHER}),
    )
    with database.read() as connection:
        assert personal_number(connection, "c1") == NUMBER
        assert personal_number(connection, "c2") is None
        assert [one.number for one in open_tickets(connection)] == [OTHER, OTHER]
        tables = ("journal", "calls", "tickets", "personal", "access_log")
        stored = repr([connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables])
    assert NUMBER[3:] not in stored
    assert OTHER[3:] not in stored
    assert journal.close()
    database.close()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert NUMBER[3:].encode() not in file.read_bytes()


def test_given_a_withheld_number_when_written_then_no_row_is_kept(
    database: Database, journal: Journal
) -> None:
    written(journal, received("c1"), Entry(1, "call.received", "c2", private={}))
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM personal")) == 0


def test_given_calls_of_a_number_when_somebody_searches_then_they_are_found_and_each_look_is_on_record(
    database: Database, journal: Journal
) -> None:
    written(
        journal,
        received("c2", NUMBER, at_ms=20),
        received("c1", NUMBER, at_ms=10),
        received("c3", OTHER, at_ms=30, callback_number=NUMBER),
        received("c4", OTHER, at_ms=40),
    )
    assert find(database, NUMBER, who="sato", why="苦情", at_ms=100) == ["c1", "c2", "c3"]
    assert find(database, NUMBER[:-1], who="sato", why="苦情", at_ms=101) == []
    assert look(database, "c3", who="sato", why="苦情", at_ms=102) == Person("c3", OTHER, NUMBER, False)
    assert look(database, "c9", who="sato", why="苦情", at_ms=103) is None
    with database.read() as connection:
        seen = looks(connection)
        assert looks(connection, "c3") == [one for one in seen if one.call == "c3"]
        stored = repr(connection.execute(text("SELECT * FROM access_log")).all())
    assert seen == [
        *(Looked(100, "sato", call, "search", "苦情") for call in ("c1", "c2", "c3")),
        Looked(101, "sato", None, "search", "苦情"),
        Looked(102, "sato", "c3", "record", "苦情"),
        Looked(103, "sato", "c9", "record", "苦情"),
    ]
    assert NUMBER[3:] not in stored


@pytest.mark.parametrize(("who", "why"), [("", "x"), ("x", " "), ("x" * 65, "x"), ("x", "x" * 501)])
def test_given_nobody_or_no_reason_when_looking_then_nothing_is_shown(
    database: Database, journal: Journal, who: str, why: str
) -> None:
    written(journal, received("c1", NUMBER))
    with pytest.raises(ValueError, match=r"who|why"):
        look(database, "c1", who=who, why=why, at_ms=1)
    with pytest.raises(ValueError, match=r"who|why"):
        find(database, NUMBER, who=who, why=why, at_ms=1)


def test_given_the_whole_source_when_looked_through_then_one_package_alone_names_the_table() -> None:
    root = Path(__file__).parents[3]
    packages = ("acd", "ari", "config", "controller", "db", "desk", "ivr", "madoguchi", "reports", "staffing")
    named = [
        file.parent.relative_to(root)
        for package in packages
        for file in (root / package).rglob("*.py")
        if re.search(r"tables import [^\n]*\bpersonal\b|\b(FROM|INTO|UPDATE) personal\b", file.read_text())
        and "migrations" not in file.parts
    ]
    assert set(named) == {Path("db/personal")}


@pytest.mark.parametrize("statement", ["UPDATE access_log SET who = 'x'", "DELETE FROM access_log"])
def test_given_the_access_log_when_somebody_changes_it_then_the_database_refuses(
    database: Database, statement: str
) -> None:
    find(database, NUMBER, who="sato", why="苦情", at_ms=1)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(text(statement))


def test_given_calls_that_flow_when_the_keys_are_rotated_then_every_number_is_readable_before_and_after(
    database: Database, journal: Journal
) -> None:
    written(journal, *(received(f"old{n:03}", f"+81260{n:06}") for n in range(150)))
    with database.read() as connection:
        (old,) = key_ids(connection)
    stop = threading.Event()
    made = []

    def flow() -> None:
        while not stop.is_set():
            call = f"new{len(made):04}"
            journal.write(received(call, f"+81261{len(made):06}"))
            made.append(call)
            stop.wait(0.002)

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        steps = list(reseal(database, at_once=10))
        assert find(database, "+81260000007", who="x", why="x", at_ms=1) == ["old007"]
    finally:
        stop.set()
        thread.join()
    assert journal.flush(20)
    assert steps[-1] >= 150
    with database.read() as connection:
        assert list(key_ids(connection)) == [database.vault.all_keys()[0].id]
        assert old not in key_ids(connection)
        for n in range(150):
            assert personal_number(connection, f"old{n:03}") == f"+81260{n:06}"
        for n, call in enumerate(made):
            assert personal_number(connection, call) == f"+81261{n:06}"
    assert len(database.vault.all_keys()) == 1


def test_given_a_rotation_that_was_interrupted_when_searched_then_all_are_found_and_the_next_one_ends_it(
    database: Database, journal: Journal
) -> None:
    written(journal, *(received(f"c{n:02}", NUMBER) for n in range(20)))
    steps = reseal(database, at_once=5)
    assert next(steps) == 5
    steps.close()
    assert len(database.vault.all_keys()) == 2
    assert len(find(database, NUMBER, who="x", why="x", at_ms=1)) == 20
    assert list(reseal(database))[-1] == 20
    assert len(database.vault.all_keys()) == 1
    assert len(find(database, NUMBER, who="x", why="x", at_ms=1)) == 20


def test_given_a_row_that_no_key_opens_when_rotated_then_the_older_keys_are_kept_and_it_is_named(
    database: Database, journal: Journal
) -> None:
    written(journal, received("c1", NUMBER), received("c2", NUMBER), received("c3", NUMBER))
    with database.write() as connection:
        connection.execute(text("UPDATE personal SET wrapped = number WHERE \"call\" = 'c2'"))
    with pytest.raises(VaultError, match="the first: call c2"):
        list(reseal(database, at_once=1))
    assert len(database.vault.all_keys()) == 2
    with database.read() as connection:
        assert personal_number(connection, "c3") == NUMBER
        assert personal_number(connection, "c2") is None


def test_given_a_lost_key_file_when_opened_again_then_no_new_key_is_made_over_it(
    empty_url: str, tmp_path: Path, start_journal: Start
) -> None:
    database = open_database(empty_url, home=tmp_path)
    upgrade(database)
    journal = start_journal(database)
    written(journal, received("c1", NUMBER))
    assert journal.close()
    kept = database.vault.file.read_bytes()
    database.vault.file.unlink()
    database.close()
    again = open_database(empty_url, home=tmp_path)
    with pytest.raises(DatabaseError, match="put its copy back"):
        upgrade(again)
    assert not again.vault.exists
    with again.read() as connection:
        assert unreadable(connection) == ["c1"]
    again.vault.file.write_bytes(kept)
    require_keys(again)
    with again.read() as connection:
        assert personal_number(connection, "c1") == NUMBER
        assert unreadable(connection) == []
    again.close()


def test_given_a_key_file_that_cannot_be_read_when_calls_come_then_their_rows_are_written_all_the_same(
    database: Database, start_journal: Start
) -> None:
    database.vault.file.write_text("{}")
    journal = start_journal(database)
    written(journal, received("c1", NUMBER), Entry(2, "call.ended", "c1", data={"outcome": "closed"}))
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM journal")) == 2
        assert connection.scalar(text("SELECT count(*) FROM personal")) == 0
