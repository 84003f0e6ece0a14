"""The controller: one reader of Asterisk's events, one floor, a call object for each citizen.

Here its parts are put together, and here is what it does as a whole: with each connection to Asterisk it is
reconciled and then beats until the connection breaks; it takes other settings over; it stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from acd import Floor
from acd.events import LogOut, Reconfigured
from ari import AriError, Client, Fault
from config import Clock, Settings
from controller.call import Surroundings
from controller.callbacks import Callbacks
from controller.caller_key import CallerKeys
from controller.calls import Calls
from controller.codes import Codes
from controller.contacts import Contacts
from controller.dispatcher import Dispatcher
from controller.exchange import Exchange
from controller.fallback_calls import FallbackCalls
from controller.floor_settings import floor_settings
from controller.hands import TelephoneHands
from controller.help import Help, stored_help
from controller.hours import Hours
from controller.lateness import Lateness
from controller.legs import Legs
from controller.onward import Onward
from controller.outward import DayCap, Outward
from controller.overrides import Overrides, stored_book
from controller.people import People
from controller.phones import Phones
from controller.recorder import Recorder
from controller.recovery import reconcile
from controller.router import Router
from controller.script_settings import script_of
from controller.standing import may_call_back, rings, standing
from controller.whisper import Whispers
from db import Database
from ivr.announcement import Place
from ivr.calendar import Calendar
from ivr.guidance import Guidance
from reports.queue_log import QueueLog

log = structlog.get_logger()

BEAT_EVERY_S = 1.0
DEAF_AFTER_S = 1.5
"""Asterisk replies to every beat: silence for longer is no silence of its own."""
RECONCILE_AGAIN_S = 1.0
COUNT_EVERY_S = 5.0
"""How often the exchange's own record is looked at: who waits in its queue may be there for long."""
HELP_WITHIN_MS = 31 * 86_400_000
"""An incident that nobody has closed is remembered over restarts for so long."""


