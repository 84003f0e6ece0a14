"""Checks of the machine below the installation: clock, zone, names, ports, packages, limits."""

from __future__ import annotations

import ctypes
import os
import re
import socket
import sys
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import text

from config import JST, ConfigError, RunFile
from madoguchi.doctor.check import Finding, Level, Scene
from madoguchi.home_lock import is_running
from madoguchi.ports import must_be_free
from madoguchi.site import PROJECT

LOCK = PROJECT / "requirements.lock"
LOOKUP_WITHIN_S = 3.0
SLOW_S = 1.0
APART_S = 2.0
"""A database's clock may differ so much from ours before it is told."""
ROOT_SERVER = "A.ROOT-SERVERS.NET"
_UNSYNCHRONIZED = 5  # TIME_ERROR of adjtimex(2)


def packages(_: Scene) -> Finding:
    """The Python packages are those of the lock file."""
    name = "packages"
    try:
        lines = LOCK.read_text(encoding="utf-8").splitlines()
    except OSError:
        return Finding(name, Level.OK, f"Python {sys.version.split()[0]}; {LOCK} is not here")
    read = (re.fullmatch(r"([\w.-]+)==(\S+) \\", line.rstrip()) for line in lines)
    wanted = {match[1]: match[2] for match in read if match}
    wrong = [
        f"{one} {found or 'missing'}, not {it}" for one, it in wanted.items() if (found := _of(one)) != it
    ]
    if wrong:
        more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        return Finding(name, Level.WARN, "; ".join(wrong[:3]) + more, "run bin/up: it installs them")
    return Finding(name, Level.OK, f"Python {sys.version.split()[0]}, {len(wanted)} packages as locked")


