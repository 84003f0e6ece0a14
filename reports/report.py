"""The year's, the month's and the day's report, and the forms in which it can be handed over."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from rich.console import RenderableType

from db import Closing, Database
from reports.as_csv import csv_of
from reports.as_html import html_of
from reports.as_text import text_of
from reports.call_tables import heat_cells
from reports.calls import local_text
from reports.figures import Figures, half_hour_name
from reports.history import Contract, all_between
from reports.layout import Layout, cover_fields, layout_of
from reports.period import Period, day_period, month_period, year_period
from reports.rules import Rules
from reports.site_layout import laid_out
from reports.tally import digits


@dataclass(frozen=True, slots=True)
class _Report:
    figures: Figures
    contract: Contract
    rules: Rules
    closing: Closing | None = None
    """As which version it is frozen (締め)."""

    @property
    def is_provisional(self) -> bool:
        """Whether the period was not over when the report was made (速報)."""
        return self.figures.now_ms < self.figures.period.to_ms

    @property
    def layout(self) -> Layout:
        """The report as tables, the same for every form but JSON."""
        whole = layout_of(self.figures, self.contract, self.rules, is_provisional=self.is_provisional)
        marked = self._marked(whole)
        fields = cover_fields(marked, self.figures, self.rules)
        return laid_out(marked, self.figures.period.kind, fields, self.rules.templates)

    @property
    def status(self) -> str:
        """速報 until the month is closed, then 確定 with the version; "" for a day that is over."""
        if self.closing is not None:
            return f"確定 第{self.closing.version}版"
        return "速報" if self.is_provisional or self.figures.period.kind == "month" else ""

    def _marked(self, layout: Layout) -> Layout:
        closing = self.closing
        if closing is None:
            before = self.status and not self.is_provisional
            return replace(layout, remark="速報（締め前の数字です）") if before else layout
        told = f"{local_text(closing.at_ms)[:16].replace('T', ' ')} 締め"
        closed = f"{self.status}。{told}（{closing.by}）。"
        if closing.reason:
            closed += f"理由：{closing.reason}。"
        closed += f"記録台帳の先頭 {closing.head or '–'}。"
        return replace(
            layout,
            remark=f"{self.status}（{told}）",
            definitions=(*layout.definitions, ("締め", closed)),
        )

    def to_json(self) -> dict[str, Any]:
        """The contract's object; JSON-ready. ``as_of`` is there only while the period is not over.

        So the report of a period that is over is the same, to the byte, whenever it is made.
        """
        made: dict[str, Any] = {"provisional": self.is_provisional, "status": self.status}
        if self.closing is not None:
            made["version"] = self.closing.version
            made["closed"] = {
                "at": local_text(self.closing.at_ms),
                "by": self.closing.by,
                "reason": self.closing.reason,
                "head": self.closing.head,
            }
        if self.is_provisional:
            made["as_of"] = local_text(self.figures.now_ms)
        if self.contract.year_before is not None:
            made["year_before"] = self.contract.year_before.to_json()
        staffed = self.contract.staffed
        return {
            **self.figures.to_json(),
            "heat": self._heat(),
            "recalls": self.contract.recalls.to_json(),
            "staffed": None if staffed is None else staffed.to_json(),
            "work": self.contract.work.to_json(),
            "written": self.contract.written.to_json(),
            "staff": [day.to_json() for day in self.contract.staff],
            **made,
        }

    def _heat(self) -> list[dict[str, Any]]:
        return [
            {
                "weekday": weekday,
                "time": half_hour_name(n),
                "received": tally.received,
                "answered": tally.answered,
                "answer_rate": digits(tally.answer_rate),
                "service_level": digits(self.figures.level.value(tally)),
            }
            for weekday, row in enumerate(heat_cells(self.figures))
            for n, tally in enumerate(row)
            if tally.received
        ]

    def to_csv(self) -> bytes:
        """UTF-8 with BOM, CRLF, no cell that a spreadsheet would run as a formula."""
        return csv_of(self.layout)

    def to_xlsx(self) -> bytes:
        """An Excel workbook with a sheet a section, set up for A4."""
        # openpyxl takes as long to import as all else together; only this form needs it.
        from reports.as_xlsx import xlsx_of

        return xlsx_of(self.layout)

    def to_html(self) -> str:
        """A page that stands alone (no network) and prints on A4."""
        return html_of(self.layout, self.rules.templates)

    def to_pdf(self) -> bytes:
        """The page as PDF on A4, its fonts inside.

        Raises:
            PdfError: the program for it, or a Japanese font, is not installed; says what to install.
        """
        from reports.as_pdf import pdf_of

        return pdf_of(self.to_html())

    def to_text(self) -> RenderableType:
        """For the terminal; print it with ``rich``."""
        return text_of(self.layout)


class MonthReport(_Report):
    """The 月次報告 of calls."""

    __slots__ = ()


class YearReport(_Report):
    """The 年次報告 of calls: of a fiscal year."""

    __slots__ = ()


class DayReport(_Report):
    """The 日次報告 of calls."""

    __slots__ = ()


def year_report(database: Database, year: str, now_ms: int, rules: Rules | None = None) -> YearReport:
    """The report of the fiscal year "2026" (from April). Raises ValueError, a sentence, for other text."""
    return YearReport(*_all(database, year_period(year), now_ms, rules))


def month_report(database: Database, month: str, now_ms: int, rules: Rules | None = None) -> MonthReport:
    """The report of the month "2026-11" (Japan). Raises ValueError, a sentence, for any other text."""
    return MonthReport(*_all(database, month_period(month), now_ms, rules))


def day_report(database: Database, day: str, now_ms: int, rules: Rules | None = None) -> DayReport:
    """The report of the day "2026-11-22" (Japan). Raises ValueError, a sentence, for any other text."""
    return DayReport(*_all(database, day_period(day), now_ms, rules))


def _all(
    database: Database, period: Period, now_ms: int, rules: Rules | None
) -> tuple[Figures, Contract, Rules]:
    rules = rules or Rules()
    return *all_between(database, period, now_ms, rules), rules
