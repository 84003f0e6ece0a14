"""How often somebody may ask: a bucket that refills, and a delay that grows with each failure. In memory."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

MOST = 10_000
"""Keys that are remembered; the one least lately seen gives way."""


class Bucket:
    """Each key has `burst` requests, refilled with `a_second` of them."""

    def __init__(
        self, a_second: float, burst: float, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._a_second = a_second
        self._burst = burst
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """Take one: 0.0. Or how long until there is one again, and nothing is taken."""
        now_s = self._monotonic()
        left, at_s = self._known.pop(key, (self._burst, now_s))
        left = min(self._burst, left + (now_s - at_s) * self._a_second)
        if left < 1:
            self._known[key] = (left, now_s)
            return (1 - left) / self._a_second
        self._known[key] = (left - 1, now_s)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return 0.0


class Delays:
    """After `free` failures each further one doubles the wait, from `first_s` up to `longest_s`."""

    def __init__(
        self,
        free: int,
        first_s: float,
        longest_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._first_s = first_s
        self._longest_s = longest_s
        self._monotonic = monotonic
        self._known: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def wait_s(self, key: str) -> float:
        """How long nothing is taken from this key; 0.0: it may try."""
        _, until_s = self._known.get(key, (0, 0.0))
        return max(0.0, until_s - self._monotonic())

    def failed(self, key: str) -> None:
        """One more failure. An hour without any forgets them."""
        now_s = self._monotonic()
        count, until_s = self._known.pop(key, (0, now_s))
        count = 1 if now_s - until_s > 3600 else count + 1
        self._known[key] = (count, now_s + self.delay_s(count))
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def delay_s(self, failures: int) -> float:
        """The wait after so many failures in a row."""
        if failures < self._free:
            return 0.0
        doubled = min(failures - self._free, 20)
        return float(min(self._longest_s, self._first_s * 2**doubled))
