from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from db import Database, Entry
from madoguchi.commands import report
from reports import day_period, month_period, month_report
from reports.cdr import cdr_files, read_cdrs
from reports.check import Check, check
from reports.closing import close_month
from tests.unit.reports.days import at, by_time, call

Store = Callable[[list[Entry]], None]
NINE = at("2026-11-20T09:00:00")
OVER = at("2026-12-02T09:00:00")
ENDS = ("answered", "abandoned", "closed", "withdrawn")


def with_channel(rows: list[Entry], number: int, shift_ms: int = 0) -> list[Entry]:
    """The rows as the controller writes them: with the channel's name; its clock ahead by so much."""
    made = []
    for row in rows:
        data = dict(row.data)
        if row.kind == "call.received":
            data["channel"] = f"madoguchi-{NINE // 1000}.{number}"
        made.append(
            Entry(row.at_ms + shift_ms, row.kind, row.call, row.seat, row.operator, row.offer, row.line, data)
        )
    return made


def seconds(ms: int) -> str:
    return datetime.fromtimestamp(ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def line(
    number: int,
    start_ms: int,
    end_ms: int,
    *,
    unique: str = "",
    channel: str = "PJSIP/trunk-0001",
    app: str = "Stasis",
    user: str = "",
    answered: bool = True,
) -> str:
    unique = unique or f"madoguchi-{NINE // 1000}.{number}"
    cells = ["", "09011112222", "in", "line", '""""" <09011112222>"', channel, "", app, "madoguchi,call"]
    cells += [seconds(start_ms), seconds(start_ms) if answered else "", seconds(end_ms)]
    cells += [str((end_ms - start_ms) // 1000)] * 2 + ["ANSWERED", "DOCUMENTATION"]
    cells += [unique, user, "", unique, str(number)]
    return ",".join(cell if cell.startswith('"') else f'"{cell}"' for cell in cells) + "\n"


class Day:
    """Twenty calls of the four endings, in the journal and in Asterisk's record alike."""

    def __init__(self, folder: Path, store: Store, shift_ms: int = 0) -> None:
        self.file = folder / "Master.csv"
        self.lines: list[str] = []
        calls = []
        for number in range(20):
            rows = call(f"c{number:02}", NINE + number * 61_300, ENDS[number % 4])
            own = [row for row in rows if row.call and row.kind.startswith("call.")]
            self.lines.append(line(number, own[0].at_ms, own[-1].at_ms))
            self.lines.append(
                line(100 + number, own[0].at_ms, own[-1].at_ms, channel="PJSIP/phone-a1-0002", unique="o.1")
            )
            calls.append(with_channel(rows, number, shift_ms))
        store(by_time(*calls))
        self.write()

    def write(self) -> None:
        self.file.write_text("".join(self.lines))


@pytest.fixture
def day(tmp_path: Path, store: Store) -> Day:
    return Day(tmp_path, store)


def looked(records: Database, day: Day, month: bool = False) -> Check:
    read = read_cdrs(cdr_files(day.file.parent))
    period = month_period("2026-11") if month else day_period("2026-11-20")
    return check(records, period, month_report, read, OVER)


def told(found: Check) -> list[tuple[str, str]]:
    return [(one.with_, one.call) for one in found.differences]


def test_given_a_sound_day_when_checked_then_all_agree(records: Database, day: Day) -> None:
    found = looked(records, day)
    assert found.differences == []
    assert (found.calls, found.cdrs, found.fallback, found.notes) == (20, 20, [], [])
    assert looked(records, day, month=True).agrees


@pytest.mark.parametrize("shift_ms", [3_600_000, -86_400_000 // 2])
def test_given_a_run_whose_clock_was_set_when_checked_then_the_difference_is_a_note(
    records: Database, store: Store, tmp_path: Path, shift_ms: int
) -> None:
    day = Day(tmp_path, store, shift_ms)
    found = looked(records, day, month=True)
    assert found.differences == []
    assert found.notes == [
        f"the clock of the journal is {shift_ms / 1000:+.0f} s from Asterisk's: taken into account"
    ]


def test_given_calls_on_one_side_only_when_checked_then_each_is_named(records: Database, day: Day) -> None:
    del day.lines[0]
    day.lines.append(line(500, NINE + 1_000, NINE + 9_000))
    day.lines.append(line(501, NINE + 2_000, NINE + 9_000, user="fallback-open"))
    day.lines.append(line(502, NINE + 2_000, NINE + 9_000, app="AppDial2"))
    day.lines.append(line(503, NINE - 86_400_000, NINE - 86_300_000))
    day.write()
    found = looked(records, day)
    strangers = [("CDR", f"madoguchi-{NINE // 1000}.{number}") for number in (500, 501)]
    assert told(found) == [*strangers, ("CDR", "c00")]
    assert [(one.unique_id, one.fallback) for one in found.fallback] == [
        (f"madoguchi-{NINE // 1000}.501", "fallback-open")
    ]


def test_given_other_times_in_the_record_when_checked_then_the_calls_are_named(
    records: Database, day: Day
) -> None:
    number = 4
    start = NINE + number * 61_300
    day.lines[number * 2] = line(number, start + 10_000, start + 20_000)
    day.lines[5 * 2] = line(5, NINE + 5 * 61_300, NINE + 5 * 61_300 + 13_000, answered=False)
    day.write()
    found = looked(records, day)
    assert {one.call for one in found.differences} == {"c04", "c05"}
    words = " ".join(one.what for one in found.differences)
    for what in ("began 2026-11-20T09:04:05 in the journal", "lasted 73.0 s in the journal, 10 s there"):
        assert what in words
    assert "was answered by the system in the journal, otherwise there" in words


def test_given_a_torn_last_line_when_checked_then_it_is_a_note_and_a_broken_one_inside_a_difference(
    records: Database, day: Day
) -> None:
    whole = day.file.read_text()
    day.file.write_text(whole + '"","0901111')
    found = looked(records, day)
    assert (found.agrees, found.notes) == (True, ["the last line of Master.csv (41) is torn: left out"])
    day.file.write_text(whole.replace("Stasis", 'Sta"sis', 1) + "garbage,1\n")
    found = looked(records, day)
    assert "Master.csv, line 1 is not CSV" in [one.what for one in found.differences]
    assert "Master.csv, line 41 has 2 fields instead of 21" in [one.what for one in found.differences]


def test_given_rotated_records_when_checked_then_all_of_them_are_read(records: Database, day: Day) -> None:
    shutil.move(day.file, day.file.with_name("Master.csv.1"))
    day.lines = day.lines[20:]
    (day.file.with_name("Master.csv.1")).write_text("".join(day.lines))
    day.lines = []
    for number in range(10):
        rows = [row for row in call("x", NINE + number * 61_300, ENDS[number % 4]) if row.call]
        day.lines.append(
            line(number, rows[0].at_ms, [r for r in rows if r.kind.startswith("call.")][-1].at_ms)
        )
    day.write()
    assert looked(records, day).agrees


def test_given_a_changed_call_table_when_checked_then_call_and_field_are_named(
    records: Database, day: Day
) -> None:
    with records.write() as connection:
        connection.execute(text("UPDATE calls SET outcome = 'abandoned', seat = 9 WHERE call = 'c04'"))
        connection.execute(text("DELETE FROM calls WHERE call = 'c05'"))
    found = looked(records, day)
    assert [one.to_json() for one in found.differences] == [
        {
            "with": "call table",
            "call": "c04",
            "what": "outcome: the journal has answered, the table abandoned",
        },
        {"with": "call table", "call": "c04", "what": "seat: the journal has 1, the table 9"},
        {"with": "call table", "call": "c05", "what": "is in the journal only"},
    ]


def test_given_a_changed_seat_table_when_checked_then_seat_and_half_hour_are_named(
    records: Database, store: Store, day: Day
) -> None:
    def state(moment: str, before: str, to: str) -> Entry:
        data = {"from": before, "to": to, "reason": None}
        return Entry(at(moment), "seat.state", seat=3, operator="op3", data=data)

    store(
        [
            state("2026-11-20T10:00:00", "logged_out", "ready"),
            state("2026-11-20T10:40:00", "ready", "logged_out"),
        ]
    )
    assert looked(records, day).agrees
    with records.write() as connection:
        mine = "FROM seat_slots WHERE seat = 3 AND from_ms ="
        connection.execute(text(f"DELETE {mine} {at('2026-11-20T10:00:00')}"))
        connection.execute(text("UPDATE seat_slots SET told = replace(told, 'ready', 'hold') WHERE seat = 3"))
    assert [(one.with_, one.what) for one in looked(records, day).differences] == [
        ("seat table", "seat 3, half hour of 2026-11-20T10:00: is in the journal only"),
        ("seat table", "seat 3, half hour of 2026-11-20T10:30: differs in spans"),
    ]


def test_given_a_closed_month_when_records_come_after_it_or_it_is_changed_then_it_is_told(
    records: Database, day: Day, store: Store
) -> None:
    close_month(records, "2026-11", month_report, by="山田", now_ms=OVER, settings={})
    found = looked(records, day, month=True)
    assert (found.agrees, found.version) == (True, 1)
    store(with_channel(call("late", NINE + 7_000_000, "closed"), 77))
    found = looked(records, day, month=True)
    assert {one.with_ for one in found.differences} == {"version 1", "CDR"}
    assert "received: frozen 20, now 21" in [one.what for one in found.differences]
    with records.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER closing_documents_no_update"))
        changed = "CAST(replace(CAST(content AS TEXT), '\"received\": 20', '\"received\": 21') AS BLOB)"
        connection.execute(text(f"UPDATE closing_documents SET content = {changed} WHERE form = 'json'"))
    words = [one.what for one in looked(records, day, month=True).differences]
    assert "was changed: its figures do not have the hash that stands in the journal" in words


def test_given_the_command_when_run_then_the_status_is_1_for_a_difference(
    records: Database, day: Day, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    app = typer.Typer()
    report.register(app)
    home = day.file.parent

    def run(*arguments: str) -> tuple[int, str, str]:
        done = CliRunner().invoke(app, ["report", "check", *arguments, "--home", str(home)])
        return done.exit_code, done.stdout, done.stderr

    status, shown, _ = run("2026-11-20", "--cdr", str(home))
    assert (status, "違いはありません。" in shown) == (0, True)
    status, shown, _ = run("2026-11-20")
    assert status == 0
    assert "not compared with Asterisk's own record" in shown
    del day.lines[0]
    day.write()
    status, shown, _ = run("2026-11", "--cdr", str(home), "--format", "json")
    assert status == 1
    assert json.loads(shown)["differences"][0]["call"] == "c00"
    for arguments, named in (
        (["2022-13"], "PERIOD: '2022-13' is not a month"),
        (["2099-01"], "PERIOD: 2099-01 lies in the future"),
        (["2026-11", "--cdr", str(home / "none")], "--cdr: there is no Master.csv in"),
        (["2026-11", "--format", "xml"], "--format: 'xml'"),
    ):
        status, _, fault = run(*arguments)
        assert (status, len(fault.splitlines())) == (2, 1)
        assert named in fault
