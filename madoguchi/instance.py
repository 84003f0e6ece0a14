"""One running Madoguchi: Asterisk, the controller with the desk, and what `run.json` says of them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from config import Home, RunFile, Secrets, Settings
from config.clock import OFFSET_VARIABLE
from config.fall import write_fall
from madoguchi.asterisk_cli import CliError, run_cli
from madoguchi.asterisk_process import AsteriskProcess, declined
from madoguchi.desk_tls import trusting
from madoguchi.reach import run_file
from madoguchi.site import PROJECT, Ports
from madoguchi.steps import StepError, Steps
from madoguchi.supervise import MISTAKE, Child, Supervisor
from madoguchi.watchdog import Rest, Watchdog

BOOT_WITHIN_S = 30.0
READY_WITHIN_S = 60.0
LOOK_EVERY_S = 0.05
ALARMS_AFTER_S = 10.0
CONTROLLER_STOPS_WITHIN_S = 10.0
ASTERISK_STOPS_WITHIN_S = 8.0


@dataclass(frozen=True)
class Plan:
    """What was found out and decided before anything is started."""

    home: Home
    settings: Settings
    secrets: Secrets
    ports: Ports
    bind: str
    offset_ms: int
    asterisk_version: str
    process: AsteriskProcess
    demo: bool = False
    desk_certificate: str = ""

    @property
    def host(self) -> str:
        """Where to reach what listens on `bind`."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104
        return f"[{host}]" if ":" in host else host

    @property
    def desk_url(self) -> str:
        """Where the pages and the API are."""
        return f"{'https' if self.desk_certificate else 'http'}://{self.host}:{self.ports.desk}"

    @property
    def ari_url(self) -> str:
        """Where the controller finds Asterisk."""
        return f"http://{self.settings.ari.host}:{self.ports.ari}/ari"


