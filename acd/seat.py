"""A seat (席): a place with a phone, what its operator declared, and what it is doing."""

from dataclasses import dataclass, fields
from enum import Enum, unique
from operator import attrgetter
from typing import TypedDict

from acd.events import (
    Break,
    EndWrapUp,
    Event,
    LogIn,
    LogOut,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
)
from acd.types import Activity, Declared, Phone, SeatState

OWN_CALL = "own_call"
"""The shown reason of a seat whose operator is on a call of their own."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat. `state`, `reason` and `since_ms` are what people see; the rest is why.

    state, reason, since_ms: the shown state, its reason if any, and when both began (ms UTC).
    declared: what the operator wants; while the seat is busy it is what comes afterwards.
    offer, call: from ringing to the end of the wrap-up.
    able_ms: when the seat last became able to take a call (ms UTC), None before the first time.
    misses: offers missed since the last answered one, log-in or return from break.
    wrap_up_token: the live timer of the wrap-up.
    leaving: the settings have no such seat any more; it goes as soon as its talk is over.
    """

    number: int
    state: SeatState = SeatState.LOGGED_OUT
    since_ms: int = 0
    reason: str | None = None
    operator: str | None = None
    phone: Phone = Phone.UNREGISTERED
    call: str | None = None
    offer: str | None = None
    declared: Declared = Declared.LOGGED_OUT
    break_reason: str | None = None
    activity: Activity = Activity.IDLE
    own_call: bool = False
    able_ms: int | None = None
    misses: int = 0
    wrap_up_token: str | None = None
    leaving: bool = False

    @property
    def able(self) -> bool:
        """Whether the seat may be rung now. A shown `ready` means exactly this."""
        return self.state is SeatState.READY


class SeatChange(TypedDict, total=False):
    """The fields of a seat that a move may change; what people see follows from them."""

    operator: str | None
    phone: Phone
    call: str | None
    offer: str | None
    declared: Declared
    break_reason: str | None
    activity: Activity
    own_call: bool
    misses: int
    wrap_up_token: str | None
    leaving: bool


_BUSY_STATES = {
    Activity.RINGING: SeatState.RINGING,
    Activity.CONNECTING: SeatState.RINGING,
    Activity.TALKING: SeatState.TALKING,
    Activity.HOLD: SeatState.HOLD,
    Activity.WRAP_UP: SeatState.WRAP_UP,
}


def shown(seat: Seat) -> tuple[SeatState, str | None]:
    """The state and reason that people see."""
    if seat.activity is not Activity.IDLE:
        return _BUSY_STATES[seat.activity], None
    if seat.declared is Declared.LOGGED_OUT:
        return SeatState.LOGGED_OUT, None
    if seat.own_call:
        return SeatState.TALKING, OWN_CALL
    if seat.declared is Declared.BREAK:
        return SeatState.BREAK, seat.break_reason
    if seat.phone is not Phone.REGISTERED:
        return SeatState.UNREACHABLE, None
    return SeatState.READY, None


_read = attrgetter(*(field.name for field in fields(Seat)))
_set = {field.name: getattr(Seat, field.name).__set__ for field in fields(Seat)}
_writers = tuple(_set.values())


def changed(
    seat: Seat, change: SeatChange, now_ms: int, *, since_ms: int | None = None, keep_place: bool = False
) -> Seat:
    """A copy with these fields changed, and with what follows from them.

    since_ms: when the shown state began, if it is a new one; None means `now_ms`.
    keep_place: a seat that becomes ready keeps its `able_ms`.

    It writes the copy's slots itself, before anybody has seen it: `dataclasses.replace` takes
    twice as long, and was a third of a step (bench/floor.py).
    """
    copy: Seat = object.__new__(Seat)
    for write, value in zip(_writers, _read(seat), strict=True):
        write(copy, value)
    for name, value in change.items():
        _set[name](copy, value)
    state, reason = shown(copy)
    if state is not seat.state or reason != seat.reason:
        _set["state"](copy, state)
        _set["reason"](copy, reason)
        _set["since_ms"](copy, now_ms if since_ms is None else since_ms)
        if state is SeatState.READY and (seat.able_ms is None or not keep_place):
            _set["able_ms"](copy, now_ms)
    return copy


