"""What can happen to the floor. Every event is an immutable value.

Two kinds, treated differently when they do not fit the floor's state:

* *Facts* (`CallerGone`, `OfferAnswered`, `OfferFailed`, `Joined`, `JoinFailed`, `SeatLegGone`,
  `HoldStarted`, `HoldEnded`, `TimerFired`, `PhoneChanged`, `OwnCallStarted`, `OwnCallEnded`) come
  from the telephone world. One that names a call, an offer, a token or a seat that is gone is
  late and changes nothing, silently (a late `OfferAnswered` has its leg hung up). One that
  contradicts a living offer is `Refused` with OUT_OF_TURN.
* *Requests* (`CallQueued`, `LogIn`, `LogOut`, `Ready`, `Break`, `EndWrapUp`, `TalkRecovered`,
  `Reconfigured`) come from people and from the shell. An illegal one is `Refused`.

The shell keeps the events of one call in their order: `CallQueued` once, nothing of that call
before it, and no second `CallQueued` of an id after `CallerGone` or `CallSettled`.
"""

from dataclasses import dataclass

from acd.settings import FloorSettings
from acd.types import OfferOutcome, Phone


@dataclass(frozen=True, slots=True)
class CallQueued:
    """The caller enters the queue (t3). Refused (CALL_KNOWN) while the floor has this call.

    queued_ms: only for a call recovered after a restart: when it entered the queue (ms UTC,
        values after `now_ms` count as `now_ms`). It keeps its place, and no `call.queued` is
        recorded because the journal has it already. None for a call that enters now.
    offers: how many offers this call has had before the restart, so that offer ids never repeat.
    """

    call: str
    line: str = "main"
    priority: int = 0
    queued_ms: int | None = None
    offers: int = 0


@dataclass(frozen=True, slots=True)
class CallerGone:
    """The caller's channel has ended, in any state."""

    call: str


@dataclass(frozen=True, slots=True)
class OfferAnswered:
    """The phone was picked up. Of an offer that is over: its leg is hung up, nobody's fault."""

    offer: str


@dataclass(frozen=True, slots=True)
class OfferFailed:
    """The phone did not take the offer.

    cause: NO_ANSWER, BUSY, DECLINED, UNREACHABLE or FAILED; any other counts as FAILED.
    """

    offer: str
    cause: OfferOutcome


@dataclass(frozen=True, slots=True)
class Joined:
    """Both legs are in the bridge (both ChannelEnteredBridge came)."""

    offer: str


@dataclass(frozen=True, slots=True)
class JoinFailed:
    """The two legs could not be put into one bridge. The caller goes back to the head."""

    offer: str


@dataclass(frozen=True, slots=True)
class SeatLegGone:
    """The operator's leg has ended."""

    offer: str


@dataclass(frozen=True, slots=True)
class HoldStarted:
    """The operator's phone put the caller on hold."""

    offer: str


@dataclass(frozen=True, slots=True)
class HoldEnded:
    """The operator's phone took the caller off hold."""

    offer: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer is due. A token that is not live changes nothing."""

    token: str


@dataclass(frozen=True, slots=True)
class LogIn:
    """An operator logs in at a seat, which is ready at once.

    The same operator at the same seat again: nothing, but a log-out asked for during the call is
    taken back. Refused: NO_SUCH_SEAT, NO_OPERATOR (empty), OPERATOR_ELSEWHERE, SEAT_TAKEN.
    """

    seat: int
    operator: str


@dataclass(frozen=True, slots=True)
class LogOut:
    """The operator logs out; during a talk it takes effect after it, without wrap-up."""

    seat: int


@dataclass(frozen=True, slots=True)
class Ready:
    """The operator takes calls; during a talk it takes back a break or log-out asked for."""

    seat: int


@dataclass(frozen=True, slots=True)
class Break:
    """The operator takes no calls; during a talk it takes effect after the wrap-up.

    reason: any text (the configured code or name); it is the seat's shown reason.
    """

    seat: int
    reason: str


@dataclass(frozen=True, slots=True)
class EndWrapUp:
    """The operator has finished the wrap-up. Refused (NOT_IN_WRAP_UP) otherwise."""

    seat: int


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    """What Asterisk knows of the seat's phone. A new seat's phone is UNREGISTERED until told."""

    seat: int
    phone: Phone


@dataclass(frozen=True, slots=True)
class OwnCallStarted:
    """The operator's own first call has begun on the phone: the seat is busy and never rung."""

    seat: int


@dataclass(frozen=True, slots=True)
class OwnCallEnded:
    """The operator's own last call on the phone has ended."""

    seat: int


@dataclass(frozen=True, slots=True)
class TalkRecovered:
    """After a restart of the controller: this pair is talking.

    Logs the operator in if nobody is. Feed it before the other operators' log-ins and before
    waiting callers. connected_ms, queued_ms: ms UTC. A seat that the settings do not have
    finishes this talk and disappears.
    Refused: CALL_KNOWN, SEAT_BUSY, SEAT_TAKEN, OPERATOR_ELSEWHERE, NO_OPERATOR.
    """

    call: str
    offer: str
    seat: int
    operator: str
    connected_ms: int
    queued_ms: int


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """New settings take effect for what comes.

    Calls and running timers are untouched; a removed seat finishes its talk
    and disappears; new seats begin logged out with an unregistered phone.
    """

    settings: FloorSettings


Event = (
    CallQueued
    | CallerGone
    | OfferAnswered
    | OfferFailed
    | Joined
    | JoinFailed
    | SeatLegGone
    | HoldStarted
    | HoldEnded
    | TimerFired
    | LogIn
    | LogOut
    | Ready
    | Break
    | EndWrapUp
    | PhoneChanged
    | OwnCallStarted
    | OwnCallEnded
    | TalkRecovered
    | Reconfigured
)
