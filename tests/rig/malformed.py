"""What no telephone sends: packets to throw at the SIP port."""

from __future__ import annotations

import random
import socket

HEAD = (
    "Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{n}\r\nFrom: <sip:0262261234@{host}>;tag=m{n}\r\n"
    "To: <sip:0260001234@{host}>\r\nCall-ID: malformed-{n}\r\nCSeq: 1 INVITE\r\n"
)
LINE = b"INVITE sip:0260001234@127.0.0.1 SIP/2.0\r\n"
TOP = HEAD.encode()
END = b"Content-Length: 0\r\n\r\n"
MALFORMED: tuple[bytes, ...] = (
    b"", b"\r\n\r\n", b"\x00" * 200, b"INVITE", b"INVITE sip: SIP/2.0\r\n\r\n", b"SIP/2.0 200 OK\r\n\r\n",
    b"INVITE sip:0260001234@127.0.0.1 SIP/9.9\r\n" + TOP + b"\r\n",
    LINE + TOP + b"Content-Length: -1\r\n\r\n",
    LINE + TOP + b"Content-Length: 99999\r\n\r\nv=0",
    LINE + TOP + b"Content-Type: application/sdp\r\nContent-Length: 12\r\n\r\nv=0\r\nm=audio x",
    LINE + TOP.replace(b"CSeq: 1", b"CSeq: 99999999999") + b"\r\n",
    LINE + TOP.replace(b"From: <", b'From: "\xff\xfe\x1b[31m\x07" <')
    + b"Contact: <sip:x@127.0.0.2>\r\n" + END,
    LINE.replace(b"INVITE", b"BYE") + TOP.replace(b"INVITE", b"BYE") + END,
    LINE.replace(b"INVITE", b"REGISTER") + TOP.replace(b"INVITE", b"REGISTER") + b"Contact: *\r\n" + END,
    b"INVITE sip:" + b"9" * 40000 + b"@127.0.0.1 SIP/2.0\r\n" + TOP + b"\r\n",
)  # fmt: skip


def throw(server: tuple[str, int], address: str = "127.0.0.2", noise: int = 50, seed: int = 1) -> int:
    """Send every malformed packet and `noise` packets of random bytes; returns how many were sent."""
    chance = random.Random(seed)
    sent = 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((address, 0))
        host, port = sender.getsockname()
        for packet in MALFORMED + tuple(chance.randbytes(chance.randrange(1, 1400)) for _ in range(noise)):
            filled = packet
            for name, value in (("host", host), ("port", str(port)), ("n", str(sent))):
                filled = filled.replace(b"{" + name.encode() + b"}", value.encode())
            sender.sendto(filled, server)
            sent += 1
    return sent
