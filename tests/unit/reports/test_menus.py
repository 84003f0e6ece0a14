"""The menus' figures: each call has one end, each press is counted where it was made, in every report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from openpyxl import load_workbook
from rich.console import Console

from db import Database, Entry
from ivr.menu import ENTERED, GAVE_UP, NO_CALLBACK, NO_KEY, WRONG_KEY
from reports import day_report, month_report
from reports.menu_tables import END_NAMES
from tests.unit.reports.counting import figures
from tests.unit.reports.days import at, call, journals

Store = Callable[[list[Entry]], None]
MORNING = at("2026-11-20T09:00:00")
LATER = at("2026-12-24T12:00:00")
IN = ("", ENTERED)


def menus(*calls: list[Entry]) -> dict[str, object]:
    shown: dict[str, object] = figures([row for rows in calls for row in rows]).to_json()["menus"]
    return shown


def one(steps: Sequence[tuple[str, str]], outcome: str | None = "abandoned_in_guidance") -> dict[str, object]:
    return menus(call("a", MORNING, outcome, menu=steps))


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        ([IN, ("1", "queue")], "queue"),
        ([IN, ("9", "language:en, need:english")], "need:english"),
        ([IN, ("7", "line:water")], "line:water"),
        ([IN, ("8", "operator")], "operator"),
        ([IN, ("5", "callback")], "callback"),
        ([IN, ("5", "callback"), ("", NO_CALLBACK)], NO_CALLBACK),
        ([IN, ("4", "say:hours, hang_up")], "hang_up"),
        ([IN, ("4", "say:hours, hang_up"), ("2", "queue")], "queue"),
        ([IN, ("", NO_KEY), ("", NO_KEY), ("", GAVE_UP)], GAVE_UP),
        ([IN], "abandoned"),
        ([IN, ("", NO_KEY)], "abandoned"),
        ([IN, ("3", "say:hours")], "abandoned"),
        ([IN, ("6", "repeat")], "abandoned"),
        ([IN, ("0", WRONG_KEY)], "abandoned"),
    ],
)
def test_given_a_way_through_a_menu_then_its_end_is_the_one_place_where_it_is_counted(
    steps: list[tuple[str, str]], end: str
) -> None:
    shown = one(steps)
    assert shown["calls"] == 1
    assert shown["ends"] == {end: 1}
    (menu,) = shown["by_menu"]  # type: ignore[misc]  # a list of JSON
    assert menu["abandoned"] == (end == "abandoned")
    assert menu["entered"] == 1
    assert end.partition(":")[0] in END_NAMES


def test_given_a_call_still_in_the_menu_or_failed_there_then_it_is_no_abandon() -> None:
    assert one([IN], None)["ends"] == {"in_progress": 1}
    assert one([IN], "system_failed")["ends"] == {"system_failed": 1}


def test_given_calls_in_several_menus_then_each_press_is_counted_where_it_was_made() -> None:
    rows = call("a", MORNING, "answered", menu=[IN, ("", NO_KEY), ("7", WRONG_KEY), ("1", "menu:b")])
    rows += [
        Entry(MORNING + 300, "call.menu", call="a", data={"menu": "b", "key": "", "target": ENTERED}),
        Entry(MORNING + 301, "call.menu", call="a", data={"menu": "b", "key": "2", "target": "queue"}),
    ]
    shown = menus(
        rows,
        call("b", MORNING, "abandoned_in_guidance", menu=[IN, ("7", WRONG_KEY)]),
        call("c", MORNING, "answered"),
    )
    assert shown == {
        "calls": 2,
        "ends": {"abandoned": 1, "queue": 1},
        "by_menu": [
            {
                "menu": "b", "entered": 1, "keys": [{"key": "2", "target": "queue", "count": 1}],
                "no_key": 0, "wrong_key": 0, "wrong_keys": {}, "gave_up": 0, "abandoned": 0,
            },
            {
                "menu": "top", "entered": 2, "keys": [{"key": "1", "target": "menu:b", "count": 1}],
                "no_key": 1, "wrong_key": 2, "wrong_keys": {"7": 2}, "gave_up": 0, "abandoned": 1,
            },
        ],
    }  # fmt: skip


def test_given_a_menu_entered_twice_by_one_call_then_it_is_one_call() -> None:
    shown = one([IN, ("1", "menu:top"), IN, ("2", "queue")])
    assert shown["by_menu"][0]["entered"] == 1  # type: ignore[index]  # JSON


def test_given_rows_that_make_no_sense_then_they_are_counted_somewhere_and_nothing_fails() -> None:
    rows = call("a", MORNING, "answered")
    rows += [
        Entry(MORNING + 5, "call.menu", call="a", data={"menu": None, "key": 7, "target": ["x"]}),
        Entry(MORNING + 6, "call.menu", call="a"),
        Entry(MORNING + 7, "call.menu", data={"menu": "top"}),
        Entry(MORNING + 8, "call.menu", call="nobody", data={"menu": "top", "key": "1", "target": "queue"}),
    ]
    assert menus(rows)["calls"] == 1


@settings(max_examples=50, deadline=None)
@given(journals())
def test_given_any_day_then_every_call_in_a_menu_has_one_end(entries: list[Entry]) -> None:
    for day in ("2026-11-20", "2026-11-21"):
        shown = figures(entries, day=day).menus
        assert shown.calls == sum(shown.ends.values())
        assert all(tally.entered <= shown.calls for tally in shown.by_menu.values())
        assert sum(tally.abandoned for tally in shown.by_menu.values()) == shown.ends.get("abandoned", 0)


def test_given_a_day_with_menus_when_reported_then_every_form_tells_it(
    records: Database, store: Store
) -> None:
    store(call("a", MORNING, "answered", menu=[IN, ("1", "queue")]))
    store(call("b", MORNING, "answered", menu=[IN, ("0", WRONG_KEY), ("", GAVE_UP)]))
    for report in (day_report(records, "2026-11-20", LATER), month_report(records, "2026-11", LATER)):
        shown = json.loads(json.dumps(report.to_json()))
        assert shown["menus"]["ends"] == {GAVE_UP: 1, "queue": 1}
        rows = list(csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))))
        assert ["top", "1", "queue", "1"] in rows
        assert ["top", "", "入った件数", "2"] in rows
        assert ["列へ", "1", "50.0%"] in rows
        book = load_workbook(io.BytesIO(report.to_xlsx()))
        cells = [[cell.value for cell in row[:4]] for row in book["あふれ・席"].iter_rows()]
        assert ["top", "0", "使われていない番号", 1] in cells
        console = Console(file=io.StringIO(), width=130)
        console.print(report.to_text())
        text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of above
        for words in ("メニューで押された番号", "メニューの結果", "オペレーターへ（番号なし・違う番号）"):
            assert words in text
            assert words in report.to_html()


def test_given_a_day_without_menus_then_the_report_has_no_table_of_them(
    records: Database, store: Store
) -> None:
    store(call("a", MORNING, "answered"))
    assert "メニューで" not in day_report(records, "2026-11-20", LATER).to_html()
