"""Each cause of overflow and each destination by the real floor, with its own figure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from rich.console import Console

from acd import FloorSettings
from acd.events import CallerGone, LineClosed, OfferFailed, TakeOut
from acd.settings import Destination, LineSettings, OverflowRule
from acd.types import OfferOutcome, OverflowCause, Strategy, Toward
from db import Database, Entry
from reports import DEFINITIONS_VERSION, day_report
from reports.definitions import CAUSE_NAMES, TOWARD_NAMES
from tests.unit.reports.counting import figures
from tests.unit.reports.floor_days import MORNING, FloorDay

Store = Callable[[list[Entry]], None]
LATER = MORNING + 10**8
TARGETS = {Toward.LINE: "other", Toward.NUMBER: "+81260009999"}
LIMITS = {
    OverflowCause.NO_SEAT: 0,
    OverflowCause.QUEUE_FULL: 1,
    OverflowCause.CALLS_PER_SEAT: 1,
    OverflowCause.PREDICTED_WAIT: 100_000,
    OverflowCause.WAITED: 60_000,
    OverflowCause.CLOSING: 30_000,
}


def test_given_the_floors_words_when_compared_then_every_cause_and_destination_has_its_japanese() -> None:
    assert list(CAUSE_NAMES) == [cause.value for cause in OverflowCause]
    assert list(TOWARD_NAMES) == [toward.value for toward in Toward]


def overflowing(cause: OverflowCause, toward: Toward) -> FloorDay:
    """One call, the last, overflows for this cause."""
    rule = OverflowRule(cause, LIMITS[cause], Destination(toward, TARGETS.get(toward, "")))
    lines = {"main": LineSettings(overflow=(rule,)), "other": LineSettings()}
    day = FloorDay(FloorSettings(seats=(1,), lines=lines))
    if cause is not OverflowCause.NO_SEAT:
        day.staff(1)
        day.call("talks")
        day.pick_up(1)
    if cause in (OverflowCause.QUEUE_FULL, OverflowCause.CALLS_PER_SEAT, OverflowCause.PREDICTED_WAIT):
        day.call("first")
    day.call("last")
    if cause is OverflowCause.CLOSING:
        day.do(LineClosed("main", day.now_ms))
    if cause in (OverflowCause.WAITED, OverflowCause.CLOSING):
        day.wait(60_000)
    return day


@pytest.mark.parametrize("toward", list(Toward))
@pytest.mark.parametrize("cause", list(OverflowCause))
def test_given_a_cause_and_a_destination_when_a_call_overflows_then_that_figure_alone_is_one(
    cause: OverflowCause, toward: Toward
) -> None:
    day = overflowing(cause, toward)
    shown = figures(day.rows, now_ms=day.now_ms).to_json()
    assert {
        (one, other): count
        for one, towards in shown["overflow"].items()
        for other, count in towards.items()
        if count
    } == {(cause.value, toward.value): 1}
    assert shown["overflow_calls"] == 1
    assert sum(shown["overflow_stage"].values()) == 1
    assert shown["identity"]["holds"]
    # Counted at once, while the last text is still spoken; and the same when the call has ended.
    assert shown["identity"]["in_queue"]["still_waiting"] == len(day.floor.waiting())
    settled = day.settled.get("last")
    assert settled is None or shown["identity"]["in_queue"][settled] == 1
    now_ms = day.now_ms
    day.now_ms += 8_000
    day.end_all()
    after = figures(day.rows, now_ms=now_ms).to_json()
    assert after["identity"]["in_queue"] == shown["identity"]["in_queue"]
    assert after["longest_wait_s"] == shown["longest_wait_s"]


def test_given_the_endings_by_overflow_when_counted_then_each_is_in_its_own_term() -> None:
    terms = {
        (OverflowCause.WAITED, Toward.HANG_UP): "timed_out",
        (OverflowCause.NO_SEAT, Toward.HANG_UP): "left_no_operator",
        (OverflowCause.QUEUE_FULL, Toward.HANG_UP): "overflowed",
        (OverflowCause.WAITED, Toward.NUMBER): "overflowed",
        (OverflowCause.NO_SEAT, Toward.NUMBER): "overflowed",
    }
    for (cause, toward), term in terms.items():
        day = overflowing(cause, toward)
        assert day.settled["last"] == term
        shown = figures(day.rows, now_ms=day.now_ms)
        assert shown.identity.within[term] == 1
        assert shown.total.turned_away == 1


def test_given_an_overflow_to_another_line_when_counted_then_its_line_is_the_one_called() -> None:
    day = overflowing(OverflowCause.QUEUE_FULL, Toward.LINE)
    day.leave("last")
    day.end_all()
    shown = figures(day.rows)
    assert {line: tally.received for line, tally in shown.by_line.items()} == {"main": 3}
    assert shown.identity.within["abandoned"] == 1


def test_given_calls_of_two_lines_when_counted_then_each_line_has_its_own_figures(
    records: Database, store: Store
) -> None:
    day = FloorDay(FloorSettings(seats=(1,), lines={"main": LineSettings(), "water": LineSettings()}))
    for n in range(3):
        day.call(f"m{n}")
    day.call("w", line="water")
    for name in ("m0", "w"):
        day.do(CallerGone(name))
    day.end_all()
    shown = figures(day.rows).to_json()
    assert [(row["line"], row["received"], row["abandoned"]) for row in shown["by_line"]] == [
        ("main", 3, 1),
        ("water", 1, 1),
    ]
    store(day.rows)
    assert "回線別" in day_report(records, "2026-11-20", LATER).to_html()


def test_given_a_call_out_of_hours_when_counted_then_its_line_is_that_of_its_first_row() -> None:
    day = FloorDay(FloorSettings(seats=(1,)))
    day.write("call.received", call="a", data={"open": False, "line": "water"})
    day.write("call.ended", call="a", data={"outcome": "closed"})
    shown = figures(day.rows).by_line
    assert {line: tally.received for line, tally in shown.items()} == {"water": 1}


def test_given_predictions_when_callers_are_answered_then_their_errors_are_in_the_report() -> None:
    day = FloorDay(FloorSettings(seats=(1,), handling_ms=60_000, wrap_up_ms=0))
    day.staff(1)
    day.call("a")
    offer = day.pick_up(1)
    day.call("b")
    day.wait(30_000)
    day.write("call.wait_told", call="b", data={"predicted_ms": 60_000, "minutes": 1, "position": 1})
    day.wait(20_000)
    day.hang_up(offer)
    day.pick_up(1)
    day.end_all()
    assert figures(day.rows).to_json()["prediction"] == {
        "count": 2,
        "median_error_s": 5.0,
        "p90_error_s": 10.0,
        "bias_s": 5.0,
        "told": 1,
        "told_median_error_s": 40.0,
        "told_p90_error_s": 40.0,
    }


def test_given_offers_of_every_end_when_counted_then_each_seat_has_its_misses_by_cause() -> None:
    day = FloorDay(FloorSettings(seats=(1, 2), max_misses=9, cool_down_ms=1_000, strategy=Strategy.LINEAR))
    day.staff(1, 2)
    day.call("a")
    for cause in (OfferOutcome.DECLINED, OfferOutcome.BUSY, OfferOutcome.UNREACHABLE, OfferOutcome.FAILED):
        day.do(OfferFailed(day.rings[1], cause))
        day.wait(1_000)
        day.do(OfferFailed(day.rings[2], OfferOutcome.NO_ANSWER))
        day.wait(1_000)
    day.pick_up(1)
    day.call("b")
    day.leave("b")
    shown = {row["seat"]: row for row in figures(day.rows).to_json()["by_seat"]}
    assert shown[1] == {
        "seat": 1,
        "offers": 5,
        "answered": 1,
        "missed": 3,
        "no_answer": 0,
        "declined": 1,
        "busy": 1,
        "unreachable": 1,
        "failed": 1,
        "caller_gone": 0,
        "lost_race": 0,
        "withdrawn": 0,
        "answer_rate": 0.2,
        "answer_rate_of_own": 0.25,
    }
    assert (shown[2]["offers"], shown[2]["no_answer"], shown[2]["caller_gone"]) == (5, 4, 1)
    missed = [row for row in day.rows if row.kind == "seat.miss"]
    assert len(missed) == sum(row["missed"] for row in shown.values())


def test_given_a_call_taken_out_when_counted_then_it_is_withdrawn_and_no_abandon() -> None:
    day = FloorDay(FloorSettings(seats=(1,)))
    day.call("a")
    day.do(TakeOut("a", "いたずら"))
    shown = figures(day.rows, now_ms=day.now_ms)
    assert shown.identity.within["withdrawn"] == 1
    day.end_all()
    assert figures(day.rows).identity.within["withdrawn"] == 1


def test_given_a_day_with_overflow_when_reported_then_every_form_tells_it_in_japanese(
    records: Database, store: Store
) -> None:
    day = overflowing(OverflowCause.QUEUE_FULL, Toward.HANG_UP)
    day.end_all()
    store(day.rows)
    report = day_report(records, "2026-11-20", LATER)
    shown = json.loads(json.dumps(report.to_json()))
    assert shown["overflow"]["queue_full"]["hang_up"] == 1
    assert shown["definitions_version"] == DEFINITIONS_VERSION
    rows = list(csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))))
    assert ["理由", "案内して待つ", "案内と選択", "案内して終了", "他の回線へ", "他の番号へ", "計"] in rows
    assert ["待ち行列の満員", "0", "0", "1", "0", "0", "1"] in rows
    sheet = load_workbook(io.BytesIO(report.to_xlsx()))["あふれ・席"]
    cells = {str(row[0].value): [cell.value for cell in row[1:7]] for row in sheet.iter_rows()}
    assert cells["待ち行列の満員"] == [0, 0, 1, 0, 0, 1]
    console = Console(file=io.StringIO(), width=130)
    console.print(report.to_text())
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of above
    for words in ("あふれの理由と行き先", "席別の呼出", "予想待ち時間の誤差", "あふれ転送"):
        assert words in text
        assert words in report.to_html()
