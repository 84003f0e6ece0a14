"""Busy days on the real floor: citizens who hang up anywhere, phones that do not answer, callbacks, overflow.

What happens is drawn; what becomes of it is the floor's. The day keeps its own count of calls and endings, as
a bystander would: by what the floor said when it let a caller go, and by what happened before the queue.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count

from acd import FloorSettings
from acd.commands import CallOut, Command, Connect, Ring
from acd.events import (
    CallerGone,
    CallQueued,
    CitizenFailed,
    Event,
    JoinFailed,
    LineClosed,
    LogOut,
    OfferAnswered,
    OfferFailed,
    TakeOut,
)
from acd.settings import CallbackSettings, Destination, LineSettings, OverflowRule
from acd.types import CalloutFailure, OfferOutcome, OfferState, OverflowCause, Toward
from db import Entry
from tests.unit.reports.days import BEFORE
from tests.unit.reports.floor_days import FloorDay

MINUTE_MS = 60_000
SEATS = (1, 2, 3, 4, 5, 6, 7)
_HANG_UP = Destination(Toward.HANG_UP)
SETTINGS = FloorSettings(
    seats=SEATS,
    wrap_up_ms=10_000,
    max_misses=4,
    lines={
        "main": LineSettings(
            overflow=(
                OverflowRule(OverflowCause.NO_SEAT, 30_000, _HANG_UP),
                OverflowRule(OverflowCause.QUEUE_FULL, 25, Destination(Toward.NUMBER, "+81262260009")),
                OverflowRule(OverflowCause.WAITED, 40_000, Destination(Toward.ANNOUNCE)),
                OverflowRule(OverflowCause.WAITED, 90_000, _HANG_UP),
                OverflowRule(OverflowCause.CLOSING, 20_000, _HANG_UP),
            )
        ),
        "other": LineSettings(priority=1),
    },
    callback=CallbackSettings(attempts=2, retry_ms=120_000, expiry_ms=3_600_000),
)


class BusyDay(FloorDay):
    """One day of ``calls``; `minutes` plays it."""

    def __init__(self, name: str, start_ms: int, calls: int, minutes: int, seed: int) -> None:
        super().__init__(SETTINGS, start_ms=start_ms)
        self.came: Counter[bool] = Counter()
        """Calls so far, by whether they came into the queue."""
        self.over: Counter[str] = Counter()
        """Endings so far, of those that the floor let go and those that never came to it."""
        self._dice = random.Random(seed)
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._number = count()
        self._minutes = minutes
        self._name = name
        self._counted: set[str] = set()
        for number in range(calls):
            at_ms = start_ms + 10_000 + self._dice.randrange(minutes * MINUTE_MS)
            self._at(at_ms, self._calling(f"{name}-{number}"))

    def minutes(self) -> Iterator[list[Entry]]:
        """The rows of each minute, until nobody is there any more."""
        begin_ms = self.now_ms
        self.staff(*SEATS)
        closes_ms = begin_ms + self._minutes * MINUTE_MS
        self._at(closes_ms, lambda: self._event(LineClosed("main", closes_ms)))
        # Twice a day nobody is there for two minutes; at the end all go home.
        for away_ms in (closes_ms // 2 + begin_ms // 2, closes_ms - 1_200_000):
            self._at(away_ms, self._all_out)
            self._at(away_ms + 120_000, self._all_in)
        self._at(closes_ms + 900_000, self._everybody_leaves)
        minute_ms = begin_ms + MINUTE_MS
        while self._heap or self.floor.callers:
            while self._heap and self._heap[0][0] <= minute_ms:
                at_ms, _, deed = heapq.heappop(self._heap)
                self.wait(max(0, at_ms - self.now_ms))
                deed()
            self.wait(max(0, minute_ms - self.now_ms))
            yield self._taken()
            minute_ms += MINUTE_MS
        yield self._taken()

    def do(self, event: Event) -> tuple[Command, ...]:
        """The event, and what phones and citizens will do about what follows."""
        commands = super().do(event)
        for command in commands:
            if isinstance(command, Ring):
                self._rings(command.offer)
            elif isinstance(command, CallOut):
                self._after(5_000, partial(self._citizen, command.offer))
        for call in [name for name in self.settled if name not in self._counted]:
            self._counted.add(call)
            if call.endswith("-cb"):
                continue
            outcome = self.settled[call]
            self.over[outcome] += 1
            if outcome != "abandoned":
                # Some seconds of good-bye; the talk is over at once.
                self._after(0 if outcome == "answered" else 4_000, partial(self.end, call, outcome))
        return commands

    def _calling(self, name: str) -> Callable[[], None]:
        dice, kind = self._dice, self._dice.random()

        def comes() -> None:
            if kind < 0.2:
                outcome = dice.choice(BEFORE)
                self._received(name, is_open=outcome != "closed")
                self.came[False] += 1
                self._after(dice.randrange(30_000), lambda: self._ended_before(name, outcome))
                return
            self._received(name)
            if kind < 0.23:  # gone in the guidance
                self.came[False] += 1
                self._after(dice.randrange(8_000), lambda: self._ended_before(name, "abandoned_in_guidance"))
                return
            self._after(9_000, lambda: self._queues(name))

        return comes

    def _received(self, name: str, *, is_open: bool = True) -> None:
        self.write("call.received", call=name, data={"open": is_open, "called": "0260001234"})

    def _ended_before(self, name: str, outcome: str) -> None:
        self.over[outcome] += 1
        self.write("call.ended", call=name, data={"outcome": outcome, "queued": False, "cause": None})

    def _queues(self, name: str) -> None:
        dice = self._dice
        self.came[True] += 1
        line = "other" if dice.random() < 0.15 else "main"
        self._event(CallQueued(name, line=line, caller=str(dice.randrange(500))))
        self._after(round(dice.expovariate(1 / 90_000)), lambda: self._impatient(name))
        chance = dice.random()
        if chance < 0.04:
            self._after(20_000, lambda: self._asks(name))
        elif chance < 0.06:
            self._after(15_000, lambda: self._taken_out(name))

    def _waits(self, name: str) -> bool:
        return any(view.call == name for view in self.floor.waiting())

    def _impatient(self, name: str) -> None:
        if self._waits(name):
            self._event(CallerGone(name))

    def _asks(self, name: str) -> None:
        if self._waits(name):
            self.ask_callback(name, str(self._dice.randrange(500)))

    def _taken_out(self, name: str) -> None:
        if self._waits(name):
            self._event(TakeOut(name, "間違い電話"))

    def _rings(self, offer: str) -> None:
        chance = self._dice.random()
        if chance < 0.9:
            self._after(1_000 + self._dice.randrange(6_000), lambda: self._picks_up(offer))
        elif chance < 0.94:
            outcome = self._dice.choice((OfferOutcome.BUSY, OfferOutcome.DECLINED, OfferOutcome.UNREACHABLE))
            self._after(500, lambda: self._event(OfferFailed(offer, outcome)))

    def _picks_up(self, offer: str) -> None:
        live = self.floor.offers.get(offer)
        if live is None or live.state is not OfferState.RINGING:
            return
        if self._dice.random() < 0.01:
            commands = self.do(OfferAnswered(offer))
            if any(isinstance(one, Connect) for one in commands):
                self._event(JoinFailed(offer))
            return
        self.answer(offer)
        live = self.floor.offers.get(offer)
        if live is not None and live.state is OfferState.TALKING:
            self._after(round(self._dice.expovariate(1 / 45_000)), lambda: self._talk_ends(offer))

    def _citizen(self, offer: str) -> None:
        live = self.floor.offers.get(offer)
        if live is None or live.state is not OfferState.CALLING:
            return
        if self._dice.random() < 0.7:
            self.citizen_picks_up(offer)
            self._after(40_000, lambda: self._talk_ends(offer))
        else:
            self._event(CitizenFailed(offer, self._dice.choice(list(CalloutFailure))))

    def _talk_ends(self, offer: str) -> None:
        if offer in self.floor.offers:
            self.hang_up(offer)

    def _all_out(self) -> None:
        for seat in SEATS:
            self._event(LogOut(seat))

    def _all_in(self) -> None:
        self.staff(*SEATS)

    def _everybody_leaves(self) -> None:
        for offer in list(self.floor.offers):
            self._talk_ends(offer)
        for view in list(self.floor.waiting()):
            if not view.ticket:
                self._event(CallerGone(view.call))
        self._all_out()

    def _event(self, event: Event) -> None:
        self.do(event)

    def _after(self, ms: int, deed: Callable[[], None]) -> None:
        self._at(self.now_ms + ms, deed)

    def _at(self, at_ms: int, deed: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at_ms, next(self._number), deed))

    def _taken(self) -> list[Entry]:
        rows, self.rows = self.rows, []
        for call in [name for name in self._counted if name in self.settled]:
            del self.settled[call]
        return rows
