"""One run a home: the lock that says so, and what a run that was killed has left behind."""

from __future__ import annotations

import fcntl
import os
import select
import signal
from pathlib import Path
from typing import TextIO

from config import ConfigError, Home, RunFile

_KEPT: list[HomeLock] = []
"""So that none is closed before the exec."""


class HomeLock:
    """Held by `bin/up` as long as it lives; the kernel frees it however it ends."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    @classmethod
    def take(cls, home: Home) -> HomeLock:
        """Take the lock of a home.

        Raises:
            ConfigError: another bin/up runs there, or the directory cannot be written.
        """
        path = home.path / "up.lock"
        try:
            file = path.open("a+", encoding="utf-8")
        except OSError as error:
            raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise ConfigError(
                f"--home {home.path}: Madoguchi runs there already (process {holder}); "
                "stop that one first, or name another directory"
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        return cls(file)

    def keep_over_exec(self) -> None:
        """Leave it to the program that this process becomes."""
        os.set_inheritable(self._file.fileno(), True)
        _KEPT.append(self)

    def close(self) -> None:
        """Give it back."""
        self._file.close()


def is_running(home: Home) -> bool:
    """Whether somebody holds the lock of a home."""
    try:
        with (home.path / "up.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def end_leftovers(home: Home, patience_s: float = 5) -> list[str]:
    """End what a run of this home that was killed has left running; returns what was ended.

    To be called under the lock: whoever is named in run.json then has no supervisor any more.
    """
    try:
        left = RunFile.read(home.run_json)
    except (OSError, ValueError):
        return []
    ended = []
    for name, pid in (("controller", left.controller_pid), ("Asterisk", left.asterisk_pid)):
        if pid > 0 and _is_of(pid, home.path):
            _end(pid, patience_s)
            ended.append(f"{name} (process {pid})")
    home.run_json.unlink(missing_ok=True)
    return ended


def _is_of(pid: int, home: Path) -> bool:
    """Whether that process was started for this home: numbers are given again, to anybody."""
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    place = os.fsencode(home)
    return any(argument == place or argument.startswith(place + b"/") for argument in arguments)


def _end(pid: int, patience_s: float) -> None:
    try:
        descriptor = os.pidfd_open(pid)
    except OSError:
        return
    try:
        for number in (signal.SIGTERM, signal.SIGKILL):
            signal.pidfd_send_signal(descriptor, number)
            if select.select([descriptor], [], [], patience_s)[0]:
                return
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)
