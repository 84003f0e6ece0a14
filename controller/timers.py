"""One-shot timers by token. A stopped timer never fires; the floor ignores tokens that it has forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from config import Clock


class Timers:
    """Fires `due(token)` at a moment of the clock; on the event loop's monotonic time, so a step of the
    machine's clock moves no timer that is already running.
    """

    def __init__(self, clock: Clock, due: Callable[[str], None]) -> None:
        self._clock = clock
        self._due = due
        self._handles: dict[str, asyncio.TimerHandle] = {}

    def start(self, token: str, at_ms: int) -> None:
        """Fire at `at_ms` (ms UTC of the clock), at once when that is past; replaces an older timer."""
        self.stop(token)
        delay_s = max(0, at_ms - self._clock.now_ms()) / 1000
        self._handles[token] = asyncio.get_running_loop().call_later(delay_s, self._fire, token)

    def stop(self, token: str) -> None:
        """Forget a timer; an unknown token is fine."""
        handle = self._handles.pop(token, None)
        if handle:
            handle.cancel()

    def close(self) -> None:
        """Stop all timers."""
        for token in list(self._handles):
            self.stop(token)

    def _fire(self, token: str) -> None:
        self._handles.pop(token, None)
        self._due(token)
