"""For a client that may command only while it holds something: a lease, say, that another is waiting for."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fence:
    """No request is sent once ``holds`` says no, and none that was sent arrives long after.

    A machine whose network is cut goes on writing into its socket; without more, the kernel would bring all
    of it to Asterisk when the cable is back, minutes later, under the eyes of whoever commands by then.
    """

    holds: Callable[[], bool]
    """Asked in the moment before each request. Must be quick."""
    unacknowledged_s: float
    """How long what was sent may go without Asterisk's kernel having it. Then our kernel drops it, and the
    connection: also when our process is frozen, or gone."""

    def socket(self, address: tuple[Any, ...]) -> socket.socket:
        """A socket for an address (as getaddrinfo gives it) that keeps to `unacknowledged_s`.

        What is not sent when it is closed, or when the process ends, is dropped (RST) and not brought over
        by the kernel in its own time.
        """
        family, kind, protocol, *_ = address
        made = socket.socket(family, kind, protocol)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self.unacknowledged_s * 1000))
        return made
