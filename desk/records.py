"""Calls and reports. All of it reads the database, so all of it is done in threads."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from aiohttp import hdrs, web

from config.clock import parse_local, to_ms
from desk.context import Desk, desk_of
from desk.headers import DOCUMENT_POLICY
from desk.lines import sees_call
from desk.problems import ApiProblem, bad, to_json
from desk.who import who_of
from reports import (
    OUTCOMES,
    DayReport,
    MonthReport,
    YearReport,
    call_story,
    day_period,
    day_report,
    list_calls,
    month_period,
    month_report,
    year_period,
    year_report,
)
from reports.as_pdf import PdfError, pdf_of
from reports.calls import local_text
from reports.closing import completion_document, frozen
from reports.completion import FORMS as COMPLETION_FORMS
from reports.period import Period, day_around
from reports.templating import TemplateError

DAY_MS = 86_400_000
MOST_DAYS = 92
ENDINGS = tuple(sorted({*OUTCOMES, "still_waiting", "in_guidance"}))
FORMATS = ("json", "csv", "xlsx", "html", "pdf")
TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "pdf": "application/pdf",
}

Report = YearReport | MonthReport | DayReport
BINARY = ("xlsx", "pdf")


async def calls(request: web.Request) -> web.Response:
    """`GET /calls`: those received in from <= t0 < to; today's when nothing is asked."""
    desk, who = desk_of(request), who_of(request)
    _known(request, "from", "to", "outcome")
    from_ms, to_ms_ = _interval(request, desk.office.now_ms())
    outcome = request.query.get("outcome")
    if outcome is not None and outcome not in ENDINGS:
        bad("outcome", f"choose from {', '.join(ENDINGS)}")

    def work() -> str:
        found = [
            one
            for one in list_calls(desk.database, from_ms, to_ms_, outcome=outcome)
            if sees_call(who, one.facts)
        ]
        return to_json(
            {
                "from": local_text(from_ms),
                "to": local_text(to_ms_),
                "outcome": outcome,
                "count": len(found),
                "calls": [line.to_json() for line in found],
            }
        )

    return web.json_response(text=await desk.read(work))


async def call(request: web.Request) -> web.Response:
    """`GET /calls/{call}`: one call with its journal."""
    desk, who = desk_of(request), who_of(request)
    asked = request.match_info["call"]

    def work() -> str | None:
        story = call_story(desk.database, asked)
        if story is None or not sees_call(who, story.line.facts):
            return None
        return to_json(story.to_json())

    # A database is not asked for what no call is called (PostgreSQL refuses NUL, for one).
    text = await desk.read(work) if re.fullmatch(r"[0-9A-Za-z_.:-]{1,64}", asked) else None
    if text is None:
        raise ApiProblem(404, "no_such_call", "There is no such call.")
    return web.json_response(text=text)


async def year(request: web.Request) -> web.Response:
    """`GET /reports/year/{year}`: the 年次報告."""
    return await _report(request, "year", year_period, year_report)


async def month(request: web.Request) -> web.Response:
    """`GET /reports/month/{month}`: the 月次報告."""
    return await _report(request, "month", month_period, month_report)


async def day(request: web.Request) -> web.Response:
    """`GET /reports/day/{date}`: the 日次報告."""
    return await _report(request, "date", day_period, day_report)


async def completion(request: web.Request) -> web.Response:
    """`GET /reports/completion/{month}`: the 業務（一部）完了届; of a closed month as it was frozen."""
    desk = desk_of(request)
    _known(request, "format", "version")
    form, asked = request.query.get("format", "html"), (*COMPLETION_FORMS, "pdf")
    if form not in asked:
        bad("format", f"choose from {', '.join(asked)}")
    try:
        month = month_period(request.match_info["month"]).label
    except ValueError as error:
        bad("month", str(error))
    version, now_ms, rules = _version(request), desk.office.now_ms(), desk.office.report_rules()

    def work() -> bytes:
        def report() -> MonthReport:
            return month_report(desk.database, month, now_ms, rules)

        made = "html" if form == "pdf" else form
        kept = completion_document(desk.database, month, made, report, version)
        return pdf_of(kept.decode()) if form == "pdf" else kept

    return _handed_over(await _worked(desk, work), form, f"madoguchi-completion-{month}")


