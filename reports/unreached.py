"""放棄呼の一覧: citizens who hung up before the answer and have not reached anybody since, to be rung up.

Known by the keyed hash of their number, like the re-callers (`reports.recalls`). Whoever withheld it cannot
be rung up: those calls are listed one by one, to be looked at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from db import CallFacts, calls_between, journal_rows, ticket_facts
from db.personal import caller_hashes, tails_of
from reports.calls import local_text
from reports.identity import ending

HANDLED = "abandoned.handled"
"""The journal's kind: somebody has dealt with it."""
RESULTS: Mapping[str, str] = {
    "reached": "連絡済み",
    "not_reached": "不在",
    "not_needed": "対応不要",
}
IN_VAIN = frozenset({"abandoned", "timed_out", "left_no_operator", "overflowed", "system_failed"})
"""Endings of a queued call that leave a citizen without an answer."""


@dataclass(frozen=True, slots=True)
class Handled:
    """Who has dealt with it, when (ms UTC), and what came of it (`RESULTS`)."""

    at_ms: int
    by: str
    result: str


@dataclass(frozen=True, slots=True)
class Unreached:
    """One citizen's calls in vain, the newest last.

    `tail`: the number's last digits, "" when it was withheld or purged. `reached_ms`: when the citizen got
    through after all, by another call or a callback.
    """

    calls: tuple[CallFacts, ...]
    tail: str
    reached_ms: int | None = None
    handled: Handled | None = None

    @property
    def last(self) -> CallFacts:
        """The newest call: what is dealt with is dealt with by its id."""
        return self.calls[-1]

    @property
    def is_open(self) -> bool:
        """Whether somebody should still ring up."""
        return self.reached_ms is None and (self.handled is None or self.handled.result == "not_reached")

    def to_json(self) -> dict[str, Any]:
        """One entry of the list."""
        waits = [one.wait_ms for one in self.calls if one.wait_ms is not None]
        return {
            "call": self.last.call,
            "line": self.last.line,
            "tail": self.tail,
            "withheld": self.last.withheld,
            "attempts": len(self.calls),
            "first": local_text(self.calls[0].received_ms),
            "last": local_text(self.last.received_ms),
            "longest_wait_s": round(max(waits) / 1000, 1) if waits else None,
            "reached": None if self.reached_ms is None else local_text(self.reached_ms),
            "open": self.is_open,
            "handled": None
            if self.handled is None
            else {"at": local_text(self.handled.at_ms), "by": self.handled.by, "result": self.handled.result},
        }


def unreached(connection: Connection, from_ms: int, to_ms: int, until_ms: int) -> list[Unreached]:
    """Those whose calls of from_ms <= t0 < to_ms (UTC) were in vain; who got through by `until_ms` says so.

    The newest first.
    """
    callers = caller_hashes(connection, from_ms, until_ms)
    calls = list(calls_between(connection, from_ms, until_ms))
    in_vain: dict[str, list[CallFacts]] = defaultdict(list)
    through: dict[str, int] = {}
    callbacks = _callbacks(connection, calls)
    for facts in calls:
        who = callers.get(facts.call, facts.call)
        reached = facts.connected_ms if facts.connected_ms is not None else callbacks.get(facts.call)
        if reached is not None:
            through[who] = max(reached, through.get(who, 0))
        elif facts.received_ms < to_ms and facts.queued and ending(facts) in IN_VAIN:
            in_vain[who].append(facts)
    tails = tails_of(connection, [own[-1].call for own in in_vain.values()])
    done = dict(_handled(connection, from_ms))
    found = [
        Unreached(
            tuple(own), tails.get(own[-1].call, ""), _after(through.get(who), own[-1]), done.get(own[-1].call)
        )
        for who, own in in_vain.items()
    ]
    return sorted(found, key=lambda one: one.last.received_ms, reverse=True)


def of_call(found: Iterable[Unreached], call: str) -> Unreached | None:
    """The entry that this call belongs to."""
    return next((one for one in found if any(facts.call == call for facts in one.calls)), None)


def with_handled(entry: Unreached, handled: Handled) -> Unreached:
    """The entry as it is from now on."""
    return replace(entry, handled=handled)


def _after(reached_ms: int | None, last: CallFacts) -> int | None:
    return reached_ms if reached_ms is not None and reached_ms >= last.received_ms else None


def _callbacks(connection: Connection, calls: Iterable[CallFacts]) -> dict[str, int]:
    tickets = ticket_facts(connection, [one.ticket for one in calls if one.ticket is not None])
    by_ticket = {name: one.connected_ms for name, one in tickets.items() if one.connected_ms is not None}
    return {one.call: by_ticket[one.ticket] for one in calls if one.ticket in by_ticket}


def _handled(connection: Connection, from_ms: int) -> Iterator[tuple[str, Handled]]:
    for row in journal_rows(connection, from_ms=from_ms, kinds=(HANDLED,)):
        entry = row.entry
        if entry.call is not None:
            by, result = str(entry.data.get("by", "")), str(entry.data.get("result", ""))
            yield entry.call, Handled(entry.at_ms, by, result)
