"""Half hours that met the target: a monthly mean hides the bad hours, so they are counted one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from reports.service_level import ServiceLevel
from reports.tally import Tally, digits, rate


@dataclass(frozen=True, slots=True)
class HalfHours:
    """Half hours in which there was something to measure, and those of them that reached the target."""

    measured: int
    met: int

    @property
    def rate(self) -> float | None:
        """Met ÷ measured."""
        return rate(self.met, self.measured)

    def to_json(self) -> dict[str, Any]:
        """The object ``half_hours``."""
        return {"measured": self.measured, "met": self.met, "rate": digits(self.rate)}


def half_hours_of(level: ServiceLevel, slots: Iterable[Tally]) -> HalfHours:
    """Over the tallies of single half hours. One without a decided call is not measured."""
    verdicts = [met for tally in slots if (met := level.is_met(tally)) is not None]
    return HalfHours(len(verdicts), sum(verdicts))
