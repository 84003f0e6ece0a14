"""When the telephone is answered: a line's rules, and over them what people have said for once.

The order, the first that applies decides:
override > contract period > year end (12/29-1/3) > nth weekday that is open (2nd Sunday) > public holiday >
weekday. The rules of a date stand in calendar_rules.py. All intervals are half-open: open at 8:30:00, closed
at 17:15:00. Always Asia/Tokyo.

Overrides and the contract period: outside the period there is no line, so nothing of it can be closed, and
the reason stays 開設前 or 終了. Opening is another matter: who says that it is open on a day outside (a
rehearsal, a day more at the end) means that day. But what has no end, and began before the period's end,
ends with it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.clock import JST
from config.periods import ends_text
from ivr.calendar_rules import LAST, WEEKDAY_NAMES, CalendarRules, DayRule, Kind, rule_of, rules_of
from ivr.holidays import Holidays, shipped_holidays
from ivr.override import WORDS, Override, OverrideKind
from ivr.stretches import Span, State, Stretch, merged, midnight, stretches

__all__ = [
    "FIRST_YEAR",
    "LAST",
    "LAST_YEAR",
    "WEEKDAY_NAMES",
    "Calendar",
    "CalendarRules",
    "Day",
    "Kind",
    "Moment",
    "State",
    "rules_of",
]

FIRST_YEAR, LAST_YEAR = 1955, 2098
"""Asked by people: the table begins in the first, and the law's rule beyond it holds to the last."""
TAKEN_AWAY_DAYS = 400

_DAY = timedelta(days=1)
# The sparsest rule (one 5th weekday, some of them holidays) opens several times a year.
_SEARCH_DAYS = 400
_LAST_DAY = date(9000, 1, 1)


@dataclass(frozen=True, slots=True)
class Day:
    """One date. `open` holds half-open hours as "HH:MM" (with ":SS" only where there are seconds).

    `kind` and `reason` are those of the rules, or of an override that holds all day; other overrides that
    touch the date follow in `reason`. `overrides`: all that touch it, oldest first.
    """

    date: date
    open: tuple[tuple[str, str], ...]
    reason: str
    kind: Kind
    warning: str | None = None
    holiday: str | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True)
class Moment:
    """The line at one moment. `time`, `next_change`, `next_opening` are aware, in Asia/Tokyo.

    `next_change` is when `state` changes next; `next_opening` when it becomes open next (while open: the
    opening after this one). None: never again. `holiday`: the name of the date's, whatever decides.
    `override`: the one that decides, if any.
    """

    time: datetime
    state: State
    kind: Kind
    reason: str
    next_change: datetime | None
    next_opening: datetime | None
    warning: str | None = None
    holiday: str | None = None
    override: Override | None = None

    @property
    def is_open(self) -> bool:
        """Whether a caller is let into the queue."""
        return self.state is State.OPEN


