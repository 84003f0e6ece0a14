"""なぜ: each decision about one call, with every seat that was not offered and its reason.

From the journal alone. The floor keeps no account of its choices, which would cost every step; what it saw is
in its rows. This module folds them up to each decision and reads the reasons off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from config.clock import JST, from_ms
from db import JournalRow
from reports.seat_board import WINDOW_MS, SeatBoard, board_before, rows_of_board
from reports.why_seats import Asked, SeatReason, reasons
from reports.why_words import TEXTS

STEP_MS = 5
"""Rows of one step of the floor are written within this time."""
_OFFERED = ("offer.started", "callback.offered")
_ENDED = ("offer.ended", "callback.offer_ended")
_SEATS_TOLD = ("call.queued", "call.overflowed", *_OFFERED, *_ENDED)
_WAITS_NO_MORE = ("answered", "caller_gone", "lost_race")
_LEAVES = ("callback.asked", "call.withdrawn")
_FINAL = ("hang_up", "number")


@dataclass(slots=True)
class Decision:
    """One decision and what was seen. ``what`` is a word for machines, ``text`` a sentence in Japanese.

    ``seats`` are those not offered; empty where the question does not arise.
    """

    at_ms: int
    what: str
    text: str
    seats: list[SeatReason] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """The element of ``why``."""
        at = from_ms(self.at_ms).astimezone(JST).isoformat(timespec="milliseconds")
        return {
            "at": at,
            "what": self.what,
            "text": self.text,
            "seats": [one.to_json() for one in self.seats],
        }


@dataclass(slots=True)
class _Step:
    """A decision and the rows (of one call, one moment) that it is made of."""

    rows: list[JournalRow]
    asks_seats: bool = False

    @property
    def first(self) -> JournalRow:
        return self.rows[0]

    @property
    def kind(self) -> str:
        return self.first.entry.kind


def why_of(connection: Connection, call: str, journal: Sequence[JournalRow]) -> tuple[Decision, ...]:
    """The decisions about this call, in their order; ``journal`` are the rows that name it."""
    steps = _steps([row for row in journal if row.entry.kind in TEXTS])
    _ask(steps)
    reasons_of = dict(_seats(connection, Asked(call), steps))
    return tuple(
        Decision(
            at_ms=step.first.entry.at_ms,
            what=step.kind.removeprefix("call.").replace(".", "_"),
            text=TEXTS[step.kind]([row.entry for row in step.rows]),
            seats=reasons_of.get(step.first.seq, []),
        )
        for step in steps
    )


def _steps(rows: Sequence[JournalRow]) -> list[_Step]:
    """One a row; offers of one moment (ring all) are one decision."""
    steps: list[_Step] = []
    for row in rows:
        last = steps[-1] if steps else None
        is_one = row.entry.kind in _OFFERED and last is not None and last.kind == row.entry.kind
        if is_one and last is not None and _same_moment(row, last.first):
            last.rows.append(row)
        else:
            steps.append(_Step([row]))
    return steps


def _same_moment(one: JournalRow, other: JournalRow) -> bool:
    return one.writer == other.writer and abs(one.entry.at_ms - other.entry.at_ms) <= STEP_MS


def _ask(steps: list[_Step]) -> None:
    """Mark the decisions that list the seats: every offer, and of the others of one moment the last.

    None once the wait is over.
    """
    live: set[str | None] = set()
    is_gone = False
    for step in steps:
        offers = {row.entry.offer for row in step.rows}
        outcome = step.first.entry.data.get("outcome")
        if step.kind in _OFFERED:
            live |= offers
        elif step.kind in _ENDED:
            live -= offers
        over = step.kind in _ENDED and (live or outcome in _WAITS_NO_MORE)
        if step.kind == "callback.offer_ended":
            # Taken back: the citizen was not reached, or quiet hours began. It is not due for now.
            over = over or outcome == "withdrawn"
        elif step.kind not in _OFFERED:
            over = over or is_gone
        step.asks_seats = step.kind in _SEATS_TOLD and not over
        is_gone = is_gone or step.kind in _LEAVES or step.first.entry.data.get("toward") in _FINAL
    for step, *later in (steps[number:] for number in range(len(steps))):
        if step.kind not in _OFFERED and any(
            one.asks_seats and _same_moment(one.first, step.first) for one in later
        ):
            step.asks_seats = False


def _seats(
    connection: Connection, asked: Asked, steps: list[_Step]
) -> Iterator[tuple[int, list[SeatReason]]]:
    """The seats' reasons by the decision's first seq."""
    own = [row for step in steps for row in step.rows]
    for group in _groups([step for step in steps if step.asks_seats]):
        first = group[0].first
        board, from_ms = board_before(connection, first)
        to_ms = group[-1].first.entry.at_ms + STEP_MS + 1
        rows = list(rows_of_board(connection, first.writer, from_ms, to_ms))
        place = 0
        for step in group:
            # Before an offer the seats are as the floor found them; an offer's end is over when its step is.
            until_ms = step.first.entry.at_ms + (STEP_MS if step.kind in _ENDED else 0)
            while place < len(rows) and _is_before(rows[place], step, until_ms):
                board.add(rows[place])
                asked.add(rows[place])
                place += 1
            for row in own:
                if row.seq < step.first.seq:
                    asked.add(row)
            yield step.first.seq, _reasons(board, asked, steps, step)


def _is_before(row: JournalRow, step: _Step, until_ms: int) -> bool:
    if step.kind in _ENDED:
        return row.seq <= step.first.seq or row.entry.at_ms <= until_ms
    return row.seq < step.first.seq


def _groups(steps: Sequence[_Step]) -> Iterator[list[_Step]]:
    """Decisions near in time are answered from one reading of the rows."""
    group: list[_Step] = []
    for step in steps:
        if group and (
            step.first.writer != group[-1].first.writer
            or step.first.entry.at_ms - group[-1].first.entry.at_ms > WINDOW_MS
        ):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _reasons(board: SeatBoard, asked: Asked, steps: list[_Step], step: _Step) -> list[SeatReason]:
    offered = [row.entry for row in step.rows] if step.kind in _OFFERED else []
    chosen_by_hand = any(
        one.first.entry.data.get("why") == "chosen" and _same_moment(one.first, step.first)
        for one in steps
        if one.kind in ("call.moved", "callback.moved")
    )
    return reasons(board, asked, offered, step.first.entry.at_ms, chosen_by_hand=chosen_by_hand)
