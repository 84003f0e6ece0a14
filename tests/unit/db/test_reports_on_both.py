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


def _floor_rows() -> list[Entry]:
    """A seat in wrap-up, one that misses, one that answers; an overflow; a callback."""
    began = NOW - 600_000
    rows = [Entry(began, "system.started", data={"seats": [1, 2, 3, 4]})]
    for seat in (1, 2, 3):
        on_seat = {"seat": seat, "operator": f"op{seat}"}
        rows.append(Entry(began, "seat.phone", seat=seat, data={"state": "registered"}))
        rows.append(Entry(began, "seat.login", **on_seat))  # type: ignore[arg-type]  # a dict of several types
        rows.append(
            Entry(
                began + seat,
                "seat.state",
                seat=seat,
                data={"from": "logged_out", "to": "ready", "reason": None},
            )
        )
    t3 = NOW - 60_000
    queued = {"position": 1, "predicted_ms": 30_000, "staffed": 3, "line": "main", "need": "", "priority": 0}
    overflow = {"cause": "queue_full", "toward": "announce", "target": "", "stage": "entry", "limit": 0}
    wrap_up = {"from": "talking", "to": "wrap_up", "reason": None}
    return [
        *rows,
        Entry(t3 - 1_000, "seat.state", call="w", seat=3, data=wrap_up),
        Entry(t3 - 1_000, "seat.wrap_up", seat=3, data={"until_ms": t3 + 11_500, "mode": "fixed"}),
        Entry(t3 - 500, "call.received", call="f", line="main", data={"open": True}),
        Entry(t3, "call.queued", call="f", line="main", data=queued),
        Entry(t3, "call.overflowed", call="f", line="main", data=overflow),
        Entry(t3 + 2_000, "offer.started", call="f", seat=1, offer="f.1", data={"strategy": "longest_idle"}),
        Entry(
            t3 + 9_000, "offer.ended", call="f", seat=1, offer="f.1", data={"outcome": "busy", "ring_ms": 7}
        ),
        Entry(t3 + 9_000, "seat.miss", seat=1, offer="f.1", data={"cause": "busy", "cool_down_ms": 10_000}),
        Entry(t3 + 11_000, "offer.started", call="f", seat=2, offer="f.2", data={"strategy": "longest_idle"}),
        Entry(t3 + 20_000, "offer.ended", call="f", seat=2, offer="f.2", data={"outcome": "answered"}),
        Entry(t3 + 20_000, "call.connected", call="f", seat=2, operator="op2", data={"wait_ms": 20_000}),
        Entry(t3 + 30_000, "call.ended", call="f", data={"outcome": "answered"}),
        Entry(t3 + 31_000, "call.received", call="b", line="main", data={"open": True}),
        Entry(t3 + 31_000, "call.queued", call="b", line="main", data={**queued, "predicted_ms": None}),
        Entry(t3 + 32_000, "callback.asked", call="b", data={"ticket": "b-cb", "merged": False}),
        Entry(t3 + 33_000, "call.ended", call="b", data={"outcome": "callback"}),
    ]


def test_given_what_the_floor_did_when_read_from_either_database_then_figures_and_reasons_are_there(
    database: Database, start_journal: Start
) -> None:
    journal = start_journal(database)
    entries = _floor_rows()
    for entry in entries[:-3]:
        journal.write(entry)
    live = LiveFigures(FixedClock())
    live.start(journal, database)
    for entry in entries[-3:]:
        journal.write(entry)
    assert journal.flush()
    shown = month_report(database, "2026-11", NOW).to_json()
    assert shown["overflow"]["queue_full"]["announce"] == 1
    assert (shown["callbacks"]["requested"], shown["callbacks"]["open"]) == (1, 1)
    assert (shown["prediction"]["count"], shown["prediction"]["median_error_s"]) == (1, 10.0)
    assert [(row["seat"], row["answered"], row["busy"]) for row in shown["by_seat"]] == [(1, 0, 1), (2, 1, 0)]
    assert live.today().to_json() == figures_between(database, live.today().period, NOW).to_json()
    story = call_story(database, "f")
    assert story is not None
    told = {
        (decision.what, seat.seat): (seat.code, seat.text)
        for decision in story.why
        for seat in decision.seats
    }
    assert told["overflowed", 3] == ("wrap_up", "席3: 後作業 残り12秒")
    assert told["overflowed", 4] == ("logged_out", "席4: ログインしていません")
    assert told["offer_started", 1] == ("cool_down", "席1: この着信に出られなかったため 残り8秒")
