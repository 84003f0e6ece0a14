"""席別の呼出: what became of each attempt to ring a seat's phone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from db.seat_slots import OfferEnd
from reports.tally import digits, rate

MISSES = ("no_answer", "declined", "busy", "unreachable")
"""The seat's own: what counts as a miss."""
OTHERS = ("failed", "caller_gone", "lost_race", "withdrawn")
"""Not the seat's fault."""
_KNOWN = frozenset((*MISSES, *OTHERS, "answered"))


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


def seats_of(ended: Iterable[OfferEnd]) -> tuple[SeatOffersTally, ...]:
    """One tally a seat, by number."""
    counts: dict[int, Counter[str]] = {}
    for one in ended:
        # A word that is not known is no fault of the seat's.
        outcome = one.outcome if one.outcome in _KNOWN else "failed"
        counts.setdefault(one.seat, Counter())[outcome] += 1
    return tuple(SeatOffersTally(seat, counts[seat]) for seat in sorted(counts))
