"""Drafts through the API: kept as typed, sealed, used up by their entry, gone with a purge."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from db import looks
from db.personal import calls_of, erase, numbers_of, reseal
from desk.draft_models import DraftConflictView, DraftLine, DraftLines, DraftViews
from tests.unit.desk.desk_rig import BEARER, Browser
from tests.unit.desk.test_desk_entries import API, VALUES, booked, put
from tests.unit.desk.test_entry_values import MY_NUMBER

TYPED = {"kind": "新規", "name": "ナガノ ハ", "phone": "026-226-1234", "birth": "昭和三十"}


async def typed(browser: Browser, subject: str, status: int = 200, **more: object) -> Any:
    body = {"about": "booking", "values": TYPED, "by": "101", **more}
    got, answer = await put(browser, f"/drafts/{subject}", body)
    assert got == status, answer
    return answer


async def drafts(browser: Browser, subject: str, **query: str) -> Any:
    status, found = await browser.get(f"{API}/drafts/{subject}", **{"by": "101", **query})
    assert status == 200, found
    DraftViews.model_validate(found)
    return found["drafts"]


async def drop(browser: Browser, subject: str, **query: str) -> int:
    async with browser.client.delete(f"{API}/drafts/{subject}", headers=BEARER, params=query) as answer:
        return answer.status


async def test_given_something_typed_when_the_window_is_opened_again_then_all_of_it_is_there(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    first = await typed(browser, call, revision=0)
    DraftLine.model_validate(first)
    assert (first["subject"], first["about"], first["revision"]) == (call, "booking", 1)
    await typed(browser, call, about="note", values={"note": "折返し希望\n夕方以降"})
    await typed(browser, call, by="102", values={})
    again = await typed(browser, call, values={**TYPED, "name": "ナガノ ハナコ"}, revision=1)
    assert again["revision"] == 2
    found = await drafts(browser, call)
    assert [(one["about"], one["values"]) for one in found] == [
        ("booking", {**TYPED, "name": "ナガノ ハナコ"}),
        ("note", {"note": "折返し希望\n夕方以降"}),
    ]
    status, lines = await browser.get(f"{API}/drafts", by="101")
    assert status == 200
    DraftLines.model_validate(lines)
    assert {one["about"] for one in lines["drafts"]} == {"booking", "note"}
    assert "ナガノ" not in str(lines)
    with browser.site.database.read() as connection:
        seen = [(one.call, one.who, one.what, one.why) for one in looks(connection)]
    assert seen == [(call, "101", f"draft {about}", "下書きの続き") for about in ("booking", "note")]
    assert [one["about"] for one in await drafts(browser, call, by="900", operator="102", why="応援")] == [
        "booking"
    ]
    assert (await browser.get(f"{API}/drafts/{call}", by="900", operator="101"))[0] == 400


async def test_given_two_windows_when_both_save_then_the_second_is_told_and_loses_nothing(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    await typed(browser, call, revision=0)
    lost = await typed(browser, call, 409, revision=0, values={"name": "マツモト"})
    DraftConflictView.model_validate(lost)
    assert lost["current"]["values"] == TYPED
    assert (await typed(browser, call, revision=1, values={"name": "マツモト"}))["revision"] == 2


async def test_given_the_entry_when_it_is_written_then_its_draft_is_gone_and_no_late_save_brings_it_back(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    await typed(browser, call)
    await typed(browser, call, by="102")
    entry = await booked(browser, call=call)
    assert await drafts(browser, call) == []
    assert len(await drafts(browser, call, by="102")) == 1
    late = await typed(browser, call, 409, revision=1)
    assert late["current"] is None
    assert await drafts(browser, call) == []
    await typed(browser, call, about=entry["id"], seen=1, values={"why": "聞き違"})
    [draft] = await drafts(browser, call)
    assert (draft["about"], draft["seen"]) == (entry["id"], 1)
    body = {"revision": 1, "values": VALUES, "why": "聞き違い", "by": "101"}
    assert (await put(browser, f"/entries/{entry['id']}", body))[0] == 200
    assert await drafts(browser, call) == []
    alone = await booked(browser)
    await typed(browser, alone["id"], about=alone["id"])
    await typed(browser, "none")
    assert len(await drafts(browser, alone["id"])) == 1
    await booked(browser)
    assert await drafts(browser, "none") == []


async def test_given_a_my_number_as_it_is_typed_then_it_is_refused_and_its_first_digits_are_gone_too(
    browser: Browser, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    call = await browser.site.call_in()
    await typed(browser, call, values={"remarks": MY_NUMBER[:11]})
    problem = await typed(browser, call, 400, values={"remarks": MY_NUMBER})
    assert problem["error"] == "my_number"
    assert await drafts(browser, call) == []
    with browser.site.database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM ledger_keys")) == 0
    for values in (
        {"x": int(MY_NUMBER)},
        {"x": [MY_NUMBER[:4], MY_NUMBER[4:8], MY_NUMBER[8:]]},
        {MY_NUMBER: 1},
    ):
        assert (await typed(browser, call, 400, values=values))["error"] == "my_number"
    assert (await typed(browser, call, 400, by=MY_NUMBER))["error"] == "my_number"
    assert (await typed(browser, call, revision=1))["revision"] == 2  # he goes on where he was
    out = capfd.readouterr()
    assert MY_NUMBER[:11] not in out.out + out.err
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert MY_NUMBER[:11].encode() not in file.read_bytes()


async def test_given_a_draft_when_its_citizen_is_purged_then_it_is_gone_and_a_rotation_keeps_the_others(
    browser: Browser, tmp_path: Path
) -> None:
    database = browser.site.database
    call, other = await browser.site.call_in(), await browser.site.call_in("0261112222")
    await typed(browser, call)
    await typed(browser, other, values={"name": "ナガノ"})
    for _ in reseal(database):
        pass
    assert (await drafts(browser, call))[0]["values"] == TYPED
    with database.read() as connection:
        assert calls_of(connection, "+81262261234") == [call]
        assert "+81262261234" in numbers_of(connection, [call])[call]
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert TYPED["name"].encode() not in file.read_bytes()
    with database.write() as connection:
        erase(connection, [call])
    assert await drafts(browser, call) == []
    with database.read() as connection:
        assert connection.scalar(text("SELECT count(*) FROM drafts")) == 1
        assert calls_of(connection, "+81262261234") == []
    assert len(await drafts(browser, other)) == 1


async def test_given_a_draft_when_it_is_dropped_then_it_is_gone_and_wrong_requests_are_told_so(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    await typed(browser, call)
    assert await drop(browser, call, by="101", about="booking") == 204
    assert await drop(browser, call, by="101", about="booking") == 204
    assert await drafts(browser, call) == []
    assert await drop(browser, call, by="101", about="x") == 400
    assert await drop(browser, call, about="note") == 400
    for subject, status in (("no-such-call", 404), ("a b", 404), ("booking-2026-999999", 404)):
        await typed(browser, subject, status)
    entry = await booked(browser)
    await typed(browser, call, 400, about=entry["id"])
    await typed(browser, call, 404, about="booking-2026-999999")
    await typed(browser, call, 400, about="x")
    await typed(browser, call, 404, seat=99)
    await typed(browser, call, 400, by=None)
    await typed(browser, call, 400, colour=1)
    assert (await browser.get(f"{API}/drafts/{call}"))[0] == 400
    assert (await browser.get(f"{API}/drafts"))[0] == 400
