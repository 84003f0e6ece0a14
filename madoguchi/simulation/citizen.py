"""Citizens' telephones that are called back: most answer, at the carrier's port, and talk."""

from __future__ import annotations

import asyncio
import random

from madoguchi.simulation.sip import Message, Wire, branch, respond, sdp

ANSWER_AFTER_S = (2.0, 8.0)
GONE_CHANCE = 0.15


class CitizensPhones:
    """All of them, on the carrier's address and port; port 0: nobody can be called back."""

    def __init__(
        self,
        address: str,
        port: int,
        server: tuple[str, int],
        *,
        answer_after_s: tuple[float, float] = ANSWER_AFTER_S,
        gone_chance: float = GONE_CHANCE,
    ) -> None:
        self._address, self._port, self._server = address, port, server
        self._answer_after_s, self._gone_chance = answer_after_s, gone_chance
        self._tag = branch()[8:]
        self._calls: dict[str, Message] = {}
        self._answered: set[str] = set()
        self._wire: Wire | None = None

    async def open(self) -> None:
        """Bind the carrier's port, if there is one and nobody else has it."""
        if self._port:
            try:
                self._wire, _ = await Wire.open(self._handle, self._address, self._server, self._port)
            except OSError:
                self._wire = None

    def _handle(self, message: Message, _at: int) -> None:
        if message.status or self._wire is None:
            return
        if message.method == "INVITE":
            if message.call_id not in self._calls:
                self._calls[message.call_id] = message
                self._wire.send(respond(message, 180, "Ringing", self._tag, self._contact()))
                if random.random() > self._gone_chance:
                    after_s = random.uniform(*self._answer_after_s)
                    asyncio.get_running_loop().call_later(after_s, self._answer, message.call_id)
        elif message.method in ("BYE", "CANCEL"):
            self._wire.send(respond(message, 200, "OK", self._tag))
            invite = self._calls.pop(message.call_id, None)
            if invite is not None and message.method == "CANCEL" and message.call_id not in self._answered:
                self._wire.send(respond(invite, 487, "Request Terminated", self._tag))
            self._answered.discard(message.call_id)
        elif message.method != "ACK":
            self._wire.send(respond(message, 200, "OK", self._tag))

    def _answer(self, call_id: str) -> None:
        invite = self._calls.get(call_id)
        if invite is not None and self._wire is not None:
            self._answered.add(call_id)
            body = sdp(self._address, self._port + 1)
            self._wire.send(respond(invite, 200, "OK", self._tag, self._contact(), body))

    def _contact(self) -> str:
        return f"sip:citizen@{self._address}:{self._port}"
