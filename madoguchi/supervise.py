"""Starts the children of a run, watches them, starts again what dies, and stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

HEALTHY_S = 60.0
"""A child that lived so long begins its delays anew."""
LONGEST_DELAY_S = 4.0
"""Far below the watchdog's patience (15 s): however often a controller dies, who waits keeps the place."""
MISTAKE = 2
"""Exit status of a child that names, in what it printed last, a mistake of the user's."""
REPLACED = 3
"""Exit status of a controller that another one has replaced: started again, the two would fight."""


@dataclass
class Child:
    """One process of the run.

    `delays_s` come in order between a death and the next start; then they double, up to 4 s. `pid_file`
    names the process when what we started is only a door to it (sudo).
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    output: Path
    first_delay_s: float = 0.0
    pid_file: Path | None = None
    process: asyncio.subprocess.Process | None = None
    starts: int = 0
    deaths: int = 0
    output_from: int = 0
    """Size of the output file when it was started last: what is after that is this life's."""
    started_at: float = 0.0

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.returncode is None

    @property
    def status(self) -> int | None:
        """Its exit status (negative: the signal that ended it); None while it runs or before it began."""
        return self.process.returncode if self.process is not None else None

    @property
    def pid(self) -> int:
        """Of the process itself; 0 when it does not run."""
        if self.process is None or not self.running:
            return 0
        return self._written_pid() or self.process.pid

    def _written_pid(self) -> int | None:
        if self.pid_file is not None:
            with contextlib.suppress(OSError, ValueError):
                return int(self.pid_file.read_text())
        return None

    def said(self, limit: int = 4000) -> str:
        """The end of what it printed in this life."""
        try:
            with self.output.open("rb") as file:
                end = file.seek(0, os.SEEK_END)
                file.seek(max(self.output_from, end - limit))
                return file.read().decode(errors="replace")
        except OSError:
            return ""

    async def start(self) -> None:
        """Start it in a process group of its own: a Ctrl-C at the terminal reaches only the supervisor.

        Not in a session of its own: sudo knows by the terminal that it need not ask again.

        Raises:
            OSError: its program cannot be run.
        """
        self.output.parent.mkdir(parents=True, exist_ok=True)
        if self.pid_file is not None:
            self.pid_file.unlink(missing_ok=True)  # of a life that ended badly: another process by now
        descriptor = os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            self.output_from = os.fstat(descriptor).st_size
            self.process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=dict(self.environment),
                process_group=0,
            )
        finally:
            os.close(descriptor)
        self.starts += 1
        self.started_at = time.monotonic()

    async def until_named(self, within_s: float = 10) -> None:
        """Wait until `pid` is the process itself's and not the door's, if there is a door."""
        deadline = time.monotonic() + within_s
        # Another program writes the file, so there is nothing but to look.
        while self.pid_file and not self._written_pid():
            if not self.running or time.monotonic() > deadline:
                return
            await asyncio.sleep(0.05)

    def send(self, number: signal.Signals) -> None:
        """Send a signal; to a process that is gone, or to sudo before its command runs, it is nothing."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid := self.pid:
                os.kill(pid, number)

    async def wait(self) -> int:
        """Its exit status (negative: the signal that ended it), when it has ended; 0 if it never began."""
        return await self.process.wait() if self.process is not None else 0

    async def ended(self, timeout_s: float) -> bool:
        """Wait for its end; whether it came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                await self.wait()
        except TimeoutError:
            return False
        return True

    async def stop(self, patience_s: float) -> None:
        """Ask it to end; after `patience_s` end it."""
        self.send(signal.SIGTERM)
        if not await self.ended(patience_s):
            self.send(signal.SIGKILL)
            await self.ended(5)

    def next_delay_s(self) -> float:
        """How long to wait after a death: 0 (or `first_delay_s`), 1, 2, 4 s and no more."""
        if time.monotonic() - self.started_at > HEALTHY_S:
            self.deaths = 0
        self.deaths += 1
        if self.deaths == 1:
            return self.first_delay_s
        return min(LONGEST_DELAY_S, 2.0 ** (self.deaths - 2))


class Supervisor:
    """Keeps the children alive until it is told to stop. `changed` is called after each restart and death."""

    def __init__(
        self,
        *,
        say: Callable[[str], None],
        changed: Callable[[], None],
        died: Callable[[Child], None] = lambda _child: None,
    ) -> None:
        """`died`: called at once when a child has ended that was to live."""
        self.stopping = asyncio.Event()
        """Set when the run is to end: from then on nothing is started again."""
        self.hurry = asyncio.Event()
        """Set by a second request to stop."""
        self._say = say
        self._changed = changed
        self._died = died
        self._watchers: dict[str, asyncio.Task[None]] = {}

    def listen_to_signals(self) -> None:
        """SIGINT and SIGTERM stop the run; a second one stops waiting for calls."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.request_stop)

    def request_stop(self) -> None:
        """What a signal does."""
        (self.hurry if self.stopping.is_set() else self.stopping).set()

    def keep(self, child: Child) -> None:
        """From now on start a child that runs again whenever it dies."""
        self._watchers[child.name] = asyncio.create_task(self._watch(child), name=f"watch {child.name}")

    async def stop(self, child: Child, patience_s: float) -> None:
        """Stop a child (one that never began, too); it is not started again."""
        self.stopping.set()
        await child.stop(patience_s)
        if watcher := self._watchers.pop(child.name, None):
            await watcher

    async def _watch(self, child: Child) -> None:
        while True:
            status = await child.wait()
            if self.stopping.is_set():
                return
            self._died(child)
            if status == REPLACED:
                self._say(f"{child.name}: another one has taken its place; it is not started again")
                self._changed()
                return
            delay_s = child.next_delay_s()
            how = f"signal {-status}" if status < 0 else f"exit status {status}"
            again = f"starting it again in {delay_s:g} s" if delay_s else "starting it again"
            self._say(f"{child.name} ended ({how}); {again}. See {child.output}")
            self._changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay_s):
                    await self.stopping.wait()
            if self.stopping.is_set():
                return
            try:
                await child.start()
            except OSError as error:
                self._say(f"{child.name} cannot be started: {error}")
            await child.until_named()
            if self.stopping.is_set():
                child.send(signal.SIGTERM)  # the request came while it was being started
            self._changed()
