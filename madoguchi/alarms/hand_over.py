"""The watchdog of an installation without `bin/up` (units of systemd, containers): it hands on who waits.

To end a frozen process and start another is systemd's (`WatchdogSec`) or the container's part there.
"""

from __future__ import annotations

from typing import Any

import structlog

from config import Home, Settings
from config.runfile import AriAccess, RunFile
from madoguchi.watchdog import AwayError, Rest, Watchdog

log = structlog.get_logger()


class FromRunFile:
    """Asks the Asterisk that run.json names now: it may come later than we, and be another one tomorrow."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._access: AriAccess | None = None
        self._rest: Rest | None = None

    async def __call__(self, method: str, path: str, **query: str) -> Any:
        """See `madoguchi.watchdog.Asks`."""
        try:
            access = RunFile.read(self._home.run_json).ari
        except (OSError, ValueError) as problem:
            raise AwayError(str(problem)) from None
        if self._rest is None or access != self._access:
            await self.close()
            self._access, self._rest = access, Rest(access.url, access.user, access.password)
        return await self._rest(method, path, **query)

    async def close(self) -> None:
        """End its connections."""
        if self._rest is not None:
            await self._rest.close()


def watchdog(ask: FromRunFile, settings: Settings) -> Watchdog:
    """One that hands over after `[watch] hand_over_s` and ends nobody."""

    async def alive() -> bool:
        return True

    return Watchdog(
        ask=ask,
        alive=alive,
        restart=lambda: None,
        say=lambda text: log.warning("watchdog", did=text),
        app=settings.ari.app,
        hand_over_s=settings.watch.hand_over_s,
        restart_s=0,
    )
