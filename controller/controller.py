"""The controller: one reader of Asterisk's events, one floor, a call object for each citizen.

Every event is routed by the id of the thing it is about: a citizen's channel, an operator's leg, a bridge, a
playback, a phone. Nothing here decides about distribution; nothing in the floor knows Asterisk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from acd import Floor
from acd.events import LogOut, Reconfigured
from ari import AriError, Client
from config import Clock, Settings
from controller.call import Call, Surroundings, call_id
from controller.callbacks import Callbacks
from controller.caller_key import CallerKeys
from controller.codes import CodeCall
from controller.contacts import Contacts
from controller.dispatcher import Dispatcher
from controller.exchange import Exchange
from controller.fallback_calls import FallbackCalls
from controller.floor_settings import floor_settings
from controller.hands import TelephoneHands
from controller.help import Help, stored_help
from controller.hours import Hours
from controller.incoming import Incoming
from controller.lately import Lately
from controller.legs import Legs, last_offer
from controller.onward import Onward
from controller.outward import DayCap, Outward
from controller.overrides import Overrides, stored_book
from controller.people import People
from controller.phones import Phones
from controller.recorder import WRITE_AFTER_S, Recorder
from controller.recovery import Found, reconcile
from controller.script_settings import script_of
from controller.speech import PLAYBACK_PREFIX
from controller.standing import rings, standing
from controller.whisper import WHISPER_PREFIX, Whispers
from db import Database
from ivr.announcement import Place
from ivr.calendar import Calendar, Moment
from ivr.compose import whisper
from ivr.guidance import Guidance
from ivr.numbers import CallerId, mask
from reports.queue_log import QueueLog

log = structlog.get_logger()

BEAT_EVERY_S = 1.0
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
        self.calls: dict[str, Call] = {}
        self.whispers = Whispers(self.exchange, guidance)
        self.dispatcher.attach(
            TelephoneHands(
                self.calls,
                exchange=self.exchange,
                phones=self.phones,
                legs=self.legs,
                callbacks=self.callbacks,
                whispers=self.whispers,
                whispered=self._whispered,
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
            recorder.store,
            clock,
            lambda: self.settings,
            self.hours.calendar,
        )
        self.ready = asyncio.Event()
        """Set while connected to Asterisk and reconciled with it."""
        self.replaced = asyncio.Event()
        """Set when another controller took the application over: this one must stop (never fight)."""
        self.away_since_ms: int | None = None
        """When the last connection broke, ms UTC; None before the first did."""
        self._by_channel: dict[str, Call] = {}
        self._codes: dict[str, CodeCall] = {}
        self.guidance = guidance
        self._call_limit = settings.call_limit()
        self._leaving: set[asyncio.Task[None]] = set()
        self.lately = Lately()
        """Calls that this process knew, and that ended not long ago."""
        self.recovered = False
        """Whether all that a former controller left has been taken up."""
        self.found: Found | None = None
        """What Asterisk has, while reconciliation looks through it."""
        self._reconciling: asyncio.Task[None] | None = None
        self._beating: asyncio.Task[None] | None = None
        self._counting: asyncio.Task[None] | None = None
        self._at = Surroundings(
            exchange=self.exchange,
            recorder=recorder,
            clock=clock,
            guidance=guidance,
            script=script_of(settings, guidance),
            submit=self.dispatcher.submit,
            rings_now=lambda call: rings(self.dispatcher.floor, call),
            standing=lambda call: standing(self.dispatcher.floor, call),
            caller_key=self.caller_key,
            may_call_back=self._offers_callback,
            quieter_hours=quieter_hours,
            announced=announced,
            opens_next=lambda line: self.hours.moment(line).next_opening,
            need_of=lambda line: self.settings.line_rules()[line].need,
            transfer=self.onward.send,
        )
        client.on_any_event(self._route)
        client.on_connect(self._connected)
        client.on_disconnect(self._disconnected)
        client.on_replaced(self.replaced.set)

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
        self._call_limit = settings.call_limit()
        self._at = replace(self._at, script=script_of(settings, self.guidance))
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
        for task in (self._reconciling, self._beating, self._counting, *self._leaving):
            if task:
                task.cancel()

    async def _reconcile(self) -> None:
        while True:
            try:
                self.hours.look()
                await reconcile(self)
                break
            except AriError as error:  # the connection broke under it: the next one reconciles
                log.warning("controller.reconcile_failed", error=repr(error))
                return
            except Exception as error:  # the database is away, say: nobody is served until it is there
                log.exception("controller.reconcile_failed", error=repr(error))
                await asyncio.sleep(RECONCILE_AGAIN_S)
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
            self.exchange.beat((self.clock.now_ms() - self.clock.offset_ms) // 1000)
            await asyncio.sleep(BEAT_EVERY_S)

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

    # --- events of Asterisk --------------------------------------------------------------------------------

    def _route(self, event: Any) -> None:
        """Bring one event to whom it is about. Called by the one reader, in Asterisk's order."""
        if self.found is not None:
            if event.type == "StasisStart":
                self.found.came(event.channel)
            elif event.type in ("ChannelHangupRequest", "StasisEnd", "ChannelDestroyed"):
                self.found.gone(event.channel.id)
        match event.type:
            case "StasisStart":
                self._entered_app(event)
            case "ChannelEnteredBridge":
                self.legs.entered(event.bridge.id, event.channel.id)
                self.onward.entered(event.bridge.id, event.channel.id)
            case "PlaybackFinished":
                self._playback_finished(event.playback)
            case "ChannelHangupRequest":
                self._hanging_up(event.channel.id)
            case "StasisEnd":
                self._left_app(event.channel.id)
            case "ChannelDestroyed":
                self.channel_gone(event.channel.id, event.cause, event.tech_cause)
            case "ChannelHold" | "ChannelUnhold":
                self.legs.held(event.channel.id, event.type == "ChannelHold")
            case "ChannelDtmfReceived":
                if listener := self._by_channel.get(event.channel.id) or self._codes.get(event.channel.id):
                    listener.digit(event.digit, event.timestamp)
            case "ContactStatusChange":
                contact = event.contact_info
                self.phones.contact(event.endpoint.resource, contact.uri, contact.contact_status)
            case "EndpointStateChange":
                end = event.endpoint
                self.phones.endpoint_state(end.resource, end.state == "online", tuple(end.channel_ids))
            case _:
                pass

    def _entered_app(self, event: Any) -> None:
        match list(event.args):
            case ["call", *_] if not self.recovered:
                pass  # who waited before comes first: reconciliation takes this one up as its last
            case ["call", *pairs]:
                self.adopt(event.channel.id, pairs)
            case ["offer", offer]:
                self.legs.started(offer)
            case ["outward", channel]:
                self.outward.started(channel)
            case ["code", endpoint, code]:
                self._code(event.channel.id, endpoint, code)
            case args:
                log.warning("controller.unknown_channel", channel=event.channel.id, args=args)
                self.exchange.hang_up(event.channel.id)

    def adopt(
        self,
        channel: str,
        pairs: list[str],
        *,
        is_up: bool = False,
        came_ms: int | None = None,
        legs: Iterable[str] = (),
    ) -> None:
        """A citizen's call has come in, now or at `came_ms`: journal it and begin its script.

        `is_up`: a former controller has answered it. Asterisk would carry a second answer out only after the
        text that is playing, and no other request meanwhile. `legs`: channels that a former controller may
        have left.
        """
        if channel in self._by_channel:
            return
        call = self.receive(channel, pairs, came_ms)
        call.former_offers = last_offer(call.id, legs)
        if is_up:
            call.take_over()
            self.recorder.record("call.answered", call=call.id)
        if len(self.calls) > self._call_limit:
            call.turn_away()
        else:
            call.start()

    def receive(self, channel: str, pairs: list[str], came_ms: int | None = None) -> Call:
        """Know a citizen's call by what the dialplan tells of it, and journal that it has come in: now, or
        at `came_ms`.
        """
        incoming = Incoming.read(pairs, self.settings.numbers())
        called, caller = incoming.called, incoming.caller
        line = self.settings.line_of(called.number)
        moment = self.hours.moment(line)
        came_ms = came_ms or self.clock.now_ms()
        need = self.settings.line_rules()[line].need
        call = Call(call_id(channel), channel, caller, moment, self._at, came_ms, line=line, need=need)
        if not called.ours:
            log.warning("call.number_not_ours", call=call.id, called=called.raw, taken_as=called.number)
        self.add(call)
        with self.recorder.as_of(came_ms):
            self.recorder.record(
                "call.received",
                call=call.id,
                data={
                    "called": called.number,
                    "called_raw": called.raw,
                    "withheld": None if caller.number else caller.withheld.value,
                    "open": moment.is_open,
                    "calendar": moment.reason,
                    "channel": channel,
                    "line": line,
                },
                private={"number": caller.number} if caller.number else None,
            )
        asyncio.get_running_loop().call_later(WRITE_AFTER_S, _log_caller, call.id, caller.number)
        return call

    @property
    def calendar(self) -> Calendar:
        """The main line's hours, with what a supervisor has said over them."""
        return self.hours.calendar()

    def restored(
        self,
        call: str,
        channel: str,
        caller: CallerId,
        moment: Moment,
        received_ms: int,
        *,
        line: str = "main",
        need: str = "",
    ) -> Call:
        """A call object for a call that a former controller received; nothing is journalled."""
        return Call(call, channel, caller, moment, self._at, received_ms, line=line, need=need)

    def add(self, call: Call) -> None:
        """Know a call by its id and by its channel."""
        self.calls[call.id] = call
        self._by_channel[call.channel] = call

    def call_on(self, channel: str) -> Call | None:
        """The call whose citizen is on this channel."""
        return self._by_channel.get(channel)

    def _code(self, channel: str, endpoint: str, code: str) -> None:
        seat = self.phones.seat_of(endpoint)
        if seat is None:
            log.warning("code.no_seat", endpoint=endpoint)
            self.exchange.hang_up(channel)
            return
        self._codes[channel] = CodeCall(
            channel,
            seat,
            code,
            exchange=self.exchange,
            guidance=self.guidance,
            submit=self.dispatcher.submit,
            pins=self.people.pins,
            breaks=self.settings.floor.breaks,
        )

    def _playback_finished(self, playback: Any) -> None:
        if playback.id.startswith(WHISPER_PREFIX):
            self.whispers.playback_finished(playback.id)
        if not playback.id.startswith(PLAYBACK_PREFIX):
            return
        channel = playback.target_uri.removeprefix("channel:")
        if listener := self._by_channel.get(channel) or self._codes.get(channel):
            listener.playback_finished(playback.id, playback.state)

    def _hanging_up(self, channel: str) -> None:
        if call := self._by_channel.get(channel):
            call.gone()
            self.onward.caller_gone(call.id)
        elif self.outward.knows(channel):
            self.outward.hanging_up(channel)
        elif self.legs.knows(channel):
            self.legs.hanging_up(channel)
        elif code := self._codes.get(channel):
            code.gone()

    def _left_app(self, channel: str) -> None:
        """StasisEnd. A citizen's channel leaves only by its end, or to the fallback, where its call is closed
        already; Asterisk sends no ChannelDestroyed for it, as nobody is subscribed to it any more.
        """
        call = self._by_channel.get(channel)
        if call is not None and not call.is_gone and call.outcome is None and self.fallback.counts:
            # Nobody hung up: the watchdog may have handed it to the fallback while we stood still.
            self._leaving.add(task := asyncio.create_task(self._left(channel), name=f"left {call.id}"))
            task.add_done_callback(self._leaving.discard)
        elif call is not None or channel in self._codes:
            self.channel_gone(channel, 0, None)
        else:
            self._hanging_up(channel)

    def channel_gone(self, channel: str, cause: int, tech_cause: int | None, *, why: str = "hangup") -> None:
        """A channel has ended, by event or as reconciliation found. `why`: what a cause of 0 means."""
        if call := self._by_channel.pop(channel, None):
            self.onward.caller_gone(call.id)
            call.close(why if cause == 0 else str(cause))
            self._forget(call)
        elif code := self._codes.pop(channel, None):
            code.gone()
        elif self.outward.knows(channel):
            self.outward.destroyed(channel, cause, tech_cause)
        else:
            self.legs.destroyed(channel, cause, tech_cause)

    async def _left(self, channel: str) -> None:
        """A citizen's channel is out of the application: at its end, or in the fallback's hands."""
        call = self._by_channel.get(channel)
        served: set[str] = set()
        try:
            served = await self.fallback.take_in()
        except (DBAPIError, OSError) as error:
            log.warning("fallback.not_counted", why=str(error)[:200])
        if call is not None and call.id in served:
            self.let_go(call)
        else:
            self.channel_gone(channel, 0, None)

    def let_go(self, call: Call) -> None:
        """The fallback has this call now: it ends for us, and its record tells the rest."""
        log.info("call.handed_over", call=call.id)
        self._by_channel.pop(call.channel, None)
        self.onward.caller_gone(call.id)
        call.hand_over()
        self._forget(call)

    def _forget(self, call: Call) -> None:
        self.calls.pop(call.id, None)
        self.lately.add(call.id, asyncio.get_running_loop().time())

    def _whispered(self, call: Call) -> tuple[str, ...]:
        """What an operator is told of a call before the connection."""
        rules, view = self.settings.guidance, self.dispatcher.floor.call(call.id)
        if not rules.whisper or view is None:
            return ()
        waited_min = (self.clock.now_ms() - view.queued_ms) // 60_000
        told = waited_min if waited_min >= rules.whisper_wait_min else None
        return tuple(text for text in whisper(call.line, call.need, told) if text in self.guidance.texts)

    def _offers_callback(self) -> bool:
        rules = self.settings.callback
        return rules.enabled and len(self.dispatcher.floor.open_tickets()) < rules.max_open


def _log_caller(call: str, number: str | None) -> None:
    log.info("call.caller", call=call, number=mask(number))
