"""Hours within one day: half-open pairs of Japanese local times, how they are written, what contradicts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import time
from itertools import pairwise
from typing import TypeAlias

Period: TypeAlias = tuple[time, time]
"""Open from the first, included, to the second, excluded. An end of 00:00 is the midnight after the day."""
Periods: TypeAlias = tuple[Period, ...]

MIDNIGHT = time(0)
_CLOCK = r"(\d{1,2}):(\d{2})(?::(\d{2}))?"
_WRITTEN = re.compile(rf"\s*{_CLOCK}\s*[-–~〜～]\s*{_CLOCK}\s*", re.ASCII)


def parse_period(text: str) -> Period:
    """Read "08:30-17:15" (seconds may follow; "24:00" ends the day).

    Raises:
        ValueError: it is no such period, or ends before it begins; the message can be shown to a user.
    """
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a period like 08:30-17:15")
    hour, minute, second, *end = (int(part or 0) for part in match.groups())
    try:
        begins = time(hour, minute, second)
        ends = MIDNIGHT if end == [24, 0, 0] else time(end[0], end[1], end[2])
    except ValueError:
        raise ValueError(f"{text!r}: there is no such time of the day") from None
    if end != [24, 0, 0] and ends <= begins:
        raise ValueError(f"{text!r} does not end after it begins")
    return begins, ends


def period_text(period: Period) -> str:
    """As `parse_period` reads it: "08:30-17:15"."""
    return "-".join(ends_text(period))


def ends_text(period: Period) -> tuple[str, str]:
    """Begin and end as "HH:MM" (with ":SS" only where there are seconds); the end of the day is "24:00"."""
    begins, ends = period
    return time_text(begins), "24:00" if ends == MIDNIGHT else time_text(ends)


def time_text(at: time) -> str:
    """As "HH:MM", with ":SS" only where there are seconds."""
    return at.strftime("%H:%M:%S" if at.second else "%H:%M")


def in_order(periods: Iterable[Period]) -> Periods:
    """The periods of one day by their begin.

    Raises:
        ValueError: one carries a zone or parts of a second, ends before it begins, or two overlap.
    """
    found = sorted(periods, key=lambda period: period[0].replace(tzinfo=None))
    for period in found:
        for at in period:
            whole(at)
        begins, ends = period
        if ends != MIDNIGHT and ends <= begins:
            raise ValueError(f"{period_text(period)} does not end after it begins")
    for one, other in pairwise(found):
        if one[1] == MIDNIGHT or other[0] < one[1]:
            raise ValueError(f"{period_text(one)} and {period_text(other)} overlap")
    return tuple(found)


def whole(at: time) -> time:
    """The time itself. Raises ValueError when it carries a zone or parts of a second."""
    if at.tzinfo is not None:
        raise ValueError(f"{at} must carry no zone; it is Asia/Tokyo")
    if at.microsecond:
        raise ValueError(f"{at} is no whole second")
    return at
