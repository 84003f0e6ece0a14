"""An invented year: calls by the day's shape, served by seats that log in, go to lunch and leave.

Not the floor: a queue in which the first free seat takes the first caller. The rows are those of the
journal's vocabulary.
"""

from __future__ import annotations

import heapq
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from config.calendar import Calendar as CalendarSettings
from config.clock import to_ms
from db import CallFacts, Entry, TicketFacts, fold, fold_ticket, ticket_of
from ivr.calendar import Calendar, rules_of

SHAPE = (5, 9, 10, 9, 8, 7, 5, 5, 7, 8, 8, 7, 7, 6, 6, 5, 4, 3)
"""How the day's calls lie over the half hours from 8:30; Mondays and Tuesdays have more."""
BY_WEEKDAY = (1.5, 1.15, 1.0, 0.95, 0.9, 0.0, 0.7)
HALF_HOUR_MS = 1_800_000
BREAKS = ("昼食", "休憩")


@dataclass(slots=True)
class Day:
    """A day's journal entries in their order, its calls, and the keyed hash of who called."""

    date: date
    entries: list[Entry]
    calls: list[CallFacts]
    callers: dict[str, str]

    def tickets(self) -> list[TicketFacts]:
        """The callbacks, by their reducer."""
        known: dict[str, TicketFacts] = {}
        for entry in self.entries:
            ticket = ticket_of(entry) if entry.kind.startswith("callback.") else None
            if ticket is not None and (folded := fold_ticket(known.get(ticket), entry)) is not None:
                known[ticket] = folded
        return list(known.values())


@dataclass(slots=True)
class Year:
    """``calls`` in open hours from ``first`` (included) to ``until``; ``seats`` answer them."""

    calls: int
    first: date = date(2026, 4, 1)
    until: date = date(2027, 4, 1)
    seats: int = 7
    seed: int = 1
    patience_s: float = 150
    talk_s: float = 150
    number: int = 0
    """Calls that were counted before: the first one's id is the next number."""
    calendar: Calendar = field(default_factory=lambda: Calendar(rules_of(CalendarSettings())))

    def days(self) -> Iterator[Day]:
        """Every open day, in order."""
        dice = random.Random(self.seed)
        span = (self.until - self.first).days
        opened = [
            (day, hours[0])
            for day in (self.first + timedelta(days=n) for n in range(span))
            if (hours := self.calendar.open_intervals(day, 1))
        ]
        weight = sum(BY_WEEKDAY[day.weekday()] or 0.7 for day, _ in opened)
        left, number = self.calls, self.number
        for place, (day, (opens, closes)) in enumerate(opened):
            mine = BY_WEEKDAY[day.weekday()] or 0.7
            count = left if place == len(opened) - 1 else round(self.calls * mine / weight)
            count = min(count, left)
            left -= count
            yield _Played(self, dice, day, to_ms(opens), to_ms(closes), number).play(count)
            number += count


