"""What the calls cost that the controller keeps on purpose, for `GET /live`: weighed by the journal."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from config import Clock
from db import Entry, journal_rows, open_database
from reports import LiveFigures, month_report


@dataclass(frozen=True, slots=True)
class Kept:
    """For one call of today or yesterday. ``report_bytes_a_call``: what the month's report takes while it is
    made, for each of the month's calls.
    """

    calls: int
    bytes_a_call: float
    blocks_a_call: float
    report_bytes_a_call: float


def kept(home: Path, clock: Clock, month: str) -> Kept:
    """Let the live figures hear the journal of a run again and weigh what they keep; weigh a report, too."""
    figures = LiveFigures(clock)
    gc.collect()
    tracemalloc.start()
    blocks, (size, _) = sys.getallocatedblocks(), tracemalloc.get_traced_memory()
    with closing(open_database(home=home)) as database, database.read() as connection:
        for row in journal_rows(connection):
            figures.take(row.seq, _as_written(row.entry))
    gc.collect()
    now, _ = tracemalloc.get_traced_memory()
    blocks = sys.getallocatedblocks() - blocks
    tracemalloc.reset_peak()
    with closing(open_database(home=home)) as database:
        month_report(database, month, clock.now_ms()).to_json()
    peak = tracemalloc.get_traced_memory()[1] - now
    tracemalloc.stop()
    calls = figures.held()["day_calls"]
    return Kept(calls, *(sum_ / max(1, calls) for sum_ in (now - size, blocks, peak)))


def _as_written(entry: Entry) -> Entry:
    """Texts that are the same are one object, as in the process that wrote the row."""
    data = {name: _one(value) for name, value in entry.data.items()}
    return replace(entry, call=_one(entry.call), operator=_one(entry.operator), data=data)


def _one(value: Any) -> Any:
    return sys.intern(value) if type(value) is str else value
