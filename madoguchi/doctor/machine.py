"""Checks of the installation around the records: settings, files, keys, the instance, disk, holidays."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import urllib.error
import urllib.request

from config import ConfigError, load_settings
from config.runfile import AriAccess
from ivr.holiday_file import holidays_in
from madoguchi.asterisk_root import DOUBTFUL, LOWEST
from madoguchi.desk_tls import trusting
from madoguchi.doctor.check import Finding, Level, Scene
from madoguchi.home_lock import is_running
from reports.period import day_of

GIGABYTE = 1 << 30
READY_WITHIN_S = 5.0
_LOGS = "read logs/up.log and logs/controller.log"


def settings(scene: Scene) -> Finding:
    """madoguchi.toml is right."""
    name = "settings"
    try:
        load_settings(scene.home, make=False)
    except ConfigError as problem:
        return Finding(name, Level.FAIL, str(problem).splitlines()[0], "mend it: madoguchi config check")
    return Finding(name, Level.OK, f"{scene.home.toml}: no mistakes")


def key_files(scene: Scene) -> Finding:
    """Keys and run.json can be read by their owner only."""
    name = "files.keys"
    keys = scene.home.keys
    if not keys.is_dir():
        return Finding(name, Level.WARN, f"{keys}: not there yet", "start Madoguchi once")
    wide = [
        f"{path.relative_to(scene.home.path)} ({path.stat().st_mode & 0o777:03o})"
        for path in (keys, *sorted(keys.rglob("*")), scene.home.run_json)
        if path.exists() and path.stat().st_mode & 0o077
    ]
    if wide:
        remedy = f"chmod -R go= {keys} {scene.home.run_json}"
        return Finding(name, Level.FAIL, f"others than the owner may read {', '.join(wide)}", remedy)
    return Finding(name, Level.OK, f"{keys}: of its owner only")


def instance(scene: Scene) -> Finding:
    """Whether an instance runs, and answers."""
    name = "instance"
    runs = is_running(scene.home)
    if scene.run is None:
        if runs:
            return Finding(name, Level.WARN, "is starting, or its run.json was removed")
        return Finding(name, Level.OK, "does not run")
    if not runs:
        what = f"{scene.home.run_json}: is there, but nothing runs: the last run was killed"
        return Finding(name, Level.WARN, what, "start Madoguchi; calls have been served by Asterisk alone")
    url = f"{scene.run.desk_url}/readyz"
    try:
        with urllib.request.urlopen(  # noqa: S310  # our own run file's
            url, timeout=READY_WITHIN_S, context=trusting(scene.run.desk_certificate)
        ) as answer:
            ready = answer.status == 200
    except urllib.error.HTTPError as problem:
        return Finding(name, Level.FAIL, f"{url}: {problem.code}: runs, but is not ready", _LOGS)
    except OSError as problem:
        return Finding(name, Level.FAIL, f"{url}: runs, but does not answer: {problem}", _LOGS)
    return Finding(name, Level.OK if ready else Level.FAIL, f"{scene.run.desk_url}: runs and is ready")


def _version_by_rest(ari: AriAccess) -> str:
    """What an Asterisk that another unit or container has started says of itself; "" when it does not."""
    ask = urllib.request.Request(f"{ari.url}/asterisk/info?only=system")  # noqa: S310  # our own run file's
    pair = base64.b64encode(f"{ari.user}:{ari.password}".encode()).decode()
    ask.add_header("Authorization", f"Basic {pair}")
    try:
        with urllib.request.urlopen(ask, timeout=READY_WITHIN_S) as answer:  # noqa: S310
            told = json.load(answer)
        return f"Asterisk {told['system']['version']}"
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def asterisk(scene: Scene) -> Finding:
    """The version of Asterisk that runs is one that we know to be good."""
    name = "asterisk"
    if scene.run is None or not is_running(scene.home):
        return Finding(name, Level.OK, "does not run")
    said = scene.run.asterisk_version or _version_by_rest(scene.run.ari)
    if not said:
        return Finding(name, Level.WARN, f"{scene.run.ari.url}: does not tell its version", _LOGS)
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", said)
    if found is None:
        return Finding(name, Level.WARN, f"its version is unknown: {said}")
    version = tuple(int(part) for part in found.groups() if part is not None)
    if version[:2] < LOWEST:
        lowest = ".".join(map(str, LOWEST))
        return Finding(name, Level.FAIL, f"{said} is too old", f"use {lowest} or newer")
    for doubtful, why in DOUBTFUL.items():
        if version[: len(doubtful)] == doubtful:
            return Finding(name, Level.WARN, said, why)
    return Finding(name, Level.OK, said)


def disk(scene: Scene) -> Finding:
    """There is room for the records."""
    name = "disk"
    place = scene.home.path
    while not place.exists():
        place = place.parent
    usage = shutil.disk_usage(place)
    free = f"{usage.free / GIGABYTE:.1f} GB free ({100 * usage.free // usage.total} %)"
    if usage.free < GIGABYTE // 5:
        return Finding(name, Level.FAIL, free, "make room: calls cannot be written down soon")
    if usage.free < 2 * GIGABYTE or usage.free < usage.total // 50:
        return Finding(name, Level.WARN, free, "make room")
    return Finding(name, Level.OK, free)


def holidays(scene: Scene) -> Finding:
    """The table of public holidays reaches far enough."""
    name = "calendar.holidays"
    table = holidays_in(scene.home)
    alarm = table.alarm(day_of(scene.now_ms))
    reach = f"the table reaches to the end of {table.last_year}"
    if alarm is not None:
        return Finding(name, Level.WARN, alarm, "run: madoguchi holidays import FILE")
    return Finding(name, Level.OK, reach)


def owner(scene: Scene) -> Finding:
    """The state directory belongs to whoever runs this: else files of two owners come about."""
    name = "files.owner"
    if not scene.home.path.exists():
        return Finding(name, Level.FAIL, f"{scene.home}: no such directory", "start Madoguchi once")
    uid = scene.home.path.stat().st_uid
    if uid != os.geteuid():
        what = f"{scene.home}: belongs to user {uid}, this is user {os.geteuid()}"
        return Finding(name, Level.WARN, what, "run the commands as the service's user")
    return Finding(name, Level.OK, f"{scene.home}: ours")
