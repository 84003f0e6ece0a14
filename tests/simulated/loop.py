"""An event loop whose time is made: nothing waits, and all that is due happens in one order."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any


class _NoWaiting(selectors.SelectSelector):
    def select(self, timeout: float | None = None) -> list[Any]:
        return super().select(0)


class MadeTimeLoop(asyncio.SelectorEventLoop):
    """`time()` jumps to the next timer when nothing else is to be done. There are no threads."""

    def __init__(self) -> None:
        self._made_s = 1000.0
        super().__init__(_NoWaiting())

    def time(self) -> float:
        """Seconds, of this loop alone."""
        return self._made_s

    def _run_once(self) -> None:
        ready, timers = self._ready, self._scheduled
        if not ready and timers:
            self._made_s = max(self._made_s, timers[0]._when)
        super()._run_once()

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """At once, in this thread: its order is no matter of chance."""
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001  # as a thread's pool does
            future.set_exception(error)
        return future
