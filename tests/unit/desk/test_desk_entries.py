"""The ledgers through the API: written, corrected, found, in conflict, purged; every look is on record."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from acd.events import Reconfigured
from config.lines import Line
from controller.floor_settings import floor_settings
from db import looks, verify
from db.personal import erase
from desk.entry_models import (
    CategoriesNow,
    EntryConflict,
    EntryHistory,
    EntryList,
    EntryView,
    FormsNow,
    FormView,
)
from tests.unit.desk.desk_rig import BEARER, SETTINGS, Browser
from tests.unit.desk.test_entry_values import MY_NUMBER

API = "/api/v1"
LOOK = {"by": "102", "why": "照会への回答"}
VALUES = {"kind": "新規", "name": "ながの はなこ", "phone": "026-226-1234", "remarks": "=cmd|' /C calc'!A0"}


async def put(browser: Browser, path: str, body: object) -> tuple[int, Any]:
    async with browser.client.put(API + path, headers=BEARER, json=body) as answer:
        return answer.status, await answer.json()


async def booked(browser: Browser, **more: object) -> Any:
    body = {"ledger": "booking", "values": VALUES, "by": "101", **more}
    status, entry = await browser.post(f"{API}/entries", body)
    assert status == 201, entry
    EntryView.model_validate(entry)
    return entry


def looked(browser: Browser) -> list[tuple[str | None, str, str, str]]:
    with browser.site.database.read() as connection:
        return [(one.call, one.what, one.who, one.why) for one in looks(connection)]


async def test_given_the_forms_when_asked_then_they_and_older_ones_are_told(browser: Browser) -> None:
    status, now = await browser.get(f"{API}/forms")
    assert status == 200
    FormsNow.model_validate(now)
    assert [form["title"] for form in now["forms"]] == ["交付予約受付簿", "問合せ記録簿"]
    entry = await booked(browser)
    booking = SETTINGS.forms.booking.model_copy(update={"title": "新しい受付簿"})
    forms = SETTINGS.forms.model_copy(update={"booking": booking})
    browser.site.controller.settings = SETTINGS.model_copy(update={"forms": forms})
    status, old = await browser.get(f"{API}/forms/{entry['form']}")
    assert (status, old["title"]) == (200, "交付予約受付簿")
    FormView.model_validate(old)
    status, new = await browser.get(f"{API}/forms/{booking.version}")
    assert (status, new["title"]) == (200, "新しい受付簿")
    for unknown in ("0" * 64, "x"):
        assert (await browser.get(f"{API}/forms/{unknown}"))[0] == 404


async def test_given_an_operator_in_wrap_up_when_the_entry_is_written_then_the_wrap_up_that_waits_ends(
    browser: Browser,
) -> None:
    site = browser.site
    settings = SETTINGS.model_copy(update={"line": Line(wrap_up_ends="entry")})
    site.controller.dispatcher.submit(Reconfigured(floor_settings(settings)))
    site.seat_up(2, "102")
    call = await site.call_in()
    site.pick_up(call)
    site.operator_hangs_up(call)
    _, live = await browser.get(f"{API}/live")
    assert live["seats"][1]["state"] == "wrap_up"
    entry = await booked(browser, seat=2, by=None)
    assert (entry["call"], entry["by"], entry["by_name"]) == (call, "102", "オペレーター2")
    assert entry["values"]["name"] == "ナガノ　ハナコ"
    _, live = await browser.get(f"{API}/live")
    assert live["seats"][1]["state"] == "ready"


async def test_given_entries_when_listed_then_nothing_personal_is_shown_and_filters_hold(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    first = await booked(browser, call=call)
    await booked(browser, values={**VALUES, "phone": "090-1111-2222"})
    status, found = await browser.get(f"{API}/entries", call=call)
    assert status == 200
    EntryList.model_validate(found)
    assert [one["id"] for one in found["entries"]] == [first["id"]]
    assert found["entries"][0]["values"] == {"kind": "新規"}
    for query, count in (
        ({"ledger": "booking"}, 2),
        ({"ledger": "inquiry"}, 0),
        ({"day": "2026-11-24"}, 2),
        ({"day": "2026-11-23"}, 0),
        ({"phone": "0262261234", **LOOK}, 1),
        ({"phone": "0262261234", "ledger": "inquiry", **LOOK}, 0),
        ({"phone": "026-999-9999", **LOOK}, 0),
    ):
        status, found = await browser.get(f"{API}/entries", **query)
        assert (status, found["count"]) == (200, count), query
    assert [what for _, what, *_ in looked(browser)] == [f"search {first['id']}"] * 2 + ["search"]
    for query in (
        {},
        {"phone": "0262261234"},
        {"phone": "119", **LOOK},
        {"ledger": "x"},
        {"day": "x"},
        {"a": "b"},
    ):
        assert (await browser.get(f"{API}/entries", **query))[0] == 400, query


async def test_given_an_entry_when_looked_at_then_who_and_why_are_written_down_or_nothing_is_shown(
    browser: Browser,
) -> None:
    entry = await booked(browser)
    for path in ("", "/history"):
        for query in ({}, {"by": "102"}, {"why": "x"}, {"by": " ", "why": "x"}):
            status, problem = await browser.get(f"{API}/entries/{entry['id']}{path}", **query)
            assert (status, problem["error"]) == (400, "bad_argument")
    assert looked(browser) == []
    status, seen = await browser.get(f"{API}/entries/{entry['id']}", **LOOK)
    assert (status, seen) == (200, entry)
    assert looked(browser) == [(entry["id"], f"entry {entry['id']}", "102", "照会への回答")]
    for unknown in ("booking-2026-999999", "x"):
        assert (await browser.get(f"{API}/entries/{unknown}", **LOOK))[0] == 404


async def test_given_two_who_correct_at_once_then_the_second_gets_both_versions_and_can_go_on(
    browser: Browser,
) -> None:
    entry = await booked(browser)
    path = f"/entries/{entry['id']}"

    def correction(name: str, by: str, revision: int = 1) -> dict[str, object]:
        return {"revision": revision, "values": {**VALUES, "name": name}, "why": f"{name}が正しい", "by": by}

    both = await asyncio.gather(
        put(browser, path, correction("ナガノ", "101")), put(browser, path, correction("マツモト", "102"))
    )
    assert sorted(status for status, _ in both) == [200, 409]
    [won] = [answer for status, answer in both if status == 200]
    [lost] = [answer for status, answer in both if status == 409]
    EntryConflict.model_validate(lost)
    assert lost["current"] == won
    assert {won["values"]["name"], lost["yours"]["name"]} == {"ナガノ", "マツモト"}
    status, third = await put(browser, path, correction(lost["yours"]["name"], "102", 2))
    assert (status, third["revision"]) == (200, 3)
    status, history = await browser.get(f"{API}{path}/history", **LOOK)
    assert status == 200
    EntryHistory.model_validate(history)
    assert [(one["revision"], one["values"]["name"]) for one in history["revisions"]] == [
        (1, "ナガノ　ハナコ"),
        (2, won["values"]["name"]),
        (3, lost["yours"]["name"]),
    ]
    assert verify(browser.site.database) is None


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"ledger": "x"}, 400, "bad_argument"),
        ({"by": None}, 400, "bad_argument"),
        ({"seat": 99}, 404, "no_such_seat"),
        ({"call": "no-such-call"}, 404, "no_such_call"),
        ({"call": "a b"}, 404, "no_such_call"),
        ({"values": {"kind": "新規"}}, 400, "bad_argument"),
        ({"values": {**VALUES, "unknown": 1}}, 400, "bad_argument"),
        ({"values": {**VALUES, "name": MY_NUMBER}}, 400, "my_number"),
        ({"values": {**VALUES, "told": int(MY_NUMBER)}}, 400, "my_number"),
        ({"values": {**VALUES, MY_NUMBER: MY_NUMBER}}, 400, "my_number"),
        ({"by": MY_NUMBER}, 400, "my_number"),
        ({"call": MY_NUMBER}, 400, "my_number"),
        ({MY_NUMBER: 1}, 400, "bad_argument"),
    ],
)
async def test_given_something_wrong_when_written_then_it_is_said_and_no_my_number_stays_anywhere(
    browser: Browser, change: dict[str, Any], status: int, code: str,
    capfd: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    body = {"ledger": "booking", "values": VALUES, "by": "101", **change}
    answered, problem = await browser.post(f"{API}/entries", body)
    assert (answered, problem["error"]) == (status, code)
    assert MY_NUMBER not in json.dumps(problem, ensure_ascii=False)
    with browser.site.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ledger_entries")) == 0
    out = capfd.readouterr()
    assert MY_NUMBER not in out.out + out.err
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert MY_NUMBER.encode() not in file.read_bytes()


async def test_given_a_my_number_in_a_query_or_a_correction_then_it_is_refused(browser: Browser) -> None:
    entry = await booked(browser)
    path = f"/entries/{entry['id']}"
    for query in ({"phone": MY_NUMBER, **LOOK}, {"call": MY_NUMBER}, {MY_NUMBER: "x"}):
        status, problem = await browser.get(f"{API}/entries", **query)
        assert (status, problem["error"]) == (400, "my_number")
        assert MY_NUMBER not in str(problem)
    for query in ({**LOOK, "why": MY_NUMBER}, {**LOOK, "by": MY_NUMBER}):
        assert (await browser.get(API + path, **query))[1]["error"] == "my_number"
        assert (await browser.get(f"{API}/ledgers/booking/2026-11", **query))[1]["error"] == "my_number"
    body = {"revision": 1, "values": VALUES, "why": f"番号は{MY_NUMBER}", "by": "101"}
    assert (await put(browser, path, body))[1]["error"] == "my_number"
    assert looked(browser) == []


async def test_given_a_purge_when_the_entry_is_asked_for_then_its_number_stands_and_it_cannot_be_corrected(
    browser: Browser,
) -> None:
    entry = await booked(browser)
    with browser.site.database.write() as connection:
        erase(connection, [entry["id"]])
    status, seen = await browser.get(f"{API}/entries/{entry['id']}", **LOOK)
    assert (status, seen["state"], seen["number"], seen["why"]) == (200, "purged", "2026-000001", None)
    assert seen["values"] == {"kind": "新規"}
    body = {"revision": 1, "values": VALUES, "why": "x", "by": "101"}
    status, problem = await put(browser, f"/entries/{entry['id']}", body)
    assert (status, problem["error"]) == (410, "purged")
    _, found = await browser.get(f"{API}/entries", phone="0262261234", **LOOK)
    assert found["count"] == 0


async def test_given_the_categories_when_edited_then_versions_stay_and_entries_keep_their_words(
    browser: Browser,
) -> None:
    status, now = await browser.get(f"{API}/categories")
    assert (status, now["version"], now["by"]) == (200, 0, None)
    CategoriesNow.model_validate(now)
    said = {"category": ["紛失", "一時停止"], "content": "カードをなくした", "handling": "完結"}
    entry = await booked(browser, ledger="inquiry", values=said)
    tree = [{"name": "紛失・盗難", "children": [{"name": "届出", "children": []}]}]
    change = {"version": 0, "categories": tree, "by": "業務責任者"}
    status, saved = await put(browser, "/categories", change)
    assert (status, saved["version"], saved["categories"]) == (200, 1, tree)
    status, problem = await put(browser, "/categories", change)
    assert (status, problem["error"]) == (409, "conflict")
    assert (await browser.get(f"{API}/categories", version="0"))[1] == now
    assert (await browser.get(f"{API}/categories", version="7"))[0] == 404
    assert (await browser.get(f"{API}/categories", version="x"))[0] == 400
    status, problem = await browser.post(f"{API}/entries", {"ledger": "inquiry", "by": "101", "values": said})
    assert (status, problem["error"]) == (400, "bad_argument")
    body = {"revision": 1, "values": {**said, "reply": "停止した"}, "why": "追記", "by": "101"}
    status, corrected = await put(browser, f"/entries/{entry['id']}", body)
    assert (status, corrected["values"]["category"]) == (200, ["紛失", "一時停止"])
    for wrong in ([], tree * 2, [{"name": MY_NUMBER, "children": []}], [{"name": "a", "colour": 1}]):
        status, problem = await put(browser, "/categories", {**change, "version": 1, "categories": wrong})
        assert status == 400
        assert MY_NUMBER not in str(problem)


async def test_given_entries_when_the_ledger_is_taken_out_then_all_forms_agree_and_each_entry_is_a_look(
    browser: Browser,
) -> None:
    entry = await booked(browser)
    path = f"{API}/ledgers/booking/2026-11-24"
    status, told = await browser.get(path)
    assert (status, told["count"], told["entries"][0]["number"]) == (200, 1, "2026-000001")
    async with browser.client.get(path, params={"format": "csv"}, headers=BEARER) as answer:
        raw = await answer.read()
        assert answer.headers["Content-Disposition"] == 'attachment; filename="booking-2026-11-24.csv"'
    [header, row] = csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
    assert header == told["columns"]
    shown = dict(zip(header, row, strict=True))
    assert shown["連絡先電話"] == "026-226-1234"
    assert shown["備考"] == "'" + VALUES["remarks"]
    query = {"format": "csv", "encoding": "cp932", **LOOK}
    async with browser.client.get(path, params=query, headers=BEARER) as answer:
        assert (await answer.read()).decode("cp932") == raw.decode("utf-8-sig")
        assert answer.headers["X-Characters-Replaced"] == "0"
    async with browser.client.get(path, params={"format": "xlsx"}, headers=BEARER) as answer:
        sheet = load_workbook(io.BytesIO(await answer.read())).active
    assert sheet is not None
    assert [cell.value for cell in sheet[3]] == header
    assert [cell.value or "" for cell in sheet[4]] == row
    assert looked(browser) == [
        (entry["id"], f"export {entry['id']}", who, why)
        for who, why in (("desk", "帳簿の提出"),) * 2 + (("102", "照会への回答"),) + (("desk", "帳簿の提出"),)
    ]
    for wrong in ("booking/2026-13", "booking/x", "booking/2026-11-31"):
        assert (await browser.get(f"{API}/ledgers/{wrong}"))[0] == 400
    assert (await browser.get(f"{API}/ledgers/other/2026-11"))[0] == 404
    for query in (
        {"format": "docx"},
        {"encoding": "latin-1"},
        {"format": "xlsx", "encoding": "cp932"},
        {"a": "b"},
    ):
        assert (await browser.get(path, **query))[0] == 400
