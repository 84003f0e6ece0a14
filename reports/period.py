"""Calendar months and days of Japan as half-open intervals of UTC milliseconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from config.clock import JST, to_ms

WEEKDAYS = "月火水木金土日"

# Japan has had no daylight saving since 1951, so days and half hours are arithmetic. The borders of a period
# still come from the zone's own rules.
_OFFSET_MS = 9 * 3_600_000
_DAY_MS = 86_400_000
_HALF_HOUR_MS = 1_800_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """``from_ms`` <= t0 < ``to_ms`` (UTC). ``label`` is "2026-11" or "2026-11-22"."""

    kind: Literal["month", "day", "span"]
    label: str
    from_ms: int
    to_ms: int

    @property
    def first(self) -> date:
        """The first day (Japan)."""
        return day_of(self.from_ms)

    @property
    def days(self) -> list[date]:
        """Every day of the period (Japan)."""
        last = day_of(self.to_ms - 1)
        return [self.first + timedelta(days=n) for n in range((last - self.first).days + 1)]

    @property
    def japanese(self) -> str:
        """Such as "2026年11月" or "2026年11月22日（日）"."""
        first = self.first
        if self.kind == "month":
            return f"{first.year}年{first.month}月"
        if self.kind == "day":
            return japanese_day(first)
        return self.label


def japanese_day(day: date) -> str:
    """Such as "2026年11月22日（日）"."""
    return f"{day.year}年{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def month_period(text: str) -> Period:
    """The month "YYYY-MM". Raises ValueError with a sentence for the user."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    if not found or not (1 <= int(found[2]) <= 12 and 1952 <= int(found[1]) <= 9998):
        raise ValueError(f"{text!r} is not a month like 2026-11")
    first = date(int(found[1]), int(found[2]), 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period("month", text, _midnight(first), _midnight(following))


def day_period(text: str) -> Period:
    """The day "YYYY-MM-DD". Raises ValueError with a sentence for the user."""
    return _day(parse_day(text))


def day_around(at_ms: int) -> Period:
    """The day (Japan) in which a moment lies."""
    return _day(day_of(at_ms))


def span_period(from_ms: int, to_ms: int) -> Period:
    """Any half-open interval, for "the last 30 minutes"."""
    return Period("span", f"{from_ms}/{to_ms}", from_ms, to_ms)


def parse_day(text: str) -> date:
    """The date "YYYY-MM-DD". Raises ValueError with a sentence for the user."""
    try:
        # fromisoformat alone would also take 20261122 and 2026-W47-7.
        day = date.fromisoformat(text) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else None
    except ValueError:
        day = None
    if day is None or not 1952 <= day.year <= 9998:
        raise ValueError(f"{text!r} is not a day like 2026-11-22")
    return day


def day_of(at_ms: int) -> date:
    """The day (Japan) of a moment."""
    return _EPOCH + timedelta(days=(at_ms + _OFFSET_MS) // _DAY_MS)


def half_hour_of(at_ms: int) -> int:
    """The half hour of the day (Japan), 0 to 47."""
    return (at_ms + _OFFSET_MS) % _DAY_MS // _HALF_HOUR_MS


def _day(day: date) -> Period:
    return Period("day", day.isoformat(), _midnight(day), _midnight(day + timedelta(days=1)))


def _midnight(day: date) -> int:
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=JST))