class Controller:
    """Joins Asterisk and the floor."""

    def __init__(
        self,
        client: Client,
        *,
        settings: Settings,
        endpoints: Mapping[int, str],
        people: People,
        calendars: Mapping[str, Calendar],
        guidance: Guidance,
        recorder: Recorder,
        database: Database,
        clock: Clock,
        caller_keys: CallerKeys,
        quieter_hours: Callable[[], tuple[str, ...]] = tuple,
        announced: Callable[[str, Place], tuple[str, ...]] = lambda _line, _place: (),
        exchange_log: Path | None = None,
        seen_fall_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        """`exchange_log`: the folder of Asterisk's own records; None: its fallback's calls go uncounted.
        `seen_fall_ms`: when the supervisor saw Asterisk fall last (ms UTC of our clock).
        """
        self.seen_fall_ms = seen_fall_ms
        self.exchange_log = exchange_log
        self.settings = settings
        self.people = people
        self.clock = clock
        self.recorder = recorder
        self.database = database
        self.client = client

        # the floor, and the telephones that it moves
        self.exchange = Exchange(client, settings.ari.app)
        self.caller_key = caller_keys.caller_key
        floor = Floor.open(floor_settings(settings), clock.now_ms())
        self.dispatcher = Dispatcher(floor, clock, recorder)
        self.phones = Phones(endpoints, self.dispatcher.submit)
        self.legs = Legs(
            self.exchange,
            self.dispatcher.submit,
            settings.floor.ring_time_s,
            lambda offer: offer in self.dispatcher.floor.offers,
        )
        cap = DayCap(settings.trunk.outbound_per_day, clock.now_ms)
        self.outward = Outward(self.exchange, settings.numbers(), cap)
        self.callbacks = Callbacks(
            self.exchange,
            self.legs,
            self.outward,
            self.dispatcher.submit,
            lambda: self.settings.callback.ring_s,
        )
        self.onward = Onward(self.exchange, self.outward, recorder)
        self.guidance = guidance
        self.whispers = Whispers(
            self.exchange,
            guidance,
            clock,
            rules=lambda: self.settings.guidance,
            floor=lambda: self.dispatcher.floor,
        )

        # when the lines are open, and who answers when we are away
        book = stored_book(database)
        self.hours = Hours(
            calendars,
            clock,
            self.dispatcher.submit,
            lines=lambda: self.settings.line_rules(),
            callback=lambda: self.settings.callback,
            overrides=book.in_effect,
            changed=self.say_line,
        )
        self.overrides = Overrides(
            book,
            clock,
            lambda kind, data: recorder.record(kind, data=data),
            lines=lambda: self.settings.line_rules(),
            second_person=lambda: self.settings.calendar.second_person,
            takes_away=self.hours.loses_to,
            changed=self.hours.renew,
        )
        self.fallback = FallbackCalls(
            None if exchange_log is None else QueueLog(exchange_log),
            database,
            recorder,
            clock,
            lambda: self.settings,
            self.hours.calendar,
        )

        # the citizens' calls, and who has to do with them
        around = self._around_calls(quieter_hours, announced)
        self.calls = Calls(around, lambda: self.settings, self.hours, self.onward)
        self.dispatcher.attach(
            TelephoneHands(
                self.calls,
                exchange=self.exchange,
                phones=self.phones,
                legs=self.legs,
                callbacks=self.callbacks,
                whispers=self.whispers,
                submit=self.dispatcher.submit,
            )
        )
        self.contacts = Contacts(lambda: self.dispatcher.floor, self.calls, self.callbacks.number)
        self.dispatcher.watch(self.contacts.look)
        self.help = Help(
            recorder,
            clock,
            lambda: self.dispatcher.floor,
            stored_help(database, clock.now_ms() - HELP_WITHIN_MS),
        )
        self.dispatcher.watch(self._look_for_help)
        self.router = Router(
            exchange=self.exchange,
            calls=self.calls,
            codes=Codes(
                exchange=self.exchange,
                phones=self.phones,
                guidance=guidance,
                submit=self.dispatcher.submit,
                people=lambda: self.people,
                breaks=lambda: self.settings.floor.breaks,
            ),
            legs=self.legs,
            onward=self.onward,
            outward=self.outward,
            recorder=recorder,
            lateness=Lateness(clock),
            whispers=self.whispers,
            phones=self.phones,
            fallback=self.fallback,
        )

        # the connection to Asterisk
        self.ready = asyncio.Event()
        """Set while connected to Asterisk and reconciled with it."""
        self.replaced = asyncio.Event()
        """Set when another controller took the application over: this one must stop (never fight)."""
        self.away_since_ms: int | None = None
        """When the last connection broke, ms UTC; None before the first did."""
        self._reconciling: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None
        self._heard_s: float | None = None
        """When Asterisk was heard last (the loop's clock); None: it was never asked."""
        self.dispatcher.is_deaf = self._is_deaf
        client.on_any_event(self._route)
        client.on_connect(self._connected)
        client.on_disconnect(self._disconnected)
        client.on_replaced(self.replaced.set)

    def _around_calls(
        self,
        quieter_hours: Callable[[], tuple[str, ...]],
        announced: Callable[[str, Place], tuple[str, ...]],
    ) -> Surroundings:
        return Surroundings(
            exchange=self.exchange,
            recorder=self.recorder,
            clock=self.clock,
            guidance=self.guidance,
            script=script_of(self.settings, self.guidance),
            submit=self.dispatcher.submit,
            rings_now=lambda call: rings(self.dispatcher.floor, call),
            standing=lambda call: standing(self.dispatcher.floor, call),
            caller_key=self.caller_key,
            may_call_back=lambda: may_call_back(self.dispatcher.floor, self.settings.callback),
            quieter_hours=quieter_hours,
            announced=announced,
            opens_next=lambda line: self.hours.moment(line).next_opening,
            need_of=lambda line: self.settings.line_rules()[line].need,
            transfer=self.onward.send,
        )

    @property
    def calendar(self) -> Calendar:
        """The main line's hours, with what a supervisor has said over them."""
        return self.hours.calendar()

    def reconfigure(
        self,
        settings: Settings,
        people: People,
        calendars: Mapping[str, Calendar],
        endpoints: Mapping[int, str],
    ) -> tuple[str, ...]:
        """Let other settings hold from now on; calls in progress and running timers are not touched.

        An operator whom the settings do not name any more is logged out, after the talk if there is one.
        `endpoints`: the phones by seat, also of removed seats that may still talk. Returns the new ones.
        """
        self.settings = settings
        self.people = people
        self.calls.reads(script_of(settings, self.guidance))
        self.legs.ring_time_s = settings.floor.ring_time_s
        self.outward.own_numbers = settings.numbers()
        fresh = self.phones.serve(endpoints)
        self.dispatcher.submit(Reconfigured(floor_settings(settings)))
        for number in endpoints:
            seat = self.dispatcher.floor.seat(number)
            if seat is not None and seat.operator is not None and seat.operator not in people.names:
                self.dispatcher.submit(LogOut(number))
        self.hours.replace_calendars(calendars)
        return fresh

    def log_out_all(self) -> None:
        """An orderly stop ends everybody's shift; after a fall they would find themselves still logged in."""
        floor = self.dispatcher.floor
        for number in floor.settings.seats:
            seat = floor.seat(number)
            if seat is not None and seat.operator is not None:
                self.dispatcher.submit(LogOut(number))

    async def stop(self) -> None:
        """Let go: timers and scripts end, calls in Asterisk stay as they are."""
        self._away()
        self.hours.stop()
        self.dispatcher.close()

    # --- connection ----------------------------------------------------------------------------------------

    def _connected(self) -> None:
        self._reconciling = asyncio.create_task(self._reconcile(), name="reconcile")

    def _disconnected(self, reason: str) -> None:
        log.warning("ari.disconnected", reason=reason)
        self.away_since_ms = self.clock.now_ms()
        self.dispatcher.hold_timers()
        self._away()

    def _away(self) -> None:
        self.ready.clear()
        self.router.stop()
        for task in (self._reconciling, self._beating, self._counting):
            if task:
                task.cancel()

    async def _reconcile(self) -> None:
        while True:
            try:
                self.hours.look()
                await reconcile(self)
                break
            except AriError as error:
                log.warning("controller.reconcile_failed", error=repr(error))
                if error.fault is Fault.DISCONNECTED:
                    return  # the next connection reconciles
                await asyncio.sleep(RECONCILE_AGAIN_S)  # it was slow, and may never be cut
            except Exception as error:  # the database is away, say: nobody is served until it is there
                log.exception("controller.reconcile_failed", error=repr(error))
                await asyncio.sleep(RECONCILE_AGAIN_S)
        self._heard()
        self.dispatcher.release_timers()
        self.say_line()
        self._beating = asyncio.create_task(self._beat(), name="heartbeat")
        self._counting = asyncio.create_task(self._count_fallback(), name="fallback's calls")
        self.ready.set()
        log.info("controller.ready", calls=len(self.calls))

    def say_line(self) -> None:
        """Let the fallback know every line's hours of the coming days, should we be away."""
        offset_ms = self.clock.offset_ms
        for line in self.settings.line_rules():
            plan = self.hours.plan(line)
            self.exchange.say_hours(line, [(is_open, (until - offset_ms) // 1000) for is_open, until in plan])

    async def _beat(self) -> None:
        while True:
            self.exchange.beat((self.clock.now_ms() - self.clock.offset_ms) // 1000, self._heard)
            await asyncio.sleep(BEAT_EVERY_S)

    def _route(self, event: Any) -> None:
        self._heard()
        self.router.route(event)

    def _heard(self) -> None:
        self._heard_s = asyncio.get_running_loop().time()

    def _is_deaf(self) -> bool:
        heard_s = self._heard_s
        return heard_s is not None and asyncio.get_running_loop().time() - heard_s > DEAF_AFTER_S

    async def _count_fallback(self) -> None:
        while True:
            await asyncio.sleep(COUNT_EVERY_S)
            try:
                await self.fallback.take_in()
            except (DBAPIError, OSError) as error:
                log.warning("fallback.not_counted", why=str(error)[:200])

    def _look_for_help(self) -> None:
        if self.ready.is_set():  # until then nobody sits where he will be found to sit
            self.help.look()