class Instance:
    """Starts what a plan says, keeps it running and stops it. `run.json` is there from start to stop."""

    def __init__(self, plan: Plan, steps: Steps, say: Callable[[str], None]) -> None:
        self.plan = plan
        self.steps = steps
        self._say = say
        self._written = False
        self._written_pid = 0
        self._tls = trusting(plan.desk_certificate)
        self._watching: asyncio.Task[None] | None = None
        self._answered_in = 0
        """The process id of the controller that has answered."""
        self._guarding: asyncio.Task[None] | None = None
        self.supervisor = Supervisor(say=say, changed=self._write_run_file, died=self._died)
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
        ours = {**inherited, OFFSET_VARIABLE: str(plan.offset_ms), "PYTHONPATH": str(PROJECT)}
        home, process = plan.home, plan.process
        self.asterisk = Child(
            "Asterisk", process.command, process.environment, process.console,
            first_delay_s=1.0, pid_file=None if os.geteuid() == 0 else home.asterisk / "run/asterisk.pid",
        )  # fmt: skip
        python = [sys.executable, "-m"]
        self.controller = Child(
            "the controller",
            [*python, "madoguchi.serve", "--home", str(home.path), "--ari-url", plan.ari_url,
             "--desk-host", plan.bind, "--desk-port", str(plan.ports.desk)],
            ours, home.logs / "controller-output.log",
        )  # fmt: skip
        self.alarms = Child(
            "the alarms", [*python, "madoguchi.alarms", "--home", str(home.path)],
            ours, home.logs / "alarms-output.log", first_delay_s=1.0,
        )  # fmt: skip
        self.demo = Child(
            "the demonstration", [*python, "madoguchi.demo", "--home", str(home.path)],
            ours, home.logs / "demo-output.log", first_delay_s=1.0,
        )  # fmt: skip

        watch = plan.settings.watch
        self.standby: Child | None = None
        if watch.standby:
            # Two of a kind: who has the lease commands, the other waits for it.
            self.controller.command = [*self.controller.command, "--standby", "here"]
            self.standby = Child(
                "the standby", self.controller.command, ours, home.logs / "standby-output.log",
            )  # fmt: skip
        self._rest = Rest(plan.ari_url, plan.secrets.ari_user, plan.secrets.ari_password)
        self.watchdog = Watchdog(
            ask=self._rest,
            alive=self._lives,
            restart=self._end_frozen,
            say=say,
            app=plan.settings.ari.app,
            hand_over_s=watch.hand_over_s,
            restart_s=watch.restart_s,
        )

    async def start(self) -> bool:
        """Start all; True when it is ready, False when a signal came first.

        Raises:
            StepError: something does not come up; says what it said.
        """
        self.supervisor.listen_to_signals()
        with self.steps.step("Starting Asterisk"):
            await self.asterisk.start()
            self._write_run_file()
            # At once, not after Asterisk: its own start takes as long as Asterisk's, and it waits by itself.
            await self.controller.start()
            self._write_run_file()
            await self._until(self._booted, self.asterisk, BOOT_WITHIN_S)
            self._refuse_declined()
        with self.steps.step("Starting the controller and the desk"):
            await self._until(self._answers, self.controller, READY_WITHIN_S)
            self._answered_in = self._commanding()
        self.supervisor.keep(self.asterisk)
        self.supervisor.keep(self.controller)
        if self.standby is not None and not self.supervisor.stopping.is_set():
            await self.standby.start()
            self.supervisor.keep(self.standby)
        if self.plan.demo and not self.supervisor.stopping.is_set():
            await self.demo.start()
            self.supervisor.keep(self.demo)
        self._watching = asyncio.create_task(self._watch(), name="alarms")
        self._guarding = asyncio.create_task(self.watchdog.run(), name="watchdog")
        self._write_run_file()
        return not self.supervisor.stopping.is_set()

    async def _watch(self) -> None:
        """Start the process that watches, when the others have had time to settle."""
        await asyncio.sleep(ALARMS_AFTER_S)
        await self.alarms.start()
        self.supervisor.keep(self.alarms)

    async def stop(self) -> None:
        """Stop all: calls in progress may end first, then the controller, then Asterisk."""
        self.supervisor.stopping.set()
        for task in (self._watching, self._guarding):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._rest.close()
        await self.supervisor.stop(self.alarms, 5)
        await self.supervisor.stop(self.demo, 5)
        drain_s = self.plan.settings.stop.drain_s
        if (
            drain_s > 0
            and self.asterisk.running
            and self.controller.running
            and not self.supervisor.hurry.is_set()
        ):
            await self._drain(drain_s)
        if self.standby is not None:
            await self.supervisor.stop(self.standby, CONTROLLER_STOPS_WITHIN_S)
        await self.supervisor.stop(self.controller, CONTROLLER_STOPS_WITHIN_S)
        await self.supervisor.stop(self.asterisk, ASTERISK_STOPS_WITHIN_S)
        self.plan.home.run_json.unlink(missing_ok=True)

    async def _drain(self, drain_s: float) -> None:
        """Take no new calls, and let the controller bring those that are there to their end."""
        with suppress(CliError):
            await run_cli(self.plan.process.control, "core stop gracefully")
        self._say(f"calls in progress may end within {drain_s:g} s; press Ctrl-C again to stop at once")
        hurry = asyncio.create_task(self.supervisor.hurry.wait())
        empty = asyncio.create_task(self.asterisk.wait())
        await asyncio.wait({hurry, empty}, timeout=drain_s, return_when=asyncio.FIRST_COMPLETED)
        for task in (hurry, empty):
            task.cancel()

    async def _until(self, holds: Callable[[], Awaitable[bool]], child: Child, within_s: float) -> None:
        """Wait for a condition, while the child lives and nobody wants to stop."""
        deadline = time.monotonic() + within_s
        while not self.supervisor.stopping.is_set():
            if await holds():
                return
            if not child.running:
                raise self._failed(child, f"{child.name} ended while it was starting")
            if time.monotonic() > deadline:
                raise self._failed(child, f"{child.name} is not ready after {within_s:g} s")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _booted(self) -> bool:
        try:
            # Answers only when all modules are loaded and the dialplan is in force.
            return "fully booted" in await run_cli(self.plan.process.control, "core waitfullybooted")
        except CliError:
            return False

    def _commanding(self) -> int:
        """Process id of the controller that commands; 0 when there is none."""
        if self.standby is None:
            return self.controller.pid
        with suppress(OSError, ValueError):
            leader = int(self.plan.home.leader.read_text())
            if leader in (self.controller.pid, self.standby.pid):
                return leader
        return 0

    def _end_frozen(self) -> None:
        for child in (self.controller, self.standby):
            if child is not None and child.pid and child.pid == self._commanding():
                child.send(signal.SIGKILL)  # a frozen one hears no other signal
                return

    async def _answers(self) -> bool:
        """Whether it is connected to Asterisk and to the database."""
        return await self._says_200("/readyz")

    async def _lives(self) -> bool:
        """Whether the controller's process answers; also when it never has: it may upgrade the database, or
        wait for it.
        """
        life = self._commanding()
        if life and life != self._written_pid:
            self._write_run_file()
        if await self._says_200("/healthz"):
            self._answered_in = life
        elif self._answered_in == life and life:
            return False
        return True

    async def _says_200(self, path: str) -> bool:
        try:
            async with asyncio.timeout(2):
                reader, writer = await asyncio.open_connection(
                    self.plan.host.strip("[]"), self.plan.ports.desk, ssl=self._tls
                )
                try:
                    writer.write(f"GET {path} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
                    status = await reader.readline()
                finally:
                    writer.close()
        except (OSError, TimeoutError):  # ssl.SSLError is an OSError
            return False
        return b" 200" in status

    def _refuse_declined(self) -> None:
        modules = declined(self.asterisk.said(20_000))
        if modules:
            raise self._failed(self.asterisk, f"Asterisk could not load {', '.join(modules)}")

    def _failed(self, child: Child, what: str) -> StepError:
        modules = declined(child.said(20_000)) if child is self.asterisk else []
        if child.status == MISTAKE:
            return StepError(child.said().strip().removeprefix("madoguchi: ") or what)
        if modules and modules[0] not in what:
            what += f": it could not load {', '.join(modules)}"
        tail = [line for line in child.said().splitlines() if line.strip()][-15:]
        return StepError(
            what, command=child.command, tail=tail, advice=f"read {child.output} and {self.plan.home.logs}"
        )

    def _died(self, child: Child) -> None:
        if child is self.asterisk:
            with suppress(OSError):
                write_fall(self.plan.home, time.time_ns() // 1_000_000)

    def _write_run_file(self) -> None:
        """Say which processes run. The rest of the file is the controller's once it serves: it knows of the
        settings that were read anew since.
        """
        plan = self.plan
        self._written_pid = self._commanding()
        if self._written:
            with suppress(OSError, ValueError):
                RunFile.read(plan.home.run_json).model_copy(
                    update={"controller_pid": self._commanding(), "asterisk_pid": self.asterisk.pid}
                ).write(plan.home.run_json)
                return
        self._written = True
        run_file(
            plan.settings,
            plan.secrets,
            processes=(os.getpid(), self._commanding(), self.asterisk.pid),
            desk_url=plan.desk_url,
            sip=(plan.host.strip("[]"), plan.ports.sip),
            ari_url=plan.ari_url,
            trunk_port=plan.ports.trunk,
            tls_port=plan.ports.tls,
            offset_ms=plan.offset_ms,
            asterisk_version=plan.asterisk_version,
            desk_certificate=plan.desk_certificate,
        ).write(plan.home.run_json)
