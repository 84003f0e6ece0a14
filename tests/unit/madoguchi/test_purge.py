"""A purged citizen is gone: from the database file and its log, from Asterisk's files, from every answer."""

from __future__ import annotations

import gzip
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from config import Home
from db import Database, Entry, Journal, find, open_database, personal_number, upgrade, verify
from db.tables import metadata
from madoguchi.commands import db as db_command
from madoguchi.commands import personal, purge
from tests.unit.db.postgres import Server

NUMBER, OTHER, THIRD = "+81262261234", "+819011112222", "+14155550100"
DAY_MS = 86_400_000
NOW = 1_795_132_800_000

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, home: Home) -> Run:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    for command in (personal, purge):
        monkeypatch.setattr(command, "now_ms", lambda: NOW)
    app = typer.Typer()
    for command in (personal, purge, db_command):
        command.register(app)

    def invoke(*arguments: str | Path) -> tuple[int, str, str]:
        done = CliRunner().invoke(
            app, [*map(str, arguments), "--home", str(home.path)], catch_exceptions=False
        )
        return done.exit_code, done.stdout, done.stderr

    return invoke


@pytest.fixture
def database(home: Home) -> Database:
    opened = open_database(f"sqlite:///{home.database}", home=home.path)
    upgrade(opened)
    return opened


def a_call(call: str, number: str | None, days_ago: int = 1, line: str = "main", **also: str) -> list[Entry]:
    at_ms = NOW - days_ago * DAY_MS
    private = {**({"number": number} if number else {}), **also}
    return [
        Entry(at_ms, "call.received", call, line=line, data={"open": True}, private=private or None),
        Entry(at_ms + 5, "call.ended", call, line=line, data={"outcome": "closed"}),
    ]


def store(database: Database, *calls: list[Entry]) -> None:
    journal = Journal(database)
    journal.start()
    for entries in calls:
        for entry in entries:
            journal.write(entry)
    assert journal.close()


def everything(home: Home) -> bytes:
    return b"\n".join(file.read_bytes() for file in home.path.rglob("*") if file.is_file())


def written_forms(number: str) -> list[bytes]:
    digits = number[1:]
    national = "0" + digits[2:] if digits.startswith("81") else "010" + digits
    return [one.encode() for one in (number, digits, national, quote(number))]


def asterisks_files(home: Home, *numbers: str) -> None:
    cdr = home.asterisk / "log" / "cdr-csv"
    cdr.mkdir(parents=True)
    for number in numbers:
        national = "0" + number[3:] if number.startswith("+81") else "010" + number[1:]
        with (cdr / "Master.csv").open("a") as out:
            out.write(f'"","{national}","0260001234","in","""{number}"" <{national}>","x"\n')
            out.write(f'"num={national}","name={national[:8]}","{national[:6]}"\n')  # cut by Asterisk
        with (home.asterisk / "log" / "queue_log").open("a") as out:
            out.write(f"1795132800|1|q|NONE|ENTERQUEUE||{national}|1\n")
        with (home.logs / "up.log").open("a") as out:
            out.write(f"2026-11-23-{national[:3]}-{national[3:6]}-{national[6:]} sip:{quote(number)}@x\n")


def test_given_a_citizen_when_purged_then_nothing_of_the_number_is_left_anywhere_and_the_others_stay(
    run: Run, home: Home, database: Database
) -> None:
    store(database, a_call("c1", NUMBER), a_call("c2", NUMBER, 500), a_call("c3", OTHER), a_call("c4", None))
    store(database, a_call("c5", THIRD, callback_number=NUMBER))
    asterisks_files(home, NUMBER, OTHER)
    raw = sqlite3.connect(home.database)
    sealed = raw.execute("SELECT wrapped, number, number_hash FROM personal WHERE call = 'c1'").fetchone()
    raw.close()
    size = (home.asterisk / "log/queue_log").stat().st_size
    before = database.engine.connect().execute(text("SELECT * FROM journal")).all()
    assert any(form in everything(home) for form in written_forms(NUMBER))
    assert sealed[0] in everything(home)

    status, shown, _ = run("purge", "--number", "026-226-1234", "--dry-run", "--format", "json")
    told = json.loads(shown)
    assert (status, told["calls"], told["record"]) == (0, ["c2", "c1", "c5"], None)
    assert told["files"]["masked"] == {
        "asterisk/log/cdr-csv/Master.csv": 5,
        "asterisk/log/queue_log": 1,
        "logs/up.log": 2,
    }
    assert any(form in everything(home) for form in written_forms(NUMBER))

    status, shown, _ = run(
        "purge", "--number", "０２６－２２６－１２３４", "--format", "json", "--reason", "請求"
    )
    assert status == 0
    assert json.loads(shown)["swept"] is True
    for form in written_forms(NUMBER):
        assert form not in everything(home)
    assert b"026-226-1234" not in everything(home)
    assert b"02622612" not in everything(home)
    for part in (sealed[0], sealed[1], sealed[2].encode()):
        assert part not in everything(home)
    assert all(form in everything(home) for form in written_forms(OTHER)[1:])
    assert (home.asterisk / "log/queue_log").stat().st_size == size
    assert b"2026-11-23" in (home.logs / "up.log").read_bytes()
    with database.read() as connection:
        assert connection.execute(text("SELECT * FROM journal")).all()[: len(before)] == before
        assert personal_number(connection, "c3") == OTHER
        stored = repr([connection.execute(table.select()).all() for table in metadata.sorted_tables])
    assert NUMBER[3:] not in stored
    assert verify(database) is None
    assert find(database, NUMBER, who="x", why="x", at_ms=1) == []
    status, _, said = run("person", "c1", "--why", "x")
    assert (status, "nothing is kept" in said) == (2, True)
    database.close()


