"""Checks of what is around the exchange: the carrier, the seats' phones, certificates, fallback."""

from __future__ import annotations

import asyncio
import json
import re
import time
import urllib.error
import urllib.request
from typing import Any

from config import Settings
from madoguchi.asterisk_cli import CliError, run_cli
from madoguchi.certificates import days_left, in_use
from madoguchi.desk_tls import trusting
from madoguchi.doctor.check import Finding, Level, Scene
from madoguchi.home_lock import is_running
from madoguchi.site import CALENDAR_DAYS

WITHIN_S = 5.0
LATE_MS = 5_000
"""Rows that wait longer for the database are told."""
CERTIFICATE_DAYS = 30
"""So many days before its end a certificate is told."""
DAY_S = 86_400


def trunk(scene: Scene) -> Finding:
    """The carrier knows us."""
    name = "trunk"
    if scene.settings is None:
        return Finding(name, Level.WARN, "the settings cannot be read")
    trunk = scene.settings.trunk
    if trunk.profile != "hikari":
        return Finding(name, Level.OK, f"calls come from {', '.join(trunk.addresses)}, without registration")
    if trunk.password is not None:
        remedy = "move it into keys/trunk-password (chmod 600)"
        return Finding(name, Level.WARN, "[trunk] password stands in the settings", remedy)
    if not is_running(scene.home):
        return Finding(name, Level.OK, "no instance runs")
    control = scene.home.asterisk / "run" / "asterisk.ctl"
    try:
        said = asyncio.run(run_cli(control, "pjsip show registrations", timeout_s=WITHIN_S))
    except CliError as problem:
        return Finding(name, Level.FAIL, f"Asterisk cannot be asked: {problem}", "logs/asterisk-console.log")
    found = re.search(r"^\s*trunk/.*?(Registered|Unregistered|Rejected|Stopped)", said, re.MULTILINE)
    state = found[1] if found else "unknown"
    if state == "Registered":
        return Finding(name, Level.OK, f"registered with {trunk.gateway}")
    remedy = "[trunk] gateway, user, domain and keys/trunk-password; asterisk/log/messages.log"
    return Finding(
        name, Level.FAIL, f"not registered with {trunk.gateway}: {state}: no calls come in", remedy
    )


def phones(scene: Scene) -> Finding:
    """The seats' phones are there, at least while the line is open."""
    name = "phones"
    live = _live(scene)
    if live is None:
        return Finding(name, Level.OK, "no instance runs, or it does not answer")
    away = [str(seat["seat"]) for seat in live["seats"] if seat["phone"] != "registered"]
    if not away:
        return Finding(name, Level.OK, f"all {len(live['seats'])} are registered")
    what = f"not registered: seat {', '.join(away)}"
    if live["line"]["state"] != "open":
        return Finding(name, Level.OK, f"{what} (the line is not open now)")
    level = Level.FAIL if len(away) == len(live["seats"]) else Level.WARN
    remedy = (
        "switch the phones on; user, password, server: madoguchi seats --passwords; asterisk/log/security.log"
    )
    return Finding(name, level, what, remedy)


def journal_lag(scene: Scene) -> Finding:
    """What happens is in the database soon after."""
    name = "journal.lag"
    live = _live(scene)
    if live is None:
        return Finding(name, Level.OK, "no instance runs, or it does not answer")
    if live["lag_ms"] > LATE_MS:
        what = f"the database is {live['lag_ms'] / 1000:.0f} s behind"
        return Finding(name, Level.FAIL, what, "is the database there, is its disk full? logs/controller.log")
    return Finding(name, Level.OK, f"{live['lag_ms']} ms")


def certificates(scene: Scene) -> Finding:
    """No certificate ends soon."""
    name = "certificates"
    found = sorted(
        (left, path)
        for path in in_use(scene.home, scene.settings or Settings())
        for left in [days_left(path)]
    )
    if not found:
        return Finding(name, Level.OK, "none in use: SIP and pages without TLS")
    left, path = found[0]
    remedy = f"put a new one in its place and restart; one that was made here: remove {path}, restart"
    if left < 0:
        return Finding(name, Level.FAIL, f"{path}: ended {-left:.0f} days ago", remedy)
    if left < CERTIFICATE_DAYS:
        return Finding(name, Level.WARN, f"{path}: ends in {left:.0f} days", remedy)
    return Finding(name, Level.OK, f"{path}: {left:.0f} days left")


def fallback_hours(scene: Scene) -> Finding:
    """The exchange's own calendar, for when no controller is there, reaches far enough."""
    name = "fallback.hours"
    file = scene.home.asterisk / "etc" / "calendar.conf"
    if not file.is_file():
        return Finding(name, Level.OK, "not written yet")
    left = CALENDAR_DAYS - (time.time() - file.stat().st_mtime) / DAY_S
    if left < 60:
        what = f"the exchange alone knows the hours of {max(0, left):.0f} more days"
        return Finding(name, Level.WARN, what, "madoguchi config reload writes them anew")
    return Finding(name, Level.OK, f"known for {left:.0f} days")


def _live(scene: Scene) -> Any:
    """`GET /live` of the instance; None: it cannot be had, which another check tells."""
    if scene.run is None or not is_running(scene.home):
        return None
    request = urllib.request.Request(  # noqa: S310  # our own run file's
        f"{scene.run.desk_url}/api/v1/live", headers={"Authorization": f"Bearer {scene.run.api_token}"}
    )
    try:
        with urllib.request.urlopen(  # noqa: S310  # likewise
            request, timeout=WITHIN_S, context=trusting(scene.run.desk_certificate)
        ) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None
