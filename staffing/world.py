"""The world around a floor: callers, operators and time, as events in their order.

It stands where the controller stands in life: it tells the floor what happens and does what the floor asks.
Who gets which call is the floor's own doing; nothing of it is imitated here.
"""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from heapq import heappop, heappush
from itertools import count
from typing import Any

from acd import Floor, FloorSettings
from acd.commands import (
    CallOut,
    CallSettled,
    CancelRing,
    Connect,
    Divert,
    Refused,
    ReleaseSeat,
    Ring,
    StartTimer,
    StopTimer,
    TicketClosed,
)
from acd.events import (
    Break,
    CallbackAsked,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    CitizenFailed,
    EndWrapUp,
    Event,
    Joined,
    LogIn,
    LogOut,
    OfferAnswered,
    Ready,
    TimerFired,
)
from acd.types import Activity, Outcome, SeatState, Toward
from staffing.called_back import CalledBack
from staffing.chance import stream
from staffing.demand import Call, People
from staffing.habits import Habits
from staffing.roster import PLANNED, Move
from staffing.tally import Tally

# Looked up once: reaching a member through its class costs more than most of what is done with it.
LOGGED_OUT, READY, BREAK, WRAP_UP = SeatState.LOGGED_OUT, SeatState.READY, SeatState.BREAK, SeatState.WRAP_UP
ANSWERED, ABANDONED, CALLBACK = Outcome.ANSWERED, Outcome.ABANDONED, Outcome.CALLBACK
CHOICE = Toward.CHOICE
CONTACT = (SeatState.TALKING, SeatState.HOLD, WRAP_UP)
REST = "rest"
"""Reason of a break that the operator takes by chance."""
AFTER_MISSES_MS = 60_000
"""An operator whom the floor has put on break for missed calls is back after so long."""

LOG_IN_AGAIN_MS = 5_000
LAST_MS = 7 * 86_400_000


class ImpossibleError(RuntimeError):
    """The floor has refused what the world did: one of the two is wrong."""


