"""An offer (呼出): one attempt to ring one seat, and, once answered, the talk that it led to.

While an offer lives its state is the joint state of caller, offer and seat: the caller and the
seat name the offer, the offer names both, and only `OFFER_TABLE` says what happens next.
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from acd.events import (
    CallerGone,
    CitizenAnswered,
    CitizenFailed,
    Event,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    OfferAnswered,
    OfferFailed,
    SeatLegGone,
    TimerFired,
)
from acd.types import Activity, CallState, OfferOutcome, OfferState

UNCONNECTED = frozenset((OfferState.RINGING, OfferState.CALLING, OfferState.CONNECTING))
"""The states in which the caller still waits for the talk."""


@dataclass(slots=True)
class Offer:
    """One offer. Times are ms UTC; `answered_ms` is None until the phone is picked up.

    Written to by `Tables.move_offer` only, which brings caller and seat along.

    token: the live ring, call-out or connect timer; None while talking.
    """

    id: str
    call: str
    seat: int
    state: OfferState
    started_ms: int
    answered_ms: int | None = None
    token: str | None = None

    @property
    def unconnected(self) -> bool:
        """Whether the caller still waits for the talk."""
        return self.state in UNCONNECTED


def nth_offer(call: str, n: int) -> str:
    """The id of a call's n-th offer, n from 1."""
    return f"{call}.{n}"


def call_of(offer: str) -> str:
    """The call that an offer id was derived from (the id itself when it was not)."""
    return offer.rpartition(".")[0] or offer


JOINT_STATES: dict[OfferState, tuple[CallState, Activity]] = {
    OfferState.RINGING: (CallState.RINGING, Activity.RINGING),
    OfferState.CALLING: (CallState.CALLING, Activity.CALLING),
    OfferState.CONNECTING: (CallState.CONNECTING, Activity.CONNECTING),
    OfferState.TALKING: (CallState.TALKING, Activity.TALKING),
    OfferState.HOLD: (CallState.HOLD, Activity.HOLD),
}
"""What an offer's state means for its caller and for its seat."""

FAILURES = frozenset(
    {
        OfferOutcome.NO_ANSWER,
        OfferOutcome.BUSY,
        OfferOutcome.DECLINED,
        OfferOutcome.UNREACHABLE,
        OfferOutcome.FAILED,
    }
)
"""The outcomes that may come from a phone."""

MISSES = FAILURES - {OfferOutcome.FAILED}
"""The outcomes that count against the seat."""


@unique
class OfferMove(StrEnum):
    """A cell of the offer's table: what the event does there."""

    CONNECT = "connect both legs (of a callback: ring the citizen); another phone was first: released, ready"
    REACH = "the citizen is there: connect both legs"
    NOT_REACHED = "the operator's leg is released, the seat ready at once; the callback later, or given up"
    CALL_OFF = "the citizen's leg is hung up; the callback in its old place, for other seats first"
    TALK = "the talk begins; the other phones are released"
    MISS = "a miss; the caller to the head, the next seat rings"
    MISS_BY_TIME = "the ringing is cancelled, a miss (no_answer); the next seat rings"
    FAIL = "failed, no miss; the caller to the head, the next seat rings"
    UNJOIN = "the operator's leg is released; failed, no miss; the caller to the head"
    UNJOIN_LEG_GONE = "failed, no miss; the caller to the head"
    ABANDON = "the ringing is cancelled; abandoned; the seat as before"
    ABANDON_AT_ANSWER = "the operator's leg is released; abandoned; the seat without wrap-up"
    HOLD = "the caller is on hold"
    UNHOLD = "the talk goes on"
    END_BY_CALLER = "the operator's leg is released; answered; wrap-up"
    END_BY_OPERATOR = "the caller is released; answered; wrap-up"
    NOTHING = "nothing (a duplicate)"
    REFUSE = "refused (out_of_turn)"


_M = OfferMove

OFFER_EVENTS: tuple[type[Event], ...] = (
    OfferAnswered,
    OfferFailed,
    CitizenAnswered,
    CitizenFailed,
    Joined,
    JoinFailed,
    SeatLegGone,
    HoldStarted,
    HoldEnded,
    CallerGone,
    TimerFired,
)
"""The columns of `OFFER_TABLE`. TimerFired: of the offer's own live timer."""

_ROWS: dict[OfferState, tuple[OfferMove, ...]] = {
    OfferState.RINGING: (
        _M.CONNECT, _M.MISS, _M.REFUSE, _M.REFUSE, _M.REFUSE, _M.REFUSE, _M.FAIL,
        _M.REFUSE, _M.REFUSE, _M.ABANDON, _M.MISS_BY_TIME,
    ),
    OfferState.CALLING: (
        _M.NOTHING, _M.REFUSE, _M.REACH, _M.NOT_REACHED, _M.REFUSE, _M.REFUSE, _M.CALL_OFF,
        _M.NOTHING, _M.NOTHING, _M.NOT_REACHED, _M.NOT_REACHED,
    ),
    OfferState.CONNECTING: (
        _M.NOTHING, _M.REFUSE, _M.NOTHING, _M.REFUSE, _M.TALK, _M.UNJOIN, _M.UNJOIN_LEG_GONE,
        _M.REFUSE, _M.REFUSE, _M.ABANDON_AT_ANSWER, _M.UNJOIN,
    ),
    OfferState.TALKING: (
        _M.NOTHING, _M.REFUSE, _M.NOTHING, _M.REFUSE, _M.NOTHING, _M.REFUSE, _M.END_BY_OPERATOR,
        _M.HOLD, _M.NOTHING, _M.END_BY_CALLER, _M.NOTHING,
    ),
    OfferState.HOLD: (
        _M.NOTHING, _M.REFUSE, _M.NOTHING, _M.REFUSE, _M.NOTHING, _M.REFUSE, _M.END_BY_OPERATOR,
        _M.NOTHING, _M.UNHOLD, _M.END_BY_CALLER, _M.NOTHING,
    ),
}  # fmt: skip

OFFER_TABLE: dict[OfferState, dict[type[Event], OfferMove]] = {
    row: dict(zip(OFFER_EVENTS, moves, strict=True)) for row, moves in _ROWS.items()
}
"""What each event does to an offer in each joint state. Nothing else decides it."""
