"""What the floor commands, carried out on the telephones. Implements `controller.dispatcher.Hands`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from acd.events import Event, OfferFailed
from acd.settings import Destination
from acd.types import CancelCause, OfferOutcome, Outcome, OverflowCause, TicketState
from controller.call import Call
from controller.callbacks import Callbacks
from controller.exchange import Exchange
from controller.legs import CHANNEL_PREFIX, Legs
from controller.phones import Phones
from controller.whisper import Whispers


class TelephoneHands:
    """Knows which leg, which citizen and which ticket a command is about. Never waits."""

    def __init__(
        self,
        calls: Mapping[str, Call],
        *,
        exchange: Exchange,
        phones: Phones,
        legs: Legs,
        callbacks: Callbacks,
        whispers: Whispers,
        submit: Callable[[Event], object],
    ) -> None:
        self._calls = calls
        self._exchange = exchange
        self._phones = phones
        self._legs = legs
        self._callbacks = callbacks
        self._whispers = whispers
        self._submit = submit

    def ring(self, offer: str, call: str, seat: int) -> None:
        """Let the seat's phone ring, showing who calls, or whom it will call back."""
        endpoint = self._phones.endpoints.get(seat)
        citizen = self._calls.get(call)
        if endpoint is not None and self._callbacks.knows(call):
            self._legs.ring(offer, call, None, endpoint, self._callbacks.shown_on_phone(call))
        elif endpoint is not None and citizen is not None:
            caller = citizen.caller
            number = caller.on_phone if caller.number else "anonymous"
            self._legs.ring(offer, call, citizen.channel, endpoint, f'"{caller.on_phone}" <{number}>')
        else:
            self._submit(OfferFailed(offer, OfferOutcome.FAILED))

    def cancel_ring(self, offer: str, cause: CancelCause) -> None:
        """Hang up a ringing or late answered leg."""
        self._whispers.drop(offer)
        self._legs.cancel(offer, cause)

    def connect(self, call: str, offer: str) -> None:
        """Stop what the caller hears and put both parties into one bridge, in one go."""
        citizen = self._calls.get(call)
        if citizen and (texts := self._whispers.about(citizen)):
            self._whispers.begin(offer, CHANNEL_PREFIX + offer, texts, lambda: self._join(call, offer))
        else:
            self._join(call, offer)

    def _join(self, call: str, offer: str) -> None:
        if not self._legs.is_up(offer):
            return  # the operator has hung up; the floor hears of it, and the caller's music goes on
        if citizen := self._calls.get(call):
            citizen.fall_quiet()
        self._legs.connect(offer)

    def joined_yet(self, offer: str, then: Callable[[], None]) -> None:
        """Ask whether both parties are in the bridge, and let the floor know if so; `then` goes on."""
        self._legs.joined_yet(offer, then)

    def release_seat(self, offer: str) -> None:
        """Hang up the operator's leg."""
        self._whispers.drop(offer)
        self._legs.release(offer)

    def release_caller(self, call: str) -> None:
        """Hang up the caller after the operator has."""
        if citizen := self._calls.get(call):
            citizen.release()
        else:
            self._callbacks.release(call)

    def call_out(self, offer: str, ticket: str) -> None:
        """Ring the citizen of a callback."""
        self._callbacks.call_out(offer, ticket)

    def cancel_call_out(self, offer: str) -> None:
        """Stop ringing him."""
        self._callbacks.cancel(offer)

    def divert(self, call: str, cause: OverflowCause, to: Destination) -> None:
        """Tell the caller what the overflow means for him; his script asks for a number outside itself."""
        if citizen := self._calls.get(call):
            citizen.divert(cause, to)

    def take_out_caller(self, call: str) -> None:
        """Tell the caller that he is taken out, and hang up."""
        if citizen := self._calls.get(call):
            citizen.take_out()

    def ticket_closed(self, ticket: str, _state: TicketState) -> None:
        """Forget whom the ticket was about."""
        self._callbacks.closed(ticket)

    def resume(self, call: str) -> None:
        """Let the caller wait on."""
        if citizen := self._calls.get(call):
            citizen.wait_on()

    def settled(self, call: str, outcome: Outcome) -> None:
        """Take down how the call ended."""
        if citizen := self._calls.get(call):
            citizen.settle(outcome.value)

    def callback_asked(self, call: str, ticket: str, *, merged: bool) -> Mapping[str, str] | None:
        """Take down whom the ticket is about; what is to be kept of it, apart from the journal."""
        citizen = self._calls.get(call)
        number = citizen.callback_number if citizen else None
        if number is None:
            return None
        if not merged:
            self._callbacks.opened(ticket, number)
        return {"callback_number": number}
