"""The client: collections and handles for requests, callbacks for events."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Literal, Self, TypeVar, overload

from ari.connection import PROBE, Connection, Timing
from ari.dispatch import Dispatcher, Handler, Subscription
from ari.errors import AriError, Disconnected, Fault
from ari.events import parse_event
from ari.fence import Fence
from ari.generated import verbs
from ari.generated.models import ApplicationReplaced, Message
from ari.http_transport import HttpTransport
from ari.wire import Json, Request, Response, Transport, query_items
from ari.ws_transport import WebSocketTransport

log = logging.getLogger(__name__)

T = TypeVar("T")
E = TypeVar("E", bound=Message)


class Client(verbs.Collections):
    """One application's connection to one Asterisk.

    Use ``async with``. Handlers may be registered before it is entered, and until the first await after.

    ``url`` is ARI's ("http://127.0.0.1:8088/ari"). ``transport``: "websocket" sends requests over the event
    socket, in the order of the calls; "http" sends them side by side. ``timeout_s``: how long a request may
    take. ``connect_within_s``: how long the first connection is tried for; None is for ever. ``fence``: what
    it must hold in order to command (with "websocket" only); without, requests end with Disconnected.
    """

    def __init__(
        self,
        url: str,
        app: str,
        user: str,
        password: str,
        *,
        transport: Literal["websocket", "http"] = "websocket",
        timeout_s: float = 4.0,
        connect_within_s: float | None = 10.0,
        subscribe_all: bool = False,
        timing: Timing | None = None,
        rand: Callable[[], float] = random.random,
        fence: Fence | None = None,
    ) -> None:
        if fence is not None and transport != "websocket":
            raise ValueError("a fence needs the transport websocket: one socket, in order")
        self.app = app
        self.replaced = False
        """True once another client has taken the application over: this one has stopped for good."""
        self._connect_within_s = connect_within_s
        self._events = Dispatcher(self)
        self._on_connect: list[Callable[[], None]] = []
        self._on_disconnect: list[Callable[[str], None]] = []
        self._on_replaced: list[Callable[[], None]] = []
        self._connection = Connection(
            url,
            app,
            user,
            password,
            on_text=self._received,
            on_open=self._opened,
            on_close=self._lost,
            subscribe_all=subscribe_all,
            timing=timing,
            rand=rand,
            fence=fence,
        )
        self._fence = fence
        self._socket_transport = WebSocketTransport(self._connection.send, timeout_s=timeout_s)
        self._transport: Transport = self._socket_transport
        if transport == "http":
            self._transport = HttpTransport(url, user, password, timeout_s=timeout_s)
        self._make_collections(self)

    async def __aenter__(self) -> Self:
        """Connects.

        Raises:
            Disconnected: there is no connection in time.
            AriError: Asterisk refuses the user, the password or the application.
        """
        await self._connection.open(self._connect_within_s)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Disconnects. What is under way ends with Disconnected."""
        await self._connection.close()
        await self._transport.close()

    @property
    def connected(self) -> bool:
        """Whether the event socket is up."""
        return self._connection.connected

    @property
    def ordered(self) -> bool:
        """Whether requests reach Asterisk in the order of the calls."""
        return self._transport.ordered

    async def wait_ended(self) -> None:
        """Returns when this client has ended for good: closed or replaced."""
        await self._connection.wait_ended()

    # --- requests

    def request(
        self, method: str, path: str, *, query: Mapping[str, Any] | None = None, body: Json = None
    ) -> asyncio.Future[Any]:
        """Sends any request at once; the future ends with the decoded answer or AriError.

        ``path`` is below /ari and percent-encoded. While disconnected the future fails at once.
        """
        return self.call(method, path, _as_it_is, query=query, body=body)

    def call(
        self,
        method: str,
        path: str,
        then: Callable[[Any], T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Json = None,
    ) -> asyncio.Future[T]:
        """As ``request``, with the answer made into something by ``then``. The generated verbs use this."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        request = Request(method, path, query_items(query), body)

        def settle(end: Response | AriError) -> None:
            if future.done():
                return
            if isinstance(end, AriError):
                future.set_exception(end)
                return
            try:
                future.set_result(then(end.value(request)))
            except AriError as error:
                future.set_exception(error)
            except (ValueError, LookupError, TypeError) as error:
                said = f"an answer that is not understood: {error!r}"
                future.set_exception(AriError(Fault.BUG, said, method=method, path=path))

        if why := self._silent():
            settle(Disconnected(why, method=method, path=path))
        else:
            self._transport.submit(request, settle)
        return future

    def _silent(self) -> str:
        """Why nothing may be sent now; empty: it may."""
        if self._fence is not None and not self._fence.holds():
            return "what it must hold in order to command is gone"
        if self.replaced:
            return "another client has taken the application over"
        return "" if self._connection.connected else "not connected"

    def forget(self, future: asyncio.Future[Any], on_error: Callable[[AriError], None] | None = None) -> None:
        """For a request whose answer nobody awaits: ``client.forget(client.channels.hangup(id))``.

        Its failure goes to ``on_error``, or without one to the log (GONE, which is normal, at debug level).
        """

        def ended(done: asyncio.Future[Any]) -> None:
            error = None if done.cancelled() else done.exception()
            if error is None:
                return
            if on_error is not None and isinstance(error, AriError):
                on_error(error)
            else:
                gone = isinstance(error, AriError) and error.fault is Fault.GONE
                log.log(logging.DEBUG if gone else logging.WARNING, "%s", error)

        future.add_done_callback(ended)

    # --- handles, without asking Asterisk

    def channel(self, channel_id: str) -> verbs.ChannelHandle:
        """The handle of a channel, whether it exists or not."""
        return verbs.ChannelHandle(self, channel_id)

    def bridge(self, bridge_id: str) -> verbs.BridgeHandle:
        """The handle of a bridge."""
        return verbs.BridgeHandle(self, bridge_id)

    def playback(self, playback_id: str) -> verbs.PlaybackHandle:
        """The handle of a playback."""
        return verbs.PlaybackHandle(self, playback_id)

    def recording(self, name: str) -> verbs.LiveRecordingHandle:
        """The handle of a recording that is being made."""
        return verbs.LiveRecordingHandle(self, name)

    def endpoint(self, technology: str, resource: str) -> verbs.EndpointHandle:
        """The handle of an endpoint: ("PJSIP", "phone-1")."""
        return verbs.EndpointHandle(self, technology, resource)

    # --- events

    @overload
    def on_event(self, event_type: type[E], handler: Callable[[E], None]) -> Subscription: ...
    @overload
    def on_event(self, event_type: str, handler: Handler) -> Subscription: ...
    def on_event(self, event_type: Any, handler: Callable[[Any], None]) -> Subscription:
        """``handler(event)`` for every event of a type: its name, or its class.

        Handlers are plain functions, called one after the other by the reader; they should only note or
        enqueue.
        """
        name = event_type if isinstance(event_type, str) else event_type.__name__
        return self._events.on_type(name, handler)

    def on_any_event(self, handler: Handler) -> Subscription:
        """``handler(event)`` for every event, ari.UnknownEvent too, before all other handlers."""
        return self._events.on_every(handler)

    def on_channel_event(
        self, event_type: str, handler: Callable[[verbs.ChannelHandle, Any], None]
    ) -> Subscription:
        """``handler(channel, event)`` for events of this type that are about a channel."""
        return self._events.on_kind("channel", event_type, handler)

    def on_bridge_event(
        self, event_type: str, handler: Callable[[verbs.BridgeHandle, Any], None]
    ) -> Subscription:
        """``handler(bridge, event)``."""
        return self._events.on_kind("bridge", event_type, handler)

    def on_playback_event(
        self, event_type: str, handler: Callable[[verbs.PlaybackHandle, Any], None]
    ) -> Subscription:
        """``handler(playback, event)``."""
        return self._events.on_kind("playback", event_type, handler)

    def on_recording_event(
        self, event_type: str, handler: Callable[[verbs.LiveRecordingHandle, Any], None]
    ) -> Subscription:
        """``handler(recording, event)``."""
        return self._events.on_kind("recording", event_type, handler)

    def on_endpoint_event(
        self, event_type: str, handler: Callable[[verbs.EndpointHandle, Any], None]
    ) -> Subscription:
        """``handler(endpoint, event)``."""
        return self._events.on_kind("endpoint", event_type, handler)

    def watch(
        self, kind: str, key: str, event_type: str, handler: Callable[[Any, Any], None]
    ) -> Subscription:
        """What ``handle.on_event`` uses."""
        return self._events.on_object(kind, key, event_type, handler)

    def on_connect(self, callback: Callable[[], None]) -> None:
        """``callback()`` each time the socket is up, before its first event.

        Make subscriptions and filters here, anew each time: an Asterisk that was restarted has none of them.
        """
        self._on_connect.append(callback)

    def on_disconnect(self, callback: Callable[[str], None]) -> None:
        """``callback(reason)`` each time the socket is lost, after its last event."""
        self._on_disconnect.append(callback)

    def on_replaced(self, callback: Callable[[], None]) -> None:
        """``callback()`` when another client takes the application over.

        This client has stopped by then and does not come back by itself.
        """
        self._on_replaced.append(callback)

    # --- what the connection calls

    def _received(self, text: str) -> None:
        try:
            raw = json.loads(text)
            if isinstance(raw, dict) and raw.get("type") == "RESTResponse":
                if raw.get("request_id") == PROBE:
                    self._connection.probe_answered(int(raw.get("status_code", 0)))
                else:
                    self._socket_transport.answered(raw)
                return
            event = parse_event(raw)
        except ValueError as error:
            log.warning("a message that is not understood was skipped: %s: %.200s", error, text)
            return
        ours = isinstance(event, ApplicationReplaced) and event.application == self.app
        if ours and self._connection.take_for_ghost():
            return
        self._events.dispatch(event)
        if ours:
            self.replaced = True
            self._connection.stop("another client has taken the application over")
            _call_all(self._on_replaced)

    def _opened(self) -> None:
        _call_all(self._on_connect)

    def _lost(self, reason: str) -> None:
        self._socket_transport.connection_lost(reason)
        self._transport.connection_lost(reason)
        _call_all(self._on_disconnect, reason)


connect = Client
"""``async with ari.connect(url, app, user, password) as client``."""


def _as_it_is(value: Json) -> Json:
    return value


def _call_all(callbacks: list[Callable[..., None]], *arguments: object) -> None:
    for callback in tuple(callbacks):
        try:
            callback(*arguments)
        except Exception:
            log.exception("a callback failed")
