"""Who works at the site meanwhile: operators with phones, a supervisor, pages, reports, reloads."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import aiohttp

from bench.soak.settings import FIRST_SEATS, SEATS, settings
from madoguchi.demo_entries import entry_of
from madoguchi.simulation.citizen import CitizensPhones
from madoguchi.simulation.phone import SimulatedPhone
from tests.rig.world import Madoguchi, eventually

RENEW_S = 240.0
CANCEL_AFTER_S = 30.0


class People:
    """All of them; ``done`` counts what they did, ``refused`` what came too late (a person would see it)."""

    def __init__(self, world: Madoguchi, seed: int = 1) -> None:
        run = world.run
        self.world = world
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.wrong: list[str] = []
        """What failed; nobody stops working for it."""
        self._chance = random.Random(seed)  # moments, no secrets
        server = (run.sip.host, run.sip.port)
        self.phones = [SimulatedPhone(p.seat, p.user, p.password, server) for p in run.phones]
        self._citizens = CitizensPhones(
            run.trunk.host, run.trunk.port, server, answer_after_s=(0.2, 1.0), gone_chance=0.1
        )
        self._headers = {"Authorization": f"Bearer {run.api_token}"}
        self._seen: set[str] = set()
        self._tickets: dict[str, float] = {}

    async def come(self) -> None:
        """Register the phones and log in."""
        await self._citizens.open()
        for phone in self.phones:
            phone.pick_up_ms = self._chance.uniform(100, 500)
            phone.talk_ms, phone.talk_spread_ms = (
                (500, 1_000) if phone.seat <= FIRST_SEATS else (6_000, 2_000)
            )
            await phone.register()
        for phone in self.phones:
            await self.world.until_seat(phone.seat, "logged_out")
            await self.world.log_in(phone.seat)

    async def work(self) -> None:
        """Until cancelled."""
        async with aiohttp.ClientSession(headers=self._headers) as http, asyncio.TaskGroup() as group:
            for every_s, deed in (
                (RENEW_S, self._register),
                (1.0, self._supervise),
                (5.0, self._write_up),
                (20.0, self._day_report),
                (25.0, self._break),
                (60.0, self._month_report),
                (70.0, self._log_out_and_in),
                (90.0, self._reload),
                (120.0, self._call_list),
            ):
                group.create_task(self._every(every_s, deed))
            for path, stays_s in (("watch", 1e9), ("watch", 30.0), ("events", 1e9), ("events", 45.0)):
                group.create_task(self._listen(http, path, stays_s))

    async def go(self) -> None:
        """Log out, and call off what is still to be called back; one that is being dialled ends first."""
        for phone in self.phones:
            await self._post(f"/seats/{phone.seat}/logout")

        async def none_open() -> bool:
            found = (await self.world.api("GET", "/callbacks"))["callbacks"]
            for one in found:
                await self._post(f"/callbacks/{one['ticket']}/cancel")
            return not found

        await eventually(none_open, 60, "no callback is open", every_s=1)

    def close(self) -> None:
        """Close the phones' sockets."""
        for phone in self.phones:
            phone.close()

    async def _every(self, every_s: float, deed: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(every_s * self._chance.uniform(0.8, 1.2))
            try:
                await deed()
            except (AssertionError, aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                self.wrong.append(f"{deed.__name__.strip('_')}: {error!r}")
            else:
                self.done[deed.__name__.strip("_")] += 1

    async def _register(self) -> None:
        for phone in self.phones:
            await phone.register()

    async def _supervise(self) -> None:
        """Take callers out of the queue, or have them called back; call some of those callbacks off."""
        live = await self.world.api("GET", "/live")
        waiting = {one["call"]: one for one in live["waiting"] if not one["callback"]}
        self._seen &= waiting.keys()
        for call, one in waiting.items():
            if call in self._seen or one["wait_s"] < 2:
                continue
            self._seen.add(call)
            if one["line"] == "taken":
                await self._post(f"/calls/{call}/take-out", {"reason": "間違い電話"})
            elif one["line"] == "later":
                await self._post(f"/calls/{call}/callback", {})
                self._tickets[f"{call}-cb"] = asyncio.get_running_loop().time()
        old_s = asyncio.get_running_loop().time() - CANCEL_AFTER_S
        for ticket in [ticket for ticket, asked_s in self._tickets.items() if asked_s < old_s]:
            del self._tickets[ticket]
            await self._post(f"/callbacks/{ticket}/cancel")

    async def _write_up(self) -> None:
        """An entry of a ledger, for the call of a seat that is talking or writing up."""
        live = await self.world.api("GET", "/live")
        seats = [one for one in live["seats"] if one["state"] in ("talking", "wrap_up")]
        if seats:
            seat, now = self._chance.choice(seats), datetime.fromisoformat(live["now"])
            call = {"call": seat["call"]} if seat["call"] and not seat["call"].endswith("-cb") else {}
            await self._post("/entries", {**entry_of(self._chance, now), "seat": seat["seat"], **call})

    async def _day_report(self) -> None:
        today = (await self.world.api("GET", "/live"))["now"][:10]
        await self.world.api("GET", f"/reports/day/{today}?format=json")

    async def _month_report(self) -> None:
        for form in ("json", "xlsx"):
            await self._get(f"/reports/month/2026-11?format={form}")

    async def _call_list(self) -> None:
        await self.world.api("GET", "/calls?outcome=timed_out")

    async def _break(self) -> None:
        seat = self._chance.randint(1, SEATS)
        if await self._post(f"/seats/{seat}/break", {"reason": "休憩"}):
            await asyncio.sleep(4)
        await self._post(f"/seats/{seat}/ready")

    async def _log_out_and_in(self) -> None:
        seat = self._chance.randint(1, SEATS)
        if await self._post(f"/seats/{seat}/logout"):
            await self.world.until_seat(seat, "logged_out", 30)  # the talk goes on to its end first
            await self.world.log_in(seat)

    async def _reload(self) -> None:
        hold_s = self._chance.choice((10, 15, 20))
        (self.world.home / "madoguchi.toml").write_text(settings(hold_s), encoding="utf-8")
        await self.world.api("POST", "/config/reload")

    async def _listen(self, http: aiohttp.ClientSession, path: str, stays_s: float) -> None:
        """A page that watches, and is opened anew from time to time."""
        url = f"{self.world.run.desk_url.rstrip('/')}/api/v1/{path}"
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with http.ws_connect(url, max_msg_size=0) as socket:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(stays_s):
                            async for _ in socket:
                                self.done[path] += 1
            self.done[f"{path} opened"] += 1
            await asyncio.sleep(1)

    async def _get(self, path: str) -> None:
        url = f"{self.world.run.desk_url.rstrip('/')}/api/v1{path}"
        async with aiohttp.ClientSession(headers=self._headers) as http, http.get(url) as answer:
            await answer.read()
            assert answer.status == 200, f"GET {path}: {answer.status}"

    async def _post(self, path: str, body: object = None) -> bool:
        url = f"{self.world.run.desk_url.rstrip('/')}/api/v1{path}"
        async with aiohttp.ClientSession(headers=self._headers) as http, http.post(url, json=body) as answer:
            said: Any = await answer.text()
            if answer.status >= 500 or answer.status in (400, 401, 403, 422):
                raise AssertionError(f"POST {path}: {answer.status} {said}")
            if answer.status >= 400:
                self.refused[path.rpartition("/")[2]] += 1
            return answer.status < 400
