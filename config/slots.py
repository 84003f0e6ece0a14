"""`[slots]`: 予約枠, how many citizens a time takes. Off until a capacity is given.

For a city without a reservation system of its own; where there is one, that one decides, and this stays off.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from config.section import Int, Section, Weekday, Word

_WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
_Hours = Annotated[str, StringConstraints(pattern=_SPAN.pattern)]


class Slots(Section):
    """予約枠. A slot begins every ``minutes`` from the beginning of each span of hours."""

    field: Word = "fixed"
    """The field of 交付予約受付簿 that takes a place: a datetime."""
    place_field: Word | None = None
    """A field, such as the 場所, each of whose values has places of its own."""
    capacity: Annotated[Int, Field(ge=0, le=1000)] = 0
    """Citizens a slot; 0: nothing is counted."""
    minutes: Annotated[Int, Field(ge=5, le=480)] = 30
    hours: tuple[_Hours, ...] = ("08:30-12:00", "13:00-17:00")
    weekdays: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")
    closed: tuple[date, ...] = ()
    capacity_on: dict[str, Annotated[Int, Field(ge=0, le=1000)]] = Field(default_factory=dict)
    """Another capacity, by day ("2026-11-24") or slot ("2026-11-24T10:00")."""
    free_when: dict[Word, tuple[str, ...]] = Field(default={"kind": ("取消",)})
    """Values of choices with which an entry takes no place."""

    @property
    def counts(self) -> bool:
        """Whether places are counted at all."""
        return self.capacity > 0 or any(self.capacity_on.values())

    def slot_of(self, moment: datetime) -> datetime | None:
        """The beginning of the slot in which a moment of Japan's time lies; None: in none."""
        for begin in self.on(moment.date()):
            if begin <= moment < begin + timedelta(minutes=self.minutes):
                return begin
        return None

    def on(self, day: date) -> Iterator[datetime]:
        """The beginnings of a day's slots, without an offset, in order."""
        if _WEEKDAYS[day.weekday()] not in self.weekdays or day in self.closed:
            return
        for span in sorted(self.hours):
            first, last = (datetime.combine(day, time.fromisoformat(part)) for part in span.split("-"))
            while first + timedelta(minutes=self.minutes) <= last:
                yield first
                first += timedelta(minutes=self.minutes)

    def capacity_of(self, slot: datetime) -> int:
        """How many citizens the slot takes."""
        own = self.capacity_on.get(slot.strftime("%Y-%m-%dT%H:%M"))
        return own if own is not None else self.capacity_on.get(slot.date().isoformat(), self.capacity)

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        for span in self.hours:
            first, last = span.split("-")
            if first >= last:
                raise ValueError(f"hours: {span} ends before it begins")
        spans = sorted(self.hours)
        for one, two in pairwise(spans):
            if one.split("-")[1] > two.split("-")[0]:
                raise ValueError(f"hours: {one} and {two} overlap")
        for key in self.capacity_on:
            try:
                slot = datetime.fromisoformat(key)
            except ValueError:
                slot = None
            if slot is None or len(key) not in (10, 16) or slot.tzinfo is not None:
                raise ValueError(
                    f"capacity_on: {key!r} is no day like 2026-11-24, no slot like 2026-11-24T10:00"
                )
        return self
