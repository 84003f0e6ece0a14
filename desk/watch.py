"""`GET /watch`: what `GET /live` answers, pushed: made once for all viewers, after each change.

A viewer who comes late or reads slowly gets the newest snapshot and never what it has replaced; nobody waits
for him. In a second without a change a beat says that what is shown still holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from db import Entry
from desk.problems import ApiProblem, to_json

log = structlog.get_logger()

GATHER_S = 0.01
"""What comes together with a change (the rows of one call's end) is one change."""
SPACING_S = 0.05
"""At most so often; a burst costs twenty snapshots a second, not a hundred."""
BEAT_S = 1.0
SLOW_S = 30.0
"""A viewer who does not take one snapshot in so long is gone, or as good as gone."""
CLOSE_WITHIN_S = 2.0
MOST = 500
MOVING = ("now", "lag_ms")
"""What every look changes, though nothing has happened."""

OF_PEOPLE = ("operator", "operator_name", "hand", "incident")
"""What a wall that citizens may see does not tell of a seat."""

View = dict[str, Any]


class _Viewer:
    """One page that watches: a place for one snapshot and for one beat."""

    def __init__(
        self, socket: web.WebSocketResponse, *, names: bool, lines: frozenset[str] | None = None
    ) -> None:
        self.socket = socket
        self.names = names
        self.lines = lines
        self._snapshot: str | None = None
        self._beat: str | None = None
        self._news = asyncio.Event()

    def show(self, snapshot: str) -> None:
        """Put the newest snapshot in the place of the one that has not gone out yet."""
        self._snapshot, self._beat = snapshot, None
        self._news.set()

    def beat(self, beat: str) -> None:
        """Put a beat there, unless a snapshot that says more still waits."""
        if self._snapshot is None:
            self._beat = beat
            self._news.set()

    async def send(self) -> None:
        """Send what is newest, for ever. Raises TimeoutError for who does not take it."""
        while True:
            await self._news.wait()
            self._news.clear()
            text, self._snapshot, self._beat = self._snapshot or self._beat, None, None
            if text is not None:
                async with asyncio.timeout(SLOW_S):
                    await self.socket.send_str(text)


class Watch:
    """Makes the snapshots and hands them to all who watch."""

    def __init__(
        self,
        look: Callable[[], View],
        settle: Callable[[], Any],
        narrow: Callable[[View, frozenset[str] | None], View] = lambda view, _lines: view,
    ) -> None:
        """`look` makes the object of `GET /live`; `await settle()` returns when it may.
        `narrow`: the same as one sees it who sees these lines.
        """
        self._look = look
        self._settle = settle
        self._narrow = narrow
        self._viewers: set[_Viewer] = set()
        self._changed = asyncio.Event()
        self._changed_s: float | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._shown: View | None = None
        self.seq = 0
        """Of the newest snapshot; the first after the start is 1."""

    @property
    def viewers(self) -> int:
        """How many watch."""
        return len(self._viewers)

    def take(self, _seq: int, _entry: Entry) -> None:
        """One journal entry, as the journal's subscriber gets it: from any thread."""
        if self._viewers and self._loop is not None:
            self._loop.call_soon_threadsafe(self.change)

    def change(self) -> None:
        """Something has changed: a snapshot is due."""
        if self._viewers and self._changed_s is None:
            self._changed_s = time.perf_counter()
            self._changed.set()

    async def keep(self) -> None:
        """Make snapshots and beats until cancelled."""
        self._loop = asyncio.get_running_loop()
        while True:
            await self._wait_for_change()
            try:
                await self._next()
            except Exception:
                # The pages grow stale and say so; the next change is another try.
                log.exception("desk.watch_failed")
            await asyncio.sleep(SPACING_S)

    async def serve(
        self, request: web.Request, *, names: bool, lines: frozenset[str] | None = None
    ) -> web.WebSocketResponse:
        """Serve one viewer until it leaves or cannot follow; without the operators' names, where told so, and
        with what is of these lines only.
        """
        if len(self._viewers) >= MOST:
            raise ApiProblem(503, "too_many", "Too many pages watch already.")
        socket = web.WebSocketResponse(heartbeat=10.0, compress=False, max_msg_size=4096, timeout=1.0)
        viewer = _Viewer(socket, names=names, lines=lines)
        await socket.prepare(request)
        self._viewers.add(viewer)
        self._shown = None  # who comes gets a whole snapshot, and so does everybody: one way for all
        self.change()
        try:
            await self._follow(viewer, request)
        finally:
            self._viewers.discard(viewer)
        return socket

    async def close(self) -> None:
        """Tell every page that the service goes away."""
        closing = [
            asyncio.ensure_future(one.socket.close(code=WSCloseCode.GOING_AWAY, message=b"stopping"))
            for one in self._viewers
        ]
        if closing:
            await asyncio.wait(closing, timeout=CLOSE_WITHIN_S)

    async def _wait_for_change(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(BEAT_S):
                await self._changed.wait()
                await asyncio.sleep(GATHER_S)

    async def _next(self) -> None:
        if not self._viewers:
            self._shown = self._changed_s = None
            self._changed.clear()
            return
        await self._settle()
        changed_s, self._changed_s = self._changed_s, None
        self._changed.clear()
        # Nothing is awaited from here on: what the snapshot holds is all of one moment.
        live = self._look()
        if changed_s is None and self._shown is not None and _said(live) == _said(self._shown):
            beat = to_json({"kind": "beat", "seq": self.seq, "now": live["now"], "lag_ms": live["lag_ms"]})
            for viewer in self._viewers:
                viewer.beat(beat)
            return
        self.seq += 1
        self._shown = live
        late_ms = 0 if changed_s is None else round((time.perf_counter() - changed_s) * 1000)
        frame = {"kind": "live", "seq": self.seq, "late_ms": late_ms}
        texts: dict[tuple[bool, frozenset[str] | None], str] = {}
        for viewer in self._viewers:
            sight = (viewer.names, viewer.lines)
            if sight not in texts:
                seen = self._narrow(live, viewer.lines)
                texts[sight] = to_json({**frame, "live": seen if viewer.names else without_names(seen)})
            viewer.show(texts[sight])

    async def _follow(self, viewer: _Viewer, request: web.Request) -> None:
        sending = asyncio.ensure_future(viewer.send())
        reading = asyncio.ensure_future(_read(viewer.socket))
        try:
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, reading):
                task.cancel()
            ends = await asyncio.gather(sending, reading, return_exceptions=True)
        if isinstance(ends[0], TimeoutError):
            log.warning("desk.viewer_too_slow")
            if request.transport is not None:
                request.transport.abort()


def without_names(live: View) -> View:
    """The same without who sits where and what troubles him: for a wall that citizens may see."""
    seats = [{**seat, **dict.fromkeys(OF_PEOPLE)} for seat in live["seats"]]
    return {**live, "seats": seats}


def _said(live: View) -> View:
    """What a page shows that does not move by the page's own clock."""
    said = {name: value for name, value in live.items() if name not in (*MOVING, "seats", "waiting")}
    said["waiting"] = [(caller["call"], caller["predicted_wait_s"]) for caller in live["waiting"]]
    said["seats"] = [(seat["seat"], seat["break_over"]) for seat in live["seats"]]
    said.pop("longest_wait_s")
    return said


async def _read(socket: web.WebSocketResponse) -> None:
    """Pages have nothing to say; reading is what notices that one has gone."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return
