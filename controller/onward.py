"""あふれの転送先: callers whom the floor sends to a configured number outside.

They have left the floor (`CallSettled` follows the command), so what happens here is only told, and the call
still ends through its one exit door.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from acd.types import CalloutFailure
from controller.call import Call
from controller.exchange import Exchange
from controller.outward import Going, Outward
from controller.recorder import Recorder

ONWARD_PREFIX = "onward-"
"""Of the channel to the number."""
AWAY_PREFIX = "away-"
"""Of the bridge in which the two are. It must not have the channel's id: Asterisk keeps an application's
subscriptions to channels and bridges in one table by id, and would send no events of the bridge."""
RING_S = 45.0
"""How long the number may ring; the caller has waited already, so it is no longer than a callback's."""


@dataclass(slots=True)
class _Talk:
    call: Call
    entered: set[str] = field(default_factory=set)
    made: bool = False
    """Whether there is a bridge for it."""
    bridged: bool = False

    @property
    def leg(self) -> str:
        return ONWARD_PREFIX + self.call.id

    @property
    def bridge(self) -> str:
        return AWAY_PREFIX + self.call.id


class Onward:
    """The calls that are on their way to a number outside, or talk there."""

    def __init__(self, exchange: Exchange, outward: Outward, recorder: Recorder) -> None:
        self._exchange = exchange
        self._outward = outward
        self._recorder = recorder
        self._talks: dict[str, _Talk] = {}

    def send(self, call: Call, number: str) -> None:
        """Connect the caller with `number`; who is not answered there is told so and let go.

        A little later: the floor may say so in the middle of the very line of the caller's script that
        brought him into the queue, and that script has to be stopped.
        """
        asyncio.get_running_loop().call_soon(self._send, call, number)

    def _send(self, call: Call, number: str) -> None:
        if call.ended or call.is_gone:
            return
        talk = self._talks[call.id] = _Talk(call)
        call.fall_quiet()
        self._exchange.ring_tone(call.channel)
        self._record(call, "started", target=number)
        self._outward.dial(self._going(talk, number))

    def recover(self, call: Call) -> None:
        """Take over a talk that a former controller brought about."""
        talk = self._talks[call.id] = _Talk(call, made=True, bridged=True)
        self._outward.recover(self._going(talk, ""))

    def _going(self, talk: _Talk, number: str) -> Going:
        return Going(
            channel=talk.leg,
            number=number,
            originator=talk.call.channel,
            timeout_s=RING_S,
            answered=lambda: self._answered(talk),
            failed=lambda cause: self._failed(talk, cause),
            ended=lambda: self._ended(talk),
        )

    def knows(self, bridge: str) -> bool:
        """Whether this bridge belongs to one of these calls."""
        return bridge.removeprefix(AWAY_PREFIX) in self._talks

    def entered(self, bridge: str, channel: str) -> None:
        """ChannelEnteredBridge: with both inside they talk."""
        talk = self._talks.get(bridge.removeprefix(AWAY_PREFIX))
        if talk is None or talk.bridged:
            return
        talk.entered.add(channel)
        if {talk.leg, talk.call.channel} <= talk.entered:
            talk.bridged = True
            self._record(talk.call, "connected")

    def caller_gone(self, call: str) -> None:
        """The caller has hung up, or was hung up."""
        talk = self._talks.pop(call, None)
        if talk is None:
            return
        self._outward.cancel(talk.leg)
        self._exchange.destroy_bridge(talk.bridge)
        if talk.bridged:
            self._record(talk.call, "ended", by="caller")

    def _answered(self, talk: _Talk) -> None:
        self._exchange.stop_ring_tone(talk.call.channel)
        self._exchange.make_bridge(talk.bridge)
        talk.made = True
        self._exchange.join(
            talk.bridge,
            (talk.call.channel, talk.leg),
            lambda _error: self._failed(talk, CalloutFailure.FAILED),
        )

    def _failed(self, talk: _Talk, cause: CalloutFailure) -> None:
        if self._talks.pop(talk.call.id, None) is None:
            return
        self._outward.cancel(talk.leg)
        if talk.made:
            # One of the two had gone before they were brought together.
            self._exchange.destroy_bridge(talk.bridge)
        self._exchange.stop_ring_tone(talk.call.channel)
        self._record(talk.call, "failed", cause=cause.value)
        talk.call.turn_away()

    def _ended(self, talk: _Talk) -> None:
        if self._talks.pop(talk.call.id, None) is None:
            return
        if talk.bridged:
            self._record(talk.call, "ended", by="target")
        self._exchange.hang_up(talk.call.channel)
        self._exchange.destroy_bridge(talk.bridge)

    def _record(self, call: Call, part: str, **data: object) -> None:
        self._recorder.record("call.forwarded", call=call.id, data={"part": part, **data})
