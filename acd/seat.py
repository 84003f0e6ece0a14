"""A seat (席): a place with a phone, what its operator declared, and what it is doing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TypedDict

from acd.events import (
    Break,
    EndWrapUp,
    EntryWritten,
    Event,
    ExtendWrapUp,
    LogIn,
    LogOut,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
)
from acd.settings import nothing
from acd.types import Activity, Declared, OfferOutcome, Phone, SeatState

OWN_CALL = "own_call"
"""The shown reason of a seat whose operator is on a call of their own."""
CALLBACK = "callback"
"""The shown reason of a seat whose operator waits for a citizen who is being called back."""


@dataclass(slots=True)
class Seat:
    """One seat. `state`, `reason` and `since_ms` are what people see; the rest is why.

    After it has been written to, `Tables.show` brings in accord what follows from it.

    state, reason, since_ms: the shown state, its reason if any, and when both began (ms UTC).
    declared: what the operator wants; while the seat is busy it is what comes afterwards.
    offer, call: from ringing to the end of the wrap-up; line: that call's.
    able_ms: when the seat last became able to take a call (ms UTC), None before the first time.
    misses: offers missed in a row, by cause, since the last answered one, log-in or return from break.
    answered, talked_ms: calls answered and time talked here by this operator since log-in.
    last_rung: the floor's count of offers when this seat was last rung, 0 before (ROUND_ROBIN).
    talk_ms: when the present talk began (ms UTC), to the end of the wrap-up.
    wrap_up_token, wrap_up_until_ms, wrap_up_from_ms: the wrap-up's timer, end and beginning.
    break_token: the timer of a break that has a limit. over: the break has passed it.
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
    line: str | None = None
    declared: Declared = Declared.LOGGED_OUT
    break_reason: str | None = None
    activity: Activity = Activity.IDLE
    own_call: bool = False
    able_ms: int | None = None
    misses: Mapping[OfferOutcome, int] = field(default_factory=nothing)
    answered: int = 0
    talked_ms: int = 0
    last_rung: int = 0
    talk_ms: int | None = None
    wrap_up_token: str | None = None
    wrap_up_until_ms: int | None = None
    wrap_up_from_ms: int | None = None
    break_token: str | None = None
    over: bool = False
    leaving: bool = False

    @property
    def able(self) -> bool:
        """Whether the seat may be rung now. A shown `ready` means exactly this."""
        return self.state is _SEEN_READY

    @property
    def busy(self) -> bool:
        """Whether what the operator declares now has its effect only later, when the call is over."""
        return self.activity is not _IDLE or self.own_call

    @property
    def staffed(self) -> bool:
        """Whether somebody works here: logged in, not on break, with a phone that can be rung."""
        return self.declared is _READY and self.phone is _REGISTERED and not self.leaving


class SeatChange(TypedDict, total=False):
    """The fields of a seat that a move may change; what people see follows from them."""

    operator: str | None
    phone: Phone
    declared: Declared
    break_reason: str | None
    own_call: bool
    misses: Mapping[OfferOutcome, int]
    answered: int
    talked_ms: int
    wrap_up_token: str | None
    wrap_up_until_ms: int | None
    leaving: bool


# Python 3.11 takes 0.2 microseconds to find a member by its class; these are found in a tenth of that.
_IDLE, _READY, _SEEN_READY, _REGISTERED = Activity.IDLE, Declared.READY, SeatState.READY, Phone.REGISTERED
BUSY_STATES: dict[Activity, tuple[SeatState, str | None]] = {
    Activity.RINGING: (SeatState.RINGING, None),
    Activity.CALLING: (SeatState.TALKING, CALLBACK),
    Activity.CONNECTING: (SeatState.RINGING, None),
    Activity.TALKING: (SeatState.TALKING, None),
    Activity.HOLD: (SeatState.HOLD, None),
    Activity.WRAP_UP: (SeatState.WRAP_UP, None),
}


