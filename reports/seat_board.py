"""The seats as they stood at a row of the journal, folded from their own rows. No floor is asked.

A new controller begins with a new floor, which records all that it comes to know: so only rows of the same
writer are taken. Log-ins and phones are read from that writer's beginning, the frequent rows from a quarter
of an hour before; a seat that did not change in it is looked up by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from db import JournalRow, first_of_writer, journal_rows, last_of_seat

WINDOW_MS = 15 * 60_000
_RARE = ("system.started", "system.reloaded", "seat.login", "seat.logout", "seat.phone")
_FREQUENT = (
    *("seat.state", "seat.wrap_up", "seat.miss", "offer.started", "offer.ended"),
    *("callback.offered", "callback.offer_ended"),
)
_STARTS = ("offer.started", "callback.offered")
_ENDS = ("offer.ended", "callback.offer_ended")
# After these the seat stands among the idle as if it had not been rung.
_KEEPS_PLACE = ("caller_gone", "lost_race", "withdrawn")
REMOVED = "removed"


@dataclass(slots=True)
class BoardSeat:
    """One seat. Times are ms UTC. ``able_ms``: since when it could be rung; ``rung_seq``: its last offer."""

    seat: int
    state: str = "logged_out"
    since_ms: int = 0
    reason: str | None = None
    call: str | None = None
    operator: str | None = None
    phone: str = "unregistered"
    wrap_up_until_ms: int | None = None
    able_ms: int | None = None
    rung_seq: int = 0
    keeps_place: bool = False
    removed: bool = False


@dataclass(slots=True)
class SeatBoard:
    """Folds rows of one writer, in their order."""

    seats: dict[int, BoardSeat] = field(default_factory=dict)

    def add(self, row: JournalRow) -> None:
        """Take one row; those that tell nothing of a seat change nothing."""
        entry = row.entry
        if entry.kind in ("system.started", "system.reloaded"):
            self._name(entry.data.get("seats"))
            return
        if entry.seat is None:
            return
        seat = self.seats.get(entry.seat)
        if seat is None:
            seat = self.seats[entry.seat] = BoardSeat(entry.seat)
        data = entry.data
        match entry.kind:
            case "seat.login":
                seat.operator, seat.removed = entry.operator, False
            case "seat.logout":
                seat.operator, seat.state, seat.since_ms = None, "logged_out", entry.at_ms
            case "seat.phone":
                seat.phone = str(data.get("state"))
            case "seat.wrap_up":
                until_ms = data.get("until_ms")
                seat.wrap_up_until_ms = until_ms if isinstance(until_ms, int) else None
            case "seat.state":
                self._state(seat, row)
            case kind if kind in _STARTS:
                seat.rung_seq = row.seq
            case kind if kind in _ENDS:
                seat.keeps_place = data.get("outcome") in _KEEPS_PLACE

    def _name(self, seats: object) -> None:
        """These seats there are from now on, and those at which somebody still has to finish."""
        if not isinstance(seats, list):
            return
        for number in seats:
            if isinstance(number, int):
                self.seats.setdefault(number, BoardSeat(number)).removed = False
        for seat in self.seats.values():
            if seat.seat not in seats and seat.operator is None:
                seat.removed = True

    def _state(self, seat: BoardSeat, row: JournalRow) -> None:
        entry = row.entry
        reason = entry.data.get("reason")
        seat.state, seat.since_ms = str(entry.data.get("to")), entry.at_ms
        seat.reason = reason if isinstance(reason, str) else None
        seat.call = entry.call
        seat.removed = seat.reason == REMOVED and seat.state == "logged_out"
        if seat.state != "wrap_up":
            seat.wrap_up_until_ms = None
        if seat.state == "ready":
            if seat.able_ms is None or not seat.keeps_place:
                seat.able_ms = entry.at_ms
            seat.keeps_place = False

    def present(self) -> list[BoardSeat]:
        """The seats that the settings have, by number."""
        return [self.seats[number] for number in sorted(self.seats) if not self.seats[number].removed]


def board_before(connection: Connection, row: JournalRow) -> tuple[SeatBoard, int]:
    """The seats as they stood some time before ``row``, and the moment (ms UTC) from which rows follow."""
    begin_ms = first_of_writer(connection, row.writer)
    from_ms = max(begin_ms, row.entry.at_ms - WINDOW_MS)
    board = SeatBoard()
    for one in _of_writer(row.writer, journal_rows(connection, from_ms=begin_ms, to_ms=from_ms, kinds=_RARE)):
        board.add(one)
    for seat in list(board.seats.values()):
        if seat.operator is None:
            continue
        state = last_of_seat(connection, "seat.state", seat.seat, begin_ms, from_ms)
        if state is None:
            continue
        board.add(state)
        if seat.state == "wrap_up":
            until = last_of_seat(connection, "seat.wrap_up", seat.seat, state.entry.at_ms, from_ms)
            if until is not None:
                board.add(until)
    return board, from_ms


def rows_of_board(connection: Connection, writer: str, from_ms: int, to_ms: int) -> Iterator[JournalRow]:
    """The rows for `SeatBoard.add`, from_ms <= at_ms < to_ms, of this writer."""
    return _of_writer(
        writer, journal_rows(connection, from_ms=from_ms, to_ms=to_ms, kinds=(*_RARE, *_FREQUENT))
    )


def _of_writer(writer: str, rows: Iterable[JournalRow]) -> Iterator[JournalRow]:
    return (row for row in rows if row.writer == writer)


def whole(value: Any) -> int | None:
    """The value when it is a whole number."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None
