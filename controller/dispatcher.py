"""The floor, live: events in one at a time, commands carried out in their order.

`submit` runs to the end before it returns, so reserving a seat needs no lock. A command may raise a new event
at once (a request refused on the spot): it waits its turn in the same loop.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from acd import Floor, step
from acd.commands import (
    CallSettled,
    CancelRing,
    Command,
    Connect,
    Record,
    Refused,
    ReleaseCaller,
    ReleaseSeat,
    Resume,
    Ring,
    StartTimer,
    StopTimer,
)
from acd.events import Event, TimerFired
from acd.types import CancelCause, Outcome
from config import Clock
from controller.recorder import Recorder
from controller.timers import Timers

log = structlog.get_logger()


class Hands(Protocol):
    """Who carries out what the floor commands."""

    def ring(self, offer: str, call: str, seat: int) -> None:
        """Let the seat's phone ring."""

    def cancel_ring(self, offer: str, cause: CancelCause) -> None:
        """Hang up a ringing or late answered leg."""

    def connect(self, call: str, offer: str) -> None:
        """Put both parties into one bridge."""

    def release_seat(self, offer: str) -> None:
        """Hang up the operator's leg."""

    def release_caller(self, call: str) -> None:
        """Hang up the caller."""

    def resume(self, call: str) -> None:
        """Let the caller wait on."""

    def settled(self, call: str, outcome: Outcome) -> None:
        """Take down how the call ended for the queue."""


class Dispatcher:
    """Holds the floor's state; the only place that changes it."""

    def __init__(self, floor: Floor, clock: Clock, recorder: Recorder) -> None:
        self.floor = floor
        self._clock = clock
        self._recorder = recorder
        self._timers = Timers(clock, lambda token: self._submit_late(TimerFired(token)))
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

    def _submit_late(self, event: Event) -> None:
        self.submit(event)

    def _one(self, event: Event) -> Refused | None:
        began = time.perf_counter_ns()
        self.floor, commands = step(self.floor, event, self._clock.now_ms())
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
            case Resume(call):
                hands.resume(call)
            case StartTimer(token, at_ms):
                self._timers.start(token, at_ms)
            case StopTimer(token):
                self._timers.stop(token)
            case CallSettled(call, outcome):
                hands.settled(call, outcome)
            case Record(kind, call, seat, operator, offer, data):
                self._recorder.record(kind, call=call, seat=seat, operator=operator, offer=offer, data=data)
            case Refused():
                pass
