"""締め: closing a month freezes its report, documents and all; a later correction is a further version.

A closed month's report is what was stored then, to the byte, whatever program or settings come after. The
journal has a row of each closing with the hash of the figures, so that a version cannot be changed unseen.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from io import StringIO
from typing import Any

from rich.console import Console
from sqlalchemy import Connection

from db import Closing, Database, Entry, calls_between, head, journal_rows
from db.append import append
from db.closings import add_closing, closings_of, document_of
from reports import completion
from reports.calls import local_text
from reports.hashing import figures_hash
from reports.period import Period, month_period
from reports.report import DayReport, MonthReport

TEXT_WIDTH = 130
IN_PROGRESS_MS = 86_400_000
"""A call without an ending that is younger may still be going on."""
KIND = "report.closed"
MOST_WORDS = 1000
"""Characters of a reason."""

COMPLETION = "completion."
"""How the documents of the 業務（一部）完了届 are named among a closing's."""

Make = Callable[[Database, str, int], MonthReport]
Report = MonthReport | DayReport


class ClosingRefusedError(ValueError):
    """A month that cannot be closed (again); the text is one sentence. ``code`` is for programs."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def _json(report: Report) -> bytes:
    return (json.dumps(report.to_json(), ensure_ascii=False, indent=2) + "\n").encode()


def _text(report: Report) -> bytes:
    text = StringIO()
    Console(file=text, width=TEXT_WIDTH, highlight=False).print(report.to_text())
    return text.getvalue().encode()


FORMS: Mapping[str, Callable[[Report], bytes]] = {
    "json": _json,
    "text": _text,
    "csv": lambda report: report.to_csv(),
    "xlsx": lambda report: report.to_xlsx(),
    "html": lambda report: report.to_html().encode(),
}
"""How a report is written, by the form's name."""


def close_month(
    database: Database,
    month: str,
    make: Make,
    *,
    by: str,
    reason: str = "",
    now_ms: int,
    settings: Mapping[str, Any],
) -> Closing:
    """Freeze the month "2026-10" as its next version. ``make`` is what makes its report.

    Raises:
        ClosingRefusedError: the month is not over, has a call in progress, or is closed already and no
            ``reason`` for a correction is given; or somebody else has closed it at the same moment.
        ValueError: no such month; nobody is named.
    """
    period = month_period(month)
    by, reason = by.strip(), reason.strip()
    if not by or len(by) > 64:
        raise ValueError("by: name who closes the month, in at most 64 characters")
    if len(reason) > MOST_WORDS:
        raise ValueError(f"reason: has more than {MOST_WORDS} characters")
    with database.read() as connection:
        known = closings_of(connection, month)
        _require_over(connection, period, now_ms)
        newest = head(connection)
    if known and not reason:
        raise _closed_already(known[-1])
    closing = Closing(
        month=month,
        version=len(known) + 1,
        at_ms=now_ms,
        by=by,
        reason=reason,
        head="" if newest is None else str(newest),
        definitions_version="",
        settings=settings,
        sha256="",
    )
    report = replace(make(database, month, now_ms), closing=closing)
    figures = report.to_json()
    closing = replace(
        closing,
        definitions_version=str(figures["definitions_version"]),
        sha256=figures_hash(figures),
    )
    documents = {form: write(report) for form, write in FORMS.items()}
    if isinstance(report, MonthReport):
        letter = completion.documents_of(database, report)
        documents |= {COMPLETION + form: content for form, content in letter.items()}

    def also(connection: Connection) -> None:
        # Asked again inside: of two who close at once, one comes second.
        now_known = closings_of(connection, month)
        if len(now_known) != len(known):
            raise _closed_already(now_known[-1])
        add_closing(connection, closing, documents)

    told = {
        "month": month,
        "version": closing.version,
        "by": by,
        "reason": reason,
        "head": closing.head,
        "definitions_version": closing.definitions_version,
        "sha256": closing.sha256,
    }
    append(database, [Entry(now_ms, KIND, data=told)], also)
    return closing


def completion_document(
    database: Database,
    month: str,
    form: str,
    report: Callable[[], MonthReport],
    version: int | None = None,
) -> bytes:
    """The 業務（一部）完了届 in one of its `FORMS`: of a closed month as it was frozen with it.

    Raises:
        ValueError: there is no such version, or it was not made in this form.
        TemplateError: the site's own template has a mistake.
    """
    kept = frozen(database, month, COMPLETION + form, version)
    return completion.documents_of(database, report())[form] if kept is None else kept


def versions(database: Database, month: str) -> list[Closing]:
    """Every version of a month, the first first. Raises ValueError for what is no month."""
    month_period(month)
    with database.read() as connection:
        return closings_of(connection, month)


def frozen(database: Database, month: str, form: str, version: int | None = None) -> bytes | None:
    """The document of a version, by default of the newest; None: the month is not closed.

    Raises:
        ValueError: there is no such version, or it was not made in this form.
    """
    known = versions(database, month)
    if not known and version is None:
        return None
    found = known[-1] if version is None and known else next((c for c in known if c.version == version), None)
    if found is None:
        there = f"there are 1 to {len(known)}" if known else "the month is not closed"
        raise ValueError(f"{month} has no version {version}: {there}")
    with database.read() as connection:
        content = document_of(connection, found, form)
    if content is None:
        raise ValueError(f"version {found.version} of {month} was not made in the form {form}")
    return content


def journalled(connection: Connection, month: str) -> dict[int, dict[str, Any]]:
    """What the journal says of each version of a month, by version."""
    rows = journal_rows(connection, kinds=[KIND], data_contains=month)
    return {
        row.entry.data["version"]: dict(row.entry.data)
        for row in rows
        if row.entry.data.get("month") == month and isinstance(row.entry.data.get("version"), int)
    }


def closing_json(closing: Closing) -> dict[str, Any]:
    """A version for the API and ``--format json``."""
    return {
        "month": closing.month,
        "version": closing.version,
        "at": local_text(closing.at_ms),
        "by": closing.by,
        "reason": closing.reason,
        "head": closing.head,
        "definitions_version": closing.definitions_version,
        "sha256": closing.sha256,
        "settings": dict(closing.settings),
    }


def _require_over(connection: Connection, period: Period, now_ms: int) -> None:
    if now_ms < period.from_ms:
        raise ClosingRefusedError("not_over", f"{period.label} has not begun; it cannot be closed")
    if now_ms < period.to_ms:
        until = local_text(period.to_ms)[:10]
        raise ClosingRefusedError("not_over", f"{period.label} is not over; it can be closed from {until} on")
    going_on = [
        facts.call
        for facts in calls_between(connection, period.to_ms - IN_PROGRESS_MS, period.to_ms)
        if facts.ended_ms is None and now_ms - facts.received_ms < IN_PROGRESS_MS
    ]
    if going_on:
        count = len(going_on)
        raise ClosingRefusedError(
            "in_progress", f"{period.label}: {count} of its calls still in progress; close it when they ended"
        )


def _closed_already(closing: Closing) -> ClosingRefusedError:
    return ClosingRefusedError(
        "closed_already",
        f"{closing.month} is closed already: version {closing.version} of {local_text(closing.at_ms)[:16]} "
        f"by {closing.by}; a correction needs a reason, and makes version {closing.version + 1}",
    )
