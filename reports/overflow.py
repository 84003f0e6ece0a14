"""あふれ: how often, why and whereto callers were not simply left waiting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from db import CallFacts
from reports.definitions import CAUSE_NAMES, TOWARD_NAMES

STAGES = ("entry", "waiting")


@dataclass(frozen=True, slots=True)
class Overflows:
    """Overflow decisions by (cause, destination), and by stage; ``calls`` counts calls that had any."""

    counts: dict[tuple[str, str], int]
    stages: dict[str, int]
    calls: int

    def of(self, cause: str, toward: str) -> int:
        """How many decisions there were for this cause, with this destination."""
        return self.counts.get((cause, toward), 0)

    def to_json(self) -> dict[str, Any]:
        """``overflow`` has every cause and destination, zeros too; unknown words have their own keys."""
        unknown_causes = sorted({cause for cause, _ in self.counts} - CAUSE_NAMES.keys())
        unknown_towards = sorted({toward for _, toward in self.counts} - TOWARD_NAMES.keys())
        return {
            "overflow": {
                cause: {toward: self.of(cause, toward) for toward in (*TOWARD_NAMES, *unknown_towards)}
                for cause in (*CAUSE_NAMES, *unknown_causes)
            },
            "overflow_stage": self.stages,
            "overflow_calls": self.calls,
        }


def overflows_of(calls: Iterable[CallFacts]) -> Overflows:
    """The decisions about these calls. One call can have several: told at entry, hung up on later."""
    counts: Counter[tuple[str, str]] = Counter()
    stages = dict.fromkeys(STAGES, 0)
    concerned = 0
    for facts in calls:
        if not facts.overflows:
            continue
        concerned += 1
        for event in facts.overflow_events:
            counts[event.cause, event.toward] += 1
            stages[event.stage] = stages.get(event.stage, 0) + 1
    return Overflows(dict(counts), stages, concerned)
