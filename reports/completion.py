"""業務（一部）完了届: the month's work is done; what it was, for the city to examine and to pay by."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from db import Database
from db.ledger_read import entries_of
from reports.cells import Cell
from reports.hashing import figures_hash
from reports.period import day_of, wareki_day
from reports.report import MonthReport
from reports.templating import render

FORMS = ("html", "xlsx", "json")


@dataclass(frozen=True, slots=True)
class Completion:
    """The letter, before any form. ``results``: name, value, remark; ``enclosed``: what goes with it."""

    title: str
    status: str
    day: str
    addressee: str
    contractor: tuple[str, ...]
    statement: str
    facts: tuple[tuple[str, str], ...]
    results: tuple[tuple[str, Cell, str], ...]
    enclosed: tuple[str, ...]
    identity: str
    identity_holds: bool
    sha256: str

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "title": self.title,
            "status": self.status,
            "date": self.day,
            "addressee": self.addressee,
            "contractor": list(self.contractor),
            "statement": self.statement,
            "facts": dict(self.facts),
            "results": {name.strip("　"): cell.value for name, cell, _ in self.results},
            "enclosed": list(self.enclosed),
            "identity": {"holds": self.identity_holds, "sentence": self.identity},
            "figures_sha256": self.sha256,
        }


def completion_of(database: Database, report: MonthReport) -> Completion:
    """The month's 完了届, of the figures of its report."""
    figures, rules = report.figures, report.rules
    period, terms, total = figures.period, rules.terms, figures.total
    own = terms.completion
    line = rules.lines.get("main", "")
    first, last = rules.contract
    written = day_of(report.closing.at_ms) if report.closing else max(day_of(figures.now_ms), period.days[-1])
    with database.read() as connection:
        counts = {
            ledger: len(entries_of(connection, ledger=ledger, from_ms=period.from_ms, to_ms=period.to_ms))
            for ledger in ("booking", "inquiry")
        }
    staffed = report.contract.staffed
    results: list[tuple[str, Cell, str]] = [
        ("開設日数", Cell(len(_open_days(report)), "count"), "受付時間のあった日"),
        ("着信件数", Cell(total.received, "count"), ""),
        ("　うち受付時間内", Cell(total.received_open, "count"), ""),
        ("応答件数", Cell(total.answered, "count"), "オペレーターが応答したもの"),
        ("応答前切電件数", Cell(total.abandoned, "count"), "待ち行列に入ってから応答までに切れたもの"),
        ("応答率", Cell(total.answer_rate, "rate"), "応答 ÷ 受付時間内の着信"),
        ("サービスレベル", Cell(figures.level.value(total), "rate"), f"目標 {figures.level.target * 100:g}%"),
    ]
    if staffed is not None and staffed.slots:
        need = f"{staffed.required}席以上の割合"
        results.append((f"席の配置（{need}）", Cell(staffed.full_rate, "rate"), "受付時間内"))
    results += [
        ("交付予約受付簿", Cell(counts["booking"], "count"), "日次で提出"),
        ("問合せ記録簿", Cell(counts["inquiry"], "count"), "月次で提出"),
    ]
    city = terms.city
    facts = (
        ("件名", own.contract_name or f"{line}業務委託"),
        ("契約番号", own.contract_number),
        ("契約年月日", "" if own.contract_date is None else wareki_day(own.contract_date)),
        ("履行期間", f"{wareki_day(first)} ～ {wareki_day(last)}" if first and last else ""),
        ("今回完了した期間", _both(period.days[0], period.days[-1])),
        ("業務管理者", terms.manager),
    )
    return Completion(
        title=own.title,
        status=report.status,
        day=wareki_day(written),
        addressee=own.addressee or (f"{city}長" if city else ""),
        contractor=tuple(
            one for one in (own.contractor_address, terms.contractor, own.representative) if one
        ),
        statement=f"下記の業務について、{period.wareki}分（{period.japanese}分）を完了したので届け出ます。",
        facts=tuple((name, value) for name, value in facts if value),
        results=tuple(results),
        enclosed=(
            f"月次報告（着信の実績、勤務実態）　{period.japanese}",
            f"問合せ記録簿　{period.japanese}　{counts['inquiry']:,}件",
            f"交付予約受付簿（日次で提出済み）　{period.japanese}　{counts['booking']:,}件",
        ),
        identity=figures.identity.sentences[-1],
        identity_holds=figures.identity.holds,
        sha256=figures_hash(report.to_json()),
    )