def test_given_a_purge_when_done_then_its_record_is_signed_journalled_and_any_change_of_it_is_seen(
    run: Run, home: Home, database: Database
) -> None:
    store(database, a_call("c1", NUMBER))
    _, shown, _ = run("purge", "--call", "c1", "--by", "sato", "--reason", "本人の請求", "--format", "json")
    file = Path(json.loads(shown)["record"])
    assert file.stat().st_mode & 0o777 == 0o600
    status, shown, said = run("purge", "--verify", file)
    assert (status, said) == (0, "")
    assert "署名は正しく" in shown
    status, shown, _ = run("purge", "--verify", file, "--format", "json")
    record = json.loads(shown)
    assert (record["calls"], record["by"], record["reason"]) == (["c1"], "sato", "本人の請求")
    assert record["rule"] == {"call": "c1"}
    with database.read() as connection:
        data = json.loads(
            connection.scalar(text("SELECT data FROM journal WHERE kind = 'records.purged'")) or ""
        )
    assert data["signature"] == json.loads(file.read_text())["signature"]
    assert (data["calls"], data["by"]) == (1, "sato")
    file.write_text(file.read_text().replace("c1", "c9"))
    status, _, said = run("purge", "--verify", file)
    assert status == 2
    assert "was changed after it was signed" in said
    file.write_text("{}")
    assert "is not a signed record" in run("purge", "--verify", file)[2]
    assert "cannot be read" in run("purge", "--verify", file.with_name("none"))[2]
    assert NUMBER.encode()[3:] not in everything(home)
    database.close()


def test_given_retention_by_line_when_purged_then_each_line_keeps_as_long_as_it_says(
    run: Run, home: Home, database: Database
) -> None:
    home.toml.write_text(
        '[[lines]]\nid = "english"\nname = "E"\nnumbers = ["0260001235"]\n'
        "[retention]\npersonal_days = 100\n[retention.lines.english]\npersonal_days = 10\n",
        encoding="utf-8",
    )
    store(
        database,
        a_call("m99", NUMBER, 99),
        a_call("m101", NUMBER, 101),
        a_call("e9", OTHER, 9, "english"),
        a_call("e11", OTHER, 11, "english"),
        a_call("e99", OTHER, 99, "english"),
    )
    status, shown, _ = run("purge", "--format", "json")
    told = json.loads(shown)
    assert status == 0
    assert sorted(told["calls"]) == ["e11", "e99", "m101"]
    assert told["numbers_that_stay_in_files"] == 2
    assert run("purge")[1].startswith("消去した着信: 0 件")
    status, shown, _ = run("purge", "--older-than", "0", "--dry-run", "--format", "json")
    assert json.loads(shown)["calls"] == ["m99", "e9"]
    database.close()


def test_given_a_retention_for_a_line_that_is_not_there_when_purged_then_the_key_is_named(
    run: Run, home: Home, database: Database
) -> None:
    home.toml.write_text("[retention.lines.water]\npersonal_days = 10\n", encoding="utf-8")
    status, _, said = run("purge")
    assert status == 2
    assert "[retention.lines] water: there is no line" in said
    database.close()


def test_given_a_hold_an_open_callback_or_a_call_in_progress_when_purged_then_it_stays_and_is_named(
    run: Run, home: Home, database: Database
) -> None:
    store(
        database,
        a_call("held", NUMBER),
        [
            *a_call("back", NUMBER),
            Entry(NOW, "callback.asked", "back", data={"ticket": "back-cb", "merged": False}),
        ],
        [Entry(NOW - 5000, "call.received", "now", private={"number": NUMBER})],
        a_call("gone", NUMBER),
    )
    asterisks_files(home, NUMBER)
    assert run("hold", "held", "--reason", "訴訟")[0] == 0
    assert "訴訟" in run("hold")[1]
    status, shown, _ = run("purge", "--number", NUMBER, "--format", "json")
    told = json.loads(shown)
    assert (status, told["calls"]) == (0, ["gone"])
    assert told["kept"] == {
        "back": "callback still to be done",
        "held": "legal hold",
        "now": "call in progress",
    }
    assert told["files"]["masked"] == {}
    assert told["numbers_that_stay_in_files"] == 1
    assert run("hold", "held", "--release", "--reason", "終結")[0] == 0
    assert json.loads(run("purge", "--call", "held", "--format", "json")[1])["calls"] == ["held"]
    database.close()


