"""A bare Debian with systemd as its first process, for what only an installed machine shows.

    async with BootedDebian.started(folder) as machine:
        status, said = await machine.run("systemctl is-active madoguchi")

It has its own files, processes and users; the network is that of the machine that it runs on. Needs root and
systemd-nspawn.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from madoguchi.debian_root import Facts, Recipe, ensure
from madoguchi.steps import Steps
from tests.rig.world import ROOT, eventually

PACKAGES = ("systemd", "systemd-sysv", "dbus", "sudo", "ca-certificates")
PROJECT = "/opt/madoguchi"
_GIVEN = ("PIP_", "SSL_CERT_", "REQUESTS_CA_", "MADOGUCHI_DEBIAN_")
"""Variables of this machine by which packages are found, as an engineer would set them there."""


def can_boot() -> str:
    """Why no machine can be booted here; "" when one can."""
    if os.geteuid():
        return "only root boots a machine"
    return (
        ""
        if shutil.which("systemd-nspawn")
        else "systemd-nspawn is not here: apt-get install systemd-container"
    )


def _verify(root: Path) -> Facts:
    return {"systemd": str((root / "lib/systemd/systemd").stat().st_size)}


class BootedDebian:
    """The machine, with a clone of this project in /opt/madoguchi and nothing of it installed."""

    def __init__(self, root: Path, process: asyncio.subprocess.Process) -> None:
        self.root = root
        self._process = process
        self._first = 0

    @classmethod
    @asynccontextmanager
    async def started(cls, folder: Path, suite: str = "bookworm") -> AsyncIterator[Self]:
        """Boot it in `folder`; it is shut down afterwards."""
        root = await asyncio.to_thread(_laid_out, folder, suite)
        with (folder / "boot.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                "systemd-nspawn", "--quiet", "--directory", str(root), "--boot", "--register=no",
                "--keep-unit", "--machine=counter",
                stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        machine = cls(root, process)
        try:
            await eventually(machine._has_booted, 60, f"a booted machine ({folder / 'boot.log'})")
            yield machine
        finally:
            process.terminate()  # an orderly shutdown
            try:
                await asyncio.wait_for(process.wait(), 60)
            except TimeoutError:
                process.kill()
                await process.wait()

    async def run(self, command: str, within_s: float = 60) -> tuple[int, str]:
        """Run it as root in the project's directory; its exit status, and all that it said."""
        given = [f"{name}={value}" for name, value in os.environ.items() if name.startswith(_GIVEN)]
        process = await asyncio.create_subprocess_exec(
            "nsenter", "--target", str(self._first), "--all", "env", "-i", "HOME=/root", "LANG=C.UTF-8",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *given,
            "bash", "-c", f"cd {PROJECT} && {command}",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(), within_s)
        return process.returncode or 0, said.decode(errors="replace")

    async def _has_booted(self) -> bool:
        self._first = self._first or _first_process(self._process.pid)
        if not self._first:
            return False
        _, said = await self.run("systemctl is-system-running")
        return said.strip() in ("running", "degraded")


def _laid_out(folder: Path, suite: str) -> Path:
    """A copy of the bare system, with the project and with what it needs to find packages."""
    bare, _ = ensure(Recipe(f"bare-{suite}", suite, PACKAGES, _verify), Steps(1))
    root = folder / "root"
    subprocess.run(["cp", "-a", bare, root], check=True)
    subprocess.run(["git", "clone", "-q", "--no-hardlinks", ROOT, root / PROJECT.lstrip("/")], check=True)
    (root / "etc/hostname").write_text("counter\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost counter\n")
    for name in ("/etc/resolv.conf", "/etc/ssl/certs/ca-certificates.crt", "/etc/pip.conf"):
        if Path(name).exists():
            shutil.copy(name, root / name.lstrip("/"))
    return root


def _first_process(pid: int) -> int:
    """The machine's process 1, below systemd-nspawn; 0 while there is none."""
    try:
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if Path(f"/proc/{pid}/comm").read_text().strip() == "systemd":
            return pid
    except OSError:
        return 0
    return max(map(_first_process, map(int, below)), default=0)
