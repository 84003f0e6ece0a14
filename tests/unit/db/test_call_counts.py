"""Calls counted by the database are what the reducer makes of them one by one, on both databases."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest

from db import CallFacts, Database, Entry, calls_between, fold
from db.call_counts import call_groups
from db.tables import calls
from reports.figures import figures_of
from reports.period import day_period, span_period
from reports.service_level import ServiceLevel
from reports.sums import sums_of, sums_of_figures
from tests.unit.reports.days import BEFORE, QUEUED, at, by_time, call, worse

LEVEL = ServiceLevel()
LATER = at("2027-06-01T12:00:00")
DAY = day_period("2026-11-20")


def told(seed: int, *, torn: bool) -> list[CallFacts]:
    """A day's calls of every ending. ``torn``: some of their rows lost, repeated, late."""
    dice = random.Random(seed)
    rows: list[Entry] = by_time(
        *(
            call(
                f"{seed}.{n}",
                DAY.from_ms + dice.randrange(DAY.to_ms - DAY.from_ms),
                dice.choice((None, *(QUEUED if queued else BEFORE))),
                queued=queued,
                is_open=dice.random() < 0.8,
                wait_ms=dice.choice((0, 5_000, 5_001, 20_000, 20_001, dice.randrange(90_000))),
            )
            for n in range(120)
            for queued in (dice.random() < 0.7,)
        )
    )
    known: dict[str, CallFacts] = {}
    for entry in worse(rows, seed) if torn else rows:
        facts = fold(known.get(entry.call or ""), entry) if entry.call else None
        if facts is not None:
            known[facts.call] = facts
    return [_let_go(one, dice) for one in known.values()]


def _let_go(facts: CallFacts, dice: random.Random) -> CallFacts:
    """Now and then the floor lets a caller out of the queue, whose last text is still spoken."""
    if facts.queued_ms is None or facts.connected or dice.random() < 0.7:
        return facts
    settled = dice.choice(("overflowed", "timed_out", "callback", "answered"))
    outcome = dice.choice((None, facts.outcome))
    ticket = dice.choice((None, "t"))
    return replace(facts, outcome=outcome, ticket=ticket, settled=settled, settled_ms=facts.queued_ms + 3_000)


def keep(database: Database, some: Iterable[CallFacts]) -> None:
    with database.write() as connection:
        connection.execute(calls.insert(), [one.as_row() for one in some])


@pytest.mark.parametrize("torn", [False, True])
def test_given_days_of_every_ending_when_the_database_counts_then_the_sums_are_the_reports_own(
    database: Database, torn: bool
) -> None:
    for seed in range(4):
        keep(database, told(seed, torn=torn))
    with database.read() as connection:
        figures = figures_of(DAY, calls_between(connection, DAY.from_ms, DAY.to_ms), (), LATER, level=LEVEL)
        whole, (tally,) = sums_of(connection, [(DAY.from_ms, DAY.to_ms)], LEVEL)
        noon = at("2026-11-20T12:00:00")
        halves = [(DAY.from_ms, noon), (noon, DAY.to_ms)]
        halved, (morning, _) = sums_of(connection, halves, LEVEL)
        until_noon = figures_of(
            span_period(*halves[0]), calls_between(connection, *halves[0]), (), LATER, level=LEVEL
        )
    assert whole == sums_of_figures(figures) == halved
    assert tally == figures.total
    assert morning == until_noon.total
    assert whole.tally.received > 400
    assert len([value for value in whole.values().values() if value]) == len(whole.values())


def test_given_calls_that_end_alike_when_the_database_counts_then_they_come_as_one_group(
    database: Database,
) -> None:
    keep(database, told(1, torn=False))
    with database.read() as connection:
        groups = call_groups(connection, DAY.from_ms, DAY.to_ms, (5_000, 20_000))
    assert sum(group.number for group in groups) == 120
    assert len({group.facts for group in groups}) == len(groups) < 80


def test_given_a_clock_that_was_set_back_when_the_database_counts_then_no_wait_is_negative(
    database: Database,
) -> None:
    facts = CallFacts(
        "a", DAY.from_ms, has_received=True, queued_ms=DAY.from_ms + 9_000, connected_ms=DAY.from_ms
    )
    keep(database, [facts])
    with database.read() as connection:
        sums, _ = sums_of(connection, [(DAY.from_ms, DAY.to_ms)], LEVEL)
    assert (sums.asa_s, sums.longest_wait_s, sums.tally.in_time) == (0, 0, 1)
