"""Somebody on the network who guesses: raw SIP from an address of his own, with digests if asked for."""

from __future__ import annotations

import hashlib
import re
import secrets
import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """What came back: the first final answer (None: nothing in time), and how long it took."""

    status: int | None
    headers: dict[str, str]
    took_s: float


class Attacker:
    """One UDP socket at one address. `server` is host and port of the exchange."""

    def __init__(self, server: tuple[str, int], address: str) -> None:
        self.server = server
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self.here = "{}:{}".format(*self._socket.getsockname())

    def close(self) -> None:
        self._socket.close()

    def ask(
        self, method: str, user: str, *, extra: str = "", within_s: float = 2.0, call_id: str = ""
    ) -> Answer:
        """Send one request and wait for its final answer."""
        host = self.server[0]
        token, call_id = secrets.token_hex(8), call_id or secrets.token_hex(8)
        target = f"sip:{host}" if method == "REGISTER" else f"sip:0260001234@{host}"
        request = (
            f"{method} {target} SIP/2.0\r\nVia: SIP/2.0/UDP {self.here};branch=z9hG4bK{token};rport\r\n"
            f"From: <sip:{user}@{host}>;tag={token}\r\nTo: <sip:{user}@{host}>\r\nCall-ID: {call_id}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:{user}@{self.here}>\r\nMax-Forwards: 70\r\n{extra}"
            "Content-Length: 0\r\n\r\n"
        )
        began = time.perf_counter()
        self._socket.sendto(request.encode(), self.server)
        while (left := within_s - (time.perf_counter() - began)) > 0:
            self._socket.settimeout(left)
            try:
                text = self._socket.recv(65536).decode(errors="replace")
            except (TimeoutError, ConnectionError):
                break
            status = int(text.split(" ", 2)[1]) if text.startswith("SIP/2.0 ") else 0
            if status >= 200 and token in text:
                lines = [line.partition(":") for line in text.split("\r\n")[1:] if ":" in line]
                headers = {name.strip().lower(): value.strip() for name, _, value in lines}
                return Answer(status, headers, time.perf_counter() - began)
        return Answer(None, {}, time.perf_counter() - began)

    def guess(self, user: str, password: str, method: str = "REGISTER") -> Answer:
        """Ask, take the challenge, and answer it with this password."""
        first = self.ask(method, user)
        challenge = first.headers.get("www-authenticate", "")
        if first.status != 401:
            return first
        found = dict(re.findall(r'(\w+)="?([^",]+)"?', challenge))
        uri = f"sip:{self.server[0]}"
        inner = _md5(f"{user}:{found['realm']}:{password}")
        cnonce = secrets.token_hex(4)
        proof = _md5(f"{inner}:{found['nonce']}:00000001:{cnonce}:auth:{_md5(f'{method}:{uri}')}")
        said = {
            "username": user, "realm": found["realm"], "nonce": found["nonce"], "uri": uri, "response": proof,
            "cnonce": cnonce, "opaque": found.get("opaque", ""),
        }  # fmt: skip
        quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
        return self.ask(
            method, user, extra=f"Authorization: Digest {quoted}, algorithm=MD5, qop=auth, nc=00000001\r\n"
        )


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
