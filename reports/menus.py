"""音声メニュー: which keys callers pressed, where it led them, and who gave up inside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from db import CallFacts, Entry
from ivr.menu import ENTERED, GAVE_UP, NO_CALLBACK, NO_KEY, WRONG_KEY

KINDS = ("call.menu",)
LONGEST_MS = 3_600_000
"""Nobody is in the menus for longer (`ivr.menu.MOST_KEYS`); bounds the search for steps over midnight."""
LEADS_OUT = ("queue", "line", "need", "operator", "callback", "hang_up")
ABANDONED, IN_PROGRESS = "abandoned", "in_progress"
"""Ends of a way that no row tells: the caller hung up inside, or is still there."""
FAILED = "system_failed"
_LONGEST_WORD = 120


class Step(NamedTuple):
    """One row: where a key of a menu led, or (with no key) what came instead of one."""

    menu: str
    key: str
    target: str


class MenuSteps:
    """Folds rows; those of other kinds change nothing."""

    def __init__(self) -> None:
        self._ways: dict[str, list[Step]] = {}

    def add(self, entry: Entry) -> None:
        """Take one row."""
        if entry.kind in KINDS and entry.call is not None:
            said = (str(entry.data.get(name, ""))[:_LONGEST_WORD] for name in ("menu", "key", "target"))
            self._ways.setdefault(entry.call, []).append(Step(*said))

    def of(self, call: str) -> Sequence[Step]:
        """The way of a call, in its order; empty for one that was in no menu."""
        return self._ways.get(call, ())

    def keep(self, calls: Mapping[str, object]) -> None:
        """Drop the ways of all other calls."""
        self._ways = {call: steps for call, steps in self._ways.items() if call in calls}


@dataclass(slots=True)
class MenuTally:
    """One menu. ``entered``, ``abandoned`` count calls; the others count how often.

    ``keys``: presses by key and what the key did. ``wrong_keys``: by key.
    """

    entered: int = 0
    keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    no_key: int = 0
    wrong_keys: Counter[str] = field(default_factory=Counter)
    gave_up: int = 0
    abandoned: int = 0

    @property
    def wrong_key(self) -> int:
        """How often a key was pressed that does nothing here."""
        return self.wrong_keys.total()

    def to_json(self, menu: str) -> dict[str, Any]:
        """The menu's row."""
        return {
            "menu": menu,
            "entered": self.entered,
            "keys": [
                {"key": key, "target": target, "count": count}
                for (key, target), count in sorted(self.keys.items())
            ],
            "no_key": self.no_key,
            "wrong_key": self.wrong_key,
            "wrong_keys": dict(sorted(self.wrong_keys.items())),
            "gave_up": self.gave_up,
            "abandoned": self.abandoned,
        }


@dataclass(frozen=True, slots=True)
class Menus:
    """The menus of a period. ``calls`` were in one; each is counted in one of ``ends``."""

    calls: int
    ends: dict[str, int]
    by_menu: dict[str, MenuTally]

    def to_json(self) -> dict[str, Any]:
        """As in the API and the reports."""
        return {
            "calls": self.calls,
            "ends": self.ends,
            "by_menu": [tally.to_json(menu) for menu, tally in self.by_menu.items()],
        }


def menus_of(calls: Iterable[CallFacts], steps: MenuSteps) -> Menus:
    """The ways of these calls through the menus."""
    ends: Counter[str] = Counter()
    by_menu: dict[str, MenuTally] = {}
    for facts in calls:
        way = steps.of(facts.call)
        if not way:
            continue
        for step in way:
            _count(by_menu.setdefault(step.menu, MenuTally()), step)
        for menu in {step.menu for step in way}:
            by_menu[menu].entered += 1
        end = _end(facts, way[-1])
        ends[end] += 1
        if end == ABANDONED:
            by_menu[way[-1].menu].abandoned += 1
    return Menus(ends.total(), dict(sorted(ends.items())), dict(sorted(by_menu.items())))


def _count(tally: MenuTally, step: Step) -> None:
    if step.target == NO_KEY:
        tally.no_key += 1
    elif step.target == WRONG_KEY:
        tally.wrong_keys[step.key] += 1
    elif step.target == GAVE_UP:
        tally.gave_up += 1
    elif step.key:
        tally.keys[step.key, step.target] += 1


def _end(facts: CallFacts, last: Step) -> str:
    """Where the way ended: the last of a key's steps in the settings' words, or one of the words above."""
    if last.target in (GAVE_UP, NO_CALLBACK):
        return last.target
    step = last.target.split(", ")[-1]
    if last.target not in (ENTERED, NO_KEY, WRONG_KEY) and step.partition(":")[0] in LEADS_OUT:
        return step
    if facts.outcome is None:
        return IN_PROGRESS
    return FAILED if facts.outcome == "system_failed" else ABANDONED
