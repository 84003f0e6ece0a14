"""Where callers stood in the queue before a restart, from the rows of their calls."""

from collections.abc import Iterable
from fractions import Fraction

from acd.caller import Place
from db import Entry

TELLING = ("call.queued", "call.moved", "callback.moved")
"""The rows that tell a place; a callback begins in that of its call."""


def last_place(rows: Iterable[Entry], call: str) -> Place | None:
    """The place of this call, or of the callback asked for in it; None: by its time, as no row tells another.

    rows: all of the call's, in order. The supervisor may have moved the caller, or time have done it.
    """
    places = [Place.from_row(row.data.get("place"), call) for row in rows if row.kind in TELLING]
    return places[-1] if places else None


Turn = tuple[int, int, int | Fraction]


def turn(place: Place | None, queued_ms: int) -> Turn:
    """What callers are taken up in the order of: a seat that is ready at once is for who was first."""
    return (0, queued_ms, 0) if place is None else place[:3]
