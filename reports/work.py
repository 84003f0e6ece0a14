"""勤務実態: what each operator did, day by day, from the seats' states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from db.seat_slots import STATES, Span
from reports.period import day_of
from reports.spread import seconds
from reports.staffed import clock_text
from reports.tally import digits, rate

_ON_CONTACT = ("talking", "hold", "wrap_up")
_NO_REASON = "その他"


@dataclass(slots=True)
class Worked:
    """One operator's time by state (ms); addable. ``breaks`` is the time by reason."""

    states: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    breaks: dict[str, int] = field(default_factory=dict)

    def add(self, span: Span) -> None:
        """Charge a span."""
        for state, ms in span.states.items():
            self.states[state] += ms
            if state == "break":
                reason = span.reason or _NO_REASON
                self.breaks[reason] = self.breaks.get(reason, 0) + ms

    def plus(self, other: Worked) -> None:
        """Add another one's time."""
        for state, ms in other.states.items():
            self.states[state] += ms
        for reason, ms in other.breaks.items():
            self.breaks[reason] = self.breaks.get(reason, 0) + ms

    @property
    def logged_in_ms(self) -> int:
        """ログイン時間."""
        return sum(self.states.values())

    @property
    def on_contact_ms(self) -> int:
        """Talk, hold and after-call work."""
        return sum(self.states[state] for state in _ON_CONTACT)

    @property
    def occupancy(self) -> float | None:
        """占有率: on contact ÷ (on contact + ready). Ringing is in neither."""
        return rate(self.on_contact_ms, self.on_contact_ms + self.states["ready"])

    @property
    def utilisation(self) -> float | None:
        """稼働率: (on contact + ready) ÷ logged in."""
        return rate(self.on_contact_ms + self.states["ready"], self.logged_in_ms)

    def to_json(self) -> dict[str, Any]:
        """Seconds by state, by reason of break, and both rates."""
        return {
            "logged_in_s": seconds(self.logged_in_ms),
            "states_s": {state: seconds(ms) for state, ms in self.states.items()},
            "breaks_s": {reason: seconds(ms) for reason, ms in sorted(self.breaks.items())},
            "occupancy": digits(self.occupancy),
            "utilisation": digits(self.utilisation),
        }


@dataclass(slots=True)
class WorkDay:
    """An operator's day. ``stays``: seat, log-in, log-out (ms UTC), cut at midnight and the period's end."""

    day: date
    operator: str
    name: str
    stays: list[tuple[int, int, int]] = field(default_factory=list)
    worked: Worked = field(default_factory=Worked)

    def to_json(self) -> dict[str, Any]:
        """The row of ``work.days``."""
        return {
            "date": self.day.isoformat(),
            "operator": self.operator,
            "name": self.name,
            "stays": [
                {"seat": seat, "from": clock_text(from_ms), "to": clock_text(to_ms)}
                for seat, from_ms, to_ms in self.stays
            ],
            **self.worked.to_json(),
        }


@dataclass(frozen=True, slots=True)
class Work:
    """勤務実態 of a period: every day of every operator, and each one's sum."""

    days: tuple[WorkDay, ...]
    operators: Mapping[str, Worked]
    names: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """The object ``work``."""
        return {
            "operators": [
                {"operator": operator, "name": self.names.get(operator, ""), **worked.to_json()}
                for operator, worked in self.operators.items()
            ],
            "days": [day.to_json() for day in self.days],
        }


def work_of(spans: Iterable[Span], names: Mapping[str, str]) -> Work:
    """The work in these spans, which are sorted by seat and time; ``names`` of operators by id."""
    days: dict[tuple[date, str], WorkDay] = {}
    sums: dict[str, Worked] = defaultdict(Worked)
    for span in spans:
        operator = span.operator
        if operator is None:
            continue
        key = day_of(span.from_ms), operator
        day = days.get(key)
        if day is None:
            day = days[key] = WorkDay(*key, names.get(operator, ""))
        day.worked.add(span)
        if day.stays and day.stays[-1][0] == span.seat and day.stays[-1][2] == span.from_ms:
            seat, from_ms, _ = day.stays[-1]
            day.stays[-1] = (seat, from_ms, span.to_ms)
        else:
            day.stays.append((span.seat, span.from_ms, span.to_ms))
    for key in sorted(days):
        days[key].stays.sort(key=lambda stay: stay[1])
        sums[key[1]].plus(days[key].worked)
    return Work(
        tuple(days[key] for key in sorted(days)),
        {operator: sums[operator] for operator in sorted(sums)},
        names,
    )
