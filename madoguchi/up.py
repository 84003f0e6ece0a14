"""`bin/up`: sets up what is missing; starts Asterisk, the controller and the desk; stays until stopped."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import ipaddress
import signal
import sys
import time
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from config import JST, ConfigError, Home, from_ms, load_secrets, load_settings, parse_local, to_ms
from config.kept import keep
from db import DatabaseError, open_database
from madoguchi import demo_site
from madoguchi.asterisk_process import prepare
from madoguchi.asterisk_root import find_asterisk
from madoguchi.demo_site import Doors
from madoguchi.desk_tls import pair_of
from madoguchi.home_lock import HomeLock, end_leftovers
from madoguchi.instance import Instance, Plan
from madoguchi.placement import Placement
from madoguchi.ports import RtpClaim, choose_ports
from madoguchi.render import render
from madoguchi.sip_certificate import place_certificate
from madoguchi.steps import StepError, Steps
from madoguchi.stored_overrides import overrides_at

STEPS = 4


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    """What was asked for; ends the process with status 2 for an unknown argument or a wrong value."""
    parser = argparse.ArgumentParser(prog="bin/up", description=__doc__, allow_abbrev=False)
    parser.add_argument("--home", default="var", metavar="DIR", help="state directory (default: var)")
    parser.add_argument("--at", metavar="TIME", help='start the clock here: "2022-05-08 08:29:50" (Japan)')
    parser.add_argument("--free-ports", action="store_true", help="take free ports instead of the configured")
    parser.add_argument("--bind", default="127.0.0.1", metavar="ADDR", help="address of SIP and of the desk")
    parser.add_argument("--demo", action="store_true", help="also start simulated citizens and operators")
    asked = parser.parse_args(given)
    try:
        asked.at_ms = to_ms(parse_local(asked.at)) if asked.at is not None else None
    except ValueError as error:
        parser.error(f"--at: {error}")
    try:
        ipaddress.ip_address(asked.bind)
    except ValueError:
        parser.error(f"--bind: {asked.bind!r} is not an IP address")
    if asked.demo and importlib.util.find_spec("madoguchi.demo") is None:
        parser.error("--demo: there is no demonstration in this version")
    return asked


def run(asked: argparse.Namespace) -> int:
    """Set up, start, wait, stop; the exit status.

    Raises:
        ConfigError: a mistake of the user's.
        StepError: something could not be done.
    """
    home = Home(asked.home)
    if asked.demo:
        demo_site.settle(home)
    settings = load_settings(home)
    try:
        home.prepare()
    except OSError as error:
        raise ConfigError(f"--home {home.path}: cannot be written: {error.strerror}") from None
    with closing(HomeLock.take(home)), closing(RtpClaim()) as claim:
        steps = Steps(STEPS)
        for leftover in end_leftovers(home):
            say(home, f"a run of {home} that was killed had left {leftover}; it has been ended")
        ports = choose_ports(settings, asked.bind, free=asked.free_ports, claim=claim)
        with steps.step("Asterisk"):
            asterisk = find_asterisk(steps)
            where = f"{asterisk.root}" if asterisk.own_root else asterisk.binary
            steps.note(f"{asterisk.version} ({where})")
        with steps.step("Keys and configuration"):
            secrets = load_secrets(home, settings)
            keep(home, settings)
            pair = pair_of(home, settings, asked.bind)
            if pair is None and not ipaddress.ip_address(asked.bind).is_loopback:
                steps.warn(
                    f"the pages on {asked.bind} are without TLS: passwords and citizens' data go over the "
                    'network as plain text. Set [desk] tls = "generate", or a certificate, in madoguchi.toml'
                )
            process = prepare(asterisk, home)
            # The fallback's calendar is rendered with it, so the offset is fixed here, a moment before the
            # start: at READY the clock shows TIME and the second or two that the start has taken.
            now_ms = time.time_ns() // 1_000_000
            if asked.demo and asked.at_ms is None:
                asked.at_ms = demo_site.moment(home, settings, now_ms)
            offset_ms = 0 if asked.at_ms is None else asked.at_ms - now_ms
            placement = Placement(
                ports=ports, bind=asked.bind, run=Path(process.paths.run), offset_ms=offset_ms
            )
            placement.write(home)
            place_certificate(home, settings, asked.bind)
            said = overrides_at(home)
            render(
                placement.context(home, settings, secrets, now_ms=now_ms, overrides=said),
                home.asterisk / "etc",
            )
        if asked.demo and (rows := demo_site.past(home, settings, now_ms + offset_ms)):
            say(
                home,
                f"an invented past of {demo_site.WEEKS} weeks has been put into the journal ({rows} rows)",
            )
        plan = Plan(
            home,
            settings,
            secrets,
            ports,
            asked.bind,
            offset_ms,
            asterisk.version,
            process,
            demo=asked.demo,
            desk_certificate="" if pair is None else str(pair.certificate),
        )
        return asyncio.run(serve(plan, steps))


async def serve(plan: Plan, steps: Steps) -> int:
    """Start, announce, stay, stop."""
    instance = Instance(plan, steps, lambda text: say(plan.home, text))
    try:
        if await instance.start():
            doors = await asyncio.to_thread(demo_doors, plan) if plan.demo else None
            announce(plan, await asyncio.to_thread(first_account, plan), doors)
            await instance.supervisor.stopping.wait()
        say(plan.home, "stopping")
    finally:
        await instance.stop()
    say(plan.home, "stopped")
    return 0


def demo_doors(plan: Plan) -> Doors | None:
    """The ways into a demonstration; None: its accounts could not be made."""
    now_ms = time.time_ns() // 1_000_000 + plan.offset_ms
    try:
        return demo_site.doors(plan.home, plan.secrets.api_token, plan.desk_url, now_ms)
    except (DatabaseError, DBAPIError) as error:
        say(plan.home, f"no accounts of the demonstration could be made ({type(error).__name__})")
        return None


def first_account(plan: Plan) -> str | None:
    """The first manager's id and password, made now; None: there is a manager already.

    They are printed and never written down: what `say` says would stand in logs/up.log.
    """
    from desk.account_book import first_manager  # the whole desk: only where an account is made

    with closing(open_database(home=plan.home.path)) as database:
        try:
            made = first_manager(database, time.time_ns() // 1_000_000 + plan.offset_ms)
        except (DatabaseError, DBAPIError) as error:  # the telephone does not wait for an account
            say(plan.home, f"no first account could be made ({type(error).__name__}): madoguchi users add")
            return None
    return made and f"{made[0]}   password {made[1]}"


def announce(plan: Plan, first: str | None, doors: Doors | None = None) -> None:
    """How to reach it, then the line that scripts wait for."""
    ports, trunk = plan.ports, ", ".join(plan.settings.trunk.addresses)
    print(f"  Desk and API      {plan.desk_url}")
    print(f"  SIP               {plan.host}:{ports.sip} (UDP), media {ports.rtp_first}-{ports.rtp_last}")
    print(f"  City's number     {plan.settings.line.number}, calls from {trunk}")
    if first is not None:
        print(f"  First log-in      {first}   (shown this once; you change it when you log in)")
    if doors is not None:
        shown = from_ms(time.time_ns() // 1_000_000 + plan.offset_ms).astimezone(JST)
        print(f"  Demonstration of  {shown:%Y-%m-%d %H:%M}, everything in it is invented")
        print(f"  Wallboard         {doors.wall}   (no log-in)")
        print(f"  Log in as         {', '.join(doors.ids)}   password {doors.password}")
        pins = ", ".join(f"{one.id}: {plan.secrets.pins[one.id]}" for one in plan.settings.operators)
        print(f"  Operators' PINs   {pins}")
    print(f"  Phones, PINs      {plan.home.run_json}")
    print(f"  Logs              {plan.home.logs}")
    print(f"READY {plan.desk_url}", flush=True)


def say(home: Home, text: str) -> None:
    """A line for whoever watches, kept in logs/up.log as well."""
    print(f"madoguchi: {text}", flush=True)
    with (home.logs / "up.log").open("a", encoding="utf-8") as log:
        log.write(f"{datetime.now(JST):%Y-%m-%d %H:%M:%S%z} {text}\n")


def main(given: list[str] | None = None) -> int:
    """The command; never a traceback for what the user can mend."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a half-made root is removed
    try:
        return run(arguments(given))
    except (ConfigError, StepError) as error:
        print(f"madoguchi: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("madoguchi: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