class World:
    """One floor with its callers and operators, from its opening until the last call is over."""

    def __init__(
        self,
        settings: FloorSettings,
        calls: Iterable[Call],
        roster: Iterable[Move],
        habits: Habits,
        seed: int,
        *,
        start_ms: int = 0,
        batch: int = 0,
        people: People | None = None,
    ) -> None:
        """calls, roster: in the order of their times. batch: calls in one tally; 0: all of them.

        people: who calls, for what they do beyond their calls: None asks for no callback.
        """
        self.floor = Floor.open(settings, start_ms)
        self.floor.journals = False  # what happens is seen from the commands and from the seats
        self.now_ms = start_ms
        self.tallies = [Tally()]
        self._apply = self.floor.apply
        self._calls = iter(calls)
        self._roster = iter(roster)
        self._habits = habits
        self._batch = batch
        self._arriving = self._rostered = True
        self._heap: list[tuple[int, int, Callable[[Any], None], Any]] = []
        self._number = count().__next__
        self._waiting: dict[str, tuple[int, int, Tally]] = {}
        self._talking: dict[str, Tally] = {}
        self._back = CalledBack(people, seed)
        self._several = people is not None and len(people.lines) > 1
        self._seat_of: dict[str, int] = {}
        self._seen = dict.fromkeys(settings.seats, LOGGED_OUT)
        self._timers = self.floor.timers
        """Those that are live: one that the floor has stopped is simply not there when its time comes."""
        self._pick_up = habits.pick_up.draws(stream(seed, "pick-up"))
        self._wrap_up = habits.wrap_up and habits.wrap_up.draws(stream(seed, "wrap-up"))
        self._on_duty = habits.on_duty(seed)
        self._tired_at: dict[int, int] = {}
        # Areas under "seats in contact", "seats ready", "seats staffed", as sums of the edges' times.
        self._contact = self._idle = self._staffed = 0
        self._contact_ms = self._idle_ms = self._staffed_ms = 0
        self._mark = (start_ms, 0, 0, 0)

    def run(self) -> list[Tally]:
        """Play until the calls and the roster are through and nobody waits or talks any more.

        Who is still there `LAST_MS` after that is counted as still waiting. Raises ImpossibleError.
        """
        self._next_call()
        self._next_move(None)
        heap = self._heap
        with _few_collections():
            while heap and (self._arriving or self._rostered):
                self.now_ms, _, deed, what = heappop(heap)
                deed(what)
            end_ms = self.now_ms + LAST_MS
            while heap and (self._waiting or self._talking or self._back.open) and heap[0][0] <= end_ms:
                self.now_ms, _, deed, what = heappop(heap)
                deed(what)
        if not self._batch:
            self._cut()
        for _, _, tally in self._waiting.values():
            tally.still_waiting += 1
        for tally in self._talking.values():
            tally.talking += 1
        for tally in self.tallies:
            tally.add_up()
        return self.tallies

    def _later(self, at_ms: int, deed: Callable[[Any], None], what: Any) -> None:
        # The number: at the same time, first come first served; deeds are never compared.
        heappush(self._heap, (at_ms, self._number(), deed, what))

    # Callers

    def _next_call(self) -> None:
        call = next(self._calls, None)
        if call is not None:
            heappush(self._heap, (call[0], self._number(), self._arrive, call))
            return
        self._arriving = False
        if self._batch and self.tallies[-1].queued:
            self._cut()

    def _arrive(self, call: Call) -> None:
        tally = self.tallies[-1]
        if tally.queued == self._batch > 0:
            self._cut()
            tally = Tally()
            self.tallies.append(tally)
        tally.queued += 1
        at_ms, service_ms, patience_ms, name, line, priority, need = call
        if self._several:
            tally = tally.of_line(line)
            tally.queued += 1
        waiting = self._waiting
        waiting[name] = (at_ms, service_ms, tally)
        self._feed(CallQueued(name, line, priority, need))
        if patience_ms >= 0 and name in waiting:
            heappush(self._heap, (at_ms + patience_ms, self._number(), self._lose_patience, name))
        self._next_call()

    def _lose_patience(self, name: str) -> None:
        if name in self._waiting:
            self._feed(CallerGone(name))

    def _connected(self, name: str) -> None:
        if name in self._back.open:
            self._later(self.now_ms + self._back.open[name][0], self._hang_up, name)
            return
        at_ms, service_ms, tally = self._waiting.pop(name)
        self._talking[name] = tally
        tally.waits.append(self.now_ms - at_ms)
        heappush(self._heap, (self.now_ms + service_ms, self._number(), self._hang_up, name))

    def _hang_up(self, name: str) -> None:
        self._feed(CallerGone(name))

    def _settled(self, name: str, outcome: Outcome) -> None:
        if outcome is ANSWERED:
            self._talking.pop(name).finished += 1
            return
        at_ms, service_ms, tally = self._waiting.pop(name)
        if outcome is ABANDONED:
            tally.given_up.append(self.now_ms - at_ms)
            return
        tally.others[outcome.value] += 1
        if outcome is CALLBACK:
            self._back.asked(name, service_ms, tally)

    def _citizen(self, event: CitizenAnswered | CitizenFailed) -> None:
        number = self._seat_of.get(event.offer)
        if number is not None:
            self._feed(event, number)

    # Operators

    def _next_move(self, move: Move | None) -> None:
        if move is not None:
            self._move(move[1])
        following = next(self._roster, None)
        if following is None:
            self._rostered = False
        else:
            self._later(following[0], self._next_move, following)

    def _move(self, event: Event) -> None:
        number = getattr(event, "seat", None)
        if isinstance(event, Ready | Break | LogOut):
            seat = self.floor.seat(event.seat)
            if seat is None or seat.operator is None:
                return
        elif isinstance(event, LogIn) and self._taken(event):
            self._later(self.now_ms + LOG_IN_AGAIN_MS, self._move, event)
            return
        self._feed(event, number)

    def _taken(self, event: LogIn) -> bool:
        """Whether the seat's last operator, or this one elsewhere, still finishes a talk before leaving."""
        return any(
            seat.operator is not None and (number == event.seat) is not (seat.operator == event.operator)
            for number, seat in self.floor.seats.items()
        )

    def _answer(self, offer: str) -> None:
        if offer in self._seat_of:
            self._feed(OfferAnswered(offer))

    def _finish_wrap_up(self, what: tuple[int, int]) -> None:
        number, since_ms = what
        seat = self.floor.seat(number)
        if seat is not None and seat.activity is Activity.WRAP_UP and seat.since_ms == since_ms:
            self._feed(EndWrapUp(number), number)

    def _go_on_duty(self, number: int) -> None:
        if self._on_duty:
            self._tired_at[number] = due_ms = self.now_ms + self._on_duty()
            self._later(due_ms, self._tire, number)

    def _tire(self, number: int) -> None:
        if self._tired_at.get(number) != self.now_ms:
            return
        seat = self.floor.seat(number)
        if seat is not None and seat.operator is not None and seat.state is not BREAK:
            self._feed(Break(number, REST), number)

    def _return(self, number: int) -> None:
        seat = self.floor.seat(number)
        if seat is not None and seat.state is BREAK:
            self._feed(Ready(number), number)

    def _look(self, number: int) -> None:
        """What has become of this seat."""
        seat, was = self.floor.seats[number], self._seen[number]
        to = seat.state
        if to is was:
            return
        self._seen[number] = to
        now_ms = self.now_ms
        if was is READY:
            self._idle -= 1
            self._idle_ms += now_ms
        elif to is READY:
            self._idle += 1
            self._idle_ms -= now_ms
        if to in CONTACT:
            if was not in CONTACT:
                self._contact += 1
                self._contact_ms -= now_ms
            if to is WRAP_UP and self._wrap_up:
                self._later(now_ms + self._wrap_up(), self._finish_wrap_up, (number, now_ms))
        elif was in CONTACT:
            self._contact -= 1
            self._contact_ms += now_ms
        if to is LOGGED_OUT:
            self._staffed -= 1
            self._staffed_ms += now_ms
        elif was is LOGGED_OUT:
            self._staffed += 1
            self._staffed_ms -= now_ms
            self._go_on_duty(number)
        if to is BREAK:
            if seat.reason != PLANNED:
                length_ms = self._habits.rest_ms if seat.reason == REST else AFTER_MISSES_MS
                self._later(now_ms + length_ms, self._return, number)
        elif was is BREAK:
            self._go_on_duty(number)

    # The floor

    def _fire(self, token: str) -> None:
        timer = self._timers.get(token)
        if timer is not None:
            self._feed(TimerFired(token), timer.seat or None)

    def _feed(self, event: Event, seat: int | None = None) -> None:
        """Tell the floor, do what it asks, and tell it what comes of that at once. seat: whom it is about."""
        now_ms, heap, timers, seat_of = self.now_ms, self._heap, self._timers, self._seat_of
        events: list[Event] = [event]
        started: list[StartTimer] = []
        touched = [] if seat is None else [seat]
        for happened in events:  # it grows while it is gone through
            for command in self._apply(happened, now_ms):
                # Not isinstance, which would be asked 20 times a call and takes twice as long.
                if type(command) is StartTimer:
                    started.append(command)
                elif type(command) is StopTimer:
                    pass
                elif type(command) is Ring:
                    seat_of[command.offer] = command.seat
                    touched.append(command.seat)
                    after_ms = self._pick_up()
                    if after_ms == 0:
                        events.append(OfferAnswered(command.offer))
                    else:
                        heappush(heap, (now_ms + after_ms, self._number(), self._answer, command.offer))
                elif type(command) is Connect:
                    touched.append(seat_of[command.offer])
                    events.append(Joined(command.offer))
                    self._connected(command.call)
                elif type(command) is CallSettled:
                    self._settled(command.call, command.outcome)
                elif type(command) is ReleaseSeat or type(command) is CancelRing:
                    number = seat_of.pop(command.offer, None)
                    if number is not None:
                        touched.append(number)
                elif type(command) is Divert:
                    if command.to.toward is CHOICE and self._back.wanted():
                        events.append(CallbackAsked(command.call, f"number of {command.call}"))
                elif type(command) is CallOut:
                    touched.append(seat_of[command.offer])
                    after_ms, told = self._back.rung(command.offer, self.floor.settings.callback.callout_ms)
                    self._later(now_ms + after_ms, self._citizen, told)
                elif type(command) is TicketClosed:
                    self._back.closed(command.ticket, command.state)
                elif type(command) is Refused:
                    raise ImpossibleError(f"{command.event}: {command.why}")
        for number in touched:
            self._look(number)
        for timer in started:
            # Most are stopped in the same instant and need never be waited for.
            if timer.token in timers:
                heappush(heap, (timer.at_ms, self._number(), self._fire, timer.token))

    def _cut(self) -> None:
        """The seat time up to now belongs to the tally that ends."""
        now_ms = self.now_ms
        if any(seat.state is not self._seen[number] for number, seat in self.floor.seats.items()):
            raise ImpossibleError("a seat has changed without a command that tells so")
        areas = (
            now_ms,
            self._contact_ms + self._contact * now_ms,
            self._idle_ms + self._idle * now_ms,
            self._staffed_ms + self._staffed * now_ms,
        )
        tally = self.tallies[-1]
        tally.span_ms += areas[0] - self._mark[0]
        tally.contact_ms += areas[1] - self._mark[1]
        tally.idle_ms += areas[2] - self._mark[2]
        tally.staffed_ms += areas[3] - self._mark[3]
        self._mark = areas


@contextmanager
def _few_collections() -> Iterator[None]:
    """Events and commands hold no cycles: looking for some every 700 of them takes a tenth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, before[1], before[2])
    try:
        yield
    finally:
        gc.set_threshold(*before)
