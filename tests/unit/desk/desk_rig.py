"""A real floor, controller, journal and reports under the desk; only Asterisk is a stand-in that says yes."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient

from acd.events import Joined, OfferAnswered, PhoneChanged, SeatLegGone
from acd.types import Phone
from ari import Client
from config import Clock, Home, RunFile, Settings, load_settings, parse_local, to_ms
from controller.caller_key import CallerKeys
from controller.controller import Controller
from controller.office import Office
from controller.people import People
from controller.recorder import Recorder
from db import Database, Journal
from ivr.calendar import Calendar, CalendarRules
from ivr.guidance import Guidance
from madoguchi.premises import HomePremises
from reports import LiveFigures

TOKEN = "token-of-the-test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TUESDAY = to_ms(parse_local("2026-11-24 10:00:00"))
SETTINGS = Settings.model_validate({"guidance": {"greeting": False, "busy": False}})


class SetClock(Clock):
    """Stands still until it is moved."""

    def __init__(self, at_ms: int) -> None:
        super().__init__()
        self.at_ms = at_ms

    def now_ms(self) -> int:
        return self.at_ms


class StandInAsterisk(Client):
    """Does at once what it is asked; nothing goes over a network."""

    def call(self, *_args: Any, **_kwargs: Any) -> asyncio.Future[Any]:
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        return future


@dataclass
class Site:
    """Everything below the desk."""

    clock: SetClock
    database: Database
    journal: Journal
    figures: LiveFigures
    controller: Controller
    office: Office

    @classmethod
    def open(cls, database: Database, at_ms: int = TUESDAY, settings: Settings = SETTINGS) -> "Site":
        clock = SetClock(at_ms)
        journal = Journal(database)
        journal.start()
        figures = LiveFigures(clock)
        figures.start(journal, database)
        controller = Controller(
            StandInAsterisk("http://127.0.0.1:9/ari", "madoguchi", "user", "password"),
            settings=settings,
            endpoints={seat: f"phone-{seat}" for seat in settings.seats.extensions()},
            people=People(
                {o.id: o.name for o in settings.operators}, {o.id: "0000" for o in settings.operators}
            ),
            calendars={"main": Calendar(CalendarRules())},
            guidance=Guidance(),
            recorder=Recorder(journal, clock),
            database=database,
            clock=clock,
            caller_keys=CallerKeys("of the tests"),
        )
        controller.ready.set()
        return cls(clock, database, journal, figures, controller, Office(controller))

    async def close(self) -> None:
        for call in list(self.controller.calls.values()):
            call.gone()
        await self.controller.stop()
        self.journal.close()

    def seat_up(self, seat: int, operator: str | None = None) -> None:
        """Register the seat's phone and log an operator in."""
        self.controller.dispatcher.submit(PhoneChanged(seat, Phone.REGISTERED))
        if operator:
            self.office.log_in(seat, operator)

    async def call_in(self, number: str = "09012345678") -> str:
        """A citizen calls and is queued; returns the call's id."""
        channel = f"chan-{len(self.controller.calls)}-{time.monotonic_ns()}"
        self.controller.calls.adopt(channel, ["called=0260001234", f"num={number}"])
        call = self.controller.calls.on(channel)
        assert call is not None
        await until(lambda: call.queued)
        return call.id

    def pick_up(self, call: str) -> None:
        """The phone that rings for the call is answered and both are connected."""
        view = self.controller.dispatcher.floor.call(call)
        assert view is not None
        assert view.offer is not None
        self.controller.dispatcher.submit(OfferAnswered(view.offer))
        self.controller.dispatcher.submit(Joined(view.offer))

    def operator_hangs_up(self, call: str) -> None:
        view = self.controller.dispatcher.floor.call(call)
        assert view is not None
        assert view.offer is not None
        self.controller.dispatcher.submit(SeatLegGone(view.offer))
        self.caller_gone(call)

    def caller_gone(self, call: str) -> None:
        self.controller.router.channel_gone(self.controller.calls[call].channel, 16, None)


async def until(condition: Callable[[], bool], within_s: float = 5.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0)


@dataclass
class Browser:
    """The site, its application, and a client of it."""

    site: Site
    app: web.Application
    client: TestClient[web.Request, web.Application]

    async def get(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.client.get(path, params=query, headers=BEARER) as answer:
            return answer.status, await answer.json()

    async def post(self, path: str, body: object = None, data: bytes | None = None) -> tuple[int, Any]:
        said = {"data": data} if data is not None else {"json": body}
        async with self.client.post(path, headers=BEARER, **said) as answer:
            return answer.status, await answer.json()


RUN_FILE = RunFile.model_validate(
    {
        "pid": 1,
        "controller_pid": 2,
        "asterisk_pid": 3,
        "desk_url": "http://127.0.0.1:1",
        "api_token": TOKEN,
        "number": "0260001234",
        "sip": {"host": "127.0.0.1", "port": 5060},
        "trunk": {"host": "127.0.0.2"},
        "phones": [
            {"seat": n, "user": f"phone-{n}", "password": f"secret-{n}", "extension": str(700 + n)}
            for n in range(1, 8)
        ],
        "supervisor_phone": {"seat": 0, "user": "phone-0", "password": "secret-0", "extension": "700"},
        "operators": [],
        "ari": {"url": "http://127.0.0.1:2/ari", "user": "u", "password": "p", "app": "madoguchi"},
    }
)


def premises_in(folder: Path) -> HomePremises:
    """A state directory with settings, and the run file of an exchange."""
    home = Home(folder)
    home.prepare()
    load_settings(home)
    RUN_FILE.write(home.run_json)
    return HomePremises(home)
