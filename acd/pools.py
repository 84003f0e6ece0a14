"""Which seats may take a call now, in the order of its strategy. Indexes of the floor's seats.

A pool is a line, a need and how far the need has relaxed; each has its own sorted list of free seats, so the
seat for a caller is the first of a list, whatever the number of seats.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Mapping

from acd.caller import Caller, Pool
from acd.seat import Seat
from acd.settings import FloorSettings
from acd.types import Strategy

FreeSeat = tuple[int, int]
"""(key, seat number): the smaller is rung first. The key is the strategy's."""

_RANDOM = Strategy.RANDOM
_Key = Callable[[Seat, "Pools"], int]
_longest_idle: _Key = lambda seat, _: seat.able_ms or 0  # noqa: E731  # a table of one-liners
KEYS: dict[Strategy, _Key] = {
    Strategy.LONGEST_IDLE: _longest_idle,
    Strategy.ROUND_ROBIN: lambda seat, _: seat.last_rung,
    Strategy.FEWEST_CALLS: lambda seat, _: seat.answered,
    Strategy.LEAST_TALK: lambda seat, _: seat.talked_ms,
    Strategy.RANDOM: lambda _, __: 0,  # drawn for each offer: `Pools.for_caller`
    Strategy.LINEAR: lambda seat, pools: pools.order.get(seat.number, 0),
    Strategy.RING_ALL: _longest_idle,
    Strategy.RING_PROGRESSIVELY: _longest_idle,
}
"""A free seat's key, by strategy."""


def scattered(seed: int, first: int, second: int) -> int:
    """A number without pattern made from three: chance that can be played again (splitmix64)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + first * 0xBF58476D1CE4E5B9 + second * 0x94D049BB133111EB) & _MASK
    mixed = ((mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & _MASK
    return mixed ^ mixed >> 31


_MASK = (1 << 64) - 1


def may_take(settings: FloorSettings, pool: Pool, operator: str | None) -> bool:
    """Whether this operator serves the line and has the skills that the need demands by now."""
    if not settings.operators and not pool.need:
        return True
    person = settings.operator(operator)
    if person.lines is not None and pool.line not in person.lines:
        return False
    if not pool.need:
        return True
    wanted = settings.needs[pool.need][pool.stage].skills
    return all(person.skills.get(skill, 0) >= level for skill, level in wanted.items())


class _PoolSeats:
    """The free seats of one pool, sorted, and which seats staff it. key: of its line's strategy."""

    __slots__ = ("free", "key", "keys", "staffed")

    def __init__(self, key: _Key) -> None:
        self.key = key
        self.free: list[FreeSeat] = []
        self.keys: dict[int, int] = {}
        self.staffed: set[int] = set()


class Pools:
    """The free and the staffed seats of every pool that has been asked for."""

    __slots__ = ("_by_pool", "_seats", "_strategies", "free", "order", "settings", "staffed")

    def __init__(self, settings: FloorSettings, seats: Mapping[int, Seat]) -> None:
        self.settings: FloorSettings = settings
        self.order: dict[int, int] = {number: n for n, number in enumerate(settings.seats)}
        self.free: set[int] = {number for number, seat in seats.items() if seat.able}
        self.staffed: set[int] = {number for number, seat in seats.items() if seat.staffed}
        self._seats = seats
        self._by_pool: dict[Pool, _PoolSeats] = {}
        self._strategies: dict[str, Strategy] = {}

    def of(self, pool: Pool) -> _PoolSeats:
        """The seats of this pool; sorted anew when it is asked for the first time."""
        found = self._by_pool.get(pool)
        if found is None:
            found = self._by_pool[pool] = _PoolSeats(KEYS[self.strategy(pool.line)])
            for number in self.free | self.staffed:
                seat = self._seats[number]
                if number in self.free:
                    self._enter(pool, found, seat)
                if number in self.staffed and may_take(self.settings, pool, seat.operator):
                    found.staffed.add(number)
        return found

    def for_caller(self, caller: Caller) -> list[FreeSeat]:
        """The free seats that may take this caller, in the order of the strategy."""
        free = self.of(caller.pool).free
        if len(free) < 2 or self.strategy(caller.pool.line) is not _RANDOM:
            return free
        drawn = scattered(self.settings.seed, int(caller.place.arrival), caller.offers) % len(free)
        return free[drawn:] + free[:drawn]

    def strategy(self, line: str) -> Strategy:
        """How seats are chosen for this line."""
        found = self._strategies.get(line)
        if found is None:
            found = self._strategies[line] = self.settings.line(line).strategy or self.settings.strategy
        return found

    def freed(self, seat: Seat) -> None:
        """The seat may be rung from now on, or may not any more."""
        number, able = seat.number, seat.able
        if able:
            if number not in self.free:
                self.free.add(number)
                for pool, found in self._by_pool.items():
                    self._enter(pool, found, seat)
        elif number in self.free:
            self.free.remove(number)
            for found in self._by_pool.values():
                key = found.keys.pop(number, None)
                if key is not None:
                    del found.free[bisect_left(found.free, (key, number))]

    def manned(self, seat: Seat) -> None:
        """Somebody may work at the seat from now on, or not any more, or somebody else."""
        number, staffed = seat.number, seat.staffed
        (self.staffed.add if staffed else self.staffed.discard)(number)
        for pool, found in self._by_pool.items():
            if staffed and may_take(self.settings, pool, seat.operator):
                found.staffed.add(number)
            else:
                found.staffed.discard(number)

    def _enter(self, pool: Pool, found: _PoolSeats, seat: Seat) -> None:
        if may_take(self.settings, pool, seat.operator):
            found.keys[seat.number] = key = found.key(seat, self)
            insort(found.free, (key, seat.number))
