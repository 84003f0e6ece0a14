"""The ledgers of a day or a month, to hand over. Each entry in them is written to the access log."""

from __future__ import annotations

import re

from aiohttp import hdrs, web

from config.forms import LEDGERS, Ledger
from config.mynumber import REFUSAL, contains_my_number
from desk.context import desk_of
from desk.headers import DOCUMENT_POLICY
from desk.problems import ApiProblem, bad, to_json
from reports.as_pdf import PdfError, pdf_of
from reports.ledger_csv import ENCODINGS
from reports.ledgers import ledger_report, period_of
from reports.templating import TemplateError

FORMATS = ("json", "csv", "xlsx", "html", "pdf")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
REPLACED = "X-Characters-Replaced"
"""How many characters the asked encoding does not have."""
WHO, WHY = "desk", "帳簿の提出"


async def ledger(request: web.Request) -> web.Response:
    """`GET /ledgers/{ledger}/{period}`: a day YYYY-MM-DD or a month YYYY-MM."""
    desk = desk_of(request)
    query = request.query
    for name, value in query.items():
        if contains_my_number(value):
            raise ApiProblem(400, "my_number", REFUSAL)
        if name not in ("format", "encoding", "by", "why"):
            known = "there is no such argument; there are format, encoding, by, why"
            bad(re.sub(r"[^\w-]", "?", name)[:40], known)
    form, encoding = query.get("format", "json"), query.get("encoding", "utf-8")
    if form not in FORMATS:
        bad("format", f"choose from {', '.join(FORMATS)}")
    if encoding not in ENCODINGS or (form != "csv" and encoding != "utf-8"):
        bad("encoding", f"of csv; choose from {', '.join(ENCODINGS)}")
    name = _name(request.match_info["ledger"])
    try:
        period = period_of(request.match_info["period"])
    except ValueError as error:
        bad("period", str(error))
    who, why = query.get("by", WHO), query.get("why", WHY)
    office = desk.office

    def work() -> tuple[bytes, int]:
        try:
            report = ledger_report(
                desk.database, name, period, office.forms().of(name), office.operators(),
                who=who, why=why, at_ms=office.now_ms(),
            )  # fmt: skip
        except ValueError as error:
            bad("by, why", str(error))
        if form == "csv":
            return report.to_csv(encoding)
        if form in ("html", "pdf"):
            rules = office.report_rules()
            page = report.to_html(rules.templates, city=rules.terms.city, contractor=rules.terms.contractor)
            return (pdf_of(page) if form == "pdf" else page.encode()), 0
        return (report.to_xlsx() if form == "xlsx" else to_json(report.to_json()).encode()), 0

    try:
        body, replaced = await desk.read(work)
    except TemplateError as problem:
        raise ApiProblem(503, "template", f"{problem}.") from None
    except PdfError as problem:
        raise ApiProblem(503, "no_pdf", f"{problem}.") from None
    if form == "json":
        return web.json_response(body=body)
    if form == "html":
        shown = web.Response(body=body, content_type="text/html", charset="utf-8")
        shown.headers["Content-Security-Policy"] = DOCUMENT_POLICY
        return shown
    charset = {"utf-8": "utf-8", "cp932": "shift_jis"}[encoding] if form == "csv" else None
    kind = {"csv": "text/csv", "pdf": "application/pdf"}.get(form, XLSX)
    answer = web.Response(body=body, content_type=kind, charset=charset)
    answer.headers[hdrs.CONTENT_DISPOSITION] = f'attachment; filename="{name}-{period.label}.{form}"'
    if form == "csv":
        answer.headers[REPLACED] = str(replaced)
    return answer


def _name(asked: str) -> Ledger:
    for one in LEDGERS:
        if asked == one:
            return one
    raise ApiProblem(404, "no_such_ledger", f"There is no such ledger; there are {', '.join(LEDGERS)}.")
