"""A run that falls while the database is away: the next one has all its rows, each once."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from db import (
    Database,
    Entry,
    Journal,
    Unstored,
    call_facts,
    journal_of_call,
    journal_rows,
    open_database,
    personal_number,
)
from db.chain import verify
from tests.rig.upgraded import upgraded_file
from tests.unit.db.faults import flaky

NUMBER = "+81262261234"


class Runs:
    """One run after the other on the same database; a run falls without a word."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.unstored = Unstored.of(folder, database)
        self._running: list[Journal] = []

    def starts(self, plan: Callable[[int], str] = lambda _: "ok") -> Journal:
        journal = Journal(flaky(self.database, plan), unstored=self.unstored)
        journal.start()
        self._running.append(journal)
        return journal

    def falls(self) -> None:
        """Its thread ends as it is: nothing more is stored or kept."""
        for journal in self._running:
            journal._keep = lambda items: items  # type: ignore[method-assign]  # a killed process does nothing
            journal.close(0)
        self._running.clear()

    def leaves(self, count: int) -> None:
        """A run to which the database is away falls, and leaves so many rows on the disk."""
        journal = self.starts(away)
        for entry in entries(count):
            journal.write(entry)
        until(lambda: self.unstored.count() == count)
        self.falls()

    def kinds(self) -> list[str]:
        with self.database.read() as connection:
            return [row.entry.kind for row in journal_rows(connection)]


@pytest.fixture
def runs(database: Database, tmp_path: Path) -> Iterator[Runs]:
    made = Runs(database, tmp_path)
    yield made
    made.falls()


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.01)


def entries(count: int, first: int = 0) -> list[Entry]:
    return [Entry(1_000 + n, f"test.{n}", data={"n": n}) for n in range(first, first + count)]


def names(count: int) -> list[str]:
    return [f"test.{n}" for n in range(count)]


def away(_: int) -> str:
    return "before"


def test_given_a_database_that_is_away_when_we_fall_then_the_next_run_stores_all_in_order(runs: Runs) -> None:
    first = runs.starts(away)
    for entry in entries(3):
        first.write(entry)
    until(lambda: runs.unstored.count() == 3)
    for entry in entries(4, 3):  # what comes while it is away is kept too
        first.write(entry)
    until(lambda: runs.unstored.count() == 7)
    runs.falls()
    second = runs.starts()
    assert runs.kinds() == names(7)
    assert not runs.unstored.files()
    second.write(Entry(2_000, "again"))
    assert second.flush()
    assert runs.kinds() == [*names(7), "again"]
    assert verify(runs.database) is None


def test_given_a_database_that_is_back_when_it_has_all_then_nothing_is_left_on_the_disk(runs: Runs) -> None:
    journal = runs.starts(lambda n: "before" if n < 4 else "ok")
    for entry in entries(5):
        journal.write(entry)
    until(lambda: runs.unstored.count() > 0)
    assert journal.flush()
    until(lambda: not runs.unstored.files())
    assert runs.kinds() == names(5)


def test_given_a_commit_whose_answer_was_lost_when_we_fall_then_no_row_is_stored_twice(runs: Runs) -> None:
    first = runs.starts(lambda n: "after" if n == 0 else "before")
    for entry in entries(3):
        first.write(entry)
    until(lambda: runs.unstored.count() == 3)
    runs.falls()
    runs.starts()
    assert runs.kinds() == names(3)


def test_given_a_fall_between_storing_and_forgetting_then_no_row_is_stored_twice(runs: Runs) -> None:
    runs.leaves(3)
    (file,) = runs.unstored.files()
    left = file.read_bytes()
    runs.starts()
    file.write_bytes(left)
    runs.falls()
    runs.starts()
    assert runs.kinds() == names(3)


def test_given_another_writer_in_between_then_the_rows_follow_behind_its_own(runs: Runs) -> None:
    first = runs.starts(away)
    first.write(Entry(1, "ours"))
    until(lambda: runs.unstored.count() == 1)
    runs.falls()
    beside = Journal(runs.database)
    beside.start()
    beside.write(Entry(2, "theirs"))
    assert beside.close()
    runs.starts()
    assert runs.kinds() == ["theirs", "ours"]
    assert verify(runs.database) is None


