"""The routes of what the city is handed: reports, their closing, and whose days they count besides."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aiohttp.typedefs import Handler

from desk import attendance, closings, models, records, report_pages
from desk.operation import API, Operation, page
from desk.rights import Right


def _report(
    path: str,
    handler: Handler,
    summary: str,
    also: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
) -> Operation:
    return Operation(
        "GET",
        f"{API}/reports/{path}",
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


REPORT_OPERATIONS: tuple[Operation, ...] = (
    _report("year/{year}", records.year, "年次報告 of the fiscal year YYYY, from 1 April"),
    _report(
        "month/{month}",
        records.month,
        "月次報告 of the month YYYY-MM; of a closed month as it was frozen",
        {"version": {"description": "of a closed month; by default the newest"}},
    ),
    Operation(
        "GET",
        f"{API}/reports/month/{{month}}/versions",
        closings.versions,
        "締め: every version of a closed month",
        models.ClosingList,
        problems=(400, 503),
        right=Right.SEE_REPORTS,
    ),
    Operation(
        "POST",
        f"{API}/reports/month/{{month}}/close",
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
        f"{API}/attendance",
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
        f"{API}/attendance",
        attendance.days,
        "The days of who has no seat, in a period",
        attendance.AttendanceList,
        problems=(400, 503),
        query={"period": {"description": "YYYY-MM-DD or YYYY-MM; by default today"}},
        right=Right.SEE_REPORTS,
    ),
    Operation(
        "GET",
        f"{API}/reports/completion/{{month}}",
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
    page("/reports", report_pages.reports, "報告書, the page", Right.SEE_REPORTS),
)
