"""Keeps the logs that nobody else keeps short: Asterisk's own, and what the processes print.

Not touched: the call records (cdr-csv) and the queue log, which the figures are checked with.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from pathlib import Path

import aiohttp
import structlog

from config import Home, RunFile

LIMIT = 10 * 1024 * 1024
KEPT = 10
OF_ASTERISK = ("messages.log", "security.log")
"""Asterisk holds them open and turns them over itself, by its REST interface."""
PRINTED = ("up.log", "controller-output.log", "alarms-output.log", "demo-output.log", "asterisk-console.log")
"""Only ever appended to, so they can be copied and emptied in place."""
WITHIN_S = 5.0

log = structlog.get_logger()


async def rotate(session: aiohttp.ClientSession, home: Home, limit: int = LIMIT) -> list[str]:
    """Turn over what is longer than ``limit`` bytes; returns the names. Never raises."""
    done = []
    for name in OF_ASTERISK:
        file = home.asterisk / "log" / name
        if _longer(file, limit) and await _by_asterisk(session, home, name):
            done.append(name)
        drop(file)
    for name in PRINTED:
        file = home.logs / name
        if _longer(file, limit):
            try:
                turn_over(file)
            except OSError as problem:
                log.warning("logs.not_rotated", file=name, why=str(problem))
            else:
                done.append(name)
    return done


def turn_over(file: Path) -> None:
    """Copy it to NAME.1, those before to NAME.2 …, and empty it. Whoever appends goes on. Raises OSError."""
    file.with_name(f"{file.name}.{KEPT - 1}").unlink(missing_ok=True)
    for number in range(KEPT - 2, 0, -1):
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}.{number}").rename(file.with_name(f"{file.name}.{number + 1}"))
    shutil.copy2(file, file.with_name(f"{file.name}.1"))
    with file.open("r+b") as open_file:
        open_file.truncate(0)


def drop(file: Path) -> None:
    """Delete the oldest of those that Asterisk has turned over: NAME.0 is its newest."""
    for old in file.parent.glob(f"{file.name}.*"):
        found = re.fullmatch(rf"{re.escape(file.name)}\.(\d+)", old.name)
        if found and int(found[1]) >= KEPT - 1:
            with suppress(OSError):
                old.unlink()


async def _by_asterisk(session: aiohttp.ClientSession, home: Home, name: str) -> bool:
    try:
        access = RunFile.read(home.run_json).ari
        async with session.put(
            f"{access.url}/asterisk/logging/{name}/rotate",
            headers={"Authorization": aiohttp.encode_basic_auth(access.user, access.password)},
            timeout=aiohttp.ClientTimeout(total=WITHIN_S),
        ) as answer:
            answer.raise_for_status()
    except (OSError, ValueError, aiohttp.ClientError, TimeoutError) as problem:
        log.warning("logs.not_rotated", file=name, why=str(problem))
        return False
    return True


def _longer(file: Path, limit: int) -> bool:
    try:
        return file.stat().st_size > limit
    except OSError:
        return False
