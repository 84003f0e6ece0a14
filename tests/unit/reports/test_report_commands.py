from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from db import Database, Entry, Journal
from madoguchi.commands import calls, db, report
from tests.unit.reports.days import at, by_time, call

Store = Callable[[list[Entry]], None]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    app = typer.Typer()
    for command in (report, calls, db):
        command.register(app)

    def invoke(*arguments: str | Path) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, [str(one) for one in arguments], catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return invoke


@pytest.fixture
def home(records: Database, store: Store) -> Path:
    store(
        by_time(
            *(call(f"a{n}", at("2026-11-20T09:00:00") + n * 600_000, "answered") for n in range(3)),
            call("b", at("2026-11-20T10:00:00"), "abandoned"),
        )
    )
    assert records.file is not None
    return records.file.parent


def test_given_records_when_a_report_is_asked_in_each_form_then_it_is_handed_over(
    run: Run, home: Path, tmp_path: Path
) -> None:
    status, shown, _ = run("report", "month", "2026-11", "--home", home, "--format", "json")
    assert status == 0
    assert json.loads(shown)["answered"] == 3
    status, shown, _ = run("report", "day", "2026-11-20", "--home", home)
    assert status == 0
    assert "日次報告" in shown
    status, shown, _ = run("report", "year", "2026", "--home", home, "--format", "json")
    assert (status, json.loads(shown)["answered"]) == (0, 3)
    for form, start in (
        ("csv", b"\xef\xbb\xbf"),
        ("xlsx", b"PK"),
        ("html", b"<!DOCTYPE html>"),
        ("text", "月".encode()),
    ):
        file = tmp_path / f"out.{form}"
        assert run("report", "month", "2026-11", "--home", home, "--format", form, "-o", file)[0] == 0
        assert file.read_bytes().startswith(start)


def test_given_the_contract_in_the_settings_when_reported_then_its_names_and_numbers_stand_there(
    run: Run, home: Path
) -> None:
    toml = """
        [report]
        city = "見本市"
        staffed_seats = 2
        service_level = { threshold_s = 30, formula = "strict" }
    """
    (home / "madoguchi.toml").write_text(toml, encoding="utf-8")
    status, shown, _ = run("report", "day", "2026-11-20", "--home", home)
    assert status == 0
    for words in ("見本市", "サービスレベル（30秒）", "基準 2席", "2026年11月20日（金）（令和8年11月20日）"):
        assert words in shown
    (home / "madoguchi.toml").write_text("[report]\nstaffed_seats = -1\n", encoding="utf-8")
    status, _, fault = run("report", "day", "2026-11-20", "--home", home)
    assert status == 2
    assert "[report] staffed_seats" in fault


def test_given_no_program_for_pdf_when_asked_then_one_sentence_says_what_to_install(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    status, _, fault = run(
        "report", "month", "2026-11", "--home", home, "--format", "pdf", "-o", home / "a.pdf"
    )
    assert status == 2
    assert fault.startswith("PDF: the Python package weasyprint is not installed")
    assert not (home / "a.pdf").exists()


def test_given_a_running_writer_when_reported_then_the_report_is_read_beside_it(
    run: Run, home: Path, records: Database
) -> None:
    journal = Journal(records)
    journal.start()
    with records.write():
        assert run("report", "month", "2026-11", "--home", home)[0] == 0
    assert journal.close()


def test_given_calls_when_listed_then_as_text_and_json_and_one_as_a_story(run: Run, home: Path) -> None:
    status, shown, _ = run("calls", "--day", "2026-11-20", "--home", home, "--format", "json")
    assert status == 0
    assert [line["call"] for line in json.loads(shown)] == ["a0", "a1", "a2", "b"]
    status, shown, _ = run(
        "calls", "--from", "2026-11-01", "--to", "2026-11-30", "--outcome", "abandoned", "--home", home
    )
    assert status == 0
    assert "1 件" in shown
    for one in (("a0",), ("--call", "a0")):
        status, shown, _ = run("calls", *one, "--home", home)
        assert status == 0
        for words in ("call.connected", "経過と理由", "待ち行列に入る（1番目）", "席1を呼び出す"):
            assert words in shown
    status, shown, _ = run("calls", "a0", "--format", "json", "--home", home)
    story = json.loads(shown)
    assert [one["what"] for one in story["why"]] == [
        *("queued", "offer_started", "connected", "talk_ended", "ended"),
    ]
    assert story["journal"][0]["kind"] == "call.received"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["report", "month", "2022-13"], "PERIOD: '2022-13' is not a month"),
        (["report", "day", "2026-02-30"], "PERIOD: '2026-02-30' is not a day"),
        (["report", "year", "2026-11"], "PERIOD: '2026-11' is not a fiscal year like 2026"),
        (["calls", "--day", "yesterday"], "--day: 'yesterday' is not a day"),
        (["calls", "--from", "2026-11-02", "--to", "2026-11-01"], "--to: 2026-11-01 lies before"),
        (["calls", "--day", "2026-11-02", "--to", "2026-11-01"], "--day: cannot go together"),
        (["calls", "--day", "2026-11-20", "--outcome", "lost"], "--outcome: 'lost' is not an outcome"),
        (["calls", "--call", "nobody"], "--call: 'nobody' is not a call"),
        (["calls", "nobody"], "ID: 'nobody' is not a call in "),
        (["calls", ""], "ID: '' is not a call in "),
        (["calls", "a0", "--day", "2026-11-20"], "ID: cannot go together with --day"),
        (["calls", "a0", "--call", "a1"], "ID: cannot go together with --call"),
        (["calls", "--call", "a1", "--outcome", "answered"], "--call: cannot go together with --outcome"),
        (
            ["report", "month", "2026-11", "-o", "/nowhere/at/all"],
            "--output /nowhere/at/all: cannot be written",
        ),
    ],
)
def test_given_a_users_mistake_when_run_then_one_sentence_names_it_and_the_status_is_2(
    run: Run, home: Path, arguments: list[str], named: str
) -> None:
    status, shown, fault = run(*arguments, "--home", home)
    assert status == 2
    assert shown == ""
    assert fault.startswith(named)
    assert len(fault.splitlines()) == 1


