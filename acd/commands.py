"""What the floor asks of the shell. To be carried out in their order."""

from collections.abc import Mapping
from dataclasses import field

from acd.events import Event
from acd.settings import Destination, nothing
from acd.types import CancelCause, Outcome, OverflowCause, Refusal, TicketState
from acd.value import value


@value
class Ring:
    """Originate the offer to the seat's phone."""

    offer: str
    call: str
    seat: int


@value
class CancelRing:
    """Hang up the ringing, or late answered, leg of this offer."""

    offer: str
    cause: CancelCause


@value
class Connect:
    """Stop guidance and music, put the caller and the operator's leg into one bridge."""

    call: str
    offer: str


@value
class ReleaseSeat:
    """Hang up the operator's answered leg."""

    offer: str


@value
class ReleaseCaller:
    """Hang up the caller: the operator has ended the talk."""

    call: str


@value
class CallOut:
    """The operator is on the phone for a callback: ring the citizen, from the city's number.

    `CitizenAnswered` or `CitizenFailed` comes back.
    """

    offer: str
    ticket: str


@value
class CancelCallOut:
    """Hang up the citizen's leg of a callback that is not connected yet."""

    offer: str


@value
class Divert:
    """あふれ: tell the caller so, and go where `to` leads.

    After ANNOUNCE and CHOICE the caller waits on in the same place (and may be connected while the text
    plays); LINE has happened already, the text may say so. After HANG_UP and NUMBER the floor has settled
    the call: `CallSettled` follows.
    """

    call: str
    cause: OverflowCause
    to: Destination


@value
class TakeOutCaller:
    """The supervisor has taken the call out of the queue: tell the caller and hang up. Settled already."""

    call: str


@value
class TicketClosed:
    """A callback has come to its end; nothing more happens with it."""

    ticket: str
    state: TicketState


@value
class Resume:
    """The caller waits again after a join that failed: music and guidance go on."""

    call: str


@value
class StartTimer:
    """Send `TimerFired(token)` once, at `at_ms` (ms UTC)."""

    token: str
    at_ms: int


@value
class StopTimer:
    """This timer is not needed any more."""

    token: str


@value
class Record:
    """One row of the journal. `data` holds exactly the keys that docs/floor.md lists for `kind`."""

    kind: str
    call: str | None = None
    seat: int | None = None
    operator: str | None = None
    offer: str | None = None
    data: Mapping[str, object] = field(default_factory=nothing)


@value
class CallSettled:
    """The floor has finished with this call: exactly once for every `CallQueued`."""

    call: str
    outcome: Outcome


@value
class Refused:
    """The event was illegal in this state: nothing happened.

    why: one short English sentence; code: the same for machines.
    """

    event: Event
    code: Refusal
    why: str


Command = (
    Ring
    | CancelRing
    | Connect
    | ReleaseSeat
    | ReleaseCaller
    | CallOut
    | CancelCallOut
    | Divert
    | TakeOutCaller
    | TicketClosed
    | Resume
    | StartTimer
    | StopTimer
    | Record
    | CallSettled
    | Refused
)
