"""All figures of one period: the one place where they are computed, live and historical."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from db import CallFacts, TicketFacts
from db.seat_slots import OfferEnd
from reports.callbacks import Callbacks, callbacks_of
from reports.definitions import DEFINITIONS_VERSION
from reports.half_hours import HalfHours, half_hours_of
from reports.identity import Identity, ending, identity_of
from reports.menus import Menus, MenuSteps, menus_of
from reports.outages import Outages, outages_of
from reports.overflow import Overflows, overflows_of
from reports.period import HALF_HOUR_MS, WEEKDAYS, Period, day_of, half_hour_of
from reports.predictions import Predictions, predictions_of
from reports.seat_offers import SeatOffersTally, seats_of
from reports.service_level import ServiceLevel
from reports.spread import average_s, longest_s, median_s, p90_s
from reports.tally import Tally, digits, rate

NO_LINE = "-"
"""The line of a call whose rows name none."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures over the calls received in ``period``; ``now_ms`` is the moment as of which they hold.

    Durations are seconds (float, 3 digits), rates 0 to 1 (4 digits), None where nothing is to be divided by.
    """

    period: Period
    now_ms: int
    level: ServiceLevel
    total: Tally
    identity: Identity
    median_wait_s: float | None
    p90_wait_s: float | None
    asa_s: float | None
    longest_wait_s: float | None
    longest_wait_now_s: float | None
    average_abandon_s: float | None
    average_talk_s: float | None
    average_hold_s: float | None
    average_wrap_up_s: float | None
    by_slot: Mapping[tuple[date, int], Tally]
    by_half_hour: tuple[Tally, ...]
    by_day: dict[date, Tally]
    by_line: dict[str, Tally]
    by_seat: tuple[SeatOffersTally, ...]
    overflow: Overflows
    callbacks: Callbacks
    prediction: Predictions
    menus: Menus
    outages: Outages

    @property
    def by_hour(self) -> list[Tally]:
        """24 hours of the day."""
        return [_sum(self.by_half_hour[2 * hour : 2 * hour + 2]) for hour in range(24)]

    @property
    def by_weekday(self) -> list[Tally]:
        """Monday to Sunday."""
        return [_sum([t for day, t in self.by_day.items() if day.weekday() == n]) for n in range(7)]

    @property
    def abandon_rate_without_short(self) -> float | None:
        """Abandoned ÷ queued, short abandons in neither."""
        short = self.total.abandoned_short
        return rate(self.total.abandoned - short, self.total.queued - short)

    @property
    def by_month(self) -> dict[str, Tally]:
        """Each month that the period touches, "2026-04"."""
        months: dict[str, Tally] = {}
        for day, tally in self.by_day.items():
            months.setdefault(f"{day.year}-{day.month:02d}", Tally()).plus(tally)
        return months

    @property
    def service_level(self) -> float | None:
        """The contract's, of the whole period."""
        return self.level.value(self.total)

    @property
    def half_hours(self) -> HalfHours:
        """How many half hours of the period met the service level's target."""
        return half_hours_of(self.level, self.by_slot.values())

    def to_json(self) -> dict[str, Any]:
        """The figures as in the API and the reports."""
        total, terms = self.total, self.identity.terms
        return {
            "period": self.period.label,
            "received": total.received,
            "received_open": total.received_open,
            "received_closed": total.received - total.received_open,
            "queued": total.queued,
            "answered": total.answered,
            "abandoned": total.abandoned,
            "abandoned_in_guidance": total.abandoned_in_guidance,
            "abandoned_short": total.abandoned_short,
            "guidance_completed": terms["guidance_completed"],
            "blocked": terms["blocked"],
            "overflowed": terms["overflowed"],
            "timed_out": terms["timed_out"],
            "left_no_operator": terms["left_no_operator"],
            "callback_requested": total.callback,
            "callbacks": self.callbacks.to_json(),
            **self.overflow.to_json(),
            "withdrawn": terms["withdrawn"],
            "system_failed": terms["system_failed"],
            **self.outages.to_json(),
            "still_waiting": terms["still_waiting"],
            "in_guidance": terms["in_guidance"],
            "answer_rate": digits(total.answer_rate),
            "answer_rate_of_queued": digits(rate(total.answered, total.queued)),
            "answer_rate_of_received": digits(rate(total.answered, total.received)),
            "abandon_rate": digits(total.abandon_rate),
            "abandon_rate_without_short": digits(self.abandon_rate_without_short),
            "service_level": self.level.to_json(total),
            "half_hours": self.half_hours.to_json(),
            "asa_s": self.asa_s,
            "median_wait_s": self.median_wait_s,
            "p90_wait_s": self.p90_wait_s,
            "longest_wait_s": self.longest_wait_s,
            "longest_wait_now_s": self.longest_wait_now_s,
            "average_abandon_s": self.average_abandon_s,
            "average_talk_s": self.average_talk_s,
            "average_hold_s": self.average_hold_s,
            "average_wrap_up_s": self.average_wrap_up_s,
            "prediction": self.prediction.to_json(),
            "menus": self.menus.to_json(),
            "by_hour": [{"hour": n, **self._row(tally)} for n, tally in enumerate(self.by_hour)],
            "by_half_hour": [
                {"time": half_hour_name(n), **self._row(tally)} for n, tally in enumerate(self.by_half_hour)
            ],
            "by_day": [{"date": day.isoformat(), **self._row(tally)} for day, tally in self.by_day.items()],
            "by_weekday": [
                {"weekday": n, "name": WEEKDAYS[n], **self._row(tally)}
                for n, tally in enumerate(self.by_weekday)
            ],
            "by_month": [{"month": month, **self._row(tally)} for month, tally in self.by_month.items()],
            "by_line": [{"line": line, **self._row(tally)} for line, tally in self.by_line.items()],
            "by_seat": [one.to_json() for one in self.by_seat],
            "identity": self.identity.to_json(),
            "definitions_version": DEFINITIONS_VERSION,
        }

    def _row(self, tally: Tally) -> dict[str, Any]:
        return tally.to_json(self.level.value(tally))


