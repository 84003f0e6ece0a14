"""`GET /reports`: the reports by month, day and fiscal year to look at and to take along, and 締め."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from aiohttp import web

from config.clock import JST, from_ms
from db import Closing, first_received
from desk.context import Desk, desk_of
from desk.rights import Right
from desk.shell import page
from desk.who import who_of
from reports import closing, month_period, month_report
from reports.calls import local_text
from reports.definitions import TERM_NAMES

MOST_MONTHS = 15
"""A contract's year, its preparation, and the month in which it is settled."""


@dataclass(frozen=True, slots=True)
class MonthLine:
    """A month of the list."""

    month: str
    name: str
    is_over: bool
    versions: tuple[Closing, ...]

    @property
    def state(self) -> str:
        """速報 until it is closed; then which version stands."""
        if not self.is_over:
            return "進行中"
        return f"確定 第{self.versions[-1].version}版" if self.versions else "速報（未締め）"


async def reports(request: web.Request) -> web.Response:
    """`GET /reports?month=`."""
    desk, who = desk_of(request), who_of(request)
    now_ms = desk.office.now_ms()
    today = from_ms(now_ms).astimezone(JST).date()
    asked = request.query.get("month", "")
    chosen = asked if re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", asked) else f"{today:%Y-%m}"
    lines = await desk.read(_months, desk, today, now_ms)
    figures = await desk.read(_figures, desk, chosen, now_ms)
    names = desk.office.operators()
    return page(
        request,
        "reports.html.j2",
        months=lines,
        chosen=chosen,
        chosen_name=month_name(chosen),
        figures=figures,
        terms=TERM_NAMES,
        today=today.isoformat(),
        yesterday=(today - timedelta(days=1)).isoformat(),
        fiscal_year=today.year if today.month >= 4 else today.year - 1,
        versions=[
            {
                "version": one.version,
                "at": local_text(one.at_ms)[:16].replace("T", " "),
                "by": names.get(one.by, one.by),
                "reason": one.reason,
                "sha256": one.sha256[:16],
            }
            for line in lines
            if line.month == chosen
            for one in line.versions
        ],
        is_over=month_period(chosen).to_ms <= now_ms,
        may_close=who.may(Right.CLOSE_REPORTS),
        may_ledgers=who.may(Right.RUN_LEDGERS),
    )


def month_name(month: str) -> str:
    """令和8年11月（2026年11月）."""
    period = month_period(month)
    return f"{period.wareki}（{period.japanese}）"


def _months(desk: Desk, today: date, now_ms: int) -> list[MonthLine]:
    with desk.database.read() as connection:
        first_ms = first_received(connection)
    first = today if first_ms is None else from_ms(first_ms).astimezone(JST).date()
    found: list[MonthLine] = []
    at = today.replace(day=1)
    while len(found) < MOST_MONTHS and at >= first.replace(day=1):
        month = f"{at:%Y-%m}"
        kept = tuple(closing.versions(desk.database, month))
        found.append(MonthLine(month, month_name(month), month_period(month).to_ms <= now_ms, kept))
        at = (at - timedelta(days=1)).replace(day=1)
    return found


def _figures(desk: Desk, month: str, now_ms: int) -> dict[str, Any]:
    report = month_report(desk.database, month, now_ms, desk.office.report_rules())
    told: dict[str, Any] = report.to_json()
    return told
