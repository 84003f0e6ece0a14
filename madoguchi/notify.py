"""Telling systemd that the service is up and that its event loop turns (sd_notify(3)); elsewhere nothing.

A controller whose loop stands still says nothing any more, and systemd ends it and starts the next one, which
takes calls and places over.
"""

from __future__ import annotations

import asyncio
import os
import socket

SOCKET = "NOTIFY_SOCKET"
WATCHDOG = "WATCHDOG_USEC"


def notify(state: str) -> bool:
    """Send one message, as `READY=1`; False where nobody asks for it."""
    address = os.environ.get(SOCKET, "")
    if not address.startswith(("/", "@")):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as one:
        try:
            one.connect("\0" + address[1:] if address[0] == "@" else address)
            one.sendall(state.encode())
        except OSError:
            return False
    return True


async def keep_notifying() -> None:
    """Say that we are up, then that we live, three times as often as is wanted, until cancelled."""
    if not notify("READY=1"):
        return
    try:
        every_s = int(os.environ.get(WATCHDOG, "0")) / 3e6
    except ValueError:
        every_s = 0.0
    while every_s > 0:
        await asyncio.sleep(every_s)
        notify("WATCHDOG=1")
