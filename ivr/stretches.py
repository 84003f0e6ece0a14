"""One date from midnight to midnight: its rule's stretches, and overrides painted over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from config.clock import JST
from config.periods import MIDNIGHT, Periods
from ivr.calendar_rules import DayRule, Kind
from ivr.override import Override, OverrideKind


class State(StrEnum):
    """What the line is at a moment; the words are the contract's."""

    OPEN = "open"
    CLOSED = "closed"
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of one date in which nothing changes: from `begins`, included, to `ends`, excluded."""

    begins: datetime
    ends: datetime
    state: State
    kind: Kind
    reason: str
    override: Override | None = None

    def within(self, begins: datetime, ends: datetime) -> Stretch | None:
        """What of it lies between the two; None for nothing."""
        first, last = max(self.begins, begins), min(self.ends, ends)
        return replace(self, begins=first, ends=last) if first < last else None


@dataclass(frozen=True, slots=True)
class Span:
    """An override with its ends in Japan, no longer than it has effect. `ends` None: for ever."""

    override: Override
    begins: datetime
    ends: datetime | None

    def within(self, begins: datetime, ends: datetime) -> tuple[datetime, datetime] | None:
        """What of it lies between the two; None for nothing."""
        first, last = max(self.begins, begins), ends if self.ends is None else min(self.ends, ends)
        return (first, last) if first < last else None


def midnight(day: date) -> datetime:
    """The moment at which the date begins."""
    return datetime.combine(day, MIDNIGHT, JST)


def stretches(begins: datetime, ends: datetime, rule: DayRule, spans: Iterable[Span]) -> list[Stretch]:
    """The date between its two midnights, without gaps. Each span is painted over those before it."""
    by_rule = painted = _by_rule(begins, ends, rule)
    for span in spans:
        found = span.within(begins, ends)
        if found is None:
            continue
        override = span.override
        if override.kind is OverrideKind.HOURS:
            new = _by_hours(begins, ends, override)
        else:
            state = State.OPEN if override.kind is OverrideKind.OPEN else State.CLOSED
            new = [Stretch(begins, ends, state, Kind.BY_HAND, override.words, override)]
        if not rule.in_contract:  # nothing is there that could be closed
            ruled = by_rule[0]
            new = [
                one if one.state is State.OPEN else replace(ruled, begins=one.begins, ends=one.ends)
                for one in new
            ]
        painted = _painted(painted, new, *found)
    return painted


def merged(intervals: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """What follows one another without a break as one."""
    found: list[tuple[datetime, datetime]] = []
    for begins, ends in intervals:
        if found and found[-1][1] == begins:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((begins, ends))
    return found


def _by_rule(begins: datetime, ends: datetime, rule: DayRule) -> list[Stretch]:
    if rule.kind is not Kind.OPEN:
        states = {Kind.BEFORE_CONTRACT: State.BEFORE, Kind.AFTER_CONTRACT: State.AFTER}
        return [Stretch(begins, ends, states.get(rule.kind, State.CLOSED), rule.kind, rule.why)]
    found = []
    for first, last, kind in _parts(begins, ends, rule.periods):
        if kind is None:
            found.append(Stretch(first, last, State.OPEN, Kind.OPEN, f"受付中: {rule.why}"))
            continue
        when = "中休み" if kind is Kind.PAUSE else "受付開始前" if first == begins else "受付終了後"
        found.append(Stretch(first, last, State.CLOSED, kind, f"時間外: {when}（{rule.why}）"))
    return found


def _by_hours(begins: datetime, ends: datetime, override: Override) -> list[Stretch]:
    found = []
    for first, last, kind in _parts(begins, ends, override.periods):
        state = State.OPEN if kind is None else State.CLOSED
        found.append(Stretch(first, last, state, kind or Kind.BY_HAND, override.words, override))
    return found


def _parts(
    begins: datetime, ends: datetime, periods: Periods
) -> Iterator[tuple[datetime, datetime, Kind | None]]:
    """The open parts of a date (kind None), and those before, between and after."""
    at = begins
    for number, (opens, closes) in enumerate(periods):
        first = datetime.combine(begins.date(), opens, JST)
        last = ends if closes == MIDNIGHT else datetime.combine(begins.date(), closes, JST)
        if at < first:
            yield at, first, Kind.PAUSE if number else Kind.NIGHT
        yield first, last, None
        at = last
    if at < ends:
        yield at, ends, Kind.NIGHT


def _painted(under: list[Stretch], over: list[Stretch], begins: datetime, ends: datetime) -> list[Stretch]:
    """`over` between the two moments, `under` elsewhere."""
    first, last = under[0].begins, under[-1].ends
    parts = [
        *(one.within(first, begins) for one in under),
        *(one.within(begins, ends) for one in over),
        *(one.within(ends, last) for one in under),
    ]
    return [part for part in parts if part is not None]
