"""完結率 and what the ledgers' choices say: by hand-counted days, over corrections, midnight and a purge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from config.forms import BOOKING, INQUIRY
from config.report import Report
from db import Database, Journal, open_database, upgrade
from db.ledger import Writing, correct, write
from db.personal import erase
from reports import Rules, day_report, month_report
from tests.unit.reports.days import at, by_time, call

LATER = at("2026-12-05T09:00:00")
Inquire = Callable[..., str]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = open_database(home=tmp_path)
    upgrade(opened)
    journal = Journal(opened)
    journal.start()
    times = {"a": "09:00", "b": "09:10", "c": "09:20", "d": "09:30", "late": "23:55"}
    days = [call(name, at(f"2026-11-20T{time}:00"), "answered") for name, time in times.items()]
    days.append(call("gone", at("2026-11-20T10:00:00"), "abandoned"))
    for entry in by_time(*days):
        journal.write(entry)
    assert journal.close()
    return opened


def inquiry(database: Database, of: str | None, handling: str, at_text: str = "2026-11-20T11:00:00") -> str:
    plain = {"category": ["紛失", "一時停止"], "handling": handling, "complaint": handling == "折返し"}
    writing = Writing(
        "inquiry", "101", INQUIRY.version, INQUIRY.definition, plain, {"content": "あ"}, call=of
    )
    return write(database, writing, at(at_text)).entry


def booking(database: Database, of: str) -> str:
    writing = Writing("booking", "102", BOOKING.version, BOOKING.definition, {"kind": "新規"}, {}, call=of)
    return write(database, writing, at("2026-11-20T11:30:00")).entry


def test_given_answered_calls_when_some_are_handed_on_then_the_rate_counts_those_that_were_not(
    database: Database,
) -> None:
    day = day_report(database, "2026-11-20", LATER)
    assert day.contract.written.closed_rate is None  # nothing written: not known, and not 0
    inquiry(database, "a", "完結")
    inquiry(database, "b", "完結")
    handed = inquiry(database, "b", "市へ引継ぎ")  # twice asked, once handed on
    booking(database, "c")
    inquiry(database, "late", "完結", "2026-11-21T00:05:00")  # of a call before midnight
    inquiry(database, None, "折返し")
    inquiry(database, "gone", "完結")  # not answered: no part of the rate
    written = day_report(database, "2026-11-20", LATER).contract.written
    assert (written.answered, written.recorded, written.closed) == (5, 4, 3)
    assert written.to_json()["closed_rate"] == 0.6
    assert written.entries == {"booking": 1, "inquiry": 5}
    counts = {(one.label, one.value): one.count for one in written.counts}
    assert counts == {
        ("区分", "新規"): 1, ("分類", "紛失 / 一時停止"): 5, ("処理区分", "完結"): 3,
        ("処理区分", "市へ引継ぎ"): 1, ("処理区分", "折返し"): 1, ("苦情", "あり"): 1,
    }  # fmt: skip
    assert (written.operators["101"].entries, written.operators["102"].entries) == (5, 1)
    assert sum(one.calls for one in written.operators.values()) == 5
    plain = {"category": ["紛失"], "handling": "完結"}
    again = Writing(
        "inquiry", "103", INQUIRY.version, INQUIRY.definition, plain, {"content": "あ"}, why="訂正"
    )
    correct(database, handed, 1, again, at("2026-11-25T09:00:00"))
    month = month_report(database, "2026-11", LATER)
    assert month.contract.written.closed == 4
    with database.write() as connection:
        erase(connection, ["a", "b", "c", "late", "gone"])
    assert month_report(database, "2026-11", LATER).to_json() == month.to_json()
    page = month.to_html()
    for words in ("完結率", "80.0%", "紛失 / 一時停止", "オペレーター別の応答", "記録の内訳"):
        assert words in page, words


def test_given_another_rule_of_the_contract_when_counted_then_it_holds(database: Database) -> None:
    inquiry(database, "a", "折返し")
    rules = Rules(Report(closed_when={"handling": ("完結", "折返し")}))
    assert day_report(database, "2026-11-20", LATER).contract.written.closed == 0
    assert day_report(database, "2026-11-20", LATER, rules).contract.written.closed == 1
