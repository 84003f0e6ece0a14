"""Days as the real floor tells them: events in, the journal's rows out, those of the controller with them."""

from __future__ import annotations

from collections.abc import Mapping

from acd import Floor, FloorSettings
from acd.commands import CallOut, CallSettled, Command, Connect, Record, Ring, StartTimer, StopTimer
from acd.events import (
    CallbackAsked,
    CallerGone,
    CallQueued,
    CitizenAnswered,
    Event,
    Joined,
    LogIn,
    OfferAnswered,
    PhoneChanged,
    SeatLegGone,
    TimerFired,
)
from acd.types import Outcome, Phone
from db import Entry
from tests.unit.reports.days import at

MORNING = at("2026-11-20T09:00:00")


class FloorDay:
    """A floor with a clock and its timers. ``rows`` is the journal, ``settled`` how each call ended."""

    def __init__(self, settings: FloorSettings, *, start_ms: int = MORNING) -> None:
        self.now_ms = start_ms
        self.floor = Floor.open(settings, start_ms)
        self.rows: list[Entry] = []
        self.settled: dict[str, str] = {}
        self.rings: dict[int, str] = {}
        self.timers: dict[str, int] = {}
        self.write("system.started", data={"version": "test", "seats": list(settings.seats)})

    def write(self, kind: str, *, call: str | None = None, data: Mapping[str, object] | None = None) -> None:
        self.rows.append(Entry(self.now_ms, kind, call=call, line=call and "main", data=dict(data or {})))

    def do(self, event: Event) -> tuple[Command, ...]:
        """The event happens now; all that follows from it is written."""
        commands = self.floor.apply(event, self.now_ms)
        for command in commands:
            match command:
                case Record(kind, call, seat, operator, offer, data):
                    self.rows.append(
                        Entry(self.now_ms, kind, call, seat, operator, offer, call and "main", dict(data))
                    )
                case StartTimer(token, at_ms):
                    self.timers[token] = at_ms
                case StopTimer(token):
                    self.timers.pop(token, None)
                case Ring(offer, _, number):
                    self.rings[number] = offer
                case CallSettled(call, outcome):
                    self.settled[call] = outcome.value
                    if outcome is Outcome.ABANDONED:  # the channel has gone: nothing more is spoken
                        self.end(call)
        return commands

    def wait(self, ms: int) -> None:
        """Time passes; timers fire when they are due."""
        until_ms = self.now_ms + ms
        while due := [(at_ms, token) for token, at_ms in self.timers.items() if at_ms <= until_ms]:
            at_ms, token = min(due)
            self.now_ms = max(self.now_ms, at_ms)
            del self.timers[token]
            self.do(TimerFired(token))
        self.now_ms = until_ms

    def staff(self, *seats: int) -> None:
        """These seats' phones register and somebody logs in, a second after the other."""
        for number in seats:
            self.do(PhoneChanged(number, Phone.REGISTERED))
            self.do(LogIn(number, f"op{number}"))
            self.wait(1_000)

    def call(self, name: str, *, line: str = "main", need: str = "", caller: str | None = None) -> None:
        """A citizen calls and comes into the queue."""
        self.write("call.received", call=name, data={"open": True, "called": "0260001234"})
        self.do(CallQueued(name, line=line, need=need, caller=caller))

    def pick_up(self, seat: int) -> str:
        """The seat answers what rings there, and both are in one bridge. Returns the offer."""
        offer = self.rings[seat]
        self.answer(offer)
        return offer

    def answer(self, offer: str) -> None:
        """The phone of this offer is picked up."""
        commands = self.do(OfferAnswered(offer))
        if any(isinstance(one, Connect) for one in commands):
            self.do(Joined(offer))
        else:
            assert any(isinstance(one, CallOut) for one in commands)

    def citizen_picks_up(self, offer: str) -> None:
        """The citizen answers the callback."""
        self.do(CitizenAnswered(offer))
        self.do(Joined(offer))

    def leave(self, name: str) -> None:
        """The caller hangs up."""
        self.do(CallerGone(name))

    def hang_up(self, offer: str) -> None:
        """The operator hangs up."""
        self.do(SeatLegGone(offer))

    def ask_callback(self, name: str, caller: str, number: str = "+81260001111") -> None:
        """The waiting caller wants to be called back; the controller knows the number."""
        before = len(self.rows)
        self.do(CallbackAsked(name, caller))
        for place, entry in enumerate(self.rows[before:], before):
            if entry.kind == "callback.asked":
                self.rows[place] = Entry(
                    entry.at_ms,
                    entry.kind,
                    entry.call,
                    line=entry.line,
                    data=entry.data,
                    private={"callback_number": number},
                )

    def end(self, name: str, outcome: str | None = None) -> None:
        """The controller's one exit door for this call."""
        data = {"outcome": outcome or self.settled[name], "queued": True, "cause": None}
        self.write("call.ended", call=name, data=data)

    def end_all(self) -> None:
        """Every settled call goes through its exit door."""
        ended = {row.call for row in self.rows if row.kind == "call.ended"}
        for name in self.settled:
            if name not in ended and not name.endswith("-cb"):
                self.end(name)
