"""The hash chain: whatever is done to a row behind the journal's back, that row is named."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from db import (
    Broken,
    Database,
    DatabaseError,
    Entry,
    Head,
    Journal,
    head,
    head_at,
    open_database,
    personal_number,
    upgrade,
    verify,
)
from db.chain import HASHED, ORIGIN, link
from db.schema import _config
from tests.unit.db.faults import flaky

Start = Callable[[Database], Journal]


def written(journal: Journal, count: int, first: int = 0) -> None:
    for n in range(first, first + count):
        journal.write(
            Entry(1000 + n, f"test.{n}", f"c{n}", n % 7, "佐藤", f"c{n}.1", "main", {"n": n, "text": "二"})
        )
    assert journal.flush(20)


def unguarded(connection: Connection) -> None:
    """What somebody with the owner's password does first."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER journal_no_update"))
        connection.execute(text("DROP TRIGGER journal_no_delete"))
    else:
        connection.execute(text("ALTER TABLE journal DISABLE TRIGGER USER"))


def changed(database: Database, *statements: str) -> None:
    with database.write() as connection:
        unguarded(connection)
        for statement in statements:
            connection.execute(text(statement))


def rehashed(database: Database, seq: int) -> None:
    """Give the row a hash that fits its content, as a forger who knows the rule would."""
    columns = ", ".join(f'"{name}"' for name in HASHED)
    with database.write() as connection:
        row = connection.execute(text(f"SELECT {columns}, prev FROM journal WHERE seq = {seq}")).one()
        own = link(bytes(row[-1]), list(row[:-1]))
        connection.execute(text(f"UPDATE journal SET hash = :own WHERE seq = {seq}"), {"own": own})


def test_given_rows_when_verified_then_the_chain_holds_and_its_head_is_that_of_the_last(
    database: Database, journal: Journal
) -> None:
    assert verify(database) is None
    with database.read() as connection:
        assert head(connection) is None
    written(journal, 1200)
    told: list[int] = []
    assert verify(database, tell=told.append) is None
    assert told[-1] == 1200
    with database.read() as connection:
        newest = head(connection)
        assert newest is not None
        assert newest.seq == 1200
        assert head(connection, 1010) == head_at(connection, 10)
        assert head(connection, 1000) is None
    assert Head.parse(str(newest)) == newest


def test_given_two_databases_when_the_same_is_written_then_a_hash_can_be_recomputed_by_hand(
    database: Database, journal: Journal
) -> None:
    journal.write(Entry(1, "a", data={"x": "二"}))
    assert journal.flush()
    with database.read() as connection:
        (writer,) = connection.execute(text("SELECT writer FROM journal")).one()
        first = head_at(connection, 1)
    row = f'[1,1,"a",null,null,null,null,null,"{{\\"x\\":\\"二\\"}}",1,"{writer}"]'
    assert first == Head(1, hashlib.sha256(bytes(32) + row.encode()).digest())


@given(
    st.tuples(
        st.integers(1, 2**62),
        st.integers(-(2**62), 2**62),
        st.text(),
        st.none() | st.text(),
        st.none() | st.integers(0, 2**31),
        *(st.none() | st.text() for _ in range(3)),
        st.text(),
        st.integers(1, 9),
        st.text(),
    )
)
def test_given_any_row_when_hashed_then_it_is_the_hash_of_its_json(values: tuple[object, ...]) -> None:
    try:
        row = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        return
    assert link(ORIGIN, values) == hashlib.sha256(ORIGIN + row).digest()


@pytest.mark.parametrize(
    "values",
    [
        (1, 1, "k", None, "null", None, None, None, "{}", 1, "w"),
        (1, 1.0, "k", None, None, None, None, None, "{}", 1, "w"),
        (True, 1, "k", None, None, None, None, None, "{}", 1, "w"),
        (1, 1, None, None, None, None, None, None, "{}", 1, "w"),
        (1, 1, b"k", None, None, None, None, None, "{}", 1, "w"),
    ],
)
def test_given_a_value_of_another_kind_when_hashed_then_it_is_no_row_of_ours(
    values: tuple[object, ...],
) -> None:
    with pytest.raises(TypeError):
        link(ORIGIN, values)


