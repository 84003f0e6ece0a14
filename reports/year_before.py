"""前年同月比, 前年度比: a period's figures beside those of the same period one year before.

The year before is read as what was handed over, if its month is closed (締め), else counted from the records.
A period that is not over is compared with the same part of the year before, up to the same day and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from config.clock import JST, from_ms, to_ms
from db import Closing, first_received
from db.closings import closings_of
from reports.calls import local_text
from reports.figures import Figures
from reports.period import Period, day_of, month_period, year_period
from reports.rules import Rules
from reports.sums import Sums, sums_of, sums_of_closed, sums_of_figures
from reports.tally import Tally, digits

BEFORE_CONTRACT = "before_contract"
NO_CALLS = "no_calls"


@dataclass(frozen=True, slots=True)
class MonthPair:
    """A month of a year, "2026-04", and the one before; None: nothing was, or is yet, to be counted."""

    month: str
    now: Tally | None
    then: Tally | None


@dataclass(frozen=True, slots=True)
class YearBefore:
    """``own`` is the report's period, ``period`` the one before, of which all before ``until_ms`` (UTC) is
    compared.

    ``missing`` says why there is no ``then``. ``since``: the records, or the contract, begin on this day, in
    the midst of the period. ``closing``: the version that ``then`` is taken from; None: from the records.
    """

    own: Period
    period: Period
    until_ms: int
    now: Sums
    then: Sums | None = None
    missing: str = ""
    since: date | None = None
    closing: Closing | None = None
    months: tuple[MonthPair, ...] = field(default=())

    @property
    def is_part(self) -> bool:
        """Whether only the first part of the period is compared."""
        return self.until_ms < self.period.to_ms

    @property
    def same_level(self) -> bool:
        """Whether both service levels were computed in the same way."""
        then = self.now.level if self.then is None else self.then.level
        now = self.now.level
        return (now.threshold_s, now.short_s, now.formula) == (then.threshold_s, then.short_s, then.formula)

    def to_json(self) -> dict[str, Any]:
        """The object ``year_before``."""
        now, then = self.now.values(), None if self.then is None else self.then.values()
        closing = self.closing
        return {
            "period": self.period.label,
            "until": local_text(self.until_ms) if self.is_part else None,
            "missing": self.missing or None,
            "since": None if self.since is None else self.since.isoformat(),
            "source": None if then is None else "records" if closing is None else "closed",
            "version": None if closing is None else closing.version,
            "closed_at": None if closing is None else local_text(closing.at_ms),
            "service_level_rule": None if self.then is None else _rule(self.then),
            "figures": {name: _shown(name, None if then is None else then[name]) for name in now},
            "change": {
                name: _change(name, value, None if then is None else then[name])
                for name, value in now.items()
            },
            "by_month": [
                {
                    "month": one.month,
                    **{
                        name: {
                            "now": _shown(name, _of(one.now, name)),
                            "then": _shown(name, _of(one.then, name)),
                            **_change(name, _of(one.now, name), _of(one.then, name)),
                        }
                        for name in ("received", "answered", "answer_rate")
                    },
                }
                for one in self.months
            ],
        }


def difference(now: float | None, then: float | None) -> float | None:
    """Now − then; None where one of them is not known."""
    return None if now is None or then is None else now - then


def growth(now: float | None, then: float | None) -> float | None:
    """(Now − then) ÷ then; None where there is nothing to divide by."""
    return None if now is None or not then else (now - then) / then


def year_before(connection: Connection, figures: Figures, rules: Rules, now_ms: int) -> YearBefore | None:
    """What the report of a month or a fiscal year is compared with; None for other periods."""
    period = figures.period
    before = _before(period)
    if before is None:
        return None
    until_ms = before.to_ms if now_ms >= period.to_ms else _year_earlier(now_ms, before)
    now = sums_of_figures(figures)
    known_ms = first_received(connection)
    if known_ms is None:
        return YearBefore(period, before, until_ms, now, missing=NO_CALLS)
    begins = rules.contract[0]
    contract_ms = before.from_ms if begins is None else _midnight(begins)
    if begins is not None and contract_ms >= until_ms:
        return YearBefore(period, before, until_ms, now, missing=BEFORE_CONTRACT)
    if period.kind == "month" and until_ms == before.to_ms:
        closing = next(iter(reversed(closings_of(connection, before.label))), None)
        closed = None if closing is None else sums_of_closed(connection, closing)
        if closed is not None:
            since = _since(known_ms, before)
            return YearBefore(period, before, until_ms, now, closed, since=since, closing=closing)
    pieces = _months(before) if period.kind == "year" else [before]
    # What was tried out before the contract's first day is not of the contract.
    stretches = [(max(one.from_ms, contract_ms), min(one.to_ms, until_ms)) for one in pieces]
    then, tallies = sums_of(connection, stretches, rules.level)
    if not then.tally.received:
        return YearBefore(period, before, until_ms, now, missing=NO_CALLS)
    since = _since(max(known_ms, contract_ms), before)
    months = _pairs(figures, tallies, now_ms) if period.kind == "year" else ()
    return YearBefore(period, before, until_ms, now, then, since=since, months=months)


def _since(first_ms: int, before: Period) -> date | None:
    return day_of(first_ms) if day_of(first_ms) > before.first else None


def _pairs(figures: Figures, tallies: Iterable[Tally], now_ms: int) -> tuple[MonthPair, ...]:
    made = []
    for (month, now), then in zip(figures.by_month.items(), tallies, strict=True):
        if month_period(month).from_ms > now_ms:
            made.append(MonthPair(month, None, None))
        else:
            made.append(MonthPair(month, now, then if then.received else None))
    return tuple(made)


def _before(period: Period) -> Period | None:
    year = period.first.year - 1
    # There is no period before the first that can be named.
    if period.kind == "month" and year >= _FIRST_YEAR:
        return month_period(f"{year}-{period.first.month:02d}")
    if period.kind == "year" and year >= _FIRST_YEAR:
        return year_period(f"{year}")
    return None


_FIRST_YEAR = 1952


def _months(year: Period) -> list[Period]:
    return [month_period(label) for label in dict.fromkeys(f"{day:%Y-%m}" for day in year.days)]


def _year_earlier(at_ms: int, before: Period) -> int:
    """The same day and time of the year before; of 29 February the end of the 28th. Within ``before``."""
    moment = from_ms(at_ms).astimezone(JST)
    try:
        earlier = moment.replace(year=moment.year - 1)
    except ValueError:
        earlier = datetime(moment.year - 1, 3, 1, tzinfo=JST)
    return min(max(to_ms(earlier), before.from_ms), before.to_ms)


def _midnight(day: date) -> int:
    return to_ms(datetime.combine(day, time(), JST))


def _of(tally: Tally | None, name: str) -> float | None:
    found: float | None = None if tally is None else getattr(tally, name)
    return found


def _rule(sums: Sums) -> Mapping[str, Any]:
    level = sums.level
    return {"threshold_s": level.threshold_s, "short_s": level.short_s, "formula": level.formula}


def _shown(name: str, value: float | None) -> float | None:
    return digits(value) if is_rate(name) else value


def is_rate(name: str) -> bool:
    """Whether a figure is a rate, whose change is told in points only."""
    return name.endswith("_rate") or name == "service_level"


def _change(name: str, now: float | None, then: float | None) -> dict[str, float | None]:
    changed = difference(now, then)
    if is_rate(name):
        return {"difference": digits(changed), "rate": None}
    return {
        "difference": None if changed is None else round(changed, 3),
        "rate": digits(growth(now, then)),
    }
