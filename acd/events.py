"""What can happen to the floor. Every event is an immutable value.

Two kinds, treated differently when they do not fit the floor's state:

* *Facts* (`CallerGone`, `OfferAnswered`, `OfferFailed`, `Joined`, `JoinFailed`, `SeatLegGone`,
  `HoldStarted`, `HoldEnded`, `CitizenAnswered`, `CitizenFailed`, `TimerFired`, `PhoneChanged`,
  `OwnCallStarted`, `OwnCallEnded`, `EntryWritten`, `LineClosed`, `LineOpened`, `CallbacksPaused`) come
  from the telephone world and the clock. One that names a call, an offer, a token or a seat that is gone is
  late and changes nothing, silently (a late `OfferAnswered` has its leg hung up). One that
  contradicts a living offer is `Refused` with OUT_OF_TURN.
* *Requests* (all others) come from people and from the shell. An illegal one is `Refused`.

The shell keeps the events of one call in their order: `CallQueued` once, nothing of that call
before it, and no second `CallQueued` of an id after `CallerGone` or `CallSettled`.
"""

from acd.caller import Place
from acd.settings import FloorSettings
from acd.types import CalloutFailure, OfferOutcome, Phone
from acd.value import value


@value
class CallQueued:
    """The caller enters the queue (t3). Refused (CALL_KNOWN) while the floor has this call.

    line: whose settings hold. need: what is demanded of the operator, by its name in the settings; "" is
        nothing; unknown ones are Refused (NO_SUCH_NEED).
    priority: added to the line's.
    caller: who calls, as a key that tells nothing (a keyed hash of the number); None when withheld. By it
        a caller is known again: same operator, kept place, one callback at a time.
    position: the place asked for among callers of the same priority, from 1; None is the end.
    queued_ms: only for a call recovered after a restart: when it entered the queue (ms UTC,
        values after `now_ms` count as `now_ms`). It keeps its place, and no `call.queued` is
        recorded because the journal has it already. None for a call that enters now.
    offers: how many offers this call has had before the restart, so that offer ids never repeat.
    place: only for a call recovered: its place by the last row that names one (`Place.from_row`), also where
        the supervisor has put it. None: the place by priority and queued_ms.
    """

    call: str
    line: str = "main"
    priority: int = 0
    need: str = ""
    caller: str | None = None
    position: int | None = None
    queued_ms: int | None = None
    offers: int = 0
    place: Place | None = None


@value
class CallerGone:
    """The caller's channel has ended, in any state."""

    call: str


@value
class OfferAnswered:
    """The phone was picked up. Of an offer that is over: its leg is hung up, nobody's fault."""

    offer: str


@value
class OfferFailed:
    """The phone did not take the offer.

    cause: NO_ANSWER, BUSY, DECLINED, UNREACHABLE or FAILED; any other counts as FAILED.
    """

    offer: str
    cause: OfferOutcome


@value
class Joined:
    """Both legs are in the bridge (both ChannelEnteredBridge came)."""

    offer: str


@value
class JoinFailed:
    """The two legs could not be put into one bridge. The caller goes back to the head."""

    offer: str


@value
class SeatLegGone:
    """The operator's leg has ended."""

    offer: str


@value
class HoldStarted:
    """The operator's phone put the caller on hold."""

    offer: str


@value
class HoldEnded:
    """The operator's phone took the caller off hold."""

    offer: str


@value
class TimerFired:
    """A timer is due. A token that is not live changes nothing."""

    token: str


@value
class LogIn:
    """An operator logs in at a seat, which is ready at once.

    The same operator at the same seat again: nothing, but a log-out asked for during the call is
    taken back. An operator who is logged in elsewhere moves, where the settings say so and that seat has no
    call; else Refused (OPERATOR_ELSEWHERE). Refused too: NO_SUCH_SEAT, NO_OPERATOR (empty), SEAT_TAKEN.
    """

    seat: int
    operator: str


@value
class LogOut:
    """The operator logs out; during a talk it takes effect after it, without wrap-up."""

    seat: int


@value
class Ready:
    """The operator takes calls; during a talk it takes back a break or log-out asked for."""

    seat: int


@value
class Break:
    """The operator takes no calls; during a talk it takes effect after the wrap-up.

    reason: any text (the configured code or name); it is the seat's shown reason.
    """

    seat: int
    reason: str


@value
class EndWrapUp:
    """The operator has finished the wrap-up. Refused (NOT_IN_WRAP_UP) otherwise."""

    seat: int


@value
class ExtendWrapUp:
    """The operator needs longer: the wrap-up ends `by_ms` later, at most at the line's `most_ms`.

    Refused: NOT_IN_WRAP_UP, OUT_OF_RANGE (by_ms below 1), WRAP_UP_TOO_LONG (no time is left to add).
    """

    seat: int
    by_ms: int


