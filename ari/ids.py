"""Ids of our own, so that a thing is known before the request that makes it is sent."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS = 80
_TIME_BITS = 48


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class IdMaker:
    """Makes ids of 26 lower-case letters and digits that sort by the time they were made.

    ULID's layout: 48 bits of ms since 1970 UTC, 80 random bits, Crockford's base 32. Ids of one maker
    strictly increase, also within one ms and when the clock is set back. ``now_ms`` and ``random_bits``
    (called with the number of bits wanted) can be given, for tests and for a clock that is set.
    """

    def __init__(
        self,
        now_ms: Callable[[], int] = _now_ms,
        random_bits: Callable[[int], int] = secrets.randbits,
    ) -> None:
        self._now_ms = now_ms
        self._random_bits = random_bits
        self._last = 0

    def __call__(self, prefix: str = "") -> str:
        """A new id, behind ``prefix`` if one is given ("say-" -> "say-01j...")."""
        moment = self._now_ms() & ((1 << _TIME_BITS) - 1)
        # The top random bit stays 0, so that counting up within a ms has room.
        value = (moment << _RANDOM_BITS) | (self._random_bits(_RANDOM_BITS) >> 1)
        if value <= self._last:
            value = self._last + 1
        self._last = value
        return prefix + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -1, -5))


new_id = IdMaker()
"""The maker of this process, on the system's clock and randomness."""
