"""An Asterisk that only talks: ARI's HTTP and WebSocket on loopback, answering as a test tells it to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import BasicAuth, WSMsgType, web
from aiohttp.test_utils import TestServer

APP, USER, PASSWORD = "app", "user", "password"
Answer = Callable[[str, str, Any], Awaitable[tuple[int, Any]]]


def channel(channel_id: str) -> dict[str, Any]:
    """A channel as Asterisk describes one."""
    party = {"name": "", "number": ""}
    place = {"context": "c", "exten": "s", "priority": 1, "app_name": "Stasis", "app_data": ""}
    return {
        "id": channel_id, "protocol_id": "p", "name": f"Local/{channel_id}", "state": "Up", "caller": party,
        "connected": party, "accountcode": "", "dialplan": place, "language": "en",
        "creationtime": "2026-11-22T19:10:34.123+0900",
    }  # fmt: skip


def event(kind: str, **fields: Any) -> dict[str, Any]:
    """An event as Asterisk sends one."""
    return {"type": kind, "application": APP, "timestamp": "2026-11-22T19:10:34.123+0900", **fields}


async def until(condition: Callable[[], Any], within_s: float = 5.0) -> None:
    """Waits for a condition; fails when it does not come true in time."""
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110  # any condition, not an event
            await asyncio.sleep(0.005)


class FakeAri:
    """``requests`` are all that came; ``answer`` is who answers them (set it in the test)."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.messages: list[dict[str, Any]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.opened = 0
        self.pings = 0
        self.attempts = 0
        self.probe_status: int | None = 200
        self.open_door = asyncio.Event()
        self.open_door.set()
        self.connections: set[Any] = set()
        self.greeting: list[dict[str, Any]] = []
        self.password = PASSWORD
        self.answer: Answer = self._answer
        self._server: TestServer | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_get("/ari/events", self._events)
        app.router.add_route("*", "/ari/{path:.*}", self._rest)
        self._server = TestServer(app, host="127.0.0.1", port=port or None)
        await self._server.start_server()

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        for socket in self.sockets:
            await socket.close()
        if self._server is not None:
            await self._server.close()

    @property
    def port(self) -> int:
        assert self._server is not None
        assert self._server.port is not None
        return self._server.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/ari"

    async def send(self, *messages: dict[str, Any] | str) -> None:
        """Sends messages on the newest socket."""
        for message in messages:
            await self.sockets[-1].send_str(message if isinstance(message, str) else json.dumps(message))

    def cut(self) -> None:
        """Breaks the newest socket without a word."""
        transport = self.sockets[-1]._req.transport  # type: ignore[union-attr]  # aiohttp has no public way
        assert transport is not None
        transport.abort()

    async def _answer(self, method: str, target: str, body: Any) -> tuple[int, Any]:
        return 200, {"method": method, "target": target, "body": body}

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if BasicAuth.decode(request.headers["Authorization"]).password != self.password:
            return web.Response(status=401)
        self.attempts += 1
        await self.open_door.wait()
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self.sockets.append(socket)
        self.opened += 1
        for message in self.greeting:
            await socket.send_str(json.dumps(message))
        async for message in socket:
            if message.type is WSMsgType.PING:
                self.pings += 1
                await socket.pong(message.data)
                continue
            raw = json.loads(message.data)
            if raw["request_id"] == "probe":
                if self.probe_status is not None:
                    answer = {"type": "RESTResponse", "request_id": "probe", "status_code": self.probe_status}
                    await self.send(answer)
                continue
            self.messages.append(raw)
            task = asyncio.create_task(self._reply(socket, raw))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return socket

    async def _reply(self, socket: web.WebSocketResponse, raw: dict[str, Any]) -> None:
        body = json.loads(raw["message_body"]) if "message_body" in raw else None
        self.requests.append((raw["method"], raw["uri"], body))
        status, value = await self.answer(raw["method"], raw["uri"], body)
        reply = {
            "type": "RESTResponse", "transaction_id": raw["transaction_id"], "request_id": raw["request_id"],
            "status_code": status, "reason_phrase": "reason", "uri": raw["uri"],
        }  # fmt: skip
        if value is not None:
            reply |= {"content_type": "application/json", "message_body": json.dumps(value)}
        await socket.send_str(json.dumps(reply))

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        self.connections.add(request.transport)
        body = await request.json() if request.can_read_body else None
        target = request.raw_path.removeprefix("/ari/")
        self.requests.append((request.method, target, body))
        status, value = await self.answer(request.method, target, body)
        if isinstance(value, bytes):
            return web.Response(status=status, body=value)
        return web.Response(status=status) if value is None else web.json_response(value, status=status)


class FreezingProxy:
    """Passes TCP on to a port until it is frozen: then it neither forwards nor closes."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._frozen = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self.port = 0

    async def __aenter__(self) -> FreezingProxy:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()
        assert self._server is not None
        self._server.close()

    def freeze(self) -> None:
        self._frozen.set()

    def thaw(self) -> None:
        """For new connections; those frozen stay dead."""
        self._frozen = asyncio.Event()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, there_writer]
        for source, sink in ((reader, there_writer), (there_reader, writer)):
            task = asyncio.create_task(self._pass(source, sink, self._frozen))
            self._tasks.add(task)

    @staticmethod
    async def _pass(source: asyncio.StreamReader, sink: asyncio.StreamWriter, frozen: asyncio.Event) -> None:
        while data := await source.read(65536):
            if frozen.is_set():
                return
            sink.write(data)
        sink.close()
