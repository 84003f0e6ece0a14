"""The words of the floor: every enumeration that its values, events and commands use.

They are strings, those of the journal and of the API: a member may be written wherever its value may.
"""

from enum import StrEnum, unique


@unique
class Phone(StrEnum):
    """What is known of a seat's phone. Only a registered phone is ever rung."""

    REGISTERED = "registered"
    UNREACHABLE = "unreachable"
    UNREGISTERED = "unregistered"


@unique
class Declared(StrEnum):
    """What the operator wants. It takes effect as soon as the seat's activity lets it."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    BREAK = "break"


@unique
class Activity(StrEnum):
    """What the seat does, whatever its operator declared."""

    IDLE = "idle"
    RINGING = "ringing"
    CALLING = "calling"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"


@unique
class SeatState(StrEnum):
    """A seat's state as people see it, made from declared, activity, phone and own call."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    UNREACHABLE = "unreachable"


@unique
class CallState(StrEnum):
    """A call's state on the floor. A call that the floor has settled is not on it any more.

    PARKED and CALLING are of callbacks only: not due yet, and the citizen's phone is being rung.
    """

    PARKED = "parked"
    WAITING = "waiting"
    RINGING = "ringing"
    CALLING = "calling"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"


@unique
class OfferState(StrEnum):
    """The joint state of caller, offer and seat while an offer lives.

    CALLING: of a callback only; the operator is on the phone, the citizen's is being rung.
    """

    RINGING = "ringing"
    CALLING = "calling"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"


@unique
class OfferOutcome(StrEnum):
    """How an offer ended. The first five after ANSWERED may come from the phone (`OfferFailed`)."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    CALLER_GONE = "caller_gone"
    LOST_RACE = "lost_race"
    WITHDRAWN = "withdrawn"


@unique
class CancelCause(StrEnum):
    """Why a ringing or late answered leg is hung up."""

    CALLER_GONE = "caller_gone"
    LOST_RACE = "lost_race"
    NO_ANSWER = "no_answer"
    WITHDRAWN = "withdrawn"


@unique
class TalkEnd(StrEnum):
    """Who ended a talk."""

    CALLER = "caller"
    OPERATOR = "operator"
    SYSTEM = "system"


@unique
class Outcome(StrEnum):
    """終了区分, how a queued call ended. The floor settles calls as one of these."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    OVERFLOWED = "overflowed"
    TIMED_OUT = "timed_out"
    LEFT_NO_OPERATOR = "left_no_operator"
    CALLBACK = "callback"
    WITHDRAWN = "withdrawn"


@unique
class Strategy(StrEnum):
    """How one seat is chosen among the free ones that may take the call.

    The first six ring one seat at a time. RING_ALL rings every free seat at once, RING_PROGRESSIVELY
    begins with one and adds another at intervals.
    """

    LONGEST_IDLE = "longest_idle"
    ROUND_ROBIN = "round_robin"
    FEWEST_CALLS = "fewest_calls"
    LEAST_TALK = "least_talk"
    RANDOM = "random"
    LINEAR = "linear"
    RING_ALL = "ring_all"
    RING_PROGRESSIVELY = "ring_progressively"


@unique
class OverflowCause(StrEnum):
    """あふれの理由: why a caller is not simply left waiting. Each has its own figure."""

    NO_SEAT = "no_seat"
    QUEUE_FULL = "queue_full"
    CALLS_PER_SEAT = "calls_per_seat"
    PREDICTED_WAIT = "predicted_wait"
    WAITED = "waited"
    CLOSING = "closing"


@unique
class Toward(StrEnum):
    """Where an overflow leads. After ANNOUNCE and CHOICE the caller waits on, in the same place."""

    ANNOUNCE = "announce"
    CHOICE = "choice"
    HANG_UP = "hang_up"
    LINE = "line"
    NUMBER = "number"


@unique
class WrapUpMode(StrEnum):
    """What ends a wrap-up: its time; the operator; the ledger entry. The time ends each at last."""

    FIXED = "fixed"
    UNTIL_ENDED = "until_ended"
    UNTIL_ENTRY = "until_entry"


@unique
class TicketState(StrEnum):
    """折り返しの状態: what became of a callback. The last four are its ends."""

    WAITING = "waiting"
    RETRY = "retry"
    CALLING = "calling"
    REACHED = "reached"
    UNREACHED = "unreached"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@unique
class CalloutFailure(StrEnum):
    """Why the citizen was not reached."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    FAILED = "failed"


@unique
class Refusal(StrEnum):
    """Machine-readable reason of a `Refused`."""

    NO_SUCH_SEAT = "no_such_seat"
    NO_SUCH_CALL = "no_such_call"
    NO_SUCH_NEED = "no_such_need"
    NOT_LOGGED_IN = "not_logged_in"
    NO_OPERATOR = "no_operator"
    OPERATOR_ELSEWHERE = "operator_elsewhere"
    SEAT_TAKEN = "seat_taken"
    SEAT_BUSY = "seat_busy"
    SEAT_NOT_READY = "seat_not_ready"
    NOT_IN_WRAP_UP = "not_in_wrap_up"
    WRAP_UP_TOO_LONG = "wrap_up_too_long"
    CALL_KNOWN = "call_known"
    CALL_CONNECTED = "call_connected"
    OUT_OF_TURN = "out_of_turn"
    OUT_OF_RANGE = "out_of_range"


@unique
class TimerPurpose(StrEnum):
    """What a timer is for; also the first part of its token."""

    RING = "ring"
    ROUND = "round"
    CONNECT = "connect"
    CALLOUT = "callout"
    WRAP_UP = "wrap_up"
    BREAK = "break"
    COOL_DOWN = "cool_down"
    RELAX = "relax"
    FAIR = "fair"
    OVERFLOW = "overflow"
    REVIEW = "review"
    RETRY = "retry"
    EXPIRY = "expiry"
