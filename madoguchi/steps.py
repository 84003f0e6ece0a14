"""Numbered steps of a set-up, as whoever waits for them sees them; a failed step says what to do."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

TAIL_LINES = 15
NEWS_EVERY_S = 10.0
"""How often a long command shows that it lives, by its last line of output."""


class StepError(Exception):
    """Something could not be done: what, why (a command's last words, or a sentence), and what to do."""

    def __init__(
        self, what: str, *, advice: str = "", command: Sequence[str] = (), tail: Sequence[str] = ()
    ) -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice
        self.command = tuple(command)
        self.tail = tuple(tail)

    def __str__(self) -> str:
        lines = [self.what]
        if self.command:
            lines.append(f"  Command: {shlex.join(self.command)}")
        if self.tail:
            lines += ["  Its last lines:", *(f"    {line}" for line in self.tail)]
        if self.advice:
            lines.append(f"  What to do: {self.advice}")
        return "\n".join(lines)


class Steps:
    """Prints `[2/5] Asterisk … done (0.1 s)`. Notes and warnings go beneath the step they belong to."""

    def __init__(self, total: int, out: TextIO | None = None) -> None:
        self.total = total
        self.number = 0
        self._out = out or sys.stdout
        self._open = False
        """A step's line was begun and nothing has been printed under it."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """One step; says how long it took, or that it failed (the error goes on to the caller)."""
        self.number += 1
        started = time.monotonic()
        self._print(f"[{self.number}/{self.total}] {title} …", end="")
        self._open = True
        try:
            yield
        except BaseException:
            self._finish("failed")
            raise
        self._finish(f"done ({time.monotonic() - started:.1f} s)")

    def note(self, text: str) -> None:
        """A line about the step that runs."""
        if self._open:
            self._open = False
            self._print("")
        self._print(f"      {text}")

    def warn(self, text: str) -> None:
        """A note that must not be overlooked; on standard error as well when that is another place."""
        self.note(f"WARNING: {text}")
        if not self._out.isatty() and sys.stderr.isatty():
            print(f"WARNING: {text}", file=sys.stderr)

    def run(self, what: str, command: Sequence[str], *, advice: str, timeout_s: float = 1800) -> list[str]:
        """Run a command, showing its latest line from time to time; returns its last lines of output.

        Raises:
            StepError: it cannot be started, takes longer than `timeout_s`, or its exit status is not 0.
        """
        tail: deque[str] = deque(maxlen=TAIL_LINES)
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", env={**os.environ, "LC_ALL": "C.UTF-8"},
            )  # fmt: skip
        except OSError as error:
            raise StepError(f"{what}: {error}", advice=advice, command=command) from None
        reader = threading.Thread(target=_read_tail, args=(process, tail), daemon=True)
        reader.start()
        try:
            self._wait(process, what, tail, timeout_s)
        except subprocess.TimeoutExpired:
            late = f"{what}: not done after {timeout_s:.0f} s"
            raise StepError(late, advice=advice, command=command, tail=[*tail]) from None
        finally:
            _end(process)  # also when we are interrupted: it must not work on behind our back
        reader.join(timeout=5)
        if process.returncode != 0:
            raise StepError(
                f"{what}: exit status {process.returncode}", advice=advice, command=command, tail=[*tail]
            )
        return [*tail]

    def _wait(self, process: subprocess.Popen[str], what: str, tail: Sequence[str], timeout_s: float) -> None:
        """Wait for its end with news from time to time; raises TimeoutExpired after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                process.wait(min(NEWS_EVERY_S, max(0.0, deadline - time.monotonic())))
            except subprocess.TimeoutExpired:
                if time.monotonic() >= deadline:
                    raise
                waited = timeout_s - (deadline - time.monotonic())
                self.note(f"{waited:.0f} s: {tail[-1][:90] if tail else what}")
            else:
                return

    def _finish(self, word: str) -> None:
        self._print(f" {word}" if self._open else f"      {word}")
        self._open = False

    def _print(self, text: str, end: str = "\n") -> None:
        print(text, end=end, file=self._out, flush=True)


def _end(process: subprocess.Popen[str], patience_s: float = 3) -> None:
    if process.poll() is not None:
        return
    with contextlib.suppress(PermissionError):  # sudo's, which the terminal has told already
        process.terminate()
    try:
        process.wait(patience_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(PermissionError):
            process.kill()
            process.wait()


def _read_tail(process: subprocess.Popen[str], tail: deque[str]) -> None:
    for line in process.stdout or ():
        if line.strip():
            tail.append(line.rstrip())


def as_root(command: Sequence[str], *, may_ask: bool = True) -> list[str]:
    """`command` as root will run it: itself when we are root, else through sudo.

    Args:
        command: A program and its arguments.
        may_ask: Whether sudo may ask for a password; not where nobody is there to answer.

    Raises:
        StepError: we are not root and there is no sudo.
    """
    if os.geteuid() == 0:
        return [*command]
    if shutil.which("sudo") is None:
        raise StepError(
            f"{command[0]} must run as root, and there is no sudo here",
            advice="start bin/up as root, or install sudo, or put an asterisk of 22.8 or newer on the PATH",
        )
    return ["sudo", *command] if may_ask else ["sudo", "-n", *command]


def cache_directory() -> Path:
    """Where what is made once for all clones stands: `MADOGUCHI_CACHE`, else the user's cache directory."""
    named = os.environ.get("MADOGUCHI_CACHE")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = (Path(named) if named else base / "madoguchi").absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StepError(
            f"{path}: {error.strerror}", advice="name another place with MADOGUCHI_CACHE"
        ) from None
    return path
