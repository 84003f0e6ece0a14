"""How a seat comes to rest: idle, with what its operator declared taking effect."""

from typing import Unpack

from acd.offer import Offer
from acd.seat import Seat, SeatChange
from acd.settings import NOTHING
from acd.tables import STAFFING, Tables
from acd.types import Activity, Declared, TimerPurpose

# Python 3.11 takes 0.2 microseconds to find a member by its class; these are found in a tenth of that.
_IDLE, _WRAPPING_UP, _TIMER = Activity.IDLE, Activity.WRAP_UP, TimerPurpose.WRAP_UP
_LOGGED_OUT = Declared.LOGGED_OUT

REMOVED = "removed"
"""The recorded reason of a seat that the settings do not have any more."""


def settle(floor: Tables, seat: Seat, *, keep_place: bool = False, **fields: Unpack[SeatChange]) -> None:
    """The seat is idle now: a log-out that was asked for happens, a removed seat goes.

    keep_place: nothing happened that should cost the seat its place among the idle ones.
    fields: what else changes in the same moment.
    """
    if seat.talk_ms is not None:
        floor.waits.handled(floor.now_ms, max(0, floor.now_ms - seat.talk_ms))
        seat.talk_ms = None
    call, offer = seat.call, seat.offer
    seat.activity = _IDLE
    seat.call = seat.offer = seat.line = None
    seat.wrap_up_token = seat.wrap_up_until_ms = seat.wrap_up_from_ms = None
    for name, new in fields.items():
        setattr(seat, name, new)
    if seat.leaving:
        seat.declared = _LOGGED_OUT
    why = REMOVED if seat.leaving else None
    floor.show(seat, call, offer, keep_place=keep_place, why=why)
    if seat.declared is _LOGGED_OUT and seat.operator is not None:
        floor.record("seat.logout", seat=seat.number)
        del floor.operators[seat.operator]
        floor.change_seat(seat, operator=None, misses=NOTHING, answered=0, talked_ms=0)
    elif not STAFFING.isdisjoint(fields):
        floor.staffing(seat)
    if seat.leaving:
        floor.drop_seat(seat)


def wrap_up(floor: Tables, seat: Seat, offer: Offer, line: str, talked_ms: int) -> None:
    """After a talk: the wrap-up, or none when it is set to 0 or the operator is leaving."""
    seat.talked_ms += talked_ms
    rule = floor.settings.wrap_up(line, seat.operator)
    if rule.ms == 0 or seat.leaving or seat.declared is _LOGGED_OUT:
        settle(floor, seat)
        return
    token = floor.start_timer(_TIMER, rule.ms, seat=seat.number, offer=offer.id)
    seat.activity = _WRAPPING_UP
    seat.wrap_up_token = token
    seat.wrap_up_from_ms = floor.now_ms
    seat.wrap_up_until_ms = until_ms = floor.now_ms + rule.ms
    seat.line = line
    floor.show(seat)
    if floor.journals:
        data = {"until_ms": until_ms, "mode": rule.mode}
        floor.record("seat.wrap_up", data, seat=seat.number, offer=offer.id)
