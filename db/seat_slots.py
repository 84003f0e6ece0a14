"""What a seat did in one half hour, folded from its journal rows: 席の配置, 勤務実態, 後処理, 席別の呼出.

The one reducer of seats, as `db.facts` is that of calls. The journal's writer keeps the table ``seat_slots``
by it, live figures and `report check` fold the rows themselves. Time is charged to the half hour in which it
passes, borders half-open: a talk over midnight, over the month's end, over 17:15 is in both, each its part.

A controller that fell tells no end: what was under way then ends with the last row that any seat wrote before
the next start. Like the fold of calls, this one takes rows as they come and never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from db.entry import Entry

SLOT_MS = 1_800_000
"""Half an hour; also of Japan, whose time is whole hours from UTC."""
OFFERS = ("offer.ended", "callback.offer_ended")
TIMES = ("seat.state", "seat.login", "seat.logout")
SYSTEM = ("system.started", "system.stopped")
KINDS = (*TIMES, *OFFERS, *SYSTEM)
"""The rows that tell something of seats."""
STATES = ("ready", "ringing", "talking", "hold", "wrap_up", "break", "unreachable")
"""Those of a seat at which somebody is logged in."""
PRESENT = "present"
"""What all states but `break` and `unreachable` are together."""
LONGEST_MS = 31 * 86_400_000
"""A state that no row ended for longer is not believed: it ended with the seat's last row."""
_AWAY = ("break", "unreachable")
_THERE = {state: state if state in _AWAY else PRESENT for state in STATES}
_WRAP_UP = "wrap_up"


def is_staffed(state: str, *, with_breaks: bool) -> bool:
    """Whether a seat in this state counts as staffed (席の配置); ``with_breaks``: one on break, too."""
    return _THERE.get(state) == PRESENT or (with_breaks and state == "break")


class Span(NamedTuple):
    """A part of a half hour, from_ms <= t < to_ms (UTC), in which nobody came to the seat or left it.

    ``there``: "present", "break" or "unreachable"; ``reason`` is that of a break. ``states``: the time (ms)
    by state.
    """

    seat: int
    operator: str | None
    there: str
    reason: str | None
    from_ms: int
    to_ms: int
    states: dict[str, int]


class WrapUp(NamedTuple):
    """After-call work that is over; it stands in the half hour in which it began."""

    began_ms: int
    length_ms: int


class OfferEnd(NamedTuple):
    """An attempt to ring a seat that is over; ``outcome`` as its row tells it."""

    at_ms: int
    seat: int
    outcome: str


@dataclass(slots=True)
class SeatSlot:
    """One seat's half hour from ``from_ms`` (UTC).

    ``state``: in which the seat is, since ``since_ms``; None: nobody is logged in, or the seat has gone on to
    the next half hour. ``operator``, ``reason`` and ``wrap_ms`` (when the after-call work under way began)
    belong to it. ``seq``: the newest row that changed anything here.
    """

    seat: int
    from_ms: int
    since_ms: int
    state: str | None = None
    operator: str | None = None
    reason: str | None = None
    wrap_ms: int | None = None
    spans: list[Span] = field(default_factory=list)
    wrap_ups: list[WrapUp] = field(default_factory=list)
    offers: list[OfferEnd] = field(default_factory=list)
    seq: int = 0

    def charge(self, until_ms: int) -> None:
        """Put the time since ``since_ms`` into the spans."""
        state, from_ms = self.state, self.since_ms
        # A clock that was set back must not yield a negative span.
        if until_ms <= from_ms:
            return
        self.since_ms = until_ms
        if state is None:
            return
        there, length_ms = _THERE[state], until_ms - from_ms
        last = self.spans[-1] if self.spans else None
        if (
            last is not None
            and last.to_ms == from_ms
            and last.there == there
            and last.operator == self.operator
            and last.reason == self.reason
        ):
            last.states[state] = last.states.get(state, 0) + length_ms
            self.spans[-1] = last._replace(to_ms=until_ms)
        else:
            states = {state: length_ms}
            self.spans.append(Span(self.seat, self.operator, there, self.reason, from_ms, until_ms, states))


Load = Callable[[int, int], SeatSlot | None]


