"""What the city's rules make of a date, before anybody has said otherwise.

The order (the specification, clause 4-3; 市の休日, 地方自治法 article 4-2), the first that applies decides:
contract period > year end (12/29-1/3) > nth weekday that is open (2nd Sunday) > public holiday > weekday.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from typing import get_args

from config.calendar import Calendar as Section
from config.calendar import NthWeekday
from config.periods import Periods, in_order, parse_period, whole
from config.section import Weekday
from ivr.holidays import Holidays

WEEKDAY_NAMES = ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日")
LAST = -1
"""As the number of an nth weekday: the month's last one."""

_WEEKDAYS: tuple[str, ...] = get_args(Weekday)
_WEEK = timedelta(days=7)


class Kind(StrEnum):
    """Why the line is in its state; chooses the guidance."""

    OPEN = "open"
    NIGHT = "night"
    """Before the first hours of a day, or after its last."""
    PAUSE = "pause"
    """Between two hours of one day."""
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    YEAR_END = "year_end"
    BEFORE_CONTRACT = "before_contract"
    AFTER_CONTRACT = "after_contract"
    BY_HAND = "by_hand"
    """A person has said so: an override."""


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """A line's hours. Weekdays count from Monday = 0; dates are inclusive; year_end pairs are (month, day).

    `open_time` to `close_time` are the ordinary hours, kept on `weekdays`. `hours` gives weekdays, these or
    others, their own, of several periods if need be; a weekday in it is open. `nth_weekdays` are open too: at
    the hours that `nth_hours` has for them, else at their weekday's, else at the ordinary ones. Their number
    is 1 to 5, or -1 for the month's last. A period that ends at 00:00 ends with the day.

    `extra_holidays` are the city's own, (month, day, name), each year.

    Raises ValueError, naming the field, when the hours end before they begin, overlap or contradict each
    other, or a value is out of range.
    """

    open_time: time = time(8, 30)
    close_time: time = time(17, 15)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    nth_weekdays: tuple[tuple[int, int], ...] = ((2, 6),)
    nth_weekday_beats_holiday: bool = True
    year_end: tuple[tuple[int, int], tuple[int, int]] | None = ((12, 29), (1, 3))
    contract_from: date | None = None
    contract_to: date | None = None
    hours: tuple[tuple[int, Periods], ...] = ()
    nth_hours: tuple[tuple[int, int, Periods], ...] = ()
    extra_holidays: tuple[tuple[int, int, str], ...] = ()

    def __post_init__(self) -> None:
        for at in (self.open_time, self.close_time):
            try:
                whole(at)
            except ValueError as error:
                raise ValueError(f"open_time, close_time: {error}") from None
        if self.open_time >= self.close_time:
            raise ValueError(f"close_time: {self.close_time} is not after open_time {self.open_time}")
        if any(day not in range(7) for day in self.weekdays):
            raise ValueError(f"weekdays: 0 (Monday) to 6 (Sunday), got {self.weekdays}")
        if any(nth not in (1, 2, 3, 4, 5, LAST) or day not in range(7) for nth, day in self.nth_weekdays):
            raise ValueError(f"nth_weekdays: pairs of 1-5 or -1 and 0 (Monday) to 6, got {self.nth_weekdays}")
        for month, day in self.year_end or ():
            _a_day("year_end", month, day)
        for month, day, _ in self.extra_holidays:
            _a_day("extra_holidays", month, day)
        if self.contract_from and self.contract_to and self.contract_from > self.contract_to:
            raise ValueError(f"contract_to: {self.contract_to} is before contract_from {self.contract_from}")
        if any(day not in range(7) for day, _ in self.hours):
            raise ValueError("hours: weekdays are 0 (Monday) to 6 (Sunday)")
        _once("hours", [day for day, _ in self.hours])
        _once("nth_weekdays", self.nth_weekdays)
        _once("nth_hours", [(nth, day) for nth, day, _ in self.nth_hours])
        _once("extra_holidays", [(month, day) for month, day, _ in self.extra_holidays])
        own = tuple((day, _periods("hours", periods)) for day, periods in self.hours)
        object.__setattr__(self, "hours", own)
        nth = tuple((nth, day, _periods("nth_hours", periods)) for nth, day, periods in self.nth_hours)
        object.__setattr__(self, "nth_hours", nth)
        if strange := {(nth, day) for nth, day, _ in nth} - set(self.nth_weekdays):
            raise ValueError(f"nth_hours: {sorted(strange)} are not in nth_weekdays")
        for number, day in self.nth_weekdays:
            both = number in (4, 5) and (LAST, day) in self.nth_weekdays
            if both and self.periods_of_nth(number, day) != self.periods_of_nth(LAST, day):
                raise ValueError(
                    f"nth_weekdays: the {number}th and the last {_WEEKDAYS[day]} can be the same day, "
                    "and have different hours"
                )

    @property
    def ordinary(self) -> Periods:
        """通常の受付時間."""
        return ((self.open_time, self.close_time),)

    def periods_of(self, weekday: int) -> Periods:
        """The hours of a weekday where no date makes it another day; none when it is closed."""
        own = next((periods for day, periods in self.hours if day == weekday), None)
        return own or (self.ordinary if weekday in self.weekdays else ())

    def periods_of_nth(self, nth: int, weekday: int) -> Periods:
        """The hours of an nth weekday."""
        own = next((hours for number, day, hours in self.nth_hours if (number, day) == (nth, weekday)), None)
        return own or self.periods_of(weekday) or self.ordinary


