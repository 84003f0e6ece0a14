"""Asterisk and the controllers apart from each other, as on machines of their own: nothing of `bin/up`.

The exchange's machine has the state directory that all is made in; each controller has a copy of its settings
and keys, and sees Asterisk's records as by a shared directory.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path

import aiohttp

from config import Home, load_secrets, load_settings, parse_local, to_ms
from config.clock import OFFSET_VARIABLE
from madoguchi.asterisk_cli import CliError, run_cli
from madoguchi.asterisk_process import AsteriskProcess, prepare
from madoguchi.asterisk_root import find_asterisk
from madoguchi.placement import Placement
from madoguchi.reach import run_file
from madoguchi.render import render
from madoguchi.site import Ports
from madoguchi.steps import Steps
from tests.rig.world import ROOT, eventually

DESK_PORT = 8080


class Exchange:
    """An Asterisk of its own, whose REST interface listens where `[ari] host` of the settings says."""

    def __init__(self, home: Home, at: str) -> None:
        self.home = home
        settings = load_settings(home)
        home.prepare()
        secrets = load_secrets(home, settings)
        self.process: AsteriskProcess = prepare(find_asterisk(Steps(1, StringIO())), home)
        ports = Ports(
            settings.sip.port,
            settings.ari.port,
            DESK_PORT,
            settings.sip.rtp_first,
            settings.sip.rtp_last,
            settings.sip.tls_port,
            settings.trunk.port,
        )
        now_ms = time.time_ns() // 1_000_000
        self.offset_ms = to_ms(parse_local(at)) - now_ms
        placement = Placement(
            ports=ports, bind="127.0.0.1", run=Path(self.process.paths.run), offset_ms=self.offset_ms
        )
        placement.write(home)
        render(placement.context(home, settings, secrets, now_ms=now_ms), home.asterisk / "etc")
        self.ari_url = f"http://{settings.ari.host}:{ports.ari}/ari"
        run_file(
            settings, secrets,
            processes=(0, 0, 0), desk_url="", sip=("127.0.0.1", ports.sip), ari_url=self.ari_url,
            trunk_port=ports.trunk, offset_ms=self.offset_ms,
        ).write(home.run_json)  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Up for the block, where this thread is."""
        with self.process.console.open("ab") as console:
            child = await asyncio.create_subprocess_exec(
                *self.process.command, env=self.process.environment, stdin=subprocess.DEVNULL,
                stdout=console, stderr=console, process_group=0,
            )  # fmt: skip
        try:
            await eventually(self._booted, 60, "Asterisk has booted")
            yield
        finally:
            if child.returncode is None:
                child.terminate()
                try:
                    await asyncio.wait_for(child.wait(), 15)
                except TimeoutError:
                    child.kill()
                    await child.wait()

    async def _booted(self) -> bool:
        try:
            return "fully booted" in await run_cli(self.process.control, "core waitfullybooted")
        except CliError:
            return False


class Controller:
    """One controller on a machine of its own, that takes the lease or stands by."""

    def __init__(
        self, exchange: Exchange, home: Path, database: str, address: str, within: list[str], like: Path
    ) -> None:
        """`address`: of its machine; `within`: the beginning of a command that runs the rest there; `like`:
        the home that is copied. The key of personal data is made by the first controller that starts.
        """
        self.home = home
        self.address = address
        self.desk_url = f"http://{address}:{DESK_PORT}"
        ours_alone = ("asterisk", "logs", "run.json", "leader", "output.log")
        shutil.copytree(like, home, ignore=shutil.ignore_patterns(*ours_alone))
        (home / "asterisk").mkdir()
        (home / "asterisk" / "log").symlink_to(exchange.home.asterisk / "log")
        self._command = [
            *within, sys.executable, "-m", "madoguchi.serve", "--home", str(home),
            "--ari-url", exchange.ari_url, "--desk-host", address, "--desk-port", str(DESK_PORT), "--standby",
        ]  # fmt: skip
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "MADOGUCHI_DATABASE_URL": database,
            OFFSET_VARIABLE: str(exchange.offset_ms),
        }
        self._child: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it stands by, or takes the lease."""
        with (self.home / "output.log").open("ab") as output:
            self._child = await asyncio.create_subprocess_exec(
                *self._command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL,
                stdout=output, stderr=output,
            )  # fmt: skip

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        assert self._child is not None
        return self._child.returncode

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self._child is not None
        self._child.send_signal(number)

    async def ended(self, within_s: float) -> int:
        """Its exit status (negative: a signal), once it has ended.

        Raises:
            AssertionError: it did not.
        """
        assert self._child is not None
        try:
            return await asyncio.wait_for(self._child.wait(), within_s)
        except TimeoutError:
            raise AssertionError(f"{self.home.name} has not ended within {within_s} s") from None

    async def stop(self) -> None:
        """End it, whatever state it is in."""
        if self._child is not None and self._child.returncode is None:
            self.send(signal.SIGKILL)
            await self._child.wait()

    async def commands(self, session: aiohttp.ClientSession) -> bool:
        """Whether it is ready: connected to Asterisk, reconciled, and the database answers."""
        try:
            async with asyncio.timeout(1), session.get(f"{self.desk_url}/readyz") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    def logged(self, event: str) -> int:
        """How many lines of its log say this."""
        file = self.home / "logs" / "controller.log"
        lines = file.read_text(errors="replace").splitlines() if file.exists() else []
        return sum(json.loads(line).get("event") == event for line in lines)
