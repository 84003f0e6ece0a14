from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from db import Database, Entry, Journal, journal_rows, open_database, upgrade, verify
from madoguchi.commands import import_calls, report
from tests.unit.reports.days import at, by_time, call

Run = Callable[..., tuple[int, str, str]]

HEAD = "arrival,queue_entry,exit,answer,end,outcome,seat\n"
GOOD = "2026-10-01T09:00:00,2026-10-01T09:00:12,,2026-10-01T09:00:30,2026-10-01T09:04:10,answered,3\n"
BEFORE = ("closed", "blocked", "guidance_completed", "abandoned_in_guidance")
WITHIN = ("abandoned", "overflowed", "timed_out", "left_no_operator", "callback", "withdrawn")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    app = typer.Typer()
    for command in (report, import_calls):
        command.register(app)

    def invoke(*arguments: str | Path) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return invoke


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir()
    database = open_database(home=place)
    upgrade(database)
    database.close()
    return place


def database_of(home: Path) -> Database:
    return open_database(home=home)


def trace(file: Path, count: int, seed: int = 1) -> tuple[Counter[str], Counter[int], float]:
    """A made-up log of October; returns what it holds: endings, answers by seat, the answered's waits."""
    dice = random.Random(seed)
    ended: Counter[str] = Counter()
    seats: Counter[int] = Counter()
    waited = 0.0
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(HEAD.strip().split(","))
        for _ in range(count):
            day, minute = dice.randint(1, 30), dice.randint(480, 1079)
            arrival = datetime.fromisoformat(f"2026-10-{day:02}T{minute // 60:02}:{minute % 60:02}:05")
            outcome = dice.choice((*BEFORE, *WITHIN, *["answered"] * 8, "system_failed"))
            ended[outcome] += 1
            if outcome in BEFORE or (outcome == "system_failed" and dice.random() < 0.5):
                end = arrival + timedelta(seconds=dice.randint(1, 30))
                rows.writerow([arrival.isoformat(), "", "", "", end.isoformat(), outcome, ""])
                continue
            entry = arrival + timedelta(seconds=12)
            wait = dice.randint(0, 240)
            left = entry + timedelta(seconds=wait)
            end = left + timedelta(seconds=dice.randint(0, 600))
            if outcome == "answered":
                seat = dice.randint(1, 7)
                seats[seat] += 1
                waited += wait
                shown = [arrival, entry, "", left, end, outcome, seat]
            else:
                shown = [arrival, entry, left, "", end, outcome, ""]
            rows.writerow([one.isoformat() if isinstance(one, datetime) else one for one in shown])
    return ended, seats, waited


