"""Public holidays of Japan: the Cabinet Office's table, and the law's rule for dates beyond it.

Source of the table: 内閣府「国民の祝日・休日」 (see data/SOURCE.md).
Source of the rule: 国民の祝日に関する法律 (昭和23年法律第178号), articles 2 and 3, as in force since 2022.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib import resources
from types import MappingProxyType

HEADER = "国民の祝日"
"""What the table's first line begins with."""
ALARM_DAYS = 120
"""A year's table is published in the February before it; who has none 120 days before the year missed it."""

# Article 2: (month, day, name).
FIXED: tuple[tuple[int, int, str], ...] = (
    (1, 1, "元日"),
    (2, 11, "建国記念の日"),
    (2, 23, "天皇誕生日"),
    (4, 29, "昭和の日"),
    (5, 3, "憲法記念日"),
    (5, 4, "みどりの日"),
    (5, 5, "こどもの日"),
    (8, 11, "山の日"),
    (11, 3, "文化の日"),
    (11, 23, "勤労感謝の日"),
)
# Article 2: (month, which Monday, name).
MONDAYS: tuple[tuple[int, int, str], ...] = (
    (1, 2, "成人の日"),
    (7, 3, "海の日"),
    (9, 3, "敬老の日"),
    (10, 2, "スポーツの日"),
)
# The table's own name for a substitute day and for a day between two holidays alike.
REST_DAY = "休日"

FIRST_YEAR, LAST_YEAR = 1948, 2098
"""The law is of 1948; the equinox days' approximation holds to the last."""
LONGEST_NAME = 30

_DAY = timedelta(days=1)
_WRITTEN = re.compile(r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Holidays:
    """Names of public holidays by date."""

    table: Mapping[date, str]
    first_year: int
    last_year: int

    @classmethod
    def parse(cls, text: str) -> Holidays:
        """Read the Cabinet Office's CSV (a header, then `YYYY/M/D,name`).

        Raises ValueError, naming the line, when there is no header, a row is not a date and a name, or a date
        comes twice.
        """
        lines = text.removeprefix("\ufeff").splitlines()
        if not lines or not lines[0].strip('"').startswith(HEADER):
            raise ValueError(f"holiday table, line 1: does not begin with the header {HEADER}…")
        table: dict[date, str] = {}
        for number, line in enumerate(lines[1:], start=2):
            if not line.strip(" ,"):
                continue
            day, name = _row(number, line)
            if day in table:
                raise ValueError(f"holiday table, line {number}: {day} comes twice")
            table[day] = name
        if not table:
            raise ValueError("holiday table: no rows")
        return cls(MappingProxyType(table), min(table).year, max(table).year)

    def covers(self, day: date) -> bool:
        """Whether the table speaks about this date's year; otherwise `name` answers by the law's rule."""
        return self.first_year <= day.year <= self.last_year

    def days_left(self, today: date) -> int:
        """For how many days after `today` the table speaks; negative when it has ended."""
        return (date(self.last_year, 12, 31) - today).days

    def alarm(self, today: date) -> str | None:
        """A Japanese sentence when the table ends in less than 120 days and another one is due; else None."""
        left = self.days_left(today)
        if left >= ALARM_DAYS:
            return None
        ends = f"祝日表は{self.last_year}年12月31日まで"
        how = "内閣府の新しい表を bin/madoguchi holidays import で取り込んでください。"
        return f"{ends}です（あと{left}日）。{how}" if left >= 0 else f"{ends}で、期限が切れています。{how}"

    def name(self, day: date) -> str | None:
        """The holiday's name, or None. Substitute days are 振替休日, sandwiched days 国民の休日."""
        if not self.covers(day):
            return by_law(day)
        name = self.table.get(day)
        return self._kind_of_rest(day) if name == REST_DAY else name

    def _kind_of_rest(self, day: date) -> str:
        """The table calls both 休日. A substitute day follows an unbroken run of holidays with a Sunday."""
        before = day - _DAY
        while before in self.table:
            if before.weekday() == 6:
                return "振替休日"
            before -= _DAY
        return "国民の休日"


def _row(number: int, line: str) -> tuple[date, str]:
    try:
        written, name = next(csv.reader([line], strict=True))
        match = _WRITTEN.fullmatch(written.strip())
        day = date(*(int(part) for part in match.groups())) if match else None
    except (ValueError, csv.Error):
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"holiday table, line {number}: {line[:60]!r} is not 'YYYY/M/D,name'")
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or any(not _is_japanese(character) for character in name):
        raise ValueError(f"holiday table, line {number}: {name[:60]!r} is not the name of a holiday")
    return day, name


def _is_japanese(character: str) -> bool:
    """Whether it is kana, kanji or a full-width sign; a wrong encoding looks like half-width kana."""
    return unicodedata.east_asian_width(character) in "WF" or character in "・（）() "


def by_law(day: date) -> str | None:
    """The holiday's name by articles 2 and 3 of the law, or None.

    Article 3.2: a holiday on a Sunday gives the next day that is no holiday; 3.3: a day between two holidays
    is one. The equinox days are astronomical and announced the February before: the usual approximation is
    used, good for 1980-2099.
    """
    own = _national_day(day)
    if own is not None:
        return own
    before = day - _DAY
    while _national_day(before) is not None:
        if before.weekday() == 6:
            return "振替休日"
        before -= _DAY
    if _national_day(day - _DAY) is not None and _national_day(day + _DAY) is not None:
        return "国民の休日"
    return None


def _national_day(day: date) -> str | None:
    """The 国民の祝日 of article 2 that falls on this date, without the rest days of article 3."""
    for month, number, name in FIXED:
        if (day.month, day.day) == (month, number):
            return name
    for month, which, name in MONDAYS:
        if day.month == month and day.weekday() == 0 and (day.day - 1) // 7 + 1 == which:
            return name
    if day.month == 3 and day.day == _equinox(20.8431, day.year):
        return "春分の日"
    if day.month == 9 and day.day == _equinox(23.2488, day.year):
        return "秋分の日"
    return None


def _equinox(base: float, year: int) -> int:
    """Day of the month of an equinox; `base` is its moment in 1980, in days."""
    return int(base + 0.242194 * (year - 1980)) - (year - 1980) // 4


@cache
def shipped_holidays() -> Holidays:
    """The table that is shipped with the program."""
    return Holidays.parse((resources.files("ivr") / "data" / "holidays.csv").read_text(encoding="utf-8"))
