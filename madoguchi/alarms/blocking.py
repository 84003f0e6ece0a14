"""Refusing addresses that guess: Asterisk's access list `blocked`, changed while it runs.

DIR/blocked.json says who is refused until when; DIR/asterisk/etc/blocked.d/blocked.conf is made from it.
Nothing else of Asterisk is read anew, and no call notices. A firewall keeps them away better still:
contrib/fail2ban reads the same log.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from config import Home, Settings
from madoguchi.alarms.guesses import Guesses, guesser, never_blocked, proved
from madoguchi.asterisk_cli import CliError, run_cli
from madoguchi.atomic import put_atomically

MOST = 2000
"""Addresses that are refused at once; beyond, those whose time ends first are let in again."""
AT_ONCE = 1 << 20

log = structlog.get_logger()


class Blocks(BaseModel):
    """Who is refused, until when (ms UTC, the machine's clock)."""

    until_ms: dict[str, int] = {}


class SecurityLog:
    """Follows Asterisk's security.log from where it ends now, also over its turning over."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._inode, self._place = self._stamp()
        self._rest = b""

    def _stamp(self) -> tuple[int, int]:
        try:
            found = self._file.stat()
        except OSError:
            return 0, 0
        return found.st_ino, found.st_size

    def lines(self) -> list[str]:
        """What has been written since, whole lines only, a megabyte at a time."""
        inode, size = self._stamp()
        if inode != self._inode or size < self._place:
            self._inode, self._place, self._rest = inode, 0, b""
        if size == self._place:
            return []
        try:
            with self._file.open("rb") as log_file:
                log_file.seek(self._place)
                data = log_file.read(AT_ONCE)
        except OSError:
            return []
        self._place += len(data)
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [line.decode(errors="replace") for line in whole]


class Blocking:
    """Reads the log, counts, and refuses."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._log = SecurityLog(home.asterisk / "log" / "security.log")
        self._guesses = Guesses()

    async def look(self, settings: Settings, now_ms: int) -> list[tuple[str, str, dict[str, object]]]:
        """Take what is new in the log, and let in again whose time is over.

        Returns what happened, for the journal: its kind, the address, and more.
        """
        never, limit = never_blocked(settings.trunk.addresses), settings.sip.block_after
        until_ms = now_ms + round(settings.sip.block_min * 60_000)
        new: dict[str, int] = {}
        for line in await asyncio.to_thread(self._log.lines):
            if (phone := proved(line)) is not None:
                self._guesses.know(phone, now_ms / 1000)
            if (address := guesser(line)) is None or address in new:
                continue
            if (count := self._guesses.take(address, now_ms / 1000, limit, never)) is not None:
                new[address] = count
        self._guesses.forget(now_ms / 1000)
        over = [one for one, until in read(self._home).until_ms.items() if until <= now_ms]
        if not new and not over:
            return []
        with changing(self._home) as blocks:
            for address in over:
                blocks.until_ms.pop(address, None)
            blocks.until_ms.update(dict.fromkeys(new, until_ms))
            for address in sorted(blocks.until_ms, key=blocks.until_ms.__getitem__)[:-MOST]:
                del blocks.until_ms[address]
        await reload(self._home)
        happened: list[tuple[str, str, dict[str, object]]] = [
            ("sip.blocked", one, {"guesses": count, "until_ms": until_ms}) for one, count in new.items()
        ]
        return happened + [("sip.released", one, {}) for one in over]


def read(home: Home) -> Blocks:
    """Who is refused now."""
    try:
        return Blocks.model_validate_json((home.path / "blocked.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return Blocks()


@contextmanager
def changing(home: Home) -> Iterator[Blocks]:
    """Change the list; at the end it is written, for people and for Asterisk. Raises OSError."""
    lock = os.open(home.path / "blocked.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        blocks = read(home)
        yield blocks
        put_atomically(home.path / "blocked.json", (blocks.model_dump_json(indent=1) + "\n").encode())
        folder = home.asterisk / "etc" / "blocked.d"
        folder.mkdir(mode=0o750, exist_ok=True)
        folder.chmod(0o2750 if folder.parent.stat().st_mode & 0o2000 else 0o750)
        text = "".join(f"deny = {one}/{128 if ':' in one else 32}\n" for one in sorted(blocks.until_ms))
        file = folder / "blocked.conf"
        put_atomically(file, text.encode())
        file.chmod(0o640)
    finally:
        os.close(lock)


async def reload(home: Home) -> bool:
    """Let Asterisk read the list; False when it is away (it reads it when it starts)."""
    try:
        await run_cli(home.asterisk / "run" / "asterisk.ctl", "module reload acl")
    except CliError as problem:
        log.warning("sip.list_not_read", why=str(problem))
        return False
    return True
