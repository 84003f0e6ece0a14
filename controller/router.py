"""The router: each of Asterisk's events comes to whom it is about, by the id of the thing it is about.

A citizen's channel, an operator's leg, a bridge, a playback, a phone. Nothing here decides about
distribution; nothing in the floor knows Asterisk.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError

from controller.call import Call, call_id
from controller.calls import Calls
from controller.codes import Codes
from controller.exchange import Exchange
from controller.fallback_calls import FallbackCalls
from controller.found import Found
from controller.lateness import Lateness
from controller.legs import Legs
from controller.onward import Onward
from controller.outward import Outward
from controller.phones import Phones
from controller.recorder import Recorder
from controller.speech import PLAYBACK_PREFIX
from controller.whisper import WHISPER_PREFIX, Whispers

log = structlog.get_logger()

EVENTS = (
    "ApplicationReplaced",
    "ChannelDestroyed",
    "ChannelDtmfReceived",
    "ChannelEnteredBridge",
    "ChannelHangupRequest",
    "ChannelHold",
    "ChannelUnhold",
    "ContactStatusChange",
    "EndpointStateChange",
    "PlaybackFinished",
    "RESTResponse",
    "StasisEnd",
    "StasisStart",
)
"""All that `Router.route` knows, with what the connection itself needs; Asterisk is asked for no other."""


LOOK_EVERY_S = 0.25
LOOKS = 9
"""So often, and for two seconds, a caller is looked for in the fallback's record: its first line is written
some milliseconds after he has left the application.
"""


class Router:
    """Knows who has which thing in hand, and nothing else of it."""

    def __init__(
        self,
        *,
        exchange: Exchange,
        calls: Calls,
        codes: Codes,
        legs: Legs,
        onward: Onward,
        outward: Outward,
        whispers: Whispers,
        phones: Phones,
        fallback: FallbackCalls,
        recorder: Recorder,
        lateness: Lateness,
    ) -> None:
        self.recovered = False
        """Whether all that a former controller left has been taken up: who waited before comes first."""
        self.found: Found | None = None
        """What Asterisk has, while reconciliation looks through it: events keep it true."""
        self._exchange = exchange
        self._calls = calls
        self._codes = codes
        self._legs = legs
        self._onward = onward
        self._outward = outward
        self._whispers = whispers
        self._phones = phones
        self._fallback = fallback
        self._recorder = recorder
        self._lateness = lateness
        self._leaving: set[asyncio.Task[None]] = set()

    def route(self, event: Any) -> None:
        """Bring one event to whom it is about. Called by the one reader, in Asterisk's order."""
        # Asked before anything else is done: we may be stopped in the middle of that.
        happened_ms = self._lateness.happened_ms(event.timestamp)
        with self._recorder.ended_at(happened_ms):
            self._route(event, happened_ms)

    def _route(self, event: Any, happened_ms: int) -> None:
        if self.found is not None:
            if event.type == "StasisStart":
                self.found.came(event.channel)
            elif event.type in ("ChannelHangupRequest", "StasisEnd", "ChannelDestroyed"):
                self.found.gone(event.channel.id)
        match event.type:
            case "StasisStart":
                self._entered_app(event, happened_ms)
            case "ChannelEnteredBridge":
                self._legs.entered(event.bridge.id, event.channel.id)
                self._onward.entered(event.bridge.id, event.channel.id)
            case "PlaybackFinished":
                self._playback_finished(event.playback)
            case "ChannelHangupRequest":
                self._hanging_up(event.channel.id)
            case "StasisEnd":
                self._left_app(event.channel.id, happened_ms)
            case "ChannelDestroyed":
                self.channel_gone(event.channel.id, event.cause, event.tech_cause)
            case "ChannelHold" | "ChannelUnhold":
                self._legs.held(event.channel.id, event.type == "ChannelHold")
            case "ChannelDtmfReceived":
                if listener := self._calls.on(event.channel.id) or self._codes.on(event.channel.id):
                    listener.digit(event.digit, event.timestamp)
            case "ContactStatusChange":
                contact = event.contact_info
                self._phones.contact(event.endpoint.resource, contact.uri, contact.contact_status)
            case "EndpointStateChange":
                end = event.endpoint
                self._phones.endpoint_state(end.resource, end.state == "online", tuple(end.channel_ids))
            case _:
                pass

    def channel_gone(self, channel: str, cause: int, tech_cause: int | None, *, why: str = "hangup") -> None:
        """A channel has ended, by event or as reconciliation found. `why`: what a cause of 0 means."""
        if call := self._calls.on(channel):
            if not call.is_gone:
                self._legs.caller_leaves(channel)
            self._calls.close(call, why if cause == 0 else str(cause))
        elif self._codes.on(channel):
            self._codes.gone(channel)
        elif self._outward.knows(channel):
            self._outward.destroyed(channel, cause, tech_cause)
        else:
            self._legs.destroyed(channel, cause, tech_cause)

    def stop(self) -> None:
        """Ask the fallback's record after nobody any more: the connection is away."""
        for task in self._leaving:
            task.cancel()

    def _entered_app(self, event: Any, happened_ms: int) -> None:
        match list(event.args):
            case ["call", *_] if not self.recovered:
                pass  # who waited before comes first: reconciliation takes this one up as its last
            case ["call", *_] if call_id(event.channel.id) in self._calls.lately:
                log.warning("call.told_late", channel=event.channel.id)  # it is over, and in the journal
            case ["call", *pairs]:
                self._calls.adopt(event.channel.id, pairs, came_ms=happened_ms)
            case ["offer", offer]:
                self._legs.started(offer)
            case ["outward", channel]:
                self._outward.started(channel)
            case ["code", endpoint, code]:
                self._codes.dialled(event.channel.id, endpoint, code)
            case args:
                log.warning("controller.unknown_channel", channel=event.channel.id, args=args)
                self._exchange.hang_up(event.channel.id)

    def _playback_finished(self, playback: Any) -> None:
        if playback.id.startswith(WHISPER_PREFIX):
            self._whispers.playback_finished(playback.id)
        if not playback.id.startswith(PLAYBACK_PREFIX):
            return
        channel = playback.target_uri.removeprefix("channel:")
        if listener := self._calls.on(channel) or self._codes.on(channel):
            listener.playback_finished(playback.id, playback.state)

    def _hanging_up(self, channel: str) -> None:
        if call := self._calls.on(channel):
            if not call.is_gone:
                self._legs.caller_leaves(channel)
            call.gone()
            self._onward.caller_gone(call.id)
        elif self._outward.knows(channel):
            self._outward.hanging_up(channel)
        elif self._legs.knows(channel):
            self._legs.hanging_up(channel)
        elif code := self._codes.on(channel):
            code.gone()

    def _left_app(self, channel: str, happened_ms: int) -> None:
        """StasisEnd. A citizen's channel leaves by its end, or into the fallback's hands; Asterisk sends no
        ChannelDestroyed for it, as nobody is subscribed to it any more.
        """
        call = self._calls.on(channel)
        if call is not None and self._fallback.counts and _may_be_served(call):
            task = asyncio.create_task(self._left(call, happened_ms), name=f"left {call.id}")
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        elif call is not None or self._codes.on(channel):
            self.channel_gone(channel, 0, None)
        else:
            self._hanging_up(channel)

    async def _left(self, call: Call, happened_ms: int) -> None:
        """Whose is this caller now? The fallback's, if its record has him."""
        looks = LOOKS if call.is_fallen else 1
        for look in range(looks):
            await asyncio.sleep(LOOK_EVERY_S if look else 0)
            if call.ended:
                return  # a new connection has brought it to light
            try:
                served = await self._fallback.take_in()
            except (DBAPIError, OSError) as error:
                log.warning("fallback.not_counted", why=str(error)[:200])
                served = set()
            if call.id in served:
                self._calls.hand_over(call)
                return
        with self._recorder.ended_at(happened_ms):
            self.channel_gone(call.channel, 0, None)


def _may_be_served(call: Call) -> bool:
    """Whether the fallback may have this caller: his script broke, or the watchdog handed him over while we
    stood still (nobody hung up).
    """
    return call.is_fallen or (not call.is_gone and call.outcome is None)