def shown(seat: Seat) -> tuple[SeatState, str | None]:
    """The state and reason that people see."""
    if seat.activity is not _IDLE:
        return BUSY_STATES[seat.activity]
    if seat.declared is Declared.LOGGED_OUT:
        return SeatState.LOGGED_OUT, None
    if seat.own_call:
        return SeatState.TALKING, OWN_CALL
    if seat.declared is Declared.BREAK:
        return SeatState.BREAK, seat.break_reason
    if seat.phone is not _REGISTERED:
        return SeatState.UNREACHABLE, None
    return _SEEN_READY, None


@unique
class Standing(StrEnum):
    """The row of the seat's table: its activity, the idle one split by log-in."""

    LOGGED_OUT = "logged out"
    FREE = "logged in, idle"
    RINGING = "ringing"
    CALLING = "calling a citizen back"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap-up"


_BUSY_STANDINGS = {
    Activity.RINGING: Standing.RINGING,
    Activity.CALLING: Standing.CALLING,
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
class SeatMove(StrEnum):
    """A cell of the seat's table: what the event does there."""

    LOG_IN = "the operator is logged in, ready (moved from another seat, or refused: operator_elsewhere)"
    LOG_IN_AGAIN = "same operator: a log-out asked for is taken back; another: refused (seat_taken)"
    DECLARE = "takes effect at once; ends a wrap-up"
    DECLARE_AFTER = "takes effect after the talk"
    WITHDRAW_AND_DECLARE = "the offer is withdrawn, then it takes effect; no miss"
    END_WRAP_UP = "the wrap-up ends, the declared state takes effect"
    EXTEND_WRAP_UP = "the wrap-up ends later; beyond its most: refused (wrap_up_too_long)"
    NOTE_ENTRY = "the wrap-up ends where the entry of its call ends it"
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
    ExtendWrapUp,
    EntryWritten,
    PhoneChanged,
    OwnCallStarted,
    OwnCallEnded,
)
"""The columns of `SEAT_TABLE`."""

_TALK = (
    _M.LOG_IN_AGAIN, _M.DECLARE_AFTER, _M.DECLARE_AFTER, _M.DECLARE_AFTER,
    _NO_WRAP_UP, _NO_WRAP_UP, _M.NOTHING,
    _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
)  # fmt: skip
_ROWS: dict[Standing, tuple[SeatMove, ...]] = {
    Standing.LOGGED_OUT: (
        _M.LOG_IN, _NOBODY, _NOBODY, _NOBODY, _NOBODY, _NOBODY, _M.NOTHING,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.FREE: (
        _M.LOG_IN_AGAIN, _M.DECLARE, _M.DECLARE, _M.DECLARE, _NO_WRAP_UP, _NO_WRAP_UP, _M.NOTHING,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.RINGING: (
        _M.LOG_IN_AGAIN, _M.WITHDRAW_AND_DECLARE, _M.NOTHING, _M.WITHDRAW_AND_DECLARE,
        _NO_WRAP_UP, _NO_WRAP_UP, _M.NOTHING,
        _M.NOTE_PHONE_OR_MISS, _M.WITHDRAW_AND_NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
    Standing.CALLING: _TALK,
    Standing.CONNECTING: _TALK,
    Standing.TALKING: _TALK,
    Standing.HOLD: _TALK,
    Standing.WRAP_UP: (
        _M.LOG_IN_AGAIN, _M.DECLARE, _M.DECLARE, _M.DECLARE,
        _M.END_WRAP_UP, _M.EXTEND_WRAP_UP, _M.NOTE_ENTRY,
        _M.NOTE_PHONE, _M.NOTE_OWN_CALL, _M.NOTE_OWN_CALL,
    ),
}  # fmt: skip

SEAT_TABLE: dict[Standing, dict[type[Event], SeatMove]] = {
    row: dict(zip(SEAT_EVENTS, moves, strict=True)) for row, moves in _ROWS.items()
}
"""What each event does to a seat in each standing. Nothing else decides it."""
