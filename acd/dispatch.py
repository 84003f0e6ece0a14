"""Who is offered which call: the first caller who can be served, to the seat that the strategy names.

A caller keeps its place until connected. A seat that failed a call is taken again for this call only when no
untried seat is free, and only after its cool-down; meanwhile it serves others. No effect, pure choice.
"""

from collections.abc import Mapping, Sequence

from acd.caller import Caller, Place
from acd.pools import FreeSeat, Pools
from acd.queue import Queue


def choose_seat(caller: Caller, free: Sequence[FreeSeat], preferred: int | None = None) -> int | None:
    """The seat to ring for this caller among the free ones, in their order; None if none will do.

    preferred: of the operator who served this citizen last, when that seat is among them.
    """
    if not caller.tried:
        return preferred if preferred is not None else free[0][1] if free else None
    again = None
    for _, seat in free:
        if seat not in caller.tried:
            return seat
        if again is None and seat not in caller.cooling:
            again = seat
    return again


def choose(
    queue: Queue, pools: Pools, callers: Mapping[str, Caller], at_seats: Mapping[str, int]
) -> tuple[Caller, int] | None:
    """The next caller and seat to bring together, None when no waiting caller can have a free seat.

    at_seats: seat number by operator, of those logged in.
    """
    best: Place | None = None
    found: tuple[Caller, int] | None = None
    for pool, group in queue.groups.items():
        if best is not None and best < group[0]:
            continue
        seats = pools.of(pool)
        if not seats.free:
            continue
        for place in group:  # as a rule the first can be served; not one whose seats are cooling down
            if best is not None and best < place:
                break
            caller = callers[place.call]
            preferred = at_seats.get(caller.prefers) if caller.prefers else None
            likes = preferred if preferred in seats.keys else None
            seat = choose_seat(caller, pools.for_caller(caller), likes)
            if seat is not None:
                best, found = place, (caller, seat)
                break
    return found