@pytest.mark.parametrize(
    "change",
    [
        "at_ms = at_ms + 1",
        "kind = 'test.x'",
        '"call" = NULL',
        "seat = 6 - seat",
        "seat = 4.5",
        "operator = '鈴木'",
        "offer = ''",
        "line = 'main '",
        "data = '{}'",
        "schema_version = 2",
        "writer = 'somebody'",
        "prev = hash",
        "hash = prev",
        "hash = NULL",
    ],
)
def test_given_a_row_with_one_column_changed_when_verified_then_it_is_named(
    database: Database, journal: Journal, change: str
) -> None:
    written(journal, 12)
    if change == "hash = NULL":
        if not database.is_sqlite:
            pytest.skip("the column is not null")
        change = "hash = 'text'"
    changed(database, f"UPDATE journal SET {change} WHERE seq = 5")
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 5
    assert "changed" in broken.why


def test_given_a_deleted_row_when_verified_then_its_place_is_named(
    database: Database, journal: Journal
) -> None:
    written(journal, 9)
    changed(database, "DELETE FROM journal WHERE seq = 4")
    assert verify(database) == Broken(4, "missing")


def test_given_the_first_row_deleted_or_the_places_closed_up_when_verified_then_it_is_named(
    database: Database, journal: Journal
) -> None:
    written(journal, 9)
    changed(
        database,
        "DELETE FROM journal WHERE seq = 1",
        "UPDATE journal SET seq = -seq",
        "UPDATE journal SET seq = -seq - 1",
    )
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 1


def test_given_two_rows_swapped_when_verified_then_the_first_is_named(
    database: Database, journal: Journal
) -> None:
    written(journal, 9)
    changed(
        database,
        "UPDATE journal SET seq = 100 WHERE seq = 3",
        "UPDATE journal SET seq = 3 WHERE seq = 6",
        "UPDATE journal SET seq = 6 WHERE seq = 100",
    )
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 3


def test_given_a_row_rewritten_with_a_fitting_hash_when_verified_then_that_row_is_named_not_its_neighbour(
    database: Database, journal: Journal
) -> None:
    written(journal, 9)
    changed(database, "UPDATE journal SET kind = 'forged' WHERE seq = 5")
    rehashed(database, 5)
    broken = verify(database)
    assert broken is not None
    assert broken.seq == 5
    assert "rewritten" in broken.why


def test_given_a_head_of_before_when_the_end_is_cut_off_or_all_is_rewritten_then_the_head_tells(
    database: Database, journal: Journal
) -> None:
    written(journal, 9)
    with database.read() as connection:
        printed = head(connection)
    assert printed is not None
    assert verify(database, after=printed) is None
    written(journal, 3, first=9)
    assert verify(database, after=printed) is None
    changed(database, "DELETE FROM journal WHERE seq >= 9")
    assert verify(database) is None
    assert verify(database, after=printed) == Broken(9, "missing")


@pytest.mark.parametrize("text_", ["", "5", "5:abcd", "x:" + "0" * 64, "0:" + "0" * 64])
def test_given_no_head_when_read_then_it_is_refused(text_: str) -> None:
    with pytest.raises(ValueError, match="not a head"):
        Head.parse(text_)


def test_given_a_database_that_goes_away_and_two_writers_when_all_is_stored_then_the_chain_holds(
    database: Database, start_journal: Start
) -> None:
    faults = ["ok", "before", "after", "ok", "after", "before", "ok"]
    one = start_journal(flaky(database, lambda n: faults[n % len(faults)] if n < 20 else "ok"))
    two = start_journal(database)
    seen: list[tuple[int, str]] = []
    one.subscribe(lambda seq, entry: seen.append((seq, entry.kind)))
    for n in range(60):
        one.write(Entry(n, f"one.{n}"))
        two.write(Entry(n, f"two.{n}"))
        if n % 7 == 0:
            two.flush(20)
        if n % 10 == 0:
            one.flush(20)
    assert one.flush(30)
    assert two.flush(30)
    assert verify(database) is None
    with database.read() as connection:
        newest = head(connection)
        rows = {row.kind: row.seq for row in connection.execute(text("SELECT kind, seq FROM journal"))}
    assert newest is not None
    assert newest.seq == 120
    # Whoever listens sees the true places again once the other writer was noticed.
    two.close()
    one.write(Entry(1, "resting"))
    assert one.flush(20)
    one.write(Entry(1, "alone"))
    assert one.flush(20)
    assert seen[-1] == (122, "alone")
    assert rows["one.59"] > rows["one.0"]


