"""The routes of a line's hours: open and closed now, the calendar, what is said over it once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk import calendar, calendar_models, line, models, pages, supervisor_models
from desk.operation import API, Operation, page
from desk.rights import Right


def _line(
    action: str,
    handler: Handler,
    summary: str,
    body: type[BaseModel],
    also: Mapping[int, type[BaseModel]] = MappingProxyType({}),
) -> Operation:
    return Operation(
        "POST",
        f"{API}/line/{action}",
        handler,
        summary,
        answer=models.LineNow,
        body=body,
        problems=(400, 404, 409, 413),
        also=also,
        right=Right.RUN_LINE,
    )


def _override(action: str, handler: Handler, summary: str, body: type[BaseModel]) -> Operation:
    return Operation(
        "POST",
        f"{API}/calendar/overrides/{{override}}/{action}",
        handler,
        summary,
        answer=calendar_models.OverrideEntry,
        body=body,
        problems=(400, 404, 409, 413),
        right=Right.RUN_LINE,
    )


LINE_OPERATIONS: tuple[Operation, ...] = (
    _line(
        "close",
        line.close,
        "臨時休止: close the line now; in open hours, as soon as a second person confirms it (202)",
        supervisor_models.CloseLineBody,
        {calendar.PENDING: calendar_models.OverrideEntry},
    ),
    _line("open", line.open_until, "臨時受付: open the line until a time", supervisor_models.OpenLineBody),
    _line(
        "calendar",
        line.calendar,
        "Leave the line to the calendar again; what is planned stays. The body may be left out",
        supervisor_models.ByCalendarBody,
    ),
    Operation(
        "GET",
        f"{API}/calendar",
        calendar.month,
        "A month of a line, day by day, with what has been said over its calendar",
        calendar_models.CalendarMonth,
        problems=(400, 404),
        query={
            "month": {"description": "YYYY-MM; by default the present one"},
            "line": {"description": "a line's id", "default": "main"},
        },
        right=Right.SEE_CALENDAR,
    ),
    Operation(
        "GET",
        f"{API}/calendar/at",
        calendar.at,
        "What a line is at a moment, past or future, and why",
        calendar_models.MomentTold,
        problems=(400, 404),
        query={
            "time": {"description": "ISO 8601, Japan's time unless it carries an offset; by default now"},
            "line": {"description": "a line's id", "default": "main"},
        },
        right=Right.SEE_CALENDAR,
    ),
    Operation(
        "GET",
        f"{API}/calendar/overrides",
        calendar.overrides,
        "一回限りの変更: all of them, newest first, with who changed what",
        calendar_models.OverrideList,
        right=Right.SEE_CALENDAR,
    ),
    Operation(
        "POST",
        f"{API}/calendar/overrides",
        calendar.make,
        "Close, open or change the hours once; 202: it has effect when a second person confirms it",
        calendar_models.OverrideEntry,
        body=calendar_models.OverrideBody,
        status=201,
        also={calendar.PENDING: calendar_models.OverrideEntry},
        problems=(400, 404, 409, 413),
        right=Right.RUN_LINE,
    ),
    _override(
        "confirm",
        calendar.confirm,
        "The second person agrees: it has effect from now on",
        calendar_models.ConfirmBody,
    ),
    _override(
        "withdraw",
        calendar.withdraw,
        "Take an override back; it has no effect from now on",
        calendar_models.WithdrawBody,
    ),
    page("/calendar", pages.calendar, "The calendar's page", Right.SEE_CALENDAR),
)
