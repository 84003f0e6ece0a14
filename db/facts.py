"""The one reducer: what is known of a call, folded from its journal rows.

Pure. The journal's writer uses it for the ``calls`` table, ``reports`` for live and historical figures, so
there is no second definition of when a call was queued or connected.

The fold takes rows as they come: a missing, repeated or late row never raises and never counts twice. Times
take the earliest row of their kind, the ending takes the first row that tells it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from db.entry import Entry


class Overflow(NamedTuple):
    """あふれ: one overflow decision about a call. ``stage`` is "entry" or "waiting"; ``at_ms`` is UTC."""

    cause: str
    toward: str
    stage: str
    at_ms: int

    @property
    def outcome(self) -> str | None:
        """How the call ends by it; None when the caller waits on, here or on another line."""
        if self.toward == "number":
            return "overflowed"
        return _HUNG_UP.get(self.cause, "overflowed") if self.toward == "hang_up" else None


_HUNG_UP = {"waited": "timed_out", "no_seat": "left_no_operator"}


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One citizen's contact. Times are ms UTC (t0…t6 of the definitions in docs/figures.md), None: not (yet).

    ``has_received`` is False when the row ``call.received`` is missing; ``received_ms`` is then the time of
    the earliest row known. ``held_ms`` is the sum of ended holds. ``seat`` and ``operator`` are those that
    took the call. ``offers`` counts attempts to ring a seat.

    ``line`` is the one that was called, ``queue_line`` the one in whose queue the caller stood last. What the
    citizen was predicted: ``predicted_ms`` at entry (None: not credible, or nobody staffed), and what was
    first spoken, when (``told_at_ms``, ``told_predicted_ms``); ``told`` counts how often. ``moved`` counts
    changes of place. ``overflows`` is text, read by ``overflow_events``. ``settled`` is the outcome by which
    the floor let the caller out of the queue (final overflow, callback, taken out) at ``settled_ms``, some
    seconds before the end of the call. ``ticket`` is the callback asked for; ``merged``: an older one.
    ``fallback``: the exchange itself served the call, or went on with it, while no controller was there.
    """

    call: str
    received_ms: int
    has_received: bool = False
    line: str | None = None
    open: bool | None = None
    withheld: str | None = None
    called: str | None = None
    answered_ms: int | None = None
    guidance_ms: int | None = None
    queued_ms: int | None = None
    first_offer_ms: int | None = None
    connected_ms: int | None = None
    talk_ended_ms: int | None = None
    ended_ms: int | None = None
    outcome: str | None = None
    cause: str | None = None
    seat: int | None = None
    operator: str | None = None
    offers: int = 0
    held_ms: int = 0
    hold_since_ms: int | None = None
    priority: int = 0
    need: str | None = None
    queue_line: str | None = None
    predicted_ms: int | None = None
    told: int = 0
    told_at_ms: int | None = None
    told_predicted_ms: int | None = None
    moved: int = 0
    overflows: str = ""
    settled: str | None = None
    settled_ms: int | None = None
    ticket: str | None = None
    merged: bool = False
    fallback: bool = False

    @property
    def queued(self) -> bool:
        """Whether the caller entered the queue (t3)."""
        return self.queued_ms is not None

    @property
    def connected(self) -> bool:
        """Whether an operator and the caller were in one bridge (t5)."""
        return self.connected_ms is not None

    @property
    def wait_ms(self) -> int | None:
        """Queue entry to connection, or to leaving the queue; None: not queued or still waiting."""
        left_ms = self.ended_ms if self.settled_ms is None else self.settled_ms
        return _span(self.queued_ms, self.connected_ms if self.connected else left_ms)

    @property
    def talk_ms(self) -> int | None:
        """Connection to the end of the talk, holds included; None: never connected or still talking."""
        return _span(self.connected_ms, self.ended_ms if self.talk_ended_ms is None else self.talk_ended_ms)

    @property
    def overflow_events(self) -> list[Overflow]:
        """Every overflow decision about this call, in order."""
        found = (one.split(":") for one in self.overflows.split())
        return [Overflow(cause, toward, stage, int(at_ms)) for cause, toward, stage, at_ms in found]

    def as_row(self) -> dict[str, Any]:
        """The call's row of the table ``calls``: its columns are these fields, one to one."""
        return asdict(self)


def _span(start_ms: int | None, end_ms: int | None) -> int | None:
    # A clock that was set back must not yield a negative wait.
    return None if start_ms is None or end_ms is None else max(0, end_ms - start_ms)


def _earlier(known: int | None, at_ms: int) -> int:
    return at_ms if known is None else min(known, at_ms)


def _text(value: object, most: int = 64) -> str | None:
    # No longer than its column: a row that one database refuses would be lost.
    return value[:most] if isinstance(value, str) and value else None


