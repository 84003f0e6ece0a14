"""`madoguchi report close`, `versions`, `check`: the life of a month's report."""

from __future__ import annotations

import getpass
import json
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
from reports import month_report
from reports.closing import close_month, closing_json, versions

_HOME = Path("var")
_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_Format = Annotated[str, typer.Option("--format", help="text or json.")]
_Month = Annotated[str, typer.Argument(metavar="YYYY-MM", help="The month, such as 2026-10.")]


def add_to(group: typer.Typer) -> None:
    """Add the commands to `report`."""
    group.command("close")(close)
    group.command("versions")(list_versions)


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
                month_report,
                by=getpass.getuser() if by is None else by,
                reason=reason,
                now_ms=now_ms(),
                settings=settings,
            )
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