def test_given_a_trace_when_imported_then_the_report_has_its_exact_counts(
    run: Run, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "trace.csv"
    ended, seats, waited = trace(file, 3_000)
    status, shown, fault = run("import", "calls", file, "--home", home, "--format", "json")
    assert (status, fault) == (0, "")
    assert json.loads(shown)["outcomes"] == dict(sorted(ended.items()))
    status, shown, _ = run("report", "month", "2026-10", "--home", home, "--format", "json")
    figures = json.loads(shown)
    assert figures["received"] == 3_000
    assert figures["received_closed"] == ended["closed"]
    terms = figures["identity"]["terms"]
    assert figures["identity"]["holds"]
    assert {name: count for name, count in terms.items() if count} == dict(ended)
    assert figures["asa_s"] == pytest.approx(waited / ended["answered"], abs=0.001)
    database = database_of(home)
    with database.read() as connection:
        connected = Counter(row.entry.seat for row in journal_rows(connection, kinds=["call.connected"]))
        assert connected == seats
        named = [row for row in journal_rows(connection) if row.entry.call is not None]
        assert all(row.entry.data["imported"] is True for row in named)
    assert verify(database) is None
    database.close()
    status, shown, _ = run("report", "check", "2026-10", "--home", home, "--format", "json")
    assert (status, json.loads(shown)["imported"]) == (0, 3_000)


def test_given_a_file_when_imported_twice_then_it_counts_once(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(HEAD + GOOD)
    assert run("import", "calls", file, "--home", home)[0] == 0
    (tmp_path / "copy.csv").write_bytes(file.read_bytes())
    status, shown, _ = run("import", "calls", tmp_path / "copy.csv", "--home", home)
    assert status == 0
    assert "取り込み済みです" in shown
    figures = json.loads(run("report", "month", "2026-10", "--home", home, "--format", "json")[1])
    assert (figures["received"], figures["answered"], figures["average_talk_s"]) == (1, 1, 220.0)
    assert figures["asa_s"] == 18.0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_given_japanese_names_and_times_when_imported_then_they_are_understood(
    run: Run, home: Path, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "着信.csv"
    rows = (
        "着信時刻,待ち開始,待ち終了,応答時刻,終了時刻,終了区分,席,担当\r\n"
        "2026/10/01 9:00:00,2026/10/1 09:00:12,,2026/10/01 9:00:30,2026/10/01 9:04:10,応答,3,長野 花子\r\n"
        "2026/10/01 18:00:00,,,,2026/10/01 18:00:21,時間外案内,,\r\n"
        '2026-10-01 10:00:00.250,2026-10-01T10:00:12+09:00,"",,2026-10-01T10:00:15,待ち中の切断（放棄）,,\r\n'
    )
    file.write_bytes(rows.encode(encoding))
    assert run("import", "calls", file, "--home", home)[::2] == (0, "")
    figures = json.loads(run("report", "month", "2026-10", "--home", home, "--format", "json")[1])
    assert (figures["answered"], figures["abandoned_short"], figures["received_closed"]) == (1, 1, 1)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("2026-10-01,,,,2026-10-01T09:04:10,closed,", "line 2, column arrival: '2026-10-01' is no time"),
        (",,,,2026-10-01T09:04:10,closed,", "line 2, column arrival: is empty"),
        (
            "2026-02-30T09:00:00,,,,2026-10-01T09:04:10,closed,",
            "column arrival: '2026-02-30T09:00:00' is not a",
        ),
        (
            "2026-10-01T09:00:00,,,,2026-10-01T08:04:10,closed,",
            "column end: 2026-10-01T08:04:10 is before arr",
        ),
        (
            "2026-10-01T09:00:00,,,,2026-10-01T09:04:10,lost,",
            "column outcome: 'lost' is no outcome; there are",
        ),
        ("2026-10-01T09:00:00,,,,2026-10-01T09:04:10,,", "column outcome: is empty"),
        ("2026-10-01T09:00:00,,,,2026-10-01T09:04:10,answered,3", "column answer: an answered call needs"),
        ("2026-10-01T09:00:00,,,,2026-10-01T09:04:10,abandoned,", "column queue_entry: is empty, but a call"),
        (
            "2026-10-01T09:00:00,2026-10-01T09:00:01,,,2026-10-01T09:04:10,closed,",
            "column queue_entry: a call that ended as closed cannot have entered the queue",
        ),
        (GOOD.replace(",3\n", ",席3"), "column seat: '席3' is not a seat's number"),
        (
            GOOD.replace("answered", "abandoned").strip(),
            "column answer: a call that an operator answered did",
        ),
        (
            "2099-10-01T09:00:00,,,,2099-10-01T09:04:10,closed,",
            "column end: 2099-10-01T09:04:10 lies in the fut",
        ),
        ("2026-10-01T09:00:00,closed", "line 2: has 2 columns instead of 7"),
    ],
)
def test_given_a_wrong_line_when_imported_then_it_is_named_and_nothing_is_taken(
    run: Run, home: Path, tmp_path: Path, line: str, named: str
) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(f"{HEAD}{line}\n{GOOD}")
    status, shown, fault = run("import", "calls", file, "--home", home)
    assert (status, shown) == (2, "")
    assert named in fault
    assert len(fault.splitlines()) == 1
    figures = json.loads(run("report", "month", "2026-10", "--home", home, "--format", "json")[1])
    assert figures["received"] == 0


def test_given_many_wrong_lines_when_imported_then_each_is_named(
    run: Run, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(HEAD + "x,,,,y,z,\n" * 3 + GOOD)
    fault = run("import", "calls", file, "--home", home)[2]
    assert [f"line {n}, column arrival" in line for n, line in enumerate(fault.splitlines(), 2)] == [True] * 3


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\x00\x01\x02", "is neither UTF-8 nor CP932"),
        (b"", "line 1: column arrival is missing"),
        (HEAD.encode(), "has no calls"),
        (b"arrival,end,outcome,telephone\n", "line 1: 'telephone' is no column; there are arrival"),
        (b"arrival,arrival,end,outcome\n", "line 1: column arrival stands there twice"),
        (b"arrival,end\n", "line 1: column outcome is missing"),
        (HEAD.encode() + b'"a\n', "is not CSV"),
    ],
)
def test_given_what_is_no_table_when_imported_then_one_sentence_says_so(
    run: Run, home: Path, tmp_path: Path, content: bytes, named: str
) -> None:
    file = tmp_path / "trace.csv"
    file.write_bytes(content)
    status, _, fault = run("import", "calls", file, "--home", home)
    assert status == 2
    assert named in fault


