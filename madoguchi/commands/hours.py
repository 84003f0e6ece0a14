"""`madoguchi hours`: is a line open at a moment, and on which days of a month. No instance need run."""

from __future__ import annotations

import calendar as months
import json
import os
import re
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from config import Clock, ConfigError, Home, Settings, load_settings, parse_local
from config.lines import MAIN
from controller.overrides import stored_overrides
from db.database import URL_VARIABLE
from ivr.calendar import FIRST_YEAR, LAST_YEAR, WEEKDAY_NAMES, Calendar, Day, Moment
from ivr.holiday_file import holidays_in
from ivr.override import WORDS, Override
from madoguchi.records import fail, opened
from madoguchi.site import calendar_of

_WIDE = re.compile(r"[^\x00-\x7f]")


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
    line: Annotated[str, typer.Option(metavar="ID", help="The line, an id of [[lines]]")] = MAIN,
    home: Annotated[Path, typer.Option(help="State directory")] = Path("var"),
    output: Annotated[Format, typer.Option("--format", help="Output format")] = Format.TEXT,
) -> None:
    """Explain whether calls are taken at a moment, or on which days of a month.

    Counts what supervisors have said over the calendar, as the home's database has it.
    """
    if time is not None and month is not None:
        fail("TIME and --month: give one of the two")
    place = Home(home)
    try:
        settings = load_settings(place)
        known = _calendar(place, settings, line)
        now = Clock.from_environment().now()
    except (ConfigError, ValueError) as error:
        fail(str(error))
    alarm = known.holidays.alarm(_local(now).date())
    if output is Format.JSON:
        if alarm:
            typer.echo(f"注意: {alarm}", err=True)
        facts = [day_facts(known.day(day)) for day in _days(month)] if month is not None else None
        print(_json(moment_facts(known.at(_moment(time, now))) if facts is None else facts))
        return
    if month is not None:
        print(_month_text(month, [known.day(day) for day in _days(month)], known))
    else:
        print(_moment_text(known.at(_moment(time, now)), known, now))
    if alarm:
        print(f"注意: {alarm}")


def moment_facts(moment: Moment) -> dict[str, object]:
    """The contract's JSON of one moment; times are ISO 8601 with Japan's offset, `null` for never.

    With `warning` where the holiday table does not reach, `override` where one decides.
    """
    facts: dict[str, object] = {
        "time": _iso(moment.time),
        "state": moment.state,
        "reason": moment.reason,
        "next_change": _iso(moment.next_change),
        "next_opening": _iso(moment.next_opening),
    }
    if moment.override:
        facts["override"] = _override_facts(moment.override)
    return facts | ({"warning": moment.warning} if moment.warning else {})


def day_facts(day: Day) -> dict[str, object]:
    """The contract's JSON of one date."""
    facts: dict[str, object] = {
        "date": day.date.isoformat(),
        "open": [list(pair) for pair in day.open],
        "reason": day.reason,
    }
    if day.overrides:
        facts["overrides"] = [override.id for override in day.overrides]
    return facts | ({"warning": day.warning} if day.warning else {})


def _calendar(home: Home, settings: Settings, line: str) -> Calendar:
    if line not in settings.line_rules():
        fail(f"--line: there is no line {line!r}; there are: {', '.join(settings.line_rules())}")
    calendar = calendar_of(settings, line, holidays_in(home))
    if not home.database.exists() and not os.environ.get(URL_VARIABLE):
        return calendar
    with opened(home.path) as database:
        return calendar.with_overrides([one for one in stored_overrides(database) if one.concerns(line)])


def _override_facts(override: Override) -> dict[str, object]:
    return {
        "id": override.id,
        "kind": override.kind,
        "from": _iso(override.begins),
        "until": _iso(override.ends),
        "reason": override.reason,
        "author": override.author,
        "confirmed_by": override.confirmed_by,
    }


def _moment(text: str | None, now: datetime) -> datetime:
    try:
        moment = now if text is None else parse_local(text)
    except ValueError as error:
        fail(f"TIME: {error}")
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        fail(f"TIME: the year {moment.year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return moment


def _days(text: str) -> list[date]:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text.strip())
    if match is None or not 1 <= int(match[2]) <= 12:
        fail(f"--month: {text!r} is not a month like 2022-05")
    year, month = int(match[1]), int(match[2])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        fail(f"--month: the year {year} is not between {FIRST_YEAR} and {LAST_YEAR}")
    return [date(year, month, day) for day in range(1, months.monthrange(year, month)[1] + 1)]


def _moment_text(moment: Moment, line: Calendar, now: datetime) -> str:
    lines = [f"{_japanese(moment.time)} {moment.reason}"]
    if (said := moment.override) is not None:
        until = _japanese(said.ends) if said.ends else "取り消すまで"
        by = "、".join([said.author, *([f"確認 {said.confirmed_by}"] if said.confirmed_by else [])])
        lines.append(f"{WORDS[said.kind]}の期間: {_japanese(said.begins)} ～ {until}（{by}）")
    if moment.next_change is not None:
        then = line.at(moment.next_change).reason
        lines.append(f"次に変わるとき: {_japanese(moment.next_change)}（{then}）")
    opening = _japanese(moment.next_opening) if moment.next_opening else "なし"
    lines.append(f"次の受付開始: {opening}")
    table = line.holidays
    left = table.days_left(_local(now).date())
    lines.append(f"祝日表: {table.last_year}年まで（{f'あと{left}日' if left >= 0 else '期限切れ'}）")
    return "\n".join(lines + ([f"注意: {moment.warning}"] if moment.warning else []))


def _month_text(month: str, days: list[Day], line: Calendar) -> str:
    lines = [f"{month}  受付日 {sum(bool(day.open) for day in days)}日", "", *_drawn(days, line), ""]
    for day in days:
        spans = "、".join(f"{start}-{end}" for start, end in day.open) or "－"
        padding = " " * max(0, 11 - len(spans) - len(_WIDE.findall(spans)))
        name = WEEKDAY_NAMES[day.date.weekday()][0]
        lines.append(f"{day.date:%m-%d}（{name}） {spans}{padding}  {day.reason}")
    warning = next((day.warning for day in days if day.warning), None)
    return "\n".join(lines + ([f"注意: {warning}"] if warning else []))


def _drawn(days: list[Day], line: Calendar) -> list[str]:
    """The month as a sheet, from Monday to Sunday."""
    ordinary = line.ordinary_hours
    marks = ["－" if not day.open else "〇" if day.open == ordinary else "他" for day in days]
    cells = ["      "] * days[0].date.weekday()
    cells += [f"{day.date.day:>3}{mark} " for day, mark in zip(days, marks, strict=True)]
    weeks = ["".join(cells[first : first + 7]).rstrip() for first in range(0, len(cells), 7)]
    head = "".join(f"   {name[0]} " for name in WEEKDAY_NAMES).rstrip()
    usual = "、".join("-".join(pair) for pair in ordinary)
    return [head, *weeks, f"   〇 {usual}   他 ほかの時間   － 休み"]


def _local(moment: datetime) -> datetime:
    return parse_local(moment.isoformat())


def _japanese(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}（{WEEKDAY_NAMES[moment.weekday()][0]}）{moment:%H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2)
