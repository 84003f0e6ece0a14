"""What the QR codes of phones hold: random names of their settings, each good once and not for long."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

VALID_S = 600
MOST = 200


@dataclass(slots=True)
class PhoneTickets:
    """Those given out and not yet used."""

    monotonic: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[int, float]] = field(default_factory=dict)

    def give(self, seat: int) -> str:
        """A new ticket for a seat's phone."""
        now_s = self.monotonic()
        self._known = {name: one for name, one in self._known.items() if one[1] > now_s}
        while len(self._known) >= MOST:
            self._known.pop(next(iter(self._known)))
        name = secrets.token_urlsafe(24)
        self._known[name] = (seat, now_s + VALID_S)
        return name

    def take(self, name: str) -> int | None:
        """The seat; None for a ticket that is not known, used or too old."""
        seat, until_s = self._known.pop(name, (None, 0.0))
        return seat if until_s > self.monotonic() else None
