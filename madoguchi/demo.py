"""`bin/up --demo`: simulated citizens call and simulated operators answer, by real SIP, until it is stopped.

Whoever looks at the pages sees a day of a call centre: more calls in the morning than at noon, short queues,
people who lose patience, talks, entries in the ledgers, breaks, callbacks, a raised hand now and then. All of
it goes through the doors that real people use, so every figure is a real one. Only for looking: a site that
serves citizens never starts it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from config import Home, RunFile
from madoguchi.demo_entries import entry_of
from madoguchi.simulation.caller import Callers, Talk
from madoguchi.simulation.citizen import CitizensPhones
from madoguchi.simulation.phone import SimulatedPhone
from madoguchi.simulation.year import SHAPE

BUSIEST_EVERY_S = 26.0
"""Mean time from one citizen to the next in the busiest half hour: six seats are then busy for three quarters
of it."""
CLOSED_EVERY_S = 75.0
FIRST_CALLS = 3
RUSH_CHANCE = 0.05
"""After a call, three to five more within seconds: the queue must be seen, too."""
TALK_MS = (40_000.0, 140_000.0)
"""The shortest talk, and what is added at random."""
PICK_UP_MS = (1_500.0, 6_000.0)
PATIENCE_S = 75.0
"""Mean; a citizen waits at least eight seconds."""
WORK_S = (4.0, 16.0)
"""From the end of a talk until its entry is saved."""
BREAK_EVERY_S = 900.0
BREAK_S = (60.0, 200.0)
HAND_CHANCE = 0.01
CALLBACK_CHANCE = 0.25
"""That who has waited for half a minute and more is called back instead."""
RENEW_S = 300
LOOK_S = 1.0
CHANCE = random.Random()  # noqa: S311  # a demonstration, no secret


class Demo:
    """One demonstration on a running instance, known by its run.json only."""

    def __init__(self, run: RunFile) -> None:
        self._run = run
        server = (run.sip.host, run.sip.port)
        self._phones = {p.seat: SimulatedPhone(p.seat, p.user, p.password, server) for p in run.phones}
        self._callers = Callers(server)
        self._citizens = CitizensPhones(run.trunk.host, run.trunk.port, server)
        self._live: dict[str, Any] = {}
        self._written: set[str] = set()
        """The calls whose entry somebody writes, or has written."""

    async def play(self) -> None:
        """Register the phones, log the operators in, and let citizens call for ever."""
        await self._callers.open()
        await self._citizens.open()
        headers = {"Authorization": f"Bearer {self._run.api_token}"}
        async with aiohttp.ClientSession(headers=headers) as self._http, asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            for phone in self._phones.values():
                phone.pick_up_ms = CHANCE.uniform(*PICK_UP_MS)
                phone.talk_ms, phone.talk_spread_ms = TALK_MS
                tasks.create_task(self._stay_registered(phone))
            await self._log_in()
            self._live = await self._get("live") or {}
            tasks.create_task(self._look())
            tasks.create_task(self._citizens_call())
            for seat in self._phones:
                tasks.create_task(self._take_breaks(seat))

    # --- operators -----------------------------------------------------------------------------------------

    async def _stay_registered(self, phone: SimulatedPhone) -> None:
        while True:
            await phone.register()
            await asyncio.sleep(RENEW_S)

    async def _log_in(self) -> None:
        for phone, operator in zip(self._phones.values(), self._run.operators, strict=False):
            await self._post(f"seats/{phone.seat}/login", {"operator": operator.id})

    async def _look(self) -> None:
        """Look at the floor as its people do, and do what is due."""
        while True:
            self._live = await self._get("live") or self._live
            for seat in self._live.get("seats", ()):
                call = seat["call"] or f"wrap-up of seat {seat['seat']} {seat['since']}"
                if seat["state"] == "wrap_up" and call not in self._written:
                    self._written.add(call)
                    self._tasks.create_task(self._write_up(seat["seat"], seat["call"]))
            for caller in self._live.get("waiting", ()):
                known = caller["callback"] or caller["call"] in self._written
                if not known and not caller["rings"] and caller["wait_s"] > 30:
                    self._written.add(caller["call"])  # asked once
                    if CHANCE.random() < CALLBACK_CHANCE:
                        why = {"why": "お急ぎでない用件のため"}
                        await self._post(f"calls/{caller['call']}/callback", why)
            await asyncio.sleep(LOOK_S)

    async def _write_up(self, seat: int, call: str | None) -> None:
        """The entry in its ledger, which ends the after-call work."""
        await asyncio.sleep(CHANCE.uniform(*WORK_S))
        entry = entry_of(CHANCE, self._now())
        await self._post("entries", {**entry, "seat": seat, **({"call": call} if call else {})})
        self._live = await self._get("live") or self._live
        if self._state_of(seat) == "wrap_up":
            await self._post(f"seats/{seat}/end-wrap-up")

    async def _take_breaks(self, seat: int) -> None:
        while True:
            await asyncio.sleep(CHANCE.expovariate(1 / BREAK_EVERY_S) + 30)
            away = sum(one["state"] == "break" for one in self._live.get("seats", ()))
            if away >= 2 or self._state_of(seat) != "ready":
                continue
            reason = CHANCE.choices(("休憩", "事務", "会議"), (5, 3, 1))[0]
            if await self._post(f"seats/{seat}/break", {"reason": reason}) is not None:
                await asyncio.sleep(CHANCE.uniform(*BREAK_S))
                await self._post(f"seats/{seat}/ready")

    async def _raise_hand(self) -> None:
        talking = [one["seat"] for one in self._live.get("seats", ()) if one["state"] == "talking"]
        if talking:
            seat = CHANCE.choice(talking)
            await self._post(f"seats/{seat}/raise-hand", {"reason": CHANCE.choice(("判断に迷う", "苦情"))})
            await asyncio.sleep(CHANCE.uniform(8, 25))
            await self._post(f"seats/{seat}/lower-hand")

    def _state_of(self, seat: int) -> str | None:
        return next((one["state"] for one in self._live.get("seats", ()) if one["seat"] == seat), None)

    # --- citizens ------------------------------------------------------------------------------------------

    async def _citizens_call(self) -> None:
        for _ in range(FIRST_CALLS if self._is_open() else 0):  # whoever looks need not wait for the first
            self._one_calls()
            await asyncio.sleep(CHANCE.uniform(1, 5))
        while True:
            await asyncio.sleep(CHANCE.expovariate(1 / self._every_s()))
            self._one_calls()
            if self._is_open() and CHANCE.random() < RUSH_CHANCE:
                for _ in range(CHANCE.randint(3, 5)):
                    await asyncio.sleep(CHANCE.uniform(0.5, 3))
                    self._one_calls()
            if CHANCE.random() < HAND_CHANCE:
                self._tasks.create_task(self._raise_hand())

    def _one_calls(self) -> None:
        talk = self._callers.call(self._run.number, f"090{CHANCE.randrange(10**7, 10**8)}")
        self._tasks.create_task(self._lose_patience(talk))

    def _every_s(self) -> float:
        if not self._is_open():
            return CLOSED_EVERY_S
        now = self._now()
        slot = (now.hour * 60 + now.minute - 8 * 60 - 30) // 30
        share = SHAPE[slot] / max(SHAPE) if 0 <= slot < len(SHAPE) else 0.3
        return BUSIEST_EVERY_S / share

    async def _lose_patience(self, talk: Talk) -> None:
        """Hang up after a while, unless an operator has been reached by then."""
        await asyncio.sleep(10 + 8 + CHANCE.expovariate(1 / PATIENCE_S))  # ten: until the queue is reached
        if not self._is_talking(talk):
            self._callers.end(talk)
        await asyncio.sleep(RENEW_S)
        self._callers.end(talk)
        self._callers.talks.pop(talk.invite.call_id, None)

    def _is_talking(self, talk: Talk) -> bool:
        """Whether the call is none of those that wait; the floor has other ids, so it counts."""
        waiting = sum(not one["callback"] for one in self._live.get("waiting", ()))
        talks = sum(one["state"] in ("talking", "hold") for one in self._live.get("seats", ()))
        mine = sorted(
            (one for one in self._callers.talks.values() if one.ended_ns is None),
            key=lambda one: one.invited_ns,
        )
        # Served in their order, so those who came last are those who wait.
        return talk in mine[: max(talks, len(mine) - waiting)]

    # --- the desk ------------------------------------------------------------------------------------------

    def _is_open(self) -> bool:
        return bool(self._live) and self._live["line"]["state"] == "open"

    def _now(self) -> datetime:
        return datetime.fromisoformat(self._live["now"]) if self._live else datetime.now().astimezone()

    async def _get(self, path: str) -> Any:
        try:
            async with self._http.get(self._url(path)) as answer:
                return await answer.json() if answer.status == 200 else None
        except (aiohttp.ClientError, TimeoutError):  # it is being started anew
            return None

    async def _post(self, path: str, body: object = None) -> Any:
        try:
            async with self._http.post(self._url(path), json=body) as answer:
                told = await answer.json()
                if answer.status < 400:
                    return told
                if answer.status != 409:  # a person would see that it has become another's turn
                    print(f"{path}: {answer.status} {told}", file=sys.stderr, flush=True)
        except (aiohttp.ClientError, TimeoutError, ValueError):
            pass
        return None

    def _url(self, path: str) -> str:
        return f"{self._run.desk_url.rstrip('/')}/api/v1/{path}"


def main() -> int:
    """Play until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m madoguchi.demo")
    parser.add_argument("--home", default="var")
    home = Home(Path(parser.parse_args().home))
    try:
        run = RunFile.read(home.run_json)
    except (FileNotFoundError, ValueError):
        print(f"madoguchi: nothing runs in {home}", file=sys.stderr)
        return 2
    try:
        asyncio.run(Demo(run).play())
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
