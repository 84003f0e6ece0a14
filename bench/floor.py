"""How long one step of the floor takes: `python -m bench.floor [--seats N] [--waiting N]`.

A floor with all seats talking and callers waiting goes round: a talk ends, the wrap-up ends, the
next caller is rung, answered and joined, and a new caller queues. Prints microseconds of processor
time a step, by event.
"""

import argparse
import json
import statistics
import time
from collections import defaultdict

from acd import Floor, FloorSettings
from acd.commands import Ring, StartTimer
from acd.events import (
    CallerGone,
    CallQueued,
    Event,
    Joined,
    LogIn,
    OfferAnswered,
    PhoneChanged,
    TimerFired,
)
from acd.types import Phone


def measure(seats: int, waiting: int, rounds: int) -> dict[str, float]:
    """Microseconds of processor time a step: the mean and p99 over all, and the mean by event."""
    floor = Floor.open(FloorSettings(seats=tuple(range(1, seats + 1))))
    took: dict[str, list[int]] = defaultdict(list)
    now_ms = 0
    rung: list[Ring] = []
    wrap_ups: list[str] = []

    def feed(event: Event) -> None:
        nonlocal now_ms
        now_ms += 7
        began = time.thread_time_ns()
        commands = floor.apply(event, now_ms)
        took[type(event).__name__].append(time.thread_time_ns() - began)
        for command in commands:
            if isinstance(command, Ring):
                rung.append(command)
            elif isinstance(command, StartTimer) and command.token.startswith("wrap_up"):
                wrap_ups.append(command.token)

    def talk(ring: Ring) -> str:
        feed(OfferAnswered(ring.offer))
        feed(Joined(ring.offer))
        return ring.call

    for seat in range(1, seats + 1):
        feed(PhoneChanged(seat, Phone.REGISTERED))
        feed(LogIn(seat, f"op-{seat}"))
    for n in range(seats + waiting):
        feed(CallQueued(f"call-{n}"))
    talking = [talk(ring) for ring in rung]
    took.clear()
    for n in range(rounds):
        rung.clear()
        feed(CallerGone(talking.pop(0)))
        feed(TimerFired(wrap_ups.pop()))
        talking.append(talk(rung[0]))
        feed(CallQueued(f"more-{n}"))
    every = sorted(ns for times in took.values() for ns in times)
    figures = {"mean": statistics.fmean(every) / 1000, "p99": every[len(every) * 99 // 100] / 1000}
    return figures | {name: statistics.fmean(times) / 1000 for name, times in took.items()}


def main() -> None:
    """Print the figures as a table, or as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seats", type=int, default=70)
    parser.add_argument("--waiting", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    given = parser.parse_args()
    if min(given.seats, given.waiting, given.rounds) < 1:
        parser.error("--seats, --waiting and --rounds must be at least 1")
    figures = measure(given.seats, given.waiting, given.rounds)
    if given.format == "json":
        print(json.dumps({"seats": given.seats, "waiting": given.waiting, "us_per_step": figures}))
        return
    print(f"{given.seats} seats talking, {given.waiting} callers waiting: us of processor time a step")
    for name, us in figures.items():
        print(f"  {name:<14}{us:8.1f}")


if __name__ == "__main__":
    main()
