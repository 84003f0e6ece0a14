"""席別の呼出: what became of each attempt to ring a seat's phone, folded from the journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from db import Entry
from reports.tally import digits, rate

KINDS = ("offer.ended", "callback.offer_ended")
MISSES = ("no_answer", "declined", "busy", "unreachable")
"""The seat's own: what counts as a miss."""
OTHERS = ("failed", "caller_gone", "lost_race", "withdrawn")
"""Not the seat's fault."""


class OfferEnd(NamedTuple):
    """One attempt that is over; ``at_ms`` is UTC."""

    at_ms: int
    seat: int
    outcome: str


@dataclass(frozen=True, slots=True)
class SeatOffersTally:
    """One seat's offers by what became of them."""

    seat: int
    ends: Counter[str]

    @property
    def offers(self) -> int:
        """All attempts, callbacks' too."""
        return sum(self.ends.values())

    @property
    def answered(self) -> int:
        """Those that were answered."""
        return self.ends["answered"]

    @property
    def missed(self) -> int:
        """Those that the seat itself did not take."""
        return sum(self.ends[cause] for cause in MISSES)

    @property
    def answer_rate(self) -> float | None:
        """Answered ÷ offers."""
        return rate(self.answered, self.offers)

    @property
    def answer_rate_of_own(self) -> float | None:
        """Answered ÷ (answered + missed): what others ended is in neither."""
        return rate(self.answered, self.answered + self.missed)

    def to_json(self) -> dict[str, Any]:
        """The row of ``by_seat``."""
        return {
            "seat": self.seat,
            "offers": self.offers,
            "answered": self.answered,
            "missed": self.missed,
            **{name: self.ends[name] for name in (*MISSES, *OTHERS)},
            "answer_rate": digits(self.answer_rate),
            "answer_rate_of_own": digits(self.answer_rate_of_own),
        }


@dataclass(slots=True)
class SeatOffers:
    """Folds rows; those of other kinds change nothing."""

    ended: list[OfferEnd] = field(default_factory=list)

    def add(self, entry: Entry) -> None:
        """Take one row."""
        if entry.kind in KINDS and entry.seat is not None:
            outcome = entry.data.get("outcome")
            known = outcome in MISSES or outcome in OTHERS or outcome == "answered"
            self.ended.append(OfferEnd(entry.at_ms, entry.seat, str(outcome) if known else "failed"))

    def between(self, from_ms: int, to_ms: int) -> list[OfferEnd]:
        """Those that ended in from_ms <= t < to_ms."""
        return [one for one in self.ended if from_ms <= one.at_ms < to_ms]

    def forget_before(self, from_ms: int) -> None:
        """Drop what ended earlier."""
        self.ended = [one for one in self.ended if one.at_ms >= from_ms]


def seats_of(ended: Iterable[OfferEnd]) -> tuple[SeatOffersTally, ...]:
    """One tally a seat, by number."""
    counts: dict[int, Counter[str]] = {}
    for one in ended:
        counts.setdefault(one.seat, Counter())[one.outcome] += 1
    return tuple(SeatOffersTally(seat, counts[seat]) for seat in sorted(counts))
