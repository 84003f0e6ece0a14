"""`/attendance`: who has no seat says that he has come, rests, or goes (業務責任者の勤務)."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from db import Entry
from desk.context import desk_of
from desk.fields import Strict, Words
from desk.looks import query_of
from desk.problems import bad, body_of, to_json
from desk.report_models import StaffDay
from desk.who import who_of
from reports.attendance import KIND, staff_between
from reports.attendance import StaffDay as Day
from reports.ledgers import period_of
from reports.period import day_around


class AttendanceBody(Strict):
    """What somebody says of himself."""

    to: Literal["in", "break", "out"] = Field(description="出勤 or back; 休憩; 退勤")
    reason: Annotated[str, Field(max_length=40, description="of a break")] = ""
    by: Words | None = Field(default=None, description="who; a person who is logged in is himself")
    name: Annotated[str, Field(max_length=40, description="氏名 as it stands in the report")] = ""


class AttendanceSaid(Strict):
    """What stands in the journal now."""

    by: str
    to: str
    name: str
    reason: str


class AttendanceList(Strict):
    """The days of a period, by day and person."""

    days: list[StaffDay]


async def say(request: web.Request) -> web.Response:
    """`POST /attendance`: come, rest, go."""
    body = await body_of(request, AttendanceBody)
    desk, who = desk_of(request), who_of(request)
    if body.by is None:
        bad("by", "say who")
    name = who.name if who.is_person else body.name
    data = {"to": body.to, "name": name, "reason": body.reason}
    desk.journal.write(Entry(desk.office.now_ms(), KIND, operator=body.by, data=data))
    return web.json_response(text=to_json({"by": body.by, **data}), status=201)


async def days(request: web.Request) -> web.Response:
    """`GET /attendance`: of a day or a month, by default today."""
    desk = desk_of(request)
    asked = query_of(request, "period").get("period")
    now_ms = desk.office.now_ms()
    try:
        period = day_around(now_ms) if asked is None else period_of(asked)
    except ValueError as error:
        bad("period", str(error))

    def work() -> tuple[Day, ...]:
        with desk.database.read() as connection:
            return staff_between(connection, period, now_ms)

    found = await desk.read(work)
    return web.json_response(text=to_json({"days": [day.to_json() for day in found]}))
