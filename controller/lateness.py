"""How late an event of Asterisk's is heard: a process that stood still hears of all at once, later."""

from __future__ import annotations

from datetime import datetime

from config import Clock, to_ms

LATE_MS = 1_000
"""Less is the way that every event has, also on a machine that is busy."""
LONGEST_MS = 60_000
"""More is a clock that was set: a process that stood still for so long has been ended."""


REMEMBERED = 500
"""So many events, and as many before them, tell the difference of the clocks: more than wait to be heard when
we stood still, and few enough that a clock that was set is believed within the hour.
"""
_MUCH = 2**62


class Lateness:
    """Asterisk's clock against ours: it may be behind, on another machine. The soonest event tells it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heard = 0
        self._least_ms = self._least_before_ms = _MUCH

    def happened_ms(self, told: datetime) -> int:
        """When it happened (our clock, ms UTC), if that is heard late; else now, the moment of hearing."""
        now_ms = self._clock.now_ms()
        # Nothing is heard before it happens: either clock was set, or theirs is ahead. Taken for a difference
        # that lasts, one event that was on its way when ours was set back would make all later ones late.
        late_ms = max(0, now_ms - (to_ms(told) + self._clock.offset_ms))
        if self._heard == REMEMBERED:
            self._heard, self._least_before_ms, self._least_ms = 0, self._least_ms, _MUCH
        self._heard += 1
        self._least_ms = min(self._least_ms, late_ms)
        late_ms -= min(self._least_ms, self._least_before_ms)
        return now_ms - late_ms if LATE_MS < late_ms < LONGEST_MS else now_ms
