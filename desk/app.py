"""The aiohttp application of the pages and the API."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from aiohttp import web
from prometheus_client.registry import Collector

from controller.office import Office
from db import Database, Journal
from desk import auth, headers, problems
from desk.accounts import Accounts
from desk.alarms import Alarms
from desk.callbacks_seen import SEEN
from desk.context import DESK, HEAVY_AT_ONCE, Desk, up_to_date
from desk.health import DatabaseCheck, LoopLag
from desk.kiosk_book import Kiosks
from desk.limits import Bucket, Delays
from desk.lines import narrowed
from desk.live import live_view, settle
from desk.measures import Measures
from desk.openapi import DOCUMENT, document
from desk.operations import OPERATIONS
from desk.own import PRESENT
from desk.pages import STATIC
from desk.phone_tickets import PhoneTickets
from desk.premises import Premises
from desk.present import Present
from desk.process_measures import ProcessMeasures
from desk.push import Push
from desk.sessions import Sessions
from desk.steps import Steps
from desk.today import Today
from desk.usual_kept import UsualKept
from desk.watch import Watch
from reports import LiveFigures

BODY_LIMIT = 16 * 1024


def make_app(
    *,
    office: Office,
    journal: Journal,
    database: Database,
    figures: LiveFigures,
    api_token: str,
    premises: Premises,
    collectors: Iterable[Collector] = (),
    certificate_ends_s: float | None = None,
) -> web.Application:
    """The application; it follows the journal from start-up to clean-up.

    `journal` and `figures` are started by the caller. Run it with `access_log=None`: the paths of requests
    name calls, and nothing of a request belongs in a log. `collectors`: what /metrics tells besides.
    """
    held = ProcessMeasures(lambda: {**office.held(), **figures.held()})
    measures = Measures(office, journal, [held, *collectors])
    app = web.Application(
        middlewares=[problems.middleware, auth.nobody_else, up_to_date], client_max_size=BODY_LIMIT
    )
    desk = app[DESK] = Desk(
        office=office,
        journal=journal,
        database=database,
        today=Today(figures, office.now_ms),
        api_token=api_token,
        sessions=Sessions(),
        accounts=Accounts(database, office),
        kiosks=Kiosks(database, api_token),
        steps=Steps(),
        log_ins=Delays(free=10, first_s=5, longest_s=60),
        checking=asyncio.Lock(),
        requests=Bucket(a_second=20, burst=400),
        program_requests=Bucket(a_second=500, burst=5000),
        refusals=Bucket(a_second=0.5, burst=200),
        push=Push(),
        alarms=Alarms(),
        usual=UsualKept(),
        watch=Watch(
            lambda: live_view(desk), lambda: settle(desk), lambda view, lines: narrowed(desk, view, lines)
        ),
        loop_lag=LoopLag(measures.loop_lag.observe),
        database_check=DatabaseCheck(database),
        measures=measures,
        heavy=asyncio.Semaphore(HEAVY_AT_ONCE),
        certificate_ends_s=certificate_ends_s,
        premises=premises,
        phone_tickets=PhoneTickets(),
    )
    app[SEEN] = {}
    app[PRESENT] = Present(database)
    app[DOCUMENT] = problems.to_json(document(OPERATIONS))
    for operation in OPERATIONS:
        handler = auth.guarded(operation)
        if operation.method == "GET":
            # HEAD of a WebSocket or of a report would do the whole work for nothing.
            app.router.add_get(operation.path, handler, allow_head=False)
        else:
            app.router.add_route(operation.method, operation.path, handler)
    app.router.add_static("/static/", STATIC)
    app.on_response_prepare.append(headers.add)
    app.on_shutdown.append(_say_goodbye)
    app.cleanup_ctx.append(_follow)
    return app


async def _follow(app: web.Application) -> AsyncIterator[None]:
    """Follow the journal, and measure the loop, while the application runs."""
    desk = app[DESK]
    rules = desk.office.desk_rules()
    desk.sessions.idle_s, desk.sessions.longest_s = (
        rules.session_idle_min * 60.0,
        rules.session_max_h * 3600.0,
    )
    await desk.sessions.restore(desk.database, desk.bearer)
    desk.push.start()
    ends = [
        desk.journal.subscribe(one)
        for one in (desk.today.take, desk.push.take, desk.watch.take, desk.measures.take)
    ]
    desk.office.watch(desk.watch.change)
    tasks = [
        asyncio.create_task(desk.loop_lag.run(), name="event loop lag"),
        asyncio.create_task(desk.watch.keep(), name="watch"),
        asyncio.create_task(desk.sessions.keep_on(desk.database), name="sessions"),
    ]
    yield
    for end in ends:
        end()
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await desk.sessions.keep(desk.database)
    await desk.database_check.close()


async def _say_goodbye(app: web.Application) -> None:
    await app[DESK].push.close()
    await app[DESK].watch.close()
