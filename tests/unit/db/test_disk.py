"""The disk under the journal: it fills, and it loses the end of what was being written."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event

from db import Entry, Journal, journal_rows, newest_seq, open_database, upgrade, verify
from reports import month_report
from tests.unit.reports.days import QUEUED, at, by_time, call

OVER = at("2026-12-24T12:00:00")
NINE = at("2026-11-20T09:00:00")


def some_calls(count: int) -> list[Entry]:
    return by_time(*(call(f"c{n}", NINE + n * 7_000, QUEUED[n % len(QUEUED)]) for n in range(count)))


def test_given_a_disk_that_fills_when_calls_go_on_then_none_is_lost_and_all_are_written_when_there_is_room(
    tmp_path: Path,
) -> None:
    database = open_database(home=tmp_path)
    upgrade(database)
    room = {"pages": 2**30}

    @event.listens_for(database.engine, "checkout")
    def _as_much_room(connection: sqlite3.Connection, *_: object) -> None:
        # SQLite's own "database or disk is full", at the page at which the disk ends.
        connection.execute(f"PRAGMA max_page_count={room['pages']}")

    journal = Journal(database)
    journal.start()
    entries = some_calls(400)
    for entry in entries[:200]:
        journal.write(entry)
    assert journal.flush(20)
    with database.engine.connect() as connection:
        room["pages"] = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()) + 1
    for entry in entries[200:]:
        journal.write(entry)
    assert not journal.flush(1.5)
    assert journal.pending > 0
    shown = month_report(database, "2026-11", OVER)
    assert shown.figures.identity.holds
    assert shown.figures.total.received < 400
    room["pages"] = 2**30
    assert journal.flush(20)
    assert journal.close()
    whole = month_report(database, "2026-11", OVER).figures
    assert (whole.total.received, whole.identity.holds) == (400, True)
    with database.read() as connection:
        assert [row.entry for row in journal_rows(connection)] == entries
    assert verify(database) is None
    database.close()


@pytest.mark.parametrize("lost", [1, 700, 4_096, 30_000])
def test_given_a_journal_whose_last_lines_are_torn_when_opened_then_it_ends_with_a_whole_one_and_goes_on(
    tmp_path: Path, lost: int
) -> None:
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    whole.mkdir()
    database = open_database(home=whole)
    upgrade(database)

    @event.listens_for(database.engine, "checkout")
    def _log_only(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute("PRAGMA wal_autocheckpoint=0")  # so that the last lines are the log's end

    journal = Journal(database)
    journal.start()
    for entry in some_calls(40):
        journal.write(entry)
        assert journal.flush(20)
    # As a power cut leaves it: what was written last is in the log beside the file.
    shutil.copytree(whole, torn)
    log = torn / "madoguchi.db-wal"
    log.write_bytes(log.read_bytes()[:-lost])
    with database.read() as connection:
        before = [row.entry for row in journal_rows(connection)]
    assert journal.close()
    database.close()

    database = open_database(home=torn)
    with database.read() as connection:
        kept = [row.entry for row in journal_rows(connection)]
    assert 0 < len(kept) < len(before)
    assert kept == before[: len(kept)]
    assert verify(database) is None
    month_report(database, "2026-11", OVER).to_json()
    journal = Journal(database)
    journal.start()
    for entry in before[len(kept) :]:
        journal.write(entry)
    assert journal.close(20)
    shown = month_report(database, "2026-11", OVER).figures
    assert (shown.total.received, shown.identity.holds) == (40, True)
    assert verify(database) is None
    with database.read() as connection:
        assert newest_seq(connection) == len(before)
    database.close()
