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
from reports.period import span_period
from tests.unit.reports.busy_days import BusyDay
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


def floor_day(home: Path, calls: int, minutes: int, begin_ms: int) -> int:
    """A day of the real floor, with offers, callbacks, overflow, misses and after-call work: every figure of
    the day and of the last half hour, live and historical, at every minute. Returns the number of looks.
    """
    database = open_database(home=home)
    upgrade(database)
    journal = Journal(database)
    journal.start()
    clock = SetClock()
    clock.present = begin_ms
    live = LiveFigures(clock)
    live.start(journal, database)
    looks = 0
    day = BusyDay("floor", begin_ms, calls, minutes, seed=3)
    for rows in day.minutes():
        for row in rows:
            journal.write(row)
        assert journal.flush(60)
        now_ms = clock.present = max(clock.present, day.now_ms)
        today = live.today()
        assert today.to_json() == figures_between(database, today.period, now_ms).to_json()
        recent = live.last_half_hour()
        if today.period.from_ms <= now_ms - 1_800_000:
            period = span_period(now_ms - 1_800_000, now_ms + 1)
            assert recent.to_json() == figures_between(database, period, now_ms).to_json()
        looks += 1
    shown = live.today().to_json()
    for name in ("answered", "abandoned", "callback_requested", "overflow_calls", "average_wrap_up_s"):
        assert shown[name] > 0, name
    assert len(shown["by_seat"]) == 7
    assert journal.close(60)
    database.close()
    return looks


def test_given_a_day_of_the_floor_when_looked_at_every_minute_then_every_figure_is_live_and_historical(
    tmp_path: Path,
) -> None:
    assert floor_day(tmp_path, 400, 40, at("2026-11-20T09:00:00")) > 40


@pytest.mark.long
@pytest.mark.parametrize("begin", ["2026-11-20T08:30:00", "2026-11-20T19:00:00"])
def test_given_a_long_day_of_the_floor_when_looked_at_every_minute_then_every_figure_is_live_and_historical(
    tmp_path: Path, begin: str
) -> None:
    assert floor_day(tmp_path, 5_000, 400, at(begin)) > 400
