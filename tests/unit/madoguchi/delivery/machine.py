"""An instance that makes reports of a day and sends them, with a clock of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from config.forms import BOOKING
from config.report_files import ReportFiles
from db import Database, Entry, Journal, journal_rows, open_database, upgrade
from db.ledger import Writing, write
from madoguchi.delivery.clock import DeliveryClock
from madoguchi.report_files import Makers, ReportClock
from reports import day_report, month_report
from tests.unit.reports.days import at, by_time, call

NAME = "ナガノ　ハナコ"


class Machine:
    """An instance's two tasks on a database, with a clock of their own."""

    def __init__(self, home: Path, rules: ReportFiles) -> None:
        self.home, self.rules = home, rules
        self.now_ms, self.monotonic_s = at("2026-11-21T07:00:00"), 0.0
        self.database: Database = open_database(home=home)
        upgrade(self.database)
        self.journal = Journal(self.database)
        self.journal.start()
        for entry in by_time(call("a", at("2026-11-20T09:00:00"), "answered")):
            self.journal.write(entry)
        assert self.journal.flush()
        write(
            self.database,
            Writing("booking", "101", BOOKING.version, BOOKING.definition, {"kind": "新規"}, {"name": NAME}),
            at("2026-11-20T09:05:00"),
        )
        self.delivery = self.started()

    def record(self, kind: str, data: dict[str, Any]) -> None:
        self.journal.write(Entry(self.now_ms, kind, data=data))
        assert self.journal.flush()

    def started(self) -> DeliveryClock:
        return DeliveryClock(
            self.database, self.home, now_ms=lambda: self.now_ms, rules=lambda: self.rules,
            makers=lambda: Makers(day_report, month_report), record=self.record,
            monotonic=lambda: self.monotonic_s,
        )  # fmt: skip

    async def make(self) -> None:
        await ReportClock(
            self.database, self.home, now_ms=lambda: self.now_ms, rules=lambda: self.rules,
            makers=lambda: Makers(day_report, month_report), record=self.record,
        ).look()  # fmt: skip

    async def look(self) -> list[str]:
        return [one.due.name for one in await self.delivery.look()]

    def told(self, kind: str) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row.entry.data) for row in journal_rows(connection, kinds=[kind])]
