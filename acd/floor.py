"""The floor (フロア): all seats and all calls in the queue, and what happens to them, event by event.

Deterministic: the same events at the same times give the same commands. No clock, no chance, no I/O.
"""

from collections.abc import Callable
from typing import Any

from acd import callback_moves, offer_moves, overflow, places, queue_moves, seat_moves, supervisor_moves
from acd.caller import HIGHEST, Caller, CallView, Pool, TicketView
from acd.commands import CancelRing, Command, Refused
from acd.dispatch import choose, choose_seat
from acd.events import (
    Break,
    CallbackAsked,
    CallbackCancelled,
    CallbackRecovered,
    CallbacksPaused,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    CitizenFailed,
    EndWrapUp,
    EntryWritten,
    Event,
    ExtendWrapUp,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    LineClosed,
    LineOpened,
    LogIn,
    LogOut,
    MoveCaller,
    OfferAnswered,
    OfferFailed,
    OfferTo,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    RaiseCaller,
    Ready,
    Reconfigured,
    SeatLegGone,
    TakeOut,
    TalkRecovered,
    TimerFired,
)
from acd.offer import JOINT_STATES, call_of
from acd.pools import Pools
from acd.seat import Seat
from acd.settings import FloorSettings
from acd.settle import settle
from acd.tables import Tables, Timer
from acd.types import CallState, CancelCause, OfferState, TimerPurpose


class Floor(Tables):
    """One floor. `apply` is all that changes it; everything else only looks."""

    __slots__ = ()

    @classmethod
    def open(cls, settings: FloorSettings, now_ms: int = 0) -> "Floor":
        """A floor on which nobody is logged in and nobody waits; now_ms: ms UTC."""
        return cls(settings, now_ms)

    def copy(self) -> "Floor":
        """Another floor in the same state; the two do not know of each other."""
        other = Floor(self.settings)
        self.copy_into(other)
        return other

    def apply(self, event: Event, now_ms: int) -> tuple[Command, ...]:
        """Let the event happen; what the shell has to do, in order.

        now_ms: ms UTC; it may stand still or go back, waits and rings are never negative.
        Never raises for an `Event`: an illegal one changes nothing and returns one `Refused`.
        """
        self.now_ms = now_ms
        self.commands = []
        _MOVES[type(event)](self, event)
        if self.pools.free and (self.queue.groups or self.rounds):
            _dispatch(self)
        return tuple(self.commands)

    # What others may read

    def seat(self, number: int) -> Seat | None:
        """The seat as it is now; None when there is none of this number."""
        return self.seats.get(number)

    def call(self, call: str) -> CallView | None:
        """The call as it is now; None when the floor does not have it (any more)."""
        caller = self.callers.get(call)
        if caller is None:
            return None
        if caller.parked or (caller.live and self._state(caller) in (CallState.TALKING, CallState.HOLD)):
            return self._view(caller, None)
        return self._view(caller, places.position(self, caller))

    def waiting(self) -> tuple[CallView, ...]:
        """The callers not yet connected, in the order of dispatch; those whose phones ring, and callbacks."""
        order = enumerate(self.queue.all(), start=1)
        return tuple(self._view(self.callers[place.call], n) for n, place in order)

    def open_tickets(self) -> tuple[TicketView, ...]:
        """The open callbacks, oldest first."""
        return tuple(self._ticket(self.callers[call]) for call in self.tickets.values())

    def predicted_ms(self, call: str | None = None, line: str = "main", need: str = "") -> int | None:
        """How long this call will probably wait from now on; None: the next caller of the line.

        None when nobody can say (no seat is staffed, or the call does not wait).
        """
        if call is None:
            if need not in self.settings.needs:
                need = ""  # a need that the settings do not have demands nothing
            return places.predicted_ms(self, Pool(line, need, 0), len(self.queue) + len(self.queue.ringing))
        view = self.call(call)
        return view.predicted_ms if view else None

    def _state(self, caller: Caller) -> CallState:
        if caller.parked:
            return CallState.PARKED
        states = [self.offers[offer].state for offer in caller.live]
        if not states:
            return CallState.WAITING
        furthest = max(states, key=list(OfferState).index)
        return JOINT_STATES[furthest][0]

    def _view(self, caller: Caller, position: int | None) -> CallView:
        offers = [self.offers[offer] for offer in caller.live]
        offer = next((o for o in offers if o.state is not OfferState.RINGING), offers[0] if offers else None)
        ahead = None if position is None else position - 1
        return CallView(
            call=caller.call,
            state=self._state(caller),
            line=caller.line,
            priority=min(-caller.place.minus_priority, HIGHEST),
            queued_ms=caller.queued_ms,
            position=position,
            offer=None if offer is None else offer.id,
            seat=None if offer is None else offer.seat,
            operator=None if offer is None else self.seats[offer.seat].operator,
            predicted_ms=None if ahead is None else places.predicted_ms(self, caller.pool, ahead),
            need=caller.pool.need,
            ticket=caller.ticket is not None,
        )

    def _ticket(self, caller: Caller) -> TicketView:
        ticket = caller.ticket
        assert ticket is not None  # noqa: S101  # `tickets` names callbacks only
        queued = not caller.parked and caller.call in self.callers
        talking = caller.live and self._state(caller) in (CallState.TALKING, CallState.HOLD)
        return TicketView(
            ticket=caller.call,
            call=ticket.call,
            caller=ticket.caller,
            line=caller.line,
            state=ticket.state,
            asked_ms=ticket.asked_ms,
            due_ms=ticket.due_ms,
            attempts=ticket.attempts,
            position=places.position(self, caller) if queued and not talking else None,
        )