def test_given_a_workbook_an_archive_or_a_file_of_others_when_purged_then_what_is_left_is_named(
    run: Run, home: Home, database: Database
) -> None:
    store(database, a_call("c1", NUMBER))
    with zipfile.ZipFile(home.path / "ledger.xlsx", "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", "<t>026-226-1234</t>")
    with gzip.open(home.logs / "old.log.gz", "wb") as out:
        out.write(b"from 0262261234 today")
    (home.path / "empty").touch()
    other = sqlite3.connect(home.asterisk / "astdb.sqlite3")
    other.execute("CREATE TABLE x AS SELECT '0262261234' AS n")
    other.commit()
    other.close()
    status, shown, _ = run("purge", "--number", NUMBER, "--format", "json")
    assert status == 1
    assert sorted(json.loads(shown)["files"]["left"]) == [
        "asterisk/astdb.sqlite3",
        "ledger.xlsx",
        "logs/old.log.gz",
    ]
    database.close()


def test_given_a_reader_that_does_not_end_when_purged_then_it_says_that_pages_are_left(
    run: Run, home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    store(database, a_call("c1", NUMBER))
    monkeypatch.setattr("madoguchi.purging.sweep", lambda _: False)
    status, shown, _ = run("purge", "--call", "c1")
    assert status == 1
    assert "古いページが残っています" in shown
    database.close()


def test_given_a_lost_key_when_purged_as_unreadable_then_madoguchi_can_start_again(
    run: Run, home: Home, database: Database
) -> None:
    store(database, a_call("c1", NUMBER))
    database.vault.file.unlink()
    assert run("db", "upgrade")[0] == 2
    status, shown, _ = run("purge", "--unreadable", "--format", "json")
    assert (status, json.loads(shown)["calls"]) == (0, ["c1"])
    assert run("db", "upgrade")[0] == 0
    database.close()


def test_given_keys_rotated_after_a_purge_when_a_backup_is_opened_with_the_new_keys_then_it_tells_nothing(
    run: Run, home: Home, database: Database, tmp_path: Path
) -> None:
    store(database, a_call("c1", NUMBER), a_call("c2", OTHER))
    backup = tmp_path / "backup.db"
    with sqlite3.connect(home.database) as raw, sqlite3.connect(backup) as copy:
        raw.backup(copy)
    assert run("purge", "--call", "c1")[0] == 0
    status, shown, _ = run("keys", "rotate", "--format", "json")
    assert (status, json.loads(shown)["records"]) == (0, 1)
    assert "1 件" in run("keys", "list")[1]
    old = open_database(f"sqlite:///{backup}", home=home.path)
    with old.read() as connection:
        assert personal_number(connection, "c1") is None
    with database.read() as connection:
        assert personal_number(connection, "c2") == OTHER
    old.close()
    database.close()


def test_given_a_look_at_a_record_when_the_log_is_shown_then_it_tells_who_and_why_without_numbers(
    run: Run, home: Home, database: Database
) -> None:
    store(database, a_call("c1", NUMBER))
    status, shown, _ = run("person", "c1", "--why", "苦情の確認", "--by", "sato")
    assert status == 0
    assert "026-226-1234" in shown
    assert json.loads(run("person", "--number", NUMBER, "--why", "苦情", "--format", "json")[1]) == ["c1"]
    shown = run("person", "--log")[1]
    assert "sato" in shown
    assert "苦情の確認" in shown
    assert "226" not in shown
    database.close()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["purge", "--call", "c1", "--number", NUMBER], "--number: cannot go together with --call"),
        (["purge", "--number", "110"], "--number: '110' is not a whole telephone number"),
        (["purge", "--format", "xml"], "--format"),
        (["person", "--why", "x"], "CALL or --number"),
        (["person", "c1"], "--why: give the reason"),
        (["person", "--log", "--number", NUMBER], "--log"),
        (["hold", "c9", "--reason", "x"], "is not a call"),
        (["hold", "c9"], "--reason"),
        (["hold", "c9", "--release", "--reason", "x"], "is not held"),
    ],
)
def test_given_a_users_mistake_when_run_then_one_sentence_names_it(
    run: Run, database: Database, arguments: list[str], said: str
) -> None:
    status, shown, error = run(*arguments)
    assert status == 2
    assert said in error
    assert len(error.strip().splitlines()) == 1
    assert shown == ""
    database.close()


def test_given_postgresql_when_a_citizen_is_purged_then_the_rows_are_gone(
    run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    try:
        url = server.create("purge")
        database = open_database(url, home=home.path)
        upgrade(database)
        store(database, a_call("c1", NUMBER), a_call("c2", OTHER))
        monkeypatch.setenv("MADOGUCHI_DATABASE_URL", url)
        assert run("purge", "--number", NUMBER)[0] == 0
        with database.read() as connection:
            assert connection.execute(text('SELECT "call" FROM personal')).scalars().all() == ["c2"]
        assert verify(database) is None
        database.close()
    finally:
        server.close()
