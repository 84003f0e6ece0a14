"""The start of the container `madoguchi`, and of the service: writes Asterisk's configuration, then serves.

Asterisk runs in a container, or a service, of its own; a container waits for `asterisk/etc/rendered` on the
volume that both see at the same path. The serving process waits for the database and for Asterisk by itself.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
import time
from pathlib import Path

from config import ConfigError, Home, load_secrets, load_settings
from config.kept import keep
from madoguchi.asterisk_process import BELOW, WRITABLE
from madoguchi.desk_tls import pair_of
from madoguchi.home_lock import HomeLock
from madoguchi.placement import Placement
from madoguchi.reach import run_file
from madoguchi.render import render
from madoguchi.sip_certificate import place_certificate
from madoguchi.site import Ports, asterisk_paths
from madoguchi.steps import StepError
from madoguchi.stored_overrides import overrides_at

EVERYWHERE = "0.0.0.0"  # noqa: S104  # inside a container; what the world sees is what compose publishes
RENDERED = "rendered"


def prepare(home: Home, bind: str = EVERYWHERE, ari_bind: str = EVERYWHERE) -> list[str]:
    """Write Asterisk's configuration and run.json; returns the command that serves.

    Raises:
        ConfigError: a mistake in the settings or in a variable.
        StepError: something cannot be written.
    """
    settings = load_settings(home)
    home.prepare()
    secrets = load_secrets(home, settings)
    keep(home, settings)
    for name in (*WRITABLE, *BELOW):
        (home.asterisk / name).mkdir(exist_ok=True)
    names = f"127.0.0.1 localhost {socket.gethostname()} A.ROOT-SERVERS.NET\n"
    (home.asterisk / "hosts").write_text(names)
    ports = Ports(
        settings.sip.port,
        settings.ari.port,
        settings.desk.port,
        settings.sip.rtp_first,
        settings.sip.rtp_last,
        settings.sip.tls_port,
        settings.trunk.port,
    )
    placement = Placement(ports=ports, bind=bind, ari_bind=ari_bind, run=Path(asterisk_paths(home).run))
    placement.write(home)
    place_certificate(home, settings, bind)
    now_ms = time.time_ns() // 1_000_000
    context = placement.context(home, settings, secrets, now_ms=now_ms, overrides=overrides_at(home))
    etc = home.asterisk / "etc"
    render(context, etc)
    (etc / RENDERED).touch()
    pair = pair_of(home, settings, settings.sip.public_address or "127.0.0.1")
    scheme = "http" if pair is None else "https"
    # As seen from the host, where compose publishes the ports under these numbers.
    here = "127.0.0.1" if bind in (EVERYWHERE, "::") else bind
    outside = settings.sip.public_address or here
    ari_url = f"http://{settings.ari.host}:{ports.ari}/ari"
    run_file(
        settings, secrets,
        processes=(os.getpid(), os.getpid(), 0),
        desk_url=f"{scheme}://{outside}:{os.environ.get('MADOGUCHI_DESK_PORT') or ports.desk}",
        sip=(outside, int(os.environ.get("MADOGUCHI_SIP_PORT") or ports.sip)),
        ari_url=ari_url,
        trunk_port=ports.trunk,
        desk_certificate="" if pair is None else str(pair.certificate),
        tls_port=ports.tls,
    ).write(home.run_json)  # fmt: skip
    serve = [sys.executable, "-m", "madoguchi.serve", "--home", str(home.path), "--ari-url", ari_url]
    return [*serve, "--desk-host", bind, "--desk-port", str(ports.desk)]


def main(given: list[str] | None = None) -> int:
    """Prepare, then become the serving process."""
    parser = argparse.ArgumentParser(prog="python -m madoguchi.container")
    parser.add_argument("--home", default=os.environ.get("MADOGUCHI_HOME") or "/var/lib/madoguchi")
    parser.add_argument("--bind", default=EVERYWHERE, help="address of SIP and of the desk")
    parser.add_argument("--ari-bind", default=EVERYWHERE, help="address of the Asterisk REST Interface")
    parser.add_argument("--standby", action="store_true", help="there are controllers on other machines")
    asked = parser.parse_args(given)
    home = Home(asked.home)
    try:
        home.path.mkdir(mode=0o750, parents=True, exist_ok=True)
        HomeLock.take(home).keep_over_exec()
        command = prepare(home, asked.bind, asked.ari_bind)
        if asked.standby:
            command.append("--standby")
    except (ConfigError, StepError) as error:
        print(f"madoguchi: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"madoguchi: {error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    os.execv(command[0], command)  # noqa: S606  # no shell is wanted
    return 0


if __name__ == "__main__":
    sys.exit(main())