def figures_of(
    period: Period,
    calls: Iterable[CallFacts],
    wrap_ups_ms: Sequence[int],
    now_ms: int,
    *,
    tickets: Iterable[TicketFacts] = (),
    offers: Iterable[OfferEnd] = (),
    menu_steps: MenuSteps | None = None,
    level: ServiceLevel = ServiceLevel(),  # noqa: B008 - a value
) -> Figures:
    """The figures of ``period``. Calls received outside of it are left out, whatever else is known of them.

    ``wrap_ups_ms`` are the lengths of the after-call work that began in the period, ``offers`` those that
    ended in it. ``tickets``: at least those asked for in the period's calls; ``menu_steps``: at least theirs.
    """
    counted = [
        (facts, ending(facts)) for facts in calls if period.from_ms <= facts.received_ms < period.to_ms
    ]
    # Each call is counted once, in its half hour of its day on its line; all tables are sums of these.
    cells: dict[tuple[int, str], Tally] = defaultdict(Tally)
    waits_of: dict[str, list[int]] = defaultdict(list)
    threshold_ms, short_ms = level.threshold_ms, level.short_ms
    for facts, term in counted:
        wait_ms = facts.wait_ms
        if wait_ms is not None:
            waits_of[term].append(wait_ms)
        cell = cells[facts.received_ms // HALF_HOUR_MS, facts.line or NO_LINE]
        cell.add(facts, term, wait_ms, now_ms, threshold_ms=threshold_ms, short_ms=short_ms)
    half_hours = tuple(Tally() for _ in range(48))
    days = {day: Tally() for day in period.days}
    lines = {line: Tally() for line in sorted({line for _, line in cells})}
    slots: dict[tuple[date, int], Tally] = defaultdict(Tally)
    for (place, line), tally in cells.items():
        day, half_hour = day_of(place * HALF_HOUR_MS), half_hour_of(place * HALF_HOUR_MS)
        slots[day, half_hour].plus(tally)
        half_hours[half_hour].plus(tally)
        days[day].plus(tally)
        lines[line].plus(tally)
    answered = [facts for facts, term in counted if term == "answered"]
    waits = waits_of["answered"]
    waiting = [facts for facts, term in counted if term == "still_waiting"]
    known = [facts for facts, _ in counted]
    return Figures(
        period=period,
        now_ms=now_ms,
        level=level,
        total=_sum(days.values()),
        identity=identity_of(counted),
        median_wait_s=median_s(waits),
        p90_wait_s=p90_s(waits),
        asa_s=average_s(waits),
        longest_wait_s=longest_s([wait_ms for some in waits_of.values() for wait_ms in some]),
        longest_wait_now_s=longest_s(_known(waiting, lambda f: max(0, now_ms - (f.queued_ms or now_ms)))),
        average_abandon_s=average_s(waits_of["abandoned"]),
        average_talk_s=average_s(_known(answered, lambda facts: facts.talk_ms)),
        average_hold_s=average_s(_known(answered, lambda facts: facts.held_ms or None)),
        average_wrap_up_s=average_s(wrap_ups_ms),
        by_slot=dict(slots),
        by_half_hour=half_hours,
        by_day=days,
        by_line=lines,
        by_seat=seats_of(offers),
        overflow=overflows_of(known),
        callbacks=callbacks_of(known, tickets),
        prediction=predictions_of(answered),
        menus=menus_of(known, menu_steps or MenuSteps()),
        outages=outages_of(counted),
    )


def half_hour_name(number: int) -> str:
    """0 to 47 as "00:00" to "23:30"."""
    return f"{number // 2:02d}:{number % 2 * 30:02d}"


def _known(calls: Iterable[CallFacts], what: Callable[[CallFacts], int | None]) -> list[int]:
    return [value for facts in calls if (value := what(facts)) is not None]


def _sum(tallies: Iterable[Tally]) -> Tally:
    total = Tally()
    for tally in tallies:
        total.plus(tally)
    return total
