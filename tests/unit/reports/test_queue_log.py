"""The exchange's own record of its fallback, as Asterisk writes it, read on and on."""

from __future__ import annotations

from pathlib import Path

import pytest

from reports.queue_log import QueueLog

NINE = 1_764_030_000
"""A second; all rows are told from it."""


class Record:
    """A queue_log that grows."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "queue_log"
        self.log = QueueLog(folder)

    def add(self, second: int, call: str, event: str, *data: object, member: str = "NONE") -> None:
        cells = [NINE + second, call, "fallback", member, event, *data]
        with self.file.open("a") as file:
            file.write("|".join(map(str, cells)) + "\n")

    def came(self, second: int, call: str, how: str = "open", line: str = "main") -> None:
        self.add(second, call, "FALLBACK", (NINE + second) * 1000 + 321, 60_000, "called=&to=&num=026")
        self.add(second, call, "SERVED", how, line)


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path)


def test_given_a_call_that_a_seat_answers_when_read_then_every_moment_is_known(record: Record) -> None:
    record.add(0, "NONE", "QUEUESTART", "")
    record.came(1, "1.1")
    record.add(3, "1.1", "ENTERQUEUE", "", "0262261234", 2)
    record.add(9, "1.1", "CONNECT", 6, "1.2", 4, member="seat 3")
    record.add(20, "1.1", "COMPLETEAGENT", 6, 11, 2, member="seat 3")
    record.add(20, "1.1", "LEFT", (NINE + 20) * 1000 + 5)
    (one,) = record.log.read()
    assert (one.at_ms, one.offset_ms, one.how, one.line) == ((NINE + 1) * 1000 + 321, 60_000, "open", "main")
    assert (one.queued_ms, one.position, one.seat) == ((NINE + 3) * 1000, 2, 3)
    assert (one.connected_ms, one.talk_ended_ms, one.ended_by) == (
        (NINE + 9) * 1000, (NINE + 20) * 1000, "operator",
    )  # fmt: skip
    assert one.left_ms == (NINE + 20) * 1000 + 5
    assert one.pairs == ("called=", "to=", "num=026")
    assert (record.log.read(), record.log.in_hand()) == ([], [])


def test_given_a_record_that_grows_and_is_put_aside_when_read_again_then_each_line_is_read_once(
    record: Record, tmp_path: Path
) -> None:
    record.came(1, "1.1")
    record.came(2, "1.2", "closed")
    assert [one.unique_id for one in record.log.read()] == ["1.1", "1.2"]
    with record.file.open("a") as file:
        file.write(f"{NINE + 4}|1.1|fallb")  # in the middle of being written
    assert record.log.read() == []
    with record.file.open("a") as file:
        file.write("ack|NONE|ENTERQUEUE||026|1\n")
    record.file.rename(tmp_path / "queue_log.0")
    record.add(6, "1.1", "ABANDON", 1, 1, 2)
    record.add(6, "1.1", "LEFT", (NINE + 6) * 1000 + 700)
    (one,) = record.log.read()
    assert (one.exit, one.queued_ms, one.left_ms) == (
        "abandoned", (NINE + 4) * 1000, (NINE + 6) * 1000 + 700,
    )  # fmt: skip
    assert [two.unique_id for two in record.log.in_hand()] == ["1.2"]


def test_given_another_asterisk_when_read_then_what_was_in_hand_fell_with_the_one_before(
    record: Record,
) -> None:
    record.came(1, "1.1")
    record.came(50, "1.2")
    assert len(record.log.read()) == 2
    assert [one.unique_id for one in record.log.fell((NINE + 30) * 1000)] == ["1.1"]
    record.add(60, "NONE", "QUEUESTART", "")
    (one,) = record.log.read()
    assert (one.unique_id, one.fell, record.log.in_hand()) == ("1.2", True, [])


def test_given_lines_that_are_none_when_read_then_the_others_are_known(record: Record) -> None:
    record.file.write_bytes(b"\xff\xfe|||\nnonsense\n1|2\n\n")
    record.add(1, "1.1", "FALLBACK", "now", "later")
    record.add(2, "9.9", "CONNECT", 6)
    record.add(2, "1.1", "ENTERQUEUE")
    record.add(3, "1.1", "CONNECT", member="somebody else")
    record.add(4, "1.1", "LEFT", "x")
    (one,) = record.log.read()
    assert (one.at_ms, one.offset_ms, one.seat, one.left_ms) == (
        (NINE + 1) * 1000, 0, None, (NINE + 4) * 1000,
    )  # fmt: skip


def test_given_no_record_when_read_then_there_is_nothing(tmp_path: Path) -> None:
    assert QueueLog(tmp_path / "none").read() == []
