"""The reports that come by themselves: yesterday's and last month's, as files, once each.

What has been made stands in the journal (`report.made`), so neither a restart nor a second look makes one
twice, and one that was missed while the machine was off is made when it is on again. A file is written
beside its place and moved there, so that nobody reads half of one and a full disk leaves the old one.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time as machine_time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

from config.clock import JST, to_ms
from config.delivery import PERSONAL, Part
from config.forms import Forms
from config.report_files import ReportFiles
from db import Database, journal_rows
from db.closings import closings_since
from db.tables import journal
from madoguchi.atomic import put_atomically
from reports import DayReport, MonthReport, day_report, month_report
from reports.as_pdf import PdfError, pdf_of
from reports.closing import COMPLETION, FORMS, frozen
from reports.completion import documents_of
from reports.ledgers import ledger_report, period_of
from reports.period import day_of, day_period, month_period
from reports.rules import Rules

KIND = "report.made"
WHO, WHY = "system", "帳簿の提出"
"""Of whom and why the access log tells when a ledger is made by itself."""
_FORMS: dict[Part, tuple[str, ...]] = {
    "report": ("xlsx", "csv", "html", "pdf", "json"),
    "booking": ("xlsx", "csv", "html", "pdf", "json"),
    "inquiry": ("xlsx", "csv", "html", "pdf", "json"),
    "completion": ("xlsx", "html", "pdf", "json"),
}
LOOK_EVERY_S = 20.0
AGAIN_AFTER_S = 600.0
"""After a failure (a full disk)."""
BACK_DAYS = 31
"""How many days late a report is still made."""
_KNOWN_DAYS = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Due:
    """A paper to be made: of a day, of a month, or of a closed month's version."""

    label: str
    version: int | None = None
    part: Part = "report"

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        kind = ("day" if len(self.label) == 10 else "month") if self.part == "report" else self.part
        return f"madoguchi-{kind}-{self.label}" + ("" if self.version is None else f"-v{self.version}")

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Due:
        """As a row of the journal names it; older ones are reports."""
        return cls(str(data.get("period")), data.get("version"), data.get("part") or "report")


@dataclass(frozen=True, slots=True)
class Makers:
    """What makes a report: of its label, as of a time (ms UTC)."""

    day: Callable[[Database, str, int], DayReport]
    month: Callable[[Database, str, int], MonthReport]
    rules: Rules = field(default_factory=Rules)
    forms: Forms = field(default_factory=Forms)

    @classmethod
    def by(cls, rules: Rules, forms: Forms) -> Makers:
        """Those of the instance that serves."""
        return cls(partial(day_report, rules=rules), partial(month_report, rules=rules), rules, forms)


def due_reports(database: Database, rules: ReportFiles, now_ms: int) -> list[Due]:
    """What should have been made by now and is not, the oldest first."""
    if not rules.formats:
        return []
    back_ms = now_ms - _KNOWN_DAYS * 86_400_000
    with database.read() as connection:
        made = {Due.of(row.entry.data) for row in journal_rows(connection, from_ms=back_ms, kinds=[KIND])}
        first_ms = connection.scalar(select(func.min(journal.c.at_ms)))
        closed = closings_since(connection, now_ms - BACK_DAYS * 86_400_000)
    if first_ms is None:
        return []
    today = day_of(now_ms)
    wanted = []
    daily: tuple[Part, ...] = ("report", "booking")
    monthly: tuple[Part, ...] = ("report", "inquiry", "completion")
    for part in daily:
        labels = {one.label for one in made if one.part == part}
        wanted += [Due(day.isoformat(), None, part) for day in _days(labels, today, rules.daily_at, now_ms)]
    for part in monthly:
        wanted += [Due(month, None, part) for month in _months(today, rules.monthly_at, now_ms)]
    for one in closed:
        wanted += [Due(one.month, one.version), Due(one.month, one.version, "completion")]
    return [
        due for due in wanted if due.part in rules.parts and due not in made and _end_ms(due.label) > first_ms
    ]


def _days(made: set[str], today: date, at: time, now_ms: int) -> list[date]:
    """The past days whose time has come. Before the first that was ever made, only yesterday."""
    earliest = min((label for label in made if len(label) == 10), default=None)
    yesterday = today - timedelta(days=1)
    first = yesterday if earliest is None else date.fromisoformat(earliest)
    first = max(first, today - timedelta(days=BACK_DAYS))
    days = [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]
    return [day for day in days if _moment(day + timedelta(days=1), at) <= now_ms]


def _months(today: date, at: time, now_ms: int) -> list[str]:
    first = today.replace(day=1)
    if _moment(first, at) > now_ms:
        return []
    return [f"{first - timedelta(days=1):%Y-%m}"]


def _moment(day: date, at: time) -> int:
    return to_ms(datetime.combine(day, at, JST))


def _end_ms(label: str) -> int:
    return (day_period(label) if len(label) == 10 else month_period(label)).to_ms


