"""障害時: calls that the exchange served by itself, and talks that ended because it fell.

They are in every other figure like any other call; this tells which part of the figures they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from db import CallFacts
from reports.identity import BEFORE_QUEUE, IN_QUEUE, UNEXPLAINED

FELL = "asterisk_fell"
"""The cause of calls that ended with the exchange itself."""


@dataclass(frozen=True, slots=True)
class Outages:
    """``terms``: how the fallback's calls ended. ``cut_off``: answered calls whose talk the fall ended."""

    terms: dict[str, int]
    cut_off: int

    @property
    def received(self) -> int:
        """Calls of the fallback."""
        return sum(self.terms.values())

    def to_json(self) -> dict[str, Any]:
        """``fallback`` has ``received`` and every term, zeros too."""
        known = dict.fromkeys((*BEFORE_QUEUE, *IN_QUEUE), 0)
        return {"fallback": {"received": self.received, **known, **self.terms}, "cut_off": self.cut_off}


def outages_of(counted: Iterable[tuple[CallFacts, str]]) -> Outages:
    """Over calls, each with its :func:`reports.identity.ending`."""
    terms: Counter[str] = Counter()
    cut_off = 0
    for facts, term in counted:
        if facts.fallback and term != UNEXPLAINED:
            terms[term] += 1
        cut_off += term == "answered" and facts.cause == FELL
    return Outages(dict(terms), cut_off)
