"""Entries of the ledgers: revisions that nobody changes, sealed values, numbers without a hole, purges."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from config import parse_local, to_ms
from config.forms import BOOKING
from db import (
    Database,
    Entry,
    Journal,
    journal_of_call,
    journal_rows,
    looks,
    newest_seq,
    open_database,
    upgrade,
    verify,
)
from db.holds import Hold, all_holds, place_hold
from db.ledger import Conflict, PurgedError, UnknownError, Writing, correct, current_of, fiscal_year, write
from db.ledger_read import all_revisions, entries_of, find_entries, forms_of, look_at, newest
from db.personal import calls_of, due, erase, key_ids, numbers_of, require_keys, reseal
from db.personal import unreadable as unreadable_rows
from db.vault import VaultError

NOVEMBER = to_ms(parse_local("2026-11-24 10:00:00"))
NUMBER, OTHER = "+81262261234", "+819011112222"
NAME = "ナガノ タロウ"


def writing(**other: object) -> Writing:
    made = Writing(
        "booking",
        "101",
        BOOKING.version,
        BOOKING.definition,
        plain={"kind": "新規"},
        sealed={"name": NAME, "phone": NUMBER},
        phones=(NUMBER,),
    )
    return replace(made, **other)  # type: ignore[arg-type]


@pytest.fixture
def known(database: Database, journal: Journal) -> Database:
    journal.write(Entry(NOVEMBER, "call.received", "c1", line="main", private={"number": OTHER}))
    assert journal.flush(20)
    return database


def test_given_an_entry_when_written_then_it_is_read_back_and_the_journal_says_nothing_personal(
    known: Database,
) -> None:
    made = write(known, writing(call="c1"), NOVEMBER + 5)
    assert (made.entry, made.number, made.revision) == ("booking-2026-000001", "2026-000001", 1)
    assert current_of(known, made.entry) == made
    assert made.values == {"kind": "新規", "name": NAME, "phone": NUMBER}
    with known.read() as connection:
        row = journal_of_call(connection, "c1")[-1].entry
        assert forms_of(connection, [made.form]) == {made.form: ("booking", NOVEMBER + 5, BOOKING.definition)}
        assert entries_of(connection, call="c1") == [made.entry]
    assert (row.kind, row.operator, row.at_ms) == ("entry.written", "101", NOVEMBER + 5)
    assert row.data == {"entry": made.entry, "ledger": "booking", "form": made.form[:12], "revision": 1}


def test_given_an_entry_when_the_database_is_read_then_nothing_of_the_citizen_is_in_it(
    known: Database, journal: Journal, tmp_path: Path
) -> None:
    made = write(known, writing(call="c1"), NOVEMBER)
    correct(known, made.entry, 1, writing(why=f"{NAME}の聞き違い"), NOVEMBER + 1)
    with known.read() as connection:
        tables = ("ledger_entries", "ledger_keys", "ledger_phones", "ledger_forms", "journal", "access_log")
        stored = repr([connection.execute(text(f"SELECT * FROM {name}")).all() for name in tables])
    assert NAME not in stored
    assert NUMBER[3:] not in stored
    assert journal.close()
    known.close()
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert NAME.encode() not in file.read_bytes()
            assert NUMBER[3:].encode() not in file.read_bytes()


def test_given_corrections_when_read_then_every_revision_stands_with_who_when_and_why(
    known: Database,
) -> None:
    made = write(known, writing(call="c1"), NOVEMBER)
    again = correct(
        known,
        made.entry,
        1,
        writing(operator="102", sealed={"name": "ナガノ ジロウ"}, phones=(OTHER,), why="聞き違い"),
        NOVEMBER + 60_000,
    )
    assert (again.revision, again.call, again.made_by, again.made_ms) == (2, "c1", "101", NOVEMBER)
    with known.read() as connection:
        [history] = all_revisions(connection, [made.entry])
        assert newest(connection, [made.entry]) == [again]
        kinds = [row.entry.kind for row in journal_of_call(connection, "c1")]
        assert calls_of(connection, NUMBER) == []
    assert [(one.revision, one.operator, one.why, one.values["name"]) for one in history] == [
        (1, "101", "", NAME),
        (2, "102", "聞き違い", "ナガノ ジロウ"),
    ]
    assert kinds[-2:] == ["entry.written", "entry.corrected"]
    with pytest.raises(Conflict) as met:
        correct(known, made.entry, 1, writing(operator="103", why="別の訂正"), NOVEMBER + 70_000)
    assert met.value.current == again
    assert find_entries(known, OTHER, who="sato", why="照会", at_ms=1) == [made.entry]
    assert find_entries(known, NUMBER, who="sato", why="照会", at_ms=2) == []
    assert verify(known) is None


def test_given_two_who_correct_at_once_then_exactly_one_wins_and_the_other_is_told(known: Database) -> None:
    entry = write(known, writing(), NOVEMBER).entry
    won: list[str] = []
    lost: list[Conflict] = []
    together = threading.Barrier(4)

    def go(who: str) -> None:
        together.wait()
        try:
            correct(known, entry, 1, writing(operator=who, why="同時"), NOVEMBER + 1)
            won.append(who)
        except Conflict as conflict:
            lost.append(conflict)

    threads = [threading.Thread(target=go, args=(who,)) for who in ("101", "102", "103", "104")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(won) == 1
    assert len(lost) == 3
    assert {one.current.operator for one in lost} == set(won)
    with known.read() as connection:
        [history] = all_revisions(connection, [entry])
    assert [one.revision for one in history] == [1, 2]
    assert verify(known) is None


def test_given_many_who_write_at_once_beside_the_journal_then_the_numbers_have_no_hole(
    known: Database, journal: Journal
) -> None:
    def go(who: str) -> None:
        for n in range(5):
            write(known, writing(operator=who), NOVEMBER + n)
            journal.write(Entry(NOVEMBER + n, "seat.login", seat=1, operator=who))

    threads = [threading.Thread(target=go, args=(who,)) for who in ("101", "102", "103")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert journal.flush(30)
    with known.read() as connection:
        found = newest(connection, entries_of(connection, ledger="booking"))
        kinds = [row.entry.kind for row in journal_rows(connection)]
    assert [one.number for one in found] == [f"2026-{n:06d}" for n in range(1, 16)]
    assert kinds.count("entry.written") == kinds.count("seat.login") == 15
    assert verify(known) is None


def test_given_a_failed_save_when_the_next_is_written_then_no_number_was_used_up(known: Database) -> None:
    with pytest.raises(UnknownError, match="no call 'c9'"):
        write(known, writing(call="c9"), NOVEMBER)
    assert write(known, writing(), NOVEMBER).number == "2026-000001"
    assert write(known, writing(ledger="inquiry"), NOVEMBER).entry == "inquiry-2026-000001"
    assert write(known, writing(), to_ms(parse_local("2027-03-31 23:59:59"))).number == "2026-000002"
    assert write(known, writing(), to_ms(parse_local("2027-04-01 00:00:00"))).number == "2027-000001"


def test_given_moments_when_asked_then_the_fiscal_year_turns_on_the_first_of_april() -> None:
    assert fiscal_year(to_ms(parse_local("2022-03-31 23:59:59"))) == 2021
    assert fiscal_year(to_ms(parse_local("2022-04-01 00:00:00"))) == 2022


@pytest.mark.parametrize("table", ["ledger_entries", "ledger_forms"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET form = 'x'", "DELETE FROM {}"])
def test_given_a_ledger_when_somebody_changes_it_then_the_database_refuses(
    known: Database, table: str, statement: str
) -> None:
    write(known, writing(), NOVEMBER)
    with pytest.raises(DBAPIError, match="append-only"), known.write() as connection:
        connection.execute(text(statement.format(table)))


def test_given_a_purge_when_the_entry_is_read_then_its_number_and_the_chain_stand_and_the_citizen_is_gone(
    known: Database,
) -> None:
    entry = write(known, writing(call="c1"), NOVEMBER).entry
    correct(known, entry, 1, writing(why="訂正"), NOVEMBER + 1)
    alone = write(known, writing(), NOVEMBER).entry
    with known.read() as connection:
        assert calls_of(connection, NUMBER) == ["booking-2026-000002", "c1"]
        assert numbers_of(connection, ["c1", alone]) == {"c1": {NUMBER, OTHER}, alone: {NUMBER}}
        assert sorted(due(connection, NOVEMBER + 9, None)) == [alone, "c1"]
        assert due(connection, NOVEMBER, None) == []
    with known.write() as connection:
        erase(connection, ["c1", alone])
    with known.read() as connection:
        [first, second], [third] = all_revisions(connection, [entry, alone])
        assert calls_of(connection, NUMBER) == []
        assert connection.scalar(text("SELECT count(*) FROM ledger_phones")) == 0
    assert [one.state for one in (first, second, third)] == ["purged"] * 3
    assert (second.number, second.values, second.why) == ("2026-000001", {"kind": "新規"}, None)
    with pytest.raises(PurgedError):
        correct(known, entry, 2, writing(why="訂正"), NOVEMBER + 2)
    assert verify(known) is None
    assert write(known, writing(), NOVEMBER).number == "2026-000003"


def test_given_looks_when_taken_then_each_stands_in_the_access_log_and_none_goes_without_a_reason(
    known: Database,
) -> None:
    entry = write(known, writing(call="c1"), NOVEMBER).entry
    alone = write(known, writing(), NOVEMBER).entry
    [[seen], [also]] = look_at(known, [entry, alone], who="sato", why="確認", at_ms=7)
    assert (seen.entry, also.entry) == (entry, alone)
    for who, why in (("", "確認"), ("sato", " ")):
        with pytest.raises(ValueError, match="says who and why"):
            look_at(known, [entry], who=who, why=why, at_ms=8)
        with pytest.raises(ValueError, match="says who and why"):
            find_entries(known, NUMBER, who=who, why=why, at_ms=8)
    with known.read() as connection:
        assert [(one.call, one.what, one.who, one.why) for one in looks(connection)] == [
            ("c1", f"entry {entry}", "sato", "確認"),
            (alone, f"entry {alone}", "sato", "確認"),
        ]


def test_given_a_rotation_when_done_then_entries_are_read_and_found_with_the_new_key_alone(
    known: Database,
) -> None:
    entries = [write(known, writing(), NOVEMBER + n).entry for n in range(5)]
    correct(known, entries[0], 1, writing(phones=(OTHER,), why="x"), NOVEMBER + 9)
    [before] = key_ids_of(known)
    list(reseal(known, at_once=2))
    [after] = key_ids_of(known)
    assert before != after
    assert [key.id for key in known.vault.all_keys()] == [after]
    assert current_of(known, entries[1]).values["name"] == NAME
    assert find_entries(known, OTHER, who="a", why="b", at_ms=1) == [entries[0]]
    assert find_entries(known, NUMBER, who="a", why="b", at_ms=1) == entries[1:]


def key_ids_of(database: Database) -> list[str]:
    with database.read() as connection:
        return list(key_ids(connection))


def test_given_a_lost_key_file_when_read_then_entries_are_unreadable_and_can_be_given_up(
    known: Database, tmp_path: Path
) -> None:
    entry = write(known, writing(), NOVEMBER).entry
    known.vault.file.unlink()
    fresh = open_database(
        known.engine.url.render_as_string(hide_password=False).replace("+psycopg", ""), home=tmp_path
    )
    with pytest.raises(Exception, match="key of personal data is missing"):
        require_keys(fresh)
    fresh.vault.all_keys()
    assert current_of(fresh, entry).state == "unreadable"
    with pytest.raises(PurgedError):
        correct(fresh, entry, 1, writing(why="x"), NOVEMBER)
    with pytest.raises(VaultError, match="2 rows cannot be opened"):
        list(reseal(fresh))
    with fresh.write() as connection:
        assert sorted(unreadable_rows(connection)) == [entry, "c1"]
    fresh.close()


def test_given_an_entry_without_a_call_when_held_then_the_hold_names_it(known: Database) -> None:
    entry = write(known, writing(), NOVEMBER).entry
    place_hold(known, Hold(entry, 1, "sato", "訴訟"))
    with known.read() as connection:
        assert [one.call for one in all_holds(connection)] == [entry]
    with pytest.raises(ValueError, match="not a call"):
        place_hold(known, Hold("booking-2026-000009", 1, "sato", "訴訟"))


def test_given_a_callback_when_its_entry_is_written_with_the_ticket_then_it_is_the_calls(
    known: Database, journal: Journal
) -> None:
    journal.write(Entry(NOVEMBER, "callback.asked", "c1", data={"ticket": "c1-cb"}))
    assert journal.flush(20)
    assert write(known, writing(call="c1-cb"), NOVEMBER).call == "c1"


def test_given_a_journal_that_was_told_when_it_writes_on_then_no_number_was_taken(
    known: Database, journal: Journal, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[int] = []
    journal.subscribe(lambda seq, _: seen.append(seq))
    write(known, writing(), NOVEMBER)
    with known.read() as connection:
        journal.step_over(newest_seq(connection))
    journal.write(Entry(NOVEMBER, "seat.login", seat=1))
    assert journal.flush(20)
    with known.read() as connection:
        assert [row.entry.kind for row in journal_rows(connection)][-2:] == ["entry.written", "seat.login"]
        assert seen == [newest_seq(connection)]
    assert "number_taken" not in capsys.readouterr().out
    assert verify(known) is None


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    saves=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 2), st.text(max_size=20), st.booleans()), max_size=14
    )
)
def test_given_any_order_of_saves_and_stale_saves_then_all_revisions_are_kept(
    tmp_path_factory: pytest.TempPathFactory, saves: list[tuple[int, int, str, bool]]
) -> None:
    home = tmp_path_factory.mktemp("ledger")
    database = open_database(f"sqlite:///{home / 'madoguchi.db'}", home=home)
    upgrade(database)
    entries: list[str] = []
    kept: dict[str, list[str]] = {}
    for n, (which, behind, words, begins) in enumerate(saves):
        words = words.encode("utf-8", "replace").decode()
        if begins or not entries:
            entry = write(database, writing(sealed={"remarks": words}), NOVEMBER + n).entry
            entries.append(entry)
            kept[entry] = [words]
            continue
        entry = entries[which % len(entries)]
        seen = len(kept[entry]) - behind
        correction = writing(sealed={"remarks": words}, why="訂正")
        if seen != len(kept[entry]):
            with pytest.raises(Conflict) as met:
                correct(database, entry, seen, correction, NOVEMBER + n)
            assert met.value.current.values["remarks"] == kept[entry][-1]
            continue
        correct(database, entry, seen, correction, NOVEMBER + n)
        kept[entry].append(words)
    with database.read() as connection:
        found = {
            history[0].entry: [one.values["remarks"] for one in history]
            for history in all_revisions(connection, entries)
        }
        kinds = [row.entry.kind for row in journal_rows(connection)]
    assert found == kept
    assert len(kinds) == sum(map(len, kept.values()))
    assert verify(database) is None
    database.close()
