"""Requests over the event socket ("REST over WebSocket", Asterisk 22.4 and later)."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Callable
from typing import Any

from ari.errors import Disconnected, RequestTimeout
from ari.wire import Request, Response, Settle

log = logging.getLogger(__name__)

LATE_S = 0.25
"""A timer that fires so late means that this process stood still, not that Asterisk was slow."""
READ_WITHIN_S = 0.5
"""Then the answer may lie in the socket, unread: so long it is given."""


class WebSocketTransport:
    """One request after the other on the socket, in the order of the calls.

    Asterisk carries them out in that order and answers among the events. One that blocks inside Asterisk
    holds up those behind it.
    """

    ordered = True

    def __init__(self, send: Callable[[str], None], *, timeout_s: float = 4.0) -> None:
        """``send`` puts a text on the socket, or raises Disconnected."""
        self._send = send
        self._timeout_s = timeout_s
        self._numbers = itertools.count(1)
        self._waiting: dict[str, tuple[Request, Settle, asyncio.TimerHandle]] = {}

    def submit(self, request: Request, settle: Settle) -> None:
        """See Transport."""
        key = str(next(self._numbers))
        message: dict[str, Any] = {
            "type": "RESTRequest",
            "transaction_id": key,
            "request_id": key,
            "method": request.method,
            # Asterisk wants it relative to /ari.
            "uri": request.target[1:],
        }
        if request.body is not None:
            message["content_type"] = "application/json"
            message["message_body"] = json.dumps(request.body)
        self._wait(key, request, settle, self._timeout_s)
        try:
            self._send(json.dumps(message))
        except Disconnected:
            self._waiting.pop(key)[2].cancel()
            settle(Disconnected("not connected", method=request.method, path=request.path))

    def answered(self, raw: dict[str, Any]) -> None:
        """Takes a RESTResponse off the socket."""
        waiter = self._waiting.pop(str(raw.get("request_id")), None)
        if waiter is None:
            log.info("nobody waits any more for: %s %s", raw.get("uri"), raw.get("status_code"))
            return
        _, settle, timer = waiter
        timer.cancel()
        settle(
            Response(
                status=int(raw.get("status_code", 500)),
                reason=str(raw.get("reason_phrase", "")),
                content_type=str(raw.get("content_type", "")),
                body=str(raw.get("message_body", "")),
            )
        )

    def connection_lost(self, reason: str) -> None:
        """See Transport."""
        waiting, self._waiting = self._waiting, {}
        for request, settle, timer in waiting.values():
            timer.cancel()
            settle(Disconnected(reason, method=request.method, path=request.path, maybe_done=True))

    async def close(self) -> None:
        """See Transport."""
        self.connection_lost("closed")

    def _wait(self, key: str, request: Request, settle: Settle, within_s: float) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time() + within_s
        self._waiting[key] = (request, settle, loop.call_at(due_s, self._timed_out, key, due_s))

    def _timed_out(self, key: str, due_s: float) -> None:
        request, settle, _ = self._waiting.pop(key)
        if asyncio.get_running_loop().time() - due_s > LATE_S:
            self._wait(key, request, settle, READ_WITHIN_S)
            return
        settle(RequestTimeout(self._timeout_s, method=request.method, path=request.path))
