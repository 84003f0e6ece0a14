"""The floor (フロア): all seats and all calls in the queue, as one immutable value, and its step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from acd import offer_moves, queue_moves, seat_moves
from acd.caller import Caller, CallView, Place, position
from acd.commands import CancelRing, Command
from acd.dispatch import FreeSeat, choose
from acd.events import (
    Break,
    CallerGone,
    CallQueued,
    EndWrapUp,
    Event,
    LogIn,
    LogOut,
    OfferAnswered,
    OwnCallEnded,
    OwnCallStarted,
    PhoneChanged,
    Ready,
    Reconfigured,
    TalkRecovered,
    TimerFired,
)
from acd.offer import JOINT_STATES, Offer, call_of, ringing_places
from acd.seat import Seat
from acd.settings import FloorSettings
from acd.settle import settle
from acd.turn import Timer, Turn
from acd.types import CallState, CancelCause, TimerPurpose


@dataclass(frozen=True, slots=True)
class Floor:
    """One moment of the floor. The mappings are never changed; each step makes new ones.

    queue: places of the callers without an offer, sorted. free: the seats that may be rung,
    longest idle first. Both are indexes of `callers` and `seats`.
    """

    settings: FloorSettings
    seats: Mapping[int, Seat]
    callers: Mapping[str, Caller] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    timers: Mapping[str, Timer] = field(default_factory=dict)
    queue: tuple[Place, ...] = ()
    free: tuple[FreeSeat, ...] = ()
    arrivals: int = 0

    @classmethod
    def open(cls, settings: FloorSettings, now_ms: int = 0) -> "Floor":
        """A floor on which nobody is logged in and nobody waits; now_ms: ms UTC."""
        return cls(settings, {number: Seat(number, since_ms=now_ms) for number in settings.seats})

    def seat(self, number: int) -> Seat | None:
        """The seat as it is now; None when there is none of this number."""
        return self.seats.get(number)

    def call(self, call: str) -> CallView | None:
        """The call as it is now; None when the floor does not have it (any more)."""
        caller = self.callers.get(call)
        if caller is None:
            return None
        connected = caller.offer is not None and not self.offers[caller.offer].unconnected
        if connected:
            return self._view(caller, None)
        ahead = ringing_places(self.offers, self.callers)
        return self._view(caller, position(caller.place, self.queue, ahead))

    def waiting(self) -> tuple[CallView, ...]:
        """The callers not yet connected, in the order of dispatch; those whose phone rings too."""
        places = sorted((*self.queue, *ringing_places(self.offers, self.callers)))
        return tuple(self._view(self.callers[p.call], n) for n, p in enumerate(places, start=1))

    def _view(self, caller: Caller, position: int | None) -> CallView:
        offer = None if caller.offer is None else self.offers[caller.offer]
        return CallView(
            call=caller.call,
            state=CallState.WAITING if offer is None else JOINT_STATES[offer.state][0],
            line=caller.line,
            priority=-caller.place.minus_priority,
            queued_ms=caller.place.queued_ms,
            position=position,
            offer=caller.offer,
            seat=None if offer is None else offer.seat,
            operator=None if offer is None else self.seats[offer.seat].operator,
        )


def step(floor: Floor, event: Event, now_ms: int) -> tuple[Floor, tuple[Command, ...]]:
    """What the floor becomes by this event, and what the shell has to do, in order.

    now_ms: ms UTC; it may stand still or go back, waits and rings are never negative.
    Never raises for an `Event`: an illegal one returns the same floor and one `Refused`.
    """
    turn = Turn(
        settings=floor.settings,
        now_ms=now_ms,
        seats=floor.seats,
        callers=floor.callers,
        offers=floor.offers,
        timers=floor.timers,
        queue=floor.queue,
        free=floor.free,
        arrivals=floor.arrivals,
    )
    _apply(turn, event)
    _dispatch(turn)
    if not turn.changed:
        return floor, tuple(turn.commands)
    after = Floor(
        settings=turn.settings,
        seats=turn.seats,
        callers=turn.callers,
        offers=turn.offers,
        timers=turn.timers,
        queue=tuple(turn.queue),
        free=tuple(turn.free),
        arrivals=turn.arrivals,
    )
    return after, tuple(turn.commands)


def _apply(turn: Turn, event: Event) -> None:
    match event:
        case CallQueued():
            queue_moves.call_queued(turn, event)
        case TalkRecovered():
            queue_moves.talk_recovered(turn, event)
        case CallerGone():
            offer_moves.caller_gone(turn, event)
        case TimerFired():
            _timer_fired(turn, event)
        case LogIn() | LogOut() | Ready() | Break() | EndWrapUp():
            seat_moves.request(turn, event)
        case PhoneChanged() | OwnCallStarted() | OwnCallEnded():
            seat_moves.fact(turn, event)
        case Reconfigured():
            turn.reconfigure(event.settings)
            seat_moves.reconfigure(turn, event.settings.seats)
        case _:
            offer = turn.offers.get(event.offer)
            if offer is not None:
                offer_moves.move(turn, offer, event)
            elif isinstance(event, OfferAnswered):
                waits = call_of(event.offer) in turn.callers
                cause = CancelCause.LOST_RACE if waits else CancelCause.CALLER_GONE
                turn.emit(CancelRing(event.offer, cause))


def _timer_fired(turn: Turn, event: TimerFired) -> None:
    timer = turn.take_timer(event.token)
    if timer is None:
        return
    match timer.purpose:
        case TimerPurpose.RING | TimerPurpose.CONNECT:
            offer_moves.move(turn, turn.offers[timer.offer], event)
        case TimerPurpose.WRAP_UP:
            settle(turn, turn.seats[timer.seat])
        case TimerPurpose.COOL_DOWN:
            queue_moves.cooled(turn, timer.call, timer.seat)


def _dispatch(turn: Turn) -> None:
    """Bring free seats and waiting callers together until no pair is left."""
    while (pair := choose(turn.queue, turn.free, turn.callers)) is not None:
        queue_moves.ring(turn, *pair)
