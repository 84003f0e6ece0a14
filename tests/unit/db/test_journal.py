from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db import (
    Database,
    Entry,
    Journal,
    call_facts,
    fold,
    journal_of_call,
    journal_rows,
    open_database,
    personal_number,
    upgrade,
)
from tests.unit.db.faults import flaky
from tests.unit.db.postgres import Server

Start = Callable[[Database], Journal]


def _rows(database: Database) -> list[tuple[int, str]]:
    with database.read() as connection:
        return [(row.seq, row.entry.kind) for row in journal_rows(connection)]


def _numbered(count: int, first: int = 0) -> list[Entry]:
    return [Entry(1000 + n, f"test.{n}") for n in range(first, first + count)]


def test_given_entries_when_flushed_then_they_stand_in_order_with_all_they_said(
    database: Database, journal: Journal
) -> None:
    entry = Entry(
        1_700_000_000_123,
        "seat.state",
        call="c1",
        seat=3,
        operator="佐藤",
        offer="c1.1",
        line="main",
        data={"from": "ready", "to": "ringing", "reason": None, "list": [1, "二"]},
    )
    journal.write(Entry(1, "system.started"))
    journal.write(entry)
    assert journal.flush()
    with database.read() as connection:
        rows = list(journal_rows(connection))
    assert [row.seq for row in rows] == [1, 2]
    assert rows[1].entry == entry
    assert journal.pending == 0
    assert journal.lag_ms == 0


def test_given_a_journal_with_rows_when_another_run_starts_then_the_numbering_goes_on(
    database: Database, start_journal: Start
) -> None:
    first = start_journal(database)
    for entry in _numbered(3):
        first.write(entry)
    assert first.close()
    second = start_journal(database)
    second.write(Entry(1, "again"))
    assert second.flush()
    assert _rows(database) == [(1, "test.0"), (2, "test.1"), (3, "test.2"), (4, "again")]


def test_given_writes_before_the_start_when_started_then_they_come_first(database: Database) -> None:
    journal = Journal(database)
    journal.write(Entry(1, "early"))
    journal.start()
    journal.write(Entry(2, "late"))
    assert journal.close()
    assert _rows(database) == [(1, "early"), (2, "late")]


