"""かけ直し: citizens who called again, known by a keyed hash of their number and by nothing else.

The hash stands with the personal data, outside of the journal, so a purge takes it away. Calls whose hash is
not there are counted apart (``withheld``, ``erased``) and are in no chain: after a purge the figures of that
time are smaller and say so; a month that was closed keeps those that it had.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db import CallFacts, TicketFacts
from reports.identity import ending
from reports.spread import average_s, median_s
from reports.tally import digits, rate

LONGEST = 5
"""Chains of so many attempts and more are counted together."""


@dataclass(frozen=True, slots=True)
class Recalls:
    """Citizens and their attempts in a period.

    A chain is a citizen's attempts of which each follows within ``within_ms`` of the one before. It belongs
    to the period in which it began. ``failed_first`` chains began with an attempt that reached nobody;
    ``reached_later`` of these reached an operator (a call or a callback) within ``within_ms``, and
    ``never_reached`` did not. ``chains``: how many there are of 1, 2, 3 attempts; the last one: and more.
    """

    within_ms: int
    known: int
    withheld: int
    erased: int
    citizens: int
    chains: tuple[int, ...]
    failed_first: int
    reached_later: int
    average_until_reached_s: float | None
    median_until_reached_s: float | None

    @property
    def never_reached(self) -> int:
        """Citizens who began in vain and were not served in time."""
        return self.failed_first - self.reached_later

    @property
    def recalled(self) -> int:
        """Chains of more than one attempt."""
        return sum(self.chains[1:])

    def to_json(self) -> dict[str, Any]:
        """The object ``recalls``."""
        return {
            "within_h": self.within_ms / 3_600_000,
            "calls_known": self.known,
            "calls_withheld": self.withheld,
            "calls_erased": self.erased,
            "citizens": self.citizens,
            "chains": {f"{n}+" if n == LONGEST else str(n): count for n, count in enumerate(self.chains, 1)},
            "recalled": self.recalled,
            "failed_first": self.failed_first,
            "reached_later": self.reached_later,
            "never_reached": self.never_reached,
            "reached_later_rate": digits(rate(self.reached_later, self.failed_first)),
            "average_until_reached_s": self.average_until_reached_s,
            "median_until_reached_s": self.median_until_reached_s,
        }


def recalls_of(
    calls: Iterable[CallFacts],
    tickets: Iterable[TicketFacts],
    callers: Mapping[str, str],
    from_ms: int,
    to_ms: int,
    within_ms: int,
) -> Recalls:
    """Over the calls received in from_ms <= t0 < to_ms (UTC).

    Args:
        calls: At least those from ``within_ms`` before the period to ``within_ms`` after it.
        tickets: Their callbacks.
        callers: Who called, by call: equal for equal numbers; none for what is not known.
        from_ms: Where the period begins.
        to_ms: Where it ends.
        within_ms: How soon an attempt must follow to be of the same chain.
    """
    reached_ms = {
        one.call: one.connected_ms
        for one in sorted(tickets, key=lambda t: -(t.connected_ms or 0))
        if one.connected_ms is not None
    }
    attempts: dict[str, list[CallFacts]] = defaultdict(list)
    known = withheld = erased = 0
    citizens = set()
    for facts in sorted(calls, key=lambda one: one.received_ms):
        caller = callers.get(facts.call)
        if caller is not None:
            attempts[caller].append(facts)
        if from_ms <= facts.received_ms < to_ms:
            if caller is not None:
                known += 1
                citizens.add(caller)
            elif facts.withheld is not None:
                withheld += 1
            else:
                erased += 1
    lengths: Counter[int] = Counter()
    failed = 0
    until: list[int] = []
    for own in attempts.values():
        for chain in [own] if len(own) == 1 else _chains(own, within_ms):
            first = chain[0]
            if not from_ms <= first.received_ms < to_ms:
                continue
            lengths[min(len(chain), LONGEST)] += 1
            if ending(first) == "answered":
                continue
            failed += 1
            moments = [at for one in chain if (at := _reached(one, reached_ms)) is not None]
            soonest = min(moments, default=None)
            if soonest is not None and soonest - first.received_ms <= within_ms:
                until.append(soonest - first.received_ms)
    return Recalls(
        within_ms=within_ms,
        known=known,
        withheld=withheld,
        erased=erased,
        citizens=len(citizens),
        chains=tuple(lengths[n] for n in range(1, LONGEST + 1)),
        failed_first=failed,
        reached_later=len(until),
        average_until_reached_s=average_s(until),
        median_until_reached_s=median_s(until),
    )


def _chains(own: Sequence[CallFacts], within_ms: int) -> list[list[CallFacts]]:
    chains: list[list[CallFacts]] = []
    for facts in own:
        if chains and facts.received_ms - chains[-1][-1].received_ms <= within_ms:
            chains[-1].append(facts)
        else:
            chains.append([facts])
    return chains


def _reached(facts: CallFacts, callbacks: Mapping[str, int]) -> int | None:
    return facts.connected_ms if facts.connected_ms is not None else callbacks.get(facts.call)
