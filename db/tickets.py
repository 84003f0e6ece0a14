"""折り返し: what is known of a callback, folded from the ``callback.*`` rows, and those still to be done.

A callback is counted apart from the call in which it was asked for. Its rows carry that call's id, and the
ticket's in ``data``. Like the fold of calls, this one takes rows as they come and never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from db.entry import Entry, clean
from db.personal import callback_numbers
from db.tables import calls, tickets

PREFIX = "callback."


@dataclass(frozen=True, slots=True)
class TicketFacts:
    """One callback. Times are ms UTC, None: not (yet).

    ``call`` is the call in which it was asked for. ``requests`` counts askings, those merged into it
    included; ``offers`` attempts to ring a seat, ``attempts`` those to ring the citizen. ``due_ms``: not to
    be tried before. ``state``: waiting, retry, calling; at its end reached, unreached, expired, cancelled.
    """

    ticket: str
    call: str
    asked_ms: int
    requests: int = 1
    offers: int = 0
    attempts: int = 0
    due_ms: int | None = None
    state: str = "waiting"
    seat: int | None = None
    operator: str | None = None
    connected_ms: int | None = None
    talk_ended_ms: int | None = None
    closed_ms: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether the citizen is still to be called."""
        return self.closed_ms is None and self.connected_ms is None

    @property
    def reach_ms(self) -> int | None:
        """From the request to the talk; None: not reached (yet)."""
        return None if self.connected_ms is None else max(0, self.connected_ms - self.asked_ms)

    @property
    def talk_ms(self) -> int | None:
        """How long they talked; None: never, or still talking."""
        ended_ms = self.closed_ms if self.talk_ended_ms is None else self.talk_ended_ms
        if self.connected_ms is None or ended_ms is None:
            return None
        return max(0, ended_ms - self.connected_ms)

    def as_row(self) -> dict[str, Any]:
        """The row of the table ``tickets``: its columns are these fields, one to one."""
        return asdict(self)


def ticket_of(entry: Entry) -> str | None:
    """Which ticket a row is about; None: it is not about a callback."""
    if not entry.kind.startswith(PREFIX):
        return None
    ticket = entry.data.get("ticket")
    if isinstance(ticket, str) and ticket:
        return clean(ticket[:80])
    return None if entry.call is None else f"{entry.call}-cb"


def fold_ticket(facts: TicketFacts | None, entry: Entry) -> TicketFacts | None:
    """``facts`` with one more row known. Only ``callback.asked``, not merged, begins a ticket."""
    ticket = ticket_of(entry)
    if ticket is None:
        return facts
    if facts is not None:
        edge = _EDGES.get(entry.kind)
        return facts if edge is None else edge(facts, entry)
    if entry.kind != "callback.asked" or entry.call is None or entry.data.get("merged") is True:
        return None
    return TicketFacts(ticket, entry.call, entry.at_ms)


def _asked(facts: TicketFacts, entry: Entry) -> TicketFacts:
    return replace(facts, requests=facts.requests + 1) if entry.data.get("merged") is True else facts


def _offered(facts: TicketFacts, entry: Entry) -> TicketFacts:
    return replace(facts, offers=facts.offers + 1)


def _offer_ended(facts: TicketFacts, entry: Entry) -> TicketFacts:
    # The operator hung up while the citizen's phone rang: the ticket has its old place again.
    return replace(facts, state="waiting") if facts.is_open and facts.state == "calling" else facts


def _calling(facts: TicketFacts, entry: Entry) -> TicketFacts:
    if not facts.is_open:
        return facts
    return replace(facts, state="calling", attempts=_attempts(facts, entry, facts.attempts + 1))


def _failed(facts: TicketFacts, entry: Entry) -> TicketFacts:
    if not facts.is_open:
        return facts
    due_ms = entry.data.get("due_ms")
    return replace(
        facts,
        state="retry",
        attempts=_attempts(facts, entry, facts.attempts),
        due_ms=due_ms if isinstance(due_ms, int) and abs(due_ms) < 2**62 else None,
    )


def _attempts(facts: TicketFacts, entry: Entry, otherwise: int) -> int:
    told = entry.data.get("attempt", entry.data.get("attempts"))
    known = isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 2**31
    return max(facts.attempts, told) if known else otherwise


