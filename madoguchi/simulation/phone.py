"""A seat's phone: registers, rings, picks up, talks, hangs up, and notes when."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import dataclass, field

from madoguchi.simulation.sip import Message, Wire, branch, build, digest, respond, sdp


@dataclass
class SeatLog:
    """What one phone saw. Times in ns of CLOCK_MONOTONIC."""

    rings: list[int] = field(default_factory=list)
    freed: list[int] = field(default_factory=list)
    """When its BYE went out."""
    talks: int = 0
    rung_while_talking: int = 0

    def waits_ns(self) -> list[int]:
        """From each BYE to the next ring."""
        after = ((freed, next((ring for ring in self.rings if ring > freed), None)) for freed in self.freed)
        return [ring - freed for freed, ring in after if ring is not None]


class SimulatedPhone:
    """One phone on 127.0.0.1. `pick_up_ms` None lets it ring."""

    def __init__(self, seat: int, user: str, password: str, server: tuple[str, int]) -> None:
        self.seat, self.user, self.server = seat, user, server
        self.log = SeatLog()
        self.pick_up_ms: float | None = 200
        self.talk_ms = 2000.0
        self.talk_spread_ms = 1000.0
        self.rung = asyncio.Event()
        self._password = password
        self._host, self._port = "127.0.0.1", 0
        self._call: Message | None = None
        self._talking = False
        self._registered: asyncio.Future[int] | None = None
        self._tag = branch()[8:]
        self._counter = itertools.count(1)
        self._wire: Wire | None = None

    async def register(self, expires_s: int = 600) -> None:
        """Register (0 unregisters).

        Raises:
            ConnectionError: the exchange refused.
            TimeoutError: no answer in 5 s.
        """
        if self._wire is None:
            self._wire, self._port = await Wire.open(self._handle, self._host, self.server)
        authorization: list[tuple[str, str]] = []
        for _ in range(2):
            self._registered = asyncio.get_running_loop().create_future()
            self._reply: Message | None = None
            self._send(self._register(expires_s, authorization))
            status = await asyncio.wait_for(self._registered, 5)
            if status == 200:
                return
            assert self._reply is not None
            uri = f"sip:{self.server[0]}"
            value = digest(self._reply.get("www-authenticate"), self.user, self._password, "REGISTER", uri)
            authorization = [("Authorization", value)]
        raise ConnectionError(f"phone of seat {self.seat} was refused: {status}")

    @property
    def idle(self) -> bool:
        """No call at all."""
        return self._call is None

    def fresh(self) -> None:
        """Forget what was noted."""
        self.log = SeatLog()
        self.rung.clear()

    def close(self) -> None:
        """Close the socket."""
        if self._wire:
            self._wire.close()

    def _send(self, data: bytes) -> int:
        assert self._wire is not None, "register() opens the socket"
        return self._wire.send(data)

    def _contact(self) -> str:
        return f"sip:{self.user}@{self._host}:{self._port}"

    def _register(self, expires_s: int, more: list[tuple[str, str]]) -> bytes:
        me = f"<sip:{self.user}@{self.server[0]}>"
        return build(f"REGISTER sip:{self.server[0]} SIP/2.0", [
            ("Via", f"SIP/2.0/UDP {self._host}:{self._port};branch={branch()}"), ("Max-Forwards", "70"),
            ("From", f"{me};tag={self._tag}"), ("To", me), ("Call-ID", f"reg-{self._tag}"),
            ("CSeq", f"{next(self._counter)} REGISTER"), ("Contact", f"<{self._contact()}>"),
            ("Expires", str(expires_s)), *more,
        ])  # fmt: skip

    def _handle(self, message: Message, at: int) -> None:
        if message.status:
            if message.method == "REGISTER" and self._registered and not self._registered.done():
                self._reply = message
                self._registered.set_result(message.status)
        elif message.method == "INVITE":
            self._invited(message, at)
        elif message.method == "ACK":
            self._acknowledged(message)
        elif message.method in ("BYE", "CANCEL"):
            self._send(respond(message, 200, "OK", self._tag))
            if self._call and message.call_id == self._call.call_id:
                if message.method == "CANCEL" and not self._talking:
                    self._send(respond(self._call, 487, "Request Terminated", self._tag))
                self._call, self._talking = None, False
        else:
            self._send(respond(message, 200, "OK", self._tag))

    def _invited(self, invite: Message, at: int) -> None:
        if self._call is not None:
            if invite.call_id != self._call.call_id:
                self.log.rung_while_talking += 1
                self._send(respond(invite, 486, "Busy Here", self._tag))
            return
        self.log.rings.append(at)
        self.rung.set()
        self._call = invite
        self._send(respond(invite, 180, "Ringing", self._tag, self._contact()))
        if self.pick_up_ms is not None:
            asyncio.get_running_loop().call_later(self.pick_up_ms / 1000, self._pick_up, invite.call_id)

    def _pick_up(self, call_id: str) -> None:
        if self._call and self._call.call_id == call_id and not self._talking:
            body = sdp(self._host, self._port + 1)
            self._send(respond(self._call, 200, "OK", self._tag, self._contact(), body))

    def _acknowledged(self, ack: Message) -> None:
        if self._call and ack.call_id == self._call.call_id and not self._talking:
            self._talking = True
            self.log.talks += 1
            # Uniform within a second: app_queue looks for free seats once a second, so talks of whole seconds
            # would always end just before or just after its look. Same draws for every side.
            chance = random.Random(self.seat * 1000 + self.log.talks).random()
            delay = (self.talk_ms + chance * self.talk_spread_ms) / 1000
            asyncio.get_running_loop().call_later(delay, self._hang_up, ack.call_id)

    def _hang_up(self, call_id: str) -> None:
        if not self._call or self._call.call_id != call_id:
            return
        bye = build(f"BYE {self._call.contact} SIP/2.0", [
            ("Via", f"SIP/2.0/UDP {self._host}:{self._port};branch={branch()}"), ("Max-Forwards", "70"),
            ("From", f"{self._call.get('to')};tag={self._tag}"), ("To", self._call.get("from")),
            ("Call-ID", call_id), ("CSeq", f"{next(self._counter)} BYE"),
        ])  # fmt: skip
        self._call, self._talking = None, False
        self.log.freed.append(self._send(bye))
