"""A supervisor closes and opens the line against the calendar."""

from typing import Any

import pytest

from controller.override_book import KINDS
from db import journal_rows
from desk import models
from tests.unit.desk.desk_rig import TUESDAY, Browser

API = "/api/v1/line"
HOUR = 3_600_000


async def line(browser: Browser) -> dict[str, Any]:
    _, live = await browser.get("/api/v1/live")
    models.Live.model_validate(live)
    shown: dict[str, Any] = live["line"]
    return shown


async def test_given_an_open_line_when_closed_then_new_callers_are_not_queued_until_the_next_opening(
    browser: Browser,
) -> None:
    status, answer = await browser.post(f"{API}/close", {"reason": "設備の点検", "confirmed_by": "佐藤"})
    assert status == 200
    models.LineNow.model_validate(answer)
    shown = await line(browser)
    assert shown == answer
    assert (shown["state"], shown["reason"]) == ("closed", "臨時休止: 設備の点検")
    assert shown["override"]["until"] == "2026-11-25T08:30:00.000+09:00"
    assert shown["next_opening"] == "2026-11-25T08:30:00.000+09:00"
    browser.site.controller.calls.adopt("chan-late", ["called=0260001234", "num=0262261234"])
    assert not browser.site.controller.calls.on("chan-late").queued
    browser.site.clock.at_ms = TUESDAY + 23 * HOUR
    shown = await line(browser)
    assert (shown["state"], shown["override"]) == ("open", None)


async def test_given_a_closed_line_when_opened_until_then_callers_are_queued_and_it_closes_by_itself(
    browser: Browser,
) -> None:
    browser.site.clock.at_ms = TUESDAY + 9 * HOUR
    assert (await line(browser))["state"] == "closed"
    body = {"until": "2026-11-24T20:30:00", "reason": "臨時窓口"}
    status, shown = await browser.post(f"{API}/open", body)
    assert (status, shown["state"], shown["reason"]) == (200, "open", "臨時受付: 臨時窓口")
    assert shown["next_change"] == "2026-11-24T20:30:00.000+09:00"
    await browser.site.call_in()
    browser.site.clock.at_ms += 2 * HOUR
    assert (await line(browser))["state"] == "closed"


async def test_given_an_override_when_the_calendar_is_asked_for_again_then_it_holds_at_once(
    browser: Browser,
) -> None:
    body = {"reason": "x", "until": "2026-11-24T12:00:00+09:00", "by": "山田", "confirmed_by": "佐藤"}
    await browser.post(f"{API}/close", body)
    assert (await line(browser))["next_opening"] == "2026-11-24T12:00:00.000+09:00"
    status, shown = await browser.post(f"{API}/calendar")
    assert (status, shown["state"], shown["override"]) == (200, "open", None)
    browser.site.controller.recorder.flush()
    browser.site.journal.flush(5)
    with browser.site.database.read() as connection:
        rows = [row.entry for row in journal_rows(connection, kinds=KINDS)]
    assert [row.kind for row in rows] == ["calendar.override", "calendar.confirmed", "calendar.withdrawn"]
    assert [row.data.get("by") for row in rows] == [None, "佐藤", "supervisor"]
    assert rows[0].data["author"] == "山田"


async def test_given_open_hours_when_closed_by_one_person_then_it_waits_for_the_second_and_nothing_changes(
    browser: Browser,
) -> None:
    status, pending = await browser.post(f"{API}/close", {"reason": "点検", "by": "山田"})
    assert (status, pending["state"], pending["needs_second"]) == (202, "pending", True)
    assert (await line(browser))["state"] == "open"
    url = f"/api/v1/calendar/overrides/{pending['id']}/confirm"
    for same in ("山田", " 山田", "山 田"):
        status, problem = await browser.post(url, {"by": same})
        assert (status, problem["error"]) == (409, "same_person")
    browser.site.clock.at_ms += 5000
    status, told = await browser.post(url, {"by": "佐藤"})
    assert (status, told["state"], told["confirmed_by"]) == (200, "in_force", "佐藤")
    shown = await line(browser)
    assert (shown["state"], shown["override"]["since"]) == ("closed", "2026-11-24T10:00:05.000+09:00")


async def test_given_a_closed_line_or_one_that_opens_then_nobody_has_to_confirm(browser: Browser) -> None:
    browser.site.clock.at_ms = TUESDAY + 9 * HOUR
    body = {"until": "2026-11-24T20:30:00", "reason": "臨時窓口"}
    assert (await browser.post(f"{API}/open", body))[0] == 200
    assert (await browser.post(f"{API}/close", {"reason": "終わり"}))[0] == 202  # it is open, by hand
    assert (await browser.post(f"{API}/calendar", {"by": "山田", "reason": "終わり"}))[0] == 200
    status, shown = await browser.post(f"{API}/close", {"reason": "点検"})
    assert (status, shown["override"]["state"]) == (200, "closed")


async def test_given_one_line_of_two_when_closed_then_only_that_one_and_all_only_together(
    browser: Browser,
) -> None:
    status, problem = await browser.post(f"{API}/close", {"reason": "点検", "line": "nowhere"})
    assert (status, problem["error"]) == (404, "no_such_line")
    await browser.post(f"{API}/close", {"reason": "点検", "confirmed_by": "佐藤"})
    status, problem = await browser.post(f"{API}/calendar", {"line": "main"})
    assert (status, problem["error"]) == (409, "every_line")


@pytest.mark.parametrize(
    ("action", "body", "status", "named"),
    [
        ("close", {}, 400, "reason: "),
        ("close", {"reason": ""}, 400, "reason: "),
        ("close", {"reason": "x", "until": "soon"}, 400, "until: "),
        ("close", {"reason": "x", "until": "2026-11-25"}, 400, "until: "),
        ("close", {"reason": "x", "until": "2026-11-24T09:00:00"}, 409, "2026-"),
        ("open", {"reason": "x"}, 400, "until: "),
        ("open", {"reason": "x", "until": "0001-01-01T00:00:00+23:00"}, 400, "until: "),
        ("open", {"reason": "x", "until": "2026-11-24T10:00:00"}, 409, "2026-"),
        ("open", {"until": "2026-11-24T20:00:00"}, 400, "reason: "),
    ],
)
async def test_given_a_bad_wish_when_asked_then_it_is_named_and_nothing_changes(
    browser: Browser, action: str, body: object, status: int, named: str
) -> None:
    answered, problem = await browser.post(f"{API}/{action}", body)
    assert answered == status, problem
    assert problem["message"].startswith(named)
    assert (await line(browser))["override"] is None