class Calendar:
    """Answers what the line is at any moment. Pure: the time comes as an argument."""

    def __init__(
        self, rules: CalendarRules, holidays: Holidays | None = None, overrides: Sequence[Override] = ()
    ) -> None:
        """`overrides`: those of this line that are in force, past or planned; the newest made wins."""
        self.rules = rules
        self.holidays = holidays or shipped_holidays()
        self.overrides = tuple(sorted(overrides, key=lambda override: override.made_ms))
        self._contract_ends = (
            rules.contract_to + _DAY if rules.contract_to and rules.contract_to < _LAST_DAY else None
        )
        self._spans = tuple(self._span(override) for override in self.overrides)
        self._edges = sorted(self._find_edges())
        self._of_month: dict[tuple[int, int], tuple[Span, ...]] = {}

    def with_overrides(self, overrides: Sequence[Override]) -> Calendar:
        """The same rules under these overrides, and no others."""
        return Calendar(self.rules, self.holidays, overrides)

    @property
    def ordinary_hours(self) -> tuple[tuple[str, str], ...]:
        """通常の受付時間, as `Day.open` has hours."""
        return tuple(ends_text(period) for period in self.rules.ordinary)

    def at(self, moment: datetime) -> Moment:
        """The line at an aware datetime of any zone. Raises ValueError for a naive one."""
        if moment.tzinfo is None:
            raise ValueError("the calendar needs a time with a zone")
        local = moment.astimezone(JST)
        today = local.date()
        rule = self._rule(today)
        now = next(stretch for stretch in self._stretches(today, rule) if local < stretch.ends)
        change, opening = self._ahead(local, now.state)
        warning = self.warning(today)
        return Moment(
            local, now.state, now.kind, now.reason, change, opening, warning, rule.holiday, now.override
        )

    def day(self, day: date) -> Day:
        """The open hours of one date and the reason, in Japanese."""
        rule = self._rule(day)
        begins, ends = midnight(day), midnight(day + _DAY)
        spans = [(span, found) for span in self._touching(day) if (found := span.within(begins, ends))]
        touching = tuple(span.override for span, _ in spans)
        kind, reason = rule.kind, f"受付日: {rule.why}" if rule.kind is Kind.OPEN else rule.why
        if not rule.in_contract:
            spans = [(span, found) for span, found in spans if span.override.kind is not OverrideKind.CLOSED]
        said: list[str] = []
        for span, (first, last) in spans:
            if (first, last) == (begins, ends):
                kind, reason, said = Kind.BY_HAND, span.override.words, []
                continue
            why = f": {span.override.reason}" if span.override.reason else ""
            said.append(
                f"{WORDS[span.override.kind]} {'-'.join(ends_text((first.time(), last.time())))}{why}"
            )
        hours = tuple(ends_text((start.time(), end.time())) for start, end in self.open_intervals(day, 1))
        return Day(day, hours, " / ".join([reason, *said]), kind, self.warning(day), rule.holiday, touching)

    def open_intervals(self, from_date: date, days: int) -> list[tuple[datetime, datetime]]:
        """Open hours of `days` dates from `from_date`, as half-open pairs of aware datetimes, in order.

        What is open without a break, over midnight too, is one pair.
        """
        dates = (from_date + timedelta(days=offset) for offset in range(days))
        return merged(interval for day in dates for interval in self._open(day))

    def takes_away(self, override: Override) -> bool:
        """Whether it closes time that would be open without it, in its span, at most 400 days of it."""
        others = [other for other in self.overrides if other.id != override.id]
        without, under = self.with_overrides(others), self.with_overrides([*others, override])
        begins = override.begins
        ends = begins + timedelta(days=TAKEN_AWAY_DAYS)
        ends = ends if override.ends is None else min(ends, override.ends)
        for offset in range((ends.date() - begins.date()).days + 1):
            day = begins.date() + timedelta(days=offset)
            still = under.open_intervals(day, 1)
            for opens, closes in without.open_intervals(day, 1):
                first, last = max(opens, begins), min(closes, ends)
                if first < last and not any(one <= first and last <= other for one, other in still):
                    return True
        return False

    def opens_closed_days(self, override: Override) -> tuple[date, ...]:
        """The dates, of 400 at most, closed all day without it and open with it: a weekend, a holiday."""
        others = [other for other in self.overrides if other.id != override.id]
        without, under = self.with_overrides(others), self.with_overrides([*others, override])
        first, last = override.begins.date(), None if override.ends is None else override.ends.date()
        days = TAKEN_AWAY_DAYS if last is None else min(TAKEN_AWAY_DAYS, (last - first).days + 1)
        dates = [first + timedelta(days=offset) for offset in range(days)]
        return tuple(
            day for day in dates if not without.open_intervals(day, 1) and under.open_intervals(day, 1)
        )

    def warning(self, day: date) -> str | None:
        """A Japanese sentence when the holiday table does not reach this date; None when it does."""
        if self.holidays.covers(day):
            return None
        return (
            f"祝日表は{self.holidays.first_year}年から{self.holidays.last_year}年までです。"
            f"{day.year}年の祝日は法律の定めから計算したものです。内閣府の新しい表を取り込んでください。"
        )

    def _rule(self, day: date) -> DayRule:
        return rule_of(self.rules, self.holidays, day)

    def _open(self, day: date) -> list[tuple[datetime, datetime]]:
        parts = self._stretches(day, self._rule(day))
        return [(one.begins, one.ends) for one in parts if one.state is State.OPEN]

    def _ahead(self, local: datetime, state: State) -> tuple[datetime | None, datetime | None]:
        """When the state changes next, and when it becomes open next."""
        change = None
        for at, then in self._changes(local, state):
            change = change or at
            if then is State.OPEN:
                return change, at
        return change, None

    def _changes(self, local: datetime, state: State) -> Iterator[tuple[datetime, State]]:
        """The moments at which the state becomes another one, as far as is worth looking."""
        day, looked = local.date(), 0
        while looked < _SEARCH_DAYS and day < _LAST_DAY:
            parts = self._stretches(day, self._rule(day))
            for stretch in parts:
                if stretch.begins > local and stretch.state is not state:
                    state = stretch.state
                    yield stretch.begins, state
            later = bisect_right(self._edges, day)
            if len(parts) == 1 and self._same_until_edge(day, parts[0]):
                if later == len(self._edges):
                    return
                day = self._edges[later]
            else:
                day += _DAY
                looked += 1

    def _same_until_edge(self, day: date, all_day: Stretch) -> bool:
        """Whether the following dates are as this one, until an override or the contract begins or ends."""
        if all_day.override is not None:
            return all_day.override.kind is not OverrideKind.HOURS
        return not self._rule(day).in_contract

    def _find_edges(self) -> set[date]:
        """The dates on which something begins or has ended that is no rule of every year."""
        edges = {span.begins.date() + more for span in self._spans for more in (timedelta(), _DAY)}
        edges |= {
            span.ends.date() + more for span in self._spans if span.ends for more in (timedelta(), _DAY)
        }
        if self.rules.contract_from:
            edges.add(self.rules.contract_from)
        if self._contract_ends:
            edges.add(self._contract_ends)
        return edges

    def _span(self, override: Override) -> Span:
        begins, ends = override.begins, override.ends
        if ends is None and self._contract_ends and begins.date() < self._contract_ends:
            ends = midnight(self._contract_ends)
        return Span(override, begins, ends)

    def _stretches(self, day: date, rule: DayRule) -> list[Stretch]:
        return stretches(midnight(day), midnight(day + _DAY), rule, self._touching(day))

    def _touching(self, day: date) -> tuple[Span, ...]:
        """The spans that touch the date's month: after ten years few of all do."""
        month = (day.year, day.month)
        if month not in self._of_month:
            begins = midnight(day.replace(day=1))
            ends = begins + timedelta(days=32)
            self._of_month[month] = tuple(span for span in self._spans if span.within(begins, ends))
        return self._of_month[month]
