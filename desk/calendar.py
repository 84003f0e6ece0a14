"""`/calendar`: a month, a moment, and 一回限りの変更 that a supervisor makes, confirms and withdraws."""

from __future__ import annotations

import calendar as months
import re
from datetime import date, datetime
from typing import Any

from aiohttp import web

from config.clock import JST, from_ms, to_ms
from config.lines import MAIN
from config.periods import Period, ends_text, parse_period
from controller.office import Office, RefusedError
from controller.override_book import Record
from controller.overrides import Wish
from desk.calendar_models import ConfirmBody, OverrideBody, WithdrawBody
from desk.context import Desk, desk_of
from desk.lines import must_see
from desk.problems import ApiProblem, bad, body_of, to_json
from desk.times import moment_of
from desk.who import who_of
from ivr.calendar import FIRST_YEAR, LAST_YEAR, Day
from ivr.override import OverrideKind
from reports.calls import local_text

PENDING = 202
"""The answer where a second person has to confirm first."""


async def month(request: web.Request) -> web.Response:
    """`GET /calendar?month=&line=`."""
    desk, who = desk_of(request), who_of(request)
    line = _line(request, desk.office)
    today = from_ms(desk.office.now_ms()).astimezone(JST).date()
    text = request.query.get("month", f"{today:%Y-%m}")
    calendar = desk.office.calendar(line)
    days = [_day(calendar.day(day)) for day in _days(text)]
    return _answer(
        {
            "month": text,
            "line": line,
            "today": today.isoformat(),
            "open_days": sum(bool(day["open"]) for day in days),
            "warning": next((day["warning"] for day in days if day["warning"]), None),
            "lines": {id_: name for id_, name in desk.office.line_names().items() if who.sees_line(id_)},
            "days": days,
        }
    )


async def at(request: web.Request) -> web.Response:
    """`GET /calendar/at?time=&line=`."""
    desk = desk_of(request)
    line = _line(request, desk.office)
    text = request.query.get("time")
    moment = from_ms(desk.office.now_ms()) if text is None else moment_of("time", text)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        bad("time", f"the year is not between {FIRST_YEAR} and {LAST_YEAR}")
    told = desk.office.calendar(line).at(moment)
    return _answer(
        {
            "time": _seconds(told.time),
            "line": line,
            "state": told.state.value,
            "kind": told.kind.value,
            "reason": told.reason,
            "next_change": _seconds(told.next_change),
            "next_opening": _seconds(told.next_opening),
            "holiday": told.holiday,
            "override": told.override and told.override.id,
            "warning": told.warning,
        }
    )


async def overrides(request: web.Request) -> web.Response:
    """`GET /calendar/overrides`."""
    desk = desk_of(request)
    service, now_ms = desk.office.supervisor.overrides, desk.office.now_ms()
    who = who_of(request)
    seen = [one for one in service.book if one.override.line is None or who.sees_line(one.override.line)]
    found = sorted(seen, key=lambda record: record.override.made_ms, reverse=True)
    return _answer(
        {
            "count": len(found),
            "second_person": service.second_person,
            "overrides": [override_view(record, now_ms) for record in found],
        }
    )


async def make(request: web.Request) -> web.Response:
    """`POST /calendar/overrides`: 201, or 202 where a second person has to confirm."""
    body = await body_of(request, OverrideBody)
    must_see(request, body.line)
    wish = Wish(
        OverrideKind(body.kind),
        body.reason,
        body.by,
        line=body.line,
        from_ms=None if body.from_ is None else to_ms(moment_of("from", body.from_)),
        until_ms=None if body.until is None else to_ms(moment_of("until", body.until)),
        periods=tuple(_period(begins, ends) for begins, ends in body.periods),
        confirmed_by=body.confirmed_by,
    )
    desk = desk_of(request)
    try:
        record = desk.office.supervisor.overrides.make(wish, replace=body.replace)
    except RefusedError as refused:
        raise problem_of(refused) from None
    return override_answer(desk, record, 201)


