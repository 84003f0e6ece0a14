"""The floor, live: events in one at a time, commands carried out in their order.

`submit` runs to the end before it returns, so reserving a seat needs no lock. A command may raise a new event
at once (a request refused on the spot): it waits its turn in the same loop.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import structlog

from acd import Floor
from acd.commands import (
    CallOut,
    CallSettled,
    CancelCallOut,
    CancelRing,
    Command,
    Connect,
    Divert,
    Record,
    Refused,
    ReleaseCaller,
    ReleaseSeat,
    Resume,
    Ring,
    StartTimer,
    StopTimer,
    TakeOutCaller,
    TicketClosed,
)
from acd.events import Event, TimerFired
from acd.settings import Destination
from acd.types import CancelCause, Outcome, OverflowCause, TicketState, TimerPurpose
from config import Clock
from controller.recorder import Recorder
from controller.timers import Timers

LISTEN_S = 0.1
"""So often it is looked whether Asterisk is heard again."""

log = structlog.get_logger()


class Hands(Protocol):
    """Who carries out what the floor commands."""

    def ring(self, offer: str, call: str, seat: int) -> None:
        """Let the seat's phone ring."""

    def cancel_ring(self, offer: str, cause: CancelCause) -> None:
        """Hang up a ringing or late answered leg."""

    def connect(self, call: str, offer: str) -> None:
        """Put both parties into one bridge."""

    def joined_yet(self, offer: str, then: Callable[[], None]) -> None:
        """Ask whether both parties are in the bridge, and let the floor know if so; `then` goes on."""

    def release_seat(self, offer: str) -> None:
        """Hang up the operator's leg."""

    def release_caller(self, call: str) -> None:
        """Hang up the caller."""

    def call_out(self, offer: str, ticket: str) -> None:
        """Ring the citizen of a callback, whose operator is on the phone."""

    def cancel_call_out(self, offer: str) -> None:
        """Hang up the citizen's leg of a callback."""

    def divert(self, call: str, cause: OverflowCause, to: Destination) -> None:
        """Tell the caller of the overflow and go where it leads."""

    def take_out_caller(self, call: str) -> None:
        """Tell the caller that he is taken out, and hang up."""

    def ticket_closed(self, ticket: str, state: TicketState) -> None:
        """Nothing more happens with this callback."""

    def resume(self, call: str) -> None:
        """Let the caller wait on."""

    def settled(self, call: str, outcome: Outcome) -> None:
        """Take down how the call ended for the queue."""

    def callback_asked(self, call: str, ticket: str, *, merged: bool) -> Mapping[str, str] | None:
        """Whom to call back: what is kept of it beside the journal's row."""


