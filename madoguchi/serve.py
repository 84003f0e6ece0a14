"""The process that serves: controller, pages and API on one event loop.

`python -m madoguchi.serve --home DIR`. Prints nothing when all is well; logs to DIR/logs/controller.log. It
is ready when GET /readyz answers 200. Exit status: 0 stopped, 2 a mistake of the user's, 3 another controller
has taken the application over, 4 the lease is gone (`--standby`): start it again, and it stands by.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
import uvloop
from aiohttp import web

import ari
from config import Clock, ConfigError, Home, Secrets, Settings, load_secrets, load_settings
from config.fall import read_fall
from config.kept import kept
from controller.announcements import Announcements
from controller.caller_key import CallerKeys
from controller.controller import Controller
from controller.office import Office
from controller.quieter import QuieterHours
from controller.recorder import Recorder
from controller.speaker import Speaker
from db import (
    Database,
    DatabaseError,
    Entry,
    Journal,
    Unstored,
    journal_rows,
    open_database,
    upgrade,
    wait_for,
)
from db.lease import Lease, wait_for_lease
from db.server_lease import FREE_AFTER_S, HOLDS_FOR_S, ServerLease
from desk.app import make_app
from desk.redirecting import redirecting
from ivr.guidance import Guidance
from ivr.holiday_file import holidays_or_shipped
from ivr.texts import TextsError
from madoguchi import __version__
from madoguchi.alarms.measures import HomeMeasures
from madoguchi.certificates import ends_at_s
from madoguchi.delivery.clock import DeliveryClock
from madoguchi.desk_tls import Pair, pair_of
from madoguchi.logs import LogFile, log_to
from madoguchi.notify import keep_notifying
from madoguchi.premises import HomePremises
from madoguchi.reload import Reloader, people_of
from madoguchi.report_files import Makers, ReportClock
from madoguchi.site import PROMPTS, calendars_of
from reports.live import LiveFigures
from reports.period import day_around
from reports.quieter import quieter_half_hours
from reports.service_level import ServiceLevel

log = structlog.get_logger()

GARBAGE_AFTER = 20_000
"""Allocations between two collections (Python's default is 700): fewer pauses in the middle of a call."""
DATABASE_WITHIN_S = 120.0
SWITCH_S = 0.0005
"""How long another thread (journal, reports) may keep the interpreter when the event loop wants it; Python's
default of 5 ms is longer than all that it takes to answer a call."""
REPLACED = 3
LEASE_OVER = 4
LOOK_AT_LEASE_S = 0.1


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where Asterisk is, and where the pages and the API are to be."""

    ari_url: str
    desk_host: str
    desk_port: int


async def serve(
    home: Home,
    settings: Settings,
    secrets: Secrets,
    at: Addresses,
    clock: Clock,
    certificate: Pair | None,
    lease: Lease | None = None,
    leave: Callable[[], None] = lambda: os._exit(LEASE_OVER),
) -> int:
    """Serve until SIGTERM or SIGINT (0), or until another controller takes over (3).

    Once its `lease`, if it has one, is gone, `leave` ends the process in the middle of whatever it does.

    Raises:
        DatabaseError: the database does not answer within two minutes.
        OSError: the desk's port is taken.
    """
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # what start-up made lives for ever: no collection has to look at it again
    gc.set_threshold(GARBAGE_AFTER)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    leaving = None if lease is None else asyncio.create_task(_leave_without(lease, leave), name="lease")
    database = open_database(home=home.path)
    await asyncio.to_thread(_prepare, database)
    journal = Journal(
        database,
        fence=None if lease is None else lease.fence,
        # With a lease that another machine can take it is his to write on: he has what Asterisk has.
        unstored=None if isinstance(lease, ServerLease) else Unstored.of(home.path, database),
    )
    journal.start()
    recorder = Recorder(journal, clock)
    figures = LiveFigures(clock, ServiceLevel.of(settings.report.service_level))
    await asyncio.to_thread(figures.start, journal, database)

    people = people_of(settings, secrets)
    holidays = await asyncio.to_thread(
        holidays_or_shipped, home, lambda why: log.error("holidays.damaged", error=why)
    )
    client = ari.connect(
        at.ari_url, settings.ari.app, secrets.ari_user, secrets.ari_password, connect_within_s=None,
        fence=ari.Fence(lease.holds, FREE_AFTER_S - HOLDS_FOR_S) if isinstance(lease, ServerLease) else None,
    )  # fmt: skip
    guidance = await asyncio.to_thread(_guidance, home)
    announcements = Announcements(
        home.announcements,
        recorder=recorder,
        clock=clock,
        lines=lambda: controller.settings.line_names(),
        speaker=Speaker(prompts=(PROMPTS, home.prompts)),
    )
    await asyncio.to_thread(announcements.replay, database)
    announcements.attach(guidance)
    quieter = QuieterHours(lambda: quieter_half_hours(database, clock.now_ms(), controller.calendar))
    controller = Controller(
        client,
        settings=settings,
        endpoints={seat: secrets.phones[seat].user for seat in settings.seats.extensions()},
        people=people,
        calendars=calendars_of(settings, holidays),
        guidance=guidance,
        recorder=recorder,
        database=database,
        clock=clock,
        caller_keys=CallerKeys(secrets.caller_key),
        quieter_hours=quieter,
        announced=lambda line, place: announcements.board.holds(line, place, clock.now_ms()),
        exchange_log=home.asterisk / "log",
        seen_fall_ms=lambda: None if (seen := read_fall(home)) is None else seen + clock.offset_ms,
    )
    if controller.outward.cap is not None:
        controller.outward.cap.made_before(await asyncio.to_thread(_dialled_today, database, clock.now_ms()))
    office = Office(controller, Reloader(home, controller).reload, announcements, home.templates)
    report_clock = ReportClock(
        database,
        home.path,
        now_ms=clock.now_ms,
        rules=lambda: controller.settings.report,
        makers=lambda: Makers.by(office.report_rules(), office.forms()),
        record=lambda kind, data: journal.write(Entry(clock.now_ms(), kind, data=data)),
    )
    delivery_clock = DeliveryClock(
        database,
        home.path,
        now_ms=clock.now_ms,
        rules=lambda: controller.settings.report,
        makers=lambda: Makers.by(office.report_rules(), office.forms()),
        record=lambda kind, data: journal.write(Entry(clock.now_ms(), kind, data=data)),
    )
    office.further_warnings = lambda: delivery_clock.warnings
    app = make_app(
        office=office,
        journal=journal,
        database=database,
        figures=figures,
        api_token=secrets.api_token,
        certificate_ends_s=None if certificate is None else ends_at_s(certificate.certificate),
        premises=HomePremises(home),
        collectors=[HomeMeasures(home, lambda: controller.settings)],
    )
    runner = web.AppRunner(app, access_log=None)
    elsewhere = web.AppRunner(redirecting(at.desk_port), access_log=None)
    await runner.setup()
    looking = asyncio.create_task(quieter.keep(), name="quieter hours")
    reporting = asyncio.create_task(report_clock.keep(), name="reports")
    telling: asyncio.Task[None] | None = None
    delivering = asyncio.create_task(delivery_clock.keep(), name="delivery of reports")
    announcements.start()
    try:
        tls = None if certificate is None else certificate.context()
        await web.TCPSite(runner, at.desk_host, at.desk_port, ssl_context=tls).start()
        if tls is not None and settings.desk.redirect_port is not None:
            await elsewhere.setup()
            await web.TCPSite(elsewhere, at.desk_host, settings.desk.redirect_port).start()
        telling = asyncio.create_task(keep_notifying(), name="systemd")
        seats = sorted(settings.seats.extensions())
        recorder.record("system.started", data={"version": __version__, "seats": seats})
        ended = await _until_stopped(controller, client, stop)
        if ended != REPLACED:  # then the shifts go on, with the other one
            controller.log_out_all()
        recorder.record("system.stopped")
        return ended
    finally:
        if leaving:
            leaving.cancel()
        looking.cancel()
        reporting.cancel()
        if telling:
            telling.cancel()
        delivering.cancel()
        await controller.stop()
        await announcements.close()
        recorder.flush()
        await client.close()
        await elsewhere.cleanup()
        await runner.cleanup()
        await asyncio.to_thread(journal.close)
        database.close()


async def _until_stopped(controller: Controller, client: ari.Client, stop: asyncio.Event) -> int:
    async def connect() -> None:
        async with client:
            await client.wait_ended()

    waits = {
        asyncio.create_task(stop.wait(), name="stop"): 0,
        asyncio.create_task(controller.replaced.wait(), name="replaced"): REPLACED,
        asyncio.create_task(connect(), name="ari"): REPLACED,
    }
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        task.result()
    if controller.replaced.is_set():
        log.error("controller.replaced", why="another controller has taken the application over")
    return min(waits[task] for task in done)


async def _leave_without(lease: Lease, leave: Callable[[], None]) -> None:
    """Once the lease is gone, end as a killed process does: nothing is said to Asterisk, nothing written.

    The way out that is tried most; and one on which nothing waits for a network that may be away.
    """
    while lease.holds():  # noqa: ASYNC110  # time alone takes it away: there is no event
        await asyncio.sleep(LOOK_AT_LEASE_S)
    log.error("serve.lease_over", why="another controller may command: this one ends")
    leave()


def _guidance(home: Home) -> Guidance:
    """The texts, the site's own over the shipped ones; broken ones do not leave the telephone unanswered."""
    try:
        return Guidance([PROMPTS, home.prompts])
    except TextsError as error:
        log.error("guidance.own_texts_broken", error=str(error))  # noqa: TRY400  # a user's mistake: no traceback
        return Guidance(PROMPTS)


def _dialled_today(database: Database, now_ms: int) -> int:
    """How many calls went out today, callbacks and overflow to numbers outside."""
    today = day_around(now_ms)
    kinds = ("callback.calling", "call.forwarded")
    with database.read() as connection:
        rows = journal_rows(connection, from_ms=today.from_ms, to_ms=today.to_ms, kinds=kinds)
        return sum(row.entry.data.get("part", "started") == "started" for row in rows)


def _prepare(database: Database) -> None:
    wait_for(database, DATABASE_WITHIN_S)
    upgrade(database)


def main() -> int:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m madoguchi.serve")
    parser.add_argument("--home", default="var")
    parser.add_argument("--ari-url")
    parser.add_argument("--desk-host", default="127.0.0.1")
    parser.add_argument("--desk-port", type=int)
    parser.add_argument(
        "--standby", nargs="?", choices=("anywhere", "here"), const="anywhere",
        help="wait until no other controller of this database commands, or none of this home (here)",
    )  # fmt: skip
    asked = parser.parse_args()
    os.umask(0o077)  # the database and the logs hold what only this service may read
    home = Home(Path(asked.home))
    logs: LogFile | None = None
    lease: Lease | None = None

    def leave() -> None:
        if logs:
            logs.close()
        os._exit(LEASE_OVER)

    try:
        home.prepare()
        if asked.standby:
            # Waits here, with everything loaded; what the settings are is read when it is our turn.
            database = open_database(home=home.path)
            wait_for(database, DATABASE_WITHIN_S)
            here = home.lease if asked.standby == "here" else None
            lease = wait_for_lease(database, on_this_machine=here, leader=home.leader)
        settings = kept(home) or load_settings(home)
        secrets = load_secrets(home, settings)
        logs = log_to(home.logs / "controller.log")
        at = Addresses(
            ari_url=asked.ari_url or f"http://{settings.ari.host}:{settings.ari.port}/ari",
            desk_host=asked.desk_host,
            desk_port=asked.desk_port or settings.desk.port,
        )
        certificate = pair_of(home, settings, asked.desk_host)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            clock = Clock.from_environment()
            ended = runner.run(serve(home, settings, secrets, at, clock, certificate, lease, leave))
        # Replaced by the one that has our lease: no fight, so it may be started again, and stands by.
        return LEASE_OVER if ended == REPLACED and lease and not lease.holds() else ended
    except (ConfigError, DatabaseError, ari.AriError, OSError, ValueError) as error:
        log.exception("serve.failed", error=str(error))
        print(f"madoguchi: {error}", file=sys.stderr)
        return 2
    finally:
        if lease:
            lease.release()
        if logs:
            logs.close()


if __name__ == "__main__":
    sys.exit(main())
