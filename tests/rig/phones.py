"""The tests' side of the softphones: starts phone.py, sends commands, waits for events by condition.

async with Phones.started() as phones:
    seat = await phones.add("1", user, password, "127.0.0.1:5060")
    await seat.register()
    await seat.wait_for("incoming", timeout_s=3)
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

Event = dict[str, Any]
PHONES_A_PROCESS = 8
"""PJSUA_MAX_ACC of the packaged library."""


def phone_command() -> list[str]:
    """How to run phone.py: on the Python that the set-up prepared for pjsua2, else on this one."""
    try:
        prefix = list(importlib.import_module("tests.rig.phone_python").argv_prefix())
    except ModuleNotFoundError:
        prefix = [sys.executable]
    return [*prefix, str(Path(__file__).with_name("phone.py"))]


_ORDERS = itertools.count(1)


class Phone:
    """One telephone, as a test sees it."""

    def __init__(self, name: str, process: PhoneProcess) -> None:
        self.name = name
        self.events: list[Event] = []
        self._process = process
        self._taken: Counter[str] = Counter()

    def tell(self, cmd: str, **data: object) -> None:
        """Send a command (see phone.py) and do not wait."""
        self._process.send({"cmd": cmd, "phone": self.name, **data})

    def seen(self, event: str) -> list[Event]:
        """All events of a name so far, oldest first."""
        return [e for e in self.events if e["event"] == event]

    def forget(self) -> None:
        """Start anew: events so far are nobody's any more."""
        self._taken = Counter(event["event"] for event in self.events)

    async def wait_for(self, event: str, timeout_s: float = 5.0, **match: object) -> Event:
        """The next event of that name that no wait returned before; `match` narrows it by its fields.

        Raises:
            AssertionError: it did not come in time; says what came instead.
        """

        def take() -> Event | None:
            fresh = self.seen(event)[self._taken[event] :]
            for position, candidate in enumerate(fresh):
                if all(candidate.get(key) == value for key, value in match.items()):
                    self._taken[event] += position + 1
                    return candidate
            return None

        return await self._process.wait_until(take, timeout_s, lambda: self._failure(event, timeout_s, match))

    def _failure(self, event: str, timeout_s: float, match: object) -> str:
        now = time.monotonic_ns()
        story = "\n".join(
            f"  {(e['t'] - now) / 1e9:8.3f} s  {e['event']} "
            f"{ {k: v for k, v in e.items() if k not in ('t', 'phone', 'event', 'headers', 'message')} }"
            for e in self.events[-30:]
        )
        wanted = f"{event} {match or ''}"
        return f"phone {self.name}: no {wanted} within {timeout_s} s; it saw:\n{story or '  nothing'}"

    async def register(self, timeout_s: float = 5.0) -> Event:
        """Register and wait until the exchange agreed."""
        self.tell("register")
        return await self.wait_for("registered", timeout_s)

    async def unregister(self, timeout_s: float = 5.0) -> Event:
        """Take the registration back and wait for it."""
        self.tell("unregister")
        return await self.wait_for("unregistered", timeout_s)

    def behave(self, **how: object) -> None:
        """answer_after_ms, reject, hangup_after_ms, play; what is not named is off."""
        self.tell("behave", **how)

    async def behaves(self, **how: object) -> None:
        """As `behave`, and wait until it does: what comes next by SIP could overtake the command."""
        order = next(_ORDERS)
        self.behave(**how, order=order)
        await self.wait_for("behaves", 5, order=order)


class PhoneProcess:
    """One phone.py and the phones it holds."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.phones: dict[str, Phone] = {}
        self._process = process
        self._news = asyncio.Condition()
        self._host = Phone("", self)
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls) -> Self:
        """Start phone.py; returns when its SIP library runs."""
        process = await asyncio.create_subprocess_exec(
            *phone_command(), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=2**20
        )
        started = cls(process)
        await started._host.wait_for("ready", 15)
        return started

    def send(self, command: dict[str, object]) -> None:
        """Write one command line."""
        if self._process.stdin is None or self._process.returncode is not None:
            raise AssertionError(f"the phone process has ended ({self._process.returncode})")
        self._process.stdin.write(json.dumps(command).encode() + b"\n")

    async def wait_until(
        self, take: Callable[[], Event | None], timeout_s: float, failure: Callable[[], str]
    ) -> Event:
        """Wait until `take` finds what it looks for among the events.

        Raises:
            AssertionError: it did not within `timeout_s`, or the process ended.
        """
        deadline = time.monotonic() + timeout_s
        async with self._news:
            while (found := take()) is None:
                if self._reader.done():
                    raise AssertionError(f"the phone process has ended\n{failure()}")
                try:
                    await asyncio.wait_for(self._news.wait(), max(0.0, deadline - time.monotonic()))
                except TimeoutError:
                    raise AssertionError(failure()) from None
        return found

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            event: Event = json.loads(line)
            async with self._news:
                self.phones.get(event["phone"], self._host).events.append(event)
                self._news.notify_all()
        async with self._news:
            self._news.notify_all()

    async def stop(self) -> None:
        """End the process."""
        with suppress(AssertionError, ConnectionError):
            self.send({"cmd": "quit"})
        try:
            await asyncio.wait_for(self._process.wait(), 5)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reader


class Phones:
    """Any number of telephones, eight a process, or fewer that have more to do."""

    def __init__(self, a_process: int = PHONES_A_PROCESS) -> None:
        self._processes: list[PhoneProcess] = []
        self._a_process = a_process

    @classmethod
    @asynccontextmanager
    async def started(cls, a_process: int = PHONES_A_PROCESS) -> AsyncIterator[Self]:
        """Phones that are stopped at the end of the block."""
        phones = cls(a_process)
        try:
            yield phones
        finally:
            await phones.stop()

    async def add(
        self, name: str, user: str, password: str, server: str, record: Path | None = None, **more: str
    ) -> Phone:
        """A new phone on its own port; `record` is a directory for what it hears.

        `more`: `bind` (local address, default 127.0.0.1), `port` (UDP) and `identity` (the From header).
        """
        if not self._processes or len(self._processes[-1].phones) >= self._a_process:
            self._processes.append(await PhoneProcess.start())
        process = self._processes[-1]
        phone = process.phones[name] = Phone(name, process)
        phone.tell("add", user=user, password=password, server=server, record=str(record or ""), **more)
        await phone.wait_for("added", 5)
        return phone

    async def citizen(self, name: str, server: str, record: Path | None = None, identity: str = "") -> Phone:
        """A citizen's telephone: on the trunk's address, unregistered; `identity` is its From header."""
        identity = identity or '"0262261234" <sip:0262261234@127.0.0.2>'
        return await self.add(name, "citizen", "", server, record, bind="127.0.0.2", identity=identity)

    async def outside(self, name: str, server: str, port: int, record: Path | None = None) -> Phone:
        """A telephone behind the carrier, which takes the calls that go out, whatever number they are to.

        It must be the first of its `Phones`: a call to a number that none of them has goes to that one.
        """
        identity = "sip:outside@127.0.0.2"
        return await self.add(
            name, "outside", "", server, record, bind="127.0.0.2", port=str(port), identity=identity
        )

    async def stop(self) -> None:
        """End all phone processes."""
        for process in self._processes:
            await process.stop()
        self._processes.clear()
