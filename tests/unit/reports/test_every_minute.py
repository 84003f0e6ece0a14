"""The identity and the live figures at every minute of simulated days, against counts kept beside them."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

from config.clock import Clock
from db import Entry, Journal, open_database, upgrade
from reports import LiveFigures, figures_between
from reports.identity import BEFORE_QUEUE, IN_QUEUE
from tests.unit.reports.days import BEFORE, QUEUED, at, call

MINUTE_MS = 60_000
MONTH = at("2026-11-02T00:00:00")
DAY_MS = 86_400_000


class SetClock(Clock):
    def __init__(self) -> None:
        super().__init__()
        self.present = MONTH

    def now_ms(self) -> int:
        return self.present


class Ledger:
    """What a patient bystander writes down: who came, who is in the queue, how each ended."""

    def __init__(self) -> None:
        self.outcome: dict[str, str] = {}
        self.waits: dict[str, bool] = {}
        self.came: dict[str, int] = {}

    def see(self, entry: Entry) -> None:
        name = entry.call
        if name is None:
            return
        if entry.kind == "call.received":
            self.came[name] = entry.at_ms
        elif entry.kind == "call.queued":
            self.waits[name] = True
        elif entry.kind == "call.connected":
            self.outcome[name] = "answered"
        elif entry.kind == "call.ended":
            self.outcome.setdefault(name, str(entry.data["outcome"]))

    def since(self, from_ms: int) -> tuple[Counter[str], Counter[str]]:
        before: Counter[str] = Counter()
        within: Counter[str] = Counter()
        for name, came_ms in self.came.items():
            if came_ms < from_ms:
                continue
            if name in self.waits:
                within[self.outcome.get(name, "still_waiting")] += 1
            else:
                before[self.outcome.get(name, "in_guidance")] += 1
        return before, within


def simulated(first_ms: int, count: int, span_ms: int, seed: int) -> list[Entry]:
    """``count`` calls of every ending, coming in at random within the span; some in progress at its end."""
    dice = random.Random(seed)
    rows: list[Entry] = []
    for number in range(count):
        queued = dice.random() < 0.8
        outcome = dice.choice(QUEUED if queued else BEFORE)
        if queued and dice.random() < 0.6:
            outcome = "answered"
        rows += call(
            f"d{first_ms}-{number}",
            first_ms + dice.randrange(span_ms),
            outcome,
            queued=queued,
            is_open=dice.random() < 0.9,
            wait_ms=round(dice.expovariate(1 / 30_000)),
            talk_ms=round(dice.expovariate(1 / 240_000)),
            seat=dice.randint(1, 7),
        )
    return sorted(rows, key=lambda entry: entry.at_ms)


def play(home: Path, days: int, calls_a_day: int, minutes: int) -> int:
    """Play the days, looking at every minute; returns how many calls there were."""
    database = open_database(home=home)
    upgrade(database)
    journal = Journal(database)
    journal.start()
    clock = SetClock()
    live = LiveFigures(clock)
    live.start(journal, database)
    ledger = Ledger()
    for day in range(days):
        midnight = MONTH + day * DAY_MS
        # Every other day's calls go on over midnight.
        begin = midnight + (DAY_MS - minutes * MINUTE_MS if day % 2 else 9 * 3_600_000)
        rows = simulated(begin, calls_a_day, minutes * MINUTE_MS, seed=day)
        place = 0
        for minute in range(minutes + 20):
            clock.present = begin + minute * MINUTE_MS
            while place < len(rows) and rows[place].at_ms <= clock.present:
                journal.write(rows[place])
                ledger.see(rows[place])
                place += 1
            assert journal.flush(60)
            today = live.today()
            identity = today.identity
            assert identity.holds, identity.sentences
            before, within = ledger.since(today.period.from_ms)
            assert identity.before == {name: before[name] for name in BEFORE_QUEUE}
            assert identity.within == {name: within[name] for name in IN_QUEUE}
            historical = figures_between(database, today.period, clock.present)
            assert today.to_json() == historical.to_json()
        for row in rows[place:]:
            journal.write(row)
            ledger.see(row)
    assert journal.close(60)
    with_all = figures_between(database, live.today().period, clock.present)
    assert with_all.identity.holds
    database.close()
    return len(ledger.came)


def test_given_thousands_of_calls_when_looked_at_every_minute_then_live_is_historical_and_the_sum_comes_out(
    tmp_path: Path,
) -> None:
    assert play(tmp_path, days=2, calls_a_day=1_000, minutes=40) == 2_000


@pytest.mark.long
def test_given_a_hundred_thousand_calls_when_looked_at_every_minute_then_live_is_historical_all_along(
    tmp_path: Path,
) -> None:
    assert play(tmp_path, days=20, calls_a_day=5_000, minutes=525) == 100_000
