"""A citizen who stands in a ledger entry is purged: by number, by call, by retention; held ones stay."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from config import Home
from config.forms import BOOKING
from db import Database, Entry, Journal, open_database, upgrade, verify
from db.drafts import Draft, drafts_of, keep_draft
from db.ledger import Writing, current_of, write
from db.personal import calls_of
from madoguchi.commands import personal, purge

NUMBER, OTHER = "+81262261234", "+819011112222"
NAME = "ナガノ　ハナコ"
DAY_MS = 86_400_000
NOW = 1_795_132_800_000

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
def database(home: Home) -> Database:
    opened = open_database(f"sqlite:///{home.database}", home=home.path)
    upgrade(opened)
    journal = Journal(opened)
    journal.start()
    received = {"open": True}
    journal.write(Entry(NOW - 500 * DAY_MS, "call.received", "old", line="main", data=received))
    journal.write(Entry(NOW - DAY_MS, "call.received", "new", line="main", private={"number": OTHER}))
    for call in ("old", "new"):
        journal.write(Entry(NOW - DAY_MS, "call.ended", call, data={"outcome": "answered"}))
    assert journal.close()
    return opened


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, home: Home) -> Run:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    app = typer.Typer()
    for command in (personal, purge):
        monkeypatch.setattr(command, "now_ms", lambda: NOW)
        command.register(app)

    def invoke(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, [*arguments, "--home", str(home.path)], catch_exceptions=False)
        return done.exit_code, done.stdout

    return invoke


def wrapped_keys(home: Home) -> dict[str, bytes]:
    connection = sqlite3.connect(home.database)
    found = dict(connection.execute("SELECT entry, wrapped FROM ledger_keys").fetchall())
    connection.close()
    return found


def entry(database: Database, call: str | None, at_ms: int, number: str = NUMBER) -> str:
    writing = Writing(
        "booking", "101", BOOKING.version, BOOKING.definition,
        plain={"kind": "新規"}, sealed={"name": NAME, "phone": number}, phones=(number,), call=call,
    )  # fmt: skip
    return write(database, writing, at_ms).entry


def purged(run: Run, *arguments: str) -> list[str]:
    status, out = run("purge", "--format", "json", *arguments)
    assert status == 0, out
    assert NUMBER[3:] not in out
    calls: list[str] = json.loads(out)["calls"]
    return calls


def test_given_a_citizen_in_an_entry_when_purged_by_number_then_every_entry_of_hers_is_gone(
    database: Database, run: Run, home: Home
) -> None:
    hers, others = entry(database, "new", NOW), entry(database, None, NOW, OTHER)
    alone = entry(database, None, NOW)
    wrapped = wrapped_keys(home)
    handed_over = home.path / "reports"
    handed_over.mkdir()
    (handed_over / "madoguchi-booking-2026-11-20.csv").write_text(f"{NAME},026-226-1234", encoding="utf-8")
    (handed_over / "madoguchi-day-2026-11-20.csv").write_text("着信,1", encoding="utf-8")
    assert purged(run, "--number", "026-226-1234", "--dry-run") == [alone, "new"]
    assert purged(run, "--number", "026-226-1234") == [alone, "new"]
    assert [current_of(database, one).state for one in (hers, alone, others)] == [
        *("purged", "purged", "readable"),
    ]
    assert verify(database) is None
    database.close()
    assert [path.name for path in handed_over.iterdir()] == ["madoguchi-day-2026-11-20.csv"]
    assert list(wrapped_keys(home)) == [others]
    for file in home.path.rglob("*"):
        if file.is_file():
            assert wrapped[hers] not in file.read_bytes()
            assert wrapped[alone] not in file.read_bytes()
            assert NUMBER[3:].encode() not in file.read_bytes()
            assert NAME.encode() not in file.read_bytes()


def test_given_retention_when_purged_then_entries_of_old_calls_go_even_where_the_number_was_withheld(
    database: Database, run: Run
) -> None:
    old, new = entry(database, "old", NOW - 499 * DAY_MS), entry(database, "new", NOW)
    alone = entry(database, None, NOW - 450 * DAY_MS)
    assert sorted(purged(run)) == [alone, "old"]
    assert [current_of(database, one).state for one in (old, alone, new)] == [
        *("purged", "purged", "readable"),
    ]


def test_given_a_hold_when_purged_then_the_entry_stays(database: Database, run: Run) -> None:
    alone = entry(database, None, NOW)
    assert run("hold", alone, "--reason", "訴訟")[0] == 0
    assert purged(run, "--number", "0262261234") == []
    assert current_of(database, alone).state == "readable"
    assert run("hold", alone, "--release", "--reason", "終結")[0] == 0
    assert purged(run, "--call", alone) == [alone]
    assert current_of(database, alone).state == "purged"


def test_given_retention_by_kind_and_line_when_purged_then_each_kind_goes_in_its_own_time(
    database: Database, run: Run, home: Home
) -> None:
    home.toml.write_text(
        "[retention]\npersonal_days = 400\nbooking_days = 600\ndraft_days = 3\n"
        '[[lines]]\nid = "english"\nname = "English"\nnumbers = ["0260001235"]\n'
        "[retention.lines.english]\nbooking_days = 20\n",
        encoding="utf-8",
    )
    journal = Journal(database)
    journal.start()
    for call, line in (("main-old", "main"), ("english-old", "english")):
        journal.write(Entry(NOW - 500 * DAY_MS, "call.received", call, line=line, private={"number": OTHER}))
        journal.write(Entry(NOW - 500 * DAY_MS, "call.ended", call, data={"outcome": "answered"}))
    assert journal.close()
    booking, english = (entry(database, call, NOW - 499 * DAY_MS) for call in ("main-old", "english-old"))
    for days_ago, about, call in ((4, "note", "old"), (4, "note", "new"), (2, "booking", "new")):
        draft = Draft(call, "101", about, 0, 0, {"name": NAME})
        keep_draft(database, draft, [], NOW - days_ago * DAY_MS, expected=None)
    status, out = run("purge", "--format", "json")
    assert status == 0
    record = json.loads(Path(json.loads(out)["record"]).read_text(encoding="utf-8"))["record"]
    assert record["kinds"] == {
        "number": ["main-old", "english-old"],
        "booking": ["english-old"],
        "draft": ["old"],
    }
    assert [current_of(database, one).state for one in (booking, english)] == ["readable", "purged"]
    with database.read() as connection:
        assert [one.about for one in drafts_of(connection, "101")] == ["booking", "note"]
        assert calls_of(connection, OTHER) == ["new"]
        assert calls_of(connection, NUMBER) == ["main-old"]
    assert purged(run) == []
