"""Calls that the exchange served by itself come into the journal: each once, whatever starts how often."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from config import Settings, parse_local, to_ms
from controller.call import call_id
from controller.fallback_calls import FallbackCalls
from controller.recorder import Recorder
from db import Database, Entry, Journal, calls_between, journal_of_call, open_database, upgrade
from ivr.calendar import Calendar, CalendarRules
from reports import day_report
from reports.queue_log import QueueLog
from tests.unit.controller.controller_rig import SetClock

TEN = to_ms(parse_local("2026-11-24 10:00:00"))
OFFSET = 3_600_000
"""The clock of the run is an hour ahead of the machine's: a rehearsal."""
SETTINGS = Settings.model_validate(
    {"lines": [{"id": "tax", "name": "税", "numbers": ["0261112222"]}]} | {"line": {"number": "0260001234"}}
)


class Exchange:
    """Its record, and controllers that come and go."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.folder = folder
        self.database = database
        self.second = (TEN - OFFSET) // 1000

    def add(self, second: float, call: str, event: str, *data: object, member: str = "NONE") -> None:
        cells = [int(self.second + second), call, "fallback", member, event, *data]
        with (self.folder / "queue_log").open("a") as file:
            file.write("|".join(map(str, cells)) + "\n")

    def came(self, second: float, call: str, how: str = "open", line: str = "main", who: str = "026") -> None:
        at_ms = int((self.second + second) * 1000)
        self.add(
            second, call, "FALLBACK", at_ms, OFFSET, f"called=&to=&ruri=0260001234&num={who}&name=&pres="
        )
        self.add(second, call, "SERVED", how, line)

    def left(self, second: float, call: str) -> None:
        self.add(second, call, "LEFT", int((self.second + second) * 1000))

    async def looked(self, times: int = 1, booted_ms: int = 0, fell_ms: int = 0) -> set[str]:
        """A controller starts, looks so many times into the record, and is gone."""
        journal = Journal(self.database)
        journal.start()
        clock = SetClock(TEN + 600_000)
        clock.offset_ms = OFFSET
        calls = FallbackCalls(
            QueueLog(self.folder), self.database, Recorder(journal, clock), clock,
            lambda: SETTINGS, lambda _line: Calendar(CalendarRules()),
        )  # fmt: skip
        calls.asterisk_is(booted_ms, fell_ms)
        found: set[str] = set()
        for _ in range(times):
            found = await calls.take_in()
            journal.flush()
        journal.close()
        return found

    def facts(self):
        with self.database.read() as connection:
            return {one.call: one for one in calls_between(connection, 0, 2**53)}

    def kinds(self, unique: str) -> list[str]:
        with self.database.read() as connection:
            return [row.entry.kind for row in journal_of_call(connection, call_id(unique))]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    database = open_database(home=tmp_path)
    upgrade(database)
    yield Exchange(tmp_path, database)
    database.close()


A, B, C, D = (f"madoguchi-{(TEN - OFFSET) // 1000}.{n}" for n in range(1, 5))


async def test_given_calls_of_every_end_when_controllers_come_and_go_then_each_is_counted_once(exchange):
    exchange.came(1, A)
    exchange.add(2, A, "ENTERQUEUE", "", "026", 1)
    exchange.add(8, A, "CONNECT", 6, "x", 3, member="seat 3")
    exchange.came(3, B)
    exchange.add(4, B, "ENTERQUEUE", "", "026", 1)
    exchange.came(5, C, "closed")
    exchange.left(6, C)
    exchange.came(7, D)
    exchange.left(8, D)
    assert await exchange.looked(3) == {call_id(one) for one in (A, B, C, D)}
    assert exchange.facts()[call_id(A)].connected_ms == TEN + 8_000
    assert exchange.facts()[call_id(A)].ended_ms is None
    exchange.add(30, A, "COMPLETECALLER", 6, 22, 1, member="seat 3")
    exchange.left(30.5, A)
    exchange.add(40, B, "ABANDON", 1, 1, 36)
    exchange.left(40.2, B)
    for _ in range(3):
        await exchange.looked(2)
    found = exchange.facts()
    assert {call: one.outcome for call, one in found.items()} == {
        call_id(A): "answered", call_id(B): "abandoned", call_id(C): "closed",
        call_id(D): "abandoned_in_guidance",
    }  # fmt: skip
    one = found[call_id(A)]
    assert (one.seat, one.wait_ms, one.talk_ms, one.fallback) == (3, 6_000, 22_000, True)
    assert one.received_ms == TEN + 1_000
    for unique in (A, B, C, D):
        kinds = exchange.kinds(unique)
        assert sorted(kinds) == sorted(set(kinds)), kinds
    report = day_report(exchange.database, "2026-11-24", TEN + 86_400_000).to_json()
    assert report["identity"]["holds"] is True
    assert (report["received"], report["answered"], report["abandoned"]) == (4, 1, 1)
    served = {name: count for name, count in report["fallback"].items() if count}
    assert served == {
        "received": 4, "answered": 1, "abandoned": 1, "closed": 1, "abandoned_in_guidance": 1,
    }  # fmt: skip


async def test_given_a_line_of_its_own_and_a_withheld_number_then_both_are_kept_as_the_controller_would(
    exchange,
):
    exchange.came(1, A, "closed", "tax", who="")
    exchange.left(2, A)
    await exchange.looked()
    (one,) = exchange.facts().values()
    assert (one.line, one.called, one.withheld, one.open) == ("tax", "0260001234", "unknown", False)


async def test_given_an_exchange_that_fell_then_its_calls_end_at_the_fall(exchange):
    exchange.came(1, A)
    exchange.add(2, A, "ENTERQUEUE", "", "026", 1)
    exchange.came(2, B)
    exchange.add(3, B, "ENTERQUEUE", "", "026", 2)
    exchange.add(4, B, "CONNECT", 1, "x", 1, member="seat 1")
    exchange.came(90, C)
    await exchange.looked(2, booted_ms=TEN + 60_000, fell_ms=TEN + 50_000)
    found = exchange.facts()
    assert (found[call_id(A)].outcome, found[call_id(A)].ended_ms) == ("system_failed", TEN + 50_000)
    assert (found[call_id(B)].outcome, found[call_id(B)].talk_ms) == ("answered", 46_000)
    assert (found[call_id(A)].cause, found[call_id(C)].ended_ms) == ("asterisk_fell", None)
    report = day_report(exchange.database, "2026-11-24", TEN + 86_400_000).to_json()
    assert (report["cut_off"], report["system_failed"], report["identity"]["holds"]) == (1, 1, True)


async def test_given_a_call_that_a_controller_had_then_only_what_came_after_is_added(exchange):
    journal = Journal(exchange.database)
    journal.start()
    call = call_id(A)
    for at_ms, kind, data in (
        (TEN, "call.received", {"open": True, "channel": A, "line": "main"}),
        (TEN + 100, "call.answered", {}),
        (TEN + 200, "call.queued", {"line": "main"}),
    ):
        journal.write(Entry(at_ms, kind, call, line="main", data=data))
    journal.close()
    exchange.came(60, A)
    exchange.add(60, A, "ENTERQUEUE", "", "026", 1)
    exchange.add(70, A, "CONNECT", 10, "x", 3, member="seat 2")
    exchange.left(80, A)
    await exchange.looked()
    assert exchange.kinds(A) == [
        "call.received", "call.answered", "call.queued", "call.fallback", "call.connected",
        "call.talk_ended", "call.ended",
    ]  # fmt: skip
    (one,) = exchange.facts().values()
    assert (one.wait_ms, one.outcome, one.fallback) == (69_800, "answered", True)


async def test_given_a_record_that_was_lost_then_its_calls_do_not_stay_open_for_ever(exchange):
    exchange.came(1, A)
    await exchange.looked()
    (exchange.folder / "queue_log").unlink()
    await exchange.looked()
    await exchange.looked()
    (one,) = exchange.facts().values()
    assert (one.outcome, one.cause) == ("system_failed", "record_lost")
    assert exchange.kinds(A).count("call.ended") == 1


async def test_given_a_call_that_a_killed_controller_had_and_had_not_written_then_it_came_with_its_channel(
    exchange,
):
    exchange.came(60, A)
    exchange.left(70, A)
    await exchange.looked()
    (one,) = exchange.facts().values()
    assert (one.received_ms, one.ended_ms) == (TEN, TEN + 70_000)


async def test_given_rows_of_ours_on_their_way_to_the_database_then_none_of_them_is_written_a_second_time(
    exchange,
):
    class Slow(Recorder):
        is_stored = False

        async def stored(self) -> bool:
            return self.is_stored and await super().stored()

    journal = Journal(exchange.database)
    journal.start()
    paper = Slow(journal, SetClock(TEN + 600_000))
    paper.store(Entry(TEN, "call.received", call_id(A), line="main", data={"open": True, "channel": A}))
    calls = FallbackCalls(
        QueueLog(exchange.folder), exchange.database, paper, SetClock(TEN),
        lambda: SETTINGS, lambda _line: Calendar(CalendarRules()),
    )  # fmt: skip
    exchange.came(1, A)
    exchange.left(2, A)
    assert await calls.take_in() == {call_id(A)}
    assert await calls.take_in() == {call_id(A)}
    paper.is_stored = True
    await calls.take_in()
    journal.close()
    kinds = exchange.kinds(A)
    assert kinds[-1] == "call.ended"
    assert sorted(kinds) == sorted(set(kinds))
