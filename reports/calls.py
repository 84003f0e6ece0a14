"""The list of calls, and the story of one: its journal rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from config.clock import JST, from_ms
from db import CallFacts, Database, JournalRow, call_facts, calls_between, journal_of_call, ticket_facts
from reports.definitions import TERM_NAMES
from reports.identity import UNEXPLAINED, ending
from reports.why import Decision, why_of


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call as listed. Personal data (the number) are not part of it."""

    facts: CallFacts

    @property
    def outcome(self) -> str:
        """How it ended (終了区分), or "still_waiting", "in_guidance", "unexplained"."""
        return ending(self.facts)

    @property
    def outcome_name(self) -> str:
        """The outcome in Japanese."""
        return "記録不完全" if self.outcome == UNEXPLAINED else TERM_NAMES[self.outcome]

    def to_json(self) -> dict[str, Any]:
        """The call for the API and ``--format json``; times in ms UTC, and t0 in Japan's time to read."""
        facts = self.facts
        return {
            "call": facts.call,
            "line": facts.line,
            "received": local_text(facts.received_ms),
            "outcome": self.outcome,
            "outcome_ja": self.outcome_name,
            "open": facts.open,
            "withheld": facts.withheld,
            "called": facts.called,
            "queued": facts.queued,
            "seat": facts.seat,
            "operator": facts.operator,
            "offers": facts.offers,
            "wait_s": _seconds(facts.wait_ms),
            "talk_s": _seconds(facts.talk_ms),
            "hold_s": _seconds(facts.held_ms),
            "received_ms": facts.received_ms,
            "answered_ms": facts.answered_ms,
            "queued_ms": facts.queued_ms,
            "first_offer_ms": facts.first_offer_ms,
            "connected_ms": facts.connected_ms,
            "talk_ended_ms": facts.talk_ended_ms,
            "ended_ms": facts.ended_ms,
            "cause": facts.cause,
            "priority": facts.priority,
            "need": facts.need,
            "queue_line": facts.queue_line,
            "predicted_s": _seconds(facts.predicted_ms),
            "told": facts.told,
            "moved": facts.moved,
            "overflows": [
                {"cause": one.cause, "toward": one.toward, "stage": one.stage, "at_ms": one.at_ms}
                for one in facts.overflow_events
            ],
            "ticket": facts.ticket,
            "merged": facts.merged,
            "fallback": facts.fallback,
        }


@dataclass(frozen=True, slots=True)
class CallStory:
    """A call, the decisions about it, and every journal row that names it."""

    line: CallLine
    journal: tuple[JournalRow, ...]
    why: tuple[Decision, ...]

    def to_json(self) -> dict[str, Any]:
        """The call's object, with ``why`` and ``journal``."""
        return {
            **self.line.to_json(),
            "why": [decision.to_json() for decision in self.why],
            "journal": [row.to_json() for row in self.journal],
        }


def list_calls(database: Database, from_ms: int, to_ms: int, *, outcome: str | None = None) -> list[CallLine]:
    """Calls received in from_ms <= t0 < to_ms, by time. Raises ValueError for an unknown outcome."""
    if outcome is not None and outcome not in TERM_NAMES:
        raise ValueError(f"{outcome!r} is not an outcome; choose from {', '.join(sorted(TERM_NAMES))}")
    with database.read() as connection:
        lines = [CallLine(facts) for facts in calls_between(connection, from_ms, to_ms)]
    return [line for line in lines if outcome is None or line.outcome == outcome]


def call_story(database: Database, call: str) -> CallStory | None:
    """The call, its decisions and its journal rows; None when there is no such call.

    A callback's id (a seat shows it as its call meanwhile) is answered with the call that asked for it.
    """
    with database.read() as connection:
        facts = call_facts(connection, [call]).get(call)
        if facts is None:
            ticket = ticket_facts(connection, [call]).get(call)
            if ticket is None:
                return None
            call = ticket.call
            facts = call_facts(connection, [call]).get(call)
            if facts is None:
                return None
        rows = journal_of_call(connection, call)
        return CallStory(CallLine(facts), tuple(rows), why_of(connection, call, rows))


def local_text(at_ms: int) -> str:
    """A moment in Japan's time, "2026-11-22T08:30:00.123+09:00"."""
    return from_ms(at_ms).astimezone(JST).isoformat(timespec="milliseconds")


def _seconds(ms: int | None) -> float | None:
    return None if ms is None else round(ms / 1000, 3)
