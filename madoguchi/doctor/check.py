"""What a check is, and running them: none that fails by itself stops the others."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from sqlalchemy.exc import DBAPIError

from config import ConfigError, Home, RunFile, Settings
from db import Database, DatabaseError, Head
from db.vault import VaultError


class Level(StrEnum):
    """How bad it is: `warn` wants somebody to look soon, `fail` at once."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"

    @property
    def exit_status(self) -> int:
        """For monitoring: 0 ok, 1 warn, 2 fail."""
        return list(Level).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``remedy``: what to do; empty when all is well."""

    name: str
    level: Level
    what: str
    remedy: str = ""
    took_ms: int = 0

    def to_json(self) -> dict[str, str | int]:
        """As `--format json` shows it."""
        return {
            "name": self.name,
            "level": self.level.value,
            "what": self.what,
            "remedy": self.remedy,
            "took_ms": self.took_ms,
        }


@dataclass(frozen=True, slots=True)
class Scene:
    """The installation that is looked at.

    ``settings`` and ``database`` are None where they cannot be had (a check says why); ``run`` is None when
    nothing runs. ``now_ms`` is UTC by the instance's clock. ``printed``: a head of the journal from a report,
    to be found again in it.
    """

    home: Home
    settings: Settings | None
    database: Database | None
    run: RunFile | None
    now_ms: int
    printed: Head | None = None


Check = Callable[[Scene], Finding]


def examine(scene: Scene, checks: Iterable[tuple[str, Check]]) -> Iterator[Finding]:
    """Run the checks, by name, in order. What one raises is its finding."""
    for name, check in checks:
        began = time.perf_counter()
        try:
            found = check(scene)
        except (DatabaseError, ConfigError, VaultError) as problem:
            found = Finding(name, Level.FAIL, str(problem))
        except DBAPIError as problem:
            why = (str(problem.orig).strip().splitlines() or ["no reason given"])[0]
            found = Finding(name, Level.FAIL, f"the database cannot be read: {why}", "put back a backup")
        except OSError as problem:
            found = Finding(name, Level.FAIL, f"{problem.filename or name}: {problem.strerror or problem}")
        yield replace(found, took_ms=round((time.perf_counter() - began) * 1000))
