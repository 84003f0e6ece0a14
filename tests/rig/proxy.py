"""A proxy that harms: between the controller and Asterisk's REST interface, connection by connection.

async with FaultProxy.before("127.0.0.1", 8088) as proxy:
    proxy.port            # for --ari-url
    proxy.reset()         # RST to both, as a firewall that restarts
    proxy.stall(5)        # nothing passes for 5 s, then all of it
    proxy.half_open()     # nothing passes any more, and nobody is told
    proxy.slow(0.05)      # every piece is late by so much
    proxy.mend()          # new connections are sound again
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Self

PIECE = 65_536


class FaultProxy:
    """Passes bytes on until it is told otherwise. `passed` counts connections."""

    def __init__(self, host: str, port: int) -> None:
        self._to = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._deaf: set[asyncio.StreamWriter] = set()
        self._late_s = 0.0
        self.passed = 0

    @classmethod
    @asynccontextmanager
    async def before(cls, host: str, port: int) -> AsyncIterator[Self]:
        """A proxy before this address, for the length of the block."""
        proxy = cls(host, port)
        proxy._server = await asyncio.start_server(proxy._connected, "127.0.0.1", 0)
        try:
            yield proxy
        finally:
            proxy._server.close()
            proxy.reset()
            for task in list(proxy._tasks):
                task.cancel()
            await asyncio.gather(*proxy._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def reset(self) -> None:
        """End every connection at once, with RST to both sides."""
        for writer in list(self._writers):
            raw = writer.get_extra_info("socket")
            if raw is not None:
                with suppress(OSError):
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
        self._writers.clear()
        self._deaf.clear()

    def stall(self, seconds: float) -> None:
        """Let nothing pass for so long; then it comes, all of it and in order."""
        self._flowing.clear()
        asyncio.get_running_loop().call_later(seconds, self._flowing.set)

    def half_open(self) -> None:
        """Swallow all that comes on the connections of now; nobody is told (a cable is out)."""
        self._deaf |= self._writers

    def slow(self, seconds: float) -> None:
        """Pass every piece on so much later."""
        self._late_s = seconds

    def mend(self) -> None:
        """Be a sound connection again, for all that comes."""
        self._late_s = 0.0
        self._flowing.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, there_writer = await asyncio.open_connection(*self._to)
        except OSError:
            writer.transport.abort()
            return
        self.passed += 1
        self._writers |= {writer, there_writer}
        for one, other in ((reader, there_writer), (there, writer)):
            task = asyncio.create_task(self._pass(one, other))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                if self._late_s:
                    await asyncio.sleep(self._late_s)
                await self._flowing.wait()
                if writer in self._deaf:
                    continue
                writer.write(piece)
                await writer.drain()
        if writer not in self._deaf:
            writer.close()
        self._writers.discard(writer)
