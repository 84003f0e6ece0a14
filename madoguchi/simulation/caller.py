"""Citizens: calls from the trunk's address, on one socket."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass

from madoguchi.simulation.sip import Message, Wire, branch, build, respond, sdp

ADDRESS = "127.0.0.2"


@dataclass
class Talk:
    """One call. Times in ns of CLOCK_MONOTONIC."""

    number: str
    invite: Message
    invited_ns: int = 0
    answered_ns: int | None = None
    ended_ns: int | None = None
    status: int = 0
    peer: Message | None = None
    """The 200 that answered it."""
    cancelled: bool = False


class Callers:
    """Places calls and ends them; `sound` sends the first packets of speech, as a telephone would."""

    def __init__(self, server: tuple[str, int], sound: bool = False) -> None:
        self.server = server
        self.sound = sound
        self.talks: dict[str, Talk] = {}
        self.news = asyncio.Event()
        self._port = 0
        self._voice = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._voice.bind((ADDRESS, 0))

    async def open(self) -> None:
        """Bind the socket."""
        self._wire, self._port = await Wire.open(self._handle, ADDRESS, self.server)

    def close(self) -> None:
        """Close the sockets; calls stay up at the other end."""
        self._wire.close()
        self._voice.close()

    def call(self, number: str, caller: str) -> Talk:
        """Send an INVITE."""
        call_id = f"{branch()[7:]}@{ADDRESS}"
        start = f"INVITE sip:{number}@{self.server[0]}:{self.server[1]} SIP/2.0"
        headers = [
            ("Via", f"SIP/2.0/UDP {ADDRESS}:{self._port};branch={branch()}"), ("Max-Forwards", "70"),
            ("From", f"<sip:{caller}@{ADDRESS}>;tag={branch()[7:]}"),
            ("To", f"<sip:{number}@{self.server[0]}>"),
            ("Call-ID", call_id), ("CSeq", "1 INVITE"), ("Contact", f"<sip:carrier@{ADDRESS}:{self._port}>"),
        ]  # fmt: skip
        data = build(start, headers, sdp(ADDRESS, self._voice.getsockname()[1]))
        talk = self.talks[call_id] = Talk(number, Message.parse(data))
        talk.invited_ns = self._wire.send(data)
        return talk

    def end(self, talk: Talk) -> None:
        """Hang up: BYE when answered, else CANCEL."""
        if talk.ended_ns is not None:
            return
        if talk.peer is None:
            talk.cancelled = True
            self._wire.send(self._request(talk, "CANCEL", 1, talk.invite.get("via"), talk.invite.get("to")))
        else:
            talk.ended_ns = self._wire.send(self._request(talk, "BYE", 2, self._via(), talk.peer.get("to")))

    def _via(self) -> str:
        return f"SIP/2.0/UDP {ADDRESS}:{self._port};branch={branch()}"

    def _request(self, talk: Talk, method: str, number: int, via: str, to: str) -> bytes:
        first = talk.invite.start.split()[1]
        uri = talk.peer.contact if talk.peer and method != "CANCEL" else first
        return build(f"{method} {uri} SIP/2.0", [
            ("Via", via), ("Max-Forwards", "70"), ("From", talk.invite.get("from")), ("To", to),
            ("Call-ID", talk.invite.call_id), ("CSeq", f"{number} {method}"),
        ])  # fmt: skip

    def _handle(self, message: Message, at: int) -> None:
        talk = self.talks.get(message.call_id)
        if not message.status:
            self._wire.send(respond(message, 200, "OK"))
            if talk and message.method == "BYE" and talk.ended_ns is None:
                talk.ended_ns = at
        elif talk and message.method == "INVITE" and message.status >= 200:
            self._final(talk, message, at)
        self.news.set()

    def _final(self, talk: Talk, message: Message, at: int) -> None:
        to = message.get("to")
        if message.status != 200:
            talk.status, talk.ended_ns = message.status, at
            self._wire.send(self._request(talk, "ACK", 1, talk.invite.get("via"), to))
            return
        first = talk.peer is None
        talk.peer = message
        self._wire.send(self._request(talk, "ACK", 1, self._via(), to))
        if not first:
            return
        talk.status, talk.answered_ns = 200, at
        if self.sound:
            self._speak(message)
        if talk.cancelled:
            self.end(talk)

    def _speak(self, answer: Message, packets: int = 8) -> None:
        """The first packets of a call: enough to end Asterisk's wait for media."""
        target = answer.media_address()
        if target is None:
            return
        loop = asyncio.get_running_loop()
        for n in range(packets):
            header = bytes((0x80, 0)) + n.to_bytes(2, "big") + (n * 160).to_bytes(4, "big") + b"rig1"
            loop.call_later(n * 0.02, self._voice.sendto, header + b"\x7f" * 160, target)
