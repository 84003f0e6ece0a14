"""`madoguchi report close`, `versions`, `check`: the life of a month's report."""

from __future__ import annotations

import getpass
import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from config import Home, load_settings
from config.reporting import reporting_settings
from db import Closing
from madoguchi.records import fail, now_ms, records, terminal
from madoguchi.report_rules import report_rules
from reports import day_period, month_period, month_report
from reports.calls import local_text
from reports.cdr import FILE as CDR_FILE
from reports.cdr import cdr_files, read_cdrs
from reports.check import TOLERANCE_MS, Check, check
from reports.closing import close_month, closing_json, versions
from reports.period import Period
from reports.templating import TemplateError

_HOME = Path("var")
_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_Format = Annotated[str, typer.Option("--format", help="text or json.")]
_Month = Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month, such as 2026-10.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `report`."""
    group.command("close")(close)
    group.command("versions")(list_versions)
    group.command("check")(check_report)


def close(
    month: _Month,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who; default: login name.")] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Of a correction: why; makes a further version.")
    ] = "",
    form: _Format = "text",
    home: _Home = _HOME,
) -> None:
    """締め: freeze the month's report; a closed month gets a further version, with a reason."""
    as_json = _wants_json(form)
    settings = reporting_settings(load_settings(Home(home), make=False))
    with records(home) as database:
        try:
            made = close_month(
                database,
                month,
                partial(month_report, rules=report_rules(home, database)),
                by=getpass.getuser() if by is None else by,
                reason=reason,
                now_ms=now_ms(),
                settings=settings,
            )
        except TemplateError as problem:
            fail(str(problem))
        except ValueError as problem:
            fail(f"MONTH: {problem}")
    if as_json:
        _print_json(closing_json(made))
        return
    print(f"{month} を締めました: 確定 第{made.version}版（{made.by}）")
    print(f"記録台帳の先頭: {made.head or '–'}")
    print(f"数字の SHA-256: {made.sha256}")


def list_versions(month: _Month, form: _Format = "text", home: _Home = _HOME) -> None:
    """The versions of a closed month: when, by whom and why."""
    as_json = _wants_json(form)
    with records(home) as database:
        try:
            found = versions(database, month)
        except ValueError as problem:
            fail(f"MONTH: {problem}")
    if as_json:
        shown = [closing_json(one) for one in found]
        _print_json({"month": month, "count": len(shown), "versions": shown})
        return
    if not found:
        print(f"{month} は締められていません。")
        return
    terminal().print(_table(found))


def check_report(
    period: Annotated[str, typer.Argument(metavar="YYYY-MM|YYYY-MM-DD", help="The month or the day.")],
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=600, help="Seconds by which times may differ.")
    ] = TOLERANCE_MS / 1000,
    cdr: Annotated[
        Path | None,
        typer.Option("--cdr", metavar="DIR", help="Where Master.csv is; default: HOME/asterisk/log/cdr-csv."),
    ] = None,
    form: _Format = "text",
    home: _Home = _HOME,
) -> None:
    """Recompute a period from the journal and compare it with all else. Exit status 1: something differs."""
    as_json = _wants_json(form)
    asked = _period(period)
    at_ms = now_ms()
    folder = cdr or Home(home).asterisk / "log" / "cdr-csv"
    try:
        files = cdr_files(folder)
        read = read_cdrs(files) if files else None
    except OSError as problem:
        fail(f"{problem.filename}: cannot be read: {problem.strerror}")
    if read is None and cdr is not None:
        fail(f"--cdr: there is no {CDR_FILE} in {folder}")
    with records(home) as database:
        make = partial(month_report, rules=report_rules(home, database))
        found = check(database, asked, make, read, at_ms, round(tolerance * 1000))
    if not found.calls and asked.from_ms > at_ms:
        fail(f"PERIOD: {asked.label} lies in the future")
    if read is None:
        found.notes.append(f"no {CDR_FILE} in {folder}: not compared with Asterisk's own record")
    if as_json:
        _print_json(found.to_json())
    else:
        _tell(found)
    if not found.agrees:
        raise typer.Exit(1)


def _period(text: str) -> Period:
    try:
        return day_period(text) if text.count("-") == 2 else month_period(text)
    except ValueError as problem:
        fail(f"PERIOD: {problem}")


def _tell(found: Check) -> None:
    console = terminal()
    print(
        f"{found.period.japanese}: 着信 {found.calls:,} 件（記録台帳 {found.rows:,} 行から計算し直しました）"
    )
    if found.imported:
        print(f"  取り込んだ着信 {found.imported:,} 件（交換機の記録とは照らしません）")
    if found.in_progress:
        print(f"  通話中などで終わっていない着信 {found.in_progress:,} 件")
    if found.version is not None:
        print(f"  確定 第{found.version}版と照らしました。")
    if found.cdrs is not None:
        print(f"  交換機の記録 (CDR) の着信 {found.cdrs:,} 件")
    if found.fallback:
        table = Table("時刻", "長さ（秒）", "応対", "交換機の ID", box=box.SIMPLE_HEAD)
        table.title = "記録台帳になく、交換機だけで応対した着信"
        for one in found.fallback:
            at = local_text(one.start_ms)[:19].replace("T", " ")
            table.add_row(at, f"{one.duration_ms / 1000:.0f}", Text(one.fallback), Text(one.unique_id))
        console.print(table)
    for note in found.notes:
        console.print(Text(f"  {note}", style="dim"), soft_wrap=True)
    if found.agrees:
        print("違いはありません。")
        return
    table = Table("照らした相手", "着信ID", "違い", box=box.SIMPLE_HEAD)
    table.title = f"違い {len(found.differences):,} 件"
    for other in found.differences:
        table.add_row(*(Text(cell) for cell in (other.with_, other.call, other.what)))
    console.print(table)


def _table(found: list[Closing]) -> Table:
    table = Table("版", "締めた時刻", "締めた人", "理由", "定義", "SHA-256", box=box.SIMPLE_HEAD)
    for one in found:
        told = closing_json(one)
        at = told["at"][:19].replace("T", " ")
        cells = (f"第{one.version}版", at, one.by, one.reason, one.definitions_version, one.sha256[:16])
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _wants_json(form: str) -> bool:
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    return form == "json"


def _print_json(content: object) -> None:
    print(json.dumps(content, ensure_ascii=False, indent=2))