def test_given_a_my_number_in_a_table_when_imported_then_it_is_refused_and_not_repeated(
    run: Run, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "trace.csv"
    file.write_text("arrival,end,outcome,id\n2026-10-01T09:00:00,2026-10-01T09:00:10,closed,1234 5678 9018\n")
    status, _, fault = run("import", "calls", file, "--home", home)
    assert status == 2
    assert "column id" in fault
    assert "5678" not in fault


def test_given_calls_of_our_own_in_its_time_when_imported_then_only_anyway(
    run: Run, home: Path, tmp_path: Path
) -> None:
    database = database_of(home)
    journal = Journal(database)
    journal.start()
    rows: list[Entry] = by_time(call("own", at("2026-10-01T09:01:00"), "answered"))
    for entry in rows:
        journal.write(entry)
    assert journal.close(30)
    database.close()
    file = tmp_path / "trace.csv"
    file.write_text(HEAD + GOOD)
    status, _, fault = run("import", "calls", file, "--home", home)
    assert status == 2
    assert "1 calls of our own came between 2026-10-01T09:01" in fault
    assert run("import", "calls", file, "--home", home, "--anyway", "--dry-run")[0] == 0
    assert run("import", "calls", file, "--home", home, "--anyway")[0] == 0
    figures = json.loads(run("report", "month", "2026-10", "--home", home, "--format", "json")[1])
    assert figures["received"] == 2


def test_given_a_closed_month_or_no_line_when_imported_then_it_is_refused(
    run: Run, home: Path, tmp_path: Path
) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(HEAD + GOOD)
    assert run("import", "calls", file, "--line", "none", "--home", home)[2].startswith(
        "--line: 'none' is no"
    )
    assert run("report", "close", "2026-10", "--by", "山田", "--home", home)[0] == 0
    assert "2026-10 is closed (version 1)" in run("import", "calls", file, "--home", home)[2]


def test_given_a_dry_run_when_imported_then_nothing_is_written(run: Run, home: Path, tmp_path: Path) -> None:
    file = tmp_path / "trace.csv"
    file.write_text(HEAD + GOOD)
    status, shown, _ = run("import", "calls", file, "--dry-run", "--home", home)
    assert (status, "取り込む着信: 1 件" in shown) == (0, True)
    database = database_of(home)
    with database.read() as connection:
        assert list(journal_rows(connection)) == []
    database.close()
