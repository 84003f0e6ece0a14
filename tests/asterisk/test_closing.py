"""受付終了 on a real Asterisk: at the second, for who waits and who comes; and the supervisor's word."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime

import pytest
import pytest_asyncio

from config.runfile import RunFile
from tests.asterisk.conftest import QUICK
from tests.asterisk.site import Site
from tests.rig.world import eventually

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="session")]
MINUTES_AFTER = 6
HOME = f'overflow = [{{ cause = "closing", limit = {MINUTES_AFTER}, to = "hang_up" }}]\n{QUICK}'
CLOSES = "2026-11-24T17:15:00.000+09:00"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running(tmp_path_factory):
    home = tmp_path_factory.mktemp("closing") / "home"
    async with Site.started(home, HOME, at="2026-11-24 17:14:35") as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(running):
    yield running
    await running.tidy()


def ms(iso: str) -> int:
    return round(datetime.fromisoformat(iso).timestamp() * 1000)


async def closed(site):
    """Whether the line is closed."""
    return (await site.live())["line"]["state"] == "closed"


# In this order: the first test begins before the line closes.


async def test_given_a_caller_waiting_at_the_closing_then_served_for_a_while_and_then_told_and_let_go(site):
    line = (await site.live())["line"]
    assert (line["state"], line["next_change"]) == ("open", CLOSES)
    served, first = await site.citizen("0262260001")
    waiting, second = await site.citizen("0262260002")
    await site.waits(second)
    await eventually(lambda: closed(site), 40, "the line closes")
    assert [one["call"] for one in (await site.live())["waiting"]] == [first, second]
    late, third = await site.citizen("0262260003")
    await site.row(third, "call.guidance", id="office", part="started")
    late.tell("hangup")
    await site.outcome(third, "closed")
    await site.staff(1)  # who waits is still served
    await site.row(first, "call.connected", 3)
    row = await site.row(second, "call.overflowed", cause="closing")
    assert row["at_ms"] - ms(CLOSES) == pytest.approx(MINUTES_AFTER * 1000, abs=200)
    await site.row(second, "call.guidance", id="overflow.closing", part="started")
    await waiting.wait_for("disconnected", 30)
    await site.outcome(second, "overflowed")
    served.tell("hangup")
    await site.outcome(first, "answered")
    events = await site.world.api("GET", "/reports/day/2026-11-24?format=json")
    assert events["overflow"]["closing"]["hang_up"] == 1
    assert events["received_closed"] == 1


async def test_given_a_closed_line_when_opened_by_the_supervisor_then_callers_come_in_until_its_time(site):
    await eventually(lambda: closed(site), 40, "the line is closed")
    now = datetime.fromisoformat((await site.live())["now"])
    until = datetime.fromtimestamp(now.timestamp() + 8, now.tzinfo).isoformat(timespec="milliseconds")
    shown = await site.world.api("POST", "/line/open", {"until": until, "reason": "臨時窓口"})
    assert (shown["state"], shown["next_change"], shown["override"]["until"]) == ("open", until, until)
    citizen, call = await site.citizen()
    await site.waits(call)
    await eventually(lambda: closed(site), 15, "the line closes again")
    row = await site.row(call, "call.overflowed", cause="closing")
    assert row["at_ms"] - ms(until) == pytest.approx(MINUTES_AFTER * 1000, abs=200)
    await citizen.wait_for("disconnected", 30)
    await site.outcome(call, "overflowed")


async def test_given_an_open_line_when_closed_by_the_supervisor_then_new_callers_hear_so_until_reopened(site):
    now = datetime.fromisoformat((await site.live())["now"])
    until = datetime.fromtimestamp(now.timestamp() + 3600, now.tzinfo).isoformat()
    await site.world.api("POST", "/line/open", {"until": until, "reason": "臨時窓口"})
    await site.world.api("POST", "/line/close", {"reason": "設備の点検", "confirmed_by": "佐藤"})
    line = (await site.live())["line"]
    assert (line["state"], line["reason"]) == ("closed", "臨時休止: 設備の点検")
    citizen, call = await site.citizen()
    await site.row(call, "call.guidance", id="office", part="started")
    citizen.tell("hangup")
    await site.outcome(call, "closed")
    await site.world.api("POST", "/line/calendar")
    assert (await site.live())["line"]["override"] is None


async def stale(site):
    """Whether the dialplan finds the controller's heartbeat too old."""
    found = await site.world.ari("GET", "/asterisk/variable", variable="MADOGUCHI_BEAT")
    return int(time.time()) - int(found["value"]) > 2


async def taken(site, how):
    """Whether the exchange's own record has a call that was taken so."""
    record = site.world.home / "asterisk/log/cdr-csv/Master.csv"
    return record.exists() and how in record.read_text()


async def test_given_a_line_opened_by_hand_when_the_controller_is_frozen_then_the_exchange_knows_it_too(site):
    pid = RunFile.read(site.world.home / "run.json").controller_pid
    now = datetime.fromisoformat((await site.live())["now"])
    until = datetime.fromtimestamp(now.timestamp() + 3600, now.tzinfo).isoformat()
    for action, body, fell in (
        ("open", {"until": until, "reason": "臨時窓口"}, "fallback-open"),
        ("close", {"reason": "設備の点検", "confirmed_by": "佐藤"}, "fallback-closed"),
    ):
        await site.world.api("POST", f"/line/{action}", body)
        os.kill(pid, signal.SIGSTOP)
        try:
            await eventually(lambda: stale(site), 10, "the heartbeat is old")
            phone = await site.phones.citizen(f"frozen-{action}", site.world.server)
            phone.tell("call", uri=f"sip:{site.world.run.number}@{site.world.server}")
            await phone.wait_for("confirmed", 3)
            phone.tell("hangup")
            await phone.wait_for("disconnected", 3)
            await eventually(lambda fell=fell: taken(site, fell), 5, f"the call was taken as {fell}")
        finally:
            os.kill(pid, signal.SIGCONT)
    await site.world.api("POST", "/line/calendar")
