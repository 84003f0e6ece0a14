"""A fault of ours in the middle of a call: the exchange serves the caller; the report tells what it did."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.asterisk.conftest import QUICK, WEEKDAY, phone_known
from tests.asterisk.site import Site
from tests.asterisk.test_fallback_report import nobody_restarts
from tests.rig.processes import command, ended
from tests.rig.world import ROOT, eventually

pytestmark = pytest.mark.asterisk

PLANTED = """
import importlib.machinery
import sys


class Plant(importlib.machinery.PathFinder):
    def find_spec(name, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if name == "ivr.script" else None
        if spec is not None:
            load = spec.loader.exec_module

            def broken(module):
                load(module)

                async def breaks(*_):
                    raise RuntimeError("as the test has planted")

                module.Script.queued = breaks

            spec.loader.exec_module = broken
        return spec


sys.meta_path.insert(0, Plant)
"""
"""Loaded by Python before all else: the script of those who wait breaks at its first step."""


@asynccontextmanager
async def planted(site: Site, plant: Path) -> AsyncIterator[None]:
    """For the block: the controller is one with a fault in it, and nobody puts a better one in its place."""
    plant.mkdir()
    (plant / "sitecustomize.py").write_text(PLANTED, encoding="utf-8")
    proc = Path(f"/proc/{site.world.run.controller_pid}")
    line = proc.joinpath("cmdline").read_text().rstrip("\0").split("\0")
    pairs = proc.joinpath("environ").read_text().rstrip("\0").split("\0")
    environment = dict(pair.split("=", 1) for pair in pairs) | {"PYTHONPATH": f"{plant}:{ROOT}"}
    with nobody_restarts(site.world.run.pid):
        os.kill(site.world.run.controller_pid, signal.SIGKILL)
        await eventually(lambda: ended(site.world.run.controller_pid), 5, "the controller has ended")
        other = await asyncio.create_subprocess_exec(*line, env=environment, stdout=subprocess.DEVNULL)
        try:
            await eventually(site.serves, 20, "the other controller serves")
            yield
        finally:
            other.kill()
            await other.wait()


async def test_given_a_script_that_breaks_in_the_queue_then_each_call_ends_as_the_exchange_ended_it(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with Site.started(home, QUICK, at=WEEKDAY, seats=1) as site, planted(site, tmp_path / "plant"):
        await site.staff(1)
        await phone_known(site.world, 1)
        await site.world.api("POST", "/seats/1/break", {"reason": "lunch"})
        number, server = site.world.run.number, site.world.server
        served = await site.phones.citizen("c1", server, None, '"0262260001" <sip:0262260001@127.0.0.2>')
        leaves = await site.phones.citizen("c2", server, None, '"0262260002" <sip:0262260002@127.0.0.2>')
        for phone in (served, leaves):
            phone.tell("call", uri=f"sip:{number}@{server}")
            await phone.wait_for("confirmed", 10)
        await site.seats[1].wait_for("confirmed", 15)
        record = home / "asterisk" / "log" / "queue_log"

        async def both_in_queue() -> bool:
            return record.read_text(encoding="utf-8").count("ENTERQUEUE") == 2

        await eventually(both_in_queue, 15, "both have come into its queue")

        async def reported(**wanted: int) -> bool:
            day = await site.day()
            assert day["identity"]["holds"], day["identity"]
            return {name: day[name] for name in wanted} == wanted

        await eventually(lambda: reported(received=2, answered=1), 15, "the talk is in the report")
        for phone in (leaves, served):
            phone.tell("hangup")
            await phone.wait_for("disconnected", 10)
        await site.world.nothing_left(10)

        async def over() -> list[tuple[object, ...]] | None:
            calls = (await site.world.api("GET", "/calls"))["calls"]
            told = [(one["outcome"], one["queued"], one["seat"], one["fallback"]) for one in calls]
            return sorted(told, key=str) if all(one["ended_ms"] for one in calls) else None

        told = await eventually(over, 15, "both calls are over")
        assert told == [("abandoned", True, None, True), ("answered", True, 1, True)]
        status, found = await command(home, "report", "check", "2026-11-24")
        assert (status, found["differences"]) == (0, [])
        log = (home / "logs" / "controller.log").read_text(encoding="utf-8")
        assert "as the test has planted" in log
