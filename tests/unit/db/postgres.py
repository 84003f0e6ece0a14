"""A real PostgreSQL server for tests: its own cluster in a temporary directory, on a free loopback port."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

USER = "madoguchi"


def binaries() -> Path:
    """The newest installed server's programs; a clear failure when there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_version)
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise AssertionError("no PostgreSQL server found: install the Debian package `postgresql`")


def _version(program: Path) -> int:
    return int(re.sub(r"\D.*", "", program.parent.parent.name) or 0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One cluster. PostgreSQL refuses to run as root: then it runs as the package's own user.

    `address`: where it listens. `within`: the beginning of a command that runs the rest on another machine
    (`tests.rig.machines`); `network`: who may come from there.
    """

    def __init__(
        self, address: str = "127.0.0.1", *, within: Sequence[str] = (), network: str = "127.0.0.1/32"
    ) -> None:
        self.address = address
        self._within = list(within)
        self._programs = binaries()
        self._directory = Path(tempfile.mkdtemp(prefix="madoguchi-pg-"))
        self._data = self._directory / "data"
        self._as: list[str] = []
        if os.geteuid() == 0:
            shutil.chown(self._directory, "postgres", "postgres")
            self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.port = free_port()
        try:
            self._run("initdb", "-D", self._data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
            with (self._data / "pg_hba.conf").open("a") as rules:
                rules.write(f"host all all {network} trust\n")
            self.start()
        except BaseException:
            shutil.rmtree(self._directory, ignore_errors=True)
            raise

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://{USER}@{self.address}:{self.port}/{name}"

    def create(self, name: str) -> str:
        """A fresh, empty database; returns its URL."""
        self._run("createdb", "-h", self.address, "-p", str(self.port), "-U", USER, name)
        return self.url(name)

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses={self.address} -c unix_socket_directories="
        log = self._directory / "log"
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", "-l", log, "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", mode, "stop")

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self._within, *self._as, str(self._programs / program), *map(str, arguments)]
        # The server inherits our output: a pipe would never see its end.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd="/",
                check=False,
                timeout=120,
            )
            output.seek(0)
            assert done.returncode == 0, f"{' '.join(command)}:\n{output.read().decode(errors='replace')}"
