"""The seats' half hours: what the writer keeps is what the journal's rows make, whatever is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from db import (
    Database,
    Entry,
    Journal,
    SeatFold,
    SeatSlot,
    journal_rows,
    open_database,
    slots_between,
    upgrade,
)
from db.append import append
from db.seat_slots import KINDS, SLOT_MS, STATES, SYSTEM, as_data

Start = Callable[[Database], Journal]
NOON = 1_795_143_600_000  # 2026-11-20 11:40 in Japan


def state(at_ms: int, seat: int, before: str, to: str, reason: str | None = None) -> Entry:
    data = {"from": before, "to": to, "reason": reason}
    return Entry(at_ms, "seat.state", seat=seat, operator=f"op{seat}", data=data)


def by_key(slots: Iterable[SeatSlot]) -> list[SeatSlot]:
    return sorted(slots, key=lambda slot: (slot.seat, slot.from_ms))


def kept(database: Database) -> list[SeatSlot]:
    with database.read() as connection:
        return by_key(slots_between(connection, 0, 2**60))


def anew(database: Database) -> list[SeatSlot]:
    fold = SeatFold()
    with database.read() as connection:
        for row in journal_rows(connection):
            fold.add(row.entry, row.seq)
    return by_key(fold.slots.values())


def some_day() -> list[Entry]:
    """Two seats over three half hours: calls, a lunch, a fall of the controller, another run."""
    rows = [Entry(NOON, "system.started")]
    for seat in (1, 2):
        at_ms = NOON + seat * 1_000
        rows += [
            Entry(at_ms, "seat.login", seat=seat, operator=f"op{seat}"),
            state(at_ms, seat, "logged_out", "ready"),
        ]
        for call in range(6):
            began = at_ms + call * 600_000
            rows += [
                state(began + 10_000, seat, "ready", "ringing"),
                Entry(
                    began + 12_000,
                    "offer.ended",
                    call=f"c{seat}{call}",
                    seat=seat,
                    data={"outcome": "answered"},
                ),
                state(began + 12_000, seat, "ringing", "talking"),
                state(began + 300_000, seat, "talking", "wrap_up"),
                state(began + 330_000, seat, "wrap_up", "ready"),
            ]
    rows.append(state(NOON + 4_000_000, 1, "ready", "break", "昼食"))
    rows.append(Entry(NOON + 9_000_000, "system.started"))
    rows.append(state(NOON + 9_060_000, 2, "logged_out", "ready"))
    rows.append(Entry(NOON + 9_500_000, "system.stopped"))
    head, *others = rows
    return [head, *sorted(others, key=lambda entry: entry.at_ms)]


def test_given_a_day_when_written_in_any_portions_then_the_table_is_what_the_rows_make(
    database: Database, start_journal: Start
) -> None:
    journal = start_journal(database)
    rows = some_day()
    for place, row in enumerate(rows):
        journal.write(row)
        if place % 7 == 0:
            assert journal.flush(20)
    assert journal.flush(20)
    found = kept(database)
    assert found == anew(database)
    assert sum(len(slot.wrap_ups) for slot in found) == sum(len(slot.offers) for slot in found) == 12
    assert {span.reason for slot in found for span in slot.spans if span.there == "break"} <= {"昼食", None}
    assert all(slot.state is None for slot in found)


def test_given_other_writers_between_when_written_then_none_works_from_what_is_no_longer_so(
    database: Database, start_journal: Start
) -> None:
    journal = start_journal(database)
    journal.write(Entry(NOON, "system.started"))
    journal.write(state(NOON + 1_000, 1, "logged_out", "ready"))
    assert journal.flush(20)
    append(database, [state(NOON + 2_000, 1, "ready", "break", "会議")])
    journal.write(state(NOON + 5_000, 1, "break", "ready"))
    assert journal.flush(20)
    (slot,) = kept(database)
    assert [(span.there, span.to_ms - span.from_ms) for span in slot.spans] == [
        ("present", 1_000),
        ("break", 3_000),
    ]
    assert [slot] == anew(database)


def test_given_a_database_of_before_the_table_when_upgraded_then_it_is_made_of_the_rows(
    empty_url: str, tmp_path: Path, start_journal: Start
) -> None:
    database = open_database(empty_url, home=tmp_path)
    upgrade(database)
    append(database, some_day())
    as_written = kept(database)
    migration = import_module("db.migrations.versions.0007_seat_slots")
    with database.write() as connection:
        connection.execute(text("DROP TABLE seat_slots"))
        with Operations.context(MigrationContext.configure(connection)):
            migration.upgrade()
    assert kept(database) == as_written == anew(database)
    database.close()


ROW = st.one_of(
    st.builds(
        state,
        st.integers(NOON, NOON + 8 * SLOT_MS),
        st.integers(1, 2),
        st.sampled_from((*STATES, "logged_out")),
        st.sampled_from((*STATES, "logged_out", "nonsense")),
        st.sampled_from((None, "昼食")),
    ),
    st.builds(
        lambda at_ms, kind, seat, outcome: Entry(at_ms, kind, seat=seat, data={"outcome": outcome}),
        st.integers(NOON, NOON + 8 * SLOT_MS),
        st.sampled_from(KINDS),
        st.sampled_from((None, 1, 2)),
        st.sampled_from(("answered", "no_answer", 7, None)),
    ),
)


@given(rows=st.lists(ROW, max_size=30), cut=st.integers(0, 30))
def test_given_any_rows_in_any_order_when_folded_in_two_parts_then_nothing_depends_on_the_cut(
    rows: list[Entry], cut: int
) -> None:
    whole = SeatFold()
    for seq, row in enumerate(rows, 1):
        whole.add(row, seq)
    # As the writer does it: what is under way is known, the rest is looked for.
    table: dict[tuple[int, int], SeatSlot] = {}

    def load(seat: int, from_ms: int) -> SeatSlot | None:
        return table.get((seat, from_ms))

    last_ms = None
    for begin, end in ((0, cut), (cut, len(rows))):
        under_way = [slot for slot in table.values() if slot.state is not None]
        fold = SeatFold(under_way, load, last_ms)
        for seq, row in enumerate(rows[begin:end], begin + 1):
            fold.add(row, seq)
            if row.seat is not None or row.kind in SYSTEM:
                last_ms = row.at_ms
        table |= fold.changed
    shown = {key: as_data(slot) for key, slot in whole.slots.items()}
    assert {key: as_data(slot) for key, slot in table.items()} == shown
    for slot in table.values():
        for span in slot.spans:
            assert slot.from_ms <= span.from_ms < span.to_ms <= slot.from_ms + SLOT_MS
            assert sum(span.states.values()) == span.to_ms - span.from_ms


@pytest.mark.parametrize("gap_ms", [-5_000, 0])
def test_given_a_clock_that_was_set_back_when_folded_then_nothing_is_negative(gap_ms: int) -> None:
    fold = SeatFold()
    fold.add(state(NOON, 1, "logged_out", "ready"))
    fold.add(state(NOON + 10_000, 1, "ready", "wrap_up"))
    fold.add(state(NOON + 10_000 + gap_ms, 1, "wrap_up", "ready"))
    (slot,) = fold.slots.values()
    assert [span.states for span in slot.spans] == [{"ready": 10_000}]
    assert [one.length_ms for one in slot.wrap_ups] == [0]
