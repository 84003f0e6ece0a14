"""The queue (待ち行列): who waits, by pool, in the order of dispatch. An index of the floor's callers."""

from bisect import bisect_left, insort
from collections.abc import Container
from fractions import Fraction

from acd.caller import Place, Pool


class Queue:
    """Sorted places of the callers who wait, one list a pool, and of those whose phones ring.

    Finding a place, a rank and the head takes the logarithm of how many wait.
    """

    __slots__ = ("groups", "lines", "ringing")

    def __init__(self) -> None:
        self.groups: dict[Pool, list[Place]] = {}
        self.lines: dict[str, int] = {}
        """How many wait on each line, those whose phones ring too."""
        self.ringing: list[Place] = []

    def copy(self) -> "Queue":
        """Another one with the same places."""
        other = Queue()
        other.groups = {pool: places.copy() for pool, places in self.groups.items()}
        other.lines = self.lines.copy()
        other.ringing = self.ringing.copy()
        return other

    def __len__(self) -> int:
        return sum(map(len, self.groups.values()))

    def add(self, pool: Pool, place: Place) -> None:
        """A caller begins to wait."""
        group = self.groups.get(pool)
        if group is None:
            group = self.groups[pool] = []
        insort(group, place)
        self.lines[pool.line] = self.lines.get(pool.line, 0) + 1

    def remove(self, pool: Pool, place: Place) -> None:
        """A caller does not wait any more."""
        group = self.groups[pool]
        del group[bisect_left(group, place)]
        if not group:
            del self.groups[pool]
        self.lines[pool.line] -= 1

    def rings(self, pool: Pool, place: Place) -> None:
        """Phones ring for a caller; the place counts for the positions of the others."""
        insort(self.ringing, place)
        self.lines[pool.line] += 1

    def rings_no_more(self, pool: Pool, place: Place) -> None:
        """No phone rings for the caller now."""
        del self.ringing[bisect_left(self.ringing, place)]
        self.lines[pool.line] -= 1

    def ahead(self, place: Place) -> int:
        """How many callers not yet connected are served before this place."""
        before = bisect_left(self.ringing, place)
        for group in self.groups.values():
            before += bisect_left(group, place)
        return before

    def all(self) -> list[Place]:
        """All callers not yet connected, in the order of dispatch."""
        return sorted([*self.ringing, *(place for places in self.groups.values() for place in places)])

    def between(
        self,
        place: Place,
        position: int,
        *,
        own_priority: bool,
        fresh: int,
        taken: Container[int | Fraction],
    ) -> Place:
        """The place of this caller when put to `position` (from 1) among the others.

        own_priority: among those of its own priority, and no further than they reach; else among all, with
        the priority of whom it comes before.
        fresh: a number of arrival that nobody has had. taken: all that somebody has, in the queue or not: of
        two callers with the same one nobody could be put between them.
        """
        others = [other for other in self.all() if other.call != place.call]
        if own_priority:
            others = [other for other in others if other.minus_priority == place.minus_priority]
        if position > len(others):
            last = others[-1] if others else place
            return max(place, last._replace(arrival=fresh, call=place.call))
        after = others[position - 1]
        low = after.arrival - 1
        if position > 1 and others[position - 2][:2] == after[:2]:
            low = others[position - 2].arrival
        arrival = Fraction(low + after.arrival) / 2
        while arrival in taken:
            arrival = (arrival + after.arrival) / 2
        return Place(after.minus_priority, after.at_ms, arrival, place.call)
