"""`python -m bench.dispatch`: run the comparison, print a table, write JSON."""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import sys
import tempfile
from pathlib import Path

from bench.dispatch.figures import Result, table
from bench.dispatch.run import Load, measure
from madoguchi.simulation.caller import Callers
from madoguchi.simulation.phone import SimulatedPhone
from tests.rig.world import Madoguchi

SETTINGS = """\
[floor]
wrap_up_s = 0
max_misses = 100
[guidance]
greeting = false
busy = false
"""
"""app_queue's conditions for Madoguchi: no greeting, no wrap-up."""
DROP_IN = """\
; made by bench/dispatch, removed by it
[from-trunk](+)
exten = benchqueue,1,Queue(fallback)
exten = benchanswer,1,Answer()
 same = n,Queue(fallback)
"""
QUEUE_SIDES = (("app_queue", "benchqueue"), ("app_queue after Answer()", "benchanswer"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.dispatch", description=__doc__)
    parser.add_argument("--side", choices=("queue", "madoguchi", "both"), default="both")
    parser.add_argument(
        "--attach", type=Path, metavar="HOME", help="use a running instance (with no wrap-up)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here")
    parser.add_argument("--probes", type=int, default=Load.probes)
    parser.add_argument("--bursts", type=int, default=Load.bursts)
    parser.add_argument("--calls", type=int, default=Load.calls, help="callers in a burst")
    parser.add_argument("--rate", type=float, default=Load.rate, help="calls a second in a burst")
    parser.add_argument("--talk-ms", type=float, default=Load.talk_ms)
    parser.add_argument(
        "--talk-spread-ms", type=float, default=Load.talk_spread_ms,
        help="0: every talk lasts --talk-ms, in step with app_queue's one look a second",
    )  # fmt: skip
    parser.add_argument(
        "--sound", action="store_true", help="callers speak: Answer() then waits for no silence"
    )
    return parser.parse_args()


async def compare(world: Madoguchi, asked: argparse.Namespace) -> list[Result]:
    """Measure the sides that were asked for, one after the other, on one instance."""
    run = world.run
    server = (run.sip.host, run.sip.port)
    load = Load(
        asked.probes, asked.bursts, asked.calls, asked.rate, asked.talk_ms, asked.talk_spread_ms
    )  # fmt: skip
    phones = [SimulatedPhone(entry.seat, entry.user, entry.password, server) for entry in run.phones]
    callers = Callers(server, asked.sound)
    await callers.open()
    results: list[Result] = []
    pids = (run.asterisk_pid, run.controller_pid)
    drop_in = world.home / "asterisk" / "etc" / "extensions.d" / "bench.conf"
    try:
        for phone in phones:
            await phone.register()
        if asked.side != "madoguchi":
            drop_in.parent.mkdir(exist_ok=True)
            drop_in.write_text(DROP_IN)
            await world.ari("PUT", "/asterisk/modules/pbx_config.so")
            for side, number in QUEUE_SIDES:
                results.append(await measure(side, number, phones, callers, load, pids))
        if asked.side != "queue":
            for phone in phones:
                await world.log_in(phone.seat)
            for phone in phones:
                await world.until_seat(phone.seat, "ready")
            results.append(await measure("Madoguchi", run.number, phones, callers, load, pids))
        await world.nothing_left()
        for phone in phones:
            await phone.register(0)
    finally:
        callers.close()
        for phone in phones:
            phone.close()
        if drop_in.exists():
            drop_in.unlink()
            await world.ari("PUT", "/asterisk/modules/pbx_config.so")
    return results


async def main() -> None:
    asked = arguments()
    if asked.attach:
        world = Madoguchi.attached(asked.attach)
    else:
        home = Path(tempfile.mkdtemp(prefix="bench-dispatch-"))
        (home / "madoguchi.toml").write_text(SETTINGS)
        # a Tuesday morning, so that the line is open whenever this runs
        world = await Madoguchi.start(home, at="2026-11-24 09:00:00")
    try:
        results = await compare(world, asked)
    finally:
        await world.stop()
    sys.stdout.write(table(results) + "\n")
    if asked.json:
        facts = {
            "machine": platform.platform(), "asterisk": world.run.asterisk_version,
            "load": {key: str(value) for key, value in vars(asked).items()},
            "results": [result.as_dict() for result in results],
        }  # fmt: skip
        asked.json.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
