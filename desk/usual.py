"""`GET /usual`: ふだん of today's weekday. Asked of the database once a day, however many pages look."""

from __future__ import annotations

from datetime import date
from typing import Any

from aiohttp import web

from desk.context import desk_of
from desk.lines import must_see
from desk.problems import to_json
from desk.usual_kept import UsualKept
from reports.period import day_of
from reports.usual import usual_of


async def usual(request: web.Request) -> web.Response:
    """Answer `GET /usual`."""
    must_see(request, None)  # of all lines at once
    desk = desk_of(request)
    today, weeks = day_of(desk.office.now_ms()), desk.office.wallboard().usual_weeks
    kept: UsualKept = desk.usual
    async with kept.lock:
        if kept.of != (today, weeks):
            found = await desk.read(usual_of, desk.database, today, weeks, desk.office.calendar())
            kept.of, kept.answer = (today, weeks), to_json(_answer(today, weeks, found.to_json()))
    return web.json_response(text=kept.answer)


def _answer(today: date, weeks: int, found: dict[str, Any]) -> dict[str, Any]:
    return {"date": today.isoformat(), "weekday": today.weekday(), "weeks": weeks, **found}