def test_given_no_database_when_run_then_it_is_named_and_not_made(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "none"
    for arguments in (["report", "month", "2026-11"], ["calls"]):
        status, _, fault = run(*arguments, "--home", home)
        assert status == 2
        assert "madoguchi.db: no such database" in fault
    assert not home.exists()


def test_given_an_empty_home_when_upgraded_twice_then_the_second_does_nothing(
    run: Run, tmp_path: Path
) -> None:
    home = tmp_path / "new"
    assert run("db", "upgrade", "--home", home)[1].strip().endswith("upgraded")
    assert run("db", "upgrade", "--home", home)[1].strip().endswith("up to date")
    assert run("report", "month", "2026-11", "--home", home)[0] == 0


def test_given_a_server_that_is_away_when_run_then_it_is_named_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", "postgres://madoguchi:geheim@127.0.0.1:1/madoguchi")
    for arguments in (["report", "month", "2026-11"], ["db", "upgrade"]):
        status, _, fault = run(*arguments)
        assert status == 2
        assert "127.0.0.1:1" in fault
        assert "geheim" not in fault
        assert len(fault.splitlines()) == 1


def test_given_a_file_that_is_no_database_when_run_then_it_is_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "madoguchi.db").write_text("this is a shopping list, not a database" * 50)
    status, _, fault = run("report", "month", "2026-11", "--home", tmp_path)
    assert status == 2
    assert "madoguchi.db: the database cannot be read" in fault


def test_given_a_disk_that_fills_when_a_report_is_written_then_the_old_file_stays(
    run: Run, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "report.csv"
    file.write_text("the old one")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, fault = run("report", "month", "2026-11", "--home", home, "--format", "csv", "-o", file)
    assert (status, fault.strip()) == (2, f"--output {file}: cannot be written: No space left on device")
    assert file.read_text() == "the old one"
    assert list(tmp_path.glob(".*")) == []


def test_given_a_month_that_is_over_when_closed_then_versions_are_handed_out_and_mistakes_named(
    run: Run, home: Path
) -> None:
    """The clock of the test's machine may stand anywhere: the month is one that is over for certain."""
    month = "2022-05"
    assert run("report", "close", month, "--by", "山田", "--home", home)[0] == 0
    status, shown, _ = run("report", "month", month, "--home", home)
    assert status == 0
    assert "確定 第1版" in shown
    status, _, fault = run("report", "close", month, "--by", "山田", "--home", home)
    assert (status, fault.startswith(f"MONTH: {month} is closed already: version 1 of")) == (2, True)
    told = json.loads(
        run("report", "close", month, "--reason", "訂正", "--home", home, "--format", "json")[1]
    )
    assert (told["version"], told["reason"], told["settings"]["seats"]) == (2, "訂正", {"count": 7})
    for version in (1, 2):
        shown = run("report", "month", month, "--version", str(version), "--format", "json", "--home", home)[
            1
        ]
        assert json.loads(shown)["version"] == version
    assert (
        json.loads(run("report", "month", month, "--anew", "--format", "json", "--home", home)[1])["status"]
        == "速報"
    )
    status, shown, _ = run("report", "versions", month, "--home", home)
    assert (status, "第2版" in shown, "訂正" in shown) == (0, True, True)
    for arguments, named in (
        (["month", month, "--version", "3"], f"PERIOD: {month} has no version 3: there are 1 to 2"),
        (["month", "2022-06", "--version", "1"], "PERIOD: 2022-06 has no version 1: the month is not closed"),
        (["month", month, "--version", "1", "--anew"], "--version: cannot go together with --anew"),
        (["close", "2022-13"], "MONTH: '2022-13' is not a month"),
        (["close", "2099-01"], "MONTH: 2099-01 has not begun; it cannot be closed"),
        (["month", "2099-01"], "PERIOD: 2099-01 lies in the future"),
        (["day", "2099-01-01"], "PERIOD: 2099-01-01 lies in the future"),
        (["versions", "5"], "MONTH: '5' is not a month"),
    ):
        status, shown, fault = run("report", *arguments, "--home", home)
        assert (status, shown, fault.strip().startswith(named)) == (2, "", True), fault
