"""平均処理時間 by seat: talk, hold and the work after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db import CallFacts, SeatSlot
from reports.period import Period


@dataclass(slots=True)
class Handled:
    """Calls whose talk is over, and what they took in all (ms)."""

    calls: int = 0
    took_ms: int = 0

    @property
    def average_s(self) -> float | None:
        """AHT: (talk, hold included, + wrap-up) ÷ calls; None when there were none."""
        return round(self.took_ms / self.calls / 1000, 3) if self.calls else None


def handled_of(period: Period, calls: Iterable[CallFacts], slots: Iterable[SeatSlot]) -> dict[int, Handled]:
    """By seat, of calls received in ``period`` and wrap-ups that began in it."""
    seats: dict[int, Handled] = {}
    for facts in calls:
        if facts.seat is None or not period.from_ms <= facts.received_ms < period.to_ms:
            continue
        talk_ms = facts.talk_ms
        if talk_ms is not None:
            one = seats.setdefault(facts.seat, Handled())
            one.calls += 1
            one.took_ms += talk_ms
    for slot in slots:
        if slot.seat in seats:
            seats[slot.seat].took_ms += sum(
                wrap_up.length_ms
                for wrap_up in slot.wrap_ups
                if period.from_ms <= wrap_up.began_ms < period.to_ms
            )
    return seats