def make_files(
    database: Database, due: Due, rules: ReportFiles, directory: Path, makers: Makers, now_ms: int
) -> dict[str, Any]:
    """Write the report's files; returns the data of the journal's row.

    Raises:
        OSError: a file cannot be written; those of before are as they were.
    """
    documents = _documents(database, due, rules, makers, now_ms)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = {}
    for form, content in documents.items():
        name = f"{due.name}.{form}"
        put_atomically(directory / name, content)
        files[name] = hashlib.sha256(content).hexdigest()
    return {"period": due.label, "version": due.version, "part": due.part, "files": files}


def _documents(
    database: Database, due: Due, rules: ReportFiles, makers: Makers, now_ms: int
) -> Mapping[str, bytes]:
    write = _writer(database, due, makers, now_ms)
    documents: dict[str, bytes] = {}
    for form in rules.formats:
        if form not in _FORMS[due.part]:
            continue
        try:
            content = pdf_of((write("html") or b"").decode()) if form == "pdf" else write(form)
        except PdfError as problem:
            # The other forms are made, and nothing is tried for ever that this machine cannot do.
            log.error("report.no_pdf", period=due.label, why=str(problem))  # noqa: TRY400 - says what to install
            continue
        if content is not None:
            documents[form] = content
    return documents


def _writer(database: Database, due: Due, makers: Makers, now_ms: int) -> Callable[[str], bytes | None]:
    """What makes the paper in a form."""
    if due.version is not None:
        prefix = COMPLETION if due.part == "completion" else ""
        return lambda form: frozen(database, due.label, prefix + form, due.version)
    if due.part == "report":
        make = makers.day if len(due.label) == 10 else makers.month
        report = make(database, due.label, now_ms)
        return lambda form: FORMS[form](report)
    if due.part == "completion":
        return documents_of(database, makers.month(database, due.label, now_ms)).get
    rules = makers.rules
    ledger = ledger_report(
        database, due.part, period_of(due.label), makers.forms.of(due.part), rules.operators,
        who=WHO, why=WHY, at_ms=now_ms,
    )  # fmt: skip
    page = partial(ledger.to_html, rules.templates, city=rules.terms.city, contractor=rules.terms.contractor)
    forms: dict[str, Callable[[], bytes]] = {
        "xlsx": ledger.to_xlsx,
        "csv": lambda: ledger.to_csv()[0],
        "html": lambda: page().encode(),
        "json": lambda: (json.dumps(ledger.to_json(), ensure_ascii=False, indent=2) + "\n").encode(),
    }
    return lambda form: forms[form]()


def drop_ledgers(directory: Path, before_s: float | None) -> list[str]:
    """Delete the ledgers' files that were written before this time (seconds since 1970), or all of them.

    They name citizens, have been handed over, and can be made again.
    """
    gone = []
    for part in PERSONAL:
        for path in directory.glob(f"madoguchi-{part}-*") if directory.is_dir() else ():
            if before_s is None or path.stat().st_mtime < before_s:
                path.unlink()
                gone.append(path.name)
    return sorted(gone)


class ReportClock:
    """Looks from time to time what is due, and makes it in a thread: no call waits for a report."""

    def __init__(
        self,
        database: Database,
        home: Path,
        *,
        now_ms: Callable[[], int],
        rules: Callable[[], ReportFiles],
        makers: Callable[[], Makers],
        record: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self._database = database
        self._home = home
        self._now_ms = now_ms
        self._rules = rules
        self._makers = makers
        self._record = record
        self._made: set[Due] = set()
        self._failed = False

    async def keep(self) -> None:
        """Go on until cancelled; a failure is logged and tried again."""
        while True:
            self._failed = False
            await self.look()
            await asyncio.sleep(AGAIN_AFTER_S if self._failed else LOOK_EVERY_S)

    async def look(self) -> list[Due]:
        """Make what is due now. Returns what was made."""
        done = []
        try:
            rules = self._rules()
            due = await asyncio.to_thread(due_reports, self._database, rules, self._now_ms())
        except Exception:
            # A database that is away: it is asked again.
            log.warning("report.not_looked_up", exc_info=True)
            self._failed = True
            return []
        for one in due:
            # Its row may still be on its way to the database.
            if one in self._made:
                continue
            directory = self._home / rules.directory
            try:
                data = await asyncio.to_thread(
                    make_files, self._database, one, rules, directory, self._makers(), self._now_ms()
                )
            except Exception as error:
                why = error.strerror if isinstance(error, OSError) else str(error)
                log.exception("report.not_made", period=one.label, directory=str(directory), why=why)
                self._failed = True
                continue
            self._made.add(one)
            self._record(KIND, data)
            log.info(
                "report.made", period=one.label, version=one.version, part=one.part,
                files=sorted(data["files"]),
            )  # fmt: skip
            done.append(one)
        before_s = machine_time.time() - rules.keep_ledgers_days * 86_400
        with suppress(OSError):
            await asyncio.to_thread(drop_ledgers, self._home / rules.directory, before_s)
        return done
