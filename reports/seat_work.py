"""What the seats did, as far as live figures are made of it: after-call work and offers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from db import SeatSlot
from db.seat_slots import OfferEnd


@dataclass(frozen=True, slots=True)
class SeatFigures:
    """The seats' part of a period: after-call work (ms) that began in it, offers that ended in it."""

    wrap_ups_ms: tuple[int, ...] = ()
    offers: tuple[OfferEnd, ...] = ()


def seat_figures(slots: Iterable[SeatSlot], from_ms: int, to_ms: int) -> SeatFigures:
    """The part of from_ms <= t < to_ms."""
    wrap_ups_ms: list[int] = []
    offers: list[OfferEnd] = []
    for slot in slots:
        wrap_ups_ms += [one.length_ms for one in slot.wrap_ups if from_ms <= one.began_ms < to_ms]
        offers += [one for one in slot.offers if from_ms <= one.at_ms < to_ms]
    return SeatFigures(tuple(wrap_ups_ms), tuple(offers))
