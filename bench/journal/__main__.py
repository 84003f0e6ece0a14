"""What the journal costs a call, and how much it takes, on SQLite and on a real PostgreSQL.

    python -m bench.journal [--calls N] [--json FILE]

Prints a table: the time of one `write` (the only thing that a call ever waits for), entries a second until
they are durable, and the live figures of a day with 500 calls.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from config.clock import Clock
from db import Database, Entry, Journal, open_database, upgrade
from reports import LiveFigures, month_report
from tests.unit.db.postgres import Server

_START = 1_795_132_800_000


@dataclass(frozen=True)
class Measured:
    database: str
    entries: int
    write_alone_us: float
    write_p50_us: float
    write_p99_us: float
    write_max_us: float
    entries_a_second: float
    paced_durable_p50_ms: float
    paced_durable_p99_ms: float
    month_report_ms: float


def a_call(number: int) -> list[Entry]:
    """The rows of one answered call."""
    at_ms, call = _START + number * 1000, f"01JD{number:022d}"
    seat, offer = number % 7 + 1, f"01JD{number:022d}.1"

    def row(after: int, kind: str, **data: object) -> Entry:
        return Entry(at_ms + after, kind, call, seat, f"op{seat}", offer, "main", data)

    first = {
        "called": "0260001234",
        "called_raw": "0260001234",
        "withheld": None,
        "open": True,
        "calendar": "open",
    }
    return [
        Entry(at_ms, "call.received", call, line="main", data=first, private={"number": "+81260000000"}),
        Entry(at_ms + 20, "call.answered", call, line="main"),
        Entry(at_ms + 30, "call.guidance", call, line="main", data={"id": "greeting", "part": "started"}),
        Entry(at_ms + 6030, "call.guidance", call, line="main", data={"id": "greeting", "part": "finished"}),
        Entry(at_ms + 6040, "call.queued", call, line="main", data={"position": 1}),
        row(6041, "offer.started"),
        row(6041, "seat.state", **{"from": "ready", "to": "ringing", "reason": None}),
        row(9000, "offer.ended", outcome="answered", ring_ms=2959),
        row(9050, "call.connected", wait_ms=3010),
        row(9050, "seat.state", **{"from": "ringing", "to": "talking", "reason": None}),
        row(99_050, "call.talk_ended", by="caller"),
        row(99_050, "seat.state", **{"from": "talking", "to": "wrap_up", "reason": None}),
        row(99_060, "call.ended", outcome="answered", queued=True, cause="16"),
        row(120_000, "seat.state", **{"from": "wrap_up", "to": "ready", "reason": None}),
    ]


def measure(name: str, database: Database, calls: int) -> Measured:
    entries = [entry for number in range(calls) for entry in a_call(number)]
    alone = write_alone(database, entries[:2000])
    journal = Journal(database)
    journal.start()
    took = []
    began = time.perf_counter()
    for entry in entries:
        before = time.perf_counter()
        journal.write(entry)
        took.append(time.perf_counter() - before)
    assert journal.flush(600)
    seconds = time.perf_counter() - began
    durable = paced(journal, calls)
    assert journal.close()
    before = time.perf_counter()
    month_report(database, "2026-11", _START + 10**10)
    report_s = time.perf_counter() - before
    took.sort()
    return Measured(
        name,
        len(entries),
        round(alone * 1e6, 2),
        round(statistics.median(took) * 1e6, 2),
        round(took[len(took) * 99 // 100] * 1e6, 2),
        round(took[-1] * 1e6, 2),
        round(len(entries) / seconds),
        round(statistics.median(durable) * 1e3, 2),
        round(durable[len(durable) * 99 // 100] * 1e3, 2),
        round(report_s * 1e3, 1),
    )


def write_alone(database: Database, entries: list[Entry]) -> float:
    """Seconds of one `write` while the writer thread sleeps, as it does between the events of real calls."""
    journal = Journal(database)
    journal.start()
    took = []
    for start in range(0, len(entries), 14):
        assert journal.flush(60)
        for entry in entries[start : start + 14]:
            before = time.perf_counter()
            journal.write(entry)
            took.append(time.perf_counter() - before)
    assert journal.close()
    return statistics.median(took)


def paced(journal: Journal, first: int) -> list[float]:
    """Seconds from the `write` of a call's last row to its being durable, one call at a time."""
    took = []
    for number in range(first, first + 200):
        for entry in a_call(number):
            journal.write(entry)
        before = time.perf_counter()
        assert journal.flush(60)
        took.append(time.perf_counter() - before)
    return sorted(took)


def live_ms() -> float:
    """Milliseconds of `LiveFigures.today` with 500 calls, the median of 50."""
    live = LiveFigures(Clock(offset_ms=_START - time.time_ns() // 1_000_000))
    for number in range(500):
        for entry in a_call(number):
            live.take(number, entry)
    took = []
    for _ in range(50):
        before = time.perf_counter()
        live.today()
        took.append(time.perf_counter() - before)
    return round(statistics.median(took) * 1e3, 2)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--calls", type=int, default=3000)
    options.add_argument("--json", type=Path)
    asked = options.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as home:
        database = open_database(home=home)
        upgrade(database)
        results.append(measure("SQLite", database, asked.calls))
        database.close()
    server = Server()
    try:
        database = open_database(server.create("bench"))
        upgrade(database)
        results.append(measure("PostgreSQL", database, asked.calls))
        database.close()
    finally:
        server.close()
    live = live_ms()
    table = Table(title=f"journal, {asked.calls} calls of 14 entries")
    table.add_column("")
    for one in results:
        table.add_column(one.database, justify="right")
    for name in list(asdict(results[0]))[1:]:
        table.add_row(name, *(f"{getattr(one, name):,}" for one in results))
    Console().print(table)
    Console().print(f"live figures of a day with 500 calls: {live} ms")
    if asked.json:
        shown = {"databases": [asdict(one) for one in results], "live_500_calls_ms": live}
        asked.json.write_text(json.dumps(shown, indent=2) + "\n")


if __name__ == "__main__":
    main()
