"""Two controllers on two machines, PostgreSQL on a third, Asterisk on a fourth, with calls flowing.

The machines are network namespaces (`tests.rig.machines`): root is needed. `MADOGUCHI_TAKE_OVERS`: how many
take-overs of each kind; what was measured is written, as JSON, to the file `MADOGUCHI_FALLS_FIGURES` names.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from itertools import groupby
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import text

from config import Home
from db import Database, open_database
from tests.asterisk.conftest import QUICK, WEEKDAY, home_with, phone_known
from tests.asterisk.falls import note, overtaken, share
from tests.asterisk.test_records import command
from tests.rig.apart import Controller, Exchange
from tests.rig.carrier import Carrier, CarrierRun
from tests.rig.machines import DATA, VOICE, CannotMakeError, Machine, Machines
from tests.rig.phones import Phones
from tests.rig.world import Madoguchi, eventually
from tests.unit.db.postgres import Server

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(1800)]
TIMES = int(os.environ.get("MADOGUCHI_TAKE_OVERS", "3"))
WITHIN_S = 5.0
LEASE_OVER = 4
SEATS = range(1, 5)
CONTROLLERS = ("first", "second")


class Floor:
    """The machines, and what runs on them."""

    def __init__(
        self, machines: Machines, world: Madoguchi, controllers: dict[str, Controller], database: Database
    ) -> None:
        self.machines = machines
        self.world = world
        self.controllers = controllers
        self.database = database
        self.leader = ""
        self.session = aiohttp.ClientSession()

    @property
    def other(self) -> str:
        """Who stands by."""
        return next(name for name in CONTROLLERS if name != self.leader)

    async def commanded_by(self, name: str, within_s: float = 30) -> float:
        """Wait until that one commands; when that was, on the monotonic clock."""
        controller = self.controllers[name]
        await eventually(lambda: controller.commands(self.session), within_s, f"{name} commands")
        at = time.monotonic()
        self.leader = name
        self.world.run = self.world.run.model_copy(update={"desk_url": controller.desk_url})
        return at

    async def stands_by(self, name: str) -> None:
        """Wait until that one asks for the lease."""
        await eventually(lambda: self._asks(name), 60, f"{name} stands by", every_s=0.2)

    async def _asks(self, name: str) -> bool:
        asked = text(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'madoguchi lease'"
            " AND client_addr = CAST(:address AS inet)"
        )
        with self.database.read() as connection:
            return bool(connection.scalar(asked, {"address": self.machines[name].address(DATA)}))

    async def busy(self) -> None:
        """Wait until some talk and some wait."""

        async def look() -> bool:
            live = await self.world.api("GET", "/live")
            return bool(live["waiting"]) and any(seat["state"] == "talking" for seat in live["seats"])

        await eventually(look, 30, "some talk, some wait")

    def heard_from(self, machine: Machine) -> dict[str, int]:
        """Bytes that the exchange's kernel has from that machine's controller, by its connection."""
        ask = ["ss", "-tinH", "sport", "=", ":8088", "and", "dst", machine.address(VOICE)]
        said = subprocess.run(
            self.machines["exchange"].command(*ask), capture_output=True, text=True, check=True
        )
        found = re.findall(r"(\S+:\d+)\s*\n.*?(?:bytes_received:(\d+))", said.stdout)
        return {peer: int(count) for peer, count in found}


@asynccontextmanager
async def floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Floor]:
    """All machines up, the first controller commands, the second stands by, four seats are staffed."""
    with ExitStack() as stack:
        try:
            machines = stack.enter_context(Machines.made("exchange", "database", *CONTROLLERS))
        except CannotMakeError as why:
            pytest.skip(f"no machines can be made here: {why}")
        async with _floor(tmp_path, monkeypatch, machines) as made:
            yield made


@asynccontextmanager
async def _floor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, machines: Machines) -> AsyncIterator[Floor]:
    database, exchange = machines["database"], machines["exchange"]
    address = database.address(DATA)
    server = Server(address, within=database.command(), network=f"{address}/24")
    controllers: dict[str, Controller] = {}
    try:
        url = server.create("two_machines")
        monkeypatch.setenv("MADOGUCHI_DATABASE_URL", url)
        toml = QUICK + f'max_misses = 99\n[ari]\nhost = "{exchange.address()}"\n'
        home = Home(home_with(tmp_path / "exchange", toml))
        with exchange.entered():
            asterisk = Exchange(home, WEEKDAY)
            async with asterisk.running(), Phones.started() as phones:
                opened = open_database(url, home=home.path)
                made = Floor(machines, Madoguchi.attached(home.path), controllers, opened)
                try:
                    first, second = CONTROLLERS
                    for name, like in ((first, home.path), (second, tmp_path / first)):
                        at = machines[name]
                        controllers[name] = Controller(
                            asterisk, tmp_path / name, url, at.address(), at.command(), like
                        )
                        await controllers[name].start()
                        if name == first:
                            await made.commanded_by(name, 60)
                    await made.stands_by(second)
                    for number in SEATS:
                        phone = await made.world.seat_phone(phones, number)
                        await phone_known(made.world, number)
                        await phone.behaves(answer_after_ms=300)
                        await made.world.log_in(number)
                    yield made
                finally:
                    for controller in controllers.values():
                        await controller.stop()
                    await made.session.close()
                    await made.world.stop()
                    opened.close()
    finally:
        server.close()


async def killed(site: Floor) -> float:
    old, began = site.controllers[site.leader], time.monotonic()
    old.send(signal.SIGKILL)
    return await site.commanded_by(site.other) - began


async def cut_off(site: Floor) -> float:
    """The machine's cables are pulled, both."""
    old, machine = site.controllers[site.leader], site.machines[site.leader]
    machine.cut()
    took_s = await ends_before_the_other_commands(site, old)
    await old.start()  # as whoever keeps it alive would, with nothing to reach
    heard = site.heard_from(machine)
    machine.mend()
    name = next(name for name, one in site.controllers.items() if one is old)
    standing = asyncio.create_task(site.stands_by(name))
    while not standing.done():
        for peer, count in site.heard_from(machine).items():
            assert count <= heard.get(peer, 0), "a command came from behind the cut"
        await asyncio.sleep(0.02)
    await standing
    return took_s