def _received(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.has_received:
        return replace(facts, received_ms=min(facts.received_ms, entry.at_ms))
    is_open = entry.data.get("open")
    return replace(
        facts,
        received_ms=entry.at_ms,
        has_received=True,
        open=is_open if isinstance(is_open, bool) else None,
        withheld=_withheld(entry.data.get("withheld")),
        called=_text(entry.data.get("called")),
        line=_text(entry.data.get("line")) or facts.line,
    )


def _withheld(value: object) -> str | None:
    # The reason that the network gave (anonymous, payphone, …); a bare True is kept as "withheld".
    return "withheld" if value is True else _text(value)


def _answered(facts: CallFacts, entry: Entry) -> CallFacts:
    return replace(facts, answered_ms=_earlier(facts.answered_ms, entry.at_ms))


def _guidance(facts: CallFacts, entry: Entry) -> CallFacts:
    if entry.data.get("part") != "started":
        return facts
    return replace(facts, guidance_ms=_earlier(facts.guidance_ms, entry.at_ms))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _MOST else None


# What the tables' 64 bits hold, by far.
_MOST = 2**62


def _word(value: object) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[a-z_]{1,32}", value) else "unknown"


def _queued(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.queued:
        return replace(facts, queued_ms=_earlier(facts.queued_ms, entry.at_ms))
    line = _text(entry.data.get("line")) or facts.line
    return replace(
        facts,
        queued_ms=entry.at_ms,
        line=line,
        queue_line=line if facts.queue_line is None else facts.queue_line,
        need=_text(entry.data.get("need")),
        priority=min(max(_number(entry.data.get("priority")) or 0, -(2**31)), 2**31 - 1),
        predicted_ms=_number(entry.data.get("predicted_ms")),
    )


def _told(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.told:
        return replace(facts, told=facts.told + 1)
    return replace(
        facts,
        told=1,
        told_at_ms=entry.at_ms,
        told_predicted_ms=_number(entry.data.get("predicted_ms")),
    )


def _moved(facts: CallFacts, entry: Entry) -> CallFacts:
    return replace(facts, moved=facts.moved + 1)


def _overflowed(facts: CallFacts, entry: Entry) -> CallFacts:
    data = entry.data
    event = Overflow(
        _word(data.get("cause")), _word(data.get("toward")), _word(data.get("stage")), entry.at_ms
    )
    told = ":".join(map(str, event))
    if told in facts.overflows.split():
        return facts
    facts = replace(facts, overflows=f"{facts.overflows} {told}".lstrip())
    if event.toward == "line":
        facts = replace(facts, queue_line=_text(data.get("target")) or facts.queue_line)
    return facts if event.outcome is None else _settled(facts, entry, event.outcome)


def _settled(facts: CallFacts, entry: Entry, outcome: str) -> CallFacts:
    if facts.settled is not None or facts.connected:
        return facts
    return replace(facts, settled=outcome, settled_ms=entry.at_ms)


def _withdrawn(facts: CallFacts, entry: Entry) -> CallFacts:
    return _settled(facts, entry, "withdrawn")


def _fallback(facts: CallFacts, entry: Entry) -> CallFacts:
    return facts if facts.fallback else replace(facts, fallback=True)


def _callback_asked(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.ticket is not None:
        return facts
    ticket = _text(entry.data.get("ticket"), 80) or f"{facts.call}-cb"
    facts = replace(facts, ticket=ticket, merged=entry.data.get("merged") is True)
    return _settled(facts, entry, "callback")


def _offer_started(facts: CallFacts, entry: Entry) -> CallFacts:
    return replace(facts, first_offer_ms=_earlier(facts.first_offer_ms, entry.at_ms), offers=facts.offers + 1)


def _connected(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.connected:
        return replace(facts, connected_ms=_earlier(facts.connected_ms, entry.at_ms))
    return replace(facts, connected_ms=entry.at_ms, seat=entry.seat, operator=entry.operator)


def _held(facts: CallFacts, entry: Entry) -> CallFacts:
    return facts if facts.hold_since_ms is not None else replace(facts, hold_since_ms=entry.at_ms)


def _resumed(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.hold_since_ms is None:
        return facts
    return replace(
        facts, held_ms=facts.held_ms + max(0, entry.at_ms - facts.hold_since_ms), hold_since_ms=None
    )


def _talk_ended(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.talk_ended_ms is not None:
        return facts
    return replace(_resumed(facts, entry), talk_ended_ms=entry.at_ms)


def _ended(facts: CallFacts, entry: Entry) -> CallFacts:
    if facts.outcome is not None:
        return facts
    return replace(
        _resumed(facts, entry),
        ended_ms=entry.at_ms,
        outcome=_text(entry.data.get("outcome")) or "unknown",
        cause=None if entry.data.get("cause") is None else str(entry.data["cause"]),
    )


_EDGES: Mapping[str, Callable[[CallFacts, Entry], CallFacts]] = MappingProxyType(
    {
        "call.received": _received,
        "call.answered": _answered,
        "call.guidance": _guidance,
        "call.queued": _queued,
        "offer.started": _offer_started,
        "call.connected": _connected,
        "call.held": _held,
        "call.resumed": _resumed,
        "call.talk_ended": _talk_ended,
        "call.ended": _ended,
    }
)

# These tell of a call that is known, and never make one: a callback must not become a call.
_LATER: Mapping[str, Callable[[CallFacts, Entry], CallFacts]] = MappingProxyType(
    {
        "call.wait_told": _told,
        "call.moved": _moved,
        "call.overflowed": _overflowed,
        "call.withdrawn": _withdrawn,
        "call.fallback": _fallback,
        "callback.asked": _callback_asked,
    }
)


def fold(facts: CallFacts | None, entry: Entry) -> CallFacts | None:
    """``facts`` with one more row known. None stays None for a row that tells nothing of a call.

    A row of an unknown kind, or one that only names the call (``seat.state`` while it talks, the rows of its
    callback), starts no call and changes none.
    """
    later = _LATER.get(entry.kind)
    if later is not None:
        return None if facts is None else later(facts, entry)
    edge = _EDGES.get(entry.kind)
    if edge is None or entry.call is None:
        return facts
    if facts is None:
        facts = CallFacts(call=entry.call, received_ms=entry.at_ms)
    elif not facts.has_received and entry.at_ms < facts.received_ms:
        facts = replace(facts, received_ms=entry.at_ms)
    if facts.line is None and entry.line is not None:
        facts = replace(facts, line=entry.line)
    return edge(facts, entry)
