"""Checks of what keeps the records, and hands them over: the backup, the reports sent."""

from __future__ import annotations

import time
from pathlib import Path

from madoguchi.backup.archive import passphrase_of
from madoguchi.backup.kept import LastBackup
from madoguchi.delivery.clock import failures, pending
from madoguchi.doctor.check import Finding, Level, Scene

HOUR_MS = 3_600_000


def backup(scene: Scene) -> Finding:
    """There is a backup, it is fresh, proved, and still where it was put."""
    name = "backup"
    if scene.settings is None:
        return Finding(name, Level.WARN, "the settings cannot be read")
    last = LastBackup.read(scene.home)
    if last is None:
        return Finding(name, Level.WARN, "none was ever made", "run every day: madoguchi backup")
    hours = (time.time_ns() // 1_000_000 - last.made_ms) / HOUR_MS
    if hours > scene.settings.backup.warn_after_h:
        what = f"the newest is {hours:.0f} hours old ({last.file})"
        return Finding(name, Level.WARN, what, "run it, and see why the timer did not: madoguchi backup")
    if not last.proved:
        return Finding(name, Level.WARN, f"{last.file}: was not proved", "madoguchi restore --check FILE")
    file = Path(last.file)
    if file.parent.is_dir() and not file.is_file():
        return Finding(name, Level.WARN, f"{last.file}: is gone", "run: madoguchi backup")
    passphrase_of(scene.home, None, None)  # one that cannot be read would stop the next one
    keys = "" if last.keys else ", without the keys: keep DIR/keys elsewhere"
    return Finding(name, Level.OK, f"{hours:.0f} hours old, proved, {last.bytes / 1e6:.0f} MB{keys}")


def reports_sent(scene: Scene) -> Finding:
    """What the instance made by itself has gone to the city, where [report.sftp] and [report.mail] say so."""
    name = "reports.sent"
    if scene.settings is None or scene.database is None:
        return Finding(name, Level.WARN, "the settings or the database cannot be read")
    rules = scene.settings.report
    if rules.sftp is None and rules.mail is None:
        return Finding(name, Level.OK, "not asked for: they are fetched from their directory")
    failed = failures(scene.database, rules, scene.now_ms)
    if failed:
        return Finding(name, Level.WARN, "; ".join(failed), "mend what is named; they are tried again")
    late = [
        one for one in pending(scene.database, rules, scene.now_ms) if scene.now_ms - one.since_ms > HOUR_MS
    ]
    if late:
        return Finding(name, Level.WARN, f"{len(late)} wait for more than an hour", "does the instance run?")
    return Finding(name, Level.OK, "all have gone")
