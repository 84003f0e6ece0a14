"""`madoguchi hours` beyond the contract: lines, several hours a day, overrides, the alarm of the table."""

import json
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from config import JST, Clock, to_ms
from controller.override_book import CONFIRMED, MADE, WITHDRAWN, override_data
from db import Entry, Journal, open_database, upgrade
from ivr.override import Override, OverrideKind
from madoguchi.commands import holidays, hours
from tests.unit.ivr.calendar_oracle import is_city_day

TOML = """
[calendar]
hours = { tue = ["08:30-19:00"], sat = ["08:30-12:00"], wed = ["08:30-12:00", "13:00-17:15"] }
contract_to = 2027-03-31
[[lines]]
id = "english"
name = "English"
numbers = ["0260001235"]
[lines.calendar]
weekdays = ["fri"]
"""


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def override(
    kind: str, since: str, until: str | None, *, line: str | None = None, made: int = 1, **more: Any
) -> Override:
    return Override(
        id=f"{kind}-{made}", kind=OverrideKind(kind), line=line, from_ms=to_ms(jst(since)),
        until_ms=to_ms(jst(until)) if until else None, reason="設備点検", author="山田", made_ms=made, **more,
    )  # fmt: skip


@pytest.fixture(name="home")
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MADOGUCHI_TOML", "MADOGUCHI_DATABASE_URL", "MADOGUCHI_CLOCK_OFFSET_MS"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture(name="run")
def _run(home: Path) -> Any:
    app = typer.Typer()
    hours.register(app)
    holidays.register(app)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--home", str(home)])

    return run


def written(home: Path, *entries: Entry) -> None:
    """Into the home's journal, as a running instance does."""
    with closing(open_database(home=home)) as database:
        upgrade(database)
        journal = Journal(database)
        journal.start()
        for entry in entries:
            journal.write(entry)
        journal.close()


def made(said: Override, *, needs_second: bool = False) -> Entry:
    return Entry(said.made_ms, MADE, data={**override_data(said), "needs_second": needs_second})


