"""Falls under load, with real SIP: no talk dropped, no place lost, no call miscounted."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import pytest
from yarl import URL

from config.runfile import RunFile
from tests.asterisk.conftest import WEEKDAY
from tests.asterisk.falls import SEATS, SETTINGS, Falls, log_lines, note, ready, share
from tests.asterisk.site import Site
from tests.asterisk.test_network import again, answers, through
from tests.asterisk.test_outages import database_away, server, written
from tests.rig.proxy import FaultProxy
from tests.rig.world import eventually
from tests.unit.db.postgres import Server

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(3600)]
__all__ = ["server"]  # the fixture


def started_at(pid: int) -> float:
    """When a process began, on the monotonic clock of the system (CLOCK_BOOTTIME), s."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


async def test_given_a_controller_that_is_killed_again_and_again_under_load_then_nothing_is_lost(tmp_path):
    home = tmp_path / "home"
    starts: list[float] = []

    async def killed(site: Site, _: random.Random) -> None:
        old = RunFile.read(home / "run.json").controller_pid
        os.kill(old, signal.SIGKILL)
        pid = await eventually(lambda: ready(site, old), 60, "another controller", every_s=0.2)
        assert pid
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - started_at(pid)
        starts.append(time.time() - age_s)

    async with Site.started(home, SETTINGS, at=WEEKDAY, seats=SEATS) as site:
        try:
            await Falls(site, "killed", killed).go()
        finally:
            note({"what": "start to ready", **took(starts, log_lines(home, "controller.ready"))})
            note({"what": "start to first offer", **took(starts, log_lines(home, "offer.started"))})


def took(starts: list[float], reached: list[float]) -> dict[str, float]:
    """From each start to what came first after it, s."""
    spans = [min(after) - began for began in starts if (after := [at for at in reached if at >= began])]
    return {"n": len(spans), "p50_s": share(spans, 0.5), "p99_s": share(spans, 0.99)}


async def test_given_a_controller_that_stands_still_again_and_again_under_load_then_nothing_is_lost(tmp_path):
    async def stopped(site: Site, _: random.Random) -> None:
        pid = RunFile.read(site.world.home / "run.json").controller_pid
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(5)
        os.kill(pid, signal.SIGCONT)
        await eventually(lambda: ready(site, 0), 30, "it answers again")

    async with Site.started(tmp_path / "home", SETTINGS, at=WEEKDAY, seats=SEATS) as site:
        await Falls(site, "stopped", stopped).go()


async def test_given_a_socket_that_is_cut_again_and_again_under_load_then_nothing_is_lost(tmp_path):
    async with Site.started(tmp_path / "home", SETTINGS, at=WEEKDAY, seats=SEATS) as site:
        ari = URL(site.world.run.ari.url)
        async with FaultProxy.before(ari.host or "", ari.port or 0) as proxy, through(site, proxy):

            async def cut(site: Site, chance: random.Random) -> None:
                before = proxy.passed
                kind = chance.choice(("reset", "reset", "reset", "stall", "half_open"))
                if kind == "reset":
                    proxy.reset()
                elif kind == "stall":
                    proxy.stall(5)
                    await asyncio.sleep(5)
                else:
                    proxy.half_open()
                if kind != "stall":
                    await eventually(lambda: again(proxy, before), 40, "another connection")
                await eventually(lambda: answers(site), 40, "it is ready again")

            await Falls(site, "cut", cut).go()


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
async def test_given_a_database_that_is_away_again_and_again_under_load_then_nothing_is_lost(
    tmp_path: Path, server: Server | None
) -> None:
    async def away(site: Site, chance: random.Random) -> None:
        await database_away(site, server, chance.uniform(1, 4))
        await eventually(lambda: written(site), 60, "the journal has all")

    async with Site.started(tmp_path / "home", SETTINGS, at=WEEKDAY, seats=SEATS) as site:
        await Falls(site, f"database away, {'SQLite' if server is None else 'PostgreSQL'}", away).go()
