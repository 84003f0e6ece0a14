"""`madoguchi attendance in`, `break`, `out`, `list`: 勤務 of who has no seat, such as the 業務責任者."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from config.mynumber import contains_my_number
from db import Entry
from db.append import append
from madoguchi.records import fail, now_ms, records
from reports.attendance import KIND, STATES, staff_between
from reports.ledgers import period_of
from reports.period import day_around

_HOME = Path("var")
_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("attendance")(attendance)


def attendance(
    what: Annotated[str, typer.Argument(metavar="in|break|out|list", help="出勤（戻り）, 休憩, 退勤, 一覧.")],
    period: Annotated[
        str | None, typer.Argument(metavar="[PERIOD]", help="Of list: a day or a month; default: today.")
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="ID", help="Who; default: login name.")] = None,
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="氏名, as it stands in the report.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Of a break: 休憩, 会議, …")] = "",
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
) -> None:
    """勤務の登録 / who has no seat says that he has come, rests, or goes; it stands in the reports."""
    who = by or getpass.getuser()
    if what not in (*STATES, "list"):
        fail(f"{what!r} is none of {', '.join(STATES)}, list")
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    for option, value in (("--by", who), ("--name", name), ("--reason", reason)):
        if len(value) > 40 or contains_my_number(value) or any(ord(sign) < 32 for sign in value):
            fail(f"{option}: at most 40 characters, and no number of a person")
    with records(home) as database:
        if what != "list":
            data = {"to": what, "name": name, "reason": reason}
            append(database, [Entry(now_ms(), KIND, operator=who, data=data)])
            print(json.dumps({"by": who, **data}, ensure_ascii=False) if form == "json" else f"{who}: {what}")
            return
        try:
            asked = day_around(now_ms()) if period is None else period_of(period)
        except ValueError as problem:
            fail(f"PERIOD: {problem}")
        with database.read() as connection:
            days = [day.to_json() for day in staff_between(connection, asked, now_ms())]
    if form == "json":
        print(json.dumps(days, ensure_ascii=False, indent=2))
        return
    for day in days:
        stays = "、".join(f"{stay['from'][11:19]}～{stay['to'][11:19]}" for stay in day["stays"])
        missing = "  退勤の記録なし" if day["no_end"] else ""
        print(f"{day['date']}  {day['person']} {day['name']}  {stays}{missing}")
    print(f"{len(days)} 件")