async def without_database(site: Floor) -> float:
    """Only the cable to PostgreSQL is pulled: Asterisk can be reached all the time."""
    old, machine = site.controllers[site.leader], site.machines[site.leader]
    machine.cut(DATA)
    took_s = await ends_before_the_other_commands(site, old)
    await old.start()
    machine.mend(DATA)
    return took_s


async def frozen(site: Floor) -> float:
    """The process stands still, with its connections intact, and goes on when another commands."""
    old, began = site.controllers[site.leader], time.monotonic()
    old.send(signal.SIGSTOP)
    took_s = await site.commanded_by(site.other) - began
    await site.busy()  # there is news for the old one
    old.send(signal.SIGCONT)
    assert await old.ended(10) == LEASE_OVER
    return took_s


async def ends_before_the_other_commands(site: Floor, old: Controller) -> float:
    """How long the take-over took, s, counted from now."""
    began = time.monotonic()

    async def end() -> tuple[int, float]:
        return await old.ended(10), time.monotonic()

    ending = asyncio.create_task(end())
    commanded = await site.commanded_by(site.other)
    status, ended = await ending
    assert status == LEASE_OVER
    assert ended < commanded
    return commanded - began


FALLS = {one.__name__: one for one in (killed, cut_off, without_database, frozen)}


