"""How each call ended, and the sum that proves that every call was counted, once.

received = closed + blocked + guidance_completed + abandoned_in_guidance + system_failed (not queued)
           + in_guidance + queued
queued   = answered + abandoned + overflowed + timed_out + left_no_operator + callback + withdrawn
           + system_failed (queued) + still_waiting

Both left sides count journal facts (t0, t3); the terms count endings. They agree only when each call's
rows are complete and do not contradict each other; a call that is not so is named, and in no term.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from db import CallFacts
from reports.definitions import TERM_NAMES

BEFORE_QUEUE = (
    "closed",
    "blocked",
    "guidance_completed",
    "abandoned_in_guidance",
    "system_failed",
    "in_guidance",
)
IN_QUEUE = (
    "answered",
    "abandoned",
    "overflowed",
    "timed_out",
    "left_no_operator",
    "callback",
    "withdrawn",
    "system_failed",
    "still_waiting",
)
UNEXPLAINED = "unexplained"


def ending(facts: CallFacts) -> str:
    """The term in which the call counts, or "unexplained".

    A call is answered from the moment of its connection, whatever comes after, and a callback from the moment
    of the request, whatever becomes of it. One that the floor has let go (overflow, taken out) has its ending
    while a last text is still spoken. ``still_waiting`` and ``in_guidance`` are calls in progress.
    """
    if not facts.has_received:
        return UNEXPLAINED
    if not facts.queued:
        known = facts.outcome or "in_guidance"
        return known if known in BEFORE_QUEUE and not facts.connected else UNEXPLAINED
    if facts.connected:
        return "answered"
    if facts.ticket is not None:
        return "callback"
    known = facts.outcome or facts.settled or "still_waiting"
    return known if known in IN_QUEUE and known != "answered" else UNEXPLAINED


@dataclass(frozen=True, slots=True)
class Identity:
    """The two sums over one period. ``unexplained`` holds the ids of the calls that no term explains."""

    received: int
    queued: int
    before: dict[str, int]
    within: dict[str, int]
    unexplained: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether both sums come out."""
        return (
            not self.unexplained
            and self.received == sum(self.before.values()) + self.queued
            and self.queued == sum(self.within.values())
        )

    @property
    def terms(self) -> dict[str, int]:
        """Every term once; their sum is ``received``. ``system_failed`` is that before and in the queue."""
        merged = Counter(self.before)
        merged.update(self.within)
        return dict(merged)

    @property
    def sentences(self) -> tuple[str, str, str]:
        """The two sums with their figures, and the verdict, in Japanese."""
        before = " ＋ ".join(f"{TERM_NAMES[name]} {count:,}" for name, count in self.before.items())
        within = " ＋ ".join(f"{TERM_NAMES[name]} {count:,}" for name, count in self.within.items())
        verdict = "上の二つの式は成り立っています。すべての着信が一度だけ数えられています。"
        if not self.holds:
            shown = "、".join(self.unexplained[:5]) + (" ほか" if len(self.unexplained) > 5 else "")
            count = len(self.unexplained)
            verdict = f"上の式は成り立っていません。記録の不完全な着信が {count:,} 件あります（{shown}）。"
        return (
            f"入電 {self.received:,} ＝ {before} ＋ 待ち行列に入った着信 {self.queued:,}",
            f"待ち行列に入った着信 {self.queued:,} ＝ {within}",
            verdict,
        )

    def to_json(self) -> dict[str, Any]:
        """``terms`` sum up to ``received``; ``before_queue`` and ``in_queue`` are the two sums apart."""
        return {
            "holds": self.holds,
            "terms": self.terms,
            "before_queue": self.before,
            "in_queue": self.within,
            "unexplained": list(self.unexplained),
            "sentence": " ／ ".join(self.sentences),
        }


def identity_of(calls: list[tuple[CallFacts, str]]) -> Identity:
    """The identity over calls, each with its :func:`ending`."""
    before = dict.fromkeys(BEFORE_QUEUE, 0)
    within = dict.fromkeys(IN_QUEUE, 0)
    unexplained = []
    queued = 0
    for facts, term in calls:
        is_queued = facts.queued_ms is not None
        queued += is_queued
        if term == UNEXPLAINED:
            unexplained.append(facts.call)
        elif is_queued:
            within[term] += 1
        else:
            before[term] += 1
    return Identity(
        received=len(calls),
        queued=queued,
        before=before,
        within=within,
        unexplained=tuple(sorted(unexplained)),
    )
