"""折り返し in a simulated world: who asks to be called back, and who is reached then."""

from acd.callback_moves import ticket_id
from acd.events import CitizenAnswered, CitizenFailed
from acd.types import CalloutFailure, TicketState
from staffing.chance import stream
from staffing.demand import People
from staffing.tally import Tally

PICKED_UP_MS = 10_000
"""A citizen who is called back picks up after so long."""


class CalledBack:
    """The open callbacks, each with the talk that it leads to. When they are made is the floor's doing."""

    def __init__(self, people: People | None, seed: int) -> None:
        """people: None asks for none."""
        self.open: dict[str, tuple[int, Tally]] = {}
        self._asking, self._reached = (people.callback, people.reached) if people else (0.0, 0.0)
        self._chance = stream(seed, "callbacks").random

    def wanted(self) -> bool:
        """Whether a caller who is given the choice asks for it."""
        return self._asking > 0 and self._chance() < self._asking

    def asked(self, call: str, service_ms: int, tally: Tally) -> None:
        """The caller has hung up, and will talk so long when called back."""
        self.open[ticket_id(call)] = (service_ms, tally)

    def rung(self, offer: str, callout_ms: int) -> tuple[int, CitizenAnswered | CitizenFailed]:
        """After how many ms the citizen picks up, or is given up."""
        if self._chance() < self._reached:
            return PICKED_UP_MS, CitizenAnswered(offer)
        return callout_ms, CitizenFailed(offer, CalloutFailure.NO_ANSWER)

    def closed(self, ticket: str, state: TicketState) -> None:
        """It has come to its end."""
        _, tally = self.open.pop(ticket)
        tally.callbacks[state.value] += 1
