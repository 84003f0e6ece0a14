"""What the calls cost that the controller keeps on purpose, for `GET /live`: weighed by the journal."""

from __future__ import annotations

import gc
import sys
import tracemalloc
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from config import Clock
from db import Journal, open_database
from reports import LiveFigures


@dataclass(frozen=True, slots=True)
class Kept:
    """For one call of today or yesterday."""

    calls: int
    bytes_a_call: float
    blocks_a_call: float


def kept(home: Path, clock: Clock) -> Kept:
    """Take the day up from the database of an instance that is not running, and weigh it."""
    with closing(open_database(home=home)) as database:
        journal = Journal(database)
        journal.start()
        figures = LiveFigures(clock)
        gc.collect()
        tracemalloc.start()
        blocks, (size, _) = sys.getallocatedblocks(), tracemalloc.get_traced_memory()
        figures.start(journal, database)
        gc.collect()
        more = tracemalloc.get_traced_memory()[0] - size
        tracemalloc.stop()
        blocks = sys.getallocatedblocks() - blocks
        calls = figures.held()["day_calls"]
        journal.close()
    return Kept(calls, more / max(1, calls), blocks / max(1, calls))
