"""What the callers know of their own calls, and whether the report says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_TOLD = 50


@dataclass
class Book:
    """``ended``: calls whose outcome their callers know. ``either``: calls that ended in one of several ways,
    for who hangs up at the moment of the answer does not know which. ``failed``: not placed, not served, or
    ended as none of their kind may; ``wrong`` says why.
    """

    ended: Counter[str] = field(default_factory=Counter)
    either: Counter[frozenset[str]] = field(default_factory=Counter)
    failed: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """All that were placed and are over."""
        return self.ended.total() + self.either.total() + self.failed

    def add(self, outcomes: frozenset[str]) -> None:
        """One call has ended in one of these ways."""
        if len(outcomes) == 1:
            self.ended[next(iter(outcomes))] += 1
        else:
            self.either[outcomes] += 1

    def lost(self, why: str, calls: int = 1) -> None:
        """So many calls were not placed, or not served."""
        self.failed += calls
        if len(self.wrong) < MOST_TOLD:
            self.wrong.append(why)

    def differences(self, terms: Mapping[str, int], by_exchange: int = 0) -> list[str]:
        """What the report's terms say that the callers' own counts cannot; a sentence each.

        ``by_exchange``: calls that its own queue took while the controller stood still: they end as they may.
        """
        said = [f"{self.failed} calls failed"] if self.failed else []
        said += self.wrong
        left = {name: terms.get(name, 0) - self.ended[name] for name in {*terms, *self.ended}}
        fewer = {name: -count for name, count in sorted(left.items()) if count < 0}
        over = {name: count for name, count in sorted(left.items()) if count > 0}
        possible = frozenset[str]().union(*self.either)
        many = {name: count for name, count in over.items() if name not in possible}
        strayed = sum(fewer.values())
        if sum(over.values()) - self.either.total() != strayed:
            said.append(f"{sum(over.values())} calls besides, {self.either.total()} may be: {over}")
        if max(strayed, sum(many.values())) > by_exchange:
            said += [f"{name}: {count} calls fewer than were placed" for name, count in fewer.items()]
            said += [f"{name}: {count} calls too many" for name, count in many.items()]
        return said
