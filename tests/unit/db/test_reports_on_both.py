"""What the reports read, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Callable

from config.clock import Clock
from db import Database, Entry, Journal
from reports import LiveFigures, call_story, figures_between, list_calls, month_report

Start = Callable[[Database], Journal]

NOW = 1_795_150_000_000  # 2026-11-20 13:26:40 in Japan


class FixedClock(Clock):
    def now_ms(self) -> int:
        return NOW


def _calls() -> list[Entry]:
    entries = []
    for n in range(40):
        t0, call = NOW - 3_600_000 + n * 1000, f"c{n:02d}"
        entries.append(
            Entry(t0, "call.received", call=call, line="main", data={"open": True, "withheld": "P"})
        )
        entries.append(Entry(t0 + 3000, "call.queued", call=call))
        if n % 4:
            entries.append(Entry(t0 + 9000, "call.connected", call=call, seat=n % 7 + 1, operator="鈴木"))
            entries.append(Entry(t0 + 90_000, "call.talk_ended", call=call))
        outcome = "answered" if n % 4 else "abandoned"
        entries.append(Entry(t0 + 90_000, "call.ended", call=call, data={"outcome": outcome}))
    return entries


def test_given_the_same_journal_when_read_from_either_database_then_the_figures_are_the_same(
    database: Database, start_journal: Start
) -> None:
    journal = start_journal(database)
    entries = _calls()
    for entry in entries[:100]:
        journal.write(entry)
    live = LiveFigures(FixedClock())
    live.start(journal, database)
    for entry in entries[100:]:
        journal.write(entry)
    assert journal.flush()
    shown = month_report(database, "2026-11", NOW).to_json()
    assert (shown["received"], shown["answered"], shown["abandoned"]) == (40, 30, 10)
    assert shown["identity"]["holds"]
    assert (shown["asa_s"], shown["average_talk_s"], shown["longest_wait_s"]) == (6.0, 81.0, 87.0)
    today = live.today()
    assert today.to_json() == figures_between(database, today.period, NOW).to_json()
    assert today.total.received == 40
    assert len(list_calls(database, NOW - 3_600_000, NOW, outcome="abandoned")) == 10
    story = call_story(database, "c01")
    assert story is not None
    assert story.line.facts.operator == "鈴木"
    assert len(story.journal) == 5