def documents_of(database: Database, report: MonthReport) -> dict[str, bytes]:
    """The 完了届 in every form (`FORMS`).

    Raises:
        TemplateError: the site's own template has a mistake.
    """
    made = completion_of(database, report)
    return {
        "html": completion_html(made, report).encode(),
        "xlsx": completion_xlsx(made),
        "json": (json.dumps(made.to_json(), ensure_ascii=False, indent=2) + "\n").encode(),
    }


def completion_html(made: Completion, report: MonthReport) -> str:
    """The page, by the site's own template where there is one. Raises TemplateError."""
    return render("completion.html.j2", report.rules.templates, completion=made)


def completion_xlsx(made: Completion) -> bytes:
    """The workbook: one sheet, one A4 page."""
    # openpyxl takes as long to import as all else together; only this form needs it.
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
    from openpyxl.worksheet.properties import PageSetupProperties

    from reports.as_csv import safe

    line = Side(style="thin", color="999999")
    box, head = Border(left=line, right=line, top=line, bottom=line), PatternFill("solid", fgColor="DCE6F1")
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "完了届"
    for column, width in zip("ABCD", (26, 24, 18, 26), strict=True):
        sheet.column_dimensions[column].width = width
    row = 0

    def text(words: str, *, size: int = 11, bold: bool = False, to: str = "left", height: float = 0) -> None:
        nonlocal row
        row += 1
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=4)
        cell = sheet.cell(row, 1, safe(words))
        cell.font = Font(name="Yu Gothic", size=size, bold=bold)
        cell.alignment = Alignment(horizontal=to, vertical="center", wrap_text=True)
        sheet.row_dimensions[row].height = height or size * 1.8

    def pair(name: str, value: Cell, remark: str, *, wide: bool) -> None:
        nonlocal row
        row += 1
        for column in range(1, 5):
            sheet.cell(row, column).border = box
        label, cell = sheet.cell(row, 1, safe(name)), sheet.cell(row, 2)
        label.fill, label.font = head, Font(name="Yu Gothic", size=10, bold=True)
        cell.value = safe(value.value) if isinstance(value.value, str) else value.value
        cell.number_format = {"count": "#,##0", "rate": "0.0%"}.get(value.kind, "@")
        if value.value is None:
            cell.value = value.text
        if wide:
            sheet.merge_cells(start_row=row, start_column=2, end_row=row, end_column=4)
        else:
            sheet.merge_cells(start_row=row, start_column=3, end_row=row, end_column=4)
            sheet.cell(row, 3, safe(remark)).font = Font(name="Yu Gothic", size=9)
        cell.font = Font(name="Yu Gothic", size=10)
        cell.alignment = Alignment(horizontal="left" if wide else "right", vertical="center", wrap_text=True)
        sheet.row_dimensions[row].height = 20

    text(made.day, to="right")
    text(f"{made.addressee}　様" if made.addressee else "発注者　様")
    for one in made.contractor:
        text(one, to="right")
    text(made.title, size=18, bold=True, to="center", height=44)
    if made.status:
        text(made.status, size=10, to="center")
    text(made.statement, height=26)
    for name, words in made.facts:
        pair(name, Cell(words), "", wide=True)
    text("業務の実績", bold=True, height=26)
    for name, value, remark in made.results:
        pair(name, value, remark, wide=False)
    text("添付書類", bold=True, height=26)
    for number, words in enumerate(made.enclosed, 1):
        text(f"{number}　{words}", size=10)
    text("検査", bold=True, height=26)
    for name in ("検査年月日", "検査員　職・氏名", "検査の結果"):
        pair(name, Cell(""), "", wide=True)
        sheet.row_dimensions[row].height = 26
    text(made.identity, size=8, height=24)
    text(f"数字の SHA-256　{made.sha256}", size=8)
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.orientation = "portrait"
    sheet.page_setup.fitToWidth = sheet.page_setup.fitToHeight = 1
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.7
    # A fixed date: a closed month's letter must not differ by when it was printed.
    book.properties.created = book.properties.modified = datetime(2000, 1, 1)  # noqa: DTZ001 - openpyxl: naive
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _open_days(report: MonthReport) -> set[date]:
    period = report.figures.period
    return {day_of(opens) for opens, _ in report.rules.open_hours(period, period.to_ms)}


def _both(first: date, last: date) -> str:
    western = f"{first.year}年{first.month}月{first.day}日～{last.month}月{last.day}日"
    return f"{wareki_day(first)} ～ {wareki_day(last)}（{western}）"
