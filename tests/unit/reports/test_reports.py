from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from openpyxl import load_workbook
from rich.console import Console

from db import Database, Entry
from reports import DEFINITIONS_VERSION, call_story, day_report, list_calls, month_report
from tests.unit.reports.days import at, by_time, call

Store = Callable[[list[Entry]], None]

OVER = at("2026-12-02T00:00:00")
CONTRACT = {
    *("period", "received", "received_open", "received_closed", "answered", "abandoned"),
    *("abandoned_in_guidance", "abandoned_short", "overflowed", "callback_requested", "system_failed"),
    *("answer_rate", "abandon_rate", "service_level", "asa_s", "longest_wait_s", "average_talk_s"),
    *("average_wrap_up_s", "by_hour", "by_day", "by_weekday", "identity", "definitions_version"),
}


def november() -> list[Entry]:
    return by_time(
        *(call(f"a{n}", at("2026-11-20T09:00:00") + n * 600_000, "answered") for n in range(1_2)),
        call("b1", at("2026-11-20T10:05:00"), "abandoned", wait_ms=3_000),
        call("b2", at("2026-11-30T16:59:00"), "abandoned", wait_ms=30_000),
        call("x", at("2026-11-22T08:00:00"), "closed", is_open=False),
        call("last", at("2026-11-30T23:59:59.999"), "closed", is_open=False),
        call("next", at("2026-12-01T00:00:00"), "closed", is_open=False),
    )


def test_given_a_month_when_reported_then_the_contracts_keys_are_there_and_the_counts_are_right(
    records: Database, store: Store
) -> None:
    store(november())
    shown = json.loads(json.dumps(month_report(records, "2026-11", OVER).to_json()))
    assert set(shown) >= CONTRACT
    assert (shown["received"], shown["received_open"], shown["received_closed"]) == (16, 14, 2)
    assert (shown["answered"], shown["abandoned"], shown["abandoned_short"]) == (12, 2, 1)
    assert shown["identity"]["holds"] is True
    assert sum(shown["identity"]["terms"].values()) == shown["received"]
    assert [len(shown[name]) for name in ("by_hour", "by_half_hour", "by_day", "by_weekday")] == [
        24,
        48,
        30,
        7,
    ]
    assert sum(row["received"] for row in shown["by_day"]) == 16
    assert shown["by_weekday"][4] == {**shown["by_weekday"][4], "name": "金", "received": 13}
    assert shown["definitions_version"] == DEFINITIONS_VERSION


def test_given_a_month_that_is_over_when_reported_at_other_times_then_it_is_the_same_to_the_byte(
    records: Database, store: Store
) -> None:
    store(november())
    one, two = (month_report(records, "2026-11", OVER + later) for later in (0, 10**10))
    assert one.to_json() == two.to_json()
    assert one.to_csv() == two.to_csv()
    assert one.to_html() == two.to_html()


def test_given_a_month_that_runs_when_reported_then_it_is_marked_provisional(records: Database) -> None:
    report = month_report(records, "2026-11", at("2026-11-20T12:00:00"))
    assert report.to_json()["provisional"] is True
    assert report.to_json()["as_of"] == "2026-11-20T12:00:00.000+09:00"
    assert "速報" in report.to_html()
    assert month_report(records, "2026-11", OVER).to_json()["provisional"] is False


def test_given_a_day_when_reported_then_only_its_calls_count(records: Database, store: Store) -> None:
    store(november())
    shown = day_report(records, "2026-11-20", OVER).to_json()
    assert shown["received"] == 13
    assert [row["date"] for row in shown["by_day"]] == ["2026-11-20"]
    assert "2026年11月20日（金）" in day_report(records, "2026-11-20", OVER).to_html()


