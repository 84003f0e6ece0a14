"""予約枠 on both databases: of all who take the last place at once exactly one gets it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from sqlalchemy import text

from config.forms import BOOKING
from db import Database, verify
from db.ledger import Conflict, UnknownError, Writing, correct, current_of, write
from db.slots import Place, SlotFull, taken_in

NOW = 1_795_132_800_000
TEN, ELEVEN = "2026-12-01T10:00", "2026-12-01T11:00"


def booking(slot: str | None, who: str = "101", capacity: int = 2, **more: object) -> Writing:
    place = None if slot is None else Place(slot, capacity)
    made = Writing(
        "booking", who, BOOKING.version, BOOKING.definition, {"kind": "新規"}, {"name": who}, place=place
    )
    return replace(made, **more)  # type: ignore[arg-type]


def taken(database: Database, *slots: str) -> dict[str, int]:
    with database.read() as connection:
        return taken_in(connection, slots)


@pytest.mark.parametrize("capacity", [1, 3])
def test_given_operators_who_take_the_last_places_at_once_then_exactly_so_many_get_one(
    database: Database, capacity: int
) -> None:
    won: list[str] = []
    lost: list[tuple[str, int]] = []
    together = threading.Barrier(8)

    def go(who: str) -> None:
        together.wait()
        try:
            won.append(write(database, booking(TEN, who, capacity), NOW).entry)
        except SlotFull as full:
            lost.append((full.slot, full.capacity))

    threads = [threading.Thread(target=go, args=(str(100 + n),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(won) == capacity
    assert lost == [(TEN, capacity)] * (8 - capacity)
    assert taken(database, TEN) == {TEN: capacity}
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ledger_entries")) == capacity
        assert connection.scalar(text("SELECT count(*) FROM ledger_keys")) == capacity
    # Who lost has used up no number.
    assert sorted(won) == [f"booking-2026-{n:06d}" for n in range(1, capacity + 1)]
    assert verify(database) is None


def test_given_a_correction_when_the_other_slot_is_full_then_the_old_place_is_kept(
    database: Database,
) -> None:
    first = write(database, booking(TEN, capacity=1), NOW).entry
    other = write(database, booking(ELEVEN, capacity=1), NOW).entry
    with pytest.raises(SlotFull):
        correct(database, first, 1, booking(ELEVEN, capacity=1, why="変更"), NOW + 1)
    assert taken(database, TEN, ELEVEN) == {TEN: 1, ELEVEN: 1}
    assert current_of(database, first).revision == 1
    correct(database, other, 1, booking(None, why="取消"), NOW + 2)
    assert taken(database, ELEVEN) == {}
    correct(database, first, 1, booking(ELEVEN, capacity=1, why="変更"), NOW + 3)
    assert taken(database, TEN, ELEVEN) == {ELEVEN: 1}
    with pytest.raises(Conflict):
        correct(database, first, 1, booking(TEN, why="変更"), NOW + 4)
    assert taken(database, TEN, ELEVEN) == {ELEVEN: 1}
    # Lowered to nothing: who has a place keeps it when something else is corrected.
    correct(database, first, 2, booking(ELEVEN, capacity=0, why="聞き違い"), NOW + 5)
    assert taken(database, ELEVEN) == {ELEVEN: 1}


def test_given_an_entry_that_replaces_another_when_written_then_the_place_moves_in_one_step(
    database: Database,
) -> None:
    first = write(database, booking(TEN, capacity=1), NOW).entry
    again = write(database, booking(TEN, capacity=1, replaces=first), NOW + 1).entry
    assert taken(database, TEN) == {TEN: 1}
    write(database, booking(None, replaces=again), NOW + 2)
    assert taken(database, TEN) == {}
    for unknown in ("booking-2026-999999", "inquiry-2026-000001"):
        with pytest.raises(UnknownError, match=unknown):
            write(database, booking(TEN, replaces=unknown), NOW)
    write(database, booking(ELEVEN, capacity=1), NOW)
    kept = write(database, booking(TEN, capacity=1), NOW).entry
    with pytest.raises(SlotFull):
        write(database, booking(ELEVEN, capacity=1, replaces=kept), NOW)
    assert taken(database, TEN, ELEVEN) == {TEN: 1, ELEVEN: 1}
