"""The process that watches: what it reads, whom it tells, and that nothing is told twice or lost."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from typer.testing import CliRunner

from config import Clock, Home, RunFile, Settings
from config.runfile import AriAccess, Phone, SipAddress, TrunkAddress
from db import Database, journal_rows, open_database, upgrade
from madoguchi.alarms import readings, webhook
from madoguchi.alarms.keep import Kept
from madoguchi.alarms.measures import NAMES, HomeMeasures
from madoguchi.alarms.watch import Watch
from madoguchi.commands import alarms

NOW = 1_795_000_000_000


class SetClock(Clock):
    at_ms = NOW

    def now_ms(self) -> int:
        return self.at_ms


class World:
    """An instance's desk and somebody's webhook, both real HTTP servers on loopback."""

    def __init__(self) -> None:
        self.ready: dict[str, Any] | None = {"ready": True, "asterisk": True, "database": True}
        self.live: dict[str, Any] = {
            "line": {"state": "open"},
            "seats": [{"seat": n, "state": "ready"} for n in range(1, 8)],
            "longest_wait_s": None,
            "lag_ms": 3,
        }
        self.got: list[tuple[dict[str, Any], bytes, str | None]] = []
        self.answers: list[int] = []
        self.arrived = asyncio.Event()
        self.runners: list[web.AppRunner] = []

    async def start(self) -> tuple[str, str]:
        desk, hook = web.Application(), web.Application()
        desk.router.add_get("/readyz", self._ready)
        desk.router.add_get("/api/v1/live", self._live)
        hook.router.add_post("/hook", self._hook)
        hook.router.add_get("/elsewhere", self._hook)
        return await self._serve(desk), await self._serve(hook) + "/hook"

    async def _serve(self, app: web.Application) -> str:
        runner = web.AppRunner(app)
        await runner.setup()
        self.runners.append(runner)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return f"http://127.0.0.1:{runner.addresses[0][1]}"

    async def _ready(self, _: web.Request) -> web.Response:
        if self.ready is None:
            raise web.HTTPInternalServerError
        return web.json_response(self.ready, status=200 if self.ready["ready"] else 503)

    async def _live(self, request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == "Bearer the token"
        return web.json_response(self.live)

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.read()
        status = self.answers.pop(0) if self.answers else 204
        self.got.append((json.loads(body), body, request.headers.get("X-Madoguchi-Signature")))
        if status < 300:
            self.arrived.set()
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async def told(self, count: int) -> list[tuple[str, str]]:
        """Wait until so many have come in all; their alarms and states."""
        async with asyncio.timeout(10):
            while len(self.got) < count:
                self.arrived.clear()
                await asyncio.wait({asyncio.create_task(self.arrived.wait())}, timeout=0.05)
        return [(one["alarm"], one["state"]) for one, _, _ in self.got]


class Site:
    def __init__(self, place: Path, desk_url: str, hook: str) -> None:
        self.home = Home(place)
        self.home.prepare()
        self.hook = hook
        self.write("")
        RunFile(
            pid=1, controller_pid=1, asterisk_pid=1, desk_url=desk_url, api_token="the token",
            sip=SipAddress(host="127.0.0.1", port=5060), trunk=TrunkAddress(host="127.0.0.2"),
            number="0260001234", phones=[],
            supervisor_phone=Phone(seat=0, user="x", password="x", extension="700"),
            operators=[], ari=AriAccess(url="x", user="x", password="x", app="x"),
        ).write(self.home.run_json)  # fmt: skip
        self.database = open_database(home=self.home.path)
        upgrade(self.database)
        self.clock = SetClock()
        self.watch = Watch(self.home, self.database, self.clock)

    def write(self, toml: str) -> None:
        self.home.toml.write_text(
            f'[alarms]\nwebhooks = ["{self.hook}"]\ndisk_free_gb = 0\n{toml}', encoding="utf-8"
        )

    async def look(self, after_s: float = 0) -> list[tuple[str, str]]:
        self.clock.at_ms += round(after_s * 1000)
        return [(one.alarm, one.change) for one in await self.watch.look()]

    def rows(self, database: Database | None = None) -> list[tuple[str, str]]:
        with (database or self.database).read() as connection:
            rows = journal_rows(connection, kinds=("alarm.raised", "alarm.cleared"))
            return [(row.entry.kind, str(row.entry.data["alarm"])) for row in rows]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    for runner in world.runners:
        await runner.cleanup()


@pytest.fixture
async def site(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    monkeypatch.setattr(webhook, "FIRST_PAUSE_S", 0.01)
    site = Site(tmp_path / "home", *await world.start())
    yield site
    await site.watch.close()
    site.database.close()


async def test_given_an_open_line_without_a_seat_when_it_stays_so_then_it_is_told_once_and_once_at_its_end(
    site: Site, world: World
) -> None:
    assert await site.look() == []
    for seat in world.live["seats"]:
        seat["state"] = "logged_out"
    assert await site.look(5) == []
    assert await site.look(59) == []
    assert await site.look(1) == [("no_seat", "raised")]
    assert await site.look(5) == []
    world.live["seats"][0]["state"] = "ready"
    assert await site.look(5) == []
    assert await site.look(60) == [("no_seat", "cleared")]
    assert await world.told(2) == [("no_seat", "raised"), ("no_seat", "cleared")]
    assert site.rows() == [("alarm.raised", "no_seat"), ("alarm.cleared", "no_seat")]
    first = world.got[0][0]
    assert first["severity"] == "critical"
    assert first["at"].endswith("+09:00")
    assert "席が一つもありません" in first["text"]
    assert first["manual"].startswith("docs/operations.ja.md#")


async def test_given_fewer_seats_than_the_contract_wants_when_a_break_is_taken_then_it_counts_as_agreed(
    site: Site, world: World
) -> None:
    world.live["seats"][6]["state"] = "break"
    await site.look()
    assert await site.look(300) == [("few_seats", "raised")]
    assert world.live["seats"][0]["state"] == "ready"
    site.write("[report]\nbreaks_are_staffed = true\n")
    await site.look(5)
    assert await site.look(300) == [("few_seats", "cleared")]
    world.live["line"]["state"] = "after"
    for seat in world.live["seats"]:
        seat["state"] = "logged_out"
    assert [await site.look(400) for _ in range(2)] == [[], []]


async def test_given_long_waits_around_the_limit_then_it_is_one_alarm(site: Site, world: World) -> None:
    said = []
    for wait_s in (299, 301, 298, 302, 250, 310, 239, 280):
        world.live["longest_wait_s"] = wait_s
        said += await site.look(5)
    assert said == [("long_wait", "raised"), ("long_wait", "cleared")]


@pytest.mark.parametrize(
    ("spoil", "alarm"),
    [
        (lambda world: setattr(world, "ready", None), "fallback"),
        (lambda world: world.ready.update(ready=False, asterisk=False), "asterisk_away"),
        (lambda world: world.ready.update(ready=False, database=False), "database_away"),
        (lambda world: world.live.update(lag_ms=60_000), "database_away"),
    ],
)
async def test_given_a_part_that_is_away_when_it_comes_back_then_both_are_told(
    site: Site, world: World, spoil: Callable[[World], object], alarm: str
) -> None:
    assert await site.look() == []
    well = (dict(world.ready or {}), dict(world.live))
    spoil(world)
    await site.look(5)
    assert await site.look(15) == [(alarm, "raised")]
    world.ready, world.live = well
    await site.look(5)
    assert await site.look(15) == [(alarm, "cleared")]


async def test_given_an_instance_that_is_not_there_then_the_exchange_serves_alone_and_no_seat_is_judged(
    site: Site,
) -> None:
    site.home.run_json.unlink()
    await site.look()
    assert await site.look(600) == [("fallback", "raised")]


async def test_given_a_full_disk_an_old_certificate_and_an_old_backup_then_each_is_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.unit.madoguchi.test_doctor_host import certificate, last_backup

    usage = shutil.disk_usage(site.home.path)._replace(free=1 << 30)
    monkeypatch.setattr(readings.shutil, "disk_usage", lambda _: usage)
    site.home.toml.write_text(f'[alarms]\nwebhooks = ["{site.hook}"]\n', encoding="utf-8")
    certificate(site.home.keys / "sip.crt", 10)
    last_backup(site.home, hours=50, proved=True, file=site.home.path / "b")
    assert await site.look() == [("disk", "raised"), ("certificate", "raised"), ("backup", "raised")]
    registry = CollectorRegistry()
    registry.register(HomeMeasures(site.home, Settings))
    found = {
        (sample.name, sample.labels.get("alarm", "")): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }
    assert found["madoguchi_alarm", "disk"] == 1
    assert found["madoguchi_alarm", "no_seat"] == 0
    assert found["madoguchi_disk_free_bytes", ""] == 1 << 30
    assert {alarm for name, alarm in found if name == "madoguchi_alarm"} == set(NAMES)


async def test_given_a_receiver_that_fails_for_a_while_then_each_is_told_once_and_in_order(
    site: Site, world: World
) -> None:
    world.answers = [500, 503, 429, 302, 204]
    world.live["longest_wait_s"] = 400
    await site.look()
    world.live["longest_wait_s"] = 10
    await site.look(5)
    await world.told(6)
    taken = [(one["alarm"], one["state"]) for one, _, _ in world.got[4:]]
    assert taken == [("long_wait", "raised"), ("long_wait", "cleared")]
    assert len({one["id"] for one, _, _ in world.got[:5]}) == 1
    assert site.watch.kept.outgoing == []


async def test_given_a_receiver_that_refuses_then_it_is_not_asked_again(site: Site, world: World) -> None:
    world.answers = [400]
    world.live["longest_wait_s"] = 400
    await site.look()
    world.live["longest_wait_s"] = 10
    await site.look(5)
    assert await world.told(2) == [("long_wait", "raised"), ("long_wait", "cleared")]


async def test_given_a_process_that_is_stopped_before_all_is_told_then_the_next_one_tells_it_once(
    site: Site, world: World
) -> None:
    world.answers = [500] * 1000
    world.live["longest_wait_s"] = 400
    await site.look()
    await world.told(1)
    await site.watch.close()
    assert len(Kept.read(site.home).outgoing) == 1
    world.answers, world.got = [], []
    site.watch = Watch(site.home, site.database, site.clock)
    stop = asyncio.Event()
    keeping = asyncio.create_task(site.watch.keep(stop, every_s=0.01))
    assert await world.told(1) == [("long_wait", "raised")]
    stop.set()
    await keeping
    assert len(world.got) == 1
    assert site.rows() == [("alarm.raised", "long_wait")]


async def test_given_a_database_that_is_away_then_the_row_comes_when_it_is_back(
    site: Site, world: World
) -> None:
    away = site.home.database.with_name("away")
    site.database.close()
    site.home.database.rename(away)
    site.home.database.mkdir()  # opening it fails
    world.live["longest_wait_s"] = 400
    assert await site.look() == [("long_wait", "raised")]
    assert await world.told(1) == [("long_wait", "raised")]
    assert len(site.watch.kept.unwritten) == 1
    site.home.database.rmdir()
    away.rename(site.home.database)
    await site.look(5)
    assert site.rows() == [("alarm.raised", "long_wait")]
    with site.database.read() as connection:
        [row] = journal_rows(connection, kinds=("alarm.raised",))
    assert row.entry.at_ms == NOW


async def test_given_a_secret_when_told_then_the_body_is_signed(site: Site, world: World) -> None:
    (site.home.keys / "webhook-secret").write_text("shared\n")
    world.live["longest_wait_s"] = 400
    await site.look()
    await world.told(1)
    _, body, signature = world.got[0]
    assert signature == "sha256=" + hmac.digest(b"shared", body, hashlib.sha256).hex()


async def test_given_an_alarm_when_asked_for_then_the_command_shows_it_and_its_status_says_how_bad(
    site: Site, world: World
) -> None:
    app = typer.Typer()
    alarms.register(app)

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["alarms", *words, "--home", str(site.home.path)])
        return done.exit_code, done.output

    assert run() == (0, "警報はありません。\n")
    world.live["longest_wait_s"] = 400
    await site.look()
    status, said = run()
    assert (status, "400 秒" in said) == (1, True)
    await world.told(1)
    status, said = await asyncio.to_thread(run, "test")
    assert (status, "届きました" in said) == (0, True)
    assert world.got[-1][0]["alarm"] == "test"
    world.answers = [500]
    assert (await asyncio.to_thread(run, "test"))[0] == 1


@pytest.mark.parametrize("url", ["ftp://x/", "http://user:secret@host/", "http://", "x"])
def test_given_a_webhook_that_is_none_then_it_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="webhooks"):
        Settings.model_validate({"alarms": {"webhooks": [url]}})
