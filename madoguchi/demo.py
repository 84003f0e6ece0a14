"""`bin/up --demo`: simulated citizens call and simulated operators answer, by real SIP, until it is stopped.

Whoever looks at the pages sees a day of a call centre. Only for looking: a site that serves citizens never
starts it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from pathlib import Path

import aiohttp

from config import Home, RunFile
from madoguchi.desk_tls import trusting
from madoguchi.simulation.caller import Callers, Talk
from madoguchi.simulation.phone import SimulatedPhone

BETWEEN_CALLS_S = 9.0
"""Mean time from one citizen to the next; with talks of a minute the seven seats are well used."""
TALK_MS = (25_000.0, 70_000.0)
"""The shortest talk, and what is added at random."""
PICK_UP_MS = (1_500.0, 6_000.0)
PATIENCE_S = (40.0, 240.0)
"""How long a citizen waits before hanging up."""
RENEW_S = 300
CHANCE = random.Random()  # noqa: S311  # a demonstration, no secret


class Demo:
    """One demonstration on a running instance, known by its run.json only."""

    def __init__(self, run: RunFile) -> None:
        self._run = run
        server = (run.sip.host, run.sip.port)
        self._phones = [SimulatedPhone(p.seat, p.user, p.password, server) for p in run.phones]
        self._callers = Callers(server)

    async def play(self) -> None:
        """Register the phones, log the operators in, and let citizens call for ever."""
        await self._callers.open()
        async with asyncio.TaskGroup() as tasks:
            for phone in self._phones:
                phone.pick_up_ms = CHANCE.uniform(*PICK_UP_MS)
                phone.talk_ms, phone.talk_spread_ms = TALK_MS
                tasks.create_task(self._stay_registered(phone))
            tasks.create_task(self._log_in())
            tasks.create_task(self._citizens(tasks))

    async def _stay_registered(self, phone: SimulatedPhone) -> None:
        while True:
            await phone.register()
            await asyncio.sleep(RENEW_S)

    async def _log_in(self) -> None:
        headers = {"Authorization": f"Bearer {self._run.api_token}"}
        tls = trusting(self._run.desk_certificate)
        async with aiohttp.ClientSession(headers=headers) as http:
            for phone, operator in zip(self._phones, self._run.operators, strict=False):
                url = f"{self._run.desk_url.rstrip('/')}/api/v1/seats/{phone.seat}/login"
                async with http.post(url, json={"operator": operator.id}, ssl=tls or True) as answer:
                    if answer.status not in (200, 409):
                        print(f"seat {phone.seat}: {answer.status} {await answer.text()}", file=sys.stderr)

    async def _citizens(self, tasks: asyncio.TaskGroup) -> None:
        while True:
            await asyncio.sleep(CHANCE.expovariate(1 / BETWEEN_CALLS_S))
            talk = self._callers.call(self._run.number, f"090{CHANCE.randrange(10**7, 10**8)}")
            tasks.create_task(self._lose_patience(talk))

    async def _lose_patience(self, talk: Talk) -> None:
        """Hang up after a while, whatever was reached by then: a talk that long is over, too."""
        await asyncio.sleep(CHANCE.uniform(*PATIENCE_S))
        self._callers.end(talk)
        await asyncio.sleep(RENEW_S)
        self._callers.talks.pop(talk.invite.call_id, None)


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