def test_given_many_threads_when_they_write_then_every_entry_stands_once_and_subscribers_saw_the_order(
    database: Database, journal: Journal
) -> None:
    seen: list[tuple[int, str]] = []
    journal.subscribe(lambda seq, entry: seen.append((seq, entry.kind)))
    threads = [
        threading.Thread(target=lambda n=n: [journal.write(Entry(i, f"t{n}.{i}")) for i in range(200)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert journal.flush(30)
    rows = _rows(database)
    assert rows == seen
    assert [seq for seq, _ in rows] == list(range(1, 801))


def test_given_a_subscriber_that_raises_or_left_when_written_then_the_entry_is_stored(
    database: Database, journal: Journal
) -> None:
    seen: list[int] = []

    def broken(seq: int, entry: Entry) -> None:
        raise RuntimeError(entry.kind)

    journal.subscribe(broken)
    leave = journal.subscribe(lambda seq, _: seen.append(seq))
    journal.write(Entry(1, "a"))
    leave()
    journal.write(Entry(2, "b"))
    assert journal.flush()
    assert seen == [1]
    assert len(_rows(database)) == 2


@pytest.mark.parametrize("fault", ["before", "after"])
def test_given_a_database_that_goes_away_when_it_is_back_then_all_is_there_in_order_and_nothing_twice(
    database: Database, start_journal: Start, fault: str
) -> None:
    away = threading.Event()
    away.set()
    journal = start_journal(flaky(database, lambda _: fault if away.is_set() else "ok"))
    for entry in _numbered(50):
        journal.write(entry)
    assert not journal.flush(0.4) or fault == "after"
    if fault == "before":
        assert journal.pending == 50
        assert journal.lag_ms >= 300
    away.clear()
    for entry in _numbered(50, first=50):
        journal.write(entry)
    assert journal.flush(20)
    assert _rows(database) == [(n + 1, f"test.{n}") for n in range(100)]
    assert journal.lag_ms == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(faults=st.lists(st.sampled_from(["ok", "before", "after"]), max_size=6))
def test_given_any_sequence_of_faults_when_calls_flow_then_rows_and_calls_are_exact(
    tmp_path_factory: pytest.TempPathFactory, faults: list[str]
) -> None:
    database = open_database(home=tmp_path_factory.mktemp("faults"))
    upgrade(database)
    journal = Journal(flaky(database, lambda n: faults[n] if n < len(faults) else "ok"))
    journal.start()
    entries = []
    for n in range(6):
        entries += [
            Entry(n, "call.received", call=f"c{n}", data={"open": True}),
            Entry(n + 5, "call.queued", call=f"c{n}"),
            Entry(n + 9, "offer.started", call=f"c{n}", seat=1, offer=f"c{n}.1"),
            Entry(n + 20, "call.ended", call=f"c{n}", data={"outcome": "abandoned"}),
        ]
    for entry in entries:
        journal.write(entry)
        if entry.kind == "call.queued":
            journal.flush(5)
    assert journal.close(30)
    with database.read() as connection:
        rows = list(journal_rows(connection))
        stored = call_facts(connection, [f"c{n}" for n in range(6)])
    assert [row.entry for row in rows] == entries
    for call, facts in stored.items():
        folded = None
        for row in rows:
            folded = fold(folded, row.entry) if row.entry.call == call else folded
        assert facts == folded
        assert facts.offers == 1
    database.close()


def test_given_a_real_server_when_it_is_killed_and_started_then_nothing_is_lost_or_twice(
    start_journal: Start,
) -> None:
    server = Server()
    try:
        database = open_database(server.create("killed"))
        upgrade(database)
        journal = start_journal(database)
        for entry in _numbered(300):
            journal.write(entry)
        server.stop("immediate")
        for entry in _numbered(300, first=300):
            journal.write(entry)
        assert not journal.flush(0.3)
        server.start()
        assert journal.flush(30)
        assert _rows(database) == [(n + 1, f"test.{n}") for n in range(600)]
        assert journal.close()
        database.close()
    finally:
        server.close()


@pytest.mark.parametrize(
    "poison",
    [
        Entry(2**70, "too.big"),
        Entry(1, "nul\0kind", call="c\0", data={"text": "a\0b", "half": "\ud800"}),
        Entry(1, "odd.data", data={"set": {1, 2}, "bytes": b"x"}),
        Entry(None, "no.time"),  # type: ignore[arg-type]  # what a caller's mistake would be
        Entry(1, "no.data", data=None),  # type: ignore[arg-type]  # what a caller's mistake would be
        Entry(1, "x" * 300),
    ],
)
def test_given_an_entry_that_no_database_takes_when_written_then_those_around_it_are_stored(
    database: Database, journal: Journal, poison: Entry
) -> None:
    journal.write(Entry(1, "before"))
    journal.write(poison)
    journal.write(Entry(2, "after"))
    assert journal.flush(20)
    kinds = [kind for _, kind in _rows(database)]
    assert kinds[0] == "before"
    assert kinds[-1] == "after"
    assert [seq for seq, _ in _rows(database)] == list(range(1, len(kinds) + 1))


def test_given_two_journals_on_one_database_when_both_write_then_every_entry_is_stored_once(
    database: Database, start_journal: Start
) -> None:
    one, two = start_journal(database), start_journal(database)
    for n in range(30):
        one.write(Entry(n, f"one.{n}"))
        two.write(Entry(n, f"two.{n}"))
        if n % 10 == 0:
            one.flush(20)
    assert one.flush(20)
    assert two.flush(20)
    kinds = [kind for _, kind in _rows(database)]
    assert sorted(kinds) == sorted(f"{who}.{n}" for who in ("one", "two") for n in range(30))
    for who in ("one", "two"):
        assert [k for k in kinds if k.startswith(who)] == [f"{who}.{n}" for n in range(30)]


@pytest.mark.parametrize("statement", ["UPDATE journal SET kind = 'x'", "DELETE FROM journal"])
def test_given_a_row_when_somebody_changes_or_deletes_it_then_the_database_refuses(
    database: Database, journal: Journal, statement: str
) -> None:
    journal.write(Entry(1, "a"))
    assert journal.flush()
    with pytest.raises(DBAPIError, match="append-only"), database.write() as connection:
        connection.execute(text(statement))
    assert _rows(database) == [(1, "a")]


def test_given_a_callers_number_when_written_then_it_stands_apart_from_the_journal(
    database: Database, journal: Journal
) -> None:
    journal.write(
        Entry(1, "call.received", call="c1", data={"open": True}, private={"number": "+81262000000"})
    )
    assert journal.flush()
    with database.read() as connection:
        assert personal_number(connection, "c1") == "+81262000000"
        assert personal_number(connection, "c2") is None
        stored = connection.execute(text("SELECT * FROM journal")).all()
        stored += connection.execute(text("SELECT * FROM calls")).all()
        assert journal_of_call(connection, "c1")[0].entry.private is None
    assert "+81262000000" not in repr(stored)


def test_given_a_database_that_stays_away_when_closed_then_it_says_so_and_ends(
    tmp_path: Path,
) -> None:
    database = open_database(home=tmp_path)
    upgrade(database)
    journal = Journal(flaky(database, lambda _: "before"))
    journal.start()
    journal.write(Entry(1, "a"))
    assert journal.close(0.3) is False
    journal.write(Entry(2, "too late"))
    assert journal.pending == 1
    database.close()