@value
class EntryWritten:
    """The ledger entry of this call has been saved. Ends the seat's wrap-up where the line says so."""

    seat: int
    call: str


@value
class PhoneChanged:
    """What Asterisk knows of the seat's phone. A new seat's phone is UNREGISTERED until told."""

    seat: int
    phone: Phone


@value
class OwnCallStarted:
    """The operator's own first call has begun on the phone: the seat is busy and never rung."""

    seat: int


@value
class OwnCallEnded:
    """The operator's own last call on the phone has ended."""

    seat: int


@value
class CallbackAsked:
    """The waiting caller wants to be called back and hangs up (or is let go) now: outcome CALLBACK.

    The ticket `<call>-cb` takes the caller's place in the queue; where this caller has an open one already
    (same key), the older one stands and nothing new is made. Refused: NO_SUCH_CALL, CALL_CONNECTED.
    caller: the key of the number to call, which need not be the one that was shown.
    """

    call: str
    caller: str


@value
class CallbackRecovered:
    """After a restart of the controller: this callback is still to be done. Refused: CALL_KNOWN.

    asked_ms, queued_ms: ms UTC; due_ms: not before (ms UTC). attempts: made so far. offers: had so far.
    place: as in `CallQueued`.
    """

    ticket: str
    caller: str
    asked_ms: int
    queued_ms: int
    line: str = "main"
    need: str = ""
    priority: int = 0
    attempts: int = 0
    offers: int = 0
    due_ms: int = 0
    place: Place | None = None


@value
class CallbackCancelled:
    """The supervisor or the citizen does not want it any more. Refused: NO_SUCH_CALL, CALL_CONNECTED."""

    ticket: str


@value
class CallbacksPaused:
    """Quiet hours (or their end): while paused no callback is begun; what is under way goes on."""

    paused: bool


@value
class CitizenAnswered:
    """The citizen has picked up: the callback can be connected."""

    offer: str


@value
class CitizenFailed:
    """The citizen was not reached."""

    offer: str
    cause: CalloutFailure


@value
class LineClosed:
    """The line has closed at `at_ms` (ms UTC): who waits is treated by the rules of CLOSING."""

    line: str
    at_ms: int


@value
class LineOpened:
    """The line is open again."""

    line: str


@value
class MoveCaller:
    """The supervisor puts a waiting caller to this place (1 is the head; beyond the last, the end).

    Refused: NO_SUCH_CALL, CALL_CONNECTED, OUT_OF_RANGE (position below 1).
    """

    call: str
    position: int


@value
class RaiseCaller:
    """The supervisor gives a waiting caller another priority. Refused: NO_SUCH_CALL, CALL_CONNECTED."""

    call: str
    priority: int


@value
class OfferTo:
    """The supervisor offers a waiting caller to a chosen seat, now; phones that ring for him are released.

    Refused: NO_SUCH_CALL, CALL_CONNECTED, NO_SUCH_SEAT, SEAT_NOT_READY.
    """

    call: str
    seat: int


@value
class TakeOut:
    """The supervisor takes a waiting caller out: outcome WITHDRAWN. Refused: NO_SUCH_CALL, CALL_CONNECTED."""

    call: str
    reason: str


@value
class TalkRecovered:
    """After a restart of the controller: this pair is talking.

    Logs the operator in if nobody is. Feed it before the other operators' log-ins and before
    waiting callers. connected_ms, queued_ms: ms UTC. A seat that the settings do not have
    finishes this talk and disappears.
    callback: the key of the citizen's number where the talk is one of a callback: `call` is its ticket then,
        asked for at asked_ms (ms UTC), tried so many times.
    Refused: CALL_KNOWN, SEAT_BUSY, SEAT_TAKEN, OPERATOR_ELSEWHERE, NO_OPERATOR.
    """

    call: str
    offer: str
    seat: int
    operator: str
    connected_ms: int
    queued_ms: int
    line: str = "main"
    callback: str | None = None
    asked_ms: int = 0
    attempts: int = 0


@value
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
    | CitizenAnswered
    | CitizenFailed
    | TimerFired
    | LogIn
    | LogOut
    | Ready
    | Break
    | EndWrapUp
    | ExtendWrapUp
    | EntryWritten
    | PhoneChanged
    | OwnCallStarted
    | OwnCallEnded
    | CallbackAsked
    | CallbackRecovered
    | CallbackCancelled
    | CallbacksPaused
    | LineClosed
    | LineOpened
    | MoveCaller
    | RaiseCaller
    | OfferTo
    | TakeOut
    | TalkRecovered
    | Reconfigured
)
