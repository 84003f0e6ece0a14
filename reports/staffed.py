"""席の配置: how many seats are staffed in open hours, half hour by half hour, and when they are too few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from config.clock import JST, from_ms
from db.seat_slots import PRESENT, Span
from reports.period import HALF_HOUR_MS
from reports.spread import seconds
from reports.tally import digits, rate

_WORDS = MappingProxyType({"break": "離席", "unreachable": "未登録", "logged_out": "ログアウト"})


@dataclass(frozen=True, slots=True)
class Slot:
    """The open part of one half hour: ms UTC. ``seat_ms`` is the sum over its seats."""

    from_ms: int
    open_ms: int
    seat_ms: int
    least: int
    below_ms: int

    @property
    def average(self) -> float:
        """Seats staffed, on average over the open part."""
        return self.seat_ms / self.open_ms


@dataclass(frozen=True, slots=True)
class Below:
    """From ``from_ms`` to ``to_ms`` (ms UTC) fewer seats were staffed than required, ``least`` at worst.

    ``missing``: which seats were not staffed for how long (ms) meanwhile, by seat and why.
    """

    from_ms: int
    to_ms: int
    least: int
    missing: Mapping[tuple[int, str], int]

    @property
    def length_ms(self) -> int:
        """How long."""
        return self.to_ms - self.from_ms

    @property
    def why(self) -> str:
        """Such as "席3 離席(昼食)、席5 ログアウト"."""
        return "、".join(f"席{seat} {words}" for seat, words in sorted(self.missing))


@dataclass(frozen=True, slots=True)
class Staffed:
    """席の配置 of a period's open hours against ``required`` seats."""

    required: int
    slots: tuple[Slot, ...]
    below: tuple[Below, ...]

    @property
    def open_ms(self) -> int:
        """All open time."""
        return sum(slot.open_ms for slot in self.slots)

    @property
    def below_ms(self) -> int:
        """The open time with too few seats."""
        return sum(slot.below_ms for slot in self.slots)

    @property
    def average(self) -> float | None:
        """Seats staffed, on average over the open time."""
        return sum(slot.seat_ms for slot in self.slots) / self.open_ms if self.open_ms else None

    @property
    def full_rate(self) -> float | None:
        """The share of the open time with enough seats."""
        return rate(self.open_ms - self.below_ms, self.open_ms)

    def to_json(self) -> dict[str, Any]:
        """The object ``staffed``; times in Japan."""
        average = self.average
        return {
            "required": self.required,
            "open_s": seconds(self.open_ms),
            "below_s": seconds(self.below_ms),
            "average": None if average is None else round(average, 2),
            "full_rate": digits(self.full_rate),
            "half_hours": [
                {
                    "from": clock_text(slot.from_ms),
                    "open_s": seconds(slot.open_ms),
                    "average": round(slot.average, 2),
                    "least": slot.least,
                    "below_s": seconds(slot.below_ms),
                }
                for slot in self.slots
            ],
            "below": [
                {
                    "from": clock_text(one.from_ms),
                    "to": clock_text(one.to_ms),
                    "seconds": seconds(one.length_ms),
                    "least": one.least,
                    "missing": [
                        {"seat": seat, "why": words, "seconds": seconds(ms)}
                        for (seat, words), ms in sorted(one.missing.items())
                    ],
                }
                for one in self.below
            ],
        }


def staffed_of(
    spans: Sequence[Span],
    open_hours: Sequence[tuple[int, int]],
    required: int,
    seats: Iterable[int],
    *,
    with_breaks: bool = False,
) -> Staffed:
    """席の配置 over the open hours (half-open, ms UTC, in order, apart from each other).

    The spans are sorted by seat and time. ``seats`` are those that should be there; others that were staffed
    count, too. ``with_breaks``: a seat whose operator is on break counts as staffed.
    """
    good = (PRESENT, "break") if with_breaks else (PRESENT,)
    changes = _changes(spans, good)
    state: dict[int, str] = dict.fromkeys(sorted(set(seats)), _WORDS["logged_out"])
    state |= {span.seat: _WORDS["logged_out"] for span in spans}
    slots: list[Slot] = []
    below: list[Below] = []
    place = 0
    for opens, closes in open_hours:
        while place < len(changes) and changes[place][0] <= opens:
            state[changes[place][1]] = changes[place][2]
            place += 1
        at = opens
        while at < closes:
            border = min(closes, (at // HALF_HOUR_MS + 1) * HALF_HOUR_MS)
            slot_from, seat_ms, below_ms, least = at, 0, 0, len(state)
            while at < border:
                until = min(border, changes[place][0]) if place < len(changes) else border
                if until > at:
                    count = sum(not words for words in state.values())
                    seat_ms += count * (until - at)
                    least = min(least, count)
                    if count < required:
                        below_ms += until - at
                        _too_few(below, at, until, count, state)
                    at = until
                while place < len(changes) and changes[place][0] <= at:
                    state[changes[place][1]] = changes[place][2]
                    place += 1
            slots.append(Slot(slot_from, border - slot_from, seat_ms, least, below_ms))
    return Staffed(required, tuple(slots), tuple(below))


def _changes(spans: Sequence[Span], good: Sequence[str]) -> list[tuple[int, int, str]]:
    """When a seat becomes staffed or stops being so: (ms UTC, seat, why it is not or ""), in order."""
    out = _WORDS["logged_out"]
    last: dict[int, tuple[int, str]] = {}
    changes: list[tuple[int, int, str]] = []
    for span in spans:
        words = _words(span, good)
        ended_ms, before = last.get(span.seat, (span.from_ms, out))
        if ended_ms < span.from_ms and before != out:
            changes.append((ended_ms, span.seat, out))
            before = out
        if words != before:
            changes.append((span.from_ms, span.seat, words))
        last[span.seat] = span.to_ms, words
    changes += ((ended_ms, seat, out) for seat, (ended_ms, words) in last.items() if words != out)
    # By time alone: a seat's own changes already stand in their order.
    return sorted(changes, key=itemgetter(0))


def _words(span: Span, good: Sequence[str]) -> str:
    """Why a seat is not staffed; "" for one that is."""
    if span.there in good:
        return ""
    words = _WORDS[span.there]
    return f"{words}({span.reason})" if span.reason else words


def _too_few(below: list[Below], from_ms: int, to_ms: int, count: int, state: Mapping[int, str]) -> None:
    missing = {(seat, words): to_ms - from_ms for seat, words in state.items() if words}
    if below and below[-1].to_ms == from_ms:
        last = below[-1]
        whole = {key: last.missing.get(key, 0) + missing.get(key, 0) for key in {**last.missing, **missing}}
        below[-1] = Below(last.from_ms, to_ms, min(last.least, count), whole)
    else:
        below.append(Below(from_ms, to_ms, count, missing))


def clock_text(at_ms: int) -> str:
    """A moment in Japan to the second: "2026-11-22T08:30:00+09:00"."""
    return from_ms(at_ms).astimezone(JST).isoformat(timespec="seconds")
