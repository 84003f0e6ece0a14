"""`POST /line/…`: a supervisor closes or opens the line against the calendar, or leaves it to that."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web

from config import to_ms
from config.clock import JST
from controller.office import RefusedError
from desk.context import Desk, desk_of
from desk.live import line_view
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.supervisor_models import CloseLineBody, OpenLineBody


async def close(request: web.Request) -> web.Response:
    """臨時休止."""
    body = await body_of(request, CloseLineBody)
    until_ms = None if body.until is None else _moment_ms(body.until)
    desk = desk_of(request)
    try:
        desk.office.supervisor.close_line(body.reason, until_ms)
    except RefusedError as refused:
        raise ApiProblem(409, refused.code, str(refused)) from None
    return _now(desk)


async def open_until(request: web.Request) -> web.Response:
    """臨時受付."""
    body = await body_of(request, OpenLineBody)
    until_ms = _moment_ms(body.until)
    desk = desk_of(request)
    try:
        desk.office.supervisor.open_line(until_ms, body.reason)
    except RefusedError as refused:
        raise ApiProblem(409, refused.code, str(refused)) from None
    return _now(desk)


async def calendar(request: web.Request) -> web.Response:
    """Back to the calendar."""
    desk = desk_of(request)
    desk.office.supervisor.by_calendar()
    return _now(desk)


def _moment_ms(text: str) -> int:
    """ISO 8601; in Japan's time unless it carries an offset. Refuses (400) what is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        bad("until", "is no time; write it as 2026-11-24T18:00:00")
    if len(text) <= len("2026-11-24"):
        bad("until", "is a date without a time; write it as 2026-11-24T18:00:00")
    if not 2000 <= moment.year < 2200:
        bad("until", "is out of range")
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=JST))


def _now(desk: Desk) -> web.Response:
    return web.json_response(text=to_json(line_view(desk.office)))
