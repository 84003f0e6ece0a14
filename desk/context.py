"""What every request handler is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from aiohttp import web
from sqlalchemy.exc import DBAPIError

from controller.office import Office
from db import Database, Journal, newest_seq
from desk.accounts import Accounts, Must
from desk.alarms import Alarms
from desk.health import DatabaseCheck, LoopLag
from desk.kiosk_book import PREFIX as KIOSK
from desk.kiosk_book import Kiosks
from desk.limits import Bucket, Delays
from desk.measures import Measures
from desk.phone_tickets import PhoneTickets
from desk.premises import Premises
from desk.push import Push
from desk.sessions import Sessions
from desk.steps import Steps
from desk.today import Today
from desk.usual_kept import UsualKept
from desk.watch import Watch
from desk.who import Who

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
P = ParamSpec("P")
T = TypeVar("T")

HEAVY_AT_ONCE = 2
"""Reports computed side by side; more would only take the interpreter from the calls."""
FLUSH_S = 2.0


@dataclass(frozen=True)
class Desk:
    """The desk's own parts and its doors to the others."""

    office: Office
    journal: Journal
    database: Database
    today: Today
    api_token: str = field(repr=False)
    sessions: Sessions
    push: Push
    watch: Watch
    alarms: Alarms
    usual: UsualKept
    loop_lag: LoopLag
    database_check: DatabaseCheck
    measures: Measures
    heavy: asyncio.Semaphore
    accounts: Accounts
    kiosks: Kiosks
    steps: Steps
    log_ins: Delays
    """By the address that failed."""
    checking: asyncio.Lock
    """One password at a time: hashing takes memory and a core, and guesses side by side are not wanted."""
    requests: Bucket
    program_requests: Bucket
    refusals: Bucket
    """Rows of the audit log that one person's refusals may write; the refusal itself always holds."""
    certificate_ends_s: float | None
    """When the certificate of the pages ends (Unix time); None: without TLS."""
    premises: Premises
    phone_tickets: PhoneTickets

    def bearer(self, person: str) -> tuple[Who, Must | None] | None:
        """Who has this id, and what he has to do first; a wall's link, too. Waits for the database."""
        if person.startswith(KIOSK):
            who = self.kiosks.who(person, self.accounts.seconds())
            return None if who is None else (who, None)
        return self.accounts.now(person)

    async def read(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do `work`, which reads the database, in a thread, after all that was written before is stored.

        A database that is away for longer than FLUSH_S is asked all the same: its own error is the answer.
        """

        def flushed() -> T:
            self.journal.flush(FLUSH_S)
            return work(*args, **kwargs)

        async with self.heavy:
            return await asyncio.to_thread(flushed)

    async def save(self, work: Callable[[], T]) -> T:
        """Do `work`, which may write rows of the journal (`db.append`), in a thread, after all that was
        written before is stored. Beside reports, not behind them.
        """

        def saved() -> T:
            self.journal.flush(FLUSH_S)
            try:
                return work()
            finally:
                with suppress(DBAPIError), self.database.read() as connection:
                    self.journal.step_over(newest_seq(connection))

        return await asyncio.to_thread(saved)


DESK = web.AppKey("desk", Desk)


@web.middleware
async def up_to_date(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What was seen before the request stands in the rows and figures that answer it."""
    desk_of(request).office.write_out()
    return await handler(request)


def desk_of(request: web.Request) -> Desk:
    """The context of the application that serves this request."""
    return request.app[DESK]
