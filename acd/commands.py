"""What the floor asks of the shell. To be carried out in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd.events import Event
from acd.types import CancelCause, Outcome, Refusal


@dataclass(frozen=True, slots=True)
class Ring:
    """Originate the offer to the seat's phone."""

    offer: str
    call: str
    seat: int


@dataclass(frozen=True, slots=True)
class CancelRing:
    """Hang up the ringing, or late answered, leg of this offer."""

    offer: str
    cause: CancelCause


@dataclass(frozen=True, slots=True)
class Connect:
    """Stop guidance and music, put the caller and the operator's leg into one bridge."""

    call: str
    offer: str


@dataclass(frozen=True, slots=True)
class ReleaseSeat:
    """Hang up the operator's answered leg."""

    offer: str


@dataclass(frozen=True, slots=True)
class ReleaseCaller:
    """Hang up the caller: the operator has ended the talk."""

    call: str


@dataclass(frozen=True, slots=True)
class Resume:
    """The caller waits again after a join that failed: music and guidance go on."""

    call: str


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Send `TimerFired(token)` once, at `at_ms` (ms UTC)."""

    token: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class StopTimer:
    """This timer is not needed any more."""

    token: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the journal. `data` holds exactly the keys that docs/floor.md lists for `kind`."""

    kind: str
    call: str | None = None
    seat: int | None = None
    operator: str | None = None
    offer: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CallSettled:
    """The floor has finished with this call: exactly once for every `CallQueued`."""

    call: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
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
    | Resume
    | StartTimer
    | StopTimer
    | Record
    | CallSettled
    | Refused
)
