"""What may grow in a thousand calls, and what must be nothing at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bench.soak.kept import Kept
from bench.soak.trend import Limit, trend
from desk.context import HEAVY_AT_ONCE

MB = 1e6
LIMITS = (
    Limit("controller_rss", 1.0, "MB", MB, "an open day has some 800 calls: 0.8 MB a day at most"),
    Limit(
        "controller_blocks",
        500,
        "blocks",
        why="an object kept for each call is at least 1,000",
        collected=True,
    ),
    Limit("controller_fds", 1, "", why="a pool of some connections to the database fills when it is needed"),
    Limit("controller_threads", 0.5, ""),
    Limit("controller_tasks", 0.5, ""),
    Limit("held_calls", 1, ""),
    Limit("held_callers", 1, ""),
    Limit("held_offers", 0.5, ""),
    Limit("held_legs", 0.5, ""),
    Limit("held_timers", 1, ""),
    Limit("held_lately", 100, "", why="the calls of 20 minutes: as many at any time, but for chance"),
    Limit("held_served", 5, "", why="citizens of 3 minutes"),
    Limit("held_left", 5, "", why="likewise"),
    Limit("asterisk_trimmed", 0.5, "MB", MB, "what is in use: its allocator keeps more", when="trimmed"),
    Limit("asterisk_fds", 2, "", why="some four for each call that is on"),
    Limit("asterisk_threads", 1, ""),
    Limit("channels", 1, ""),
    Limit("bridges", 0.5, ""),
    Limit("taskprocessors", 2, ""),
    Limit("taskprocessor_waiting", 1, ""),
    Limit("topics", 5, ""),
    Limit("up_rss", 0.3, "MB", MB),
    Limit("alarms_rss", 0.3, "MB", MB),
    Limit("journal_pending", 1, ""),
    Limit("wal_bytes", 1.0, "MB", MB),
)
SIZES = (
    Limit("db_bytes", 25.0, "MB", MB, "every row is kept: by purpose, and for as long as the contract says"),
    Limit("log_bytes", 25.0, "MB", MB, "rotated by size and day"),
)
"""Disk, which grows with every call: the limit is for a change that nobody meant."""
COSTS = {"lately": (200.0, 2.0), "handled": (150.0, 3.0)}
"""Bytes and blocks of Python: an id and a moment in a dictionary; a pair of numbers in a queue."""
ZERO = ("held_calls", "held_callers", "held_offers", "held_legs", "held_outward", "channels", "bridges",
        "waiting", "callbacks_open", "journal_pending", "taskprocessor_waiting")  # fmt: skip


def explained(rows: Sequence[Mapping[str, float]], day: Kept) -> dict[str, float]:
    """What is kept on purpose in 1,000 calls, by column: objects, as counted, by what one costs."""
    calls = [row["received"] for row in rows]
    size = blocks = 0.0
    costs = {**COSTS, "day_calls": (day.bytes_a_call, day.blocks_a_call)}
    for what, (one_bytes, one_blocks) in costs.items():
        more = trend(calls, [row[f"held_{what}"] for row in rows]).slope
        size, blocks = size + more * one_bytes, blocks + more * one_blocks
        if what == "day_calls":
            # Its memory is not given back to the machine, and reports are made side by side.
            size += more * HEAVY_AT_ONCE * day.report_bytes_a_call
    return {"controller_rss": size, "controller_blocks": blocks}


def left_over(row: Mapping[str, float]) -> dict[str, float]:
    """What is not nothing although the last call is over."""
    return {name: row[name] for name in ZERO if row[name]}
