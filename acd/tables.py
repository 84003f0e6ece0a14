"""The floor's tables: all that it remembers, its indexes kept in accord, and the commands of a step.

The moves write here and nowhere else.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Unpack

from acd.caller import Caller, Place, Pool
from acd.commands import Command, Record, Refused, StartTimer, StopTimer
from acd.events import Event
from acd.offer import JOINT_STATES, UNCONNECTED, Offer
from acd.pools import Pools
from acd.queue import Queue
from acd.seat import Seat, SeatChange, shown
from acd.settings import NOTHING, FloorSettings
from acd.types import OfferState, Refusal, SeatState, TimerPurpose
from acd.value import value
from acd.wait import WaitModel

# Python 3.11 takes 0.2 microseconds to find a member by its class; these are found in a tenth of that.
_READY, _BREAK, _RINGING = SeatState.READY, SeatState.BREAK, OfferState.RINGING

MANY_AT_ONCE = 1_000_000
"""The round of RING_ALL: as many phones as there are."""

STAFFING = frozenset(("declared", "phone", "leaving", "operator"))
"""The fields of a seat on which it depends whether it is staffed, and for which calls."""

TICKET_KINDS = {
    "offer.started": "callback.offered",
    "offer.ended": "callback.offer_ended",
    "call.connected": "callback.connected",
    "call.held": "callback.held",
    "call.resumed": "callback.resumed",
    "call.talk_ended": "callback.talk_ended",
    "call.moved": "callback.moved",
}
"""The rows of a callback. It is counted apart: no row of its call may make that look answered."""


@value
class Timer:
    """A live timer. at_ms: when it is due, ms UTC. What it is about: an offer, a call, a seat."""

    purpose: TimerPurpose
    at_ms: int
    offer: str = ""
    call: str = ""
    seat: int = 0


class Tables:
    """Seats, callers, offers, timers; the queue and the free seats; what is remembered of citizens.

    tickets: the open callback by the key of its number. served: operator and time of the last talk, by key.
    left: place and time of who hung up waiting, by key. closed: when each closed line closed (ms UTC).
    unmanned_ms: since when no seat at all is staffed, None while one is.
    journals: whether there are `Record`s among the commands; a simulation has no use for them.
    """

    __slots__ = (
        "arrivals", "callbacks_paused", "callers", "closed", "commands", "counter", "journals", "left",
        "now_ms", "offers", "operators", "pools", "queue", "review", "rounds", "seats", "served", "settings",
        "tickets", "timers", "unmanned_ms", "waits",
    )  # fmt: skip

    def __init__(self, settings: FloorSettings, now_ms: int = 0) -> None:
        self.settings = settings
        self.now_ms = now_ms
        self.seats: dict[int, Seat] = {n: Seat(n, since_ms=now_ms) for n in settings.seats}
        self.callers: dict[str, Caller] = {}
        self.offers: dict[str, Offer] = {}
        self.timers: dict[str, Timer] = {}
        self.queue = Queue()
        self.pools = Pools(settings, self.seats)
        self.waits = WaitModel(settings.handling_ms)
        self.operators: dict[str, int] = {}
        self.rounds: dict[str, None] = {}
        self.tickets: dict[str, str] = {}
        self.served: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self.left: OrderedDict[str, tuple[Place, int]] = OrderedDict()
        self.closed: dict[str, int] = {}
        self.callbacks_paused = False
        self.unmanned_ms: int | None = now_ms
        self.review: str | None = None
        self.arrivals = 0
        self.counter = 0
        self.journals = True
        self.commands: list[Command] = []

    def copy_into(self, other: "Tables") -> None:
        """Make `other` the same, sharing nothing that is written to."""
        plain = (
            "settings",
            "now_ms",
            "callbacks_paused",
            "unmanned_ms",
            "review",
            "arrivals",
            "counter",
            "journals",
        )
        for name in plain:
            setattr(other, name, getattr(self, name))
        for name in ("timers", "rounds", "tickets", "served", "left", "closed", "operators"):
            setattr(other, name, getattr(self, name).copy())
        other.offers = {name: replace(offer) for name, offer in self.offers.items()}
        other.seats = {number: replace(seat) for number, seat in self.seats.items()}
        other.callers = {}
        for call, caller in self.callers.items():
            ticket = None if caller.ticket is None else replace(caller.ticket)
            other.callers[call] = replace(caller, tokens=dict(caller.tokens), ticket=ticket)
        other.queue = self.queue.copy()
        other.pools = Pools(other.settings, other.seats)
        other.waits = self.waits.copy()

    # Commands

    def emit(self, command: Command) -> None:
        """Add a command after those so far."""
        self.commands.append(command)

    def refuse(self, event: Event, code: Refusal, why: str) -> None:
        """The event is illegal; nothing has been changed."""
        self.commands.append(Refused(event, code, why))

    def record(
        self,
        kind: str,
        data: Mapping[str, object] = NOTHING,
        *,
        call: str | None = None,
        seat: int | None = None,
        offer: str | None = None,
    ) -> None:
        """Add a journal row. The operator is the seat's; a callback's row is one of its citizen's call."""
        if not self.journals:
            return
        caller = None if call is None else self.callers.get(call)
        if caller is not None and caller.ticket is not None:
            kind, data = TICKET_KINDS.get(kind, kind), {"ticket": call, **data}
            call = caller.ticket.call
        operator = None if seat is None else self.seats[seat].operator
        self.commands.append(Record(kind, call, seat, operator, offer, data))

    # Timers

    def start_timer(
        self,
        purpose: TimerPurpose,
        delay_ms: int,
        *,
        call: str = "",
        seat: int = 0,
        offer: str = "",
    ) -> str:
        """Start a timer. Its token is never used again: an offer has one timer of a purpose at most."""
        if offer:
            token = purpose + f":{offer}@{seat}"  # not inside: an enumeration formats itself in Python
        else:
            self.counter += 1
            token = f"{purpose}:{call or seat}#{self.counter}"
        at_ms = self.now_ms + delay_ms if delay_ms > 0 else self.now_ms
        self.timers[token] = Timer(purpose, at_ms, offer, call, seat)
        self.commands.append(StartTimer(token, at_ms))
        return token

    def stop_timer(self, token: str | None) -> None:
        """Stop a timer if it is live."""
        if token is not None and self.timers.pop(token, None) is not None:
            self.commands.append(StopTimer(token))

    def caller_timer(self, caller: Caller, name: str, purpose: TimerPurpose, delay_ms: int) -> None:
        """Start one of a caller's own timers, instead of an older one of this name."""
        if name in caller.tokens:
            self.stop_timer(caller.tokens[name])
        caller.tokens[name] = self.start_timer(purpose, delay_ms, call=caller.call)

    def look_again(self) -> None:
        """Have all who wait held against their rules of overflow in a while, if there are any."""
        lines = self.queue.lines.items()
        if self.review is None and any(count and self.settings.line(line).overflow for line, count in lines):
            self.review = self.start_timer(TimerPurpose.REVIEW, self.settings.review_ms, call="queue")

    # Callers

    def add_caller(self, caller: Caller) -> None:
        """A caller comes onto the floor, waiting."""
        self.callers[caller.call] = caller
        self.queue.add(caller.pool, caller.place)

    def drop_caller(self, caller: Caller) -> None:
        """The floor has finished with this call, whose offers are over; its timers stop."""
        if caller.cooling or caller.tokens:
            for token in (*caller.cooling.values(), *caller.tokens.values()):
                self.stop_timer(token)
        if caller.waits:
            self.queue.remove(caller.pool, caller.place)
        del self.callers[caller.call]

    def move_caller(self, caller: Caller, *, pool: Pool | None = None, place: Place | None = None) -> None:
        """Put an unconnected caller elsewhere in the queue; whether it rings or waits stays as it is."""
        queue = self.queue
        if caller.parked:
            leave, enter = None, None
        elif caller.live:
            leave, enter = queue.rings_no_more, queue.rings
        else:
            leave, enter = queue.remove, queue.add
        if leave is not None:
            leave(caller.pool, caller.place)
        caller.pool = pool or caller.pool
        caller.place = place or caller.place
        if enter is not None:
            enter(caller.pool, caller.place)

    def park(self, caller: Caller, *, parked: bool) -> None:
        """Take a waiting callback out of the queue, or put it back."""
        if caller.parked == parked:
            return
        if parked:
            self.queue.remove(caller.pool, caller.place)
        else:
            self.queue.add(caller.pool, caller.place)
        caller.parked = parked

    # Offers, the joint state

    def add_offer(self, caller: Caller, offer: Offer) -> None:
        """A phone begins to ring for a caller."""
        if not caller.live:
            self.queue.remove(caller.pool, caller.place)
            self.queue.rings(caller.pool, caller.place)
        caller.offers += 1
        caller.live = (*caller.live, offer.id)
        self.offers[offer.id] = offer
        if len(caller.live) < caller.round_size:
            self.rounds[caller.call] = None
        else:
            self.rounds.pop(caller.call, None)

    def recover_talk(self, caller: Caller, offer: Offer) -> None:
        """A caller comes onto the floor in the middle of a talk."""
        caller.live, caller.connected = (offer.id,), True
        self.callers[caller.call] = caller
        self.offers[offer.id] = offer

    def move_offer(self, offer: Offer, state: OfferState, token: str | None = None) -> Seat:
        """Bring caller, offer and seat into another joint state together; all but RINGING is answered."""
        caller = self.callers[offer.call]
        if state not in UNCONNECTED and offer.state in UNCONNECTED:
            self.queue.rings_no_more(caller.pool, caller.place)
        caller.connected = state is not _RINGING
        self.rounds.pop(offer.call, None)
        offer.state, offer.token = state, token
        if offer.answered_ms is None:
            offer.answered_ms = self.now_ms
        seat = self.seats[offer.seat]
        seat.activity = JOINT_STATES[state][1]
        self.show(seat)
        return seat

    def drop_offer(self, offer: Offer) -> Caller:
        """The offer is over; its caller stands in the queue again when it was the last one."""
        del self.offers[offer.id]
        caller = self.callers[offer.call]
        caller.live = tuple(other for other in caller.live if other != offer.id)
        if offer.state is not OfferState.RINGING:
            caller.connected = False
        if not caller.live:
            self.rounds.pop(caller.call, None)
            if offer.state in UNCONNECTED:
                self.queue.rings_no_more(caller.pool, caller.place)
            self.queue.add(caller.pool, caller.place)
        elif not caller.connected and len(caller.live) < caller.round_size:
            self.rounds[caller.call] = None
        return caller

    # Seats

    def change_seat(self, seat: Seat, /, **fields: Unpack[SeatChange]) -> None:
        """Change a seat, and what follows from it."""
        for name, new in fields.items():
            setattr(seat, name, new)
        self.show(seat)
        if not fields.keys().isdisjoint(STAFFING):
            self.staffing(seat)

    def show(
        self,
        seat: Seat,
        call: str | None = None,
        offer: str | None = None,
        *,
        keep_place: bool = False,
        why: str | None = None,
        since_ms: int | None = None,
    ) -> None:
        """After a seat has been written to: what people see follows, and is recorded when it has changed.

        call, offer: what the seat had until now, for the row of a change that takes them away.
        keep_place: the seat becomes able again as if it had never been offered anything.
        why: the reason to record when the shown state has none of its own.
        since_ms: when the shown state really began, if it was not now.
        """
        old = seat.state
        state, reason = shown(seat)
        if state is old and reason == seat.reason:
            return
        seat.state, seat.reason = state, reason
        seat.since_ms = self.now_ms if since_ms is None else since_ms
        if state is _READY and (seat.able_ms is None or not keep_place):
            seat.able_ms = self.now_ms
        if self.journals:
            data = {"from": old, "to": state, "reason": reason or why}
            row = Record(
                "seat.state",
                seat.call or call,
                seat.number,
                seat.operator,
                seat.offer or offer,
                data,
            )
            self.commands.append(row)
        if state is _READY or old is _READY:
            self.pools.freed(seat)
        if state is _BREAK or old is _BREAK:
            self._break_clock(seat)

    def staffing(self, seat: Seat) -> None:
        """Who works here may have changed, and with it whether anybody does."""
        self.pools.manned(seat)
        if self.pools.staffed:
            self.unmanned_ms = None
        elif self.unmanned_ms is None:
            self.unmanned_ms = self.now_ms
        if not seat.staffed:
            self.look_again()  # there may be nobody for some of those who wait

    def _break_clock(self, seat: Seat) -> None:
        """A break of a reason that has a limit is timed."""
        if seat.break_token is not None or seat.over:
            self.stop_timer(seat.break_token)
            seat.break_token, seat.over = None, False
        limit_ms = self.settings.break_limits_ms.get(seat.reason or "")
        if limit_ms is not None and seat.state is SeatState.BREAK:
            seat.break_token = self.start_timer(TimerPurpose.BREAK, limit_ms, seat=seat.number)

    def drop_seat(self, seat: Seat) -> None:
        """The seat, logged out by now, disappears."""
        del self.seats[seat.number]
