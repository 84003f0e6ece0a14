"""The board has the seats that the settings have, also after they were read anew."""

from __future__ import annotations

from typing import Any

from db import Entry, JournalRow
from reports.seat_board import SeatBoard


def board(*entries: Entry) -> SeatBoard:
    made = SeatBoard()
    for seq, entry in enumerate(entries, start=1):
        made.add(JournalRow(seq, entry))
    return made


def row(kind: str, seat: int | None = None, operator: str | None = None, **data: Any) -> Entry:
    return Entry(1, kind, seat=seat, operator=operator, data=data)


def numbers(made: SeatBoard) -> list[int]:
    return [seat.seat for seat in made.present()]


def test_given_fewer_and_more_seats_when_reloaded_then_the_board_has_those_of_the_settings() -> None:
    started = row("system.started", seats=[1, 2, 3])
    fewer, more = row("system.reloaded", seats=[1]), row("system.reloaded", seats=[1, 2, 3, 4])
    assert numbers(board(started, fewer)) == [1]
    assert numbers(board(started, fewer, more)) == [1, 2, 3, 4]


def test_given_a_removed_seat_with_a_talk_when_reloaded_then_it_stays_until_the_talk_is_over() -> None:
    begun = (row("system.started", seats=[1, 2]), row("seat.login", 2, "102"))
    reloaded = row("system.reloaded", seats=[1])
    over = (
        row("seat.state", 2, "102", **{"from": "talking", "to": "logged_out", "reason": "removed"}),
        row("seat.logout", 2, "102"),
    )
    assert numbers(board(*begun, reloaded)) == [1, 2]
    assert numbers(board(*begun, reloaded, *over)) == [1]
    assert numbers(board(*begun, *over, reloaded)) == [1]


def test_given_a_reload_of_a_journal_without_seats_then_nothing_changes() -> None:
    assert numbers(board(row("system.started", seats=[1]), row("system.reloaded", changed=[]))) == [1]
