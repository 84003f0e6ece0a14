"""When the telephone is answered: the city's calendar.

The rules and their order (the specification, clause 4-3; 市の休日, 地方自治法 article 4-2):
contract period > year end (12/29-1/3) > nth weekday that is open (2nd Sunday) > public holiday > weekday.
All intervals are half-open: open at 8:30:00, closed at 17:15:00. Always Asia/Tokyo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from config.clock import JST
from ivr.holidays import Holidays, shipped_holidays

WEEKDAY_NAMES = ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日")

_DAY = timedelta(days=1)
# The sparsest rule (one 5th weekday, some of them holidays) opens far more often than every third year.
_SEARCH_DAYS = 1100


class State(StrEnum):
    """What the line is at a moment; the words are the contract's."""

    OPEN = "open"
    CLOSED = "closed"
    BEFORE = "before"
    AFTER = "after"


class Kind(StrEnum):
    """Why the line is in its state; chooses the guidance."""

    OPEN = "open"
    NIGHT = "night"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    YEAR_END = "year_end"
    BEFORE_CONTRACT = "before_contract"
    AFTER_CONTRACT = "after_contract"
    BY_HAND = "by_hand"
    """A supervisor has closed the line."""


@dataclass(frozen=True, slots=True)
class CalendarRules:
    """A line's hours. Weekdays count from Monday = 0; dates are inclusive; year_end pairs are (month, day).

    Raises ValueError, naming the field, when the hours end before they begin or a value is out of range.
    """

    open_time: time = time(8, 30)
    close_time: time = time(17, 15)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    nth_weekdays: tuple[tuple[int, int], ...] = ((2, 6),)
    nth_weekday_beats_holiday: bool = True
    year_end: tuple[tuple[int, int], tuple[int, int]] | None = ((12, 29), (1, 3))
    contract_from: date | None = None
    contract_to: date | None = None

    def __post_init__(self) -> None:
        if self.open_time.tzinfo is not None or self.close_time.tzinfo is not None:
            raise ValueError("open_time, close_time: must carry no zone; they are Asia/Tokyo")
        if self.open_time >= self.close_time:
            raise ValueError(f"close_time: {self.close_time} is not after open_time {self.open_time}")
        if any(day not in range(7) for day in self.weekdays):
            raise ValueError(f"weekdays: 0 (Monday) to 6 (Sunday), got {self.weekdays}")
        if any(nth not in range(1, 6) or day not in range(7) for nth, day in self.nth_weekdays):
            raise ValueError(f"nth_weekdays: pairs of 1-5 and 0 (Monday) to 6, got {self.nth_weekdays}")
        for month, day in self.year_end or ():
            try:
                date(2000, month, day)
            except ValueError as error:
                raise ValueError(f"year_end: there is no day {month}/{day}") from error
        if self.contract_from and self.contract_to and self.contract_from > self.contract_to:
            raise ValueError(f"contract_to: {self.contract_to} is before contract_from {self.contract_from}")


