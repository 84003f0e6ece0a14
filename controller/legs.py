"""The operators' legs: one channel and one bridge an offer.

Everything is named from the offer's id, so a leg is known before its request is sent and after a restart:
channel `offer-<offer>`, bridge `talk-<offer>`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from acd.events import (
    Event,
    HoldEnded,
    HoldStarted,
    Joined,
    JoinFailed,
    OfferAnswered,
    OfferFailed,
    SeatLegGone,
)
from acd.types import CancelCause, OfferOutcome
from ari import AriError, Fault
from controller.exchange import Exchange, PhoneCall

CHANNEL_PREFIX = "offer-"
BRIDGE_PREFIX = "talk-"
ANSWERED_ELSEWHERE = 26
"""Hang-up cause of ITU-T Q.850's non-selected user: the phone lists no missed call (RFC 3326)."""
SURELY_S = 1.0
"""Two who are both there so long after the request to join was accepted are joined."""
SAFETY_S = 5.0
"""Asterisk's own dial time-out stands this far behind the floor's ring timer."""


@dataclass(slots=True)
class Leg:
    """One offer's channel."""

    offer: str
    call: str
    caller_channel: str | None
    """None while a callback's citizen has no channel yet."""
    answered: bool = False
    gone: bool = False
    bridged: bool = False
    entered: set[str] = field(default_factory=set)
    accepted_s: float | None = None
    """When Asterisk accepted the request to join it with the caller; of the event loop."""

    @property
    def channel(self) -> str:
        """Id of the operator's channel."""
        return CHANNEL_PREFIX + self.offer

    @property
    def bridge(self) -> str:
        """Id of the bridge of this talk."""
        return BRIDGE_PREFIX + self.offer