@unique
class Standing(Enum):
    """The row of the seat's table: its activity, the idle one split by log-in."""

    LOGGED_OUT = "logged out"
    FREE = "logged in, idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap-up"


_BUSY_STANDINGS = {
    Activity.RINGING: Standing.RINGING,
    Activity.CONNECTING: Standing.CONNECTING,
    Activity.TALKING: Standing.TALKING,
    Activity.HOLD: Standing.HOLD,
    Activity.WRAP_UP: Standing.WRAP_UP,
}


def standing(seat: Seat) -> Standing:
    """The seat's row in `SEAT_TABLE`."""
    if seat.activity is not Activity.IDLE:
        return _BUSY_STANDINGS[seat.activity]
    return Standing.LOGGED_OUT if seat.operator is None else Standing.FREE


@unique
class SeatMove(Enum):
    """A cell of the seat's table: what the event does there."""

    LOG_IN = "the operator is logged in, ready"
    LOG_IN_AGAIN = "same operator: a log-out asked for is taken back; another: refused (seat_taken)"
    DECLARE = "takes effect at once; ends a wrap-up"
    DECLARE_AFTER = "takes effect after the talk"
    WITHDRAW_AND_DECLARE = "the offer is withdrawn, then it takes effect; no miss"
    END_WRAP_UP = "the wrap-up ends, the declared state takes effect"
    NOTE_PHONE = "noted: the phone"
    NOTE_PHONE_OR_MISS = "noted; when not registered the offer ends as unreachable, a miss"
    NOTE_OWN_CALL = "noted: the own call"
    WITHDRAW_AND_NOTE_OWN_CALL = "the offer is withdrawn, then noted; no miss"
    NOTHING = "nothing"
    REFUSE_NOT_LOGGED_IN = "refused (not_logged_in)"
    REFUSE_NOT_IN_WRAP_UP = "refused (not_in_wrap_up)"


_M = SeatMove
_NOBODY = _M.REFUSE_NOT_LOGGED_IN
_NO_WRAP_UP = _M.REFUSE_NOT_IN_WRAP_UP

SEAT_EVENTS: tuple[type[Event], ...] = (
    LogIn,
    LogOut,
    Ready,
    Break,
    EndWrapUp,
    PhoneChanged,
    OwnCallStarted,
    OwnCallEnded,
)
"""The columns of `SEAT_TABLE`."""

_ROWS: dict[Standing, tuple[SeatMove, ...]] = {
    Standing.LOGGED_OUT: (
        _M.LOG_IN, _NOBODY, _NOBODY, _NOBODY, _NOBODY,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.FREE: (
        _M.LOG_IN_AGAIN, _M.DECLARE, _M.DECLARE, _M.DECLARE, _NO_WRAP_UP,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.RINGING: (
        _M.LOG_IN_AGAIN, _M.WITHDRAW_AND_DECLARE, _M.NOTHING, _M.WITHDRAW_AND_DECLARE, _NO_WRAP_UP,
        _M.NOTE_PHONE_OR_MISS, _M.WITHDRAW_AND_NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.CONNECTING: (
        _M.LOG_IN_AGAIN, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _NO_WRAP_UP,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.TALKING: (
        _M.LOG_IN_AGAIN, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _NO_WRAP_UP,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.HOLD: (
        _M.LOG_IN_AGAIN, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _NO_WRAP_UP,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.WRAP_UP: (
        _M.LOG_IN_AGAIN, _M.DECLARE, _M.DECLARE, _M.DECLARE, _M.END_WRAP_UP,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
}  # fmt: skip

SEAT_TABLE: dict[Standing, dict[type[Event], SeatMove]] = {
    row: dict(zip(SEAT_EVENTS, moves, strict=True)) for row, moves in _ROWS.items()
}
"""What each event does to a seat in each standing. Nothing else decides it."""