def test_given_odd_entries_when_written_then_what_is_hashed_is_what_is_read_back(
    database: Database, journal: Journal
) -> None:
    for entry in (
        Entry(True, "bool.time", seat=True),
        Entry(1, "nul\0kind", call="c\0", data={"text": "a\0b", "half": "\ud800", "nan": float("nan")}),
        Entry(2**70, "too.big"),
        Entry(1.5, "half.time"),  # type: ignore[arg-type]  # what a caller's mistake would be
        Entry(1, "seat.text", seat="3"),  # type: ignore[arg-type]  # what a caller's mistake would be
        Entry(1, 'quo"te\\', operator="\u2028 \x7f"),
        Entry(-(2**62), "early"),
    ):
        journal.write(entry)
    assert journal.flush(20)
    assert verify(database) is None
    with database.read() as connection:
        newest = head(connection)
    assert newest is not None
    assert newest.seq == 7


def test_given_a_database_of_before_the_chain_when_upgraded_then_its_rows_are_chained_and_guarded(
    empty_url: str, tmp_path: Path, start_journal: Start
) -> None:
    database = open_database(empty_url, home=tmp_path)
    with database.write() as connection:
        command.upgrade(_config(connection), "0002")
        rows = [
            {"seq": n, "kind": f"old.{n}", "call": f"c{n}", "data": '{"x":"二"}', "writer": "w"}
            for n in range(1, 41)
        ]
        connection.execute(
            text(
                'INSERT INTO journal (seq, at_ms, kind, "call", data, schema_version, writer)'
                " VALUES (:seq, :seq, :kind, :call, :data, 1, :writer)"
            ),
            rows,
        )
        connection.execute(
            text('INSERT INTO personal ("call", number, callback_number) VALUES (:call, :one, :two)'),
            [
                {"call": "c1", "one": "+81260001111", "two": None},
                {"call": "c2", "one": None, "two": "+81260002222"},
            ],
        )
    assert upgrade(database)
    assert verify(database) is None
    with database.read() as connection:
        assert personal_number(connection, "c1") == "+81260001111"
        assert head_at(connection, 1) == Head(1, link(ORIGIN, _row(connection, 1)))
    with pytest.raises(Exception, match="append-only"), database.write() as connection:
        connection.execute(text("UPDATE journal SET kind = 'x'"))
    journal = start_journal(database)
    written(journal, 3)
    assert verify(database) is None
    if database.file is not None:
        left = [file.read_bytes() for file in tmp_path.glob("madoguchi.db*")]
        assert not any(b"260001111" in content or b"260002222" in content for content in left)
    assert journal.close()
    database.close()


def _row(connection: Connection, seq: int) -> list[object]:
    columns = ", ".join(f'"{name}"' for name in HASHED)
    return list(connection.execute(text(f"SELECT {columns} FROM journal WHERE seq = {seq}")).one())


def test_given_a_torn_file_when_verified_then_one_sentence_says_behind_which_row(
    tmp_path: Path, start_journal: Start
) -> None:
    database = open_database(home=tmp_path)
    upgrade(database)
    journal = start_journal(database)
    written(journal, 8000)
    assert journal.close()
    database.close()
    file = tmp_path / "madoguchi.db"
    size = file.stat().st_size
    with file.open("r+b") as torn:
        torn.seek(size // 3)
        torn.write(b"\xff" * (size // 3))
    database = open_database(home=tmp_path)
    with pytest.raises(DatabaseError, match="cannot be read behind row"):
        verify(database)
    database.close()


def test_given_many_rows_when_verified_then_a_million_takes_less_than_a_minute(
    tmp_path: Path, start_journal: Start
) -> None:
    database = open_database(home=tmp_path)
    upgrade(database)
    journal = start_journal(database)
    written(journal, 20_000)
    began = time.process_time()  # others may use the processors too
    assert verify(database) is None
    assert time.process_time() - began < 1.2
    database.close()