def set_clock(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    offset = to_ms(jst(moment)) - Clock().now_ms()
    monkeypatch.setenv("MADOGUCHI_CLOCK_OFFSET_MS", str(offset))


def test_given_hours_by_weekday_when_a_month_is_asked_then_each_day_has_its_own(run: Any, home: Path):
    (home / "madoguchi.toml").write_text(TOML, encoding="utf-8")

    days = {
        day["date"][8:]: day
        for day in json.loads(run("hours", "--month", "2026-11", "--format", "json").stdout)
    }
    text = run("hours", "--month", "2026-11").stdout

    assert days["24"] == {"date": "2026-11-24", "open": [["08:30", "19:00"]], "reason": "受付日: 火曜日"}
    assert days["25"]["open"] == [["08:30", "12:00"], ["13:00", "17:15"]]
    assert days["28"]["open"] == [["08:30", "12:00"]]
    assert "2026-11  受付日 24日" in text
    assert " 23－  24他  25他  26〇  27〇  28他  29－" in text
    assert "11-25（水） 08:30-12:00、13:00-17:15  受付日: 水曜日" in text


def test_given_72_months_when_asked_then_2191_days_are_the_independent_tables_and_234_of_the_contract(
    run: Any, home: Path
):
    days = []
    for year in range(2022, 2028):
        for month in range(1, 13):
            days += json.loads(run("hours", "--month", f"{year}-{month:02}", "--format", "json").stdout)

    assert len(days) == 2191
    for day in days:
        expected = is_city_day(date.fromisoformat(day["date"]))
        assert day["open"] == ([["08:30", "17:15"]] if expected else []), day
    contract = "[calendar]\ncontract_from = 2022-05-01\ncontract_to = 2023-03-31\n"
    (home / "madoguchi.toml").write_text(contract, encoding="utf-8")
    months = [f"2022-{month:02}" for month in range(1, 13)] + [f"2023-{month:02}" for month in range(1, 13)]
    found = [json.loads(run("hours", "--month", month, "--format", "json").stdout) for month in months]
    assert sum(bool(day["open"]) for month in found for day in month) == 234


def test_given_a_line_when_its_hours_are_asked_then_they_are_its_own(run: Any, home: Path):
    (home / "madoguchi.toml").write_text(TOML, encoding="utf-8")

    friday = json.loads(run("hours", "2026-11-27 10:00", "--line", "english", "--format", "json").stdout)

    assert friday["state"] == "open"
    assert friday["next_opening"] == "2026-12-04T08:30:00+09:00"
    assert "閉庁日: 火曜日" in run("hours", "2026-11-24 10:00", "--line", "english").stdout
    assert (
        json.loads(run("hours", "2027-04-01", "--line", "english", "--format", "json").stdout)["state"]
        == "after"
    )
    refused = run("hours", "--line", "french")
    assert refused.exit_code == 2
    assert refused.stderr == "--line: there is no line 'french'; there are: main, english\n"


def test_given_overrides_in_the_homes_journal_when_hours_are_asked_then_they_count(run: Any, home: Path):
    (home / "madoguchi.toml").write_text(TOML, encoding="utf-8")
    other = override("hours", "2026-11-25 00:00", "2026-11-26 00:00", made=2, periods=((time(10), time(15)),))
    written(
        home,
        made(override("closed", "2026-11-24 13:00", "2026-11-24 15:00")),
        made(other),
        made(override("closed", "2026-11-27 00:00", "2026-11-28 00:00", line="english", made=3)),
        made(override("closed", "2026-11-26 00:00", None, made=4), needs_second=True),
    )

    facts = json.loads(run("hours", "2026-11-24 13:00:00", "--format", "json").stdout)
    days = json.loads(run("hours", "--month", "2026-11", "--format", "json").stdout)
    text = run("hours", "2026-11-24 14:00").stdout

    assert facts == {
        "time": "2026-11-24T13:00:00+09:00",
        "state": "closed",
        "reason": "臨時休止: 設備点検",
        "next_change": "2026-11-24T15:00:00+09:00",
        "next_opening": "2026-11-24T15:00:00+09:00",
        "override": {
            "id": "closed-1",
            "kind": "closed",
            "from": "2026-11-24T13:00:00+09:00",
            "until": "2026-11-24T15:00:00+09:00",
            "reason": "設備点検",
            "author": "山田",
            "confirmed_by": None,
        },
    }
    assert days[23]["open"] == [["08:30", "13:00"], ["15:00", "19:00"]]
    assert days[23]["reason"] == "受付日: 火曜日 / 臨時休止 13:00-15:00: 設備点検"
    assert days[24] == {
        "date": "2026-11-25",
        "open": [["10:00", "15:00"]],
        "reason": "時間変更: 設備点検",
        "overrides": ["hours-2"],
    }
    assert days[25]["open"] == [["08:30", "17:15"]]  # nobody has confirmed it
    assert days[26]["open"] == [["08:30", "17:15"]]  # another line
    assert "臨時休止の期間: 2026-11-24（火）13:00:00 ～ 2026-11-24（火）15:00:00（山田）" in text
    assert not json.loads(run("hours", "--month", "2026-11", "--line", "english", "--format", "json").stdout)[
        26
    ]["open"]


def test_given_an_override_that_was_confirmed_and_withdrawn_when_asked_then_its_time_is_told(
    run: Any, home: Path
):
    closing_ = override("closed", "2026-11-24 09:00", None)
    written(
        home,
        made(closing_, needs_second=True),
        Entry(2, CONFIRMED, data={"id": closing_.id, "by": "佐藤", "at_ms": to_ms(jst("2026-11-24 10:00"))}),
        Entry(
            3,
            WITHDRAWN,
            data={"id": closing_.id, "by": "佐藤", "reason": "済", "at_ms": to_ms(jst("2026-11-24 11:00"))},
        ),
    )

    text = run("hours", "2026-11-24 10:30").stdout

    assert "2026-11-24（火）10:30:00 臨時休止: 設備点検" in text
    assert "（山田、確認 佐藤）" in text
    assert "受付中: 平日" in run("hours", "2026-11-24 09:30").stdout
    assert "受付中: 平日" in run("hours", "2026-11-24 11:00").stdout


def test_given_a_database_that_cannot_be_read_when_asked_then_nothing_is_guessed(run: Any, home: Path):
    (home / "madoguchi.db").write_bytes(b"no database at all" * 100)

    result = run("hours", "2026-11-24 10:00")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "madoguchi.db" in result.stderr
    assert result.stderr.count("\n") == 1


def test_given_an_empty_database_when_asked_then_the_rules_answer(run: Any, home: Path):
    (home / "madoguchi.db").touch()

    assert "受付中: 平日" in run("hours", "2026-11-24 10:00").stdout


@pytest.mark.parametrize(
    ("today", "alarm"),
    [
        ("2027-09-02 12:00", ""),
        ("2027-09-03 12:00", "注意: 祝日表は2027年12月31日までです（あと119日）。"),
        ("2028-02-01 12:00", "注意: 祝日表は2027年12月31日までで、期限が切れています。"),
    ],
)
def test_given_a_table_that_ends_soon_when_any_moment_is_asked_then_it_is_told_beside_the_answer(
    run: Any, monkeypatch: pytest.MonkeyPatch, today: str, alarm: str
):
    set_clock(monkeypatch, today)

    text, facts = run("hours", "2022-05-08 08:30"), run("hours", "2022-05-08 08:30", "--format", "json")

    assert (alarm or "注意") in text.stdout or not alarm
    assert ("注意" in text.stdout) is bool(alarm)
    assert set(json.loads(facts.stdout)) == {"time", "state", "reason", "next_change", "next_opening"}
    assert facts.stderr.startswith(alarm)
    assert (facts.stderr == "") is (alarm == "")


def test_given_a_damaged_table_in_the_home_when_asked_then_file_and_line_are_named(run: Any, home: Path):
    (home / "holidays.csv").write_text("国民の祝日\n2022/13/1,x\n", encoding="utf-8")

    result = run("hours", "2022-05-08")

    assert result.exit_code == 2
    assert "holidays.csv: holiday table, line 2: '2022/13/1,x' is not" in result.stderr
