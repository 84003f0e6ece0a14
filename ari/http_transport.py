"""Requests over HTTP, beside the event socket."""

from __future__ import annotations

import asyncio
import json

import aiohttp
from yarl import URL

from ari.errors import Disconnected, RequestTimeout
from ari.wire import Request, Response, Settle, basic_auth

KEEPALIVE_S = 10.0
"""How long an idle connection is used again: below the 15 s after which Asterisk closes it
(session_keep_alive of http.conf), or a request may meet a connection that is just being closed."""

CONNECTIONS = 20
"""At once, at most; Asterisk's limit is 100 (sessionlimit of http.conf). More requests wait their turn."""


class HttpTransport:
    """Each request on a connection of its own from a pool.

    They run side by side in Asterisk, so their order is not kept. A POST is never repeated; aiohttp repeats a
    GET, PUT or DELETE once when a kept connection turns out to be closed, so a DELETE may run twice, the
    second time as GONE.
    """

    ordered = False

    def __init__(self, url: str, user: str, password: str, *, timeout_s: float = 4.0) -> None:
        self._url = url.rstrip("/")
        self._auth = basic_auth(user, password)
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, request: Request, settle: Settle) -> None:
        """See Transport."""
        task = asyncio.get_running_loop().create_task(self._run(request, settle))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def connection_lost(self, reason: str) -> None:
        """The event socket is not ours: requests under way may still be answered."""

    async def close(self) -> None:
        """See Transport."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _run(self, request: Request, settle: Settle) -> None:
        try:
            answer = await self._fetch(request)
        except aiohttp.ClientConnectorError as error:
            # Not even connected: surely not carried out.
            settle(Disconnected(str(error), method=request.method, path=request.path))
        except TimeoutError:
            settle(RequestTimeout(self._timeout_s, method=request.method, path=request.path))
        except (aiohttp.ClientError, OSError) as error:
            text = str(error) or type(error).__name__
            settle(Disconnected(text, method=request.method, path=request.path, maybe_done=True))
        except asyncio.CancelledError:
            settle(Disconnected("closed", method=request.method, path=request.path, maybe_done=True))
            raise
        else:
            settle(answer)

    async def _fetch(self, request: Request) -> Response:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=KEEPALIVE_S, limit=CONNECTIONS),
                timeout=aiohttp.ClientTimeout(total=self._timeout_s),
                headers=self._auth,
            )
        headers = None
        data = None
        if request.body is not None:
            data = json.dumps(request.body).encode()
            headers = {"Content-Type": "application/json"}
        url = URL(self._url + request.target, encoded=True)
        async with self._session.request(request.method, url, data=data, headers=headers) as reply:
            body = await reply.read()
            return Response(reply.status, reply.reason or "", reply.content_type, body)
