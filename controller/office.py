"""The narrow door through which pages and API see the floor and act on it. They get nothing else."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acd.events import Break, EndWrapUp, EntryWritten, Event, ExtendWrapUp, LogIn, LogOut, Ready
from acd.types import SeatState
from config.changes import Reloaded
from config.desk import Desk as DeskRules
from config.forms import Forms
from config.lines import MAIN
from config.reporting import reporting_settings
from config.slots import Slots
from config.wallboard import Wallboard
from controller.announcements import Announcements
from controller.controller import Controller
from controller.held import held
from controller.help import Hand, Incident
from controller.operator_desk import OperatorDesk
from controller.refused import RefusedError as RefusedError  # part of what the door shows
from controller.supervisor import Supervisor
from ivr.announcement import Place
from ivr.calendar import Calendar, Moment
from ivr.guidance import Guidance
from reports.rules import Rules


@dataclass(frozen=True, slots=True)
class SeatNow:
    """席, as it is now. `since_ms`: ms UTC, when the seat came into this state.

    `wrap_up_until_ms`: ms UTC, when the present wrap-up ends; None in every other state. `over`: the present
    break lasts longer than the settings allow. `line`: of the present call. `hand`, `incident`:
    手上げ, カスハラ. `next_state`, `next_reason`: what follows the present activity.

    `extension` is "" for a seat that the settings have no more: it finishes its talk and disappears.
    """

    seat: int
    extension: str
    operator: str | None
    operator_name: str | None
    state: str
    since_ms: int
    reason: str | None
    call: str | None
    phone: str
    line: str | None
    wrap_up_until_ms: int | None
    over: bool
    next_state: str | None
    next_reason: str | None
    hand: Hand | None
    incident: Incident | None


@dataclass(frozen=True, slots=True)
class WaitingNow:
    """A caller who is not connected yet. `since_ms`: ms UTC, when he entered the queue (t3).

    `predicted_ms`: how much longer he will probably wait; None when nobody can say. `is_callback`: he is not
    on the line, `call` is the ticket of his callback.
    """

    call: str
    since_ms: int
    position: int
    rings: bool
    line: str
    priority: int
    need: str
    predicted_ms: int | None
    is_callback: bool
    caller: str
    """For the eye: the number as the rules allow, or the withheld reason in words."""


class Office:
    """What a supervisor or an operator may see and do."""

    def __init__(
        self,
        controller: Controller,
        reload: Callable[[], Awaitable[Reloaded]] | None = None,
        announcements: Announcements | None = None,
        templates: Path | None = None,
    ) -> None:
        self._controller = controller
        self._templates = templates
        self._announcements = announcements
        self.supervisor = Supervisor(controller, self._do)
        self.operator = OperatorDesk(controller, self._do)
        self._reload = reload
        self.further_warnings: Callable[[], list[str]] = list
        """What `/readyz` warns of besides: a Japanese sentence each."""

    async def reload(self) -> Reloaded:
        """Read the settings anew and bring them into force; calls in progress are not touched.

        Raises:
            ConfigError: a mistake in the file; nothing is changed.
            RefusedError: `asterisk_away`, `not_written` or `not_possible`; nothing is changed.
        """
        if self._reload is None:
            raise RefusedError("not_possible", "This process cannot read its settings anew.")
        return await self._reload()

    @property
    def announcements(self) -> Announcements:
        """お知らせ: what citizens are told for a time.

        Raises:
            RefusedError: `not_possible`: this process makes none.
        """
        if self._announcements is None:
            raise RefusedError("not_possible", "This process makes no announcements.")
        return self._announcements

    @property
    def guidance(self) -> Guidance:
        """The spoken texts and their sounds."""
        return self._controller.guidance

    @property
    def only_announced(self) -> bool:
        """Whether callers of the main line hear an announcement, and nothing else."""
        board = self._announcements and self._announcements.board
        return bool(board and board.holds(MAIN, Place.INSTEAD, self.now_ms()))

    @property
    def connected(self) -> bool:
        """Whether the controller is connected to Asterisk and reconciled with it."""
        return self._controller.ready.is_set()

    def held(self) -> dict[str, int]:
        """How many of what the controller keeps in memory, by name."""
        return held(self._controller)

    def now_ms(self) -> int:
        """The clock's time (ms UTC)."""
        return self._controller.clock.now_ms()

    def moment(self, line: str = MAIN) -> Moment:
        """The line now, by the calendar and by what a supervisor has said over it."""
        return self._controller.hours.moment(line)

    def calendar(self, line: str = MAIN) -> Calendar:
        """The line's hours with what has been said over them."""
        return self._controller.hours.calendar(line)

    def report_rules(self) -> Rules:
        """What the reports need besides the records: the contract's terms, names, the main line's hours."""
        return Rules.of(self._controller.settings, self.calendar(), self._templates)

    def line_names(self) -> dict[str, str]:
        """What people call the lines, by id; `main` comes first."""
        return self._controller.settings.line_names()

    def slots(self) -> Slots:
        """予約枠."""
        return self._controller.settings.slots

    def forms(self) -> Forms:
        """What operators write into the ledgers, field by field."""
        return self._controller.settings.forms

    def reporting_settings(self) -> dict[str, Any]:
        """What the figures of a report depend on; frozen with a closed month."""
        return reporting_settings(self._controller.settings)

    def wallboard(self) -> Wallboard:
        """From when on figures are yellow or red, and what a wall may show."""
        return self._controller.settings.wallboard

    def next_wait_ms(self, line: str = MAIN) -> int | None:
        """How long who calls this line now will probably wait; None when nobody can say."""
        rules = self._controller.settings.line_rules()[line]
        return self._controller.dispatcher.floor.predicted_ms(line=line, need=rules.need or "")

    def desk_rules(self) -> DeskRules:
        """How people log in at the pages, and how long."""
        return self._controller.settings.desk

    def pin_fits(self, operator: str, pin: str) -> bool:
        """Whether this is the operator's PIN. In constant time."""
        known = self._controller.people.pins.get(operator)
        return known is not None and hmac.compare_digest(known.encode(), pin.encode("utf-8", "replace"))

    def operators(self) -> dict[str, str]:
        """Names by operator id."""
        return dict(self._controller.people.names)

    def break_reasons(self) -> dict[str, str]:
        """離席理由 by code digit."""
        return dict(self._controller.settings.floor.breaks)

    def seats(self) -> list[SeatNow]:
        """All seats, by number; last those that the settings have no more but that still talk."""
        extensions = self._controller.settings.seats.extensions()
        floor = self._controller.dispatcher.floor
        found = []
        for number in (*extensions, *sorted(floor.seats.keys() - extensions.keys())):
            seat = floor.seat(number)
            if seat is None:
                continue
            found.append(
                SeatNow(
                    seat=number,
                    extension=extensions.get(number, ""),
                    operator=seat.operator,
                    operator_name=self._controller.people.names.get(seat.operator or ""),
                    state=seat.state.value,
                    since_ms=seat.since_ms,
                    reason=seat.reason,
                    call=seat.call,
                    phone=seat.phone.value,
                    line=seat.line,
                    wrap_up_until_ms=seat.wrap_up_until_ms if seat.state is SeatState.WRAP_UP else None,
                    over=seat.over and seat.state is SeatState.BREAK,
                    next_state=seat.declared.value if seat.busy else None,
                    next_reason=seat.break_reason if seat.busy else None,
                    hand=self._controller.help.hand(number),
                    incident=self._controller.help.incident(number),
                )
            )
        return found

    def waiting(self) -> list[WaitingNow]:
        """Callers not yet connected, in the order of dispatch."""
        found = []
        for view in self._controller.dispatcher.floor.waiting():
            call = self._controller.calls.get(view.call)
            found.append(
                WaitingNow(
                    call=view.call,
                    since_ms=view.queued_ms,
                    position=view.position or 0,
                    rings=view.offer is not None,
                    line=view.line,
                    priority=view.priority,
                    need=view.need,
                    predicted_ms=view.predicted_ms,
                    is_callback=view.ticket,
                    caller=call.caller.display if call else "",
                )
            )
        return found

    def write_out(self) -> None:
        """Bring what the recorder still holds (some milliseconds) to the journal and the live figures."""
        self._controller.recorder.flush()

    def watch(self, callback: Callable[[], None]) -> None:
        """Call back (synchronously, quickly) after each change of the floor."""
        self._controller.dispatcher.watch(callback)

    def log_in(self, seat: int, operator: str) -> None:
        """Log an operator in at a seat, ready at once.

        Raises:
            RefusedError: `no_such_operator`, or what the floor says (`seat_taken`, `operator_elsewhere`, …).
        """
        if operator not in self._controller.people.names:
            raise RefusedError("no_such_operator", f"there is no operator {operator!r}")
        self._do(LogIn(seat, operator))

    def log_out(self, seat: int) -> None:
        """Log the seat's operator out, after the talk if there is one. Raises RefusedError."""
        self._do(LogOut(seat))

    def ready(self, seat: int) -> None:
        """Take calls. Raises RefusedError."""
        self._do(Ready(seat))

    def take_break(self, seat: int, reason: str) -> None:
        """離席, with a reason's code digit or its words. Raises RefusedError."""
        self._do(Break(seat, self.break_reasons().get(reason, reason)))

    def extend_wrap_up(self, seat: int, by_ms: int) -> None:
        """Let the wrap-up end `by_ms` later, at most as late as the line allows. Raises RefusedError."""
        self._do(ExtendWrapUp(seat, by_ms))

    def entry_written(self, seat: int, call: str) -> None:
        """The ledger entry (受付簿, 記録簿) of this call is saved: ends the wrap-up if the line says so."""
        self._do(EntryWritten(seat, call))

    def end_wrap_up(self, seat: int) -> None:
        """End the wrap-up before its time. Raises RefusedError."""
        self._do(EndWrapUp(seat))

    def _do(self, event: Event) -> None:
        refused = self._controller.dispatcher.submit(event)
        if refused is not None:
            self._controller.recorder.record(
                "floor.refused",
                seat=getattr(event, "seat", None),
                data={"event": type(event).__name__, "why": refused.code.value},
            )
            raise RefusedError(refused.code.value, refused.why)
