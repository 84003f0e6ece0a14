"""The process that watches: reads every few seconds, keeps the book, writes it down, tells it."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import aiohttp
import structlog
from sqlalchemy.exc import DBAPIError

from config import Clock, ConfigError, Home, Settings, load_settings
from config.kept import kept as in_force
from db import Database, DatabaseError, Entry, open_database
from db.append import append
from madoguchi.alarms.blocking import Blocking
from madoguchi.alarms.book import Notice
from madoguchi.alarms.hand_over import FromRunFile, watchdog
from madoguchi.alarms.keep import Kept, Outgoing
from madoguchi.alarms.readings import look, readings
from madoguchi.alarms.rotation import rotate
from madoguchi.alarms.webhook import Teller
from madoguchi.logs import log_to

EVERY_S = 5.0
GUARD_EVERY_S = 1.0
ROTATE_EVERY_S = 300.0
KEEP_EVERY_S = 60.0
"""The book goes onto the disk when something is told, else so often."""

log = structlog.get_logger()


class Watch:
    """One look after the other until it is stopped."""

    def __init__(self, home: Home, database: Database, clock: Clock, desk_url: str | None = None) -> None:
        self._home = home
        self._database = database
        self._clock = clock
        self._desk_url = desk_url
        self._kept_s = float("-inf")
        self._waiting: list[str] = []
        self._rotated_s = float("-inf")
        self._blocking = Blocking(home)
        self.kept = Kept.read(home)
        self.settings = _settings(home, None)
        self.teller = Teller(home, self.kept, lambda: self.settings)
        self._session = aiohttp.ClientSession()

    async def keep(self, stop: asyncio.Event, every_s: float = EVERY_S) -> None:
        """Look, again and again. A look that fails is logged, and the next one is made."""
        self.teller.go_on()
        guarding = asyncio.create_task(self._guard(), name="guesses")
        try:
            await self._keep(stop, every_s)
        finally:
            guarding.cancel()
            await asyncio.gather(guarding, return_exceptions=True)

    async def _guard(self) -> None:
        """Every second look who guesses passwords."""
        while True:
            try:
                now_ms = time.time_ns() // 1_000_000
                for kind, address, more in await self._blocking.look(self.settings, now_ms):
                    log.warning(kind, address=address, **more)
                    entry = Entry(self._clock.now_ms(), kind, data={"address": address, **more})
                    await asyncio.to_thread(self._journal, entry)
            except Exception:
                log.exception("alarms.guard_failed")
            await asyncio.sleep(GUARD_EVERY_S)

    def _journal(self, entry: Entry) -> None:
        try:
            append(self._database, [entry])
        except (DBAPIError, DatabaseError, OSError) as problem:  # it stands in the log
            log.warning("alarms.not_written", kind=entry.kind, why=str(problem)[:200])

    async def _keep(self, stop: asyncio.Event, every_s: float) -> None:
        parent = os.getppid()
        while not stop.is_set() and os.getppid() == parent:  # whoever started us was killed: so much for us
            try:
                await self.look()
                await self._rotate()
            except Exception:
                log.exception("alarms.look_failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await stop.wait()

    async def look(self) -> list[Notice]:
        """Read all conditions once, and put what is new on its way."""
        self.settings = await asyncio.to_thread(_settings, self._home, self.settings)
        settings, book = self.settings, self.kept.book
        seen = await look(self._session, self._home, self._desk_url)
        now_ms = self._clock.now_ms()
        found = list(readings(self._home, settings, seen, book.raised()))
        told = book.take(found, now_ms, round(settings.alarms.again_min * 60_000))
        for notice in told:
            log.warning("alarm", **notice.model_dump())
            for url in settings.alarms.webhooks:
                self.kept.outgoing.append(Outgoing(id=secrets.token_hex(8), url=url, notice=notice))
        self.kept.unwritten += [one for one in told if one.change != "again"]
        await asyncio.to_thread(self._write_down, told)
        self.teller.go_on()
        return told

    async def _rotate(self) -> None:
        """Every few minutes keep the logs short."""
        if time.monotonic() - self._rotated_s < ROTATE_EVERY_S:
            return
        self._rotated_s = time.monotonic()
        if names := await rotate(self._session, self._home):
            log.info("logs.rotated", files=names)

    async def close(self) -> None:
        """Leave; what was not told stays on the disk."""
        await self.teller.close()
        await self._session.close()
        with suppress(OSError):
            self.kept.write(self._home)

    def _write_down(self, told: list[Notice]) -> None:
        """Into the journal if it can be had, else the next time; and the book onto the disk."""
        if self.kept.unwritten:
            entries = [
                Entry(one.at_ms, f"alarm.{one.change}", data=one.model_dump(exclude={"change", "at_ms"}))
                for one in self.kept.unwritten
            ]
            try:
                append(self._database, entries)
                self.kept.unwritten.clear()
            except (DBAPIError, DatabaseError, OSError) as problem:
                log.warning("alarms.not_written", waiting=len(entries), why=str(problem)[:200])
        waiting = [one.id for one in self.kept.outgoing]
        if not told and waiting == self._waiting and time.monotonic() - self._kept_s < KEEP_EVERY_S:
            return
        try:
            self.kept.write(self._home)
            self._kept_s, self._waiting = time.monotonic(), waiting
        except OSError as problem:  # a full disk is one of the alarms; it is told all the same
            log.warning("alarms.not_kept", why=str(problem))


def _settings(home: Home, before: Settings | None) -> Settings:
    """Those in force; of a file with a mistake those of before."""
    try:
        return in_force(home) or load_settings(home, make=False)
    except ConfigError:
        return before or Settings()


async def serve(home: Home, desk_url: str | None, *, hand_over: bool = False) -> int:
    """Watch until SIGTERM or SIGINT. With `hand_over` who waits is handed on when the controller is away."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    database = open_database(home=home.path)
    watch = Watch(home, database, Clock.from_environment(), desk_url)
    ask = FromRunFile(home)
    guarding = (
        asyncio.create_task(watchdog(ask, watch.settings).run(), name="watchdog") if hand_over else None
    )
    try:
        await watch.keep(stop)
    finally:
        if guarding is not None:
            guarding.cancel()
            await asyncio.gather(guarding, return_exceptions=True)
        await ask.close()
        await watch.close()
        database.close()
    return 0


def main() -> int:
    """Read the arguments and watch."""
    parser = argparse.ArgumentParser(prog="python -m madoguchi.alarms")
    parser.add_argument("--home", default="var")
    parser.add_argument("--desk-url", help="where the desk is, if not where run.json says (containers)")
    parser.add_argument("--hand-over", action="store_true", help="be the watchdog, too: there is no bin/up")
    asked = parser.parse_args()
    os.umask(0o077)
    home = Home(Path(asked.home))
    logs = log_to(home.logs / "alarms.log")
    try:
        return asyncio.run(serve(home, asked.desk_url, hand_over=asked.hand_over))
    except DatabaseError as problem:
        print(f"madoguchi: {problem}", file=sys.stderr)
        return 2
    finally:
        logs.close()
