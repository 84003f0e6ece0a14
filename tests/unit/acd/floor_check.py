"""What must hold of a floor's tables after every single step, whatever the test is about."""

import re
from collections.abc import Iterable
from pathlib import Path

from acd import Floor
from acd.commands import Command, Record
from acd.offer import JOINT_STATES
from acd.pools import KEYS, may_take
from acd.seat import shown
from acd.types import Activity, OfferState, SeatState

LEFT_OUT = {"commands", "now_ms", "pools", "waits", "queue", "settings"}


def picture(floor: Floor) -> str:
    """All that a floor remembers, to be compared with another moment's."""
    plain = [getattr(floor, name) for name in SLOTS]
    waits = [getattr(floor.waits, name) for name in type(floor.waits).__slots__]
    queue = [floor.queue.groups, floor.queue.ringing, {k: n for k, n in floor.queue.lines.items() if n}]
    return repr((plain, waits, queue))


SLOTS = sorted({name for kind in Floor.__mro__ for name in getattr(kind, "__slots__", ())} - LEFT_OUT)


def check(floor: Floor) -> None:
    """Every index says what the tables say; nothing is reserved without a timer; no timer is nobody's."""
    check_seats(floor)
    check_callers(floor)
    check_timers(floor)


def check_seats(floor: Floor) -> None:
    able, staffed = set(), set()
    for number, seat in floor.seats.items():
        state, reason = shown(seat)
        assert (seat.number, seat.state, seat.reason) == (number, state, reason)
        if state is SeatState.READY:
            able.add(number)
            assert seat.able_ms is not None
        if seat.staffed:
            staffed.add(number)
        busy = seat.activity not in {Activity.IDLE, Activity.WRAP_UP}
        assert busy == (seat.offer in floor.offers)
        assert (seat.call is None) == (seat.line is None) == (seat.activity is Activity.IDLE)
        assert (seat.operator is None) == (state is SeatState.LOGGED_OUT)
        assert (seat.wrap_up_until_ms is None) == (seat.activity is not Activity.WRAP_UP)
        assert busy or not seat.leaving
    operators = {seat.operator: n for n, seat in floor.seats.items() if seat.operator is not None}
    assert floor.operators == operators
    assert (floor.pools.free, floor.pools.staffed) == (able, staffed)
    assert (floor.unmanned_ms is None) == bool(staffed)
    for pool, found in floor.pools._by_pool.items():
        mine = {n for n in able if may_take(floor.settings, pool, floor.seats[n].operator)}
        key = KEYS[floor.pools.strategy(pool.line)]
        assert found.free == sorted((key(floor.seats[n], floor.pools), n) for n in mine)
        assert found.keys == {n: k for k, n in found.free}
        can = {n for n in staffed if may_take(floor.settings, pool, floor.seats[n].operator)}
        assert found.staffed == can


def check_callers(floor: Floor) -> None:
    groups, ringing, lines = {}, [], {}
    for call, caller in floor.callers.items():
        assert caller.call == call == caller.place.call
        steps = floor.settings.needs[caller.pool.need] if caller.pool.need else (None,)
        assert caller.pool.stage < len(steps)
        for offer in caller.live:
            assert floor.offers[offer].call == call
            assert floor.seats[floor.offers[offer].seat].offer == offer
        states = [floor.offers[offer].state for offer in caller.live]
        beyond = [state for state in states if state is not OfferState.RINGING]
        assert caller.connected == bool(beyond)
        assert len(beyond) <= 1
        assert not (caller.parked and caller.live)
        if caller.waits:
            groups.setdefault(caller.pool, []).append(caller.place)
        talking = {OfferState.TALKING, OfferState.HOLD} & set(beyond)
        if caller.live and not talking:
            ringing.append(caller.place)
        if not caller.parked and not talking:
            lines[caller.line] = lines.get(caller.line, 0) + 1
        if talking:
            assert not caller.tokens
            assert not caller.cooling
        if caller.ticket is not None:
            assert floor.tickets[caller.ticket.caller] == call
    assert floor.queue.groups == {pool: sorted(places) for pool, places in groups.items()}
    assert floor.queue.ringing == sorted(ringing)
    assert {line: n for line, n in floor.queue.lines.items() if n} == lines
    assert set(floor.tickets.values()) == {c for c, caller in floor.callers.items() if caller.ticket}
    assert len(floor.queue) == sum(len(places) for places in groups.values())
    rounds = {c: caller for c, caller in floor.callers.items() if caller.live and not caller.connected}
    assert set(floor.rounds) == {c for c, caller in rounds.items() if len(caller.live) < caller.round_size}
    for offer in floor.offers.values():
        assert (offer.answered_ms is None) == (offer.state is OfferState.RINGING)
        assert offer.id in floor.callers[offer.call].live
        assert floor.seats[offer.seat].activity is JOINT_STATES[offer.state][1]
    waiting = floor.waiting()
    assert [view.position for view in waiting] == list(range(1, len(waiting) + 1))
    for view in waiting[:2]:
        assert floor.call(view.call) == view


def check_timers(floor: Floor) -> None:
    owned = {offer.token for offer in floor.offers.values()}
    for seat in floor.seats.values():
        owned |= {seat.wrap_up_token, seat.break_token}
        for token in {seat.wrap_up_token, seat.break_token} & set(floor.timers):
            assert floor.timers[token].seat == seat.number
        assert (seat.wrap_up_token is not None) == (seat.activity is Activity.WRAP_UP)
    for caller in floor.callers.values():
        own = set(caller.cooling.values()) | set(caller.tokens.values())
        assert {floor.timers[token].call for token in own} <= {caller.call}
        assert {seat: floor.timers[token].seat for seat, token in caller.cooling.items()} == {
            seat: seat for seat in caller.cooling
        }
        owned |= own
    owned |= {floor.review}
    assert set(floor.timers) <= owned, "a timer that nobody waits for"
    for offer in floor.offers.values():
        reserved = offer.state not in {OfferState.TALKING, OfferState.HOLD}
        assert (offer.token in floor.timers) == reserved, "a reservation without a timer"
        if reserved:
            timer = floor.timers[offer.token]
            assert (timer.offer, timer.call, timer.seat) == (offer.id, offer.call, offer.seat)


DOC = (Path(__file__).parents[3] / "docs" / "floor.md").read_text(encoding="utf-8")


def documented_rows() -> dict[str, tuple[set[str], set[str]]]:
    """By kind of journal row the keys that docs/floor.md says it must have, and may have."""
    table = DOC.partition("## The journal rows")[2].partition("\n## ")[0]
    found = {}
    for kind, keys in re.findall(r"^\| `([a-z_.]+)` \| ([^|]*)\|", table, flags=re.MULTILINE):
        names = {key.strip() for key in keys.split(",") if key.strip()}
        must = {name for name in names if not name.endswith("?")}
        found[kind] = (must, must | {name.rstrip("?") for name in names})
    return found


ROWS = documented_rows()


def check_rows(commands: Iterable[Command]) -> None:
    """Every journal row has exactly the keys of docs/floor.md, and the callback's names its ticket."""
    for row in commands:
        if isinstance(row, Record):
            must, may = ROWS[row.kind]
            assert must <= set(row.data) <= may, row
            if row.seat is not None:
                assert row.operator is not None or row.kind == "seat.phone", row