async def confirm(request: web.Request) -> web.Response:
    """`POST /calendar/overrides/{override}/confirm`."""
    body = await body_of(request, ConfirmBody)
    _must_see_override(request)
    desk = desk_of(request)
    try:
        record = desk.office.supervisor.overrides.confirm(request.match_info["override"], body.by)
    except RefusedError as refused:
        raise problem_of(refused) from None
    return override_answer(desk, record, 200)


async def withdraw(request: web.Request) -> web.Response:
    """`POST /calendar/overrides/{override}/withdraw`."""
    body = await body_of(request, WithdrawBody)
    _must_see_override(request)
    desk = desk_of(request)
    try:
        record = desk.office.supervisor.overrides.withdraw(
            request.match_info["override"], body.by, body.reason
        )
    except RefusedError as refused:
        raise problem_of(refused) from None
    return override_answer(desk, record, 200)


def override_answer(desk: Desk, record: Record, status: int) -> web.Response:
    """The override as it is now; PENDING instead of `status` while a second person is awaited."""
    view = override_view(record, desk.office.now_ms())
    return web.json_response(text=to_json(view), status=PENDING if view["state"] == "pending" else status)


def override_view(record: Record, now_ms: int) -> dict[str, Any]:
    """One override, and all that became of it."""
    said = record.override
    return {
        "id": said.id,
        "kind": said.kind.value,
        "line": said.line,
        "from": local_text(said.from_ms),
        "until": None if said.until_ms is None else local_text(said.until_ms),
        "periods": [ends_text(period) for period in said.periods],
        "reason": said.reason,
        "author": said.author,
        "made": local_text(said.made_ms),
        "state": record.state(now_ms).value,
        "needs_second": record.needs_second,
        "confirmed_by": said.confirmed_by,
        "history": [
            {"at": local_text(step.at_ms), "what": step.what, "by": step.by, "reason": step.reason}
            for step in record.history
        ],
    }


def problem_of(refused: RefusedError) -> ApiProblem:
    """The API's answer to a refusal: 400 names the field, 404 what there is not, 409 all else."""
    if refused.code.startswith("bad_"):
        return ApiProblem(400, "bad_argument", str(refused))
    return ApiProblem(404 if refused.code.startswith("no_such_") else 409, refused.code, str(refused))


def _day(day: Day) -> dict[str, Any]:
    return {
        "date": day.date.isoformat(),
        "open": day.open,
        "reason": day.reason,
        "kind": day.kind.value,
        "holiday": day.holiday,
        "overrides": [override.id for override in day.overrides],
        "warning": day.warning,
    }


def _days(text: str) -> list[date]:
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    if match is None or not 1 <= int(match[2]) <= 12:
        bad("month", "is no month; write it as 2026-11")
    year, number = int(match[1]), int(match[2])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        bad("month", f"the year is not between {FIRST_YEAR} and {LAST_YEAR}")
    return [date(year, number, day) for day in range(1, months.monthrange(year, number)[1] + 1)]


def _line(request: web.Request, office: Office) -> str:
    text = request.query.get("line", MAIN)
    if text not in office.line_names():
        raise ApiProblem(404, "no_such_line", f"There is no line {text[:40]!r}.")
    must_see(request, text)
    return text


def _must_see_override(request: web.Request) -> None:
    """Refuse (403) an override of lines that the person does not see."""
    for record in desk_of(request).office.supervisor.overrides.book:
        if record.override.id == request.match_info["override"]:
            must_see(request, record.override.line)


def _period(begins: str, ends: str) -> Period:
    try:
        return parse_period(f"{begins}-{ends}")
    except ValueError as error:
        bad("periods", str(error))


def _seconds(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(JST).isoformat(timespec="seconds")


def _answer(value: object) -> web.Response:
    return web.json_response(text=to_json(value))
