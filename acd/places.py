"""Where a caller stands: into which pool and place a call comes, and how it is taken from the queue."""

from fractions import Fraction

from acd.caller import HEAD, Caller, Place, Pool
from acd.events import Event
from acd.offer_end import release
from acd.tables import Tables
from acd.types import CancelCause, Refusal, Strategy, TimerPurpose


def enter_pool(floor: Tables, event: Event, line: str, need: str) -> Pool | None:
    """The pool that a call of this line and need begins in; None, and refused, when there is no such need."""
    if need and need not in floor.settings.needs:
        floor.refuse(event, Refusal.NO_SUCH_NEED, f"There is no need {need!r} in the settings.")
        return None
    return Pool(line, need, 0)


def place_of(floor: Tables, call: str, line: str, priority: int, queued_ms: int) -> Place:
    """The place of a call that came at queued_ms, by its line's priority and weight."""
    of_line = floor.settings.line(line)
    floor.arrivals += 1
    arrival = floor.arrivals - 1
    return Place(-(priority + of_line.priority), queued_ms - of_line.weight_ms, arrival, call)


def place_again(floor: Tables, old: Place, call: str) -> Place:
    """The place that a call had before a restart. Where somebody has its arrival, it gets a new one."""
    fresh = max(floor.arrivals, int(old.arrival) + 1)
    floor.arrivals = fresh + 1
    return old._replace(call=call, arrival=fresh if old.arrival in _taken(floor) else old.arrival)


def place_at(floor: Tables, place: Place, position: int, *, own_priority: bool) -> Place:
    """The place of a caller who is put to this position, from 1, among its own priority or among all."""
    taken = _taken(floor)
    floor.arrivals += 1
    return floor.queue.between(
        place, position, own_priority=own_priority, fresh=floor.arrivals - 1, taken=taken
    )


def _taken(floor: Tables) -> set[int | Fraction]:
    """The arrivals that somebody has."""
    left = (place.arrival for place, _ in floor.left.values())
    return {*left, *(caller.place.arrival for caller in floor.callers.values())}


def position(floor: Tables, caller: Caller) -> int:
    """From 1: where a caller stands among all not yet connected, those whose phone rings too."""
    return 1 + floor.queue.ahead(caller.place)


def predicted_ms(floor: Tables, pool: Pool, ahead: int) -> int | None:
    """How long a caller of this pool with so many before it will probably wait; 0 while a seat is free."""
    seats = floor.pools.of(pool)
    if seats.free:
        return 0
    return floor.waits.predict(ahead, len(seats.staffed))


def start_clocks(floor: Tables, caller: Caller) -> None:
    """The timers of who begins to wait, or waits under other rules now, from the entry into the queue."""
    if caller.tokens:
        for name in ("relax", "fair"):
            floor.stop_timer(caller.tokens.pop(name, None))
    if not caller.pool.need and not floor.settings.fair_after_ms:
        return
    waited_ms = floor.now_ms - caller.queued_ms
    steps = floor.settings.needs[caller.pool.need] if caller.pool.need else ()
    if caller.pool.stage + 1 < len(steps):
        left_ms = steps[caller.pool.stage + 1].after_ms - waited_ms
        floor.caller_timer(caller, "relax", TimerPurpose.RELAX, left_ms)
    fair_ms = floor.settings.fair_after_ms
    if fair_ms and caller.place.minus_priority != HEAD:
        floor.caller_timer(caller, "fair", TimerPurpose.FAIR, fair_ms - waited_ms)


def relax(floor: Tables, call: str) -> None:
    """The caller has waited long enough for less skill to do."""
    caller = floor.callers[call]
    del caller.tokens["relax"]
    floor.move_caller(caller, pool=caller.pool._replace(stage=caller.pool.stage + 1))
    start_clocks(floor, caller)
    floor.look_again()  # its seats are others now


def be_fair(floor: Tables, call: str) -> None:
    """The caller has waited so long that it comes before all priorities, in the order of time."""
    caller = floor.callers[call]
    del caller.tokens["fair"]
    move(floor, caller, caller.place._replace(minus_priority=HEAD), "fair")


def move(floor: Tables, caller: Caller, place: Place, why: str, pool: Pool | None = None) -> None:
    """Put an unconnected caller to another place, and record it."""
    floor.move_caller(caller, place=place, pool=pool)
    record_move(floor, caller, why)


def record_move(floor: Tables, caller: Caller, why: str) -> None:
    """The row of a change of place, with all that a restart needs to put the caller there again."""
    data = {"why": why, "position": position(floor, caller), "place": caller.place.to_row()}
    floor.record("call.moved", data, call=caller.call)


def take_down(floor: Tables, caller: Caller, *, settled: bool = True) -> None:
    """Take an unconnected caller from the phones that ring for it; and, when settled, from the floor."""
    for offer in caller.live:
        release(floor, floor.offers[offer], CancelCause.WITHDRAWN)
    if settled:
        floor.drop_caller(caller)


def fit(floor: Tables, caller: Caller) -> None:
    """Bring a caller into a pool that the new settings have: a need that is gone demands nothing."""
    if floor.pools.strategy(caller.line) not in (Strategy.RING_ALL, Strategy.RING_PROGRESSIVELY):
        caller.round_size = 1
        floor.rounds.pop(caller.call, None)
    steps = floor.settings.needs.get(caller.pool.need, ())
    stage = min(caller.pool.stage, max(0, len(steps) - 1))
    pool = Pool(caller.line, caller.pool.need if steps else "", stage)
    if pool != caller.pool:
        if caller.connected:
            caller.pool = pool
        else:
            floor.move_caller(caller, pool=pool)
    if not caller.live or floor.offers[caller.live[0]].unconnected:
        start_clocks(floor, caller)