def step(floor: Floor, event: Event, now_ms: int) -> tuple[Floor, tuple[Command, ...]]:
    """`Floor.apply` as a pure function: the given floor stays as it is, a refusal returns it itself."""
    after = floor.copy()
    commands = after.apply(event, now_ms)
    refused = any(isinstance(command, Refused) for command in commands)
    return (floor if refused else after), commands


def _dispatch(floor: Tables) -> None:
    """Bring free seats and waiting callers together until no pair is left; then let more phones ring."""
    pools = floor.pools
    while pools.free and (pair := choose(floor.queue, pools, floor.callers, floor.operators)) is not None:
        queue_moves.ring(floor, *pair)
    _widen(floor)


def _widen(floor: Tables) -> None:
    """Seats that nobody waits for ring for those who are ringing already, where the strategy says so."""
    for call in sorted(floor.rounds, key=lambda call: floor.callers[call].place):
        caller = floor.callers[call]
        while call in floor.rounds:
            number = choose_seat(caller, floor.pools.of(caller.pool).free)
            if number is None:
                break
            queue_moves.ring(floor, caller, number)


def _of_offer(floor: Tables, event: Any) -> None:
    offer = floor.offers.get(event.offer)
    if offer is not None:
        offer_moves.move(floor, offer, event)
    elif type(event) is OfferAnswered:
        waits = call_of(event.offer) in floor.callers
        floor.emit(CancelRing(event.offer, CancelCause.LOST_RACE if waits else CancelCause.CALLER_GONE))


def _timer_fired(floor: Tables, event: TimerFired) -> None:
    timer = floor.timers.pop(event.token, None)
    if timer is None:
        return
    _TIMERS[timer.purpose](floor, timer, event)


def _of_leg(floor: Tables, timer: Timer, event: TimerFired) -> None:
    offer_moves.move(floor, floor.offers[timer.offer], event)


_TIMERS: dict[TimerPurpose, Callable[[Tables, Timer, TimerFired], None]] = {
    TimerPurpose.RING: _of_leg,
    TimerPurpose.CONNECT: _of_leg,
    TimerPurpose.CALLOUT: _of_leg,
    TimerPurpose.WRAP_UP: lambda floor, timer, _: settle(floor, floor.seats[timer.seat]),
    TimerPurpose.COOL_DOWN: lambda floor, timer, _: queue_moves.cooled(floor, timer.call, timer.seat),
    TimerPurpose.BREAK: lambda floor, timer, _: seat_moves.break_over(floor, timer.seat),
    TimerPurpose.ROUND: lambda floor, timer, _: queue_moves.next_round(floor, timer.call),
    TimerPurpose.RELAX: lambda floor, timer, _: places.relax(floor, timer.call),
    TimerPurpose.FAIR: lambda floor, timer, _: places.be_fair(floor, timer.call),
    TimerPurpose.OVERFLOW: lambda floor, timer, _: overflow.due(floor, timer.call),
    TimerPurpose.REVIEW: lambda floor, _timer, _event: overflow.review(floor),
    TimerPurpose.RETRY: lambda floor, timer, _: callback_moves.due(floor, timer.call),
    TimerPurpose.EXPIRY: lambda floor, timer, _: callback_moves.expired(floor, timer.call),
}


def _reconfigured(floor: Tables, event: Reconfigured) -> None:
    floor.settings = event.settings
    floor.waits.prior_ms = event.settings.handling_ms
    floor.pools = Pools(event.settings, floor.seats)
    for caller in floor.callers.values():
        places.fit(floor, caller)
    seat_moves.reconfigure(floor, event.settings.seats)
    overflow.reconsider(floor)


_MOVES: dict[type[Any], Callable[[Tables, Any], None]] = {
    CallQueued: queue_moves.call_queued,
    TalkRecovered: queue_moves.talk_recovered,
    CallerGone: offer_moves.caller_gone,
    TimerFired: _timer_fired,
    Reconfigured: _reconfigured,
    CallbackAsked: callback_moves.asked,
    CallbackRecovered: callback_moves.recovered,
    CallbackCancelled: callback_moves.cancelled,
    CallbacksPaused: callback_moves.paused,
    LineClosed: lambda floor, event: overflow.line_closed(floor, event.line, event.at_ms),
    LineOpened: lambda floor, event: overflow.line_opened(floor, event.line),
    **dict.fromkeys((LogIn, LogOut, Ready, Break, EndWrapUp, ExtendWrapUp), seat_moves.request),
    **dict.fromkeys((PhoneChanged, OwnCallStarted, OwnCallEnded, EntryWritten), seat_moves.fact),
    **dict.fromkeys((MoveCaller, RaiseCaller, OfferTo, TakeOut), supervisor_moves.wish),
    **dict.fromkeys(
        (
            OfferAnswered, OfferFailed, Joined, JoinFailed, SeatLegGone, HoldStarted, HoldEnded,
            CitizenAnswered, CitizenFailed,
        ),
        _of_offer,
    ),
}  # fmt: skip
