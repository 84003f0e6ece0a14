"""Falls of the controller under load, with real SIP: no talk dropped, no place lost, no call miscounted.

`MADOGUCHI_FALLS` sets the number, `MADOGUCHI_FALLS_SEED` the moments. What was measured is written, as JSON,
to the file that `MADOGUCHI_FALLS_FIGURES` names.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from config.runfile import RunFile
from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.site import Site
from tests.asterisk.test_records import command
from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(1800)]

FALLS = int(os.environ.get("MADOGUCHI_FALLS", "50"))
SEED = int(os.environ.get("MADOGUCHI_FALLS_SEED", "1"))
RATE = 5.0
"""Calls a second: more than seven seats can take, so that some twenty wait all the time."""
PATIENCE_MS = 8_000
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


def started_at(pid: int) -> float:
    """When a process began, on the monotonic clock of the system (CLOCK_BOOTTIME), s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


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


def overtaken(calls: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of callers of whom the second had come later, and was offered first while the first waited."""
    served = sorted(
        (one for one in calls if one["queued_ms"] and not one["fallback"]), key=lambda one: one["queued_ms"]
    )
    found = []
    for place, first in enumerate(served):
        left_ms = first["first_offer_ms"] or first["ended_ms"]
        for second in served[place + 1 :]:
            offered_ms = second["first_offer_ms"]
            later = first["queued_ms"] < second["queued_ms"] < left_ms  # in one millisecond the place decides
            if offered_ms and later and offered_ms < left_ms:
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


@pytest.mark.parametrize("what", ["killed", "stopped"])
async def test_given_a_controller_that_falls_again_and_again_under_load_then_no_talk_place_or_call_is_lost(
    tmp_path, what
):
    chance = random.Random(SEED)  # moments, not secrets
    home = tmp_path / "home"
    async with Site.started(home, SETTINGS, at=WEEKDAY, seats=7) as site:
        for number in range(1, 8):
            site.seats[number].behave(answer_after_ms=300)
            await site.seats[number].register()
            await site.world.log_in(number)
        calls = int(RATE * FALLS * (20 if what == "killed" else 14))
        run = await site.carrier.call(
            site.world.run.number, calls=calls, rate=RATE, hold_ms=PATIENCE_MS, media=False
        )
        await asyncio.sleep(10)
        starts: list[float] = []
        most_waiting = 0
        for _ in range(FALLS):
            await asyncio.sleep(chance.uniform(1, 4))
            most_waiting = max(most_waiting, len((await site.live())["waiting"]))
            old = RunFile.read(home / "run.json").controller_pid
            if what == "stopped":
                os.kill(old, signal.SIGSTOP)
                await asyncio.sleep(5)
                os.kill(old, signal.SIGCONT)
                await eventually(lambda: ready(site, 0), 30, "it answers again")
                continue
            os.kill(old, signal.SIGKILL)
            pid = await eventually(lambda old=old: ready(site, old), 60, "another controller", every_s=0.2)
            assert pid
            age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - started_at(pid)
            starts.append(time.time() - age_s)
        run.stop_calling()
        result = await run.result(120)
        await site.world.nothing_left(60)
        dropped = [one for one in result.calls if one.ended_by == "system"]
        listed = await over(site, len(result.calls))
        status, found = await command(home, "report", "check", "2026-11")
        month = await site.world.api("GET", "/reports/month/2026-11?format=json")
        readies, offers = log_lines(home, "controller.ready"), log_lines(home, "offer.started")
        to_ready = [
            min(after) - began for began in starts if (after := [at for at in readies if at >= began])
        ]
        to_offer = [min(after) - began for began in starts if (after := [at for at in offers if at >= began])]
        figures = {
            "what": what,
            "falls": FALLS,
            "seed": SEED,
            "calls": len(result.calls),
            "answered_by_system": len(result.answered),
            "most_waiting": most_waiting,
            "talks": month["answered"],
            "by_the_fallback": month["fallback"]["received"],
            "dropped": len(dropped),
            "overtaken": len(overtaken(listed)),
            "received": month["received"],
            "start_to_ready_s": {"p50": share(to_ready, 0.5), "p99": share(to_ready, 0.99)},
            "start_to_first_offer_s": {"p50": share(to_offer, 0.5), "p99": share(to_offer, 0.99)},
        }
        note({**figures, "check": found["differences"][:20]})
        assert dropped == []
        assert overtaken(listed) == []
        assert month["received"] == len(listed) == len(result.calls)
        assert month["identity"]["holds"] is True
        assert (status, found["differences"]) == (0, [])


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
