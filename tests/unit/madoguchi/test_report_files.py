from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from config.forms import BOOKING
from config.report_files import ReportFiles
from db import Database, Entry, Journal, journal_rows, looks, open_database, upgrade
from db.ledger import Writing, write
from madoguchi.atomic import put_atomically
from madoguchi.report_files import Due, Makers, ReportClock
from reports import day_report, month_report
from reports.closing import close_month
from tests.unit.reports.days import at, by_time, call


class Machine:
    """A database, a clock, and the task as the serving process runs it; restarted at will."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.now_ms = at("2026-11-21T05:00:00")
        self.rules = ReportFiles(formats=("json", "csv"), parts=("report",))
        self.database: Database = open_database(home=home)
        upgrade(self.database)
        self.journal = Journal(self.database)
        self.journal.start()
        self.clock = self.started()

    def started(self) -> ReportClock:
        return ReportClock(
            self.database,
            self.home,
            now_ms=lambda: self.now_ms,
            rules=lambda: self.rules,
            makers=lambda: Makers(day_report, month_report),
            record=self.record,
        )

    def record(self, kind: str, data: dict[str, Any]) -> None:
        self.journal.write(Entry(self.now_ms, kind, data=data))

    def write(self, *calls: list[Entry]) -> None:
        for entry in by_time(*calls):
            self.journal.write(entry)
        assert self.journal.flush()

    async def at(self, moment: str) -> list[str]:
        """What is made at this moment, by a process that has just started."""
        self.now_ms = at(moment)
        assert self.journal.flush()
        self.clock = self.started()
        return [one.name for one in await self.clock.look()]

    def files(self) -> list[str]:
        return sorted(path.name for path in (self.home / "reports").glob("*"))

    def close(self) -> None:
        self.journal.close(30)
        self.database.close()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path)
    yield made
    made.close()


async def test_given_a_day_that_is_over_when_its_time_comes_then_it_is_made_once(machine: Machine) -> None:
    machine.write(call("a", at("2026-11-20T09:00:00"), "answered"))
    assert await machine.at("2026-11-21T05:59:59") == []
    assert await machine.at("2026-11-21T06:00:00") == ["madoguchi-day-2026-11-20"]
    assert await machine.clock.look() == []
    assert await machine.at("2026-11-21T06:00:30") == []
    assert machine.files() == ["madoguchi-day-2026-11-20.csv", "madoguchi-day-2026-11-20.json"]
    shown = json.loads((machine.home / "reports" / "madoguchi-day-2026-11-20.json").read_text())
    assert shown["answered"] == 1
    assert machine.journal.flush()
    with machine.database.read() as connection:
        (row,) = journal_rows(connection, kinds=["report.made"])
    assert row.entry.data["period"] == "2026-11-20"
    assert set(row.entry.data["files"]) == set(machine.files())


async def test_given_a_machine_that_was_off_when_it_is_on_again_then_what_was_missed_comes_late(
    machine: Machine,
) -> None:
    machine.write(call("a", at("2026-11-20T09:00:00"), "answered"))
    assert await machine.at("2026-11-21T07:00:00") == ["madoguchi-day-2026-11-20"]
    made = await machine.at("2026-12-03T09:00:00")
    assert made[0] == "madoguchi-day-2026-11-21"
    assert made[-2:] == ["madoguchi-day-2026-12-02", "madoguchi-month-2026-11"]
    assert len(made) == 13
    assert await machine.at("2026-12-03T23:00:00") == []
    shown = json.loads((machine.home / "reports" / "madoguchi-month-2026-11.json").read_text())
    assert (shown["status"], shown["received"]) == ("速報", 1)


async def test_given_a_closed_month_when_looked_at_then_its_version_is_a_file_of_its_own(
    machine: Machine,
) -> None:
    machine.write(call("a", at("2026-11-20T09:00:00"), "answered"))
    await machine.at("2026-12-01T09:00:00")
    close_month(
        machine.database, "2026-11", month_report, by="山田", now_ms=at("2026-12-02T09:00:00"), settings={}
    )
    made = await machine.at("2026-12-02T09:00:10")
    assert made == ["madoguchi-day-2026-12-01", "madoguchi-month-2026-11-v1"]
    shown = json.loads((machine.home / "reports" / "madoguchi-month-2026-11-v1.json").read_text())
    assert shown["status"] == "確定 第1版"
    assert await machine.at("2026-12-02T10:00:00") == []


async def test_given_a_new_installation_or_no_formats_when_looked_at_then_nothing_of_before_is_made(
    machine: Machine,
) -> None:
    assert await machine.at("2026-11-21T09:00:00") == []
    machine.write(call("a", at("2026-11-21T09:10:00"), "answered"))
    assert await machine.at("2026-11-21T09:20:00") == []
    machine.rules = ReportFiles(formats=())
    assert await machine.at("2026-11-22T09:00:00") == []


async def test_given_a_disk_that_is_full_when_made_then_the_old_file_stays_and_it_is_made_later(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.write(call("a", at("2026-11-20T09:00:00"), "answered"))
    folder = machine.home / "reports"
    folder.mkdir()
    old = folder / "madoguchi-day-2026-11-20.json"
    old.write_text("the old one")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        machine.now_ms = at("2026-11-21T06:00:00")
        assert await machine.started().look() == []
    assert old.read_text() == "the old one"
    assert machine.files() == [old.name]
    assert await machine.at("2026-11-21T06:10:00") == ["madoguchi-day-2026-11-20"]
    assert json.loads(old.read_text())["answered"] == 1


async def test_given_a_database_that_is_away_when_looked_at_then_it_is_asked_again(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.write(call("a", at("2026-11-20T09:00:00"), "answered"))
    away: Callable[..., Any] = lambda *_: (_ for _ in ()).throw(RuntimeError("away"))  # noqa: E731
    with monkeypatch.context() as patched:
        patched.setattr("madoguchi.report_files.due_reports", away)
        assert await machine.started().look() == []
    assert await machine.at("2026-11-21T06:10:00") == ["madoguchi-day-2026-11-20"]


def test_given_a_file_when_replaced_then_never_half_of_it_is_there(tmp_path: Path) -> None:
    file = tmp_path / "report.csv"
    put_atomically(file, b"one")
    put_atomically(file, b"two")
    assert file.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]
    with pytest.raises(OSError, match="No such file"):
        put_atomically(tmp_path / "none" / "report.csv", b"")


@pytest.mark.parametrize(
    "wrong",
    [
        {"daily_at": "25:00"},
        {"formats": ["doc"]},
        {"formats": ["csv", "csv"]},
        {"directory": "../elsewhere"},
        {"directory": ""},
        {"daily_at": "06:00+09:00"},
    ],
)
def test_given_a_wrong_setting_when_read_then_it_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        ReportFiles.model_validate(wrong)
    assert ReportFiles().daily_at == time(6)
    assert Due("2026-11", 2).name == "madoguchi-month-2026-11-v2"


async def test_given_the_contracts_papers_when_their_time_comes_then_each_is_made_once_in_its_forms(
    machine: Machine,
) -> None:
    machine.rules = ReportFiles(formats=("csv", "json"))
    machine.write(call("a", at("2026-11-20T09:00:00"), "answered"))
    writing = Writing(
        "booking", "101", BOOKING.version, BOOKING.definition, {"kind": "新規"}, {"name": "ナガノ"}
    )
    write(machine.database, writing, at("2026-11-20T09:05:00"))
    assert await machine.at("2026-11-21T06:00:00") == [
        "madoguchi-day-2026-11-20", "madoguchi-booking-2026-11-20",
    ]  # fmt: skip
    shown = json.loads((machine.home / "reports/madoguchi-booking-2026-11-20.json").read_text())
    assert shown["entries"][0]["values"]["name"] == "ナガノ"
    with machine.database.read() as connection:
        assert [(one.who, one.what) for one in looks(connection)] == [
            ("system", "export booking-2026-000001")
        ]
    assert await machine.at("2026-11-21T06:10:00") == []
    made = await machine.at("2026-12-01T06:30:00")
    assert [name for name in made if "-11-" not in name] == [
        "madoguchi-month-2026-11", "madoguchi-inquiry-2026-11", "madoguchi-completion-2026-11",
    ]  # fmt: skip
    month = [name for name in machine.files() if name.rsplit(".", 1)[0] in made and "-11-" not in name]
    assert month == [
        "madoguchi-completion-2026-11.json",  # a letter is no table
        "madoguchi-inquiry-2026-11.csv", "madoguchi-inquiry-2026-11.json",
        "madoguchi-month-2026-11.csv", "madoguchi-month-2026-11.json",
    ]  # fmt: skip
    close_month(
        machine.database, "2026-11", lambda one, label, now: month_report(one, label, now),
        by="佐藤", now_ms=at("2026-12-01T09:00:00"), settings={},
    )  # fmt: skip
    assert await machine.at("2026-12-01T09:01:00") == [
        "madoguchi-month-2026-11-v1", "madoguchi-completion-2026-11-v1",
    ]  # fmt: skip
    letter = json.loads((machine.home / "reports/madoguchi-completion-2026-11-v1.json").read_text())
    assert letter["status"] == "確定 第1版"
