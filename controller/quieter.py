"""つながりやすい時間帯, kept at hand: no caller waits for a look into the database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from ivr.spoken import half_hour_text

log = structlog.get_logger()

LOOK_EVERY_S = 6 * 3600.0


class QuieterHours:
    """The texts that name the quieter half hours; called, it says what was found last."""

    def __init__(self, find: Callable[[], tuple[int, ...]]) -> None:
        """`find`: half hours of the day (0 to 47); runs in a thread of its own."""
        self._find = find
        self._texts: tuple[str, ...] = ()

    def __call__(self) -> tuple[str, ...]:
        """What was found last."""
        return self._texts

    async def keep(self) -> None:
        """Look now and every six hours, until cancelled. A look that fails leaves nothing to say."""
        while True:
            try:
                found = await asyncio.to_thread(self._find)
            except Exception as error:  # noqa: BLE001  # the database may be away; calls go on
                log.warning("quieter.not_found", error=repr(error))
                found = ()
            self._texts = tuple(text for text in map(half_hour_text, found) if text)
            await asyncio.sleep(LOOK_EVERY_S)
