"""The calls of a run: when each comes, how long it talks and how long it would wait."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from math import log
from random import Random
from typing import NamedTuple

from staffing.chance import Distribution, stream

HALF_HOUR_MS = 1_800_000
HOUR_MS = 3_600_000


class Call(NamedTuple):
    """A call, before anybody has dealt with it. at_ms: when it enters the queue.

    service_ms: how long it talks once connected. patience_ms: after so long it hangs up; -1 never does.
    """

    at_ms: int
    service_ms: int
    patience_ms: int
    name: str
    line: str = "main"
    priority: int = 0
    need: str = ""


@dataclass(frozen=True, slots=True)
class People:
    """Who calls. service: time in talk. patience: until a waiting caller hangs up, None waits for ever.

    lines: which line they call, with the weights of each. callback: how many of those who are given the
    choice ask to be called back, 0 to 1. reached: of the attempts to call a citizen back, 0 to 1.
    """

    service: Distribution
    patience: Distribution | None
    lines: tuple[tuple[str, float], ...] = (("main", 1.0),)
    callback: float = 0.0
    reached: float = 1.0

    def lines_called(self, random: Random) -> Iterator[str]:
        """The line of one caller after the other, without end."""
        names, weights = zip(*self.lines, strict=True)
        if len(names) == 1:
            yield from repeat(names[0])
        while True:
            yield random.choices(names, weights)[0]


@dataclass(frozen=True, slots=True)
class Curve:
    """A day's arrivals by half hour. calls: expected in each half hour from `opens_ms` after midnight on.

    closes_ms: ms after midnight, within the last half hour, which may be shorter.
    """

    opens_ms: int
    calls: tuple[float, ...]
    closes_ms: int

    @classmethod
    def flat(cls, per_hour: float, opens_ms: int, closes_ms: int) -> "Curve":
        """The same rate from opening to closing."""
        begins = range(opens_ms, closes_ms, HALF_HOUR_MS)
        lengths = (min(HALF_HOUR_MS, closes_ms - at) for at in begins)
        return cls(opens_ms, tuple(per_hour * length / HOUR_MS for length in lengths), closes_ms)

    def slots(self) -> list[tuple[int, int, float]]:
        """Begin (ms after midnight), length (ms) and expected calls of each half hour."""
        begins = range(self.opens_ms, self.closes_ms, HALF_HOUR_MS)
        return [
            (at, min(HALF_HOUR_MS, self.closes_ms - at), calls)
            for at, calls in zip(begins, self.calls, strict=True)
        ]

    @property
    def per_hour(self) -> float:
        """Mean over the day."""
        return sum(self.calls) * HOUR_MS / (self.closes_ms - self.opens_ms)


def steady(per_hour: float, count: int, people: People, seed: int) -> Iterator[Call]:
    """`count` calls of a Poisson stream that never changes, from 0 ms on."""
    random = stream(seed, "calls")
    gap_ms = -HOUR_MS / per_hour
    uniform, new = random.random, tuple.__new__  # a named tuple's own maker takes three times as long
    patience = people.patience.draws(random) if people.patience else _never
    service = people.service.draws(random)
    lines = people.lines_called(stream(seed, "lines"))
    at = 0.0
    for number, line in zip(range(count), lines, strict=False):
        at += log(1.0 - uniform()) * gap_ms
        yield new(Call, (int(at), service(), patience(), str(number), line, 0, ""))


def of_day(curve: Curve, people: People, seed: int, day: int) -> Iterator[Call]:
    """The calls of one day: Poisson within each half hour; ms after midnight. Each day has its own chance."""
    random = stream(seed, f"calls of day {day}")
    patience = people.patience.draws(random) if people.patience else _never
    service = people.service.draws(random)
    lines = people.lines_called(stream(seed, f"lines of day {day}"))
    for number, (at, line) in enumerate(zip(_arrivals(curve, random), lines, strict=False)):
        yield Call(at, service(), patience(), f"{day}-{number}", line)


def _arrivals(curve: Curve, random: Random) -> Iterator[int]:
    for begins, length, expected in curve.slots():
        at = 0.0
        while expected > 0:
            # Exponential gaps have no memory, so each half hour may begin its own.
            at -= log(1.0 - random.random()) * length / expected
            if at >= length:
                break
            yield begins + int(at)


def _never() -> int:
    return -1
