"""Who sits where and when, as events that the floor gets at their times."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge

from acd.events import Break, Event, LineClosed, LogIn, LogOut, PhoneChanged, Ready
from acd.types import Phone
from staffing.demand import HALF_HOUR_MS

Move = tuple[int, Event]
"""At this time (ms) this happens to the floor."""

PLANNED = "planned"
"""Reason of a break that stands in the roster; it ends when the roster says so."""


@dataclass(frozen=True, slots=True)
class PlannedBreak:
    """A seat's break from `from_ms` to `to_ms`, ms after midnight."""

    seat: int
    from_ms: int
    to_ms: int


@dataclass(frozen=True, slots=True)
class Shifts:
    """Seats staffed by half hour, from `begins_ms` after midnight on. The last half hour's people stay on."""

    begins_ms: int
    seats: tuple[int, ...]

    def plus(self, more: int) -> "Shifts":
        """The same with `more` seats in each half hour that has any, never below one."""
        return Shifts(self.begins_ms, tuple(max(1, n + more) if n else 0 for n in self.seats))

    @property
    def most(self) -> int:
        """The greatest number of seats."""
        return max(self.seats)

    @property
    def mean(self) -> float:
        """Mean number of seats over the half hours that have any."""
        staffed = [n for n in self.seats if n]
        return sum(staffed) / len(staffed) if staffed else 0.0


def all_day(seats: Sequence[int], operators: Sequence[str], at_ms: int) -> list[Move]:
    """Everybody logs in at `at_ms` and stays."""
    moves: list[Move] = [(at_ms, PhoneChanged(seat, Phone.REGISTERED)) for seat in seats]
    moves += [(at_ms, LogIn(seat, operators[index])) for index, seat in enumerate(seats)]
    return moves


def by_shifts(shifts: Shifts, operators: Sequence[str]) -> list[Move]:
    """Seats 1 to the number that each half hour has; who is too many logs out, after the talk."""
    moves: list[Move] = [
        (shifts.begins_ms, PhoneChanged(seat, Phone.REGISTERED)) for seat in range(1, shifts.most + 1)
    ]
    here = 0
    for slot, wanted in enumerate(shifts.seats):
        at_ms = shifts.begins_ms + slot * HALF_HOUR_MS
        moves += [(at_ms, LogIn(seat, operators[seat - 1])) for seat in range(here + 1, wanted + 1)]
        moves += [(at_ms, LogOut(seat)) for seat in range(here, wanted, -1)]
        here = wanted
    return moves


def with_breaks(moves: Sequence[Move], breaks: Sequence[PlannedBreak]) -> list[Move]:
    """The roster with these breaks added."""
    more: list[Move] = []
    for one in breaks:
        more += [(one.from_ms, Break(one.seat, PLANNED)), (one.to_ms, Ready(one.seat))]
    return in_order(moves, more)


def with_closing(moves: Sequence[Move], at_ms: int, lines: Sequence[str]) -> list[Move]:
    """The roster with the closing of these lines added."""
    return in_order(moves, [(at_ms, LineClosed(line, at_ms)) for line in lines])


def in_order(*some: Sequence[Move]) -> list[Move]:
    """Moves in the order of their times; at the same time, in the order given."""
    return list(_merged(some))


def _merged(some: Sequence[Sequence[Move]]) -> Iterator[Move]:
    return merge(*(sorted(moves, key=_when) for moves in some), key=_when)


def _when(move: Move) -> int:
    return move[0]
