"""`report check` on a real Asterisk: every call has its line in the exchange's record, and the reverse."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from config.runfile import RunFile
from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.site import Site
from tests.asterisk.test_closing import stale, taken
from tests.rig.processes import command
from tests.rig.world import eventually

pytestmark = pytest.mark.asterisk


async def test_given_calls_of_every_kind_when_checked_then_the_exchanges_record_agrees(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    async with Site.started(home, QUICK, at=WEEKDAY, seats=1) as site:
        gone, abandoned = await site.citizen("0262260001")
        await site.waits(abandoned)
        gone.tell("hangup")
        await site.outcome(abandoned, "abandoned")
        await site.staff(1)
        talks, answered = await site.citizen("0262260002")
        await site.row(answered, "call.connected", 5)
        pid = RunFile.read(home / "run.json").controller_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            await eventually(lambda: stale(site), 10, "the heartbeat is old")
            frozen = await site.phones.citizen("frozen", site.world.server)
            frozen.tell("call", uri=f"sip:{site.world.run.number}@{site.world.server}")
            await frozen.wait_for("confirmed", 3)
            frozen.tell("hangup")
            await frozen.wait_for("disconnected", 3)
            await eventually(lambda: taken(site, "fallback-open"), 5, "the exchange served the call")
        finally:
            os.kill(pid, signal.SIGCONT)
        talks.tell("hangup")
        await site.outcome(answered, "answered")
        await site.tidy()

        async def taken_in() -> bool:
            return bool((await site.day())["fallback"]["received"] == 1)

        await eventually(taken_in, 10, "the controller has counted the exchange's call")
        status, found = await command(home, "report", "check", "2026-11-24")
        assert (status, found["differences"], found["fallback"]) == (0, [], [])
        assert (found["calls"], found["cdr_calls"]) == (3, 3)
        record = home / "asterisk/log/cdr-csv/Master.csv"
        record.write_text("".join(line for line in record.open() if "0262260002" not in line))
        status, found = await command(home, "report", "check", "2026-11")
        assert (status, [one["call"] for one in found["differences"]]) == (1, [answered])
