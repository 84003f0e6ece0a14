"""折り返し: what became of the callbacks asked for. Counted apart: none of them is an answered call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from db import CallFacts, TicketFacts
from reports.spread import average_s, median_s

ENDS = ("reached", "unreached", "expired", "cancelled")


@dataclass(frozen=True, slots=True)
class Callbacks:
    """Callbacks asked for in the calls of a period, however late they are made.

    requested = merged + reached + unreached + expired + cancelled + open + unexplained; ``unexplained``
    (rows lost) is 0 in a sound journal. ``attempts`` counts how often a citizen's phone was rung.
    """

    requested: int
    merged: int
    states: Mapping[str, int]
    unexplained: int
    attempts: int
    average_reach_s: float | None
    median_reach_s: float | None
    average_talk_s: float | None

    def to_json(self) -> dict[str, Any]:
        """The object ``callbacks``."""
        return {
            "requested": self.requested,
            "merged": self.merged,
            **self.states,
            "unexplained": self.unexplained,
            "attempts": self.attempts,
            "average_reach_s": self.average_reach_s,
            "median_reach_s": self.median_reach_s,
            "average_talk_s": self.average_talk_s,
        }


def callbacks_of(calls: Iterable[CallFacts], tickets: Iterable[TicketFacts]) -> Callbacks:
    """The callbacks asked for in these calls; tickets of other calls are left out."""
    asked = {facts.call: facts for facts in calls if facts.ticket is not None}
    merged = sum(facts.merged for facts in asked.values())
    own = [one for one in tickets if one.call in asked and not asked[one.call].merged]
    states = Counter(_state(one) for one in own)
    known = {name: states[name] for name in (*ENDS, "open")}
    reach = [one.reach_ms for one in own if one.reach_ms is not None]
    return Callbacks(
        requested=len(asked),
        merged=merged,
        states=known,
        unexplained=len(asked) - merged - sum(known.values()),
        attempts=sum(one.attempts for one in own),
        average_reach_s=average_s(reach),
        median_reach_s=median_s(reach),
        average_talk_s=average_s([one.talk_ms for one in own if one.talk_ms is not None]),
    )


def _state(facts: TicketFacts) -> str:
    return "open" if facts.is_open else facts.state
