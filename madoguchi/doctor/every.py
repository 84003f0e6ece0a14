"""All checks, in the order in which they are shown, and the scene that they look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from config import Clock, ConfigError, Home, RunFile, load_settings
from config.clock import OFFSET_VARIABLE
from db import DatabaseError, Head, open_database
from madoguchi.doctor import host, keeping, machine, records, telephony
from madoguchi.doctor.check import Check, Scene

_CHECKS: tuple[tuple[str, Check], ...] = (
    ("settings", machine.settings),
    ("files.owner", machine.owner),
    ("files.keys", machine.key_files),
    ("disk", machine.disk),
    ("packages", host.packages),
    ("clock", host.clock),
    ("zone", host.zone),
    ("names", host.names),
    ("ports", host.ports),
    ("limits", host.limits),
    ("certificates", telephony.certificates),
    ("calendar.holidays", machine.holidays),
    ("instance", machine.instance),
    ("asterisk", machine.asterisk),
    ("trunk", telephony.trunk),
    ("phones", telephony.phones),
    ("fallback.hours", telephony.fallback_hours),
    ("database.tables", records.database_tables),
    ("database.role", records.database_role),
    ("personal.keys", records.personal_keys),
    ("personal.retention", records.personal_retention),
    ("backup", keeping.backup),
    ("reports.sent", keeping.reports_sent),
    ("journal.clock", records.journal_clock),
    ("journal.lag", telephony.journal_lag),
    ("journal.unstored", records.journal_unstored),
    ("figures.identity", records.figures_identity),
    ("journal.printed", records.journal_printed),
)
_LONG: tuple[tuple[str, Check], ...] = (
    ("database.file", records.database_file),
    ("journal.chain", records.journal_chain),
)


def all_checks(*, quick: bool) -> tuple[tuple[str, Check], ...]:
    """The checks by name; ``quick`` leaves out those whose time grows with the records."""
    return _CHECKS if quick else (*_CHECKS, *_LONG)


@contextmanager
def scene_of(home: Home, printed: Head | None = None) -> Iterator[Scene]:
    """The installation as it is; what cannot be had is None in it."""
    settings = run = database = None
    with suppress(ConfigError):
        settings = load_settings(home, make=False)
    with suppress(OSError, ValueError):
        run = RunFile.read(home.run_json)
    with suppress(DatabaseError):
        database = open_database(home=home.path)
    clock = Clock.from_environment()
    if run is not None and OFFSET_VARIABLE not in os.environ:
        clock = Clock(offset_ms=run.clock_offset_ms)
    try:
        yield Scene(home, settings, database, run, clock.now_ms(), printed)
    finally:
        if database is not None:
            database.close()