async def _report(
    request: web.Request,
    argument: str,
    period_of: Callable[[str], Period],
    report_of: Callable[..., Report],
) -> web.Response:
    desk = desk_of(request)
    _known(request, "format", *(("version",) if argument == "month" else ()))
    form = request.query.get("format", "json")
    if form not in FORMATS:
        bad("format", f"choose from {', '.join(FORMATS)}")
    try:
        period = period_of(request.match_info[argument])
    except ValueError as error:
        bad(argument, str(error))
    version = _version(request)
    now_ms, rules = desk.office.now_ms(), desk.office.report_rules()

    def work() -> bytes:
        if period.kind == "month":
            # A PDF is the frozen page, printed.
            kept = frozen(desk.database, period.label, "html" if form == "pdf" else form, version)
            if kept is not None:
                return pdf_of(kept.decode()) if form == "pdf" else kept
        report = report_of(desk.database, period.label, now_ms, rules)
        if period.from_ms > now_ms and not report.figures.total.received:
            raise ApiProblem(400, "bad_argument", f"{argument}: {period.label} lies in the future.")
        return _formed(report, form)

    return _handed_over(await _worked(desk, work), form, f"madoguchi-{period.kind}-{period.label}")


async def _worked(desk: Desk, work: Callable[[], bytes]) -> bytes:
    try:
        return await desk.read(work)
    except TemplateError as problem:
        raise ApiProblem(503, "template", f"{problem}.") from None
    except ValueError as error:
        bad("version", str(error))
    except PdfError as problem:
        raise ApiProblem(503, "no_pdf", f"{problem}.") from None


def _handed_over(body: bytes, form: str, name: str) -> web.Response:
    if form == "json":
        return web.json_response(body=body)
    answer = web.Response(body=body, content_type=TYPES[form], charset=None if form in BINARY else "utf-8")
    if form == "html":
        answer.headers["Content-Security-Policy"] = DOCUMENT_POLICY
    else:
        answer.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}.{form}"'
    return answer


def _version(request: web.Request) -> int | None:
    text = request.query.get("version")
    if text is None:
        return None
    if not re.fullmatch(r"[1-9][0-9]{0,5}", text):
        bad("version", f"{text[:40]!r} is not a version like 1")
    return int(text)


def _formed(report: Report, form: str) -> bytes:
    match form:
        case "csv":
            return report.to_csv()
        case "xlsx":
            return report.to_xlsx()
        case "pdf":
            return report.to_pdf()
        case "html":
            return report.to_html().encode()
        case _:
            return to_json(report.to_json()).encode()


def _known(request: web.Request, *names: str) -> None:
    """Refuse a misspelt argument: a filter that is not applied would be taken for an answer."""
    for name in request.query:
        if name not in names:
            bad(re.sub(r"[^\w-]", "?", name)[:40], f"there is no such argument; there are {', '.join(names)}")


def _interval(request: web.Request, now_ms: int) -> tuple[int, int]:
    today = day_around(now_ms)
    from_ms = _moment(request, "from", is_end=False)
    to_ms_ = _moment(request, "to", is_end=True)
    if from_ms is None:
        from_ms = today.from_ms if to_ms_ is None else day_around(to_ms_ - 1).from_ms
    if to_ms_ is None:
        to_ms_ = max(today.to_ms, from_ms)
    if to_ms_ < from_ms:
        bad("to", "is before from")
    if to_ms_ - from_ms > MOST_DAYS * DAY_MS:
        bad("from", f"at most {MOST_DAYS} days can be listed at once")
    return from_ms, to_ms_


def _moment(request: web.Request, name: str, *, is_end: bool) -> int | None:
    """A moment in Japan; a bare date means the whole day, so as an end it is the end of that day."""
    asked = request.query.get(name)
    if asked is None:
        return None
    # "+" in a query is a space: "08:30+09:00" comes as "08:30 09:00".
    text = re.sub(r"^(.*:\d\d(?:\.\d+)?) (\d\d:\d\d)$", r"\1+\2", asked)
    try:
        moment = parse_local(text)
        if is_end and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            moment += timedelta(days=1)
    except (ValueError, OverflowError):
        bad(name, f"{asked[:40]!r} is not a time like 2026-11-24 or 2026-11-24T08:30:00")
    if not 1970 <= moment.year <= 9998:
        bad(name, f"{asked[:40]!r} lies outside of the years 1970 to 9998")
    return to_ms(moment)
