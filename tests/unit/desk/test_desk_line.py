"""A supervisor closes and opens the line against the calendar."""

from typing import Any

import pytest

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
    status, answer = await browser.post(f"{API}/close", {"reason": "設備の点検"})
    assert status == 200
    models.LineNow.model_validate(answer)
    shown = await line(browser)
    assert shown == answer
    assert (shown["state"], shown["reason"]) == ("closed", "臨時休止: 設備の点検")
    assert shown["override"]["until"] == "2026-11-25T08:30:00.000+09:00"
    assert shown["next_opening"] == "2026-11-25T08:30:00.000+09:00"
    browser.site.controller.adopt("chan-late", ["called=0260001234", "num=0262261234"])
    assert not browser.site.controller.call_on("chan-late").queued
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
    await browser.post(f"{API}/close", {"reason": "x", "until": "2026-11-24T12:00:00+09:00"})
    assert (await line(browser))["next_opening"] == "2026-11-24T12:00:00.000+09:00"
    status, shown = await browser.post(f"{API}/calendar")
    assert (status, shown["state"], shown["override"]) == (200, "open", None)
    browser.site.controller.recorder.flush()
    browser.site.journal.flush(5)
    with browser.site.database.read() as connection:
        rows = [row.entry for row in journal_rows(connection, kinds=["line.override"])]
    assert [row.data["state"] for row in rows] == ["closed", "calendar"]
    assert rows[0].data["by"] == "supervisor"


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