def _of(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def clock(scene: Scene) -> Finding:
    """The machine's clock is kept right by somebody, and the database's agrees with it."""
    name = "clock"
    if scene.database is not None and not scene.database.is_sqlite:
        with scene.database.read() as connection:
            theirs = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
        if abs(theirs - time.time()) > APART_S:
            what = f"the database's clock is {theirs - time.time():+.0f} s from ours"
            return Finding(name, Level.WARN, what, "keep both machines' clocks right (NTP)")
    kept = kernel_clock()
    if kept is None:
        return Finding(
            name, Level.OK, "not known: the kernel tells nobody here; ask outside of the container"
        )
    if kept == _UNSYNCHRONIZED:
        what = "nobody keeps the machine's clock right; hours and figures depend on it"
        return Finding(
            name, Level.WARN, what, "set up chrony or systemd-timesyncd with the network's time server"
        )
    return Finding(name, Level.OK, "is kept right")


def kernel_clock() -> int | None:
    """What adjtimex(2) returns; 5: not synchronized; None: it cannot be asked here."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        answer = int(libc.adjtimex(ctypes.create_string_buffer(512)))  # struct timex, modes 0: only read
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else answer


def zone(_: Scene) -> Finding:
    """Japanese time can be told, whatever the machine's zone is."""
    name = "zone"
    offset = datetime.now(JST).utcoffset()
    if offset != timedelta(hours=9):
        what = f"Asia/Tokyo is {offset} from UTC"
        return Finding(name, Level.FAIL, what, "install the package tzdata, and unset PYTHONTZPATH")
    machine = time.strftime("%Z (UTC%z)")
    return Finding(name, Level.OK, f"Asia/Tokyo; the machine's own is {machine}, which only its timers go by")


def names(scene: Scene) -> Finding:
    """The own name and a root server are looked up at once: Asterisk stands still 5 s without an answer."""
    name = "names"
    known = ""
    hosts = scene.home.asterisk / "hosts"
    if hosts.is_file():
        known = hosts.read_text(encoding="utf-8", errors="replace")
    own = socket.gethostname()
    slow = [one for one in (own, ROOT_SERVER) if one not in known.split() and lookup_s(one) > SLOW_S]
    if not slow:
        return Finding(name, Level.OK, f"{own} and {ROOT_SERVER} are found at once")
    what = f"looking up {', '.join(slow)} takes over {SLOW_S:g} s: calls stand still for 5 s at a time"
    return Finding(name, Level.FAIL, what, f'add to /etc/hosts: "127.0.0.1 {own} {ROOT_SERVER}"')


def lookup_s(host: str) -> float:
    """How long a look-up takes, found or not; at most 3 s."""

    def look() -> None:
        with suppress(OSError):  # that there is no such name is an answer too
            socket.getaddrinfo(host, None)

    began = time.monotonic()
    thread = threading.Thread(target=look, daemon=True)  # one that hangs is left behind
    thread.start()
    thread.join(LOOKUP_WITHIN_S)
    return time.monotonic() - began


def ports(scene: Scene) -> Finding:
    """SIP answers, if an instance runs; else its ports are free. Media ports are not the system's own."""
    name = "ports"
    if scene.settings is None:
        return Finding(name, Level.WARN, "the settings cannot be read")
    sip = scene.settings.sip
    low, high = _outgoing()
    if sip.rtp_first <= high and sip.rtp_last >= low:
        what = f"media ports {sip.rtp_first} to {sip.rtp_last} lie in the system's own range {low} to {high}"
        return Finding(name, Level.WARN, what, "[sip] rtp_first, rtp_last: choose ports below it")
    if scene.run is not None and is_running(scene.home):
        host, port = _exchange(scene.run, sip.port)
        took_ms = sip_answers(host, port)
        where = f"{host}:{port}"
        if took_ms is None:
            remedy = "is there a firewall, is Asterisk there? logs/asterisk-console.log"
            return Finding(name, Level.FAIL, f"SIP at {where} (UDP) does not answer", remedy)
        return Finding(name, Level.OK, f"SIP at {where} answers in {took_ms} ms")
    try:
        must_be_free(sip.port, "127.0.0.1", "[sip] port", socket.SOCK_DGRAM)
        must_be_free(scene.settings.ari.port, "127.0.0.1", "[ari] port", socket.SOCK_STREAM)
        must_be_free(scene.settings.desk.port, "127.0.0.1", "[desk] port", socket.SOCK_STREAM)
    except ConfigError as taken:
        return Finding(name, Level.WARN, str(taken), "another service has it: stop that, or choose another")
    return Finding(name, Level.OK, "all are free for the next start")


def _exchange(run: RunFile, own_port: int) -> tuple[str, int]:
    """Where the exchange's SIP is for us. On another machine, or in a container of its own, it is where its
    REST interface is: the address in run.json is what phones see from outside.
    """
    there = urlsplit(run.ari.url).hostname or "localhost"
    if there not in ("127.0.0.1", "::1", "localhost"):
        return there, own_port
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(run.sip.host, run.sip.host), run.sip.port  # noqa: S104


def sip_answers(host: str, port: int, within_s: float = 2.0) -> int | None:
    """How many ms an OPTIONS takes to be answered, whatever the answer is; None: it was not."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.settimeout(within_s)
        try:
            one.connect((host, port))
            own = f"{one.getsockname()[0]}:{one.getsockname()[1]}"
            token = os.urandom(8).hex()
            lines = (
                f"OPTIONS sip:doctor@{host}:{port} SIP/2.0",
                f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{token};rport",
                f"From: <sip:doctor@{own}>;tag={token}", f"To: <sip:doctor@{host}>", f"Call-ID: {token}",
                "CSeq: 1 OPTIONS", "Max-Forwards: 1", "Content-Length: 0",
            )  # fmt: skip
            began = time.perf_counter()
            one.send("".join(f"{line}\r\n" for line in (*lines, "")).encode())
            answer = one.recv(4096)
        except OSError:
            return None
    return round((time.perf_counter() - began) * 1000) if answer.startswith(b"SIP/2.0 ") else None


def _outgoing() -> tuple[int, int]:
    """The ports that Linux takes for connections by itself."""
    try:
        low, high = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    except (OSError, ValueError):
        return 32768, 60999
    return int(low), int(high)


def limits(scene: Scene) -> Finding:
    """Asterisk may open as many files as its calls need, and there is memory."""
    name = "limits"
    free = _available_mb()
    if free is not None and free < 200:
        what = f"{free} MB of memory are left"
        return Finding(name, Level.WARN, what, "see what takes it: ps aux --sort -rss | head")
    if scene.run is None or scene.settings is None or not scene.run.asterisk_pid:
        return Finding(
            name, Level.OK, "no instance runs here" if free is None else f"{free} MB of memory are left"
        )
    needed = (
        8 * scene.settings.call_limit() + 200
    )  # two legs of a call, each with two media ports and some pipes
    found = _files_allowed(scene.run.asterisk_pid)
    if found is not None and found < needed:
        what = f"Asterisk may open {found} files; {scene.settings.call_limit()} calls may need {needed}"
        return Finding(
            name, Level.WARN, what, f"LimitNOFILE={needed} in the unit, or ulimit -n before bin/up"
        )
    return Finding(name, Level.OK, f"{found or 'enough'} files, {free} MB of memory are left")


def _files_allowed(pid: int) -> int | None:
    try:
        said = Path(f"/proc/{pid}/limits").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^Max open files\s+(\d+)", said, re.MULTILINE)
    return int(found[1]) if found else None


def _available_mb() -> int | None:
    try:
        found = re.search(r"MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="ascii"))
    except OSError:
        return None
    return int(found[1]) // 1024 if found else None
