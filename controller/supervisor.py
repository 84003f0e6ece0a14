"""What a supervisor (業務責任者) may do with those who wait, with callbacks and with the line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from acd.events import (
    CallbackAsked,
    CallbackCancelled,
    Event,
    MoveCaller,
    OfferTo,
    RaiseCaller,
    TakeOut,
)
from config import to_ms
from config.lines import MAIN
from controller.controller import Controller
from controller.override_book import BACK, Record, State
from controller.overrides import Overrides, Wish
from controller.refused import RefusedError
from ivr.callback_number import Unfit, callback_number
from ivr.numbers import shown
from ivr.override import OverrideKind

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
    def overrides(self) -> Overrides:
        """一回限りの変更: all that stands, stood or shall stand over the calendar."""
        return self._controller.overrides

    def standing(self, line: str = MAIN) -> Record | None:
        """What stands over this line's calendar now."""
        return self.overrides.book.in_force(line, self._controller.clock.now_ms())

    def close_line(
        self,
        reason: str,
        until_ms: int | None = None,
        by: str = SUPERVISOR,
        *,
        line: str | None = None,
        confirmed_by: str | None = None,
    ) -> Record:
        """臨時休止, from now to `until_ms` (ms UTC), whatever was said before; `line` None: every line.

        By default to the calendar's next opening: nobody finds a line still closed that was forgotten. In
        open hours it waits for a second person, unless one is named. Raises RefusedError (see `Overrides`).
        """
        if until_ms is None:
            rules = self._controller.hours.by_rules(line or MAIN)
            opening = rules.at(self._controller.clock.now()).next_opening
            until_ms = None if opening is None else to_ms(opening)
        wish = Wish(OverrideKind.CLOSED, reason, by, line=line, until_ms=until_ms, confirmed_by=confirmed_by)
        return self.overrides.make(wish, replace=True)

    def open_line(
        self, until_ms: int, reason: str, by: str = SUPERVISOR, *, line: str | None = None
    ) -> Record:
        """臨時受付, from now to `until_ms` (ms UTC), whatever was said before. Raises RefusedError."""
        return self.overrides.make(
            Wish(OverrideKind.OPEN, reason, by, line=line, until_ms=until_ms), replace=True
        )

    def by_calendar(self, by: str = SUPERVISOR, reason: str = BACK, *, line: str | None = None) -> None:
        """The calendar alone again, from now on; what is planned or waits for a second person stays.

        `line` None: every line. Raises RefusedError (`every_line`): what stands over this line was said of
        every line.
        """
        now_ms = self._controller.clock.now_ms()
        standing = [record for record in self.overrides.book if record.state(now_ms) is State.IN_FORCE]
        concerned = [one for one in standing if line is None or one.override.concerns(line)]
        for record in concerned:
            if line is not None and record.override.line is None:
                raise RefusedError(
                    "every_line", f"{record.override.id} stands over every line: leave the line out."
                )
        for record in concerned:
            self.overrides.withdraw(record.override.id, by, reason)
