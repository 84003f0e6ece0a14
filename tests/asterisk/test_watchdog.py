"""Nobody is left inside an application that stands still: the watchdog hands on who waits."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest

from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.site import Site
from tests.asterisk.test_fallback_report import stored
from tests.rig.processes import command, new_controller
from tests.rig.world import ROOT, eventually

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("restart_s", [6, pytest.param(0, marks=pytest.mark.long)])
async def test_given_a_controller_that_stays_frozen_then_who_waits_is_answered_and_each_call_counted_once(
    tmp_path, restart_s
):
    home = tmp_path / "home"
    toml = QUICK + f"[watch]\nhand_over_s = 4\nrestart_s = {restart_s}\n"
    async with Site.started(home, toml, at=WEEKDAY, seats=3) as site:
        await site.staff(1)
        run = await site.carrier.call(site.world.run.number, calls=3, rate=10, hold_ms=600_000)
        await site.world.until_seat(1, "talking")

        async def two_wait() -> bool:
            return len((await site.live())["waiting"]) == 2

        await eventually(two_wait, 10, "two wait")
        await eventually(lambda: stored(site), 5, "all is stored")
        for seat in (2, 3):
            site.seats[seat].behave(answer_after_ms=0)
            await site.seats[seat].register()
        old = site.world.run.controller_pid
        os.kill(old, signal.SIGSTOP)
        try:
            for seat in (2, 3):  # nobody is logged in there: the exchange rings every phone
                await site.seats[seat].wait_for("confirmed", 25)
            if restart_s:
                site.world.run = await eventually(
                    lambda: new_controller(site.world, old), 20, "another controller"
                )
        finally:
            if not restart_s:
                os.kill(old, signal.SIGCONT)
        assert not site.seats[1].seen("disconnected")

        async def handed() -> bool:
            day = await site.day()
            return (day["fallback"]["received"], day["answered"]) == (2, 3)

        await eventually(handed, 15, "two were handed over, all three are answered")
        assert (await site.live())["waiting"] == []
        for seat in (1, 2, 3):
            site.seats[seat].tell("hangup")
        result = await run.result(20)
        assert (result.successful, result.failed) == (3, 0)
        await site.world.nothing_left(10)

        async def over() -> bool:
            calls = (await site.world.api("GET", "/calls"))["calls"]
            return all(call["ended_ms"] for call in calls)

        await eventually(over, 15, "all calls are over")
        calls = (await site.world.api("GET", "/calls"))["calls"]
        told = sorted((call["seat"], call["outcome"], call["fallback"]) for call in calls)
        assert told == [(1, "answered", False), (2, "answered", True), (3, "answered", True)]
        for call in calls:
            assert call["wait_s"] < 30
            assert len(await site.rows(call["call"], "call.ended")) == 1
        status, found = await command(home, "report", "check", "2026-11-24")
        assert (status, found["differences"]) == (0, [])
        assert (await site.day())["identity"]["holds"] is True


async def test_given_an_installation_without_bin_up_when_no_controller_comes_back_then_who_waits_is_answered(
    tmp_path,
):
    """Units of systemd and containers: the process of the alarms is the watchdog there."""
    home = tmp_path / "home"
    async with Site.started(home, QUICK + "[watch]\nhand_over_s = 4\n", at=WEEKDAY, seats=1) as site:
        run = await site.carrier.call(site.world.run.number, calls=1, rate=10, hold_ms=600_000)

        async def one_waits() -> bool:
            return len((await site.live())["waiting"]) == 1

        await eventually(one_waits, 10, "one waits, nobody is logged in")
        await eventually(lambda: stored(site), 5, "all is stored")
        site.seats[1].behave(answer_after_ms=0)
        await site.seats[1].register()
        os.kill(site.world.run.pid, signal.SIGSTOP)
        old = site.world.run.controller_pid
        os.kill(old, signal.SIGKILL)
        alarms = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "madoguchi.alarms", "--home", str(home), "--hand-over",
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        try:
            await site.seats[1].wait_for("confirmed", 25)
        finally:
            alarms.terminate()
            os.kill(site.world.run.pid, signal.SIGCONT)
        assert await alarms.wait() == 0
        site.world.run = await eventually(lambda: new_controller(site.world, old), 30, "another controller")
        site.seats[1].tell("hangup")
        result = await run.result(20)
        assert (result.successful, result.failed) == (1, 0)

        async def counted() -> bool:
            day = await site.day()
            return (day["fallback"]["received"], day["received"], day["answered"]) == (1, 1, 1)

        await eventually(counted, 15, "handed over, answered, counted once")
