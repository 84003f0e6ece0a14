"""Calls that go out to the carrier: to a citizen who is called back, to a number that calls overflow to.

Nothing else leaves by the trunk: seats' phones have no way there (see [from-seats] in the dialplan).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import structlog

from acd.types import CalloutFailure, OfferOutcome
from ari import AriError, Fault
from config import JST, from_ms
from controller.exchange import Exchange, PhoneCall
from controller.legs import offer_outcome

log = structlog.get_logger()

DIALLED = re.compile(r"0(?!10|990)[1-9]\d{8,9}", re.ASCII)
"""National numbers of Japan only: no short codes (110, 119), nothing abroad (010, 00), no Dial Q2 (0990)."""
FAILURES = {
    OfferOutcome.NO_ANSWER: CalloutFailure.NO_ANSWER,
    OfferOutcome.BUSY: CalloutFailure.BUSY,
    OfferOutcome.DECLINED: CalloutFailure.BUSY,
    OfferOutcome.UNREACHABLE: CalloutFailure.UNREACHABLE,
}


@dataclass(frozen=True, slots=True)
class Going:
    """A call to make. `number`: E.164 of Japan or as dialled there; `timeout_s`: so long it rings at most.

    `originator`: the channel that it is made for. Exactly one of `failed` and `answered` is called, and
    `ended` once after `answered`; none of them after `cancel`.
    """

    channel: str
    number: str
    originator: str
    timeout_s: float
    answered: Callable[[], None]
    failed: Callable[[CalloutFailure], None]
    ended: Callable[[], None]


@dataclass(slots=True)
class _Leg:
    going: Going
    up: bool = False
    over: bool = False


class DayCap:
    """So many calls a day (Japan) go out and no more, whatever asks for them: a fault, or who found a
    way in, must not run up a bill.
    """

    def __init__(self, most: int, now_ms: Callable[[], int]) -> None:
        self._most = most
        self._now_ms = now_ms
        self._day = self._today()
        self._made = 0

    def made_before(self, count: int) -> None:
        """So many were made today by controllers before this one."""
        self._made += count

    def take(self) -> bool:
        """Whether one more may go out; it counts then."""
        if (today := self._today()) != self._day:
            self._day, self._made = today, 0
        if self._made >= self._most:
            return False
        self._made += 1
        return True

    def _today(self) -> date:
        return from_ms(self._now_ms()).astimezone(JST).date()


class Outward:
    """All calls to the carrier that are being made or talked on, by channel."""

    def __init__(self, exchange: Exchange, own_numbers: tuple[str, ...], cap: DayCap | None = None) -> None:
        """`own_numbers`: of the line, the main one first; none of them is ever called. `cap`: see there."""
        self._exchange = exchange
        self.cap = cap
        self.own_numbers = own_numbers
        self._legs: dict[str, _Leg] = {}

    def dial(self, going: Going) -> None:
        """Make the call, showing the city's number. Fails at once for what may not be dialled."""
        number = dialled(going.number)
        if number is None or number in self.own_numbers:
            log.error("outward.not_dialled", channel=going.channel, why="no number that may be called")
            going.failed(CalloutFailure.UNREACHABLE)
            return
        if self.cap is not None and not self.cap.take():
            log.error("outward.not_dialled", channel=going.channel, why="the day's limit of calls is reached")
            going.failed(CalloutFailure.FAILED)
            return
        leg = self._legs[going.channel] = _Leg(going)
        call = PhoneCall(
            endpoint=f"PJSIP/{number}@trunk",
            args=f"outward,{going.channel}",
            originator=going.originator,
            timeout_s=going.timeout_s,
            caller_id=f"<{self.own_numbers[0]}>",
        )
        self._exchange.ring(going.channel, call, lambda error: self._not_begun(leg, error))

    def recover(self, going: Going) -> None:
        """Take over a call that a former controller made and that was answered."""
        self._legs[going.channel] = _Leg(going, up=True)

    def cancel(self, channel: str) -> None:
        """Hang up, ringing or answered; nothing more is told of it."""
        leg = self._legs.get(channel)
        if leg:
            leg.over = True
            self._exchange.hang_up(channel)

    def knows(self, channel: str) -> bool:
        """Whether this channel is one of ours."""
        return channel in self._legs

    def channels(self) -> tuple[str, ...]:
        """Ids of all that there are."""
        return tuple(self._legs)

    def started(self, channel: str) -> None:
        """StasisStart: the other end has answered. One that was given up meanwhile is hung up."""
        leg = self._legs.get(channel)
        if leg is None or leg.over:
            self._exchange.hang_up(channel)
        elif not leg.up:
            leg.up = True
            leg.going.answered()

    def hanging_up(self, channel: str) -> None:
        """The other end said BYE."""
        leg = self._legs.get(channel)
        if leg and leg.up and not leg.over:
            leg.over = True
            leg.going.ended()

    def destroyed(self, channel: str, cause: int, tech_cause: int | None) -> None:
        """The channel has ended."""
        leg = self._legs.pop(channel, None)
        if leg is None or leg.over:
            return
        leg.over = True
        if leg.up:
            leg.going.ended()
        else:
            leg.going.failed(FAILURES.get(offer_outcome(cause, tech_cause), CalloutFailure.FAILED))

    def _not_begun(self, leg: _Leg, error: AriError) -> None:
        channel = leg.going.channel
        if error.maybe_done:
            self._exchange.hang_up(channel)  # the truth is unknown: make it known
        if self._legs.pop(channel, None) is None or leg.over:
            return
        leg.over = True
        unreachable = error.fault is Fault.UNREACHABLE
        leg.going.failed(CalloutFailure.UNREACHABLE if unreachable else CalloutFailure.FAILED)


def dialled(number: str) -> str | None:
    """A number as it is dialled in Japan ("+81262261234" and "0262261234" are the same), or None."""
    national = "0" + number.removeprefix("+81") if number.startswith("+81") else number
    return national if DIALLED.fullmatch(national) else None