class _Played:
    def __init__(
        self, year: Year, dice: random.Random, day: date, opens: int, closes: int, number: int
    ) -> None:
        self.year, self.dice, self.opens, self.closes, self.number = year, dice, opens, closes, number
        self.made = Day(day, [], [], {})
        self.citizens = max(50, year.calls // 3)

    def play(self, count: int) -> Day:
        """The day with so many calls."""
        year, dice = self.year, self.dice
        for seat in range(1, year.seats + 1):
            self._staff(seat)
        free = [(self.opens, seat) for seat in range(1, year.seats + 1)]
        heapq.heapify(free)
        lunch: dict[int, int | None] = {seat: self._lunch(seat) for seat in range(1, year.seats + 1)}
        slots = dice.choices(range(len(SHAPE)), SHAPE, k=count)
        arrivals = sorted(
            min(self.opens + n * HALF_HOUR_MS + dice.randrange(HALF_HOUR_MS), self.closes - 1) for n in slots
        )
        redial: list[tuple[int, str]] = []
        for at_ms in arrivals:
            self.number += 1
            call = f"{self.number:026d}"
            queued = at_ms + 9_000
            citizen = str(dice.randrange(self.citizens))
            if redial and dice.random() < 0.5 and redial[0][0] < at_ms - 60_000:
                citizen = redial.pop(0)[1]
            free_ms, seat = free[0]
            while (due := lunch[seat]) is not None and max(free_ms, queued) >= due:
                begins = max(free_ms, due)
                back = begins + 2_700_000
                self._state(begins, seat, "ready", "break", "昼食")
                self._state(back, seat, "break", "ready")
                lunch[seat] = None
                heapq.heapreplace(free, (back, seat))
                free_ms, seat = free[0]
            taken = max(queued + 2_500, free_ms + 2_500)
            patience = round(dice.expovariate(1 / year.patience_s) * 1000) + 1_500
            if dice.random() < 0.02:
                self._gone_in_guidance(call, at_ms, citizen)
            elif queued + patience < taken:
                if patience > 60_000 and dice.random() < 0.3:
                    self._left(call, at_ms, queued, queued + patience, citizen, callback=True)
                else:
                    self._left(call, at_ms, queued, queued + patience, citizen, callback=False)
                    redial.append((queued + patience, citizen))
            else:
                talk = round(dice.lognormvariate(0, 0.6) * year.talk_s * 1000 * 0.83) + 5_000
                wrap = 30_000 if dice.random() < 0.8 else 75_000
                self._answered(call, at_ms, queued, taken, talk, wrap, seat, citizen)
                heapq.heapreplace(free, (taken + talk + wrap, seat))
        end = {seat: free_ms for free_ms, seat in free}
        for seat, free_ms in end.items():
            out = max(self.closes, free_ms) + dice.randrange(60_000)
            self._state(out, seat, "ready", "logged_out")
            self._add(out, "seat.logout", seat=seat)
        self.made.entries.sort(key=lambda entry: entry.at_ms)
        return self.made

    def _lunch(self, seat: int) -> int:
        return self.opens + 10_800_000 + (seat - 1) % 7 * 1_500_000

    def _staff(self, seat: int) -> None:
        # One in twenty comes late.
        late = self.dice.randrange(600_000) if self.dice.random() < 0.05 else -self.dice.randrange(600_000)
        at_ms = self.opens + late
        self._add(at_ms, "seat.login", seat=seat)
        self._state(at_ms, seat, "logged_out", "ready")

    def _answered(
        self, call: str, t0: int, queued: int, taken: int, talk: int, wrap: int, seat: int, citizen: str
    ) -> None:
        offer, ends = f"{call}.1", taken + talk
        operator = f"{100 + seat}"
        mine: dict[str, Any] = {"call": call, "seat": seat, "offer": offer, "line": "main"}
        rings = taken - 2_500
        self._begin(call, t0, queued)
        for n in range(max(0, (rings - queued) // 20_000)):
            self._guided(call, queued + n * 20_000, "please_hold")
        self._add(rings, "offer.started", {"strategy": "longest_idle"}, **mine)
        self._state(rings, seat, "ready", "ringing", call=call)
        self._add(taken, "offer.ended", {"outcome": "answered", "ring_ms": 2_500}, **mine)
        self._add(taken, "call.connected", {"wait_ms": taken - queued}, **mine)
        self._state(taken, seat, "ringing", "talking", call=call)
        held = 0
        if self.dice.random() < 0.25 and talk > 60_000:
            held = 20_000
            at_ms = taken + 30_000
            self._add(at_ms, "call.held", call=call, seat=seat, line="main")
            self._state(at_ms, seat, "talking", "hold", call=call)
            self._add(at_ms + held, "call.resumed", call=call, seat=seat, line="main")
            self._state(at_ms + held, seat, "hold", "talking", call=call)
        self._add(ends, "call.talk_ended", {"by": "caller"}, **mine)
        self._state(ends, seat, "talking", "wrap_up", call=call)
        self._add(ends, "seat.wrap_up", {"mode": "time", "until_ms": ends + wrap}, seat=seat)
        self._add(
            ends, "call.ended", {"cause": None, "outcome": "answered", "queued": True}, call=call, line="main"
        )
        self._state(ends + wrap, seat, "wrap_up", "ready")
        self._call(
            citizen,
            self._facts(
                call,
                t0,
                queued,
                first_offer_ms=rings,
                connected_ms=taken,
                talk_ended_ms=ends,
                ended_ms=ends,
                outcome="answered",
                seat=seat,
                operator=operator,
                offers=1,
                held_ms=held,
            ),
        )

    def _left(self, call: str, t0: int, queued: int, left: int, citizen: str, *, callback: bool) -> None:
        self._begin(call, t0, queued)
        for n in range((left - queued) // 20_000):
            self._guided(call, queued + n * 20_000, "please_hold")
        outcome = "callback" if callback else "abandoned"
        extra: dict[str, object] = {}
        if callback:
            self._called_back(call, left)
            extra = {"settled": "callback", "settled_ms": left, "ticket": f"{call}-cb"}
        ended = left + (4_000 if callback else 0)
        self._add(
            ended, "call.ended", {"cause": None, "outcome": outcome, "queued": True}, call=call, line="main"
        )
        self._call(citizen, self._facts(call, t0, queued, ended_ms=ended, outcome=outcome, **extra))

    def _called_back(self, call: str, asked: int) -> None:
        ticket, at_ms = f"{call}-cb", asked + 900_000
        mine: dict[str, Any] = {
            "call": call,
            "seat": self.dice.randrange(self.year.seats) + 1,
            "offer": f"{ticket}.1",
            "line": "main",
        }
        self._add(asked, "callback.asked", {"merged": False, "ticket": ticket}, call=call, line="main")
        self._add(at_ms, "callback.offered", {"ticket": ticket}, **mine)
        self._add(
            at_ms + 2_000,
            "callback.offer_ended",
            {"outcome": "answered", "ring_ms": 2_000, "ticket": ticket},
            **mine,
        )
        self._add(at_ms + 2_000, "callback.calling", {"attempt": 1, "ticket": ticket}, **mine)
        if self.dice.random() < 0.85:
            self._add(at_ms + 9_000, "callback.connected", {"ticket": ticket}, **mine)
            self._add(at_ms + 140_000, "callback.talk_ended", {"by": "caller", "ticket": ticket}, **mine)
            state = "reached"
        else:
            data = {"attempt": 1, "cause": "no_answer", "due_ms": None, "ticket": ticket}
            self._add(at_ms + 40_000, "callback.failed", data, **mine)
            state = "unreached"
        closed = {"attempts": 1, "state": state, "ticket": ticket}
        self._add(at_ms + 140_000, "callback.closed", closed, call=call, line="main")

    def _gone_in_guidance(self, call: str, t0: int, citizen: str) -> None:
        self._begin(call, t0, None)
        data = {"cause": None, "outcome": "abandoned_in_guidance", "queued": False}
        self._add(t0 + 4_000, "call.ended", data, call=call, line="main")
        self._call(citizen, self._facts(call, t0, None, ended_ms=t0 + 4_000, outcome="abandoned_in_guidance"))

    def _begin(self, call: str, t0: int, queued: int | None) -> None:
        data = {
            "called": "0260001234",
            "calendar": "open",
            "channel": f"c{call}",
            "line": "main",
            "open": True,
        }
        self._add(t0, "call.received", data, call=call, line="main")
        self._add(t0 + 60, "call.answered", call=call, line="main")
        for n, text in enumerate(("greeting", "recorded", "no_my_number")):
            self._guided(call, t0 + 100 + n * 2_500, text)
        if queued is not None:
            data = {"line": "main", "need": "", "position": 1, "priority": 0, "staffed": self.year.seats}
            self._add(queued, "call.queued", {**data, "predicted_ms": None}, call=call, line="main")

    def _guided(self, call: str, at_ms: int, text: str) -> None:
        self._add(at_ms, "call.guidance", {"id": text, "part": "started"}, call=call, line="main")
        self._add(at_ms + 2_400, "call.guidance", {"id": text, "part": "finished"}, call=call, line="main")

    def _facts(self, call: str, t0: int, queued: int | None, **more: object) -> CallFacts:
        return CallFacts(
            call,
            t0,
            has_received=True,
            line="main",
            open=True,
            called="0260001234",
            answered_ms=t0 + 60,
            guidance_ms=t0 + 100,
            queued_ms=queued,
            queue_line=None if queued is None else "main",
            **more,  # type: ignore[arg-type]  # fields by name
        )

    def _call(self, citizen: str, facts: CallFacts) -> None:
        self.made.calls.append(facts)
        self.made.callers[facts.call] = sha256(citizen.encode()).hexdigest()

    def _state(
        self, at_ms: int, seat: int, was: str, now: str, reason: str | None = None, call: str | None = None
    ) -> None:
        data = {"from": was, "reason": reason, "to": now}
        self._add(at_ms, "seat.state", data, call=call, seat=seat)

    def _add(
        self,
        at_ms: int,
        kind: str,
        data: Mapping[str, object] | None = None,
        *,
        call: str | None = None,
        seat: int | None = None,
        offer: str | None = None,
        line: str | None = None,
    ) -> None:
        operator = None if seat is None else f"{100 + seat}"
        self.made.entries.append(Entry(at_ms, kind, call, seat, operator, offer, line, dict(data or {})))


def checked(day: Day) -> None:
    """Fail unless the calls of the day are what the one reducer makes of its entries."""
    known: dict[str, CallFacts] = {}
    for entry in day.entries:
        if entry.call is not None:
            folded = fold(known.get(entry.call), entry)
            if folded is not None:
                known[entry.call] = folded
    for facts in day.calls:
        assert known[facts.call] == facts, f"{known[facts.call]}\n{facts}"


text_of = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode
"""An entry's data as the journal stores it."""
