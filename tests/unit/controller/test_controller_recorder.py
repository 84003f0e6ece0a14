"""Rows gather for some milliseconds; their order and their time are those of the moment they tell of."""

from controller.recorder import Recorder
from db import Journal, journal_rows
from tests.unit.controller.controller_rig import TUESDAY, Paper, SetClock, until


async def test_given_rows_then_they_are_written_a_moment_later_in_order_with_the_time_they_happened():
    paper, clock = Paper(), SetClock()
    recorder = Recorder(paper, clock)
    recorder.record("call.received", call="c1")
    clock.at_ms += 7
    recorder.record("call.answered", call="c1")
    clock.at_ms += 1000
    assert paper.entries == []
    await until(lambda: bool(paper.entries))
    assert [(e.kind, e.at_ms) for e in paper.entries] == [
        ("call.received", TUESDAY),
        ("call.answered", TUESDAY + 7),
    ]
    assert [e.line for e in paper.entries] == ["main", "main"]


async def test_given_a_flush_then_all_is_written_once_and_later_rows_behind_it():
    paper = Paper()
    recorder = Recorder(paper, SetClock())
    for n in range(50):
        recorder.record("seat.state", seat=n)
    recorder.flush()
    recorder.flush()
    assert [e.seat for e in paper.entries] == list(range(50))
    recorder.record("seat.state", seat=50)
    await until(lambda: len(paper.entries) == 51)
    assert paper.entries[-1].seat == 50
    assert paper.entries[-1].line is None


async def test_given_a_row_recorded_while_rows_are_written_then_it_is_not_lost():
    paper = Paper()
    recorder = Recorder(paper, SetClock())
    written = paper.write

    def write(entry):
        written(entry)
        if entry.kind == "first":
            recorder.record("from within")

    paper.write = write
    recorder.record("first")
    recorder.record("second")
    recorder.flush()
    await until(lambda: len(paper.entries) == 3)
    assert [e.kind for e in paper.entries] == ["first", "second", "from within"]


async def test_given_a_number_then_it_goes_to_private_and_not_into_the_row():
    paper = Paper()
    recorder = Recorder(paper, SetClock())
    recorder.record("call.received", call="c", data={"open": True}, private={"number": "+81262261234"})
    recorder.flush()
    assert dict(paper.entries[0].data) == {"open": True}
    assert dict(paper.entries[0].private) == {"number": "+81262261234"}


async def test_given_a_real_journal_when_flushed_then_every_row_is_in_the_database_in_order(whole):
    for n in range(200):
        whole.recorder.record("seat.state", seat=n)
    whole.stored()
    with whole.database.read() as connection:
        assert [r.entry.seat for r in journal_rows(connection, kinds=("seat.state",))] == list(range(200))
    assert isinstance(whole.journal, Journal)
