"""A controller stands by: when the one that commands is killed, it goes on, with calls flowing."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.falls import note, overtaken, ready, share
from tests.asterisk.site import Site
from tests.rig.processes import command
from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(1200)]
TIMES = int(os.environ.get("MADOGUCHI_TAKE_OVERS", "20"))


async def test_given_a_standby_when_the_other_is_killed_again_and_again_then_nothing_is_lost(tmp_path):
    toml = QUICK + "max_misses = 99\n[watch]\nstandby = true\n"
    async with Site.started(tmp_path / "home", toml, at=WEEKDAY, seats=4) as site:
        for number in range(1, 5):
            site.seats[number].behave(answer_after_ms=300)
            await site.seats[number].register()
            await site.world.log_in(number)
        run = await site.carrier.call(
            site.world.run.number, calls=TIMES * 60, rate=1, hold_ms=6_000, media=False
        )
        took: list[float] = []
        for _ in range(TIMES):
            old = await eventually(lambda: ready(site, 0), 30, "somebody commands")
            await eventually(lambda old=old: stands_by(site, old), 60, "another stands by", every_s=0.2)
            os.kill(old, signal.SIGKILL)
            began = time.monotonic()
            await eventually(lambda old=old: ready(site, old), 30, "the standby commands")
            took.append(time.monotonic() - began)
        run.stop_calling()
        result = await run.result(60)
        await site.world.nothing_left(30)
        calls = (await site.world.api("GET", "/calls"))["calls"]
        note(
            {"what": "take-over", "times": TIMES, "calls": len(result.calls), "received": len(calls),
             "dropped": sum(one.ended_by == "system" for one in result.calls),
             "overtaken": len(overtaken(calls)),
             "kill_to_ready_s": {"p50": share(took, 0.5), "max": max(took)}}
        )  # fmt: skip
        assert not [one for one in result.calls if one.ended_by == "system"]
        assert overtaken(calls) == []
        status, found = await command(site.world.home, "report", "check", "2026-11")
        assert (status, found["differences"], len(calls)) == (0, [], len(result.calls))


async def stands_by(site: Site, leader: int) -> bool:
    """Whether a second controller waits for the lease: the kernel marks who waits with an arrow."""
    for line in Path("/proc/locks").read_text().splitlines():
        words = line.split()
        if words[1] == "->" and int(words[5]) != leader:
            try:
                command_line = Path(f"/proc/{words[5]}/cmdline").read_text()
            except OSError:
                continue
            if "--standby" in command_line and str(site.world.home) in command_line:
                return True
    return False
