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
OFFSET_MS = 9 * 3_600_000
DAY_MS = 86_400_000
HALF_HOUR_MS = 1_800_000
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """``from_ms`` <= t0 < ``to_ms`` (UTC). ``label`` is "2026", "2026-11" or "2026-11-22".

    A year is the fiscal year (年度): from 1 April to before 1 April.
    """

    kind: Literal["year", "month", "day", "span"]
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
        if self.kind == "year":
            return f"{first.year}年度"
        if self.kind == "month":
            return f"{first.year}年{first.month}月"
        if self.kind == "day":
            return japanese_day(first)
        return self.label

    @property
    def wareki(self) -> str:
        """The same in Japanese years, such as "令和8年11月" or "令和8年度、令和8年4月1日～令和9年3月31日"."""
        first = self.first
        if self.kind == "year":
            era = wareki_year(first)
            last = self.days[-1]
            return f"{era}度、{wareki_day(first)}～{wareki_day(last)}"
        if self.kind == "month":
            return f"{wareki_year(first)}{first.month}月"
        return wareki_day(first) if self.kind == "day" else self.label


_ERAS = ((date(2019, 5, 1), "令和"), (date(1989, 1, 8), "平成"), (date(1926, 12, 25), "昭和"))


def wareki_year(day: date) -> str:
    """The Japanese year of a day since 1926-12-25, such as "令和8年", "令和元年"."""
    began, era = next((one for one in _ERAS if day >= one[0]), _ERAS[-1])
    year = day.year - began.year + 1
    return f"{era}{'元' if year == 1 else year}年"


def wareki_day(day: date) -> str:
    """Such as "令和8年11月22日"."""
    return f"{wareki_year(day)}{day.month}月{day.day}日"


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


def year_period(text: str) -> Period:
    """The fiscal year "YYYY", from 1 April of that year. Raises ValueError with a sentence for the user."""
    if not re.fullmatch(r"[0-9]{4}", text) or not 1952 <= int(text) <= 9997:
        raise ValueError(f"{text!r} is not a fiscal year like 2026")
    year = int(text)
    return Period("year", text, _midnight(date(year, 4, 1)), _midnight(date(year + 1, 4, 1)))


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
    return _EPOCH + timedelta(days=(at_ms + OFFSET_MS) // DAY_MS)


def half_hour_of(at_ms: int) -> int:
    """The half hour of the day (Japan), 0 to 47."""
    return (at_ms + OFFSET_MS) % DAY_MS // HALF_HOUR_MS


def _day(day: date) -> Period:
    return Period("day", day.isoformat(), _midnight(day), _midnight(day + timedelta(days=1)))


def _midnight(day: date) -> int:
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=JST))
