"""Asterisk is killed under load: every call ends at the moment of the fall, service is back soon."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime

import pytest

from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.site import Site
from tests.rig.processes import command
from tests.rig.world import eventually

pytestmark = pytest.mark.asterisk


@pytest.mark.parametrize("with_controller", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_given_asterisk_killed_under_load_then_every_call_ends_with_it_and_service_is_back_in_15_s(
    tmp_path, with_controller
):
    home = tmp_path / "home"
    async with Site.started(home, QUICK + "max_misses = 9\n", at=WEEKDAY, seats=3) as site:
        await site.staff(1, 2)
        await site.staff(3, answer_after_ms=None)
        run = await site.carrier.call(site.world.run.number, calls=8, rate=10, hold_ms=600_000)
        for seat, state in ((1, "talking"), (2, "talking"), (3, "ringing")):
            await site.world.until_seat(seat, state)

        async def six_wait() -> bool:
            return len((await site.live())["waiting"]) == 6

        await eventually(six_wait, 10, "six wait, one of them rings")
        fell_ms = int(datetime.fromisoformat((await site.live())["now"]).timestamp() * 1000)
        began = time.monotonic()
        os.kill(site.world.run.asterisk_pid, signal.SIGKILL)
        if with_controller:
            os.kill(site.world.run.controller_pid, signal.SIGKILL)
        await run.stop()
        for seat in (1, 2, 3):  # the operators hear nothing any more, and hang up
            site.seats[seat].tell("hangup")
            site.seats[seat].behave(answer_after_ms=0)

        await eventually(site.serves, 15, "the controller is ready again")
        for seat in (1, 2, 3):
            await site.seats[seat].register()
        _, call = await site.citizen()
        await site.row(call, "call.connected", 15 - (time.monotonic() - began))
        calls = [one for one in (await site.world.api("GET", "/calls"))["calls"] if one["call"] != call]
        ends = sorted((one["outcome"], one["cause"]) for one in calls)
        assert ends == [("answered", "asterisk_fell")] * 2 + [("system_failed", "asterisk_fell")] * 6
        for one in calls:
            assert abs(one["ended_ms"] - fell_ms) < 3_000, (one["ended_ms"], fell_ms)
            if one["outcome"] == "answered":
                (row,) = await site.rows(one["call"], "call.talk_ended")
                assert row["data"]["by"] == "system"
        day = await site.day()
        assert day["identity"]["holds"] is True
        assert (day["received"], day["answered"], day["system_failed"], day["cut_off"]) == (9, 3, 6, 2)
        await site.tidy()
        status, found = await command(home, "report", "check", "2026-11-24")
        assert (status, found["differences"]) == (0, [])
        assert any("fell with Asterisk" in note for note in found["notes"])