class Legs:
    """All offers that have a channel in Asterisk, or may have one."""

    def __init__(
        self,
        exchange: Exchange,
        submit: Callable[[Event], object],
        ring_time_s: float,
        in_hand: Callable[[str], bool] = lambda _offer: True,
    ) -> None:
        """`in_hand`: whether the floor still has this offer."""
        self._exchange = exchange
        self._in_hand = in_hand
        self._submit = submit
        self.ring_time_s = ring_time_s
        self._by_channel: dict[str, Leg] = {}
        self._by_bridge: dict[str, Leg] = {}

    def ring(self, offer: str, call: str, caller_channel: str | None, endpoint: str, caller_id: str) -> None:
        """Let the phone `endpoint` ring for `call`; no `caller_channel` for a callback."""
        leg = Leg(offer, call, caller_channel)
        self._by_channel[leg.channel] = leg
        phone = PhoneCall(
            endpoint=f"PJSIP/{endpoint}",
            args=f"offer,{offer}",
            originator=caller_channel,
            timeout_s=self.ring_time_s + SAFETY_S,
            caller_id=caller_id,
        )
        self._exchange.ring(leg.channel, phone, lambda error: self._not_rung(leg, error))

    def recover(self, offer: str, call: str, caller_channel: str) -> None:
        """Take over a talk that a former controller began."""
        leg = Leg(offer, call, caller_channel, answered=True, bridged=True)
        leg.entered = {leg.channel, caller_channel}
        self._by_channel[leg.channel] = leg
        self._by_bridge[leg.bridge] = leg

    def meet(self, offer: str, caller_channel: str) -> None:
        """Name the channel of the citizen who is being called back."""
        leg = self._by_channel.get(CHANNEL_PREFIX + offer)
        if leg:
            leg.caller_channel = caller_channel

    def cancel(self, offer: str, cause: CancelCause) -> None:
        """Hang up a leg that rings, or that was answered too late."""
        leg = self._by_channel.get(CHANNEL_PREFIX + offer)
        self._exchange.hang_up(
            CHANNEL_PREFIX + offer, ANSWERED_ELSEWHERE if cause is CancelCause.LOST_RACE else None
        )  # fmt: skip
        if leg and not leg.answered:
            leg.gone = True  # the floor has let go of it: its end is no news

    def connect(self, offer: str) -> bool:
        """Put both parties into the bridge in one request; false when one of them is unknown."""
        leg = self._by_channel.get(CHANNEL_PREFIX + offer)
        if leg is None or leg.caller_channel is None:
            return False
        self._by_bridge[leg.bridge] = leg
        self._exchange.make_bridge(leg.bridge)
        self._exchange.join(
            leg.bridge,
            (leg.caller_channel, leg.channel),
            lambda error: self._not_joined(leg, error),
            lambda: setattr(leg, "accepted_s", asyncio.get_running_loop().time()),
        )
        return True

    def joined_yet(self, offer: str, then: Callable[[], None]) -> None:
        """Ask Asterisk who is in the bridge, and tell the floor if both are; `then` is called in any case."""
        leg = self._by_channel.get(CHANNEL_PREFIX + offer)
        if leg is None or leg.bridge not in self._by_bridge:
            then()
            return
        looking = self._exchange.inside(leg.bridge)
        looking.add_done_callback(lambda reply: self._looked(leg, reply, then))

    def _looked(self, leg: Leg, reply: asyncio.Future[list[str]], then: Callable[[], None]) -> None:
        if reply.cancelled():
            return
        error = reply.exception()
        if isinstance(error, AriError) and error.fault is Fault.TIMEOUT:
            self.joined_yet(leg.offer, then)
            return
        for channel in reply.result() if error is None else ():
            self.entered(leg.bridge, channel)
        then()

    def _not_joined(self, leg: Leg, error: AriError) -> None:
        if error.maybe_done:
            return  # they may be talking: the events tell, or the time for joining runs out
        self._drop_bridge(leg)
        self._submit(JoinFailed(leg.offer))

    def release(self, offer: str) -> None:
        """Hang up the operator's leg."""
        self._exchange.hang_up(CHANNEL_PREFIX + offer)

    def is_up(self, offer: str) -> bool:
        """Whether the operator has picked up and not hung up since."""
        leg = self._by_channel.get(CHANNEL_PREFIX + offer)
        return leg is not None and leg.answered and not leg.gone

    def knows(self, channel: str) -> bool:
        """Whether this channel is an operator's leg of ours."""
        return channel in self._by_channel

    def caller_of(self, channel: str) -> str | None:
        """The channel of the citizen whom this leg is for."""
        leg = self._by_channel.get(channel)
        return None if leg is None else leg.caller_channel

    def is_over(self, channel: str) -> bool:
        """Whether the floor has let go of this leg, or has heard of its end already."""
        leg = self._by_channel.get(channel)
        return leg is not None and (leg.gone or not self._in_hand(leg.offer))

    def started(self, offer: str) -> None:
        """StasisStart of the leg: the phone was picked up."""
        leg = self._by_channel.get(CHANNEL_PREFIX + offer)
        if leg is None:
            self._exchange.hang_up(CHANNEL_PREFIX + offer)  # of a former controller, its caller is gone
            return
        leg.answered = True
        leg.gone = False
        self._submit(OfferAnswered(offer))

    def entered(self, bridge: str, channel: str) -> None:
        """Tell the floor when both parties are in the bridge."""
        leg = self._by_bridge.get(bridge)
        if leg is None or leg.bridged:
            return
        leg.entered.add(channel)
        if {leg.channel, leg.caller_channel} <= leg.entered:
            leg.bridged = True
            self._submit(Joined(leg.offer))

    def caller_leaves(self, channel: str) -> None:
        """The citizen on this channel hangs up: the floor must know by then that he talked."""
        for leg in self._by_channel.values():
            if leg.caller_channel == channel and not leg.gone:
                self._surely_joined(leg)

    def _surely_joined(self, leg: Leg) -> None:
        """Tell the floor of a talk whose events were lost with a connection, before it hears of its end."""
        now_s = asyncio.get_running_loop().time()
        if not leg.bridged and leg.accepted_s is not None and now_s - leg.accepted_s > SURELY_S:
            leg.bridged = True
            self._submit(Joined(leg.offer))

    def held(self, channel: str, on: bool) -> None:
        """The operator's phone began or ended hold."""
        leg = self._by_channel.get(channel)
        if leg and leg.answered:
            self._submit(HoldStarted(leg.offer) if on else HoldEnded(leg.offer))

    def hanging_up(self, channel: str) -> None:
        """The operator's phone said BYE: the floor hears it before the channel is torn down."""
        leg = self._by_channel.get(channel)
        if leg and leg.answered and not leg.gone:
            self._surely_joined(leg)
            leg.gone = True
            self._submit(SeatLegGone(leg.offer))

    def destroyed(self, channel: str, cause: int, tech_cause: int | None) -> None:
        """The leg's channel has ended."""
        leg = self._by_channel.pop(channel, None)
        if leg is None:
            return
        self._drop_bridge(leg)
        if leg.gone:
            return
        leg.gone = True
        if leg.answered:
            self._surely_joined(leg)
            self._submit(SeatLegGone(leg.offer))
        else:
            self._submit(OfferFailed(leg.offer, offer_outcome(cause, tech_cause)))

    def channels(self) -> tuple[str, ...]:
        """Ids of all legs' channels."""
        return tuple(self._by_channel)

    def _drop_bridge(self, leg: Leg) -> None:
        if self._by_bridge.pop(leg.bridge, None):
            self._exchange.destroy_bridge(leg.bridge)

    def _not_rung(self, leg: Leg, error: AriError) -> None:
        if error.maybe_done:
            self._exchange.hang_up(leg.channel)  # the truth is unknown: make it known
        if self._by_channel.pop(leg.channel, None) is None:
            return
        self._drop_bridge(leg)
        if not leg.gone:
            leg.gone = True
            unreachable = error.fault is Fault.UNREACHABLE
            self._submit(
                OfferFailed(leg.offer, OfferOutcome.UNREACHABLE if unreachable else OfferOutcome.FAILED)
            )  # fmt: skip


