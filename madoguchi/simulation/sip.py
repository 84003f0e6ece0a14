"""As much SIP as a simulated phone needs (RFC 3261): messages, MD5 digests (RFC 7616), a timed socket."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast


@dataclass(frozen=True)
class Message:
    """A request or a response."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str = ""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a datagram."""
        head, _, body = data.decode(errors="replace").partition("\r\n\r\n")
        start, *lines = head.split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return cls(start, tuple((name.strip().lower(), value.strip()) for name, _, value in pairs), body)

    def get(self, name: str) -> str:
        """The first header of a name, or an empty text."""
        return next((value for key, value in self.headers if key == name), "")

    @property
    def method(self) -> str:
        """Of a request its method, of a response the method it answers."""
        return self.get("cseq").split()[-1] if self.status else self.start.split(" ", 1)[0]

    @property
    def status(self) -> int:
        """Of a response its code, 0 for a request."""
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0 ") else 0

    @property
    def call_id(self) -> str:
        """Call-ID."""
        return self.get("call-id")

    @property
    def contact(self) -> str:
        """The URI of the Contact header."""
        found = re.search(r"<([^>]+)>", self.get("contact"))
        return found[1] if found else ""

    def media_address(self) -> tuple[str, int] | None:
        """Where the SDP wants its sound."""
        host, port = (
            re.search(r"^c=IN IP4 (\S+)", self.body, re.MULTILINE),
            re.search(r"^m=audio (\d+)", self.body, re.MULTILINE),
        )
        return (host[1], int(port[1])) if host and port else None


def build(start: str, headers: list[tuple[str, str]], body: str = "") -> bytes:
    """A datagram."""
    if body:
        headers = [*headers, ("Content-Type", "application/sdp")]
    lines = [
        start,
        *(f"{name}: {value}" for name, value in headers),
        f"Content-Length: {len(body)}",
        "",
        body,
    ]
    return "\r\n".join(lines).encode()


def respond(
    request: Message, code: int, reason: str, tag: str = "", contact: str = "", body: str = ""
) -> bytes:
    """A response to a request."""
    headers = [
        (n.title(), v) for n, v in request.headers if n in ("via", "record-route", "from", "call-id", "cseq")
    ]
    to = request.get("to")
    headers.append(("To", to if "tag=" in to or not tag else f"{to};tag={tag}"))
    if contact:
        headers.append(("Contact", f"<{contact}>"))
    return build(f"SIP/2.0 {code} {reason}", headers, body)


def sdp(host: str, port: int) -> str:
    """An offer or answer of G.711 µ-law."""
    return (
        f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
        f"m=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:20\r\n"
    )


def branch() -> str:
    """A fresh Via branch."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def digest(challenge: str, user: str, password: str, method: str, uri: str) -> str:
    """The Authorization header's value for a WWW-Authenticate challenge."""
    said = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
    cnonce, count = secrets.token_hex(8), "00000001"

    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    who, what = md5(f"{user}:{said['realm']}:{password}"), md5(f"{method}:{uri}")
    answer = md5(f"{who}:{said['nonce']}:{count}:{cnonce}:auth:{what}")
    opaque = f', opaque="{said["opaque"]}"' if "opaque" in said else ""
    return (
        f'Digest username="{user}", realm="{said["realm"]}", nonce="{said["nonce"]}", uri="{uri}", '
        f'response="{answer}", algorithm=MD5, qop=auth, nc={count}, cnonce="{cnonce}"{opaque}'
    )


class Wire(asyncio.DatagramProtocol):
    """A UDP socket that hands every message on with the time (CLOCK_MONOTONIC, ns) at which it came."""

    def __init__(self, handle: Callable[[Message, int], None], server: tuple[str, int]) -> None:
        self._handle = handle
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(
        cls, handle: Callable[[Message, int], None], address: str, server: tuple[str, int], port: int = 0
    ) -> tuple[Self, int]:
        """Bind to this port of `address`, 0: a free one; returns the wire and the port."""
        loop = asyncio.get_running_loop()
        transport, wire = await loop.create_datagram_endpoint(
            lambda: cls(handle, server), local_addr=(address, port)
        )
        return wire, int(transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # Python 3.11's own is no subclass

    def datagram_received(self, data: bytes, _: object) -> None:
        """Note the time first, then read."""
        at = time.monotonic_ns()
        if data.strip():
            self._handle(Message.parse(data), at)

    def send(self, data: bytes) -> int:
        """Send to the exchange; returns when."""
        assert self._transport is not None
        self._transport.sendto(data, self._server)
        return time.monotonic_ns()

    def close(self) -> None:
        """Close the socket."""
        if self._transport:
            self._transport.close()