@pytest.mark.parametrize("how", FALLS)
async def test_given_two_machines_when_the_commanding_one_falls_then_the_other_takes_over_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with floor(tmp_path, monkeypatch) as site:
        run = await calls_flow(site)
        took: list[float] = []
        for _ in range(TIMES):
            await site.busy()
            old = site.leader
            took.append(await FALLS[how](site))
            if site.controllers[old].status is not None:
                await site.controllers[old].start()
            await site.stands_by(old)
        await each_once(site, run, {"what": f"two machines, {how}", "times": TIMES,
            "to_ready_s": {"p50": share(took, 0.5), "max": round(max(took), 2)}})  # fmt: skip
        assert max(took) < WITHIN_S
        assert writers(site.database) >= TIMES + 1


@pytest.mark.parametrize("how", ["killed", "cut_off"])
async def test_given_two_machines_when_the_one_that_stands_by_falls_then_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    async with floor(tmp_path, monkeypatch) as site:
        run = await calls_flow(site)
        leader = site.controllers[site.leader]
        for _ in range(TIMES):
            await site.busy()
            other, machine = site.controllers[site.other], site.machines[site.other]
            if how == "killed":
                other.send(signal.SIGKILL)
            else:
                machine.cut()
            until = time.monotonic() + 2 * WITHIN_S  # longer than PostgreSQL takes to notice
            while time.monotonic() < until:
                assert await leader.commands(site.session)
                await asyncio.sleep(0.1)
            if how == "killed":
                await other.start()
            else:
                machine.mend()
            await site.stands_by(site.other)
        await each_once(site, run, {"what": f"two machines, standby {how}", "times": TIMES})
        assert writers(site.database) == 1
        assert leader.status is None


async def calls_flow(site: Floor) -> CarrierRun:
    """A call a second, each hung up by its caller 6 s after the answer."""
    carrier = Carrier(site.world.server)
    return await carrier.call(site.world.run.number, calls=TIMES * 90, rate=1, hold_ms=6_000, media=False)


async def each_once(site: Floor, run: CarrierRun, figures: dict[str, object]) -> None:
    """No more calls; then: none dropped, overtaken, missing or double, and no rows of two for one time."""
    run.stop_calling()
    result = await run.result(60)
    await site.world.nothing_left(30)

    async def taken_in() -> bool:
        _, found = await command(site.world.home, "report", "check", "2026-11")
        return not found["fallback"] and found["calls"] >= len(result.calls)

    await eventually(taken_in, 60, "what the exchange served alone is in the journal", every_s=1)
    calls = (await site.world.api("GET", "/calls"))["calls"]
    month = await site.world.api("GET", "/reports/month/2026-11?format=json")
    dropped = [one for one in result.calls if one.ended_by == "system"]
    status, found = await command(site.world.home, "report", "check", "2026-11")
    note(
        {**figures, "calls": len(result.calls), "received": len(calls), "talks": month["answered"],
         "by_the_fallback": month["fallback"]["received"], "dropped": len(dropped),
         "overtaken": len(overtaken(calls)), "check": found["differences"][:20]}
    )  # fmt: skip
    assert dropped == []
    assert overtaken(calls) == []
    assert (status, found["differences"]) == (0, [])
    assert month["received"] == len(calls) == len(result.calls)
    assert month["identity"]["holds"] is True
    assert twice(site.database) == []


def twice(database: Database) -> list[tuple[str, str, int]]:
    """Calls that came, or ended, more than once."""
    asked = text(
        "SELECT call, kind, count(*) FROM journal WHERE kind IN ('call.received', 'call.ended')"
        " GROUP BY call, kind HAVING count(*) > 1"
    )
    with database.read() as connection:
        return [(row.call, row.kind, row.count) for row in connection.execute(asked)]


def writers(database: Database) -> int:
    """How many controllers have written: one after the other, none again after the next had begun."""
    with database.read() as connection:
        rows = connection.execute(text("SELECT writer FROM journal ORDER BY seq"))
        turns = [writer for writer, _ in groupby(row.writer for row in rows)]
    assert len(turns) == len(set(turns))
    return len(turns)
