"""`/reports/month/{month}/close` and `/versions`: 締め, the freezing of a month's report."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from desk.context import desk_of
from desk.models import CloseBody
from desk.problems import ApiProblem, bad, body_of, to_json
from reports import closing, month_period, month_report
from reports.closing import ClosingRefusedError


async def versions(request: web.Request) -> web.Response:
    """`GET …/versions`."""
    desk = desk_of(request)
    month = _month(request)
    found = await desk.read(closing.versions, desk.database, month)
    shown = [closing.closing_json(one) for one in found]
    return web.json_response(text=to_json({"month": month, "count": len(shown), "versions": shown}))


async def close(request: web.Request) -> web.Response:
    """`POST …/close`: 201; 409 for a month that is not over, or closed and no reason is given."""
    desk = desk_of(request)
    month = _month(request)
    body = await body_of(request, CloseBody)
    now_ms, settings = desk.office.now_ms(), desk.office.reporting_settings()
    rules = desk.office.report_rules()
    try:
        made = await desk.read(
            closing.close_month,
            desk.database,
            month,
            partial(month_report, rules=rules),
            by=body.by,
            reason=body.reason,
            now_ms=now_ms,
            settings=settings,
        )
    except ClosingRefusedError as refused:
        raise ApiProblem(409, refused.code, f"{refused}.") from None
    return web.json_response(text=to_json(closing.closing_json(made)), status=201)


def _month(request: web.Request) -> str:
    month = request.match_info["month"]
    try:
        return month_period(month).label
    except ValueError as error:
        bad("month", str(error))
