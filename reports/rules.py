"""What a report needs to know besides the records: the contract's terms, names, and the open hours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from config.clock import to_ms
from config.report import Report
from reports.period import Period
from reports.service_level import ServiceLevel

if TYPE_CHECKING:
    from config import Settings
    from ivr.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Rules:
    """``operators`` and ``lines`` are names by id, ``seats`` their numbers; ``calendar`` the main line's with
    all that was said over it. Without a calendar nothing is said of 席の配置.
    """

    terms: Report = field(default_factory=Report)
    operators: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, str] = field(default_factory=dict)
    seats: tuple[int, ...] = ()
    calendar: Calendar | None = None
    templates: Path | None = None
    """Where the site's own templates are, if anywhere."""
    contract: tuple[date | None, date | None] = (None, None)
    """開設期間: first and last day."""

    @classmethod
    def of(cls, settings: Settings, calendar: Calendar, templates: Path | None = None) -> Rules:
        """As the settings have it."""
        return cls(
            settings.report,
            {operator.id: operator.name for operator in settings.operators},
            settings.line_names(),
            tuple(settings.seats.extensions()),
            calendar,
            templates,
            (settings.calendar.contract_from, settings.calendar.contract_to),
        )

    @property
    def level(self) -> ServiceLevel:
        """The contract's service level."""
        return ServiceLevel.of(self.terms.service_level)

    @property
    def recall_ms(self) -> int:
        """How soon an attempt follows another of the same chain."""
        return round(self.terms.recall_h * 3_600_000)

    def open_hours(self, period: Period, until_ms: int) -> list[tuple[int, int]]:
        """The open hours in the period and before ``until_ms``, half-open, ms UTC, in order."""
        if self.calendar is None:
            return []
        first, last = period.from_ms, min(period.to_ms, until_ms)
        # A day before: hours over midnight.
        begin = period.first - timedelta(days=1)
        found = self.calendar.open_intervals(begin, len(period.days) + 1)
        clipped = ((max(first, to_ms(opens)), min(last, to_ms(closes))) for opens, closes in found)
        return [(opens, closes) for opens, closes in clipped if opens < closes]
