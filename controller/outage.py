"""When Asterisk fell last and when it came again, as far as anybody saw it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config import to_ms
from db import Database, newest_ms

if TYPE_CHECKING:
    from controller.controller import Controller

SEEN_WITHIN_MS = 30_000
"""A fall that the supervisor saw longer before the journal's last row was an earlier one."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Between one Asterisk and the next. ms UTC of the controller's clock; `booted_ms` 0: nobody knows."""

    fell_ms: int
    booted_ms: int

    def took(self, received_ms: int) -> bool:
        """Whether a call that came in then was on the line when Asterisk fell, if it is there no more."""
        return received_ms < self.booted_ms


async def last_outage(controller: Controller) -> Outage:
    """Ask Asterisk since when it runs, and who was there when the one before it fell.

    Raises:
        AriError: the connection broke.
    """
    info = await controller.client.asterisk.get_info()
    started = info.status.startup_time if info.status else None
    booted_ms = to_ms(started) + controller.clock.offset_ms if started else 0
    return Outage(await _fell_ms(controller, booted_ms), booted_ms)


async def _fell_ms(controller: Controller, booted_ms: int) -> int:
    """A controller that lived saw the connection break; else the supervisor wrote it down; where nobody did,
    it was after the journal's last row of before.
    """
    since_ms = controller.away_since_ms
    if since_ms is not None and since_ms < booted_ms:
        return since_ms
    newest_ms = await asyncio.to_thread(_newest_ms, controller.database, booted_ms)
    seen_ms = controller.seen_fall_ms()
    if seen_ms is not None and newest_ms - SEEN_WITHIN_MS <= seen_ms <= booted_ms:
        return seen_ms
    return newest_ms


def _newest_ms(database: Database, before_ms: int) -> int:
    with database.read() as connection:
        return newest_ms(connection, before_ms) or before_ms