class Dispatcher:
    """Holds the floor's state; the only place that changes it."""

    def __init__(self, floor: Floor, clock: Clock, recorder: Recorder) -> None:
        self.floor = floor
        self._clock = clock
        self._fell = False
        self._held: list[Event] | None = None
        self._away = False
        self.is_deaf: Callable[[], bool] = lambda: False
        """Whether Asterisk is silent for longer than it ever is: asked when a timer is due."""
        self._recorder = recorder
        self._timers = Timers(clock, self._timer_due)
        self._hands: Hands | None = None
        self._queue: deque[Event] = deque()
        self._busy = False
        self._watchers: list[Callable[[], None]] = []

    def attach(self, hands: Hands) -> None:
        """Name who carries out the commands."""
        self._hands = hands

    def watch(self, callback: Callable[[], None]) -> None:
        """Call back after every change (push to the pages)."""
        self._watchers.append(callback)

    def close(self) -> None:
        """Stop all timers."""
        self._timers.close()

    @contextmanager
    def fallen(self, at_ms: int) -> Iterator[None]:
        """Asterisk fell at this moment: what is submitted in the block happened then, by nobody's will."""
        self._fell = True
        try:
            # Not later than now: the clock may have been set back since, and a wrap-up would last so long.
            with self._recorder.as_of(min(at_ms, self._clock.now_ms())):
                yield
        finally:
            self._fell = False

    def submit(self, event: Event) -> Refused | None:
        """Let `event` happen; the refusal when it was illegal for the present state."""
        self._queue.append(event)
        if self._busy:
            return None
        first: Refused | None = None
        self._busy = True
        try:
            while self._queue:
                current = self._queue.popleft()
                refused = self._one(current)
                if current is event:
                    first = refused
        finally:
            self._busy = False
        for callback in self._watchers:
            callback()
        return first

    def hold_timers(self) -> None:
        """The connection is away: what is due waits. What it commands would be lost; what it waited for may
        have happened without our hearing of it.
        """
        self._away = True
        self._held = self._held or []

    def release_timers(self) -> None:
        """All that happened meanwhile is known: what was due is due now, if it still is."""
        self._away = False
        held, self._held = self._held, None
        for event in held or ():
            self.submit(event)

    def _timer_due(self, token: str) -> None:
        event = TimerFired(token)
        timer = self.floor.timers.get(token)
        if timer is not None and timer.purpose is TimerPurpose.CONNECT and self._hands is not None:
            # Two who talk, of which only the event is missing, are not taken apart.
            self._hands.joined_yet(timer.offer, lambda: self._submit_late(event))
        else:
            self._submit_late(event)

    def _submit_late(self, event: Event) -> None:
        if self._held is None and not self.is_deaf():
            self.submit(event)
            return
        if self._held is None:
            # We, or the way between, stood still: what the timer waited for may not have been read yet.
            self._held = []
            self._listen_on()
        self._held.append(event)

    def _listen_on(self) -> None:
        asyncio.get_running_loop().call_later(LISTEN_S, self._listened)

    def _listened(self) -> None:
        if self._away or self._held is None:
            return
        if self.is_deaf():
            self._listen_on()
        else:
            self.release_timers()

    def _one(self, event: Event) -> Refused | None:
        began = time.perf_counter_ns()
        commands = self.floor.apply(event, self._recorder.now_ms)
        took_us = (time.perf_counter_ns() - began) // 1000
        log.debug("floor.step", event_=type(event).__name__, commands=len(commands), took_us=took_us)
        refused: Refused | None = None
        for command in commands:
            if isinstance(command, Refused):
                refused = command
                log.info("floor.refused", code=command.code.value, why=command.why)
            else:
                self._carry_out(command)
        return refused

    def _carry_out(self, command: Command) -> None:
        hands = self._hands
        assert hands is not None, "attach() comes before the first event"  # noqa: S101  # a programming error
        match command:
            case Ring(offer, call, seat):
                hands.ring(offer, call, seat)
            case CancelRing(offer, cause):
                hands.cancel_ring(offer, cause)
            case Connect(call, offer):
                hands.connect(call, offer)
            case ReleaseSeat(offer):
                hands.release_seat(offer)
            case ReleaseCaller(call):
                hands.release_caller(call)
            case CallOut(offer, ticket):
                hands.call_out(offer, ticket)
            case CancelCallOut(offer):
                hands.cancel_call_out(offer)
            case Divert(call, why, to):
                hands.divert(call, why, to)
            case TakeOutCaller(call):
                hands.take_out_caller(call)
            case TicketClosed(ticket, state):
                hands.ticket_closed(ticket, state)
            case Resume(call):
                hands.resume(call)
            case StartTimer(token, at_ms):
                self._timers.start(token, at_ms)
            case StopTimer(token):
                self._timers.stop(token)
            case CallSettled(call, outcome):
                hands.settled(call, outcome)
            case Record():
                self._record(hands, command)
            case Refused():
                pass

    def _record(self, hands: Hands, row: Record) -> None:
        private = None
        if row.kind == "callback.asked" and row.call is not None:
            ticket, merged = str(row.data["ticket"]), bool(row.data["merged"])
            private = hands.callback_asked(row.call, ticket, merged=merged)
        data = {**row.data, "by": "system"} if self._fell and row.kind.endswith("talk_ended") else row.data
        self._recorder.record(
            row.kind,
            call=row.call,
            seat=row.seat,
            operator=row.operator,
            offer=row.offer,
            data=data,
            private=private,
        )
