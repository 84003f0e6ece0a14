"""放棄呼の一覧: `GET /abandoned`, the page, and `…/api/v1/abandoned`: whom nobody has rung up yet."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from db import Entry
from desk.call_list import MOST_DAYS, WITHHELD_WORDS, default_period
from desk.call_models import HandledBody
from desk.context import Desk, desk_of
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.shell import page
from desk.who import Who, who_of
from reports.unreached import HANDLED, RESULTS, Handled, Unreached, of_call, unreached, with_handled

DAYS = 7


async def page_of_them(request: web.Request) -> web.Response:
    """`GET /abandoned`."""
    desk, who = desk_of(request), who_of(request)
    days = _days(request)
    found = await desk.read(_found, desk, who, days)
    return page(
        request,
        "abandoned.html.j2",
        entries=[one.to_json() for one in found],
        days=days,
        results=RESULTS,
        withheld_words=WITHHELD_WORDS,
        names=desk.office.operators(),
        is_open=sum(one.is_open and bool(one.tail) for one in found),
    )


async def listed(request: web.Request) -> web.Response:
    """`GET /api/v1/abandoned`."""
    desk, who = desk_of(request), who_of(request)
    found = await desk.read(_found, desk, who, _days(request))
    return web.json_response(text=to_json({"count": len(found), "entries": [one.to_json() for one in found]}))


async def handled(request: web.Request) -> web.Response:
    """`POST /api/v1/abandoned/{call}`: somebody has dealt with it."""
    desk, who = desk_of(request), who_of(request)
    body = await body_of(request, HandledBody)
    entry = of_call(await desk.read(_found, desk, who, MOST_DAYS), request.match_info["call"])
    if entry is None:
        raise ApiProblem(404, "no_such_call", "There is no such call among those who reached nobody.")
    if not entry.is_open:
        raise ApiProblem(409, "dealt_with", "It has been dealt with, or the citizen got through.")
    now_ms = desk.office.now_ms()
    desk.journal.write(
        Entry(now_ms, HANDLED, call=entry.last.call, data={"by": body.by, "result": body.result})
    )
    return web.json_response(
        text=to_json(with_handled(entry, Handled(now_ms, body.by, body.result)).to_json())
    )


def _found(desk: Desk, who: Who, days: int) -> list[Unreached]:
    from_ms, to_ms = default_period(desk, days)
    with desk.database.read() as connection:
        found = unreached(connection, from_ms, to_ms, to_ms)
    return [one for one in found if who.lines is None or who.sees_line(one.last.line)]


def _days(request: web.Request) -> int:
    asked: Any = request.query.get("days", str(DAYS))
    if not asked.isascii() or not asked.isdigit() or not 1 <= int(asked[:4]) <= MOST_DAYS or len(asked) > 4:
        bad("days", f"is not a number from 1 to {MOST_DAYS}")
    return int(asked)
