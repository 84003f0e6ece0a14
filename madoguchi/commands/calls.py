"""`madoguchi calls`: the calls of a day, one a line; `madoguchi calls ID`: the story of one, and why."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table
from rich.text import Text

from db import Database
from madoguchi.records import fail, now_ms, records, terminal
from reports import CallLine, call_story, day_period, list_calls
from reports.calls import local_text
from reports.period import day_around
from reports.why_seats import SeatReason


class Format(StrEnum):
    """In which form the list is printed."""

    TEXT = "text"
    JSON = "json"


_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add `calls` to the command line."""

    @app.command("calls")
    def calls(
        named: Annotated[
            str | None,
            typer.Argument(metavar="[ID]", help="One call: what was decided and why, its journal."),
        ] = None,
        day: Annotated[
            str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="The day; default: today.")
        ] = None,
        first: Annotated[
            str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of several.")
        ] = None,
        last: Annotated[
            str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of several, included.")
        ] = None,
        outcome: Annotated[
            str | None, typer.Option("--outcome", help="Only those that ended so, such as answered.")
        ] = None,
        call: Annotated[
            str | None, typer.Option("--call", metavar="ID", help="The same as the argument.")
        ] = None,
        form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
        home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
    ) -> None:
        """The calls of a day, or the story of one."""
        where, one = ("--call", call) if named is None else ("ID", named)
        if one is not None:
            others = {"--day": day, "--from": first, "--to": last, "--outcome": outcome}
            if named is not None:
                others["--call"] = call
            for option, value in others.items():
                if value is not None:
                    fail(f"{where}: cannot go together with {option}")
            with records(home) as database:
                _story(database, where, one, form)
            return
        with records(home) as database:
            from_ms, to_ms = _span(day, first, last)
            try:
                lines = list_calls(database, from_ms, to_ms, outcome=outcome)
            except ValueError as problem:
                fail(f"--outcome: {problem}")
        if form is Format.JSON:
            _print_json([line.to_json() for line in lines])
        else:
            _print_lines(lines)


def _span(day: str | None, first: str | None, last: str | None) -> tuple[int, int]:
    if day is not None and (first is not None or last is not None):
        fail("--day: cannot go together with --from or --to")
    if day is None and first is None and last is None:
        today = day_around(now_ms())
        return today.from_ms, today.to_ms
    begins, ends = _day("--from", first or last), _day("--to", last or first)
    if day is not None:
        begins = ends = _day("--day", day)
    if begins[0] > ends[0]:
        fail(f"--to: {last} lies before --from {first}")
    return begins[0], ends[1]


def _day(option: str, text: str | None) -> tuple[int, int]:
    if text is None:
        return 0, 0
    try:
        period = day_period(text)
    except ValueError as problem:
        fail(f"{option}: {problem}")
    return period.from_ms, period.to_ms


def _story(database: Database, where: str, call: str, form: Format) -> None:
    story = call_story(database, call)
    if story is None:
        fail(f"{where}: {call!r} is not a call in {database.name}")
    if form is Format.JSON:
        _print_json(story.to_json())
        return
    _print_lines([story.line])
    reasons = Table("時刻", "判断", "呼び出さなかった席とその理由", title="経過と理由", box=box.SIMPLE_HEAD)
    for decision in story.why:
        seats = _grouped(decision.seats)
        reasons.add_row(*(Text(one) for one in (_clock(decision.at_ms), decision.text, seats)))
    _print(reasons)
    table = Table("時刻", "出来事", "席", "内容", title="記録台帳", box=box.SIMPLE_HEAD)
    for row in story.journal:
        entry = row.entry
        seat = "" if entry.seat is None else str(entry.seat)
        data = json.dumps(dict(entry.data), ensure_ascii=False)
        table.add_row(*(Text(one) for one in (_clock(entry.at_ms), entry.kind, seat, data)))
    _print(table)


def _grouped(seats: list[SeatReason]) -> str:
    """One line a reason: seven seats where nobody is logged in are one line."""
    lines: dict[str, list[int]] = {}
    for one in seats:
        lines.setdefault(one.text.partition(": ")[2], []).append(one.seat)
    return "\n".join(f"席{'・'.join(map(str, numbers))}: {reason}" for reason, numbers in lines.items())


def _clock(at_ms: int) -> str:
    return local_text(at_ms)[11:23]


def _print_lines(lines: list[CallLine]) -> None:
    table = Table("着信", "終了区分", "待ち（秒）", "通話（秒）", "席", "担当", "着信ID", box=box.SIMPLE_HEAD)
    for line in lines:
        shown = line.to_json()
        cells = (
            shown["received"][:19].replace("T", " "),
            line.outcome_name,
            _seconds(shown["wait_s"]),
            _seconds(shown["talk_s"]),
            "" if line.facts.seat is None else str(line.facts.seat),
            line.facts.operator or "",
            line.facts.call,
        )
        table.add_row(*(Text(cell) for cell in cells))
    _print(table)
    typer.echo(f"{len(lines)} 件")


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _print(table: Table) -> None:
    terminal().print(table)


def _print_json(content: object) -> None:
    typer.echo(json.dumps(content, ensure_ascii=False, indent=2))
