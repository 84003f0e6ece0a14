"""A floor to play on: events go in one after another, what came out is kept."""

from acd import Floor, FloorSettings, step
from acd.commands import Command, Record, Refused, Ring, StartTimer
from acd.events import (
    CallQueued,
    Event,
    Joined,
    LogIn,
    OfferAnswered,
    PhoneChanged,
)
from acd.types import Phone, SeatState

DECLARED_STATES = {SeatState.READY, SeatState.BREAK, SeatState.LOGGED_OUT}


class Play:
    """Each event comes 10 ms after the one before, unless told otherwise."""

    def __init__(self, seats: int = 2, *, logged_in: bool = True, **times: int) -> None:
        self.now_ms = 1_000
        self.floor = Floor.open(FloorSettings(seats=tuple(range(1, seats + 1)), **times), self.now_ms)
        self.all: list[Command] = []
        self.last: tuple[Command, ...] = ()
        if logged_in:
            for number in range(1, seats + 1):
                self(PhoneChanged(number, Phone.REGISTERED), LogIn(number, f"op-{number}"))

    def __call__(self, *events: Event, at: int | None = None) -> tuple[Command, ...]:
        out: list[Command] = []
        for event in events:
            self.now_ms = self.now_ms + 10 if at is None else at
            self.floor, commands = step(self.floor, event, self.now_ms)
            out.extend(commands)
        self.last = tuple(out)
        self.all.extend(out)
        return self.last

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

    def state(self, number: int) -> str:
        seat = self.floor.seat(number)
        return "gone" if seat is None else seat.state.value

    def moves(self, number: int) -> list[str]:
        """What was recorded of the seat's state by the last commands."""
        rows = [r for r in self.recorded("seat.state") if r.seat == number]
        return [f"{row.data['from']}>{row.data['to']}" for row in rows]

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