def last_offer(call: str, channels: Iterable[str]) -> int:
    """The highest number of an offer of this call that has a channel; 0 for none. An offer's id is not given
    twice while a former controller's phone may still ring by that name.
    """
    begin = f"{CHANNEL_PREFIX}{call}."
    numbers = (one.removeprefix(begin) for one in channels if one.startswith(begin))
    return max((int(number) for number in numbers if number.isdecimal()), default=0)


def offer_outcome(cause: int, tech_cause: int | None) -> OfferOutcome:
    """What became of an unanswered offer, by the phone's SIP answer first, Q.850 cause second.

    486 and 600 are busy; 603, 403 and 401 declined; 480 and 408 no answer; 404 unreachable; other answers are
    failures (Asterisk's res_pjsip maps them to causes; `tech_cause` is right for all since 22.9.0).
    """
    by_sip = {
        486: OfferOutcome.BUSY,
        600: OfferOutcome.BUSY,
        603: OfferOutcome.DECLINED,
        403: OfferOutcome.DECLINED,
        401: OfferOutcome.DECLINED,
        480: OfferOutcome.NO_ANSWER,
        408: OfferOutcome.NO_ANSWER,
        404: OfferOutcome.UNREACHABLE,
    }
    by_cause = {
        17: OfferOutcome.BUSY,
        21: OfferOutcome.DECLINED,
        18: OfferOutcome.NO_ANSWER,
        19: OfferOutcome.NO_ANSWER,
        1: OfferOutcome.UNREACHABLE,
        3: OfferOutcome.UNREACHABLE,
        20: OfferOutcome.UNREACHABLE,
    }
    if tech_cause in by_sip:
        return by_sip[tech_cause]
    return by_cause.get(cause, OfferOutcome.FAILED)
