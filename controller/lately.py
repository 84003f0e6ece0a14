"""The calls that ended in the last time: a reconciliation need not look for them in Asterisk's own record."""

from __future__ import annotations

KNOWN_S = 1200.0
SURELY_LATELY_MS = 600_000
"""Half of that: who ended since then, by whichever clock, is remembered if he was ours. Who ended before is
looked for in the journal, which has him once all that was recorded is stored.
"""


class Lately:
    """Ids of calls by when they ended. Forgets by itself: a connection may last for weeks.

    Moments are seconds of the event loop, so a clock that is set anew makes nobody forgotten.
    """

    def __init__(self) -> None:
        self._ended_s: dict[str, float] = {}

    def __contains__(self, call: object) -> bool:
        return call in self._ended_s

    def __len__(self) -> int:
        return len(self._ended_s)

    def add(self, call: str, now_s: float) -> None:
        """A call has ended; those that ended more than KNOWN_S ago are forgotten."""
        self._ended_s[call] = now_s
        while next(iter(self._ended_s.values())) < now_s - KNOWN_S:
            del self._ended_s[next(iter(self._ended_s))]
