"""The one clock. Everything in Madoguchi asks it for the time, so it can be set elsewhere (`--at`)."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
"""The city's zone, whatever the machine's is. Japan has no daylight saving (since 1951)."""

OFFSET_VARIABLE = "MADOGUCHI_CLOCK_OFFSET_MS"


class Clock:
    """Wall-clock time, shifted by a fixed number of milliseconds.

    Durations inside one process are better measured with `time.monotonic`; this clock is for moments.
    """

    def __init__(self, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms

    @classmethod
    def from_environment(cls) -> Clock:
        """The clock that `bin/up --at` asked for; the machine's own when the variable is unset.

        Raises:
            ValueError: the variable is not a whole number of milliseconds.
        """
        text = os.environ.get(OFFSET_VARIABLE, "0")
        try:
            return cls(int(text))
        except ValueError:
            raise ValueError(f"{OFFSET_VARIABLE}: {text!r} is not a whole number of milliseconds") from None

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000 + self.offset_ms

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return from_ms(self.now_ms())


def to_ms(moment: datetime) -> int:
    """Milliseconds since 1970-01-01 UTC of an aware `moment`."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no place on the clock")
    return round(moment.timestamp() * 1000)


def from_ms(ms: int) -> datetime:
    """The aware UTC moment of `ms` milliseconds since 1970-01-01 UTC."""
    seconds, rest = divmod(ms, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1000)


def parse_local(text: str) -> datetime:
    """Read "2022-05-08 08:29:50", "2022-05-08T08:30" or "2022-05-08" as a moment in Japan.

    An explicit zone in the text is respected.

    Raises:
        ValueError: the text is not such a moment; the message can be shown to a user.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} is not a time like 2022-05-08 08:30:00") from None
    return moment.replace(tzinfo=JST) if moment.tzinfo is None else moment.astimezone(JST)