@dataclass(frozen=True, slots=True)
class Day:
    """One date. `open` holds half-open hours as "HH:MM" (with ":SS" only where there are seconds)."""

    date: date
    open: tuple[tuple[str, str], ...]
    reason: str
    kind: Kind
    warning: str | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """The line at one moment. `time`, `next_change`, `next_opening` are aware, in Asia/Tokyo.

    `next_change` is when `state` changes next; `next_opening` when it becomes open next (while open: the
    opening after this one). None: never again.
    """

    time: datetime
    state: State
    kind: Kind
    reason: str
    next_change: datetime | None
    next_opening: datetime | None
    warning: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether a caller is let into the queue."""
        return self.state is State.OPEN


class Calendar:
    """Answers what the line is at any moment. Pure: the time comes as an argument."""

    def __init__(self, rules: CalendarRules, holidays: Holidays | None = None) -> None:
        self.rules = rules
        self.holidays = holidays or shipped_holidays()

    def at(self, moment: datetime) -> Moment:
        """The line at an aware datetime of any zone. Raises ValueError for a naive one."""
        if moment.tzinfo is None:
            raise ValueError("the calendar needs a time with a zone")
        local = moment.astimezone(JST)
        today = local.date()
        state, kind, reason = self._state(local)
        opening = next((start for start, _ in self._intervals(today) if start > local), None)
        return Moment(
            local, state, kind, reason, self._next_change(local, state, opening), opening, self.warning(today)
        )

    def day(self, day: date) -> Day:
        """The open hours of one date and the reason, in Japanese."""
        kind, why = self._rule(day)
        hours = ((_short(self.rules.open_time), _short(self.rules.close_time)),) if kind is Kind.OPEN else ()
        return Day(day, hours, f"受付日: {why}" if kind is Kind.OPEN else why, kind, self.warning(day))

    def open_intervals(self, from_date: date, days: int) -> list[tuple[datetime, datetime]]:
        """Open hours of `days` dates from `from_date`, as half-open pairs of aware datetimes, in order."""
        found = []
        for offset in range(days):
            day = from_date + timedelta(days=offset)
            if self._rule(day)[0] is Kind.OPEN:
                found.append(self._hours(day))
        return found

    def warning(self, day: date) -> str | None:
        """A Japanese sentence when the holiday table does not reach this date; None when it does."""
        if self.holidays.covers(day):
            return None
        return (
            f"祝日表は{self.holidays.first_year}年から{self.holidays.last_year}年までです。"
            f"{day.year}年の祝日は法律の定めから計算したものです。内閣府の新しい表を取り込んでください。"
        )

    def _state(self, local: datetime) -> tuple[State, Kind, str]:
        kind, why = self._rule(local.date())
        if kind is Kind.BEFORE_CONTRACT:
            return State.BEFORE, kind, why
        if kind is Kind.AFTER_CONTRACT:
            return State.AFTER, kind, why
        if kind is not Kind.OPEN:
            return State.CLOSED, kind, why
        if local.time() < self.rules.open_time:
            return State.CLOSED, Kind.NIGHT, f"時間外: 受付開始前（{why}）"
        if local.time() >= self.rules.close_time:
            return State.CLOSED, Kind.NIGHT, f"時間外: 受付終了後（{why}）"
        return State.OPEN, kind, f"受付中: {why}"

    def _next_change(self, local: datetime, state: State, opening: datetime | None) -> datetime | None:
        """Midnight ends 開設前 and begins 終了; otherwise the doors open or close."""
        rules = self.rules
        if state is State.OPEN:
            return self._hours(local.date())[1]
        if state is State.BEFORE:
            return datetime.combine(rules.contract_from or local.date(), time(), JST)
        if state is State.AFTER or opening is not None:
            return opening
        return datetime.combine(rules.contract_to + _DAY, time(), JST) if rules.contract_to else None

    def _intervals(self, from_date: date) -> Iterator[tuple[datetime, datetime]]:
        """Open hours from a date on, as far as is worth looking."""
        first = max(from_date, self.rules.contract_from or from_date)
        for offset in range(_SEARCH_DAYS):
            day = first + timedelta(days=offset)
            if self.rules.contract_to and day > self.rules.contract_to:
                return
            if self._rule(day)[0] is Kind.OPEN:
                yield self._hours(day)

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        return (
            datetime.combine(day, self.rules.open_time, JST),
            datetime.combine(day, self.rules.close_time, JST),
        )

    def _rule(self, day: date) -> tuple[Kind, str]:
        """The rule that decides this date, the first that applies, with its words."""
        rules = self.rules
        if rules.contract_from and day < rules.contract_from:
            return Kind.BEFORE_CONTRACT, f"開設前（{_japanese(rules.contract_from)}から）"
        if rules.contract_to and day > rules.contract_to:
            return Kind.AFTER_CONTRACT, f"終了（{_japanese(rules.contract_to)}まで）"
        if self._in_year_end(day):
            return Kind.YEAR_END, "閉庁日: 年末年始"
        holiday = self.holidays.name(day)
        nth = (day.day - 1) // 7 + 1
        if (nth, day.weekday()) in rules.nth_weekdays and (rules.nth_weekday_beats_holiday or not holiday):
            also = f"（祝日: {holiday}）" if holiday else ""
            return Kind.OPEN, f"第{nth}{WEEKDAY_NAMES[day.weekday()]}{also}"
        if holiday:
            return Kind.HOLIDAY, f"閉庁日: {'休日' if '休日' in holiday else '祝日'}（{holiday}）"
        if day.weekday() in rules.weekdays:
            return Kind.OPEN, "平日" if day.weekday() < 5 else WEEKDAY_NAMES[day.weekday()]
        return Kind.WEEKEND, f"閉庁日: {WEEKDAY_NAMES[day.weekday()]}"

    def _in_year_end(self, day: date) -> bool:
        """Year end usually wraps around New Year; a span within one year is allowed too."""
        if self.rules.year_end is None:
            return False
        first, last = self.rules.year_end
        here = (day.month, day.day)
        return first <= here <= last if first <= last else here >= first or here <= last


def _short(value: time) -> str:
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def _japanese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
