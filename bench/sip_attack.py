"""Attacks on the SIP ports of an instance of its own, and what they come to: for docs/security.md.

    python -m bench.sip_attack [--packets 50000] [--asks 500]

Who asks whether a user exists learns nothing by the time of the answer; who guesses is refused; floods and
garbage change nothing for citizens, of whom one calls each second meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

from tests.asterisk.conftest import QUICK, home_with, phone_known
from tests.rig import malformed
from tests.rig.attacker import Attacker
from tests.rig.carrier import Carrier
from tests.rig.phones import Phones
from tests.rig.world import Madoguchi

METHODS = ("REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE")


def enumeration(server: tuple[str, int], known: str, asks: int) -> dict[str, object]:
    """Ask for a user that exists and one that does not, in turn."""
    attacker = Attacker(server, "127.0.0.65")
    took: dict[str, list[float]] = {known: [], "phone-zzzzzz": []}
    for n in range(asks + 20):
        for user in sorted(took, reverse=bool(n % 2)):
            answer = attacker.ask("REGISTER", user)
            if n >= 20:
                took[user].append(answer.took_s * 1e6)
            time.sleep(0.002)
    attacker.close()
    return {
        name: {
            "median_us": round(statistics.median(times)),
            "p25_us": round(statistics.quantiles(times, n=4)[0]),
            "p75_us": round(statistics.quantiles(times, n=4)[2]),
        }
        for name, times in zip(("known", "unknown"), (took[known], took["phone-zzzzzz"]), strict=True)
    }


def guessing(server: tuple[str, int], user: str) -> dict[str, object]:
    """Guess as fast as answers come until refused."""
    attacker, began = Attacker(server, "127.0.0.70"), time.monotonic()
    for guesses in range(1, 1_000_000):
        if attacker.guess(user, f"guess{guesses}").status == 403:
            return {"guesses_before_refused": guesses - 1, "seconds": round(time.monotonic() - began, 2)}
        if time.monotonic() - began > 60:
            break
    return {"refused": False}


def flood(server: tuple[str, int], user: str, packets: int) -> dict[str, object]:
    """Requests and garbage from addresses of seats and of strangers."""
    chance, began = random.Random(1), time.monotonic()
    for address in ("127.0.0.66", "127.0.0.99"):
        malformed.throw(server, address=address, noise=packets // 4)
    attackers = [Attacker(server, f"127.0.0.{n}") for n in (67, 68, 99)]
    for n in range(packets // 2):
        attackers[n % 3].ask(METHODS[chance.randrange(len(METHODS))], chance.choice((user, "x")), within_s=0)
    seconds = time.monotonic() - began
    return {"packets": packets, "packets_a_second": round(packets / seconds)}


async def run(packets: int, asks: int) -> dict[str, object]:
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        home = home_with(Path(folder) / "home", QUICK)
        async with Madoguchi.started(home, at="2026-11-24 10:00:00") as world, Phones.started() as phones:
            server, user = (world.run.sip.host, world.run.sip.port), world.run.phones[0].user
            seats = [await world.seat_phone(phones, seat) for seat in (1, 2)]
            for seat, phone in enumerate(seats, 1):
                await phone_known(world, seat)
                await phone.behaves(answer_after_ms=0, hangup_after_ms=100)
                await world.log_in(seat)
            found["enumeration"] = await asyncio.to_thread(enumeration, server, user, asks)
            await asyncio.sleep(12)  # the process that looks has started by now
            found["guessing"] = await asyncio.to_thread(guessing, server, user)
            calls = await Carrier(world.server).call(
                "0260001234", calls=20, rate=1, hold_ms=60_000, media=False
            )
            flooding = threading.Thread(
                target=lambda: found.update(flood=flood(server, user, packets)), daemon=True
            )
            flooding.start()
            result = await calls.result(120)
            await asyncio.to_thread(flooding.join)
            day = await world.api("GET", "/reports/day/2026-11-24?format=json")
            found["citizens"] = {
                "called": 20, "served": result.successful, "received": day["received"],
                "answered": day["answered"], "identity": day["identity"]["holds"],
            }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sip_attack", description=__doc__)
    parser.add_argument("--packets", type=int, default=50_000)
    parser.add_argument("--asks", type=int, default=500)
    asked = parser.parse_args()
    print(json.dumps(asyncio.run(run(asked.packets, asked.asks)), indent=1))


if __name__ == "__main__":
    main()