class SeatFold:
    """Folds rows in their order. ``slots``: all that it knows; ``changed``: those that rows have changed."""

    def __init__(
        self, known: Iterable[SeatSlot] = (), load: Load | None = None, last_ms: int | None = None
    ) -> None:
        """Go on from ``known``; ``load`` finds others by seat and half hour. ``last_ms``: of the last row."""
        self.slots: dict[tuple[int, int], SeatSlot] = {}
        self.changed: dict[tuple[int, int], SeatSlot] = {}
        self._now: dict[int, SeatSlot] = {}
        self._load = load
        self._last_ms = last_ms
        for slot in known:
            self.slots[slot.seat, slot.from_ms] = slot
            if slot.state is not None:
                self._now[slot.seat] = slot

    def add(self, entry: Entry, seq: int = 0) -> None:
        """Take one row; rows of other kinds change nothing."""
        kind, at_ms, seat = entry.kind, entry.at_ms, entry.seat
        if kind == "system.started":
            # Who was in after-call work when the controller fell: nobody knows when it ended.
            self._end_all(self._last_ms, seq)
        elif kind == "system.stopped":
            self._end_all(at_ms, seq)
        elif seat is None or kind not in KINDS:
            return
        elif kind in OFFERS:
            slot = self._at(seat, at_ms, seq, moves=False)
            slot.offers.append(OfferEnd(at_ms, seat, str(entry.data.get("outcome"))[:32]))
        else:
            slot = self._at(seat, at_ms, seq)
            slot.charge(at_ms)
            if kind == "seat.state":
                self._state(slot, entry, seq)
            elif kind == "seat.login":
                slot.operator = entry.operator
            else:
                slot.state = slot.operator = slot.reason = None
        self._last_ms = at_ms

    def _state(self, slot: SeatSlot, entry: Entry, seq: int) -> None:
        data = entry.data
        to, reason = data.get("to"), data.get("reason")
        slot.state = to if isinstance(to, str) and to in _THERE else None
        slot.reason = reason if isinstance(reason, str) and to == "break" else None
        if entry.operator is not None:
            slot.operator = entry.operator
        was, now = data.get("from") == _WRAP_UP, to == _WRAP_UP
        if now and not was:
            slot.wrap_ms = entry.at_ms
        elif was and not now and slot.wrap_ms is not None:
            began_ms, slot.wrap_ms = slot.wrap_ms, None
            home = self._slot(slot.seat, began_ms // SLOT_MS * SLOT_MS, seq)
            home.wrap_ups.append(WrapUp(began_ms, max(0, entry.at_ms - began_ms)))

    def _end_all(self, at_ms: int | None, seq: int) -> None:
        for seat, slot in list(self._now.items()):
            if slot.state is not None:
                # Without a row since then its own last one is all that is known.
                end_ms = slot.since_ms if at_ms is None else at_ms
                slot = self._at(seat, end_ms, seq)
                slot.charge(end_ms)
                slot.state = slot.operator = slot.reason = slot.wrap_ms = None

    def _at(self, seat: int, at_ms: int, seq: int, *, moves: bool = True) -> SeatSlot:
        """The seat's half hour of this moment. ``moves``: what happens there is about the seat's state."""
        place = at_ms // SLOT_MS * SLOT_MS
        slot = self._now.get(seat)
        if slot is not None and slot.state is not None:
            slot = self._now[seat] = self._carried(slot, place, seq)
            # The clock may have been set back: the state stays where it is.
            if slot.state is not None and (moves or slot.from_ms == place):
                return self._touched(slot, seq)
        slot = self._slot(seat, place, seq)
        if moves:
            self._now[seat] = slot
        return slot

    def _carried(self, slot: SeatSlot, place: int, seq: int) -> SeatSlot:
        """The state goes on, half hour by half hour."""
        if place - slot.since_ms > LONGEST_MS:
            self._touched(slot, seq)
            slot.state = slot.operator = slot.reason = slot.wrap_ms = None
        while slot.state is not None and slot.from_ms < place:
            border = slot.from_ms + SLOT_MS
            slot.charge(border)
            following = self._slot(slot.seat, border, seq)
            following.since_ms = max(following.since_ms, border)
            following.state, slot.state = slot.state, None
            following.operator, slot.operator = slot.operator, None
            following.reason, slot.reason = slot.reason, None
            following.wrap_ms, slot.wrap_ms = slot.wrap_ms, None
            self._touched(slot, seq)
            slot = following
        return slot

    def _slot(self, seat: int, place: int, seq: int) -> SeatSlot:
        """The slot, made when there is none; for something that changes it."""
        slot = self.slots.get((seat, place))
        if slot is None:
            slot = self._load(seat, place) if self._load is not None else None
            if slot is None:
                slot = SeatSlot(seat, place, place)
            self.slots[seat, place] = slot
        return self._touched(slot, seq)

    def _touched(self, slot: SeatSlot, seq: int) -> SeatSlot:
        slot.seq = max(slot.seq, seq)
        self.changed[slot.seat, slot.from_ms] = slot
        return slot

    def until(self, at_ms: int) -> None:
        """Charge what is under way, up to this moment. To be asked once, at the end."""
        for seat, slot in list(self._now.items()):
            if slot.state is not None and slot.since_ms < at_ms:
                # The last half hour that has a part before it.
                slot = self._carried(slot, (at_ms - 1) // SLOT_MS * SLOT_MS, 0)
                self._now[seat] = slot
                slot.charge(at_ms)

    def forget_before(self, at_ms: int) -> None:
        """Drop the half hours of before that are over."""
        self.slots = {
            key: slot
            for key, slot in self.slots.items()
            if slot.from_ms + SLOT_MS > at_ms or slot.state is not None
        }
        self.changed.clear()

    def between(self, from_ms: int, to_ms: int) -> Iterator[SeatSlot]:
        """The half hours that have a part in from_ms <= t < to_ms, by seat and time."""
        for key in sorted(self.slots):
            if key[1] + SLOT_MS > from_ms and key[1] < to_ms:
                yield self.slots[key]


def as_data(slot: SeatSlot) -> dict[str, Any]:
    """What happened in the half hour, as JSON-ready lists: the table's column ``told``."""
    return {
        "spans": [span[1:] for span in slot.spans],
        "wrap_ups": slot.wrap_ups,
        "offers": [(one.at_ms, one.outcome) for one in slot.offers],
    }


def fill(slot: SeatSlot, data: Mapping[str, Any]) -> SeatSlot:
    """The slot with what `as_data` said of it."""
    slot.spans = [Span(slot.seat, *span) for span in data["spans"]]
    slot.wrap_ups = [WrapUp(*one) for one in data["wrap_ups"]]
    slot.offers = [OfferEnd(at_ms, slot.seat, outcome) for at_ms, outcome in data["offers"]]
    return slot
