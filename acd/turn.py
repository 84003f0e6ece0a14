"""A turn: one step in the making. The only mutable thing here; it does not outlive its step.

It copies a table of the floor when it first writes to it, keeps the sorted indexes (`queue`,
`free`) in accord with the tables, and collects the commands.
"""

from bisect import bisect_left, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Unpack

from acd.caller import Caller, Place
from acd.commands import Command, Record, StartTimer, StopTimer
from acd.dispatch import FreeSeat
from acd.offer import JOINT_STATES, Offer
from acd.seat import Seat, SeatChange, changed
from acd.settings import FloorSettings
from acd.types import OfferState, TimerPurpose


@dataclass(frozen=True, slots=True)
class Timer:
    """A live timer. at_ms: when it is due, ms UTC. offer: the offer it came from."""

    purpose: TimerPurpose
    at_ms: int
    offer: str
    call: str
    seat: int


class Turn:
    """The floor's tables during one step, and the commands so far."""

    __slots__ = (
        "_own",
        "arrivals",
        "callers",
        "changed",
        "commands",
        "free",
        "now_ms",
        "offers",
        "queue",
        "seats",
        "settings",
        "timers",
    )

    def __init__(
        self,
        *,
        settings: FloorSettings,
        now_ms: int,
        seats: Mapping[int, Seat],
        callers: Mapping[str, Caller],
        offers: Mapping[str, Offer],
        timers: Mapping[str, Timer],
        queue: tuple[Place, ...],
        free: tuple[FreeSeat, ...],
        arrivals: int,
    ) -> None:
        self.settings = settings
        self.now_ms = now_ms
        self.seats = seats
        self.callers = callers
        self.offers = offers
        self.timers = timers
        self.queue: Sequence[Place] = queue
        self.free: Sequence[FreeSeat] = free
        self.arrivals = arrivals
        self.commands: list[Command] = []
        self.changed = False
        self._own: dict[str, Any] = {}

    def reconfigure(self, settings: FloorSettings) -> None:
        """Take these settings for what comes; what runs keeps its times."""
        if settings != self.settings:
            self.settings = settings
            self.changed = True

    def arrive(self) -> int:
        """How many calls came before this one."""
        self.arrivals += 1
        self.changed = True
        return self.arrivals - 1

    def emit(self, command: Command) -> None:
        """Add a command after those so far."""
        self.commands.append(command)

    def record(
        self,
        kind: str,
        data: Mapping[str, object],
        *,
        call: str | None = None,
        seat: int | None = None,
        offer: str | None = None,
        operator: str | None = None,
    ) -> None:
        """Add a journal row. The operator is the seat's when not given."""
        if operator is None and seat is not None:
            operator = self.seats[seat].operator
        self.commands.append(Record(kind, call, seat, operator, offer, data))

    # Timers

    def start_timer(self, purpose: TimerPurpose, delay_ms: int, *, call: str, seat: int, offer: str) -> str:
        """Start a timer of this offer; its token names purpose, offer and seat."""
        token = f"{purpose.value}:{offer}@{seat}"
        at_ms = self.now_ms + delay_ms
        self._write("timers")[token] = Timer(purpose, at_ms, offer, call, seat)
        self.commands.append(StartTimer(token, at_ms))
        return token

    def stop_timer(self, token: str | None) -> None:
        """Stop a timer if it is live."""
        if token is not None and token in self.timers:
            del self._write("timers")[token]
            self.commands.append(StopTimer(token))

    def take_timer(self, token: str) -> Timer | None:
        """The live timer of this token, which has just fired; None when it is stale."""
        timer = self.timers.get(token)
        if timer is not None:
            del self._write("timers")[token]
        return timer

    # Callers

    def put_caller(self, caller: Caller) -> None:
        """Write a caller; it stands in the queue exactly while it has no offer."""
        old = self.callers.get(caller.call)
        self._write("callers")[caller.call] = caller
        waited = old is not None and old.offer is None
        if waited and caller.offer is not None:
            self._leave_queue(caller.place)
        elif not waited and caller.offer is None:
            insort(self._write_list("queue"), caller.place)

    def drop_caller(self, call: str) -> None:
        """The floor has finished with this call; its cool-downs stop."""
        caller = self.callers[call]
        for token in caller.cooling.values():
            self.stop_timer(token)
        del self._write("callers")[call]
        if caller.offer is None:
            self._leave_queue(caller.place)

    # Offers, the joint state

    def put_offer(self, offer: Offer) -> None:
        """Write an offer. Its seat follows by `change_seat`, by `JOINT_STATES`."""
        self._write("offers")[offer.id] = offer

    def move_offer(self, offer: Offer, state: OfferState, token: str | None = None) -> None:
        """Bring caller, offer and seat into another joint state together; all but RINGING is answered."""
        answered_ms = self.now_ms if offer.answered_ms is None else offer.answered_ms
        offer = replace(offer, state=state, token=token, answered_ms=answered_ms)
        self.put_offer(offer)
        self.change_seat(self.seats[offer.seat], activity=JOINT_STATES[state][1])

    def drop_offer(self, offer: str) -> None:
        """The offer is over."""
        del self._write("offers")[offer]

    # Seats

    def change_seat(
        self,
        seat: Seat,
        *,
        keep_place: bool = False,
        why: str | None = None,
        since_ms: int | None = None,
        **fields: Unpack[SeatChange],
    ) -> Seat:
        """Write a changed seat; a change that people see is recorded.

        keep_place: the seat becomes able again as if it had never been offered anything.
        why: the reason to record when the shown state has none of its own.
        since_ms: when the shown state really began, if it was not now.
        """
        new = changed(seat, fields, self.now_ms, since_ms=since_ms, keep_place=keep_place)
        self._write("seats")[new.number] = new
        if new.state is not seat.state or new.reason != seat.reason:
            self._index_seat(seat, new)
            self.commands.append(
                Record(
                    "seat.state",
                    new.call or seat.call,
                    new.number,
                    new.operator or seat.operator,
                    new.offer or seat.offer,
                    {"from": seat.state.value, "to": new.state.value, "reason": new.reason or why},
                )
            )
        return new

    def add_seat(self, seat: Seat) -> None:
        """A new seat, logged out."""
        self._write("seats")[seat.number] = seat

    def drop_seat(self, number: int) -> None:
        """The seat, logged out by now, disappears."""
        del self._write("seats")[number]

    def operators_seat(self, operator: str) -> Seat | None:
        """Where this operator is logged in."""
        return next((seat for seat in self.seats.values() if seat.operator == operator), None)

    # Copy on first write

    def _write(self, table: str) -> dict[Any, Any]:
        own = self._own.get(table)
        if own is None:
            own = self._own[table] = dict(getattr(self, table))
            setattr(self, table, own)
            self.changed = True
        return own

    def _write_list(self, index: str) -> list[Any]:
        own = self._own.get(index)
        if own is None:
            own = self._own[index] = list(getattr(self, index))
            setattr(self, index, own)
            self.changed = True
        return own

    def _leave_queue(self, place: Place) -> None:
        queue = self._write_list("queue")
        del queue[bisect_left(queue, place)]

    def _index_seat(self, old: Seat, new: Seat) -> None:
        if old.able == new.able:
            return
        free = self._write_list("free")
        if new.able:
            insort(free, (new.able_ms, new.number))
        else:
            del free[bisect_left(free, (old.able_ms, old.number))]
