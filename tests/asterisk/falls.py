"""Seven operators, more callers than they can take, and something that falls again and again.

`MADOGUCHI_FALLS` sets how often, `MADOGUCHI_FALLS_SEED` the moments. What was measured is written, as JSON,
to the file that `MADOGUCHI_FALLS_FIGURES` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from config.runfile import RunFile
from tests.asterisk.site import Site
from tests.rig.processes import command
from tests.rig.world import eventually

FALLS = int(os.environ.get("MADOGUCHI_FALLS", "50"))
SEED = int(os.environ.get("MADOGUCHI_FALLS_SEED", "1"))
RATE = 5.0
"""Calls a second: more than seven seats can take, so that some twenty wait all the time."""
PATIENCE_MS = 8_000
SEATS = 7
SETTINGS = """
[guidance]
greeting = false
busy = false
please_hold_every_s = 5
[floor]
ring_time_s = 10
wrap_up_s = 0
max_misses = 99
"""
Fall = Callable[[Site, random.Random], Awaitable[None]]
"""Something falls, and is back when this returns."""


def log_lines(home: Path, event: str) -> list[float]:
    """When these events were logged, s since 1970."""
    found = []
    for file in sorted(home.glob("logs/controller.log*")):
        for line in file.read_text(errors="replace").splitlines():
            if f'"event": "{event}"' in line:
                told = json.loads(line)["timestamp"].replace("Z", "+00:00")
                found.append(datetime.fromisoformat(told).timestamp())
    return sorted(found)


async def ready(site: Site, old: int) -> int | None:
    try:
        run = RunFile.read(site.world.home / "run.json")
        await site.world.api("GET", "/readyz")
    except (OSError, ValueError, AssertionError):
        return None
    return run.controller_pid if run.controller_pid not in (0, old) else None


LEAVING_MS = 250
"""Who hangs up is out of the queue some time before the row that says so: many do in one and the same moment
when what had been waiting is read at once.
"""


def overtaken(calls: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of callers of whom the second had come later, and was offered first while the first waited."""
    served = sorted(
        (one for one in calls if one["queued_ms"] and not one["fallback"]), key=lambda one: one["queued_ms"]
    )
    found = []
    for place, first in enumerate(served):
        # (a talk whose offer was never stored is known by its connection only)
        left_ms = first["first_offer_ms"] or first["connected_ms"] or first["ended_ms"]
        for second in served[place + 1 :]:
            offered_ms = second["first_offer_ms"]
            later = first["queued_ms"] < second["queued_ms"] < left_ms  # in one millisecond the place decides
            if offered_ms and later and offered_ms < left_ms - LEAVING_MS:
                found.append((first["call"], second["call"]))
    return found


def note(figures: dict[str, Any]) -> None:
    """Keep what was measured, if a file is named for it."""
    if file := os.environ.get("MADOGUCHI_FALLS_FIGURES"):
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(json.dumps(figures) + "\n")


def share(values: list[float], part: float) -> float:
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, int(part * len(ranked)))], 2) if ranked else 0.0


@dataclass
class Falls:
    """The load, and what was seen in it."""

    site: Site
    what: str
    fall: Fall
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))  # moments, not secrets
    most_waiting: int = 0

    async def go(self) -> dict[str, Any]:
        """All falls under load; nothing may be lost by them. The figures.

        Raises:
            AssertionError: a talk, a place or a call was lost, or the books do not agree.
        """
        site = self.site
        await self._staff()
        run = await site.carrier.call(
            site.world.run.number, calls=int(RATE * FALLS * 40), rate=RATE, hold_ms=PATIENCE_MS, media=False
        )
        await asyncio.sleep(10)
        for _ in range(FALLS):
            await asyncio.sleep(self.chance.uniform(1, 4))
            self.most_waiting = max(self.most_waiting, len((await site.live())["waiting"]))
            await self.fall(site, self.chance)
        run.stop_calling()
        result = await run.result(120)
        await site.world.nothing_left(60)
        listed = await over(site, len(result.calls))
        ended = sum(one.ended_by == "system" for one in result.calls)
        dropped = ended - await hung_up_by_operators(site, listed) if ended else 0
        status, found = await command(site.world.home, "report", "check", "2026-11")
        month = await site.world.api("GET", "/reports/month/2026-11?format=json")
        figures = {
            "what": self.what,
            "falls": FALLS,
            "seed": SEED,
            "calls": len(result.calls),
            "answered_by_system": len(result.answered),
            "most_waiting": self.most_waiting,
            "talks": month["answered"],
            "by_the_fallback": month["fallback"]["received"],
            "dropped": dropped,
            "overtaken": len(overtaken(listed)),
            "received": month["received"],
        }
        note({**figures, "check": found["differences"][:20]})
        assert dropped == 0
        assert overtaken(listed) == []
        assert month["received"] == len(listed) == len(result.calls)
        assert month["identity"]["holds"] is True
        assert (status, found["differences"]) == (0, [])
        return figures

    async def _staff(self) -> None:
        for number in range(1, SEATS + 1):
            self.site.seats[number].behave(answer_after_ms=300)
            await self.site.seats[number].register()
            await self.site.world.log_in(number)


async def hung_up_by_operators(site: Site, calls: list[dict[str, Any]]) -> int:
    """Talks that the operator's telephone ended: the floor had asked for nothing.

    The tests' telephones do so by themselves now and then, when they are rung and let go many times a second.
    """
    count = 0
    for one in calls:
        if one["connected_ms"]:
            rows = await site.rows(one["call"], "call.talk_ended")
            count += any(row["data"].get("by") == "operator" for row in rows)
    return count


async def over(site: Site, count: int) -> list[dict[str, Any]]:
    """All calls, once they are over and counted."""

    async def look() -> list[dict[str, Any]] | None:
        calls: list[dict[str, Any]] = (await site.world.api("GET", "/calls"))["calls"]
        return calls if len(calls) >= count and all(one["ended_ms"] for one in calls) else None

    try:
        return await eventually(look, 30, "all are over") or []
    except AssertionError:
        calls: list[dict[str, Any]] = (await site.world.api("GET", "/calls"))["calls"]
        return calls
