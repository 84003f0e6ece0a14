"""Who is offered which call: longest idle seat to the first caller. Pure choice, no effect.

A caller keeps its place until connected. A seat that failed a call is taken again for this call
only when no untried seat is free, and only after its cool-down; meanwhile it serves others.
"""

from collections.abc import Iterable, Mapping, Sequence

from acd.caller import Caller, Place

FreeSeat = tuple[int, int]
"""(able_ms, seat number); sorted, the longest idle first, ties by seat number."""


def choose_seat(caller: Caller, free: Iterable[FreeSeat]) -> int | None:
    """The seat to ring for this caller among the free ones, in their order; None if none will do."""
    again = None
    for _, seat in free:
        if seat not in caller.tried:
            return seat
        if again is None and seat not in caller.cooling:
            again = seat
    return again


def choose(
    queue: Iterable[Place], free: Sequence[FreeSeat], callers: Mapping[str, Caller]
) -> tuple[str, int] | None:
    """The next (call, seat) to bring together, None when no waiting caller can have a free seat."""
    if not free:
        return None
    for place in queue:
        seat = choose_seat(callers[place.call], free)
        if seat is not None:
            return place.call, seat
    return None