def _connected(facts: TicketFacts, entry: Entry) -> TicketFacts:
    if facts.connected_ms is not None:
        return facts
    return replace(facts, connected_ms=entry.at_ms, state="reached", seat=entry.seat, operator=entry.operator)


def _talk_ended(facts: TicketFacts, entry: Entry) -> TicketFacts:
    return facts if facts.talk_ended_ms is not None else replace(facts, talk_ended_ms=entry.at_ms)


def _closed(facts: TicketFacts, entry: Entry) -> TicketFacts:
    if facts.closed_ms is not None:
        return facts
    state = entry.data.get("state")
    if facts.connected_ms is not None:
        state = "reached"
    return replace(
        facts,
        closed_ms=entry.at_ms,
        state=state if isinstance(state, str) and 0 < len(state) <= 64 else "unknown",
        attempts=_attempts(facts, entry, facts.attempts),
    )


_EDGES: Mapping[str, Callable[[TicketFacts, Entry], TicketFacts]] = MappingProxyType(
    {
        "callback.asked": _asked,
        "callback.offered": _offered,
        "callback.offer_ended": _offer_ended,
        "callback.calling": _calling,
        "callback.failed": _failed,
        "callback.connected": _connected,
        "callback.talk_ended": _talk_ended,
        "callback.closed": _closed,
    }
)

_COLUMNS = [tickets.c[one.name] for one in fields(TicketFacts)]


def ticket_facts(connection: Connection, wanted: Iterable[str]) -> dict[str, TicketFacts]:
    """The tickets of these ids, as far as they are known."""
    query = select(*_COLUMNS).where(tickets.c.ticket.in_(list(wanted)))
    return {facts.ticket: facts for facts in _facts(connection, query)}


def tickets_between(connection: Connection, from_ms: int, to_ms: int) -> list[TicketFacts]:
    """Those asked for in calls received in from_ms <= t0 < to_ms (UTC), by the time of asking."""
    query = select(*_COLUMNS).join(calls, calls.c.call == tickets.c.call)
    query = query.where(calls.c.received_ms >= from_ms, calls.c.received_ms < to_ms)
    return list(_facts(connection, query.order_by(tickets.c.asked_ms, tickets.c.ticket)))


def _facts(connection: Connection, query: Select[Any]) -> Iterator[TicketFacts]:
    for found in connection.execute(query):
        yield TicketFacts(*found)


@dataclass(frozen=True, slots=True)
class OpenTicket:
    """A callback that is not closed, with all that a new controller needs to take it up.

    ``number`` is the one to call (E.164), None when it has been purged. ``queued_ms`` is when the citizen
    entered the queue: the ticket has that place. Times are ms UTC.
    """

    facts: TicketFacts
    number: str | None
    queued_ms: int
    line: str
    need: str
    priority: int


def open_tickets(connection: Connection) -> list[OpenTicket]:
    """The callbacks that are neither closed nor connected, the oldest first."""
    return _with_calls(connection, tickets.c.connected_ms.is_(None))


def talking_tickets(connection: Connection) -> list[OpenTicket]:
    """The callbacks that are connected and not closed: of a controller that fell, or of this one."""
    return _with_calls(connection, tickets.c.connected_ms.is_not(None))


def _with_calls(connection: Connection, among: ColumnElement[bool]) -> list[OpenTicket]:
    query = (
        select(
            *_COLUMNS,
            calls.c.queued_ms,
            calls.c.queue_line,
            calls.c.need,
            calls.c.priority,
        )
        .join(calls, calls.c.call == tickets.c.call, isouter=True)
        .where(tickets.c.closed_ms.is_(None), among)
        .order_by(tickets.c.asked_ms, tickets.c.ticket)
    )
    found = []
    rows = connection.execute(query).all()
    numbers = callback_numbers(connection, [facts[1] for facts in rows])
    for row in rows:
        *known, queued_ms, line, need, priority = row
        facts = TicketFacts(*known)
        found.append(
            OpenTicket(
                facts,
                numbers.get(facts.call),
                facts.asked_ms if queued_ms is None else queued_ms,
                line or "main",
                need or "",
                priority or 0,
            )
        )
    return found
