"""A caller: one citizen's call from the moment it enters the queue until it is settled."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from acd.types import CallState


class Place(NamedTuple):
    """A caller's place in the queue: the smaller one is served first.

    minus_priority: the negated priority. queued_ms: ms UTC. arrival: how many calls came before.
    """

    minus_priority: int
    queued_ms: int
    arrival: int
    call: str


@dataclass(frozen=True, slots=True)
class Caller:
    """One call on the floor.

    offers: how many offers it has had. offer: the one it has now.
    tried: seats whose offer of this call failed. They come after all others.
    cooling: of those, the seats still cooling down for this call, each with its timer's token.
    """

    call: str
    line: str
    place: Place
    offers: int = 0
    offer: str | None = None
    tried: frozenset[int] = frozenset()
    cooling: Mapping[int, str] = field(default_factory=dict)


def position(place: Place, queue: Sequence[Place], ringing: Iterable[Place]) -> int:
    """From 1: where a caller stands among all not yet connected, those whose phone rings too."""
    return 1 + bisect_left(queue, place) + sum(other < place for other in ringing)


@dataclass(frozen=True, slots=True)
class CallView:
    """A call as others read it.

    position: from 1, among all callers not yet connected; None once connected.
    queued_ms: when it entered the queue, ms UTC. offer, seat, operator: from ringing on.
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
