"""A floor to play on: events go in one after another, what came out is kept."""

from typing import Any

from acd import Floor, FloorSettings
from acd.commands import Command, Record, Refused, Ring, StartTimer
from acd.events import (
    CallQueued,
    Event,
    Joined,
    LogIn,
    OfferAnswered,
    PhoneChanged,
    Reconfigured,
    TimerFired,
)
from acd.types import Phone
from tests.unit.acd.floor_check import check, check_rows, picture


class Play:
    """Each event comes 10 ms after the one before, unless told otherwise.

    After each the floor is checked, and that a refused event has changed nothing.
    """

    def __init__(self, seats: int = 2, *, logged_in: bool = True, **settings: Any) -> None:
        self.now_ms = 1_000
        self.settings = {"seats": tuple(range(1, seats + 1)), **settings}
        self.floor = Floor.open(FloorSettings(**self.settings), self.now_ms)
        self.all: list[Command] = []
        self.last: tuple[Command, ...] = ()
        if logged_in:
            for number in range(1, seats + 1):
                self(PhoneChanged(number, Phone.REGISTERED), LogIn(number, f"op-{number}"))

    def __call__(self, *events: Event, at: int | None = None) -> tuple[Command, ...]:
        out: list[Command] = []
        for event in events:
            self.now_ms = self.now_ms + 10 if at is None else at
            before = picture(self.floor)
            commands = self.floor.apply(event, self.now_ms)
            check(self.floor)
            check_rows(commands)
            if any(isinstance(command, Refused) for command in commands):
                (refused,) = commands  # a refusal does nothing else
                assert refused.event is event
                assert refused.why.endswith("."), "one sentence"
                assert picture(self.floor) == before, "a refusal changes the floor"
            out.extend(commands)
        self.last = tuple(out)
        self.all.extend(out)
        return self.last

    def reconfigure(self, **settings: Any) -> tuple[Command, ...]:
        """The settings of the beginning, with these instead."""
        self.settings |= settings
        return self(Reconfigured(FloorSettings(**self.settings)))

    def picture(self) -> str:
        """All that the floor remembers, to be compared."""
        return picture(self.floor)

    def of(self, kind: type) -> list:
        """Commands of one kind among the last ones."""
        return [command for command in self.last if isinstance(command, kind)]

    def recorded(self, kind: str, among: object = None) -> list[Record]:
        """Journal rows of one kind among the last commands, or among all that ever came."""
        commands = self.all if among == "all" else self.last
        return [c for c in commands if isinstance(c, Record) and c.kind == kind]

    def rings(self) -> list[tuple[str, int]]:
        return [(ring.call, ring.seat) for ring in self.of(Ring)]

    def refused(self) -> list[str]:
        return [refused.code.value for refused in self.of(Refused)]

    def timer(self, purpose: str) -> str:
        """The token of the last timer of this purpose that was ever started."""
        tokens = [c.token for c in self.all if isinstance(c, StartTimer)]
        return next(token for token in reversed(tokens) if token.startswith(purpose + ":"))

    def timers(self, purpose: str) -> list[int]:
        """When the live timers of this purpose are due."""
        return sorted(t.at_ms for t in self.floor.timers.values() if t.purpose.value == purpose)

    def until(self, at: int) -> tuple[Command, ...]:
        """Let every timer fire that is due up to this moment, each at its own time."""
        out: list[Command] = []
        while self.floor.timers:
            token = min(self.floor.timers, key=lambda token: self.floor.timers[token].at_ms)
            due_ms = self.floor.timers[token].at_ms
            if due_ms > at:
                break
            out.extend(self(TimerFired(token), at=max(due_ms, self.now_ms)))
        self.now_ms = at
        self.last = tuple(out)
        return self.last

    def state(self, number: int) -> str:
        seat = self.floor.seat(number)
        return "gone" if seat is None else seat.state.value

    def moves(self, number: int) -> list[str]:
        """What was recorded of the seat's state by the last commands."""
        rows = [r for r in self.recorded("seat.state") if r.seat == number]
        return [f"{row.data['from']}>{row.data['to']}" for row in rows]

    def misses(self, number: int) -> dict[str, int]:
        return {cause.value: n for cause, n in self.floor.seats[number].misses.items()}

    def place(self, call: str) -> list[int | str]:
        return self.floor.callers[call].place.to_row()

    def order(self) -> list[str]:
        """Who waits, in the order of dispatch."""
        return [view.call for view in self.floor.waiting()]

    # Ways to a state, always by call c1 on seat 1

    def ringing(self) -> "Play":
        self(CallQueued("c1"))
        return self

    def connecting(self) -> "Play":
        self.ringing()(OfferAnswered("c1.1"))
        return self

    def talking(self) -> "Play":
        self.connecting()(Joined("c1.1"))
        return self

    def talk(self, call: str, **queued: Any) -> str:
        """The call comes, its first offer is answered and joined: the offer's id."""
        self(CallQueued(call, **queued))
        offer = self.floor.call(call).offer
        self(OfferAnswered(offer), Joined(offer))
        return offer
