"""What the seats did, as far as figures are made of it: after-call work and offers, from one pass of rows."""

from __future__ import annotations

from dataclasses import dataclass, field

from db import Entry
from reports import seat_offers, wrap_ups
from reports.seat_offers import OfferEnd, SeatOffers
from reports.wrap_ups import WrapUps

KINDS = (*wrap_ups.KINDS, *seat_offers.KINDS)


@dataclass(frozen=True, slots=True)
class SeatFigures:
    """The seats' part of a period: after-call work (ms) that began in it, offers that ended in it."""

    wrap_ups_ms: tuple[int, ...] = ()
    offers: tuple[OfferEnd, ...] = ()


@dataclass(slots=True)
class SeatWork:
    """Folds rows; those of other kinds change nothing."""

    wrap_ups: WrapUps = field(default_factory=WrapUps)
    offers: SeatOffers = field(default_factory=SeatOffers)

    def add(self, entry: Entry) -> None:
        """Take one row."""
        if entry.kind in seat_offers.KINDS:
            self.offers.add(entry)
        else:
            self.wrap_ups.add(entry)

    def between(self, from_ms: int, to_ms: int) -> SeatFigures:
        """The part of from_ms <= t < to_ms."""
        return SeatFigures(
            tuple(self.wrap_ups.between(from_ms, to_ms)), tuple(self.offers.between(from_ms, to_ms))
        )

    def forget_before(self, from_ms: int) -> None:
        """Drop what is older."""
        self.wrap_ups.forget_before(from_ms)
        self.offers.forget_before(from_ms)
