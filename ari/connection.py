"""The event socket: opened, watched, lost and opened again."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from ari.errors import AriError, Disconnected, Fault
from ari.fence import Fence
from ari.wire import basic_auth, path_part

log = logging.getLogger(__name__)

MAX_MESSAGE = 16 * 1024 * 1024
"""Bytes of one message; a list of some thousand channels stays below."""

_STALL_S = 0.5

PROBE = "probe"
"""The request_id of the heartbeat's own request.

A socket can answer pings while Asterisk has dropped the application behind it (seen after a standstill: no
events, no answers), so pings alone do not show that it is alive.
"""

GHOSTS_FOR_S = 30.0
"""How long after opening an attempt of ours that was given up may still come to life inside Asterisk."""


@dataclass(frozen=True, slots=True)
class Timing:
    """All times of the connection, in seconds."""

    ping_every_s: float = 5.0
    pong_within_s: float = 4.8
    """Together with ping_every_s under 10 s: the longest that a half-open connection goes unnoticed."""
    retry_first_s: float = 0.2
    retry_max_s: float = 5.0
    open_within_s: float = 5.0
    close_within_s: float = 0.5


def backoff(attempt: int, timing: Timing, rand: Callable[[], float]) -> float:
    """The wait in seconds before attempt 0, 1, 2, ...: doubling up to the most.

    Up to half of it is taken off at random, so that several clients do not come back in step.
    """
    full = min(timing.retry_max_s, timing.retry_first_s * 2.0 ** min(attempt, 30))
    return full * (0.5 + 0.5 * rand())


class Connection:
    """One WebSocket to ``URL/events``. One task reads it and calls ``on_text`` for every message in order.

    ``on_open()`` comes before the first message of a connection, ``on_close(reason)`` after the last.
    """

    def __init__(
        self,
        url: str,
        app: str,
        user: str,
        password: str,
        *,
        on_text: Callable[[str], None],
        on_open: Callable[[], None],
        on_close: Callable[[str], None],
        subscribe_all: bool = False,
        timing: Timing | None = None,
        rand: Callable[[], float] = random.random,
        fence: Fence | None = None,
    ) -> None:
        query = {"app": app, "subscribeAll": "true" if subscribe_all else "false"}
        self._url = URL(url.rstrip("/") + "/events").with_query(query)
        self._headers = basic_auth(user, password)
        self._on_text = on_text
        self._on_open = on_open
        self._on_close = on_close
        self._timing = timing or Timing()
        self._rand = rand
        self._fence = fence
        self._session: aiohttp.ClientSession | None = None
        self._task: asyncio.Task[None] | None = None
        self._live: aiohttp.ClientWebSocketResponse | None = None
        self._heard = asyncio.Event()
        self._answered = asyncio.Event()
        self._probe = json.dumps(
            {
                "type": "RESTRequest",
                "transaction_id": PROBE,
                "request_id": PROBE,
                "method": "GET",
                "uri": "applications/" + path_part(app),
            }
        )
        self._stop = asyncio.Event()
        self._stop_reason = ""
        self._drop = asyncio.Event()
        self._drop_reason = ""
        self._ghosts = 0
        self._opened_at = 0.0
        self.connected = False

    async def open(self, within_s: float | None) -> None:
        """Connects, trying again for ``within_s`` seconds (None: for ever).

        Then a task keeps the connection up until ``close`` or ``stop``.

        Raises:
            Disconnected: there was no connection in time.
            AriError: (BUG) at once, when Asterisk refuses the user, the password or the application.
        """
        loop = asyncio.get_running_loop()
        deadline = None if within_s is None else loop.time() + within_s
        self._session = _session(self._headers, self._fence)
        try:
            socket = await self._first_socket(self._session, deadline)
        except BaseException:
            await self._session.close()
            raise
        self._live = socket
        self.connected = True
        # Its first step comes after the caller's next await: handlers registered until then miss nothing.
        self._task = loop.create_task(self._run(self._session, socket), name="ari connection")

    def send(self, text: str) -> None:
        """Puts a text on the socket, after those given before.

        Raises:
            Disconnected: there is no socket.
        """
        if not self.connected:
            raise Disconnected("not connected")
        self._put("text", text)

    def stop(self, reason: str) -> None:
        """Ends the connection for good; nothing more is read. Returns at once; ``wait_ended`` waits."""
        if not self._stop.is_set():
            self._stop_reason = reason
            self._stop.set()

    def take_for_ghost(self) -> bool:
        """Whether the application was taken over by an attempt of our own that was given up.

        An Asterisk that stood still finds our unanswered attempts in its socket when it goes on; it may carry
        one out after the one that lives, and then tell the living one that it is replaced. Each can do so
        once, so this says yes at most that many times, and not long after opening: whoever really takes the
        application over is not fought. After a yes the connection is closed and opened again.
        """
        since = asyncio.get_running_loop().time() - self._opened_at
        if self._ghosts == 0 or since > GHOSTS_FOR_S:
            return False
        self._ghosts -= 1
        self._drop_reason = "replaced by an earlier attempt of our own"
        self._drop.set()
        return True

    def probe_answered(self, status: int) -> None:
        """Takes the answer to the request PROBE, which belongs to the heartbeat."""
        self._answered.set()
        if status == 404:
            self._drop_reason = "Asterisk does not know the application any more"
            self._drop.set()

    async def wait_ended(self) -> None:
        """Returns when the connection has ended for good."""
        if self._task is not None:
            await asyncio.wait([self._task])

    async def close(self) -> None:
        """Stops and gives everything back."""
        self.stop("closed")
        await self.wait_ended()
        if self._session is not None:
            await self._session.close()

    async def _first_socket(
        self, session: aiohttp.ClientSession, deadline: float | None
    ) -> aiohttp.ClientWebSocketResponse:
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            try:
                return await self._socket(session)
            except aiohttp.WSServerHandshakeError as error:
                # 404: Asterisk's HTTP server is up before ARI's routes are (seen while it boots).
                if error.status < 500 and error.status != 404:
                    raise AriError(Fault.BUG, _refusal(error), status=error.status) from error
                reason = _refusal(error)
            except (aiohttp.ClientError, OSError, TimeoutError) as error:
                reason = str(error) or type(error).__name__
            wait = backoff(attempt, self._timing, self._rand)
            if deadline is not None and loop.time() + wait > deadline:
                raise Disconnected(f"{self._url.origin()}: {reason}")
            attempt += 1
            await asyncio.sleep(wait)

    async def _socket(self, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
        timing = self._timing
        async with self._attempt():
            return await session.ws_connect(
                self._url,
                autoping=False,
                autoclose=True,
                max_msg_size=MAX_MESSAGE,
                timeout=aiohttp.ClientWSTimeout(ws_close=timing.close_within_s),
            )

    @asynccontextmanager
    async def _attempt(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._timing.open_within_s):
                yield
        except TimeoutError:
            self._ghosts += 1
            raise TimeoutError(f"no answer within {self._timing.open_within_s:g} s") from None

    async def _run(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        loop = asyncio.get_running_loop()
        attempt = 0
        while True:
            since = loop.time()
            reason = await self._serve(socket)
            log.info("connection to %s ended: %s", self._url.origin(), reason)
            lived = loop.time() - since
            if lived > self._timing.retry_max_s:
                # It was a good connection, so the way back may be short.
                attempt = 0
            if lived > GHOSTS_FOR_S:
                self._ghosts = 0
            while True:
                if await self._stopped_within(backoff(attempt, self._timing, self._rand)):
                    return
                attempt += 1
                try:
                    socket = await self._socket(session)
                    break
                except (aiohttp.ClientError, OSError, TimeoutError) as error:
                    log.info("no connection to %s: %s", self._url.origin(), error or type(error).__name__)

    async def _stopped_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._stop.wait()
        except TimeoutError:
            return False
        return True

    async def _serve(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        """One connection from opening to end; gives the reason of the end."""
        self._drop.clear()
        self._opened_at = asyncio.get_running_loop().time()
        self._live = socket
        self.connected = True
        _guarded(self._on_open)
        jobs: list[Coroutine[Any, Any, str]] = [
            self._read(socket),
            self._watch(),
            self._wait_stop(),
            self._wait_drop(),
        ]
        tasks = [asyncio.create_task(job) for job in jobs]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return next(_reason(task) for task in tasks if task in done)
        finally:
            self.connected = False
            self._live = None
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
            _guarded(self._on_close, next((one for one in ended if isinstance(one, str)), "closed"))
            await socket.close()

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> str:
        while not (self._stop.is_set() or self._drop.is_set()):
            message = await socket.receive()
            self._heard.set()
            match message.type:
                case aiohttp.WSMsgType.TEXT:
                    _guarded(self._on_text, message.data)
                case aiohttp.WSMsgType.PING:
                    self._put("pong", message.data)
                case aiohttp.WSMsgType.CLOSE | aiohttp.WSMsgType.CLOSING | aiohttp.WSMsgType.CLOSED:
                    return f"closed by the other side ({socket.close_code})"
                case aiohttp.WSMsgType.ERROR:
                    return f"broken: {message.data}"
        return self._stop_reason or self._drop_reason

    def _put(self, what: str, data: str | bytes | None) -> None:
        """Writes here and now, not in a task: a turn of the event loop is a good part of the time in which a
        call is answered. aiohttp puts the whole frame into the transport's buffer before it waits for room,
        so there is nothing to wait for; a peer that never reads is found by the pings.
        """
        socket = self._live
        if socket is None:
            return
        writing = _frame(socket, what, data)
        try:
            writing.send(None)
        except StopIteration:
            return
        except (aiohttp.ClientError, ConnectionError) as error:
            self._drop_reason = f"broken while writing: {error}"
            self._drop.set()
        else:
            writing.close()

    async def _watch(self) -> str:
        """Pings and probes; ends when nothing was heard in time, or when only requests go unanswered."""
        loop = asyncio.get_running_loop()
        timing = self._timing
        due = loop.time() + (min(1.0, timing.ping_every_s) if self._ghosts else timing.ping_every_s)
        missed = 0
        while True:
            await asyncio.sleep(due - loop.time())
            asked = loop.time()
            due = asked + timing.ping_every_s
            self._heard.clear()
            self._answered.clear()
            self._put("ping", None)
            self._put("text", self._probe)
            try:
                async with asyncio.timeout(timing.pong_within_s):
                    await self._answered.wait()
                missed = 0
            except TimeoutError:
                if loop.time() - asked > timing.pong_within_s + _STALL_S:
                    # It was this process that stood still, so an answer may lie unread: ask again.
                    due = loop.time()
                    continue
                if not self._heard.is_set():
                    return f"no answer to a ping within {timing.pong_within_s:g} s"
                missed += 1
                if missed == 2 or self._ghosts:
                    return "requests are not answered, though pings are"

    async def _wait_drop(self) -> str:
        await self._drop.wait()
        return self._drop_reason

    async def _wait_stop(self) -> str:
        await self._stop.wait()
        return self._stop_reason


async def _frame(socket: aiohttp.ClientWebSocketResponse, what: str, data: Any) -> None:
    if what == "text":
        await socket.send_str(data)
    elif what == "pong":
        await socket.pong(data)
    else:
        await socket.ping()


def _session(headers: dict[str, str], fence: Fence | None) -> aiohttp.ClientSession:
    if fence is None:
        return aiohttp.ClientSession(headers=headers)
    # To open the socket is to take the application over: asked for again when the connection stands, in the
    # moment before the request is written.
    connected = aiohttp.TraceConfig()

    async def refuse(*_: object) -> None:
        if not fence.holds():
            raise ConnectionAbortedError("what it must hold in order to command is gone")

    connected.on_request_start.append(refuse)
    connected.on_connection_create_end.append(refuse)
    connector = aiohttp.TCPConnector(socket_factory=fence.socket)
    return aiohttp.ClientSession(headers=headers, connector=connector, trace_configs=[connected])


def _reason(task: asyncio.Task[str]) -> str:
    error = task.exception()
    if error is None:
        return task.result()
    log.error("the connection's own code failed", exc_info=error)
    return repr(error)


def _refusal(error: aiohttp.WSServerHandshakeError) -> str:
    if error.status in {401, 403}:
        return "Asterisk refuses the ARI user or password"
    return f"Asterisk refuses the event socket ({error.status} {error.message})"


def _guarded(call: Callable[..., None], *arguments: object) -> None:
    # Nothing that a user's code does may end the reader.
    try:
        call(*arguments)
    except Exception:
        log.exception("a callback of the connection failed")
