"""What a supervisor (業務責任者) may do with those who wait, with callbacks and with the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from acd.events import (
    CallbackAsked,
    CallbackCancelled,
    Event,
    MoveCaller,
    OfferTo,
    RaiseCaller,
    TakeOut,
)
from config import from_ms, to_ms
from controller.controller import Controller
from controller.hours import Override
from controller.refused import RefusedError
from ivr.callback_number import Unfit, callback_number
from ivr.numbers import shown

SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class CallbackNow:
    """折り返し, as it is now. Times are ms UTC; `due_ms`: not before.

    `position`: None while it is not in the queue. `number`: for the eye; "" when it has been purged.
    """

    ticket: str
    call: str
    line: str
    number: str
    state: str
    position: int | None
    attempts: int
    asked_ms: int
    due_ms: int


class Supervisor:
    """Acts on the floor for a person; the floor says what is possible."""

    def __init__(self, controller: Controller, do: Callable[[Event], None]) -> None:
        """`do`: lets an event happen, or raises RefusedError."""
        self._controller = controller
        self._do = do

    # --- those who wait ------------------------------------------------------------------------------------

    def move(self, call: str, position: int) -> None:
        """Put a waiting caller to this place, 1 is the head. Raises RefusedError."""
        self._do(MoveCaller(call, position))

    def prioritise(self, call: str, priority: int) -> None:
        """Give a waiting caller another priority; higher is served first. Raises RefusedError."""
        self._do(RaiseCaller(call, priority))

    def offer(self, call: str, seat: int) -> None:
        """Let this seat's phone ring for a waiting caller, now. Raises RefusedError."""
        self._do(OfferTo(call, seat))

    def take_out(self, call: str, reason: str) -> None:
        """Take a waiting caller out of the queue; he is told so. Raises RefusedError."""
        self._do(TakeOut(call, reason))

    # --- callbacks -----------------------------------------------------------------------------------------

    def callbacks(self) -> list[CallbackNow]:
        """The open callbacks, oldest first."""
        return [
            CallbackNow(
                ticket=view.ticket,
                call=view.call,
                line=view.line,
                number=shown(self._controller.callbacks.number(view.ticket) or ""),
                state=view.state.value,
                position=view.position,
                attempts=view.attempts,
                asked_ms=view.asked_ms,
                due_ms=view.due_ms,
            )
            for view in self._controller.dispatcher.floor.open_tickets()
        ]

    def call_back(self, call: str, number: str | None) -> None:
        """Let a waiting caller go, and call him back: at `number` (as dialled), or at the one he shows.

        Raises:
            RefusedError: `no_number`, or `number_unfit`, or what the floor says.
        """
        citizen = self._controller.calls.get(call)
        if citizen is not None:
            asked = number or citizen.caller.number
            if asked is None:
                raise RefusedError("no_number", "The caller shows no number: give one.")
            checked = callback_number(asked, self._controller.settings.numbers())
            if isinstance(checked, Unfit):
                raise RefusedError(
                    "number_unfit", f"This number is not called back ({checked.name.lower()})."
                )
            citizen.callback_number = checked
        key = self._controller.caller_key((citizen and citizen.callback_number) or "")
        self._do(CallbackAsked(call, key))
        if citizen is not None:
            citizen.promise_callback()

    def cancel_callback(self, ticket: str) -> None:
        """Nobody is called back any more. Raises RefusedError."""
        self._do(CallbackCancelled(ticket))

    # --- the line ------------------------------------------------------------------------------------------

    @property
    def override(self) -> Override | None:
        """What stands over the calendar now."""
        override = self._controller.hours.override
        return override if override and override.holds(self._controller.clock.now_ms()) else None

    def close_line(self, reason: str, until_ms: int | None = None, by: str = SUPERVISOR) -> None:
        """臨時休止, from now to `until_ms` (ms UTC). Raises RefusedError (`past`).

        By default to the calendar's next opening: nobody finds a line still closed that was forgotten.
        """
        if until_ms is None:
            opening = self._controller.calendar.at(self._controller.clock.now()).next_opening
            until_ms = None if opening is None else to_ms(opening)
        self._say("closed", until_ms, reason, by)

    def open_line(self, until_ms: int, reason: str, by: str = SUPERVISOR) -> None:
        """臨時受付, from now to `until_ms` (ms UTC). Raises RefusedError (`past`)."""
        self._say("open", until_ms, reason, by)

    def by_calendar(self, by: str = SUPERVISOR) -> None:
        """The calendar alone again."""
        hours = self._controller.hours
        if hours.override is not None:
            self._journal("calendar", None, "", by)
            hours.set(None)
            self._controller.say_line()

    def _say(self, state: Literal["open", "closed"], until_ms: int | None, reason: str, by: str) -> None:
        now_ms = self._controller.clock.now_ms()
        if until_ms is not None and until_ms <= now_ms:
            raise RefusedError("past", f"{from_ms(until_ms).isoformat(timespec='seconds')} is past.")
        self._journal(state, until_ms, reason, by)
        self._controller.hours.set(Override(state, now_ms, until_ms, reason, by))
        self._controller.say_line()

    def _journal(self, state: str, until_ms: int | None, reason: str, by: str) -> None:
        self._controller.recorder.record(
            "line.override", data={"state": state, "until_ms": until_ms, "reason": reason, "by": by}
        )
