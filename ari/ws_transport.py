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
        timer = asyncio.get_running_loop().call_later(self._timeout_s, self._timed_out, key)
        self._waiting[key] = (request, settle, timer)
        try:
            self._send(json.dumps(message))
        except Disconnected:
            del self._waiting[key]
            timer.cancel()
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

    def _timed_out(self, key: str) -> None:
        request, settle, _ = self._waiting.pop(key)
        settle(RequestTimeout(self._timeout_s, method=request.method, path=request.path))
