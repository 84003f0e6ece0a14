"""`madoguchi hours`: is the line open at a moment, and on which days of a month. No instance need run."""

from __future__ import annotations

import calendar as months
import json
import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from config import Clock, ConfigError, Home, load_settings, parse_local
from ivr.calendar import WEEKDAY_NAMES, Calendar, Day, Moment
from madoguchi.site import calendar_of

# The equinox days' approximation, and with it every rule beyond the table, holds this far.
FIRST_YEAR, LAST_YEAR = 1955, 2098


class Format(StrEnum):
    """How facts are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hours")(hours)


def hours(
    time: Annotated[
        str | None, typer.Argument(help="Japanese time, e.g. '2022-05-08 08:30:00'; now when left out")
    ] = None,
    month: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Show a month instead")] = None,
    home: Annotated[Path, typer.Option(help="State directory")] = Path("var"),
    output: Annotated[Format, typer.Option("--format", help="Output format")] = Format.TEXT,
) -> None:
    """Explain whether calls are taken at a moment, or on which days of a month."""
    if time is not None and month is not None:
        _refuse("TIME and --month: give one of the two")
    try:
        line = calendar_of(load_settings(Home(home)))
    except ConfigError as error:
        _refuse(str(error))
    if month is not None:
        days = [line.day(day) for day in _days(month)]
        print(_json([_day_facts(day) for day in days]) if output is Format.JSON else _month_text(month, days))
        return
    moment = line.at(_moment(time))
    print(_json(moment_facts(moment)) if output is Format.JSON else _moment_text(moment, line))


def moment_facts(moment: Moment) -> dict[str, str | None]:
    """The contract's JSON of one moment; times are ISO 8601 with Japan's offset, `null` for never."""
    facts: dict[str, str | None] = {
        "time": _iso(moment.time),
        "state": moment.state,
        "reason": moment.reason,
        "next_change": _iso(moment.next_change),
        "next_opening": _iso(moment.next_opening),
    }
    return facts | ({"warning": moment.warning} if moment.warning else {})


def _day_facts(day: Day) -> dict[str, object]:
    facts: dict[str, object] = {
        "date": day.date.isoformat(),
        "open": [list(pair) for pair in day.open],
        "reason": day.reason,
    }
    return facts | ({"warning": day.warning} if day.warning else {})


def _moment(text: str | None) -> datetime:
    try:
        moment = Clock.from_environment().now() if text is None else parse_local(text)
    except ValueError as error:
        _refuse(f"TIME: {error}")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        _refuse(f"TIME: the year {moment.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _days(text: str) -> list[date]:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text.strip())
    if match is None or not 1 <= int(match[2]) <= 12:
        _refuse(f"--month: {text!r} is not a month like 2022-05")
    year, month = int(match[1]), int(match[2])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        _refuse(f"--month: the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return [date(year, month, day) for day in range(1, months.monthrange(year, month)[1] + 1)]


def _moment_text(moment: Moment, line: Calendar) -> str:
    lines = [f"{_japanese(moment.time)} {moment.reason}"]
    if moment.next_change is not None:
        then = line.at(moment.next_change).reason
        lines.append(f"次に変わるとき: {_japanese(moment.next_change)}（{then}）")
    opening = _japanese(moment.next_opening) if moment.next_opening else "なし"
    lines.append(f"次の受付開始: {opening}")
    return "\n".join(lines + ([f"注意: {moment.warning}"] if moment.warning else []))


def _month_text(month: str, days: list[Day]) -> str:
    lines = [f"{month}  受付日 {sum(bool(day.open) for day in days)}日"]
    for day in days:
        spans = "、".join(f"{start}-{end}" for start, end in day.open) or "－"
        lines.append(f"{day.date:%m-%d}（{WEEKDAY_NAMES[day.date.weekday()][0]}） {spans:<11}  {day.reason}")
    warning = next((day.warning for day in days if day.warning), None)
    return "\n".join(lines + ([f"注意: {warning}"] if warning else []))


def _japanese(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}（{WEEKDAY_NAMES[moment.weekday()][0]}）{moment:%H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2)


def _refuse(sentence: str) -> NoReturn:
    typer.echo(sentence, err=True)
    raise typer.Exit(2)
