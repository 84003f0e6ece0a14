"""A million calls through the floor and the reducer: at every minute each is in one term, and in one only."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from db import CallFacts, fold
from reports.identity import BEFORE_QUEUE, IN_QUEUE, Identity, ending, identity_of
from tests.unit.reports.busy_days import BusyDay
from tests.unit.reports.days import at

DAY_MS = 86_400_000
FIRST = at("2026-04-01T08:30:00")
IN_PROGRESS = ("in_guidance", "still_waiting")


class Sums:
    """Identities added up: that of the calls that are over, and at each look that of those in progress."""

    def __init__(self) -> None:
        self.received = self.queued = 0
        self.terms: Counter[str] = Counter()

    def add(self, one: Identity) -> None:
        assert one.holds, one.unexplained
        self.received += one.received
        self.queued += one.queued
        self.terms.update(one.terms)


def play(day: BusyDay) -> tuple[Sums, int]:
    """The day, looked at every minute; and how many looks there were."""
    known: dict[str, CallFacts] = {}
    over, looks = Sums(), 0
    for rows in day.minutes():
        for row in rows:
            if row.call is not None and (folded := fold(known.get(row.call), row)) is not None:
                known[row.call] = folded
        ended = [(facts, ending(facts)) for facts in known.values() if facts.ended_ms is not None]
        over.add(identity_of(ended))
        for facts, _ in ended:
            del known[facts.call]
        now = Sums()
        now.add(identity_of([(facts, ending(facts)) for facts in known.values()]))
        looks += 1
        # What the day itself has counted: who came, who came into the queue, who was let go and how.
        assert over.queued + now.queued == day.came[True]
        told = over.terms + now.terms
        talking = now.terms["answered"]
        waiting = sum(not view.ticket for view in day.floor.waiting())
        connecting = now.terms["still_waiting"] - waiting
        assert connecting >= 0
        assert told["answered"] - talking <= day.over["answered"] <= told["answered"]
        for term in (*BEFORE_QUEUE, *IN_QUEUE):
            if term not in (*IN_PROGRESS, "answered"):
                assert told[term] == day.over[term], (term, told, day.over)
    assert not known
    return over, looks


def played(calls: int, calls_a_day: int, minutes: int, seed: int = 1) -> tuple[Counter[str], int]:
    terms: Counter[str] = Counter()
    received = looks = 0
    dice = random.Random(seed)
    for number in range(-(-calls // calls_a_day)):
        day = BusyDay(f"d{number}", FIRST + number * DAY_MS, calls_a_day, minutes, dice.randrange(2**32))
        sums, looked = play(day)
        assert sums.received == calls_a_day == sums.terms.total()
        assert sums.terms == +day.over
        terms += sums.terms
        received += sums.received
        looks += looked
    assert received >= calls
    return terms, looks


def test_given_thousands_of_calls_on_the_floor_when_looked_at_every_minute_then_each_is_in_one_term() -> None:
    terms, looks = played(3_000, 1_500, 150)
    assert set(terms) == {*BEFORE_QUEUE, *IN_QUEUE} - set(IN_PROGRESS)
    assert looks > 300


@pytest.mark.long
@pytest.mark.timeout(6 * 3600)
def test_given_a_million_calls_on_the_floor_when_looked_at_every_minute_then_each_is_in_one_term() -> None:
    terms, looks = played(1_000_000, 5_000, 525)
    print(f"{terms.total():,} calls, {looks:,} looks, {dict(terms)}")  # noqa: T201 - the proof's result
    assert set(terms) == {*BEFORE_QUEUE, *IN_QUEUE} - set(IN_PROGRESS)
