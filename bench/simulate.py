"""How many simulated calls a second: `python -m bench.simulate [--erlang|--rules]`.

One process, one core: callers who lose patience, ringing, talk, wrap-up by the floor's timer. --erlang: the
world of Erlang C, in which nobody loses patience, phones are picked up at once and there is no wrap-up
(85 % load). --rules: with the overflow rules of the default settings, which look at who waits every five
seconds. Prints seconds of processor time and of the clock; nothing is asserted.
"""

import argparse
import json
import time

from acd import FloorSettings
from config import Settings
from controller.floor_settings import floor_settings
from staffing.chance import Distribution
from staffing.demand import People
from staffing.habits import Habits
from staffing.plan import BATCHES, Plan, simulate

PEOPLE = People(Distribution("exponential", 300.0), Distribution("exponential", 180.0))
HABITS = Habits(Distribution("constant", 5.0))
ENDURING = People(Distribution("exponential", 300.0), None)
AT_ONCE = Habits(Distribution("constant", 0.0))


def planned(calls: int, seats: int, *, rules: bool, erlang: bool) -> Plan:
    """So many calls, and a thirtieth more to warm up, at the load of 75 calls an hour on 7 seats."""
    if erlang:
        floor = FloorSettings(seats=(1,), wrap_up_ms=0)
        return Plan(floor, ENDURING, AT_ONCE, 1, per_hour=0.85 * 12 * seats, count=calls)
    floor = floor_settings(Settings()) if rules else FloorSettings(seats=(1,), wrap_up_ms=30_000)
    return Plan(floor, PEOPLE, HABITS, 1, per_hour=75 * seats / 7, count=calls)


def measure(calls: int, seats: int, *, rules: bool = False, erlang: bool = False) -> dict[str, float]:
    """Play it and tell how long it took."""
    plan = planned(calls, seats, rules=rules, erlang=erlang)
    clock, processor = time.perf_counter(), time.process_time()
    figures = simulate(plan, seats)
    took_s, busy_s = time.perf_counter() - clock, time.process_time() - processor
    played = -(-calls // BATCHES) * (BATCHES + 1)
    return {
        "calls": played,
        "seats": seats,
        "answer_rate": round(figures.answer_rate.value or 0, 4),
        "seconds": round(took_s, 2),
        "processor_seconds": round(busy_s, 2),
        "calls_per_second": round(played / took_s),
        "us_per_call": round(busy_s / played * 1e6, 1),
        "seconds_per_million": round(took_s / played * 1e6, 1),
    }


def main() -> None:
    """Print the figures as a line, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--seats", type=int, default=7)
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--erlang", action="store_true")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    given = parser.parse_args()
    if given.calls < BATCHES or given.seats < 1:
        parser.error(f"--calls must be at least {BATCHES} and --seats at least 1")
    found = measure(given.calls, given.seats, rules=given.rules, erlang=given.erlang)
    if given.format == "json":
        print(json.dumps(found))
        return
    print(
        f"{found['calls']:,} calls on {found['seats']} seats in {found['seconds']} s:"
        f" {found['calls_per_second']:,} calls a second, {found['us_per_call']} us of processor time a call;"
        f" a million in {found['seconds_per_million']} s"
    )


if __name__ == "__main__":
    main()
