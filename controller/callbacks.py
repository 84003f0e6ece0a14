"""折り返し: the citizen's leg of a callback, and whom each ticket is about.

The floor decides when. First the operator's phone rings as for any call; when it is picked up the floor says
`CallOut`, and the citizen is called from the city's number while the operator hears it ring. The citizen's
channel is `citizen-<offer>`: it is known before it is there, and again after a restart.
"""

from __future__ import annotations

from collections.abc import Callable

from acd.events import CallerGone, CitizenAnswered, CitizenFailed, Event
from acd.types import CalloutFailure
from controller.exchange import Exchange
from controller.legs import CHANNEL_PREFIX, Legs
from controller.outward import Going, Outward, dialled

CITIZEN_PREFIX = "citizen-"


class Callbacks:
    """The open tickets, with the numbers that nobody but the shell knows."""

    def __init__(
        self,
        exchange: Exchange,
        legs: Legs,
        outward: Outward,
        submit: Callable[[Event], object],
        ring_s: Callable[[], float],
    ) -> None:
        """`ring_s`: how long a citizen's phone is rung, s; asked each time, for settings change."""
        self._exchange = exchange
        self._legs = legs
        self._outward = outward
        self._submit = submit
        self._ring_s = ring_s
        self._numbers: dict[str, str] = {}
        self._offers: dict[str, str] = {}

    def opened(self, ticket: str, number: str) -> None:
        """A ticket for this number (E.164) is open; a later word counts."""
        self._numbers[ticket] = number

    def closed(self, ticket: str) -> None:
        """Nothing more happens with it."""
        self._numbers.pop(ticket, None)
        self._offers.pop(ticket, None)

    def knows(self, ticket: str) -> bool:
        """Whether this is an open callback, not a call."""
        return ticket in self._numbers or ticket in self._offers

    def number(self, ticket: str) -> str | None:
        """Whom the ticket is about, E.164."""
        return self._numbers.get(ticket)

    def shown_on_phone(self, ticket: str) -> str:
        """What the operator's phone displays: that it is a callback, and to whom."""
        number = dialled(self._numbers.get(ticket, "")) or ""
        return f'"折返し {number}" <{number or "anonymous"}>'

    def call_out(self, offer: str, ticket: str) -> None:
        """Ring the citizen; the operator, who is on the phone, hears it."""
        number = self._numbers.get(ticket)
        if number is None:  # purged meanwhile: nobody knows whom to call
            self._submit(CitizenFailed(offer, CalloutFailure.FAILED))
            return
        self._offers[ticket] = offer
        channel = CITIZEN_PREFIX + offer
        self._legs.meet(offer, channel)
        self._exchange.ring_tone(CHANNEL_PREFIX + offer)
        self._outward.dial(
            Going(
                channel=channel,
                number=number,
                originator=CHANNEL_PREFIX + offer,
                timeout_s=self._ring_s(),
                answered=lambda: self._answered(offer),
                failed=lambda cause: self._failed(offer, ticket, cause),
                ended=lambda: self._ended(offer, ticket),
            )
        )

    def recover(self, offer: str, ticket: str) -> None:
        """Take over a talk that a former controller brought about."""
        self._offers[ticket] = offer
        self._outward.recover(
            Going(
                channel=CITIZEN_PREFIX + offer,
                number=self._numbers.get(ticket, ""),
                originator=CHANNEL_PREFIX + offer,
                timeout_s=0,
                answered=lambda: None,
                failed=lambda _cause: None,
                ended=lambda: self._ended(offer, ticket),
            )
        )

    def cancel(self, offer: str) -> None:
        """Hang up the citizen's leg, which is not connected."""
        self._outward.cancel(CITIZEN_PREFIX + offer)

    def release(self, ticket: str) -> None:
        """Hang up the citizen after the operator has, or after the two could not be joined."""
        if offer := self._offers.pop(ticket, None):
            self._outward.cancel(CITIZEN_PREFIX + offer)

    def _answered(self, offer: str) -> None:
        self._exchange.stop_ring_tone(CHANNEL_PREFIX + offer)
        self._submit(CitizenAnswered(offer))

    def _failed(self, offer: str, ticket: str, cause: CalloutFailure) -> None:
        self._offers.pop(ticket, None)
        self._submit(CitizenFailed(offer, cause))

    def _ended(self, _offer: str, ticket: str) -> None:
        self._offers.pop(ticket, None)
        self._submit(CallerGone(ticket))
