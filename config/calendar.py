"""`[calendar]`: when a line is open. Further lines may have their own, `[lines.calendar]`."""

from __future__ import annotations

from collections import Counter
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from config.periods import in_order, parse_period, period_text, whole
from config.section import Flag, Int, Section, Weekday


def _periods(texts: tuple[str, ...]) -> tuple[str, ...]:
    """As they are read, in order."""
    if not texts:
        raise ValueError("is empty; leave the day out where it is closed")
    return tuple(period_text(period) for period in in_order(parse_period(text) for text in texts))


def _which(nth: object) -> object:
    if nth == "last" or (isinstance(nth, int) and not isinstance(nth, bool) and 1 <= nth <= 5):
        return nth
    raise ValueError('must be 1 to 5 or "last"')


INHERITED = ("extra_holidays", "year_end", "year_end_from", "year_end_to", "contract_from", "contract_to")
"""What a further line's own calendar has from `[calendar]` where it does not say otherwise."""
PeriodTexts = Annotated[tuple[str, ...], AfterValidator(_periods)]
"""受付時間 of one day, such as ["08:30-12:00", "13:00-17:15"]; a period may end at 24:00."""
ClockTime = Annotated[time, AfterValidator(whole)]


class NthWeekday(Section):
    """毎月第2日曜日 is `nth = 2, weekday = "sun"` (specification §4 ③); `nth = "last"` is 最終."""

    nth: Annotated[int | Literal["last"], BeforeValidator(_which)]
    weekday: Weekday
    hours: PeriodTexts | None = None
    """Its own; without them it keeps its weekday's, else the ordinary ones."""


class MonthDay(Section):
    """A day of every year."""

    month: Int = Field(ge=1, le=12)
    day: Int = Field(ge=1, le=31)

    @model_validator(mode="after")
    def _there_is(self) -> Self:
        try:
            date(2000, self.month, self.day)
        except ValueError:
            raise ValueError(f"there is no day {self.month}/{self.day}") from None
        return self


class ExtraHoliday(MonthDay):
    """A holiday of the city's own, every year: 市制記念日, 慰霊の日."""

    name: str = Field(min_length=1, max_length=20)


class Calendar(Section):
    """受付時間. Half-open to the second in Asia/Tokyo: open ≤ t < close."""

    open: ClockTime = time(8, 30)
    close: ClockTime = time(17, 15)
    """通常の受付時間."""
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    """Open at the ordinary hours, but for those that have their own."""
    hours: dict[Weekday, PeriodTexts] = Field(default_factory=dict)
    """Weekdays with hours of their own; a weekday that stands here is open, in `weekdays` or not."""
    nth_weekdays: tuple[NthWeekday, ...] = (NthWeekday(nth=2, weekday="sun"),)
    nth_weekday_beats_holiday: Flag = True
    """Open when the 2nd Sunday is a public holiday (2024-02-11 and 2024-08-11 were)."""
    extra_holidays: tuple[ExtraHoliday, ...] = ()
    year_end: Flag = True
    """Closed from `year_end_from` to `year_end_to`, both included."""
    year_end_from: MonthDay = MonthDay(month=12, day=29)
    year_end_to: MonthDay = MonthDay(month=1, day=3)
    contract_from: date | None = None
    contract_to: date | None = None
    second_person: Flag = True
    """Whether closing in open hours takes effect only when a second person confirms it."""

    @field_validator("weekdays")
    @classmethod
    def _no_weekday_twice(cls, value: tuple[Weekday, ...]) -> tuple[Weekday, ...]:
        _once(value)
        return value

    @field_validator("extra_holidays")
    @classmethod
    def _no_holiday_twice(cls, value: tuple[ExtraHoliday, ...]) -> tuple[ExtraHoliday, ...]:
        _once([f"{day.month}/{day.day}" for day in value])
        return value

    @field_validator("nth_weekdays")
    @classmethod
    def _no_nth_twice(cls, value: tuple[NthWeekday, ...]) -> tuple[NthWeekday, ...]:
        _once([f"{rule.nth} {rule.weekday}" for rule in value])
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.close <= self.open:
            raise ValueError(f"close ({self.close:%H:%M}) must be later than open ({self.open:%H:%M})")
        if self.contract_from and self.contract_to and self.contract_to < self.contract_from:
            raise ValueError("contract_to is before contract_from")
        last = {rule.weekday: self._hours_of(rule) for rule in self.nth_weekdays if rule.nth == "last"}
        for rule in self.nth_weekdays:
            if rule.nth in (4, 5) and last.get(rule.weekday, self._hours_of(rule)) != self._hours_of(rule):
                raise ValueError(
                    f"nth_weekdays: the {rule.nth}th and the last {rule.weekday} can be the same day, "
                    "and have different hours"
                )
        return self

    def _hours_of(self, rule: NthWeekday) -> tuple[str, ...]:
        ordinary = (period_text((self.open, self.close)),)
        return rule.hours or self.hours.get(rule.weekday) or ordinary


def inherited(raw: object) -> object:
    """The whole settings, as read, with what `[lines.calendar]` does not say of the city and the contract.

    What has another form than it should is left for whoever checks it.
    """
    if not isinstance(raw, dict) or not isinstance(raw.get("lines"), list | tuple):
        return raw
    main = raw.get("calendar")
    common = {key: main[key] for key in INHERITED if key in main} if isinstance(main, dict) else {}
    lines = [
        {**line, "calendar": {**common, **line["calendar"]}}
        if isinstance(line, dict) and isinstance(line.get("calendar"), dict)
        else line
        for line in raw["lines"]
    ]
    return {**raw, "lines": lines}


def _once(values: tuple[str, ...] | list[str]) -> None:
    twice = [value for value, times in Counter(values).items() if times > 1]
    if twice:
        raise ValueError(f"{twice[0]} is given twice")
