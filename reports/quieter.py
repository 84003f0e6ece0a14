"""つながりやすい時間帯: the half hours in which, of late, really fewer calls came; none on thin evidence."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from db import Database, received_while_open
from ivr.calendar import Calendar
from reports.period import day_around, day_of, half_hour_of

DAYS = 28
LEAST_CALLS = 200
"""In all. With fewer, a half hour's share is chance."""
LEAST_OPENINGS = 10
"""So often a half hour must have been open in that time to be named."""
CLEARLY = 0.75
"""A half hour is quieter when it has at most so much of the mean."""
NAMED = 2
_HALF_HOUR_MS = 1_800_000


def quieter_half_hours(database: Database, now_ms: int, calendar: Calendar) -> tuple[int, ...]:
    """At most two half hours of the day (Japan, 0 to 47), in their order; none when too little is known.

    Looks at the calls received in opening hours on the 28 days before the day of `now_ms` (ms UTC).
    """
    to_ms = day_around(now_ms).from_ms
    first = day_of(to_ms) - timedelta(days=DAYS)
    openings: Counter[int] = Counter()
    for begins, ends in calendar.open_intervals(first, DAYS):
        at_ms, end_ms = round(begins.timestamp() * 1000), round(ends.timestamp() * 1000)
        at_ms += -at_ms % _HALF_HOUR_MS
        while at_ms + _HALF_HOUR_MS <= end_ms:  # only whole half hours can be compared
            openings[half_hour_of(at_ms)] += 1
            at_ms += _HALF_HOUR_MS
    with database.read() as connection:
        times = received_while_open(connection, to_ms - DAYS * 86_400_000, to_ms)
        received = Counter(half_hour_of(at_ms) for at_ms in times)
    if received.total() < LEAST_CALLS:
        return ()
    rates = {n: received[n] / times for n, times in openings.items() if times >= LEAST_OPENINGS}
    if not rates:
        return ()
    limit = CLEARLY * sum(rates.values()) / len(rates)
    quiet = sorted((rate, number) for number, rate in rates.items() if rate <= limit)
    return tuple(sorted(number for _, number in quiet[:NAMED]))
