"""`madoguchi report year 2026`, `madoguchi report month 2026-11`, `madoguchi report day 2026-11-22`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from db import Database
from madoguchi.commands import report_life, report_sent
from madoguchi.records import TEXT_WIDTH, fail, now_ms, put_out, records, terminal
from madoguchi.report_rules import report_rules
from reports import DayReport, MonthReport, Rules, YearReport, day_report, month_report, year_report
from reports.as_pdf import PdfError, pdf_of
from reports.closing import completion_document, frozen
from reports.completion import FORMS as COMPLETION_FORMS
from reports.templating import TemplateError


class Format(StrEnum):
    """In which form the report is handed over."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    HTML = "html"
    PDF = "pdf"


_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_Format = Annotated[Format, typer.Option("--format", help="text, json, csv, xlsx, html or pdf.")]
_Output = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.")]
_Report = YearReport | MonthReport | DayReport
_Maker = Callable[[Database, str, int, Rules], _Report]

_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add `report` to the command line."""
    group = typer.Typer(no_args_is_help=True, help="The city's reports: a fiscal year, a month or a day.")

    @group.command("year")
    def year(
        period: Annotated[
            str, typer.Argument(metavar="YYYY", help="The fiscal year from 1 April, such as 2026.")
        ],
        form: _Format = Format.TEXT,
        output: _Output = None,
        home: _Home = _HOME,
    ) -> None:
        """The fiscal year's report (年次報告, 4月～3月)."""
        _hand_over(year_report, period, form, output, home)

    @group.command("month")
    def month(
        period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month, such as 2026-11.")],
        form: _Format = Format.TEXT,
        output: _Output = None,
        version: Annotated[
            int | None, typer.Option("--version", min=1, metavar="N", help="Of a closed month: this version.")
        ] = None,
        anew: Annotated[
            bool, typer.Option("--anew", help="Of a closed month: from the records of now, as 速報.")
        ] = False,
        home: _Home = _HOME,
    ) -> None:
        """The month's report (月次報告); of a closed month as it was frozen."""
        if anew and version is not None:
            fail("--version: cannot go together with --anew")
        if anew or not _hand_over_frozen(period, version, form, output, home):
            _hand_over(month_report, period, form, output, home)

    @group.command("day")
    def day(
        period: Annotated[str, typer.Argument(metavar="YYYY-MM-DD", help="The day, such as 2026-11-22.")],
        form: _Format = Format.TEXT,
        output: _Output = None,
        home: _Home = _HOME,
    ) -> None:
        """The day's report (日次報告)."""
        _hand_over(day_report, period, form, output, home)

    @group.command("completion")
    def completion(
        period: Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month, such as 2026-11.")],
        form: Annotated[str, typer.Option("--format", help="html, pdf, xlsx or json.")] = "html",
        output: _Output = None,
        version: Annotated[
            int | None, typer.Option("--version", min=1, metavar="N", help="Of a closed month: this version.")
        ] = None,
        home: _Home = _HOME,
    ) -> None:
        """業務（一部）完了届; of a closed month as it was frozen."""
        _hand_over_completion(period, form, output, version, home)

    report_life.add_to(group)
    report_sent.add_to(group)
    app.add_typer(group, name="report")


def _hand_over_completion(
    period: str, form: str, output: Path | None, version: int | None, home: Path
) -> None:
    if form not in (*COMPLETION_FORMS, "pdf"):
        fail(f"--format: {form!r} is none of {', '.join(COMPLETION_FORMS)}, pdf")
    if form in ("xlsx", "pdf"):
        _not_on_a_terminal(Format(form), output)
    with records(home) as database:

        def report() -> MonthReport:
            return month_report(database, period, now_ms(), report_rules(home, database))

        try:
            asked = "html" if form == "pdf" else form
            kept = completion_document(database, period, asked, report, version)
        except TemplateError as problem:
            fail(str(problem))
        except ValueError as problem:
            fail(f"PERIOD: {problem}")
    put_out(_pdf(kept.decode()) if form == "pdf" else kept, output)


def _hand_over_frozen(
    period: str, version: int | None, form: Format, output: Path | None, home: Path
) -> bool:
    """Hand over what was frozen when the month was closed; False: it is not closed."""
    with records(home) as database:
        try:
            # A PDF is the frozen page, printed.
            kept = frozen(database, period, "html" if form is Format.PDF else form.value, version)
        except ValueError as problem:
            fail(f"PERIOD: {problem}")
    if kept is None:
        return False
    _not_on_a_terminal(form, output)
    put_out(_pdf(kept.decode()) if form is Format.PDF else kept, output)
    return True


def _not_on_a_terminal(form: Format, output: Path | None) -> None:
    if form in (Format.XLSX, Format.PDF) and output is None and sys.stdout.isatty():
        what = "a workbook" if form is Format.XLSX else "a PDF"
        fail(f"--format {form.value}: {what} is no text for a terminal; add -o FILE.{form.value}")


def _pdf(page: str) -> bytes:
    try:
        return pdf_of(page)
    except PdfError as problem:
        fail(str(problem))


def _hand_over(make: _Maker, period: str, form: Format, output: Path | None, home: Path) -> None:
    _not_on_a_terminal(form, output)
    with records(home) as database:
        try:
            report = make(database, period, now_ms(), report_rules(home, database))
        except ValueError as problem:
            fail(f"PERIOD: {problem}")
        figures = report.figures
        # A month ahead of this machine's clock with calls in it is another clock's (`bin/up --at`).
        if figures.period.from_ms > now_ms() and not figures.total.received:
            fail(f"PERIOD: {period} lies in the future")
    try:
        if form is Format.TEXT and output is None:
            terminal().print(report.to_text())
            return
        content = _bytes(report, form)
    except TemplateError as problem:
        fail(str(problem))
    put_out(content, output)


def _bytes(report: _Report, form: Format) -> bytes:
    if form is Format.JSON:
        return (json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n").encode()
    if form is Format.CSV:
        return report.to_csv()
    if form is Format.XLSX:
        return report.to_xlsx()
    if form is Format.HTML:
        return report.to_html().encode()
    if form is Format.PDF:
        return _pdf(report.to_html())
    text = StringIO()
    Console(file=text, width=TEXT_WIDTH, highlight=False).print(report.to_text())
    return text.getvalue().encode()
