"""`madoguchi ledger booking 2026-11-24`, `madoguchi ledger inquiry 2026-11`: the ledgers to hand over."""

from __future__ import annotations

import getpass
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from config import Home, load_settings
from config.forms import LEDGERS
from madoguchi.records import fail, now_ms, put_out, records
from reports.as_pdf import PdfError, pdf_of
from reports.ledger_csv import ENCODINGS
from reports.ledgers import ledger_report, period_of
from reports.templating import TemplateError


class Format(StrEnum):
    """In which form the ledger is handed over."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    HTML = "html"
    PDF = "pdf"


_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("ledger")(ledger)


def ledger(
    ledger: Annotated[str, typer.Argument(metavar="LEDGER", help="booking or inquiry.")],
    period: Annotated[str, typer.Argument(metavar="PERIOD", help="A day 2026-11-24 or a month 2026-11.")],
    form: Annotated[Format, typer.Option("--format", help="csv, xlsx, json, html or pdf.")] = Format.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to FILE.")
    ] = None,
    encoding: Annotated[str, typer.Option("--encoding", help="Of csv: utf-8 or cp932.")] = "utf-8",
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who; default: login name.")] = None,
    why: Annotated[
        str, typer.Option("--why", metavar="TEXT", help="The reason; goes into the access log.")
    ] = "帳簿の提出",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
) -> None:
    """交付予約受付簿・問合せ記録簿 / a ledger of a day or a month; who took it out is written down."""
    name = next((one for one in LEDGERS if one == ledger), None)
    if name is None:
        fail(f"LEDGER: {ledger!r} is neither booking nor inquiry")
    if encoding not in ENCODINGS or (form is not Format.CSV and encoding != "utf-8"):
        fail(f"--encoding {encoding}: of csv; choose from {', '.join(ENCODINGS)}")
    if form in (Format.XLSX, Format.PDF) and output is None and sys.stdout.isatty():
        fail(f"--format {form.value}: is no text for a terminal; add -o FILE.{form.value}")
    try:
        asked = period_of(period)
    except ValueError as problem:
        fail(f"PERIOD: {problem}")
    settings = load_settings(Home(home), make=False)
    names = {one.id: one.name for one in settings.operators}
    who = getpass.getuser() if by is None else by
    with records(home) as database:
        try:
            report = ledger_report(
                database, name, asked, settings.forms.of(name), names, who=who, why=why, at_ms=now_ms()
            )
        except ValueError as problem:
            fail(f"--by, --why: {problem}")
    replaced = 0
    try:
        if form is Format.CSV:
            content, replaced = report.to_csv(encoding)
        elif form is Format.XLSX:
            content = report.to_xlsx()
        elif form is Format.JSON:
            content = (json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n").encode()
        else:
            terms = settings.report
            page = report.to_html(Home(home).templates, city=terms.city, contractor=terms.contractor)
            content = page.encode() if form is Format.HTML else pdf_of(page)
    except (TemplateError, PdfError) as problem:
        fail(str(problem))
    put_out(content, output)
    if replaced:
        typer.echo(f"{replaced} 文字は {encoding} にないため 〓 にしました。", err=True)
