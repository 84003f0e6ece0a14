"""Is the process alive, is it ready, and how late is its event loop."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import Callable

from sqlalchemy import text

from config import JST, from_ms
from controller.office import Office
from db import Database

TICK_S = 0.25
FRESH_S = 1.0
CERTIFICATE_DAYS = 30
ANSWER_WITHIN_S = 2.0


class LoopLag:
    """How late the event loop runs what is due: the delay that every call meets."""

    def __init__(self, seen: Callable[[float], None]) -> None:
        self.latest_s = 0.0
        self._seen = seen

    async def run(self) -> None:
        """Measure until cancelled."""
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            self.latest_s = max(0.0, time.perf_counter() - due)
            self._seen(self.latest_s)


def holiday_table(office: Office) -> tuple[int, list[str]]:
    """For how many days the holiday table in use still speaks, and a Japanese warning when another is due."""
    table, today = office.calendar().holidays, from_ms(office.now_ms()).astimezone(JST).date()
    alarm = table.alarm(today)
    return table.days_left(today), [alarm] if alarm else []


def certificate_warning(ends_s: float | None) -> list[str]:
    """A Japanese warning when the pages' certificate ends within a month, or has ended."""
    if ends_s is None:
        return []
    left = math.floor((ends_s - time.time()) / 86_400)
    if left < 0:
        return ["画面の証明書の期限が切れています。新しいものに替えて、起動し直してください。"]
    return [f"画面の証明書があと{left}日で切れます。"] if left < CERTIFICATE_DAYS else []


class DatabaseCheck:
    """Whether the database answers: asked in a thread, at most once a second, one question at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking: asyncio.Task[bool] | None = None
        self._answer = False
        self._at_s = float("-inf")

    async def answers(self) -> bool:
        """True when it answered within two seconds; the answer may be a second old."""
        if time.monotonic() - self._at_s < FRESH_S:
            return self._answer
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="database check")
        done, _ = await asyncio.wait({self._asking}, timeout=ANSWER_WITHIN_S)
        return bool(done) and done.pop().result()

    async def close(self) -> None:
        """Leave a question that is under way."""
        if self._asking:
            self._asking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._asking

    async def _ask(self) -> bool:
        try:
            self._answer = await asyncio.to_thread(self._select)
        finally:
            self._at_s = time.monotonic()
            self._asking = None
        return self._answer

    def _select(self) -> bool:
        try:
            with self._database.read() as connection:
                connection.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001 -- whatever it is, the database does not answer
            return False
        return True
