"""The few things Madoguchi asks of Asterisk, by name, in the order in which they are asked.

A request is sent at once and nobody waits for its reply: the truth comes as an event. A failed request is an
event too: `on_fault` gets it, and "gone" is normal (the party hung up first).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ari import AriError, Client, Fault
from config.lines import MAIN

log = structlog.get_logger()

GENERATION = "MADOGUCHI_CONTROLLER"
UP = "Up"
"""State of a channel that was answered."""
OnFault = Callable[[AriError], None]
SOURCES_AT_ONCE = 50
"""Asterisk refuses a request with more than 128 values of one parameter (res_ari's generated code)."""
NORMAL_FAULTS = (Fault.GONE, Fault.NOT_IN_APP, Fault.DISCONNECTED, Fault.UNREACHABLE)
"""The party hung up first, the connection is away, the phone is off: an event, not an error."""


@dataclass(frozen=True, slots=True)
class PhoneCall:
    """How to ring a phone. `originator` is the channel that the call is made for (its formats and linked id
    are taken over), None when there is none yet; `timeout_s` is only the safety behind the floor's own timer.
    """

    endpoint: str
    args: str
    originator: str | None
    timeout_s: float
    caller_id: str


class Exchange:
    """Asterisk, as the controller commands it. Ids are ours; nothing here waits."""

    def __init__(self, client: Client, app: str) -> None:
        self._client = client
        self.app = app
        self.generation = 0
        """The how-manieth controller of this Asterisk this is, from 1; 0 until `count_in`."""

    async def count_in(self) -> None:
        """Be the next controller of this Asterisk, once. Asterisk counts, for as long as its channels live.

        Raises:
            AriError: the connection broke.
        """
        if not self.generation:
            former = await self._client.asterisk.get_global_var(variable=GENERATION)
            self.generation = 1 + (int(former.value) if former.value.isdigit() else 0)
            self._sent(self._client.asterisk.set_global_var(variable=GENERATION, value=str(self.generation)))

    def answer(self, channel: str) -> asyncio.Future[None]:
        """Pick up an incoming call; the future ends when Asterisk has."""
        return self._client.channels.answer(channel)

    def state_of(self, channel: str) -> asyncio.Future[str]:
        """Ask whether a channel is `UP`; unlike what is asked of a channel this waits for no text to end."""
        return asyncio.ensure_future(self._state_of(channel))

    async def _state_of(self, channel: str) -> str:
        return (await self._client.channels.get(channel)).data.state

    def play(self, channel: str, playback: str, media: list[str], on_fault: OnFault) -> None:
        """Begin to play `media`, one after another; PlaybackFinished with our `playback` id tells the end."""
        self._sent(self._client.channels.play_with_id(channel, playback, media=media), on_fault)

    def stop_playback(self, playback: str) -> None:
        """Stop a playback; it may have just ended by itself."""
        self._sent(self._client.playbacks.stop(playback))

    def music(self, channel: str) -> None:
        """Let music on hold play to a channel."""
        self._sent(self._client.channels.start_moh(channel))

    def stop_music(self, channel: str) -> None:
        """End the music."""
        self._sent(self._client.channels.stop_moh(channel))

    def ring_tone(self, channel: str) -> None:
        """Let an answered channel hear that another telephone rings (呼出音)."""
        self._sent(self._client.channels.ring(channel))

    def stop_ring_tone(self, channel: str) -> None:
        """End the ring tone."""
        self._sent(self._client.channels.ring_stop(channel))

    def ring(self, leg: str, phone: PhoneCall, on_fault: OnFault) -> None:
        """Let a phone ring as channel `leg`; StasisStart with `phone.args` when it is answered."""
        future = self._client.channels.originate_with_id(
            leg,
            endpoint=phone.endpoint,
            app=self.app,
            app_args=phone.args,
            originator=phone.originator,
            formats=None if phone.originator else "ulaw",  # else Asterisk takes 16-bit linear and transcodes
            timeout=max(1, round(phone.timeout_s)),
            caller_id=phone.caller_id,
        )
        self._sent(future, on_fault)

    def make_bridge(self, bridge: str) -> None:
        """Make the place where two parties will talk."""
        self._sent(self._client.bridges.create_with_id(bridge, type="mixing", name=bridge))

    def join(
        self,
        bridge: str,
        channels: tuple[str, ...],
        on_fault: OnFault,
        accepted: Callable[[], None] = lambda: None,
    ) -> None:
        """Put channels into a bridge. ChannelEnteredBridge of each proves it: a 204 (`accepted`) does not."""
        future = self._client.bridges.add_channel(bridge, channel=list(channels))
        future.add_done_callback(lambda done: None if done.cancelled() or done.exception() else accepted())
        self._sent(future, on_fault)

    def inside(self, bridge: str) -> asyncio.Future[list[str]]:
        """Ask which channels are in a bridge."""
        return asyncio.ensure_future(self._inside(bridge))

    async def _inside(self, bridge: str) -> list[str]:
        return list((await self._client.bridges.get(bridge)).data.channels)

    def destroy_bridge(self, bridge: str) -> None:
        """Take the bridge away; bridges never end by themselves."""
        self._sent(self._client.bridges.destroy(bridge))

    def hang_up(self, channel: str, reason_code: int | None = None) -> None:
        """End a channel; `reason_code` 26 tells the phone that another answered (RFC 3326)."""
        self._sent(
            self._client.channels.hangup(
                channel, reason_code=None if reason_code is None else str(reason_code)
            )
        )

    def to_fallback(self, channel: str, on_fault: OnFault) -> None:
        """Hand a citizen's channel to the dialplan's [fallback]."""
        future = self._client.channels.continue_in_dialplan(
            channel, context="fallback", extension="in", priority=1
        )
        self._sent(future, on_fault)

    def say_hours(self, line: str, spans: Sequence[tuple[bool, int]]) -> None:
        """Leave with the dialplan's [fallback] a line's coming hours: (open, until when), one after another.

        Machine time, s since 1970.
        """
        plan = "-".join(f"{'o' if is_open else 'c'}{until_s}" for is_open, until_s in spans)
        variable = "MADOGUCHI_HOURS" if line == MAIN else f"MADOGUCHI_HOURS_{line}"
        self._sent(self._client.asterisk.set_global_var(variable=variable, value=plan))

    def beat(self, epoch_s: int, heard: Callable[[], None]) -> None:
        """Tell the dialplan that the controller lives (machine time, s since 1970): see [line] there.

        `heard`: Asterisk has replied.
        """
        future = self._client.asterisk.set_global_var(variable="MADOGUCHI_BEAT", value=str(epoch_s))
        future.add_done_callback(lambda done: None if done.cancelled() or done.exception() else heard())
        self._sent(future)

    async def subscribe(self, sources: list[str]) -> None:
        """Let events of these sources come (`endpoint:PJSIP/phone-abc123`).

        Raises:
            AriError: the connection broke, or there is no such source.
        """
        for first in range(0, len(sources), SOURCES_AT_ONCE):
            some = sources[first : first + SOURCES_AT_ONCE]
            await self._client.applications.subscribe(self.app, event_source=some)

    def filter_events(self, types: tuple[str, ...]) -> asyncio.Future[Any]:
        """Let only these event types come: Asterisk tells far more than is asked for here."""
        wanted = {"allowed": [{"type": name} for name in types]}
        return self._client.applications.filter(self.app, filter=wanted)

    @staticmethod
    def _sent(future: asyncio.Future[Any], on_fault: OnFault | None = None) -> None:
        def done(finished: asyncio.Future[Any]) -> None:
            error = None if finished.cancelled() else finished.exception()
            if error is None:
                return
            if not isinstance(error, AriError):
                log.error("ari.request_failed", error=repr(error))
                return
            level = log.debug if error.fault in NORMAL_FAULTS else log.warning
            level("ari.fault", method=error.method, path=error.path, fault=error.fault, error=error.message)
            if on_fault is not None:
                on_fault(error)

        future.add_done_callback(done)
