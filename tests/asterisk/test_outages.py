"""The controller and the database fall while calls flow: none is missing, none is counted twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.asterisk.conftest import QUICK, WEEKDAY
from tests.asterisk.crowd import SEATS, SETTINGS, Crowd
from tests.asterisk.site import Site
from tests.asterisk.test_counted import MONTH
from tests.asterisk.test_fallback_report import nobody_restarts, stored
from tests.rig.processes import command, new_controller
from tests.rig.world import eventually
from tests.unit.db.postgres import Server

pytestmark = pytest.mark.asterisk
SEED = 1


@pytest.fixture
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server | None]:
    """None: SQLite."""
    if request.param == "sqlite":
        yield None
        return
    server = Server()
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", server.create("outages"))
    yield server
    server.close()


async def killed(site: Site) -> None:
    old = site.world.run.controller_pid
    os.kill(old, signal.SIGKILL)
    site.world.run = await eventually(lambda: new_controller(site.world, old), 120, "a new controller")


async def database_away(site: Site, server: Server | None, for_s: float) -> None:
    if server is not None:
        await asyncio.to_thread(server.stop, "immediate")
        await asyncio.sleep(for_s)
        await asyncio.to_thread(server.start)
        return
    with sqlite_locked(site):
        await asyncio.sleep(for_s)


async def on_disk(home: Path) -> bool:
    """Whether a talk's rows are kept."""
    return any("call.connected" in file.read_text("utf-8") for file in home.glob("journal.unstored.*"))


@contextmanager
def sqlite_locked(site: Site) -> Iterator[None]:
    other = sqlite3.connect(site.world.home / "madoguchi.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def outages(home: Path, server: Server | None, *, starts: int = 1, rounds: int = 1) -> None:
    """As in `test_counted`: so many starts of one instance, in each so many outages of both kinds."""
    dice = random.Random(SEED)
    placed = 0
    for start in range(starts):
        at = f"2026-11-24 {10 + start}:00:00"
        async with Site.started(home, SETTINGS, at=at, seats=SEATS, phones_a_process=4) as site:
            crowd = Crowd(site)
            await crowd.staff()
            for _ in range(rounds):
                flow = asyncio.create_task(crowd.flow())
                await asyncio.sleep(dice.uniform(0.5, 3))
                await database_away(site, server, dice.uniform(1, 4))
                await eventually(lambda: written(site), 60, "the journal has all")
                await asyncio.sleep(dice.uniform(0, 2))
                await killed(site)
                await flow
                await site.world.nothing_left(90)
            placed += crowd.placed
            await all_counted(site, home, placed)
            await site.tidy()


async def all_counted(site: Site, home: Path, placed: int) -> None:
    await eventually(lambda: written(site), 60, "the journal has all")

    async def taken_in() -> bool:
        _, found = await command(home, "report", "check", MONTH)
        return not found["fallback"]

    await eventually(taken_in, 60, "what the exchange served alone is in the journal", every_s=1)
    status, found = await command(home, "report", "check", MONTH)
    assert (status, found["differences"]) == (0, [])
    assert found["calls"] == found["cdr_calls"] == placed
    month = await site.world.api("GET", f"/reports/month/{MONTH}?format=json")
    assert month["received"] == placed
    assert month["identity"]["holds"], month["identity"]["sentence"]
    assert month["identity"]["terms"]["still_waiting"] == month["identity"]["terms"]["in_guidance"] == 0
    print(f"{placed:,} calls, each counted once", flush=True)  # noqa: T201 - long


async def written(site: Site) -> bool:
    return bool((await site.live())["lag_ms"] == 0)


@pytest.mark.parametrize("kept", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_given_a_talk_while_the_database_was_away_when_the_controller_fell_with_it_then_it_is_answered(
    tmp_path: Path, kept: bool
) -> None:
    """By Asterisk's record when the controller fell at once, else by the rows that it had kept."""
    home = tmp_path / "home"
    async with Site.started(home, QUICK, at=WEEKDAY, seats=1) as site:
        await site.staff(1)
        await eventually(lambda: stored(site), 10, "the log-in is stored")

        async def talks() -> bool:
            (seat,) = [one for one in (await site.live())["seats"] if one["seat"] == 1]
            return bool(seat["state"] == "talking")

        with sqlite_locked(site), nobody_restarts(site.world.run.pid):
            run = await site.carrier.call(site.world.run.number, hold_ms=15_000 if kept else 6_000)
            await eventually(talks, 10, "a talk, of which nothing is in the database")
            if kept:  # SQLite waits for 5 s before it says that it is locked
                await eventually(lambda: on_disk(home), 12, "its rows are kept")
            os.kill(site.world.run.controller_pid, signal.SIGKILL)
            result = await run.result(30)
            assert result.successful == 1
        await eventually(site.serves, 30, "the next controller serves")

        async def counted() -> bool:
            day = await site.day()
            return (day["received"], day["answered"]) == (1, 1)

        await eventually(counted, 15, "the call counts as answered")
        (one,) = (await site.world.api("GET", "/calls"))["calls"]
        told = (one["outcome"], one["queued"], one["seat"], one["operator"])
        assert told == ("answered", True, 1, site.world.run.operators[0].id)
        assert one["offers"] == kept
        assert not list(home.glob("journal.unstored.*"))
        assert (13 if kept else 4) <= one["talk_s"] <= (16 if kept else 7)
        status, found = await command(home, "report", "check", WEEKDAY[:10])
        assert (status, found["differences"]) == (0, [])


@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@pytest.mark.long
async def test_given_calls_that_flow_when_the_database_and_the_controller_fall_then_each_is_counted_once(
    tmp_path: Path, server: Server | None
) -> None:
    await outages(tmp_path / "home", server)


@pytest.mark.parametrize("server", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
async def test_given_calls_that_flow_when_both_fall_again_and_again_then_each_is_counted_once(
    tmp_path: Path, server: Server | None
) -> None:
    await outages(tmp_path / "home", server, starts=5, rounds=5)
