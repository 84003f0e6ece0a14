"""`POST /line/…`: a supervisor closes or opens the line against the calendar, or leaves it to that."""

from __future__ import annotations

from aiohttp import web

from config import to_ms
from controller.office import RefusedError
from controller.override_book import BACK
from desk.calendar import override_answer, problem_of
from desk.context import Desk, desk_of
from desk.lines import must_see
from desk.live import line_view
from desk.problems import body_of, to_json
from desk.supervisor_models import ByCalendarBody, CloseLineBody, OpenLineBody
from desk.times import moment_of


async def close(request: web.Request) -> web.Response:
    """臨時休止: 202 with the pending override where a second person has to confirm it."""
    body = await body_of(request, CloseLineBody)
    must_see(request, body.line)
    until_ms = None if body.until is None else to_ms(moment_of("until", body.until))
    desk = desk_of(request)
    try:
        record = desk.office.supervisor.close_line(
            body.reason, until_ms, body.by, line=body.line, confirmed_by=body.confirmed_by
        )
    except RefusedError as refused:
        raise problem_of(refused) from None
    return override_answer(desk, record, 202) if record.is_pending else _now(desk)


async def open_until(request: web.Request) -> web.Response:
    """臨時受付."""
    body = await body_of(request, OpenLineBody)
    must_see(request, body.line)
    until_ms = to_ms(moment_of("until", body.until))
    desk = desk_of(request)
    try:
        desk.office.supervisor.open_line(until_ms, body.reason, body.by, line=body.line)
    except RefusedError as refused:
        raise problem_of(refused) from None
    return _now(desk)


async def calendar(request: web.Request) -> web.Response:
    """Back to the calendar."""
    body = await body_of(request, ByCalendarBody) if request.can_read_body else ByCalendarBody()
    must_see(request, body.line)
    desk = desk_of(request)
    try:
        desk.office.supervisor.by_calendar(body.by, body.reason or BACK, line=body.line)
    except RefusedError as refused:
        raise problem_of(refused) from None
    return _now(desk)


def _now(desk: Desk) -> web.Response:
    return web.json_response(text=to_json(line_view(desk.office)))
