"""How Asterisk is started: as whom, in which view of the system, with which directories."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from config import Home
from madoguchi.asterisk_root import Asterisk
from madoguchi.site import PROMPTS, asterisk_paths
from madoguchi.site_context import Paths
from madoguchi.steps import StepError, as_root

ENTER = Path(__file__).with_name("enter-root.sh")
WRITABLE = ("lib", "spool", "run", "log", "cache")
BELOW = ("log/cdr-csv", "spool/recording")
"""What Asterisk or its REST interface expects to be there and does not make."""
RUN_INSIDE = Path("/run/asterisk")
"""In a view of its own, for a socket's path may have 107 bytes and a home's may be longer."""
LOG_LIMIT = 2_000_000
"""Bytes of the console log that are kept from one start to the next."""


@dataclass(frozen=True)
class AsteriskProcess:
    """What is needed to start one instance's Asterisk."""

    command: tuple[str, ...]
    environment: dict[str, str]
    paths: Paths
    control: Path
    """Its command socket, as seen from outside."""
    console: Path
    """What it prints."""
    log: Path
    """Its own messages.log."""


def prepare(asterisk: Asterisk, home: Home) -> AsteriskProcess:
    """Make the directories of `home` that Asterisk writes to, owned by the user that it will be.

    As root it runs as the user `asterisk` of its root; else as whoever we are: both own nothing but these
    directories in its view of the system.

    Raises:
        StepError: no such user, or a path that cannot be used.
    """
    base = home.asterisk
    uid, gid = _user(asterisk)
    in_view = asterisk.own_root or os.geteuid() == 0
    base.mkdir(parents=True, exist_ok=True)
    for name in (*WRITABLE, *BELOW, "etc", "view"):
        (base / name).mkdir(exist_ok=True)
    # Group of the files made in it later: how Asterisk may read, and not change, what holds passwords.
    _give(base / "etc", os.geteuid(), gid, 0o2750)
    for name in (*WRITABLE, *BELOW):
        _give(base / name, uid, gid, 0o750)
    _give(home.recordings, uid, gid, 0o2770)
    for sounds in (home.announcements, home.prompts):
        _give(sounds, os.geteuid(), gid, 0o2750)
    (base / "hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()} A.ROOT-SERVERS.NET\n")
    paths = asterisk_paths(home, RUN_INSIDE if in_view else None)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "TZ": "Asia/Tokyo"}
    named = [f"{key}={value}" for key, value in environment.items()]  # sudo lets none through
    run = ["/usr/bin/env", "-i", *named, asterisk.binary, "-f", "-C", f"{paths.etc}/asterisk.conf"]
    console = home.logs / "asterisk-console.log"
    _trim(console)
    command = run
    if in_view:
        read = (PROMPTS, base / "etc", home.announcements, home.prompts)
        binds = [f"ro:{path}:{path}" for path in read]
        binds += [f"rw:{base / name}:{base / name}" for name in WRITABLE if name != "run"]
        binds += [f"rw:{base / 'run'}:{RUN_INSIDE}", f"rw:{home.recordings}:{home.recordings}"]
        binds += [f"ro:{path}:{path}" for path in _outside_usr(asterisk)]
        for bind in binds:
            if bind.count(":") != 2:
                raise StepError(f"{bind.split(':', 1)[1]}: a path with a colon cannot be used")
        enter = ["unshare", "--mount", "--propagation", "private", "sh", str(ENTER), str(base / "view")]
        command = as_root(
            [*enter, str(asterisk.root), f"{uid}:{gid}", str(base / "hosts"), *binds, "--", *run]
        )
    elif len(os.fsencode(paths.run)) > 90:
        raise StepError(f"{paths.run}: too long a path for a socket", advice="use a shorter --home")
    return AsteriskProcess(
        command=tuple(command),
        environment=environment,
        paths=paths,
        control=base / "run" / "asterisk.ctl",
        console=console,
        log=base / "log" / "messages.log",
    )


def declined(text: str) -> list[str]:
    """Modules that refused to load, by what Asterisk said in its log."""
    named = r"'?([\w.-]+\.so)'?"
    said = (
        rf"{named} (?:declined|could not be loaded)",
        rf"(?:Error loading|Failed to load(?: required)?) module:? {named}",
    )
    return sorted({module for pattern in said for module in re.findall(pattern, text)})


def _user(asterisk: Asterisk) -> tuple[int, int]:
    """User and group id that Asterisk runs as."""
    if os.geteuid() != 0:
        return os.getuid(), os.getgid()
    if not asterisk.own_root:
        try:
            entry = pwd.getpwnam("asterisk")
        except KeyError:
            raise StepError(
                f"{asterisk.binary} must not run as root, and there is no user asterisk here",
                advice="make one: useradd --system asterisk",
            ) from None
        return entry.pw_uid, entry.pw_gid
    for line in (asterisk.root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, _, uid, gid, *_ = line.split(":")
        if name == "asterisk":
            return int(uid), int(gid)
    raise StepError(
        f"{asterisk.root}/etc/passwd: there is no user asterisk", advice="remove it and start again"
    )


def _outside_usr(asterisk: Asterisk) -> list[Path]:
    """Where an Asterisk of the machine's own keeps things that the view of /usr and /etc does not show."""
    if asterisk.own_root:
        return []
    binary = Path(shutil.which(asterisk.binary) or asterisk.binary).resolve().parent
    shown = tuple(Path("/usr") / part for part in ("bin", "sbin", "lib", "lib64", "share"))
    wanted = {binary, asterisk.modules, asterisk.data, Path("/usr/local/lib")}
    return sorted(p for p in wanted if p.is_dir() and not any(p.is_relative_to(s) for s in shown))


def _give(path: Path, uid: int, gid: int, mode: int) -> None:
    """Owner and mode of a directory; of what is in it too, when it was another's."""
    found = path.stat()
    try:
        if (found.st_uid, found.st_gid) != (uid, gid):
            for one in (path, *path.rglob("*")):
                os.chown(one, uid, gid, follow_symlinks=False)
        path.chmod(mode)
    except PermissionError as error:
        advice = "start as that user, or give it away with chown"
        raise StepError(f"{error.filename or path}: belongs to another user", advice=advice) from None


def _trim(log: Path) -> None:
    """Keep a log that is only ever appended to from growing for ever."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))
