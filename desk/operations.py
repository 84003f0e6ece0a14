"""Every route of the desk, once: the application's table and the OpenAPI document are both made of it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk import (
    announcement_models,
    announcements,
    attendance,
    calendar,
    calendar_models,
    closings,
    display,
    floor_pages,
    line,
    live,
    models,
    openapi,
    pages,
    queue,
    records,
    seats,
    settings,
    status,
    supervisor_models,
)
from desk.account_operations import ACCOUNT_OPERATIONS
from desk.call_operations import CALL_OPERATIONS
from desk.floor_operations import FLOOR_OPERATIONS
from desk.house_operations import HOUSE_OPERATIONS
from desk.ledger_operations import LEDGER_OPERATIONS
from desk.operation import Operation
from desk.own_operations import OWN_OPERATIONS
from desk.people_operations import PEOPLE_OPERATIONS
from desk.rights import Right

BASE = "/api/v1"
MOMENT_TOLD = "2026-11-24 or 2026-11-24T08:30:00 (Japan, unless it carries an offset)"


def _seat(action: str, handler: Handler, summary: str, body: type[BaseModel] | None = None) -> Operation:
    return Operation(
        "POST",
        f"{BASE}/seats/{{seat}}/{action}",
        handler,
        summary,
        answer=models.SeatEntry,
        body=body,
        problems=(400, 404, 409, 413) if body else (404, 409),
        right=Right.WORK,
    )


def _caller(action: str, handler: Handler, summary: str, body: type[BaseModel]) -> Operation:
    return Operation(
        "POST",
        f"{BASE}/calls/{{call}}/{action}",
        handler,
        summary,
        answer=supervisor_models.CallerAnswer,
        body=body,
        problems=(400, 409, 413),
        right=Right.RUN_QUEUE,
    )


def _line(
    action: str,
    handler: Handler,
    summary: str,
    body: type[BaseModel],
    also: Mapping[int, type[BaseModel]] = MappingProxyType({}),
) -> Operation:
    return Operation(
        "POST",
        f"{BASE}/line/{action}",
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
        f"{BASE}/calendar/overrides/{{override}}/{action}",
        handler,
        summary,
        answer=calendar_models.OverrideEntry,
        body=body,
        problems=(400, 404, 409, 413),
        right=Right.RUN_LINE,
    )


def _announcement(action: str, handler: Handler, summary: str) -> Operation:
    return Operation(
        "POST",
        f"{BASE}/announcements/{{announcement}}/{action}",
        handler,
        summary,
        answer=announcement_models.AnnouncementEntry,
        body=announcement_models.ByBody,
        problems=(400, 404, 409, 413, 503),
        right=Right.SPEAK,
    )


def _report(
    path: str,
    handler: Handler,
    summary: str,
    also: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Operation:
    return Operation(
        "GET",
        f"{BASE}/reports/{path}",
        handler,
        summary,
        answer=models.Report,
        types=tuple(records.TYPES.values()),
        problems=(400, 503),
        query={
            "format": {"description": "form of the report", "enum": list(records.FORMATS), "default": "json"},
            **also,
        },
        right=Right.SEE_REPORTS,
    )


def _watched(base: str) -> tuple[Operation, ...]:
    return (
        Operation(
            "GET", f"{base}/healthz", status.healthz, "The process is alive", models.Alive, public=True
        ),
        Operation(
            "GET",
            f"{base}/readyz",
            status.readyz,
            "Calls can be taken and recorded",
            models.Readiness,
            public=True,
            also={503: models.Readiness},
        ),
        Operation(
            "GET", f"{base}/metrics", status.metrics, "Prometheus metrics", types=("text/plain",), public=True
        ),
    )


OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", f"{BASE}/live", live.live, "The floor and the day, now", models.Live, right=Right.SEE_FLOOR
    ),
    _seat("login", seats.log_in, "Log an operator in at a seat, ready at once", models.LogInBody),
    _seat("logout", seats.log_out, "Log out, after the talk if there is one", supervisor_models.BecauseBody),
    _seat("ready", seats.ready, "Take calls", supervisor_models.BecauseBody),
    _seat("break", seats.take_break, "Take no calls, for a reason", models.BreakBody),
    _seat("end-wrap-up", seats.end_wrap_up, "Finish the after-call work", supervisor_models.BecauseBody),
    _seat(
        "extend-wrap-up",
        seats.extend_wrap_up,
        "Take longer for the after-call work",
        supervisor_models.ExtendBody,
    ),
    _seat(
        "entry-written",
        seats.entry_written,
        "The ledger entry of a call is saved: ends the after-call work where the line says so",
        supervisor_models.EntryBody,
    ),
    _caller("move", queue.move, "Put a waiting caller to another place", supervisor_models.MoveBody),
    _caller("raise", queue.prioritise, "Give a waiting caller another priority", supervisor_models.RaiseBody),
    _caller(
        "offer", queue.offer, "Let a chosen ready seat ring for a waiting caller", supervisor_models.OfferBody
    ),
    _caller(
        "take-out", queue.take_out, "Take a waiting caller out of the queue", supervisor_models.TakeOutBody
    ),
    _caller(
        "callback",
        queue.call_back,
        "Let a waiting caller go and call him back",
        supervisor_models.AskCallbackBody,
    ),
    Operation(
        "GET",
        f"{BASE}/callbacks",
        queue.callbacks,
        "折り返し: the open callbacks",
        supervisor_models.CallbackList,
        right=Right.RUN_QUEUE,
    ),
    Operation(
        "POST",
        f"{BASE}/callbacks/{{ticket}}/cancel",
        queue.cancel_callback,
        "Cancel an open callback",
        supervisor_models.CallbackEnd,
        body=supervisor_models.BecauseBody,
        problems=(400, 409, 413),
        right=Right.RUN_QUEUE,
    ),
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
        f"{BASE}/calendar",
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
        f"{BASE}/calendar/at",
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
        f"{BASE}/calendar/overrides",
        calendar.overrides,
        "一回限りの変更: all of them, newest first, with who changed what",
        calendar_models.OverrideList,
        right=Right.SEE_CALENDAR,
    ),
    Operation(
        "POST",
        f"{BASE}/calendar/overrides",
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
    Operation(
        "GET",
        f"{BASE}/announcements",
        announcements.all_of_them,
        "お知らせ: what citizens are told for a time, and were told",
        announcement_models.AnnouncementList,
        problems=(503,),
        right=Right.SEE_GUIDANCE,
    ),
    Operation(
        "POST",
        f"{BASE}/announcements",
        announcements.make,
        "Speak an announcement and publish it, or keep it as a draft; answers when it can be heard",
        announcement_models.AnnouncementEntry,
        body=announcement_models.AnnouncementBody,
        status=201,
        problems=(400, 413, 503),
        right=Right.SPEAK,
    ),
    Operation(
        "GET",
        f"{BASE}/announcements/{{announcement}}",
        announcements.one,
        "One announcement",
        announcement_models.AnnouncementEntry,
        problems=(404, 503),
        right=Right.SEE_GUIDANCE,
    ),
    Operation(
        "GET",
        f"{BASE}/announcements/{{announcement}}/audio",
        announcements.audio,
        "What callers hear",
        types=("audio/wav",),
        problems=(404, 503),
        right=Right.SEE_GUIDANCE,
    ),
    _announcement("publish", announcements.publish, "Let callers hear a draft in its time"),
    _announcement("withdraw", announcements.withdraw, "Let nobody hear it any more"),
    Operation(
        "POST",
        f"{BASE}/config/reload",
        settings.reload,
        "Read madoguchi.toml anew; calls in progress are not touched. A mistake (422) changes nothing",
        models.Reloaded,
        problems=(422, 503),
        right=Right.RUN_SETTINGS,
    ),
    Operation(
        "GET",
        f"{BASE}/calls",
        records.calls,
        f"Calls received in from <= t0 < to, by time; today's by default; at most {records.MOST_DAYS} days",
        models.CallList,
        problems=(400, 503),
        query={
            "from": {"description": f"first moment: {MOMENT_TOLD}"},
            "to": {"description": f"end, excluded: {MOMENT_TOLD}; a date alone: the end of that day"},
            "outcome": {"description": "終了区分", "enum": list(records.ENDINGS)},
        },
        right=Right.SEE_CALLS,
    ),
    Operation(
        "GET",
        f"{BASE}/calls/{{call}}",
        records.call,
        "One call with every journal row that names it",
        models.CallStory,
        problems=(404, 503),
        right=Right.SEE_CALLS,
    ),
    _report("year/{year}", records.year, "年次報告 of the fiscal year YYYY, from 1 April"),
    _report(
        "month/{month}",
        records.month,
        "月次報告 of the month YYYY-MM; of a closed month as it was frozen",
        {"version": {"description": "of a closed month; by default the newest"}},
    ),
    Operation(
        "GET",
        f"{BASE}/reports/month/{{month}}/versions",
        closings.versions,
        "締め: every version of a closed month",
        models.ClosingList,
        problems=(400, 503),
        right=Right.SEE_REPORTS,
    ),
    Operation(
        "POST",
        f"{BASE}/reports/month/{{month}}/close",
        closings.close,
        "締め: freeze the month's report; of a closed month a further version, with a reason",
        models.Closing,
        body=models.CloseBody,
        status=201,
        problems=(400, 409, 413, 503),
        right=Right.CLOSE_REPORTS,
    ),
    Operation(
        "POST",
        f"{BASE}/attendance",
        attendance.say,
        "業務責任者の勤務: come, rest, go, of who has no seat",
        attendance.AttendanceSaid,
        body=attendance.AttendanceBody,
        status=201,
        problems=(400, 413),
        right=Right.SEE_REPORTS,
    ),
    Operation(
        "GET",
        f"{BASE}/attendance",
        attendance.days,
        "The days of who has no seat, in a period",
        attendance.AttendanceList,
        problems=(400, 503),
        query={"period": {"description": "YYYY-MM-DD or YYYY-MM; by default today"}},
        right=Right.SEE_REPORTS,
    ),
    Operation(
        "GET",
        f"{BASE}/reports/completion/{{month}}",
        records.completion,
        "業務（一部）完了届 of the month; of a closed month as it was frozen",
        types=("application/json", *records.TYPES.values()),
        problems=(400, 503),
        query={
            "format": {"description": "its form", "enum": ["html", "xlsx", "json", "pdf"], "default": "html"},
            "version": {"description": "of a closed month: this version"},
        },
        right=Right.SEE_REPORTS,
    ),
    _report("day/{date}", records.day, "日次報告 of the day YYYY-MM-DD"),
    *LEDGER_OPERATIONS,
    *OWN_OPERATIONS,
    *CALL_OPERATIONS,
    *FLOOR_OPERATIONS,
    *HOUSE_OPERATIONS,
    Operation(
        "GET",
        f"{BASE}/events",
        status.events,
        "WebSocket: every journal event as it is written, one EventMessage a text frame; "
        "closed with 1013 when the client cannot follow",
        models.EventMessage,
        status=101,
        problems=(400, 403),
        right=Right.SEE_FLOOR,
    ),
    Operation(
        "GET",
        f"{BASE}/openapi.json",
        openapi.serve,
        "This document",
        types=("application/json",),
        right=Right.BE_HERE,
    ),
    *_watched(BASE),
    *_watched(""),
    Operation(
        "GET", "/", pages.first, "On to the person's first page", types=("text/html",), right=Right.BE_HERE
    ),
    Operation("GET", "/live", floor_pages.live, "The live page", types=("text/html",), right=Right.SEE_FLOOR),
    Operation(
        "GET",
        "/calendar",
        pages.calendar,
        "The calendar's page",
        types=("text/html",),
        right=Right.SEE_CALENDAR,
    ),
    Operation(
        "GET",
        "/announcements",
        pages.announcements,
        "The announcements page",
        types=("text/html",),
        right=Right.SEE_GUIDANCE,
    ),
    *ACCOUNT_OPERATIONS,
    *PEOPLE_OPERATIONS,
    Operation(
        "POST",
        "/display",
        display.display,
        "Language and colours of the pages",
        form=("language", "theme", "next"),
        may_miss=("language", "theme", "next"),
        status=303,
        problems=(400, 403, 413),
        public=True,
    ),
)
