"""What a decision of the floor costs, and how that grows: `python -m bench.floor [--rich] [--rounds N]`.

For each number of seats and of waiting callers, all seats talking: a talk ends, its wrap-up ends and the next
caller is rung (the decision), the phone is picked up, the talk begins, a new caller queues. Microseconds
of processor time, medians; decisions a second; bytes of memory a waiting caller.

--rich: three lines of different priority, a need with skills, and rules of overflow, not one plain line.
"""

import argparse
import json
import statistics
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Sequence

from acd import Floor, FloorSettings
from acd.commands import Command, Ring, StartTimer
from acd.events import CallerGone, CallQueued, Event, Joined, LogIn, OfferAnswered, PhoneChanged, TimerFired
from acd.settings import Destination, LineSettings, NeedStep, OperatorSettings, OverflowRule
from acd.types import OverflowCause, Phone, Toward

SEATS = (7, 70, 700)
WAITING = (10, 1_000, 10_000)
LINES = ("main", "reserve", "lost")


def settings(seats: int, *, rich: bool) -> FloorSettings:
    """A floor of so many seats."""
    numbers = tuple(range(1, seats + 1))
    if not rich:
        return FloorSettings(seats=numbers)
    rules = (
        OverflowRule(OverflowCause.WAITED, 600_000, Destination(Toward.ANNOUNCE)),
        OverflowRule(OverflowCause.PREDICTED_WAIT, 1e9, Destination(Toward.CHOICE)),
    )
    return FloorSettings(
        seats=numbers,
        lines={name: LineSettings(priority=n // 2, overflow=rules) for n, name in enumerate(LINES)},
        needs={"english": (NeedStep(0, {"english": 2}), NeedStep(30_000, {"english": 1}))},
        operators={f"op-{n}": OperatorSettings({"english": 2}) for n in numbers},
    )


class Shift:
    """A floor at work. `took` holds nanoseconds of processor time by what happened."""

    def __init__(self, seats: int, waiting: int, *, rich: bool) -> None:
        self.took: dict[str, list[int]] = defaultdict(list)
        self._rich = rich
        self._now_ms = 0
        self._rung: list[Ring] = []
        self._wrap_ups: list[str] = []
        self._queued = 0
        self.floor = Floor.open(settings(seats, rich=rich))
        for seat in range(1, seats + 1):
            self._feed(PhoneChanged(seat, Phone.REGISTERED))
            self._feed(LogIn(seat, f"op-{seat}"))
        tracemalloc.start()
        for _ in range(seats):
            self._queue()
        self._talking = [self._talk(ring) for ring in self._rung]
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(waiting):
            self._queue()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.bytes_a_caller = (after - before) / waiting
        self.took.clear()

    def round(self) -> None:
        """One caller is served and another comes."""
        self._rung.clear()
        self._feed(CallerGone(self._talking.pop(0)), "talk ends")
        self._feed(TimerFired(self._wrap_ups.pop(0)), "decision")
        self._talking.append(self._talk(self._rung[0]))
        self._queue()

    def _talk(self, ring: Ring) -> str:
        self._feed(OfferAnswered(ring.offer), "answer")
        self._feed(Joined(ring.offer), "talk begins")
        return ring.call

    def _queue(self) -> None:
        self._queued += 1
        line = LINES[self._queued % 3] if self._rich else "main"
        need = "english" if self._rich and self._queued % 5 == 0 else ""
        self._feed(CallQueued(f"call-{self._queued}", line=line, need=need), "entry")

    def _feed(self, event: Event, what: str = "") -> None:
        self._now_ms += 7
        began = time.thread_time_ns()
        commands: Sequence[Command] = self.floor.apply(event, self._now_ms)
        self.took[what].append(time.thread_time_ns() - began)
        for command in commands:
            if isinstance(command, Ring):
                self._rung.append(command)
            elif isinstance(command, StartTimer) and command.token.startswith("wrap_up"):
                self._wrap_ups.append(command.token)


def measure(seats: int, waiting: int, rounds: int, *, rich: bool) -> dict[str, float]:
    """Medians in microseconds by what happens, and what follows from them."""
    shift = Shift(seats, waiting, rich=rich)
    for _ in range(rounds):
        shift.round()
    figures = {what: statistics.median(ns) / 1000 for what, ns in shift.took.items()}
    every = sum(map(sum, shift.took.values())) / 1e9
    return {
        **figures,
        "calls_a_second": rounds / every,
        "decisions_a_second": 1e6 / figures["decision"],
        "bytes_a_caller": shift.bytes_a_caller,
    }


def main() -> None:
    """Print the figures as a table, or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2000)
    parser.add_argument("--rich", action="store_true")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    given = parser.parse_args()
    if given.rounds < 1:
        parser.error("--rounds must be at least 1")
    cells = {
        (seats, waiting): measure(seats, waiting, given.rounds, rich=given.rich)
        for seats in SEATS
        for waiting in WAITING
    }
    if given.format == "json":
        print(json.dumps([{"seats": s, "waiting": w, **figures} for (s, w), figures in cells.items()]))
        return
    first = cells[SEATS[0], WAITING[0]]["decision"]
    print("seats  waiting  decision[us]  ratio   entry[us]  decisions/s  calls/s  bytes/caller")
    for (seats, waiting), of in cells.items():
        print(
            f"{seats:5}  {waiting:7,}  {of['decision']:12.1f}  {of['decision'] / first:5.2f}"
            f"  {of['entry']:10.1f}  {of['decisions_a_second']:11,.0f}  {of['calls_a_second']:7,.0f}"
            f"  {of['bytes_a_caller']:12,.0f}"
        )


if __name__ == "__main__":
    main()