@dataclass(frozen=True, slots=True)
class DayRule:
    """The rule that decides a date: OPEN with its hours, or the kind of closed day; `why` in Japanese words.

    `holiday`: the public (or the city's own) holiday's name, whatever rule decides.
    """

    kind: Kind
    why: str
    periods: Periods
    holiday: str | None

    @property
    def in_contract(self) -> bool:
        """Whether there is a line at all."""
        return self.kind not in (Kind.BEFORE_CONTRACT, Kind.AFTER_CONTRACT)


def rule_of(rules: CalendarRules, holidays: Holidays, day: date) -> DayRule:
    """The first rule that applies to the date."""
    named = holidays.name(day)
    own = next(
        (name for month, number, name in rules.extra_holidays if (month, number) == (day.month, day.day)),
        None,
    )
    holiday = named or own

    def closed(kind: Kind, why: str) -> DayRule:
        return DayRule(kind, why, (), holiday)

    if rules.contract_from and day < rules.contract_from:
        return closed(Kind.BEFORE_CONTRACT, f"開設前（{_japanese(rules.contract_from)}から）")
    if rules.contract_to and day > rules.contract_to:
        return closed(Kind.AFTER_CONTRACT, f"終了（{_japanese(rules.contract_to)}まで）")
    if _in_year_end(rules, day):
        return closed(Kind.YEAR_END, "閉庁日: 年末年始")
    weekday = day.weekday()
    if rules.nth_weekday_beats_holiday or not holiday:
        for nth in _numbers(day):
            if (nth, weekday) in rules.nth_weekdays:
                which = "最終" if nth == LAST else f"第{nth}"
                also = f"（祝日: {holiday}）" if holiday else ""
                why = f"{which}{WEEKDAY_NAMES[weekday]}{also}"
                return DayRule(Kind.OPEN, why, rules.periods_of_nth(nth, weekday), holiday)
    if named:
        return closed(Kind.HOLIDAY, f"閉庁日: {'休日' if '休日' in named else '祝日'}（{named}）")
    if own:
        return closed(Kind.HOLIDAY, f"閉庁日: 市の休日（{own}）")
    if periods := rules.periods_of(weekday):
        plain = weekday < 5 and periods == rules.ordinary
        return DayRule(Kind.OPEN, "平日" if plain else WEEKDAY_NAMES[weekday], periods, None)
    return closed(Kind.WEEKEND, f"閉庁日: {WEEKDAY_NAMES[weekday]}")


def rules_of(said: Section) -> CalendarRules:
    """The rules that a `[calendar]` of the settings describes."""

    def nth(rule: NthWeekday) -> tuple[int, int]:
        return LAST if rule.nth == "last" else rule.nth, _WEEKDAYS.index(rule.weekday)

    def periods(texts: tuple[str, ...]) -> Periods:
        return tuple(parse_period(text) for text in texts)

    first, last = said.year_end_from, said.year_end_to
    return CalendarRules(
        open_time=said.open,
        close_time=said.close,
        weekdays=tuple(_WEEKDAYS.index(day) for day in said.weekdays),
        nth_weekdays=tuple(nth(rule) for rule in said.nth_weekdays),
        nth_weekday_beats_holiday=said.nth_weekday_beats_holiday,
        year_end=((first.month, first.day), (last.month, last.day)) if said.year_end else None,
        contract_from=said.contract_from,
        contract_to=said.contract_to,
        hours=tuple((_WEEKDAYS.index(day), periods(texts)) for day, texts in said.hours.items()),
        nth_hours=tuple((*nth(rule), periods(rule.hours)) for rule in said.nth_weekdays if rule.hours),
        extra_holidays=tuple((one.month, one.day, one.name) for one in said.extra_holidays),
    )


def _numbers(day: date) -> Iterator[int]:
    """Which of its month's this weekday is: its number, and -1 when it is the last."""
    yield (day.day - 1) // 7 + 1
    if (day + _WEEK).month != day.month:
        yield LAST


def _in_year_end(rules: CalendarRules, day: date) -> bool:
    """Year end usually wraps around New Year; a span within one year is allowed too."""
    if rules.year_end is None:
        return False
    first, last = rules.year_end
    here = (day.month, day.day)
    return first <= here <= last if first <= last else here >= first or here <= last


def _a_day(field: str, month: int, day: int) -> None:
    try:
        date(2000, month, day)
    except ValueError as error:
        raise ValueError(f"{field}: there is no day {month}/{day}") from error


def _once(field: str, values: list[object] | tuple[object, ...]) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise ValueError(f"{field}: {twice[0]} comes twice")


def _periods(field: str, periods: Periods) -> Periods:
    if not periods:
        raise ValueError(f"{field}: no period; leave the day out where it is closed")
    try:
        return in_order(periods)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None


def _japanese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
