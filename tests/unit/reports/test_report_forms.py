"""The look of the reports: sheets, charts, colours, paper; a fiscal year; a contract's own service level."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from datetime import date

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from bench.reports.store import fill
from config import Settings
from config.calendar import Calendar as CalendarSettings
from config.report import Report, ServiceLevelRule
from db import Database, Entry, open_database, upgrade
from ivr.calendar import Calendar, rules_of
from madoguchi.simulation.year import Year
from reports import MonthReport, Rules, day_report, month_report, year_report
from reports.as_svg import svg_of
from reports.cells import Cell, Chart, Table
from reports.period import month_period, wareki_day, year_period
from tests.unit.reports.days import at, by_time, call

Store = Callable[[list[Entry]], None]
LATER = at("2027-06-01T12:00:00")
TERMS = Report(city="見本市", contractor="株式会社見本 & 仲間", manager="見本 太郎", staffed_seats=3)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> MonthReport:
    database = open_database(home=tmp_path_factory.mktemp("month"))
    upgrade(database)
    year = Year(260, date(2026, 10, 1), date(2026, 10, 8), seats=3, seed=3)
    assert fill(database, year) > 2600
    names = {"101": "長野 花子", "102": "長野 一郎", "103": "長野 次郎"}
    made = month_report(
        database, "2026-10", LATER, Rules(TERMS, names, {"main": "見本"}, (1, 2, 3), year.calendar)
    )
    database.close()
    return made


def sheets(report: MonthReport) -> dict[str, Worksheet]:
    book = load_workbook(io.BytesIO(report.to_xlsx()))
    return {sheet.title: sheet for sheet in book.worksheets}


def test_given_a_month_when_made_as_a_workbook_then_it_has_a_sheet_a_section_set_up_for_a4(
    month: MonthReport,
) -> None:
    made = sheets(month)
    assert list(made) == [
        *("表紙", "サービスレベル", "日別", "曜日・時間帯別", "曜日×時間帯", "あふれ・席"),
        *("記録の内訳", "かけ直し", "席の配置", "席の不足", "勤務実態", "勤務実態（日別）", "検算と定義"),
    ]
    for name, sheet in made.items():
        assert int(sheet.page_setup.paperSize) == 9
        assert sheet.page_setup.orientation == (
            "landscape" if name in ("席の配置", "席の不足", "勤務実態", "勤務実態（日別）") else "portrait"
        )
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.page_setup.fitToHeight == (1 if sheet._charts else sheet.page_setup.fitToHeight)
        fonts = {cell.font.name for row in sheet.iter_rows() for cell in row if cell.value is not None}
        assert fonts == {"Yu Gothic"}


def test_given_a_month_when_made_as_a_workbook_then_the_cover_names_it_in_both_ways_of_counting_years(
    month: MonthReport,
) -> None:
    values = [cell.value for row in sheets(month)["表紙"].iter_rows() for cell in row]
    for words in (
        "2026年10月（令和8年10月）",
        "見本市",
        "株式会社見本 & 仲間",
        "見本 太郎",
        "月次報告（着信の実績）",
    ):
        assert words in values


def test_given_a_month_when_made_as_a_workbook_then_charts_draw_the_cells_of_their_tables(
    month: MonthReport,
) -> None:
    book = sheets(month)
    for name in ("日別", "曜日・時間帯別"):
        (chart,) = book[name]._charts
        titles = [series.tx.strRef.f for series in chart.series]
        assert len(titles) == 4
        heads = [book[name][re.sub(r".*!|\$", "", title)].value for title in titles]
        assert heads == ["応答", "放棄", "あふれ", "折返し"]
        first = chart.series[0]
        values = book[name][re.sub(r".*!|\$", "", first.val.numRef.f)]
        tables = [
            table
            for table in month.layout.tables
            if table.title == ("日別" if name == "日別" else "時間帯別")
        ]
        assert [row[0].value for row in values] == [row[4].value for row in tables[0].rows]


def test_given_a_month_when_made_as_a_workbook_then_heat_is_real_conditional_formatting(
    month: MonthReport,
) -> None:
    kinds = {
        rule.type
        for sheet in sheets(month).values()
        for area in sheet.conditional_formatting
        for rule in area.rules
    }
    assert kinds == {"colorScale", "cellIs"}


def test_given_lengths_of_time_when_made_as_a_workbook_then_excel_can_add_them(month: MonthReport) -> None:
    sheet = sheets(month)["席の配置"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "合計")
    staffed = month.contract.staffed
    assert staffed is not None
    assert row[1].number_format == "[h]:mm:ss"
    hours = row[1].value
    shown = hours.total_seconds() if hasattr(hours, "total_seconds") else float(str(hours)) * 86_400
    assert shown == pytest.approx(staffed.open_ms / 1000)


def test_given_every_form_when_compared_then_staffing_and_work_are_the_same(month: MonthReport) -> None:
    page, shown = month.to_html(), month.to_json()
    text = month.to_csv().decode("utf-8-sig")
    first = shown["work"]["operators"][0]
    logged_in = int(first["logged_in_s"])
    words = f"{logged_in // 3600}:{logged_in // 60 % 60:02d}:{logged_in % 60:02d}"
    assert words in page
    assert words in text
    assert f"{shown['recalls']['citizens']:,}" in page
    assert page.count("<svg") == 2


def test_given_a_page_when_read_then_it_loads_nothing_and_names_are_escaped(month: MonthReport) -> None:
    page = month.to_html()
    assert "株式会社見本 &amp; 仲間" in page
    assert not re.search(r"(src|href)=|url\(|@import", page)


def test_given_a_month_when_made_as_pdf_then_it_is_a4_with_its_fonts_inside(
    month: MonthReport, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("weasyprint")
    made = month.to_pdf()
    assert made.startswith(b"%PDF-")
    assert made.endswith(b"%%EOF\n")
    file = tmp_path_factory.mktemp("pdf") / "month.pdf"
    file.write_bytes(made)
    try:
        told = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        return  # poppler is no dependency of ours
    for line in told.splitlines()[2:]:
        embedded = line[54:].split()
        assert "yes" in embedded, line


def test_given_no_program_for_pdf_when_asked_then_the_sentence_says_what_to_install(
    month: MonthReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from reports.as_pdf import PdfError

    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(PdfError, match="weasyprint is not installed"):
        month.to_pdf()


def test_given_a_fiscal_year_when_reported_then_it_runs_from_april_to_march(
    records: Database, store: Store
) -> None:
    store(
        by_time(
            call("before", at("2026-03-31T23:59:59"), "answered"),
            call("first", at("2026-04-01T00:00:00"), "answered"),
            call("autumn", at("2026-11-20T09:00:00"), "abandoned"),
            call("last", at("2027-03-31T23:59:59"), "answered"),
            call("after", at("2027-04-01T00:00:00"), "answered"),
        )
    )
    report = year_report(records, "2026", LATER)
    shown = report.to_json()
    assert (shown["period"], shown["received"], shown["answered"]) == ("2026", 3, 2)
    assert [row["month"] for row in shown["by_month"]] == [
        *(f"2026-{n:02d}" for n in range(4, 13)),
        *("2027-01", "2027-02", "2027-03"),
    ]
    assert [row["received"] for row in shown["by_month"]] == [1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1]
    assert len(shown["by_day"]) == 365
    assert "年次報告" in report.to_html()
    assert "2026年度（令和8年度、令和8年4月1日～令和9年3月31日）" in report.to_html()
    report.to_xlsx()


@pytest.mark.parametrize("text", ["26", "2026-04", "", "9999", "1900", "２０２６"])
def test_given_what_is_no_fiscal_year_when_reported_then_it_is_refused(records: Database, text: str) -> None:
    with pytest.raises(ValueError, match="is not a fiscal year like 2026"):
        year_report(records, text, LATER)


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2019, 4, 30), "平成31年4月30日"),
        (date(2019, 5, 1), "令和元年5月1日"),
        (date(2026, 11, 22), "令和8年11月22日"),
        (date(1989, 1, 7), "昭和64年1月7日"),
    ],
)
def test_given_a_day_when_told_in_japanese_years_then_eras_change_on_their_days(day: date, told: str) -> None:
    assert wareki_day(day) == told


def test_given_months_when_told_then_both_ways(records: Database) -> None:
    assert month_period("2026-11").wareki == "令和8年11月"
    assert year_period("2018").wareki == "平成30年度、平成30年4月1日～平成31年3月31日"


def test_given_a_contract_with_another_level_when_reported_then_its_value_is_that_and_the_others_stand_beside(
    records: Database, store: Store
) -> None:
    rows = [call(f"a{n}", at("2026-11-20T09:00:00"), "answered", wait_ms=25_000) for n in range(6)]
    rows += [call(f"b{n}", at("2026-11-20T09:00:00"), "abandoned", wait_ms=9_000) for n in range(4)]
    store(by_time(*rows))
    settings = Settings.model_validate(
        {"report": {"service_level": {"threshold_s": 30, "short_s": 10, "formula": "strict", "target": 0.5}}}
    )
    rules = Rules.of(settings, Calendar(rules_of(CalendarSettings())))
    report = day_report(records, "2026-11-20", LATER, rules)
    level = report.to_json()["service_level"]
    assert (level["formula"], level["value"]) == ("strict", 0.6)
    assert (level["variants"]["short_out"], level["variants"]["answered_only"]) == (1.0, 1.0)
    assert report.to_json()["by_half_hour"][18]["service_level"] == 0.6
    assert report.to_json()["half_hours"] == {"measured": 1, "met": 1, "rate": 1.0}
    page = report.to_html()
    for words in ("サービスレベル（30秒）", "●厳格", "30秒以内の応答 ÷ 待ち行列", "10秒以下"):
        assert words in page


@pytest.mark.parametrize("mistake", [{"formula": "best"}, {"target": 80}, {"threshold_s": 0}])
def test_given_a_wrong_level_in_the_settings_when_read_then_it_is_refused(mistake: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(mistake))):
        ServiceLevelRule.model_validate(mistake)


def test_given_names_in_a_chart_when_drawn_then_they_are_escaped_and_bars_add_up() -> None:
    table = Table("t", ("n", "<a>", "b"), ((Cell("<x>"), Cell(3, "count"), Cell(1, "count")),))
    drawn = svg_of(Chart("<t>", table, (1, 2)))
    assert "<x>" not in drawn
    assert "&lt;x&gt;" in drawn
    heights = [
        float(one)
        for one in re.findall(r'<rect x="[\d.]+" y="[\d.]+" width="[\d.]+" height="([\d.]+)" fill', drawn)
    ]
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.01)
    assert svg_of(Chart("t", Table("t", ("n", "a"), ()), (1,))) == ""
