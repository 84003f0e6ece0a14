"""A whole Madoguchi for a test: `bin/up` in a state directory of its own, READY, and gone afterwards.

async with Madoguchi.started(home, at="2022-05-08 08:29:50") as world:
    world.run.number, world.api("GET", "/live"), …
    await world.nothing_left()
"""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

import aiohttp

from config.runfile import RunFile
from tests.rig.phones import Phone, Phones

ROOT = Path(__file__).resolve().parents[2]


T = TypeVar("T")


async def eventually(
    look: Callable[[], Awaitable[T]], timeout_s: float, what: str, every_s: float = 0.05
) -> T:
    """Look until what is seen is true, and return it.

    Raises:
        AssertionError: it was not within `timeout_s`; says `what`, and what was seen last.
    """
    deadline = time.monotonic() + timeout_s
    while not (seen := await look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s} s: {what} (last seen: {seen!r})")
        await asyncio.sleep(every_s)
    return seen


class Madoguchi:
    """A running instance, reached only by what run.json says."""

    def __init__(self, home: Path, run: RunFile, process: asyncio.subprocess.Process | None) -> None:
        self.home = home
        self.run = run
        self.process = process
        self._http = aiohttp.ClientSession()

    @classmethod
    async def start(cls, home: Path, *arguments: str, at: str | None = None, timeout_s: float = 90) -> Self:
        """Start `bin/up --free-ports` and return when it prints READY.

        Raises:
            AssertionError: it ended or was not READY in time; carries what it printed.
        """
        time_arguments = ("--at", at) if at else ()
        process = await asyncio.create_subprocess_exec(
            str(ROOT / "bin" / "up"), "--home", str(home), "--free-ports", *time_arguments, *arguments,
            cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
            stdin=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        printed: list[str] = []
        assert process.stdout is not None
        try:
            async with asyncio.timeout(timeout_s):
                while line := (await process.stdout.readline()).decode(errors="replace"):
                    printed.append(line)
                    if line.startswith("READY "):
                        break
                else:
                    raise AssertionError("bin/up ended before READY:\n" + "".join(printed))
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"bin/up: no READY in {timeout_s} s:\n" + "".join(printed)) from None
        world = cls(home, RunFile.read(home / "run.json"), process)
        world._drain = asyncio.create_task(world._read_on(process.stdout, printed))
        world.printed = printed
        return world

    @classmethod
    def attached(cls, home: Path) -> Madoguchi:
        """An instance that somebody else started and stops."""
        return cls(home, RunFile.read(home / "run.json"), None)

    @classmethod
    @asynccontextmanager
    async def started(cls, home: Path, *arguments: str, at: str | None = None) -> AsyncIterator[Self]:
        """An instance for the length of the block."""
        world = await cls.start(home, *arguments, at=at)
        try:
            yield world
        finally:
            await world.stop()

    printed: list[str]
    """Everything that bin/up wrote, while it runs."""
    _drain: asyncio.Task[None] | None = None

    async def _read_on(self, stream: asyncio.StreamReader, printed: list[str]) -> None:
        while line := await stream.readline():
            printed.append(line.decode(errors="replace"))

    async def stop(self, timeout_s: float = 20) -> int | None:
        """SIGTERM, and the exit status; what does not end is killed and fails.

        Raises:
            AssertionError: it did not end in time.
        """
        await self._http.close()
        if self.process is None:
            return None
        if self.process.returncode is None:
            self.process.terminate()
        try:
            return await asyncio.wait_for(self.process.wait(), timeout_s)
        except TimeoutError:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(
                f"bin/up did not end {timeout_s} s after SIGTERM:\n{''.join(self.printed)}"
            ) from None
        finally:
            if self._drain:
                await self._drain

    @property
    def server(self) -> str:
        """Where SIP is spoken, host:port."""
        return f"{self.run.sip.host}:{self.run.sip.port}"

    async def api(self, method: str, path: str, body: object = None, status: int | None = None) -> Any:
        """Ask the API (`/api/v1` + path) and return its JSON.

        Raises:
            AssertionError: the answer is not `status` (default: any of 2xx).
        """
        url = f"{self.run.desk_url.rstrip('/')}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self.run.api_token}"}
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            text = await answer.text()
            good = answer.status == status if status else answer.status // 100 == 2
            assert good, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text and "json" in answer.content_type else text

    async def ari(self, method: str, path: str, **query: str) -> Any:
        """Ask Asterisk itself, past the controller."""
        login = aiohttp.encode_basic_auth(self.run.ari.user, self.run.ari.password)
        url = f"{self.run.ari.url.rstrip('/')}{path}"
        async with self._http.request(method, url, params=query, headers={"Authorization": login}) as answer:
            assert answer.status // 100 == 2, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json() if answer.status != 204 else None

    async def nothing_left(self, timeout_s: float = 5) -> None:
        """Zero channels, bridges and live recordings in Asterisk.

        Raises:
            AssertionError: something is left; named.
        """
        left: dict[str, object] = {}

        async def look() -> bool:
            left.clear()
            left["channels"] = [(c["name"], c["state"]) for c in await self.ari("GET", "/channels")]
            left["bridges"] = [(b["id"], b["channels"]) for b in await self.ari("GET", "/bridges")]
            if (self.home / "asterisk" / "spool" / "recording").exists():  # made with the first recording
                left["recordings"] = [r["name"] for r in await self.ari("GET", "/recordings/stored")]
            return not any(left.values())

        try:
            await eventually(look, timeout_s, "nothing left in Asterisk")
        except AssertionError:
            if any(left.values()):
                raise AssertionError(f"left in Asterisk after {timeout_s} s: {left}") from None
            raise

    async def seat_phone(self, phones: Phones, seat: int, record: Path | None = None) -> Phone:
        """The registered softphone of a seat."""
        entry = next(phone for phone in self.run.phones if phone.seat == seat)
        phone = await phones.add(f"seat{seat}", entry.user, entry.password, self.server, record)
        await phone.register()
        return phone

    async def log_in(self, seat: int, operator: str | None = None) -> None:
        """Log an operator in at a seat by the API; by default the one with the seat's place in the list."""
        operator = operator or self.run.operators[seat - 1].id
        await self.api("POST", f"/seats/{seat}/login", {"operator": operator})

    async def until_seat(self, seat: int, state: str, timeout_s: float = 5) -> dict[str, Any]:
        """Wait until the floor shows the seat in that state."""
        shown: dict[str, Any] = {}

        async def look() -> bool:
            live = await self.api("GET", "/live")
            shown.update(next(s for s in live["seats"] if s["seat"] == seat))
            return bool(shown["state"] == state)

        try:
            await eventually(look, timeout_s, f"seat {seat} is {state}")
        except AssertionError:
            raise AssertionError(f"seat {seat} is not {state} after {timeout_s} s: {shown}") from None
        return shown
