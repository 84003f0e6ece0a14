"""Legal holds, and journal rows that a command writes beside the instance that runs."""

from __future__ import annotations

import threading

import pytest

from db import Database, Entry, Journal, journal_of_call, journal_rows, verify
from db.append import append
from db.holds import Hold, all_holds, place_hold, release_hold


@pytest.fixture
def known(database: Database, journal: Journal) -> Database:
    journal.write(Entry(1, "call.received", "c1"))
    assert journal.flush(20)
    return database


def test_given_a_call_when_held_and_released_then_the_journal_tells_who_and_why(known: Database) -> None:
    hold = Hold("c1", 5, "sato", "訴訟")
    place_hold(known, hold)
    with known.read() as connection:
        assert all_holds(connection) == [hold]
    with pytest.raises(ValueError, match="held already"):
        place_hold(known, hold)
    release_hold(known, "c1", who="kato", reason="終結", at_ms=9)
    with pytest.raises(ValueError, match="not held"):
        release_hold(known, "c1", who="kato", reason="終結", at_ms=9)
    with known.read() as connection:
        assert all_holds(connection) == []
        rows = [row.entry for row in journal_of_call(connection, "c1")][1:]
    assert [(row.kind, row.at_ms, row.data) for row in rows] == [
        ("hold.placed", 5, {"by": "sato", "reason": "訴訟"}),
        ("hold.released", 9, {"by": "kato", "reason": "終結"}),
    ]


@pytest.mark.parametrize(
    "hold",
    [Hold("c9", 1, "x", "x"), Hold("c1", 1, "", "x"), Hold("c1", 1, "x", " "), Hold("c1", 1, "x", "x" * 501)],
)
def test_given_no_such_call_or_no_reason_when_held_then_nothing_is_written(
    known: Database, hold: Hold
) -> None:
    with pytest.raises(ValueError, match=r"not a call|is empty"):
        place_hold(known, hold)
    with known.read() as connection:
        assert len(list(journal_rows(connection))) == 1


def test_given_a_journal_that_writes_when_commands_append_then_all_rows_stand_once_and_chained(
    database: Database, journal: Journal
) -> None:
    stop = threading.Event()
    count = 0

    def flow() -> None:
        nonlocal count
        while not stop.is_set():
            journal.write(Entry(count, f"live.{count}"))
            count += 1
            stop.wait(0.005)

    thread = threading.Thread(target=flow)
    thread.start()
    try:
        for n in range(12):
            append(database, [Entry(n, f"one.{n}"), Entry(n, f"two.{n}")])
    finally:
        stop.set()
        thread.join()
    assert journal.flush(30)
    with database.read() as connection:
        kinds = [row.entry.kind for row in journal_rows(connection)]
    assert [kind for kind in kinds if kind.startswith("live")] == [f"live.{n}" for n in range(count)]
    commands = [kind for kind in kinds if not kind.startswith("live")]
    assert commands == [f"{word}.{n}" for n in range(12) for word in ("one", "two")]
    for n in range(12):
        assert kinds.index(f"two.{n}") == kinds.index(f"one.{n}") + 1
    assert verify(database) is None


def test_given_what_goes_with_a_row_when_it_raises_then_nothing_was_written(database: Database) -> None:
    def refuse(_: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        append(database, [Entry(1, "x")], refuse)
    with database.read() as connection:
        assert list(journal_rows(connection)) == []