def test_given_a_line_that_is_torn_then_the_others_are_taken_in(runs: Runs) -> None:
    runs.leaves(3)
    (file,) = runs.unstored.files()
    file.write_bytes(b"what is this\n[]\n" + file.read_bytes()[:-20])
    runs.starts()
    assert runs.kinds() == names(2)


def test_given_rows_that_no_database_takes_then_their_file_is_put_aside_and_the_next_run_goes_on(
    runs: Runs,
) -> None:
    first = runs.starts(away)
    first.write(Entry(1, "test.0"))
    until(lambda: runs.unstored.count() == 1)
    runs.falls()
    (file,) = runs.unstored.files()
    file.write_text(file.read_text().replace('"seat": null', '"seat": "three"'))
    second = runs.starts()
    second.write(Entry(2, "again"))
    assert second.flush()
    assert runs.kinds() == ["again"]
    assert [path.name for path in runs.unstored.folder.glob("*.damaged")] == [f"{file.name}.damaged"]


def test_given_a_database_that_cannot_be_written_at_the_start_then_former_rows_still_come_before_ours(
    runs: Runs,
) -> None:
    runs.leaves(2)
    second = runs.starts(lambda n: "before" if n < 3 else "ok")
    for entry in entries(2, 2):
        second.write(entry)
    assert second.flush()
    assert runs.kinds() == names(4)
    until(lambda: not runs.unstored.files())
    assert verify(runs.database) is None


def test_given_who_called_then_the_number_lies_sealed_on_the_disk_and_is_known_afterwards(runs: Runs) -> None:
    first = runs.starts(away)
    first.write(Entry(1, "call.received", "c1", data={"open": True}, private={"number": NUMBER}))
    until(lambda: runs.unstored.count() == 1)
    runs.falls()
    (file,) = runs.unstored.files()
    assert NUMBER[1:].encode() not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    runs.starts()
    with runs.database.read() as connection:
        assert personal_number(connection, "c1") == NUMBER
        (row,) = journal_of_call(connection, "c1")
        assert (row.entry.kind, row.entry.data) == ("call.received", {"open": True})
        assert call_facts(connection, ["c1"])["c1"].open is True


def test_given_an_orderly_end_while_the_database_is_away_then_what_is_left_is_kept(runs: Runs) -> None:
    first = runs.starts(away)
    for entry in entries(600):
        first.write(entry)
    assert first.close(0.2) is False
    assert runs.unstored.count() == 600
    runs.starts()
    assert runs.kinds() == names(600)


def test_given_a_disk_that_fills_in_the_middle_then_what_was_there_stays_whole_and_nothing_is_there_twice(
    runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = runs.starts(away)
    for entry in entries(3):
        first.write(entry)
    until(lambda: runs.unstored.count() == 3)
    (file,) = runs.unstored.files()
    whole, tried = file.read_bytes(), []

    def half(full: FileIO, content: bytes) -> None:
        full.write(content[: len(content) // 2])
        tried.append(content)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr("db.unstored._write_all", half)
        first.write(entries(1, 3)[0])
        until(lambda: len(tried) > 1)
        until(lambda: file.read_bytes() == whole)
    until(lambda: runs.unstored.count() == 4)
    runs.falls()
    runs.starts()
    assert runs.kinds() == names(4)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    falls=st.lists(
        st.tuples(st.integers(0, 12), st.lists(st.sampled_from(["ok", "before", "after"]), max_size=6)),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_given_any_outages_and_falls_then_each_row_that_was_kept_or_stored_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, falls: list[tuple[int, list[str]]]
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    runs, written = Runs(open_database(f"sqlite:///{upgraded_file(folder)}", home=folder), folder), 0
    for count, plan in falls:
        journal = runs.starts(lambda n, plan=plan: plan[n] if n < len(plan) else "before")  # type: ignore[misc]
        for entry in entries(count, written):
            journal.write(entry)
        written += count
        until(lambda journal=journal: journal.pending == 0 or journal._kept == journal.pending)  # type: ignore[misc]
        runs.falls()
    runs.starts()
    assert runs.kinds() == names(written)
    runs.falls()
    runs.database.close()
