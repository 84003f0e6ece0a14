"""One soak from its beginning to its verdict."""

from __future__ import annotations

import asyncio
import csv
import json
import time
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp

from bench.soak.kept import Kept, kept
from bench.soak.limits import LIMITS, SIZES, explained, left_over
from bench.soak.mix import Mix
from bench.soak.people import People
from bench.soak.plot import draw
from bench.soak.sample import Sampler
from bench.soak.settings import BEGINS, settings
from bench.soak.table import failures, table
from bench.soak.trend import after_warm_up, judge
from config import Clock
from madoguchi.asterisk_cli import CliError
from tests.asterisk.conftest import home_with
from tests.rig.processes import command
from tests.rig.world import Madoguchi, eventually

MONTH = "2026-11"
CALLS_A_DAY = 800
"""Of an open day (8 h 45 min) of seven seats: busy for 85 % of it, with talks of 180 s and wrap-ups of 30 s,
they would answer 892."""
WARM_UP_S = 1_260.0
"""What is forgotten after 20 minutes is all there by then."""
WARM_UP_SHARE = 1 / 3


class Soak:
    """One run; what it has found so far is in its files."""

    def __init__(self, out: Path, *, minutes: float, rate: float, every_s: float, seed: int) -> None:
        self.out = out
        self.rows: list[dict[str, float]] = []
        self.minutes, self.rate, self.every_s, self.seed = minutes, rate, every_s, seed
        self.missed: list[str] = []
        self.by_exchange = 0
        """Calls that the exchange's own queue took."""
        self._calling = True
        out.mkdir(parents=True, exist_ok=True)

    async def run(self, home: Path) -> dict[str, Any]:
        """Play it, and judge. `home` is used up."""
        world = await Madoguchi.start(home_with(home, settings(15)), at=BEGINS)
        offset_ms = world.run.clock_offset_ms
        people = People(world, self.seed)
        mix = Mix(world.server, self.rate, self.seed)
        try:
            await people.come()
            async with aiohttp.ClientSession() as http:
                sampler = Sampler(home, http)
                looking = asyncio.create_task(self._look(sampler, mix))
                working = asyncio.create_task(people.work())
                placing = asyncio.create_task(mix.run(time.monotonic() + self.minutes * 60))
                done, _ = await asyncio.wait({looking, working, placing}, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()  # only the callers may end by themselves
                assert placing in done
                self._calling = False
                working.cancel()
                with suppress(asyncio.CancelledError):
                    await working
                await people.go()
                await world.nothing_left(60)
                terms = await self._settled(world, mix)
                await asyncio.sleep(2 * self.every_s)
                looking.cancel()
                last = await sampler.look()
            status, check = await command(home, "report", "check", MONTH)
        finally:
            people.close()
            await world.stop(60)
        return self._judged(
            last, terms, mix, people, check, kept(home, Clock(offset_ms), MONTH), check_failed=status != 0
        )

    async def _look(self, sampler: Sampler, mix: Mix) -> None:
        with (self.out / "samples.csv").open("w", encoding="utf-8", newline="") as file:
            writer: csv.DictWriter[str] | None = None
            while True:
                try:
                    seen = await sampler.look()
                except (OSError, CliError, aiohttp.ClientError, RuntimeError, TimeoutError) as error:
                    self.missed.append(f"no sample: {error!r}")
                    await asyncio.sleep(self.every_s)
                    continue
                row = {**seen, "placed": mix.placed, "calling": float(self._calling)}
                self.rows.append(row)
                if writer is None:
                    writer = csv.DictWriter(file, list(row), extrasaction="ignore")
                    writer.writeheader()
                writer.writerow(row)
                file.flush()
                await asyncio.sleep(self.every_s)

    async def _settled(self, world: Madoguchi, mix: Mix) -> dict[str, int]:
        """The month's terms, once no call is under way."""

        async def reported() -> dict[str, Any] | None:
            month: dict[str, Any] = await world.api("GET", f"/reports/month/{MONTH}?format=json")
            terms = month["identity"]["terms"]
            return None if terms["still_waiting"] + terms["in_guidance"] else month

        month = await eventually(reported, 30, "every call is over in the report", every_s=1) or {}
        terms: dict[str, int] = month["identity"]["terms"]
        self.by_exchange = month["fallback"]["received"]
        if not month["identity"]["holds"] or month["received"] != mix.placed:
            self.missed.append(
                f"{month['received']} calls reported, {mix.placed} placed: {month['identity']}"
            )
        return terms

    def _judged(
        self, last: dict[str, float], terms: dict[str, int], mix: Mix, people: People, check: Any, day: Kept,
        *, check_failed: bool,
    ) -> dict[str, Any]:  # fmt: skip
        warm_s = min(WARM_UP_S, self.minutes * 60 * WARM_UP_SHARE)
        rows = after_warm_up(self.rows, warm_s)
        judged = judge(rows, (*LIMITS, *SIZES), explained=explained(rows, day))
        wrong = [*mix.book.differences(terms, self.by_exchange), *people.wrong, *self.missed]
        wrong += [f"{name}: {count:g} left at the end" for name, count in left_over(last).items()]
        if check_failed or check["differences"] or check["cdr_calls"] != mix.placed:
            wrong.append(f"report check: {check}")
        (self.out / "soak.svg").write_bytes(draw([row for row in self.rows if row["calling"]]))
        print(table(judged))
        report = {
            "minutes": self.minutes, "rate": self.rate, "calls": mix.placed,
            "days": round(mix.placed / CALLS_A_DAY, 1), "warm_up_s": warm_s, "samples": len(rows),
            "wrong": wrong,
            "growing": failures(judged), "by_exchange": self.by_exchange,
            "terms": {name: count for name, count in terms.items() if count},
            "done": people.done, "refused": people.refused,
            "rung_while_talking": sum(phone.log.rung_while_talking for phone in people.phones),
            "kept": asdict(day), "load": round(sum(row["load"] for row in rows) / len(rows), 1),
            "lag_p99_s": max(row["lag_p99_s"] for row in rows),
            "journal_lag_s": max(row["journal_lag_s"] for row in rows),
            "taskprocessor_most": last["taskprocessor_most"],
            "db_bytes_a_call": round(last["db_bytes"] / mix.placed),
            "cpu_ms_a_call": {
                name: round(1e3 * (rows[-1][f"{name}_cpu_s"] - rows[0][f"{name}_cpu_s"])
                            / (rows[-1]["received"] - rows[0]["received"]), 1)
                for name in ("controller", "asterisk")
            },
            "judged": [
                {**asdict(one), "limit": asdict(one.limit), "verdict": one.verdict} for one in judged
            ],
            "last": last,
        }  # fmt: skip
        (self.out / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
        return report
