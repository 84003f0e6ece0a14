"""前年同月比, 前年度比: what is compared with what, and what is said where there is nothing."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from config.report import Report, ServiceLevelRule
from db import Database, Entry
from reports import MonthReport, Rules, day_report, month_period, month_report, year_report
from reports.cells import Cell
from reports.check import check
from reports.closing import close_month, frozen
from reports.trial import try_templates
from tests.unit.reports.days import at, by_time, call

Store = Callable[[list[Entry]], None]
LATER = at("2029-06-01T12:00:00")
OVER = at("2026-12-02T09:00:00")


def calls(day: str, *, answered: int = 0, abandoned: int = 0, wait_ms: int = 8_000) -> list[Entry]:
    """Calls of that day, one a minute from 10:00 on."""
    ends = ["answered"] * answered + ["abandoned"] * abandoned
    began = at(f"{day}T10:00:00")
    return by_time(
        *(call(f"{day}.{n}", began + n * 60_000, end, wait_ms=wait_ms) for n, end in enumerate(ends))
    )


def two_novembers(store: Store) -> None:
    """2025: 3 answered after 30 s, 1 abandoned. 2026: 4 answered after 8 s, 2 abandoned."""
    store(
        calls("2025-11-20", answered=3, abandoned=1, wait_ms=30_000)
        + calls("2026-11-19", answered=4, abandoned=2)
    )


def compared(report: MonthReport) -> dict[str, Any]:
    found: dict[str, Any] = report.to_json()["year_before"]
    return found


def note(report: MonthReport) -> str:
    (part,) = (one for one in report.layout.sections if one.title.startswith("前年"))
    return part.tables[0].note


def test_given_two_novembers_when_reported_then_the_second_has_the_change_from_the_first(
    records: Database, store: Store
) -> None:
    two_novembers(store)
    report = month_report(records, "2026-11", OVER)
    told = compared(report)
    assert (told["period"], told["source"], told["missing"], told["until"]) == (
        *("2025-11", "records"),
        *(None, None),
    )
    assert told["figures"]["received"] == 4
    assert told["change"]["received"] == {"difference": 2, "rate": 0.5}
    assert told["change"]["answer_rate"] == {"difference": round(4 / 6 - 3 / 4, 4), "rate": None}
    assert told["figures"]["service_level"] == 0
    assert told["change"]["asa_s"] == {"difference": -22, "rate": round(-22 / 30, 4)}
    assert told["change"]["callback_requested"] == {"difference": 0, "rate": None}
    assert "by_month" in told
    assert not told["by_month"]


def test_given_two_novembers_when_handed_over_then_every_form_shows_the_change_with_its_sign(
    records: Database, store: Store
) -> None:
    two_novembers(store)
    report = month_report(records, "2026-11", OVER)
    (part,) = (one for one in report.layout.sections if one.title == "前年同月比")
    shown = {row[0].text.strip(): [cell.text for cell in row[1:]] for row in part.tables[0].rows}
    assert part.tables[0].header == ("項目", "2026年11月", "2025年11月", "増減", "増減率")
    assert shown["着信件数"] == ["6", "4", "+2", "+50.0%"]
    assert shown["応答率"] == ["66.7%", "75.0%", "-8.3pt", "–"]
    assert shown["平均応答速度（秒）"] == ["8.0", "30.0", "-22.0", "-73.3%"]
    assert shown["折返し受付"] == ["0", "0", "±0", "–"]
    page = report.to_html()
    assert page.index("前年同月比") < page.index("サービスレベルの比較")
    assert "-8.3pt" in page
    table = list(csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))))
    assert ["着信件数", "6", "4", "2", "50.0%"] in table
    assert ["応答率", "66.7%", "75.0%", "-8.3", "–"] in table
    sheet = load_workbook(io.BytesIO(report.to_xlsx()))["前年同月比"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "着信件数")
    assert [cell.value for cell in row] == ["着信件数", 6, 4, 2, 0.5]
    assert row[3].number_format == '+#,##0;-#,##0;"±"0'
    assert row[4].number_format == '+#,##0.0%;-#,##0.0%;"±"0.0%'


def test_given_nothing_a_year_before_when_reported_then_there_is_no_part_and_no_figure(
    records: Database, store: Store
) -> None:
    assert compared(month_report(records, "2026-11", OVER))["missing"] == "no_calls"
    store(calls("2026-11-19", answered=4))
    for report in (month_report(records, "2026-11", OVER), year_report(records, "2026", LATER)):
        told = report.to_json()["year_before"]
        assert (told["missing"], told["source"], told["since"]) == ("no_calls", None, None)
        assert set(told["figures"].values()) == {None}
        assert all(one == {"difference": None, "rate": None} for one in told["change"].values())
        assert not [one for one in report.layout.sections if one.title.startswith("前年")]


def test_given_a_day_when_reported_then_nothing_is_compared(records: Database, store: Store) -> None:
    two_novembers(store)
    assert "year_before" not in day_report(records, "2026-11-19", OVER).to_json()


@pytest.mark.parametrize("begins", [date(2025, 12, 1), date(2026, 4, 1)])
def test_given_calls_before_the_contract_when_reported_then_they_are_no_year_before(
    records: Database, store: Store, begins: date
) -> None:
    two_novembers(store)
    report = month_report(records, "2026-11", OVER, Rules(contract=(begins, None)))
    assert compared(report)["missing"] == "before_contract"
    assert set(compared(report)["figures"].values()) == {None}


@pytest.mark.parametrize("begins", [None, date(2025, 11, 10)])
def test_given_records_or_a_contract_that_begin_within_the_month_before_then_the_report_says_from_when(
    records: Database, store: Store, begins: date | None
) -> None:
    two_novembers(store)
    report = month_report(records, "2026-11", OVER, Rules(contract=(begins, None)))
    assert compared(report)["since"] == "2025-11-20"
    assert "前年は 2025-11-20 からの分。" in note(report)
    store(calls("2025-11-22", answered=2))
    later = month_report(records, "2026-11", OVER, Rules(contract=(date(2025, 11, 21), None)))
    assert (compared(later)["since"], compared(later)["figures"]["received"]) == ("2025-11-21", 2)
    store(calls("2025-10-31", answered=1))
    assert compared(month_report(records, "2026-11", OVER))["since"] is None


def test_given_a_month_in_progress_when_reported_then_the_same_part_of_the_year_before_is_compared(
    records: Database, store: Store
) -> None:
    store(
        calls("2025-11-19", answered=1)
        + calls("2025-11-20", answered=5)
        + calls("2025-11-21", answered=9)
        + calls("2026-11-19", answered=2)
    )
    report = month_report(records, "2026-11", at("2026-11-20T10:03:00"))
    told = compared(report)
    assert told["until"] == "2025-11-20T10:03:00.000+09:00"
    assert told["figures"]["received"] == 1 + 3
    assert "同じ時点（2025-11-20 10:03）まで" in note(report)
    assert compared(month_report(records, "2026-11", OVER))["figures"]["received"] == 15
    at_midnight = compared(month_report(records, "2026-11", at("2026-11-01T00:00:00")))
    assert (at_midnight["until"], at_midnight["missing"]) == ("2025-11-01T00:00:00.000+09:00", "no_calls")


def test_given_29_february_when_reported_then_it_is_compared_with_all_of_the_february_before(
    records: Database, store: Store
) -> None:
    store(
        calls("2027-02-28", answered=3)
        + calls("2027-03-01", answered=1)
        + calls("2028-02-29", answered=5)
        + calls("2029-02-28", answered=1)
    )
    on_the_day = month_report(records, "2028-02", at("2028-02-29T10:03:00"))
    assert compared(on_the_day)["figures"]["received"] == 3
    year = year_report(records, "2027", at("2028-02-29T10:03:00")).contract.year_before
    assert year is not None
    assert year.until_ms == at("2027-03-01T00:00:00")
    assert year.then is not None
    assert year.then.tally.received == 3
    whole = month_report(records, "2028-02", LATER)
    assert "日数は、前年が 28日、今回が 29日。" in note(whole)
    # The other way: up to the same day and hour, the 29th comes after it.
    after = month_report(records, "2029-02", at("2029-02-28T23:00:00"))
    assert (compared(after)["missing"], compared(after)["until"]) == (
        "no_calls",
        "2028-02-28T23:00:00.000+09:00",
    )
    assert compared(month_report(records, "2029-02", LATER))["figures"]["received"] == 5


def closed(database: Database, month: str, reason: str = "", rules: Rules | None = None) -> None:
    make = partial(month_report, rules=rules)
    close_month(database, month, make, by="見本 太郎", reason=reason, now_ms=OVER, settings={})


def test_given_a_closed_year_before_when_reported_then_its_newest_version_is_compared_and_named(
    records: Database, store: Store
) -> None:
    two_novembers(store)
    closed(records, "2025-11")
    store(calls("2025-11-21", answered=1))
    first = month_report(records, "2026-11", OVER)
    assert (compared(first)["source"], compared(first)["version"]) == ("closed", 1)
    assert compared(first)["figures"]["received"] == 4
    assert "前年同月は、確定 第1版（2026-12-02 09:00 締め）の数字。" in note(first)
    closed(records, "2025-11", "記録の補正")
    second = month_report(records, "2026-11", OVER)
    assert (compared(second)["version"], compared(second)["figures"]["received"]) == (2, 5)
    # Half a month of a closed one is in no document.
    part = month_report(records, "2026-11", at("2026-11-20T10:01:00"))
    assert (compared(part)["source"], compared(part)["version"]) == ("records", None)


def test_given_a_closed_year_before_when_compared_then_the_rates_are_those_of_the_records(
    records: Database, store: Store
) -> None:
    store(
        calls("2025-11-20", answered=7, abandoned=2, wait_ms=20_000)
        + calls("2025-11-21", answered=3, abandoned=1, wait_ms=20_001)
        + calls("2025-11-22", answered=1, abandoned=3, wait_ms=5_000)
        + calls("2026-11-19", answered=1)
    )
    for formula in ("short_out", "strict", "early_abandons_out", "answered_or_abandoned", "removed_in_time"):
        rules = Rules(Report(service_level=ServiceLevelRule(formula=formula)))  # type: ignore[arg-type] # a Literal
        counted = month_report(records, "2026-11", OVER, rules).contract.year_before
        assert counted is not None
        assert counted.then is not None
        if counted.closing is None:
            expected = counted.then
            closed(records, "2025-11", rules=rules)
        kept = month_report(records, "2026-11", OVER, rules).contract.year_before
        assert kept is not None
        assert kept.closing is not None
        assert kept.then is not None
        assert kept.then.tally == expected.tally
        assert kept.then.values() == expected.values()


def test_given_a_contract_that_changed_its_service_level_when_compared_with_a_closed_month_then_it_is_said(
    records: Database, store: Store
) -> None:
    two_novembers(store)
    closed(records, "2025-11")
    same = month_report(records, "2026-11", OVER)
    assert "計算のしかた" not in note(same)
    other = Rules(Report(service_level=ServiceLevelRule(threshold_s=30)))
    changed = month_report(records, "2026-11", OVER, other)
    assert "サービスレベルの計算のしかたは、前年の版と今回とで違う。" in note(changed)
    assert compared(changed)["service_level_rule"]["threshold_s"] == 20


def test_given_a_closed_month_when_the_year_before_is_corrected_then_it_stays_and_the_check_agrees(
    records: Database, store: Store
) -> None:
    two_novembers(store)
    closed(records, "2025-11")
    closed(records, "2026-11")
    store(calls("2025-11-21", answered=1))
    closed(records, "2025-11", "記録の補正")
    kept = json.loads(frozen(records, "2026-11", "json") or b"")
    assert kept["year_before"]["version"] == 1
    assert compared(month_report(records, "2026-11", OVER))["version"] == 2
    assert check(records, month_period("2026-11"), month_report, None, OVER).agrees


def test_given_a_version_without_the_figures_when_compared_then_the_records_are_counted(
    records: Database, store: Store
) -> None:
    two_novembers(store)

    def old(database: Database, month: str, now_ms: int) -> MonthReport:
        class Old(MonthReport):
            __slots__ = ()

            def to_json(self) -> dict[str, Any]:
                made = super().to_json()
                return {name: value for name, value in made.items() if name != "service_level"}

        made = month_report(database, month, now_ms)
        return Old(made.figures, made.contract, made.rules)

    close_month(records, "2025-11", old, by="見本 太郎", now_ms=OVER, settings={})
    told = compared(month_report(records, "2026-11", OVER))
    assert (told["source"], told["figures"]["received"]) == ("records", 4)


def test_given_a_fiscal_year_when_reported_then_each_month_stands_beside_its_own_of_the_year_before(
    records: Database, store: Store
) -> None:
    store(
        calls("2025-04-10", answered=9)
        + calls("2025-06-10", answered=2, abandoned=2)
        + calls("2026-03-10", answered=1)
        + calls("2026-04-10", answered=1)
        + calls("2026-06-10", answered=3)
        + calls("2026-07-10", answered=4)
    )
    rules = Rules(contract=(date(2025, 5, 9), None))
    report = year_report(records, "2026", at("2026-07-20T00:00:00"), rules)
    told = report.to_json()["year_before"]
    assert (told["period"], told["since"]) == ("2025", "2025-05-09")
    months = {one["month"]: one for one in told["by_month"]}
    assert next(iter(months)) == "2026-04"
    assert told["figures"]["received"] == 4
    assert len(months) == 12
    assert months["2026-04"]["received"] == {"now": 1, "then": None, "difference": None, "rate": None}
    assert months["2026-06"]["received"] == {"now": 3, "then": 4, "difference": -1, "rate": -0.25}
    assert months["2026-06"]["answer_rate"] == {"now": 1, "then": 0.5, "difference": 0.5, "rate": None}
    assert months["2026-07"]["received"] == {"now": 4, "then": None, "difference": None, "rate": None}
    # Not yet there: neither of both.
    assert months["2027-03"]["received"] == {"now": None, "then": None, "difference": None, "rate": None}
    (part,) = (one for one in report.layout.sections if one.title == "前年度比")
    total = part.tables[1].total
    assert total is not None
    assert [cell.text for cell in total] == [
        *("両年度にある月の計", "3", "4", "-1", "-25.0%"),
        *("100.0%", "50.0%", "+50.0pt"),
    ]
    whole = year_report(records, "2026", LATER, rules).to_json()["year_before"]
    assert whole["by_month"][11]["received"] == {"now": 0, "then": 1, "difference": -1, "rate": -1}


def test_given_a_site_s_layout_when_the_part_is_named_or_left_out_then_so_is_the_report(
    records: Database, store: Store, tmp_path: Path
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    layout = templates / "layout.toml"
    layout.write_text(
        '[month]\nsections = ["日別", "前年同月比"]\n[year]\nsections = ["前年度比"]\n', "utf-8"
    )
    rules = Rules(templates=templates)
    # Nothing to compare on an empty report: named all the same.
    try_templates(templates, rules)
    two_novembers(store)
    month = month_report(records, "2026-11", OVER, rules)
    assert [one.title for one in month.layout.sections] == ["日別", "前年同月比"]
    assert [one.title for one in year_report(records, "2026", LATER, rules).layout.sections] == ["前年度比"]
    layout.write_text('[month]\nsections = ["日別"]\n', "utf-8")
    assert [one.title for one in replace(month).layout.sections] == ["日別"]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (Cell(1_234, "more"), "+1,234"),
        (Cell(-5, "more"), "-5"),
        (Cell(0, "more"), "±0"),
        (Cell(-0.04, "points"), "±0.0pt"),
        (Cell(-0.06, "points"), "-0.1pt"),
        (Cell(12.5, "growth"), "+1,250.0%"),
        (Cell(-0.5, "longer"), "-0.5"),
        (Cell(None, "growth"), "–"),
    ],
)
def test_given_a_change_when_shown_then_it_has_its_sign_and_unit(cell: Cell, shown: str) -> None:
    assert cell.text == shown
