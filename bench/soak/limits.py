"""What may grow in a thousand calls, and what must be nothing at the end."""

from __future__ import annotations

from collections.abc import Mapping

from bench.soak.trend import Limit

MB = 1e6
LIMITS = (
    Limit("controller_rss", 1.0, "MB", MB, "an open day has some 800 calls: 0.8 MB a day at most"),
    Limit("controller_blocks", 500, "blocks", why="an object kept for each call is at least 1,000"),
    Limit("controller_fds", 0.5, ""),
    Limit("controller_threads", 0.5, ""),
    Limit("controller_tasks", 0.5, ""),
    Limit("held_calls", 1, ""),
    Limit("held_callers", 1, ""),
    Limit("held_offers", 0.5, ""),
    Limit("held_legs", 0.5, ""),
    Limit("held_timers", 1, ""),
    Limit("held_lately", 1, ""),
    Limit("held_served", 2, ""),
    Limit("held_left", 2, ""),
    Limit("asterisk_rss", 1.0, "MB", MB),
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
ZERO = ("held_calls", "held_callers", "held_offers", "held_legs", "held_outward", "channels", "bridges",
        "waiting", "callbacks_open", "journal_pending", "taskprocessor_waiting")  # fmt: skip


def left_over(row: Mapping[str, float]) -> dict[str, float]:
    """What is not nothing although the last call is over."""
    return {name: row[name] for name in ZERO if row[name]}