def test_given_a_report_when_made_in_every_form_then_the_figures_are_the_same(
    records: Database, store: Store
) -> None:
    store(november())
    report = month_report(records, "2026-11", OVER)
    shown = report.to_json()
    rows = list(csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))))
    assert report.to_csv().startswith(b"\xef\xbb\xbf")
    assert ["応答率", f"{12 / 14 * 100:.1f}%", "応答 ÷ 時間内着信"] in rows
    assert ["着信件数", "16", "時間外を含む"] in rows
    sheet = load_workbook(io.BytesIO(report.to_xlsx())).worksheets[0]
    cells = {str(row[0].value): row[1].value for row in sheet.iter_rows(max_row=40)}
    assert cells["着信件数"] == shown["received"]
    assert cells["応答率"] == pytest.approx(12 / 14)
    assert int(sheet.page_setup.paperSize) == int(sheet.PAPERSIZE_A4)
    console = Console(file=io.StringIO(), width=130)
    console.print(report.to_text())
    text = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO of above
    page = report.to_html()
    for words in ("85.7%", "入電 16 ＝", "成り立っています", f"第{DEFINITIONS_VERSION}版"):
        assert words in text
        assert words in page


def test_given_nothing_to_divide_by_when_shown_then_it_is_a_dash(records: Database) -> None:
    report = month_report(records, "2026-11", OVER)
    rows = list(csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))))
    assert ["応答率", "–", "応答 ÷ 時間内着信"] in rows
    report.to_xlsx()
    assert "100.0%" not in report.to_html()


def test_given_hostile_text_in_a_journal_when_reported_then_it_is_neither_code_nor_formula(
    records: Database, store: Store
) -> None:
    name = "=cmd|'/c calc'!A1<script>alert(1)</script>"
    store([Entry(at("2026-11-20T09:00:00"), "call.ended", call=name, data={"outcome": "abandoned"})])
    report = month_report(records, "2026-11", OVER)
    assert "<script>" not in report.to_html()
    assert "&lt;script&gt;" in report.to_html()
    for row in csv.reader(io.StringIO(report.to_csv().decode("utf-8-sig"))):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    for line in load_workbook(io.BytesIO(report.to_xlsx())).worksheets[0].iter_rows():
        assert not any(cell.data_type == "f" for cell in line)


@pytest.mark.parametrize(
    "text", ["2022-13", "2022-00", "2022-1", "202211", "２０２２-11", "", "2022-11-01", "0000-01", "9999-12"]
)
def test_given_what_is_no_month_when_reported_then_it_is_refused_in_one_sentence(
    records: Database, text: str
) -> None:
    with pytest.raises(ValueError, match="is not a month like 2026-11"):
        month_report(records, text, OVER)


@pytest.mark.parametrize("text", ["2022-02-30", "2022-11", "20221101", "2022-W47-7", "today", "9999-12-31"])
def test_given_what_is_no_day_when_reported_then_it_is_refused_in_one_sentence(
    records: Database, text: str
) -> None:
    with pytest.raises(ValueError, match="is not a day like 2026-11-22"):
        day_report(records, text, OVER)


def test_given_calls_when_listed_then_by_time_and_by_ending_without_numbers(
    records: Database, store: Store
) -> None:
    rows = november()
    rows[0] = Entry(
        rows[0].at_ms, rows[0].kind, rows[0].call, data=rows[0].data, private={"number": "+81312345678"}
    )
    store(rows)
    begin, end = at("2026-11-01T00:00:00"), at("2026-12-01T00:00:00")
    lines = list_calls(records, begin, end)
    assert len(lines) == 16
    assert [line.facts.received_ms for line in lines] == sorted(line.facts.received_ms for line in lines)
    assert {line.facts.call for line in list_calls(records, begin, end, outcome="abandoned")} == {"b1", "b2"}
    assert "12345678" not in json.dumps([line.to_json() for line in lines])
    with pytest.raises(ValueError, match="'lost' is not an outcome"):
        list_calls(records, begin, end, outcome="lost")


def test_given_a_call_when_its_story_is_asked_then_every_row_that_names_it_is_told(
    records: Database, store: Store
) -> None:
    store(november())
    story = call_story(records, "a0")
    assert story is not None
    shown = story.to_json()
    assert shown["outcome"] == "answered"
    assert shown["wait_s"] == 8.0
    assert [row["kind"] for row in shown["journal"]] == [e.kind for e in call("a0", 0, "answered")[:-1]]
    assert call_story(records, "nobody") is None
