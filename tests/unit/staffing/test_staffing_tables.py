"""Files that a user writes: each mistake is named with file, line and column."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config import parse_local, to_ms
from staffing.chance import Distribution
from staffing.recorded import again, assume, read_calls, really
from staffing.roster import PlannedBreak
from staffing.tables import TableError, clock_ms, read_breaks, read_curve, read_shifts

CLOSES = clock_ms("17:15")
HEAD = "id,arrival,connected,abandoned,service,line,priority\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


def test_given_a_curve_when_read_then_the_closing_shortens_the_last_half_hour(file: Path) -> None:
    file.write_text("time,calls\n16:00,10\n17:00,4\n\n", encoding="utf-8-sig")
    curve = read_curve(file, CLOSES)
    assert curve.slots() == [
        (clock_ms("16:00"), 1_800_000, 10.0),
        (clock_ms("16:30"), 1_800_000, 0.0),
        (clock_ms("17:00"), 900_000, 4.0),
    ]
    assert curve.per_hour == pytest.approx(14 / 1.25)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "line 1: column time is missing; columns are time, calls"),
        ("time,calls\n", "has no lines below its head"),
        ("time,call\n08:30,3\n", "line 1: column calls is missing"),
        ("time,calls,more\n08:30,3,3\n", "line 1: column 'more' is unknown"),
        ("time,calls,calls\n08:30,3,3\n", "line 1: column calls is there twice"),
        ("time,calls\n08:30\n", "line 2: has 1 columns instead of 2"),
        ("time,calls\n08:30,3\n25:00,3\n", "line 3, column time: '25:00' is not a time of day like 08:30"),
        ("time,calls\n08:40,3\n", "line 2, column time: 08:40 is no full or half hour"),
        ("time,calls\n08:30,3\n08:30,4\n", "line 3, column time: 08:30 is there twice"),
        ("time,calls\n08:30,-3\n", "line 2, column calls: -3 is negative"),
        ("time,calls\n08:30,many\n", "line 2, column calls: 'many' is not a number"),
        ("time,calls\n08:30,\n", "line 2, column calls: is empty"),
        ("time,calls\n08:30,0\n", "column calls: there are no arrivals at all"),
        ('time,calls\n"08:30,0\n', "is not CSV"),
    ],
)
def test_given_a_bad_curve_when_read_then_its_place_is_named(file: Path, text: str, why: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TableError, match=re.escape(why)) as refused:
        read_curve(file, CLOSES)
    assert str(file) in str(refused.value)


def test_given_bytes_that_are_no_text_when_read_then_that_is_said(file: Path) -> None:
    file.write_bytes("time,calls\n８:30,3\n".encode("shift_jis"))
    with pytest.raises(TableError, match="is not UTF-8"):
        read_curve(file, CLOSES)


def test_given_shifts_and_breaks_when_read_then_they_are_as_written(file: Path) -> None:
    file.write_text("time,seats\n08:30,5\n09:30,7\n")
    assert read_shifts(file).seats == (5, 0, 7)
    assert read_shifts(file).plus(1).seats == (6, 0, 8)
    file.write_text("seat,from,to\n1,12:00,12:45\n2,12:45,13:30\n")
    assert read_breaks(file)[1] == PlannedBreak(2, clock_ms("12:45"), clock_ms("13:30"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time,seats\n08:30,0\n", "zero seats in every half hour"),
        ("time,seats\n08:30,2.5\n", "line 2, column seats: '2.5' is not a whole number"),
        ("time,seats\n08:30,1001\n", "line 2, column seats: 1001 is not from 0 to 1000"),
    ],
)
def test_given_bad_shifts_when_read_then_their_place_is_named(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(TableError, match=re.escape(why)):
        read_shifts(file)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("seat,from,to\n0,12:00,13:00\n", "line 2, column seat: seats are numbered from 1"),
        ("seat,from,to\n1,13:00,12:00\n", "line 2, column to: 12:00 is not later than 13:00"),
        (
            "seat,from,to\n1,12:00,13:00\n1,12:30,12:40\n",
            "line 3, column from: overlaps another break of seat 1",
        ),
    ],
)
def test_given_bad_breaks_when_read_then_their_place_is_named(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(TableError, match=re.escape(why)):
        read_breaks(file)


def test_given_recorded_calls_when_read_then_each_is_what_its_row_says(file: Path) -> None:
    file.write_text(
        HEAD + "b,2026-11-20 09:00:10,,2026-11-20 09:00:40.500,,,\n"
        "a,2026-11-20 09:00:00,2026-11-20 09:00:05,,120.25,main,2\n"
    )
    first, second = read_calls(file, ["main"])
    assert (first.name, first.at_ms) == ("a", to_ms(parse_local("2026-11-20 09:00:00")))
    assert (first.outcome, first.wait_ms, first.service_ms, first.priority) == ("answered", 5_000, 120_250, 2)
    assert (second.outcome, second.wait_ms, second.service_ms) == ("abandoned", 30_500, None)
    tally = really([first, second])
    assert (tally.queued, tally.waits, tally.given_up, tally.holds) == (2, [5_000], [30_500], True)


def test_given_censored_patience_when_estimated_then_only_abandons_show_an_end(file: Path) -> None:
    file.write_text(
        HEAD
        + "a,2026-11-20 09:00:00,2026-11-20 09:00:10,,100,,\nb,2026-11-20 09:01:00,,2026-11-20 09:01:50,,,\n"
    )
    calls = read_calls(file, ["main"])
    assumed = assume(calls, endless=False)
    assert assumed.patience_s == pytest.approx((10 + 50) / 1)
    assert assumed.service == Distribution.observed([100_000])
    played = again(calls, assumed, 1)
    assert played[0].patience_ms >= 10_000
    assert played[1].patience_ms == 50_000
    assert played[1].service_ms == 100_000
    endless = assume(calls, endless=True)
    assert again(calls, endless, 1)[0].patience_ms == -1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("arrival,patience\n2026-11-20 09:00,3\n", "line 1: column service is missing"),
        ("arrival,service\n2026-11-20 09:00,3\n", "line 1: column patience or abandoned is missing"),
        (HEAD + "a,yesterday,,,60,,\n", "line 2, column arrival: 'yesterday' is not a time like"),
        (HEAD + "a,,,,60,,\n", "line 2, column arrival: is empty"),
        (HEAD + "a,2026-11-20 09:00,,,-60,,\n", "line 2, column service: -60 is negative"),
        (HEAD + "a,2026-11-20 09:00,,,1e9,,\n", "line 2, column service: 1e9 is longer than a day"),
        (HEAD + "a,2026-11-20 09:00,,,nan,,\n", "line 2, column service: 'nan' is not seconds"),
        (
            HEAD + "a,2026-11-20 09:00,,,60,,\na,2026-11-20 09:01,,,60,,\n",
            "line 3, column id: 'a' is already the id of line 2",
        ),
        (
            HEAD + "a,2026-11-20 09:00,,2026-11-20 08:59,,,\n",
            "line 2, column abandoned: 2026-11-20 08:59 is before the arrival, 2026-11-20 09:00",
        ),
        (
            HEAD + "a,2026-11-20 09:00,2026-11-20 09:01,2026-11-20 09:02,,,\n",
            "line 2, column connected: a call that was abandoned cannot have been connected too",
        ),
        (
            HEAD + "a,2026-11-20 09:00,,2026-11-20 09:02,60,,\n",
            "line 2, column service: a call that was abandoned has no service time",
        ),
        (HEAD + "a,2026-11-20 09:00,,,60,hall,\n", "line 2, column line: 'hall' is no line of the settings"),
        (HEAD + "a,2026-11-20 09:00,,,60,,high\n", "line 2, column priority: 'high' is not a whole number"),
        (HEAD + "a,2026-11-20 09:00,,2026-11-20 09:02,,,\n", "column service: no call has a service time"),
        (
            "arrival,service,patience,abandoned\n2026-11-20 09:00,,5,2026-11-20 09:01\n",
            "line 2, column patience: give the patience or the time when it was abandoned, not both",
        ),
    ],
)
def test_given_a_bad_replay_file_when_read_then_its_place_is_named(file: Path, text: str, why: str) -> None:
    file.write_text(text)
    with pytest.raises(TableError, match=re.escape(why)) as refused:
        read_calls(file, ["main"])
    assert str(file) in str(refused.value)
