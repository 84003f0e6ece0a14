"""A caller: one citizen's call from the moment it enters the queue until it is settled.

A callback stands in the queue as a caller too, in the place that the citizen had: it has a `ticket`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from acd.settings import nothing
from acd.types import CallState, TicketState
from acd.value import value

HEAD = -1_000_000_000
"""The negated priority of who has waited so long that no priority counts any more."""
HIGHEST = 1_000
"""It is shown as this."""


class Place(NamedTuple):
    """A caller's place in the queue: the smaller one is served first.

    minus_priority: the negated priority. at_ms: when it came, less its line's weight (ms UTC).
    arrival: how many calls came before; a fraction for who was put between two others.
    """

    minus_priority: int
    at_ms: int
    arrival: int | Fraction
    call: str

    def to_row(self) -> list[int | str]:
        """As the journal has it: [minus_priority, at_ms, arrival]; a fraction is text, such as "17/2"."""
        arrival = self.arrival
        return [self.minus_priority, self.at_ms, arrival if isinstance(arrival, int) else str(arrival)]

    @classmethod
    def from_row(cls, row: object, call: str) -> "Place | None":
        """The place that such a row tells of; None when it tells of none."""
        match row:
            case [int() as minus_priority, int() as at_ms, int() as arrival]:
                return cls(minus_priority, at_ms, arrival, call)
            case [int() as minus_priority, int() as at_ms, str() as text]:
                above, _, below = text.partition("/")
                try:
                    return cls(minus_priority, at_ms, Fraction(int(above), int(below)), call)
                except (ValueError, ZeroDivisionError):
                    return None
        return None


class Pool(NamedTuple):
    """What decides which seats may take a call. Callers of one pool differ in nothing but their place.

    stage: how many of the need's steps have passed.
    """

    line: str
    need: str
    stage: int


@dataclass(slots=True)
class Ticket:
    """折り返し: a callback that is to be made. call: the citizen's call. caller: the key of the number.

    asked_ms, due_ms: ms UTC; not begun before due_ms. attempts: how often the citizen was rung.
    """

    call: str
    caller: str
    asked_ms: int
    due_ms: int
    state: TicketState = TicketState.WAITING
    attempts: int = 0


@dataclass(slots=True)
class Caller:
    """One call on the floor.

    queued_ms: when it entered the queue (t3, ms UTC). caller: the key of who calls.
    offers: how many offers it has had. live: those that it has now; several only while phones ring.
    connected: one of them is beyond ringing (the only one, then).
    round_size: how many phones may ring for it at once.
    tried: seats whose offer of this call failed. They come after all others.
    cooling: of those, the seats still cooling down for this call, each with its timer's token.
    told: the overflow rules, by line and place in its list, that have acted. predicted_ms: at entry.
    tokens: its other timers. prefers: the operator who served this citizen last.
    parked: it stands in no queue now (a callback that is not due).
    """

    call: str
    pool: Pool
    place: Place
    queued_ms: int
    caller: str | None = None
    offers: int = 0
    live: tuple[str, ...] = ()
    connected: bool = False
    round_size: int = 1
    tried: frozenset[int] = frozenset()
    cooling: Mapping[int, str] = field(default_factory=nothing)
    told: frozenset[tuple[str, int]] = frozenset()
    predicted_ms: int | None = None
    tokens: dict[str, str] = field(default_factory=dict)
    prefers: str | None = None
    ticket: Ticket | None = None
    parked: bool = False

    @property
    def line(self) -> str:
        """The line whose settings hold for this call."""
        return self.pool.line

    @property
    def waits(self) -> bool:
        """Whether it stands in the queue, with no phone ringing."""
        return not self.live and not self.parked


@value
class CallView:
    """A call as others read it.

    position: from 1, among all callers not yet connected; None once connected.
    queued_ms: when it entered the queue, ms UTC. offer, seat, operator: from ringing on, of the first offer.
    predicted_ms: how much longer it will probably wait; None when nobody can say. ticket: it is a callback.
    """

    call: str
    state: CallState
    line: str
    priority: int
    queued_ms: int
    position: int | None
    offer: str | None
    seat: int | None
    operator: str | None
    predicted_ms: int | None = None
    need: str = ""
    ticket: bool = False


@value
class TicketView:
    """A callback as others read it. position: its place in the queue, None while it is not in it."""

    ticket: str
    call: str
    caller: str
    line: str
    state: TicketState
    asked_ms: int
    due_ms: int
    attempts: int
    position: int | None
