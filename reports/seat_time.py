"""The seats' states as spans of time, folded from their journal rows; the ground of 席の配置 and 勤務実態.

A span is charged to the interval in which it passes: it is cut at the borders (half-open), so a talk over
midnight counts in both days. A controller that fell tells no end: what was under way then ends with the last
row that the seats wrote before the next start.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from db import Entry

KINDS = ("seat.state", "seat.login", "seat.logout", "system.started", "system.stopped")
LOOK_BACK_MS = 36 * 3_600_000
"""How far before a period its first states are looked for; a seat's first row also names the one before."""
STATES = ("ready", "ringing", "talking", "hold", "wrap_up", "break", "unreachable")
"""Those of a seat at which somebody is logged in."""
_LOGGED_IN = frozenset(STATES)
PRESENT = frozenset(STATES) - {"break", "unreachable"}


class Span(NamedTuple):
    """A seat in one state, from_ms <= t < to_ms (UTC). ``reason`` is that of a break."""

    seat: int
    operator: str | None
    state: str
    reason: str | None
    from_ms: int
    to_ms: int

    @property
    def length_ms(self) -> int:
        """How long it lasted."""
        return self.to_ms - self.from_ms

    def within(self, from_ms: int, to_ms: int) -> Span | None:
        """Its part in from_ms <= t < to_ms; None: none."""
        if from_ms <= self.from_ms and self.to_ms <= to_ms:
            return self
        first, last = max(self.from_ms, from_ms), min(self.to_ms, to_ms)
        return self._replace(from_ms=first, to_ms=last) if first < last else None

    def pieces(self, every_ms: int, offset_ms: int = 0) -> Iterator[Span]:
        """The span cut at every multiple of ``every_ms``, counted from ``offset_ms``."""
        if (self.from_ms - offset_ms) // every_ms == (self.to_ms - 1 - offset_ms) // every_ms:
            yield self
            return
        first = self.from_ms
        while first < self.to_ms:
            border = (first - offset_ms) // every_ms * every_ms + offset_ms + every_ms
            last = min(border, self.to_ms)
            yield self._replace(from_ms=first, to_ms=last)
            first = last


@dataclass(slots=True)
class _Seat:
    state: str
    since_ms: int
    operator: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class SeatTime:
    """Folds rows in their order; ``ended`` are the spans that are complete, log-outs left out."""

    begin_ms: int
    ended: list[Span] = field(default_factory=list)
    seats: dict[int, _Seat] = field(default_factory=dict)
    last_ms: int = 0

    def add(self, entry: Entry) -> None:
        """Take one row. Rows of other kinds change nothing."""
        kind, at_ms = entry.kind, entry.at_ms
        if kind == "seat.state":
            if entry.seat is not None:
                self._of_seat(entry, entry.seat)
        elif kind == "system.started":
            self._end_all(self.last_ms)
            self.begin_ms = max(self.begin_ms, at_ms)
        elif kind == "system.stopped":
            self._end_all(at_ms)
        elif entry.seat is not None and kind in KINDS:
            self._of_seat(entry, entry.seat)
        if at_ms > self.last_ms:
            self.last_ms = at_ms

    def _of_seat(self, entry: Entry, number: int) -> None:
        seat = self.seats.get(number)
        if seat is None:
            # The first that is known of this seat: its row tells in which state it was before.
            state = str(entry.data.get("from", "logged_out")) if entry.kind == "seat.state" else "logged_out"
            seat = self.seats[number] = _Seat(state, self.begin_ms, entry.operator)
        if entry.kind == "seat.login":
            self._change(number, seat, entry.at_ms, seat.state, seat.reason)
            seat.operator = entry.operator
        elif entry.kind == "seat.logout":
            self._change(number, seat, entry.at_ms, "logged_out", None)
            seat.operator = None
        elif entry.kind == "seat.state":
            reason = entry.data.get("reason")
            self._change(
                number,
                seat,
                entry.at_ms,
                str(entry.data.get("to")),
                reason if isinstance(reason, str) else None,
            )
            if entry.operator is not None:
                seat.operator = entry.operator

    def _change(self, number: int, seat: _Seat, at_ms: int, state: str, reason: str | None) -> None:
        # A clock that was set back must not yield a negative span.
        if seat.state in _LOGGED_IN and seat.since_ms < at_ms:
            self.ended.append(Span(number, seat.operator, seat.state, seat.reason, seat.since_ms, at_ms))
        seat.state, seat.reason = state, reason
        if at_ms > seat.since_ms:
            seat.since_ms = at_ms

    def _end_all(self, at_ms: int) -> None:
        for number, seat in self.seats.items():
            self._change(number, seat, at_ms, "logged_out", None)
            seat.operator = None

    def between(self, from_ms: int, to_ms: int) -> list[Span]:
        """All spans in from_ms <= t < to_ms, cut at its borders, by seat and time."""
        open_ = (
            Span(number, seat.operator, seat.state, seat.reason, seat.since_ms, to_ms)
            for number, seat in self.seats.items()
            if seat.state in STATES and seat.since_ms < to_ms
        )
        parts = (part for span in (*self.ended, *open_) if (part := span.within(from_ms, to_ms)))
        return sorted(parts, key=lambda span: (span.seat, span.from_ms))


def folded(entries: Iterable[Entry], begin_ms: int) -> SeatTime:
    """What these rows tell; before a seat's first row it was as that row says, since ``begin_ms``."""
    time = SeatTime(begin_ms)
    for entry in entries:
        time.add(entry)
    return time
