"""How a seat comes to rest: idle, with what its operator declared taking effect."""

from typing import Unpack

from acd.offer import Offer
from acd.seat import Seat, SeatChange
from acd.turn import Turn
from acd.types import Activity, Declared, TimerPurpose

REMOVED = "removed"
"""The recorded reason of a seat that the settings do not have any more."""


def settle(turn: Turn, seat: Seat, *, keep_place: bool = False, **fields: Unpack[SeatChange]) -> None:
    """The seat is idle now: a log-out that was asked for happens, a removed seat goes.

    keep_place: nothing happened that should cost the seat its place among the idle ones.
    fields: what else changes in the same moment.
    """
    change: SeatChange = {
        "activity": Activity.IDLE,
        "offer": None,
        "call": None,
        "wrap_up_token": None,
        **fields,
    }
    leaving = change.get("leaving", seat.leaving)
    if leaving:
        change["declared"] = Declared.LOGGED_OUT
    why = REMOVED if leaving else None
    seat = turn.change_seat(seat, keep_place=keep_place, why=why, **change)
    if seat.declared is Declared.LOGGED_OUT and seat.operator is not None:
        turn.record("seat.logout", {}, seat=seat.number)
        seat = turn.change_seat(seat, operator=None, misses=0)
    if leaving:
        turn.drop_seat(seat.number)


def wrap_up(turn: Turn, seat: Seat, offer: Offer) -> None:
    """After a talk: the wrap-up, or none when it is set to 0 or the operator is leaving."""
    if turn.settings.wrap_up_ms == 0 or seat.leaving or seat.declared is Declared.LOGGED_OUT:
        settle(turn, seat)
        return
    token = turn.start_timer(
        TimerPurpose.WRAP_UP, turn.settings.wrap_up_ms, call=offer.call, seat=seat.number, offer=offer.id
    )
    turn.change_seat(seat, activity=Activity.WRAP_UP, wrap_up_token=token)
