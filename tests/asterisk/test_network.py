"""The network between controller and Asterisk breaks in every way, with callers on the line (real SIP)."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from yarl import URL

from config.clock import OFFSET_VARIABLE
from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.site import Site
from tests.rig.processes import ended
from tests.rig.proxy import FaultProxy
from tests.rig.world import ROOT, eventually

pytestmark = pytest.mark.asterisk

FAULTS = [
    "reset",
    "stall",
    pytest.param("half_open", marks=pytest.mark.long),
    pytest.param("slow", marks=pytest.mark.long),
]


@asynccontextmanager
async def through(site: Site, proxy: FaultProxy) -> AsyncIterator[None]:
    """The site's controller is exchanged for one that reaches Asterisk through the proxy."""
    run = site.world.run
    desk = URL(run.desk_url)
    offset_ms = next(
        (one.split(b"=")[1] for one in Path(f"/proc/{run.controller_pid}/environ").read_bytes().split(b"\0")
         if one.startswith(OFFSET_VARIABLE.encode())), b"0",
    )  # fmt: skip
    os.kill(run.pid, signal.SIGSTOP)
    os.kill(run.controller_pid, signal.SIGKILL)
    await eventually(lambda: ended(run.controller_pid), 5, "the controller has ended")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "madoguchi.serve", "--home", str(site.world.home),
        "--ari-url", f"http://127.0.0.1:{proxy.port}/ari", "--desk-host", desk.host or "",
        "--desk-port", str(desk.port), cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), OFFSET_VARIABLE: offset_ms.decode()},
    )  # fmt: skip
    try:
        await eventually(lambda: answers(site), 60, "the controller behind the proxy is ready")
        yield
    finally:
        process.kill()
        await process.wait()
        os.kill(run.pid, signal.SIGCONT)


async def answers(site: Site) -> bool:
    try:
        await site.world.api("GET", "/readyz")
    except (OSError, AssertionError):
        return False
    return True


@pytest.mark.parametrize("fault", FAULTS)
async def test_given_a_network_fault_with_callers_on_the_line_then_talks_go_on_and_each_call_is_counted_once(
    tmp_path: Path, fault: str
) -> None:
    async with Site.started(tmp_path / "home", QUICK, at=WEEKDAY, seats=2) as site:
        ari = URL(site.world.run.ari.url)
        async with (
            FaultProxy.before(ari.host or "", ari.port or 0) as proxy,
            through(site, proxy),
        ):
            await site.staff(1)
            run = await site.carrier.call(site.world.run.number, calls=4, rate=10, hold_ms=600_000)
            await site.world.until_seat(1, "talking", 10)

            async def three_wait() -> bool:
                return len((await site.live())["waiting"]) == 3

            await eventually(three_wait, 10, "three wait")
            order = [one["call"] for one in (await site.live())["waiting"]]
            before = proxy.passed
            if fault == "reset":
                proxy.reset()
            elif fault == "stall":
                proxy.stall(5)
            elif fault == "half_open":
                proxy.half_open()
            else:
                proxy.slow(0.05)
            if fault in ("reset", "half_open"):
                await eventually(lambda: again(proxy, before), 25, "another connection")
            else:
                await asyncio.sleep(6)  # the stall is over
            proxy.mend()
            await eventually(lambda: answers(site), 20, "it is ready again")
            assert [one["call"] for one in (await site.live())["waiting"]] == order
            assert not site.seats[1].seen("disconnected")
            for seat in (1, 2):
                site.seats[seat].behave(answer_after_ms=0, hangup_after_ms=300)
            await site.seats[2].register()  # it has read how to behave by then
            await site.world.log_in(2)
            site.seats[1].tell("hangup")
            result = await run.result(60)
            assert (result.successful, result.failed) == (4, 0)

            async def all_answered() -> bool:
                day = await site.day()
                return bool((day["received"], day["answered"], day["identity"]["holds"]) == (4, 4, True))

            await eventually(all_answered, 10, "four received, four answered")
            await site.world.nothing_left(10)


async def again(proxy: FaultProxy, before: int) -> bool:
    return proxy.passed > before
