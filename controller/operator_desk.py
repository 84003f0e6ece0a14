"""What an operator sees and does at the seat at which he is logged in, beside the seat's own states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acd.events import Event, OfferTo
from acd.types import SeatState
from config.desk_work import DeskWork
from controller.contacts import Contact
from controller.controller import Controller
from controller.help import Incident


@dataclass(frozen=True, slots=True)
class AtSeat:
    """The operator's seat beyond what everybody sees of it. Times are ms UTC.

    `talk_ms`: when the present or last talk began. `hold_ms`: the present hold. `break_limit_ms`: how long
    the present break may last, None where nothing says.
    """

    contact: Contact | None
    talk_ms: int | None
    hold_ms: int | None
    break_limit_ms: int | None


class OperatorDesk:
    """The operator's own door."""

    def __init__(self, controller: Controller, do: Callable[[Event], None]) -> None:
        """`do`: lets an event happen, or raises RefusedError."""
        self._controller = controller
        self._do = do

    @property
    def rules(self) -> DeskWork:
        """What the settings say of the operators' page."""
        return self._controller.settings.desk

    def break_limits_ms(self) -> dict[str, int]:
        """How long a break may last, by its reason's words."""
        return dict(self._controller.dispatcher.floor.settings.break_limits_ms)

    def seat_of(self, operator: str) -> int | None:
        """Where this operator is logged in: by the page, by a supervisor or by the telephone."""
        return self._controller.dispatcher.floor.operators.get(operator)

    def at(self, number: int) -> AtSeat:
        """The seat, now."""
        seat = self._controller.dispatcher.floor.seats[number]
        limits = self._controller.dispatcher.floor.settings.break_limits_ms
        return AtSeat(
            contact=self._controller.contacts.at(number),
            talk_ms=seat.talk_ms,
            hold_ms=seat.since_ms if seat.state is SeatState.HOLD else None,
            break_limit_ms=limits.get(seat.break_reason or "") if seat.state is SeatState.BREAK else None,
        )

    def call_back(self, seat: int, ticket: str) -> None:
        """Let this seat, which is ready, ring now for an open callback that is due. Raises RefusedError."""
        self._do(OfferTo(ticket, seat))

    def raise_hand(self, seat: int, reason: str) -> None:
        """手上げ. Raises RefusedError."""
        self._controller.help.raise_hand(seat, reason)

    def lower_hand(self, seat: int, by: str) -> None:
        """Lower it. Raises RefusedError."""
        self._controller.help.lower_hand(seat, by)

    def report_incident(self, seat: int, kind: str) -> Incident:
        """カスハラ, about the call that the seat has. Raises RefusedError."""
        contact = self._controller.contacts.at(seat)
        return self._controller.help.report(seat, kind, contact.asked_in if contact else None)

    def close_incident(self, seat: int, by: str) -> None:
        """It is dealt with. Raises RefusedError."""
        self._controller.help.close_incident(seat, by)

    def need_words(self, need: str) -> Sequence[str]:
        """The names of the skills that a need asks for at first."""
        settings = self._controller.settings
        steps = settings.needs.get(need, ())
        return [settings.skills.get(skill, skill) for skill in (steps[0].skills if steps else ())]
