"""The words of the floor: every enumeration that its values, events and commands use.

The values are the strings of the journal and of the API, so `X.value` may be written as it is.
"""

from enum import Enum, unique


@unique
class Phone(Enum):
    """What is known of a seat's phone. Only a registered phone is ever rung."""

    REGISTERED = "registered"
    UNREACHABLE = "unreachable"
    UNREGISTERED = "unregistered"


@unique
class Declared(Enum):
    """What the operator wants. It takes effect as soon as the seat's activity lets it."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    BREAK = "break"


@unique
class Activity(Enum):
    """What the seat does, whatever its operator declared."""

    IDLE = "idle"
    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"
    WRAP_UP = "wrap_up"


@unique
class SeatState(Enum):
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
class CallState(Enum):
    """A call's state on the floor. A call that the floor has settled is not on it any more."""

    WAITING = "waiting"
    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"


@unique
class OfferState(Enum):
    """The joint state of caller, offer and seat while an offer lives."""

    RINGING = "ringing"
    CONNECTING = "connecting"
    TALKING = "talking"
    HOLD = "hold"


@unique
class OfferOutcome(Enum):
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
class CancelCause(Enum):
    """Why a ringing or late answered leg is hung up."""

    CALLER_GONE = "caller_gone"
    LOST_RACE = "lost_race"
    NO_ANSWER = "no_answer"
    WITHDRAWN = "withdrawn"


@unique
class TalkEnd(Enum):
    """Who ended a talk."""

    CALLER = "caller"
    OPERATOR = "operator"
    SYSTEM = "system"


@unique
class Outcome(Enum):
    """終了区分, how a queued call ended. The floor settles calls as one of these."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"


@unique
class Refusal(Enum):
    """Machine-readable reason of a `Refused`."""

    NO_SUCH_SEAT = "no_such_seat"
    NOT_LOGGED_IN = "not_logged_in"
    NO_OPERATOR = "no_operator"
    OPERATOR_ELSEWHERE = "operator_elsewhere"
    SEAT_TAKEN = "seat_taken"
    SEAT_BUSY = "seat_busy"
    NOT_IN_WRAP_UP = "not_in_wrap_up"
    CALL_KNOWN = "call_known"
    OUT_OF_TURN = "out_of_turn"


@unique
class TimerPurpose(Enum):
    """What a timer is for; also the first part of its token."""

    RING = "ring"
    CONNECT = "connect"
    WRAP_UP = "wrap_up"
    COOL_DOWN = "cool_down"
