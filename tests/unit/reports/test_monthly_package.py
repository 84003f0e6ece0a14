"""What the city gets besides the figures: 完了届, the ledgers on paper, who was there; own layouts."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from bench.reports.store import fill
from config.forms import BOOKING
from config.report import Completion, Report
from db import Database, Entry, open_database, upgrade
from db.append import append
from db.ledger import Writing, write
from madoguchi.simulation.year import Year
from reports import MonthReport, Rules, day_report, month_report
from reports.attendance import staff_of
from reports.closing import close_month, completion_document
from reports.completion import completion_of, documents_of
from reports.ledgers import ledger_report
from reports.period import day_period, month_period
from reports.templating import TemplateError
from reports.trial import try_templates
from tests.unit.reports.days import at

LATER = at("2026-11-05T09:00:00")
YEAR = Year(60, date(2026, 10, 1), date(2026, 10, 4), seats=3, seed=3)
TERMS = Report(
    city="見本市", contractor="株式会社見本", manager="見本 太郎", staffed_seats=3,
    completion=Completion(
        contract_number="第123号", contract_date=date(2026, 4, 1), contractor_address="見本県見本市1-2-3",
        representative="代表取締役 見本 花子",
    ),
)  # fmt: skip


@pytest.fixture
def database(tmp_path: Path) -> Database:
    opened = open_database(home=tmp_path)
    upgrade(opened)
    fill(opened, YEAR)
    return opened


def month_of(database: Database, templates: Path | None = None) -> MonthReport:
    rules = Rules(
        TERMS, {"101": "長野 花子"}, {"main": "見本"}, (1, 2, 3), YEAR.calendar, templates,
        (date(2026, 4, 1), date(2027, 3, 31)),
    )  # fmt: skip
    return month_report(database, "2026-10", LATER, rules)


def booked(database: Database, name: str = "ナガノ", at_ms: int = at("2026-10-02T10:00:00")) -> None:
    sealed = {"name": name, "remarks": "車いすで来庁。\n介助の方が同行"}
    write(
        database,
        Writing("booking", "101", BOOKING.version, BOOKING.definition, {"kind": "新規"}, sealed),
        at_ms,
    )


def test_given_a_month_when_its_completion_is_made_then_all_forms_tell_the_same_and_the_contract_is_named(
    database: Database,
) -> None:
    booked(database)
    report = month_of(database)
    made = documents_of(database, report)
    told = json.loads(made["json"])
    total = report.figures.total
    assert told["results"]["着信件数"] == total.received
    assert (told["results"]["応答件数"], told["results"]["応答前切電件数"]) == (
        total.answered,
        total.abandoned,
    )
    assert (told["results"]["交付予約受付簿"], told["results"]["問合せ記録簿"]) == (1, 0)
    assert told["facts"]["履行期間"] == "令和8年4月1日 ～ 令和9年3月31日"
    assert "2026年10月1日～10月31日" in told["facts"]["今回完了した期間"]
    assert told["addressee"] == "見本市長"
    page = made["html"].decode()
    cells = [
        str(cell.value)
        for row in load_workbook(io.BytesIO(made["xlsx"])).worksheets[0].iter_rows()
        for cell in row
        if cell.value is not None
    ]
    for words in (
        "業務（一部）完了届",
        "第123号",
        "代表取締役 見本 花子",
        "速報",
        "検査年月日",
        told["figures_sha256"],
    ):
        assert words in page
        assert any(words in cell for cell in cells), words
    assert f"{total.received:,}" in page
    assert str(total.received) in cells


def test_given_a_closed_month_when_records_change_then_its_completion_stays_as_it_was_frozen(
    database: Database,
) -> None:
    report = month_of(database)
    month_of_now: Callable[[Database, str, int], MonthReport] = lambda one, *_: month_of(one)  # noqa: E731
    close_month(database, "2026-10", month_of_now, by="佐藤", now_ms=LATER, settings={})
    kept = completion_document(database, "2026-10", "json", lambda: report)
    booked(database)
    assert completion_document(database, "2026-10", "json", lambda: month_of(database)) == kept
    told = json.loads(kept)
    assert told["status"] == "確定 第1版"
    assert completion_of(database, month_of(database)).results != told["results"]
    with pytest.raises(ValueError, match="no version 2"):
        completion_document(database, "2026-10", "json", lambda: report, 2)


def test_given_a_ledger_when_set_on_paper_then_every_word_is_there_and_nothing_can_be_run(
    database: Database,
) -> None:
    booked(database, "<script>alert(1)</script>")
    report = ledger_report(
        database, "booking", day_period("2026-10-02"), BOOKING, {"101": "長野 花子"},
        who="佐藤", why="提出", at_ms=LATER,
    )  # fmt: skip
    page = report.to_html(city="見本市")
    for words in (
        "交付予約受付簿",
        "令和8年10月2日",
        "2026-000001",
        "長野 花子",
        "介助の方が同行",
        "見本市",
        "1件",
    ):
        assert words in page
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    empty = replace(report, rows=(), entries=())
    assert "この期間の記録はありません" in empty.to_html()


def test_given_who_has_no_seat_when_he_comes_rests_goes_or_forgets_to_then_the_report_tells_it(
    database: Database,
) -> None:
    def said(moment: str, to: str, reason: str = "", person: str = "900") -> Entry:
        data = {"to": to, "name": "見本 太郎", "reason": reason}
        return Entry(at(moment), "staff.state", operator=person, data=data)

    entries = [
        said("2026-10-01T08:15:00", "in"), said("2026-10-01T12:00:00", "break", "昼食"),
        said("2026-10-01T13:00:00", "in"), said("2026-10-01T17:30:00", "out"),
        said("2026-10-02T08:20:00", "in"), said("2026-10-05T08:20:00", "in"),
        said("2026-10-05T17:00:00", "out"), said("2026-10-05T17:05:00", "out"),
    ]  # fmt: skip
    days = staff_of(entries, month_period("2026-10"), LATER)
    assert [(one.day.day, one.is_open) for one in days] == [(1, False), (2, True), (5, False)]
    first, forgotten, _ = days
    assert first.present_ms == (3 * 60 + 45 + 4 * 60 + 30) * 60_000
    assert first.breaks == {"昼食": 3_600_000}
    assert [(b - a) // 60_000 for a, b in first.stays] == [9 * 60 + 15]
    assert forgotten.stays[-1][1] == at("2026-10-03T00:00:00")
    append(database, entries)
    report = month_of(database)
    assert len(report.to_json()["staff"]) == 3
    section = next(one for one in report.layout.sections if one.title == "業務責任者の勤務")
    assert [row[-1].text for row in section.tables[0].rows] == ["", "退勤の記録なし", ""]
    assert "昼食 1:00:00" in report.to_html()
    day = day_report(database, "2026-10-02", LATER, report.rules)
    assert [one.day.day for one in day.contract.staff] == [2]


def test_given_a_sites_own_layout_when_a_report_is_made_then_every_form_follows_it(
    database: Database, tmp_path: Path
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / "layout.toml").write_text(
        '[month]\ntitle = "{city} 着信実績報告書"\n'
        'cover = [["対象月", "{wareki}（{period}）"], ["件数", "着信 {received} 件"], ["空", ""]]\n'
        'sections = ["勤務実態", "日別"]\n',
        encoding="utf-8",
    )
    report = month_of(database, templates)
    layout = report.layout
    assert layout.title == "見本市 着信実績報告書"
    assert layout.cover[0] == ("対象月", "令和8年10月（2026年10月）")
    assert [name for name, _ in layout.cover] == ["対象月", "件数"]
    assert [section.title for section in layout.sections] == ["勤務実態", "日別"]
    book = load_workbook(io.BytesIO(report.to_xlsx()))
    assert book.sheetnames == ["表紙", "勤務実態", "日別", "検算と定義"]
    assert "見本市 着信実績報告書" in report.to_html()
    assert "曜日×時間帯" not in report.to_html()
    assert day_report(database, "2026-10-02", LATER, report.rules).layout.title == "日次報告（着信の実績）"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            '[month]\ntitle = "{colour}"',
            r"layout\.toml: \[month\] title: there is no field \{colour\}; there are period",
        ),
        (
            '[month]\ncover = [["件数", "{received.x}"]]',
            r"\[month\] cover 件数: there is no field \{received\.x\}",
        ),
        (
            '[month]\nsections = ["日別", "天気"]',
            r"\[month\] sections: there is no part '天気'; there are サービスレベル",
        ),
        ('[month]\ncolour = "red"', r"layout\.toml: \[month\] colour: unknown key"),
        ('[month]\ntitle = "{"', r"layout\.toml: \[month\] title:"),
        ("[month", r"layout\.toml: cannot be read"),
    ],
)
def test_given_a_layout_with_a_mistake_when_a_report_is_made_then_file_and_field_are_named(
    database: Database, tmp_path: Path, toml: str, said: str
) -> None:
    (tmp_path / "layout.toml").write_text(toml, encoding="utf-8")
    with pytest.raises(TemplateError, match=said):
        month_of(database, tmp_path).to_html()


def test_given_a_sites_own_page_when_made_then_it_stands_over_the_shipped_one_and_may_build_on_it(
    database: Database, tmp_path: Path
) -> None:
    page = tmp_path / "report.html.j2"
    report = month_of(database, tmp_path)
    page.write_text(
        '{% extends "shipped/report.html.j2" %}\n{% block identity %}<p>検算は別紙</p>{% endblock %}',
        encoding="utf-8",
    )
    made = report.to_html()
    assert "検算は別紙" in made
    assert "日別" in made
    for source, said in (
        ("<p>\n{{ report.colour }}", r"report\.html\.j2: line 2: there is no field 'colour'"),
        ("{{ colour }}", r"report\.html\.j2: line 1: there is no field 'colour'"),
        ("{% for %}", r"report\.html\.j2: line 1: "),
        ('{% extends "other.html.j2" %}', r"report\.html\.j2: there is no template 'other\.html\.j2'"),
        ("{{ report.__class__.__mro__ }}", r"report\.html\.j2: line 1: "),
    ):
        page.write_text(source, encoding="utf-8")
        with pytest.raises(TemplateError, match=said):
            report.to_html()
    (tmp_path / "completion.html.j2").write_text("\n\n{{ completion.price }}", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"completion\.html\.j2: line 3: there is no field 'price'"):
        documents_of(database, report)


def test_given_mistakes_in_templates_when_they_are_tried_then_each_is_named(tmp_path: Path) -> None:
    try_templates(tmp_path / "none", Rules())
    try_templates(tmp_path, Rules())
    for name, source, said in (
        ("ledger.html.j2", "{{ ledger.colour }}", "ledger.html.j2: line 1: there is no field 'colour'"),
        ("completion.html.j2", "{{ completion.price }}", "completion.html.j2: line 1: .*'price'"),
        ("report.html.j2", "{{ report.price }}", "report.html.j2: line 1: .*'price'"),
        ("layout.toml", '[year]\nsections = ["天気"]', "layout.toml: .year. sections: .*'天気'"),
    ):
        (tmp_path / name).write_text(source, encoding="utf-8")
        with pytest.raises(TemplateError, match=said):
            try_templates(tmp_path, Rules())
        (tmp_path / name).unlink()


def test_given_the_shipped_pages_when_read_then_they_load_nothing_and_run_nothing() -> None:
    for page in Path("reports/templates").glob("*.j2"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"<script|<link|<img|https?:|@import|url\(", text), page
