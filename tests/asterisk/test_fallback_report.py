"""What the exchange served by itself stands in the figures afterwards: once, and marked."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import contextmanager

import pytest

from config.runfile import RunFile
from tests.asterisk.conftest import QUICK, WEEKDAY, phone_known
from tests.asterisk.site import Site
from tests.rig.processes import command, ended, new_controller
from tests.rig.world import eventually

pytestmark = pytest.mark.asterisk

TWO_LINES = (
    QUICK
    + """
[[lines]]
id = "tax"
name = "税"
numbers = ["0261112222"]
[lines.calendar]
weekdays = ["sat"]
"""
)


@contextmanager
def nobody_restarts(pid: int):
    """The supervisor stands still: no controller comes."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


async def stored(site: Site) -> bool:
    """Whether the journal's writer has nothing on its way: a row takes some 30 ms to the database."""
    await asyncio.sleep(0.05)
    return (await site.live())["lag_ms"] == 0


async def test_given_calls_that_the_exchange_served_alone_when_a_controller_comes_then_each_is_reported_once(
    tmp_path,
):
    home = tmp_path / "home"
    async with Site.started(home, TWO_LINES, at=WEEKDAY, seats=1) as site:
        await site.staff(1)
        await eventually(lambda: stored(site), 5, "the log-in is stored")
        old = site.world.run.controller_pid
        with nobody_restarts(site.world.run.pid):
            os.kill(old, signal.SIGKILL)
            await eventually(lambda: ended(old), 5, "the controller has ended")
            number, server = site.world.run.number, site.world.server
            closed = await site.phones.citizen("c1", server, None, '"0262260009" <sip:0262260009@127.0.0.2>')
            closed.tell("call", uri=f"sip:0261112222@{server}")
            await closed.wait_for("confirmed", 10)
            closed.tell("hangup")
            await closed.wait_for("disconnected", 10)
            talks = await site.phones.citizen("c2", server, None, '"0262260001" <sip:0262260001@127.0.0.2>')
            talks.tell("call", uri=f"sip:{number}@{server}")
            await site.seats[1].wait_for("confirmed", 12)
            gone = await site.phones.citizen("c3", server, None, '"0262260002" <sip:0262260002@127.0.0.2>')
            gone.tell("call", uri=f"sip:{number}@{server}")
            await gone.wait_for("confirmed", 10)
        site.world.run = await eventually(lambda: new_controller(site.world, old), 20, "a new controller")

        async def counted(**wanted: int) -> dict | None:
            day = await site.day()
            found = {name: day["fallback"][name] for name in wanted}
            return day if found == wanted and day["identity"]["holds"] else None

        day = await eventually(
            lambda: counted(received=3, answered=1, closed=1), 15, "three calls, one in a talk"
        )
        assert (day["received"], day["received_open"], day["answered"]) == (3, 2, 1)
        gone.tell("hangup")
        await gone.wait_for("disconnected", 10)
        talks.tell("hangup")
        await talks.wait_for("disconnected", 10)
        await eventually(
            lambda: counted(received=3, answered=1, closed=1, abandoned_in_guidance=1), 15, "all are over"
        )
        for _ in range(2):  # whoever starts again finds them counted
            old = RunFile.read(home / "run.json").controller_pid
            os.kill(old, signal.SIGKILL)
            await eventually(lambda old=old: new_controller(site.world, old), 20, "a new controller")
        await phone_known(site.world, 1)
        calls = (await site.world.api("GET", "/calls"))["calls"]
        told = sorted((call["line"], call["outcome"], call["seat"], call["fallback"]) for call in calls)
        assert told == [
            ("main", "abandoned_in_guidance", None, True),
            ("main", "answered", 1, True),
            ("tax", "closed", None, True),
        ]
        answered = next(call for call in calls if call["outcome"] == "answered")
        assert answered["operator"] == site.world.run.operators[0].id
        assert answered["talk_s"] > 0
        await site.world.nothing_left(10)
        status, found = await command(home, "report", "check", "2026-11-24")
        assert (status, found["differences"], found["fallback"]) == (0, [], [])
        assert (found["calls"], found["cdr_calls"]) == (3, 3)
