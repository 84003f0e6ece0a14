"""Push: every journal entry to every listening page, as it is written. The journal never waits for a page."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from db import Entry
from desk.problems import to_json
from desk.rights import Right
from desk.who import Who, who_of
from reports.calls import local_text

log = structlog.get_logger()

QUEUE = 1000
"""Entries that a slow page may lag behind before it is closed."""
HEARTBEAT_S = 10.0
CLOSE_WITHIN_S = 2.0
TOO_SLOW = WSCloseCode.TRY_AGAIN_LATER


class _Page:
    """One listener."""

    def __init__(self, socket: web.WebSocketResponse, limit: int, who: Who) -> None:
        self.socket = socket
        self.who = who
        self.entries: asyncio.Queue[str] = asyncio.Queue(limit)
        self.overflowed = asyncio.Event()

    def may_see(self, entry: Entry) -> bool:
        """Whether this listener's role and lines let the entry through."""
        if entry.kind.startswith("audit.") and not self.who.may(Right.SEE_AUDIT):
            return False
        # Most rows of a call do not name its line: whose lines are limited hears of none of them.
        return self.who.lines is None or self.who.sees_line(entry.line) or entry.call is None

    def put(self, text: str) -> None:
        """Queue an entry; one too many ends the connection."""
        try:
            self.entries.put_nowait(text)
        except asyncio.QueueFull:
            self.overflowed.set()


class Push:
    """Hands entries to the WebSockets of `GET /events`."""

    def __init__(self, queue: int = QUEUE) -> None:
        self._queue = queue
        self._pages: set[_Page] = set()
        self._sockets: set[web.WebSocketResponse] = set()
        self._inbox: deque[tuple[int, Entry]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = False

    def start(self) -> None:
        """Name the loop on which pages are served."""
        self._loop = asyncio.get_running_loop()

    def take(self, seq: int, entry: Entry) -> None:
        """One entry, as the journal's subscriber gets it: from any thread, under the journal's lock."""
        if not self._pages or self._loop is None:
            return
        self._inbox.append((seq, entry))
        if not self._due:
            self._due = True
            self._loop.call_soon_threadsafe(self._deliver)

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one listener until it leaves or cannot follow."""
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, compress=False, max_msg_size=4096, timeout=1.0)
        # Listening begins before the handshake's answer: what is written after it is never missed.
        page = _Page(socket, self._queue, who_of(request))
        self._pages.add(page)
        self._sockets.add(socket)
        try:
            await socket.prepare(request)
            await self._follow(page, request)
        finally:
            self._pages.discard(page)
            self._sockets.discard(socket)
        return socket

    async def close(self) -> None:
        """Tell every page that the service goes away."""
        closing = [
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"stopping")
            for socket in self._sockets
            if socket.prepared
        ]
        if closing:
            # A page that does not answer its close frame does not hold up the stop.
            await asyncio.wait([asyncio.ensure_future(one) for one in closing], timeout=CLOSE_WITHIN_S)

    async def _follow(self, page: _Page, request: web.Request) -> None:
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(_send(page))
            reading = group.create_task(_read(page.socket))
            full = group.create_task(page.overflowed.wait())
            await asyncio.wait({sending, reading, full}, return_when=asyncio.FIRST_COMPLETED)
            for task in (sending, reading, full):
                task.cancel()
        if page.overflowed.is_set():
            log.warning("desk.page_too_slow", entries=page.entries.qsize())
            self._pages.discard(page)
            closing = page.socket.close(code=TOO_SLOW, message=b"too slow")
            try:
                await asyncio.wait_for(closing, CLOSE_WITHIN_S)
            except TimeoutError:
                if request.transport is not None:
                    request.transport.abort()

    def _deliver(self) -> None:
        self._due = False
        while self._inbox:
            seq, entry = self._inbox.popleft()
            text = to_json(event_of(seq, entry))
            for page in self._pages:
                if page.may_see(entry):
                    page.put(text)


def event_of(seq: int, entry: Entry) -> Mapping[str, Any]:
    """An entry as pages see it; never its private part."""
    return {
        "seq": seq,
        "at": local_text(entry.at_ms),
        "kind": entry.kind,
        "call": entry.call,
        "seat": entry.seat,
        "operator": entry.operator,
        "offer": entry.offer,
        "data": dict(entry.data),
    }


async def _send(page: _Page) -> None:
    while True:
        try:
            await page.socket.send_str(await page.entries.get())
        except ConnectionError:
            return


async def _read(socket: web.WebSocketResponse) -> None:
    """Pages have nothing to say; reading is what notices that one has gone."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return
