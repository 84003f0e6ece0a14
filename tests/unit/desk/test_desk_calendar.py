"""The calendar by API: a month, a moment, and what supervisors say over it; and its page."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from desk import calendar_models
from desk.pages import STATIC
from ivr.calendar import Calendar, CalendarRules
from tests.unit.desk.desk_rig import BEARER, TUESDAY, Browser

API = "/api/v1/calendar"
OVERRIDES = f"{API}/overrides"
HOUR = 3_600_000
CLOSING = {"kind": "closed", "reason": "台風のため", "by": "山田", "until": "2026-11-25T12:00:00"}


def held(model: type[BaseModel], answer: object) -> Any:
    """The answer, which must be as the document says."""
    model.model_validate_json(json.dumps(answer))
    return answer


async def made(browser: Browser, status: int = 201, **body: object) -> Any:
    answered, entry = await browser.post(OVERRIDES, {**CLOSING, **body})
    assert answered == status, entry
    return held(calendar_models.OverrideEntry, entry) if status < 300 else entry


async def test_given_a_month_when_asked_then_each_day_has_hours_and_reason(browser: Browser) -> None:
    status, month = await browser.get(API, month="2022-05")
    assert status == 200
    held(calendar_models.CalendarMonth, month)
    days = {day["date"]: day for day in month["days"]}
    assert len(days) == 31
    assert month["open_days"] == 20
    assert days["2022-05-08"]["open"] == [["08:30", "17:15"]]
    assert days["2022-05-08"]["reason"] == "受付日: 第2日曜日"
    assert (days["2022-05-05"]["open"], days["2022-05-05"]["holiday"]) == ([], "こどもの日")
    _, now = await browser.get(API)
    assert (now["month"], now["today"], now["line"]) == ("2026-11", "2026-11-24", "main")


async def test_given_an_override_then_the_month_the_moment_and_the_list_show_it(browser: Browser) -> None:
    entry = await made(browser, confirmed_by="佐藤", **{"from": "2026-11-25T00:00:00"})
    _, month = await browser.get(API)
    day = next(day for day in month["days"] if day["date"] == "2026-11-25")
    assert (day["open"], day["overrides"]) == ([["12:00", "17:15"]], [entry["id"]])
    assert "臨時休止" in day["reason"]
    _, moment = await browser.get(f"{API}/at", time="2026-11-25T09:00:00")
    held(calendar_models.MomentTold, moment)
    assert (moment["state"], moment["reason"], moment["override"]) == (
        "closed",
        "臨時休止: 台風のため",
        entry["id"],
    )
    assert moment["next_opening"] == "2026-11-25T12:00:00+09:00"
    _, found = await browser.get(OVERRIDES)
    held(calendar_models.OverrideList, found)
    assert (found["count"], found["second_person"]) == (1, True)
    (listed,) = found["overrides"]
    assert listed == entry
    assert [(step["what"], step["by"]) for step in listed["history"]] == [
        ("made", "山田"),
        ("confirmed", "佐藤"),
    ]


async def test_given_moments_when_asked_then_as_the_hours_command_says(browser: Browser) -> None:
    for time, state, reason in (
        ("2022-05-08T08:29:59", "closed", "時間外: 受付開始前（第2日曜日）"),
        ("2022-05-08T08:30:00", "open", "受付中: 第2日曜日"),
        ("2022-05-07T23:30:00Z", "open", "受付中: 第2日曜日"),
    ):
        _, moment = await browser.get(f"{API}/at", time=time)
        assert (moment["state"], moment["reason"]) == (state, reason)
    _, now = await browser.get(f"{API}/at")
    assert now["time"] == "2026-11-24T10:00:00+09:00"
    assert now["next_change"] == "2026-11-24T17:15:00+09:00"


async def test_given_one_who_closes_and_one_who_confirms_then_pending_in_force_and_withdrawn(
    browser: Browser,
) -> None:
    entry = await made(browser, 202)
    assert (entry["state"], entry["needs_second"]) == ("pending", True)
    assert browser.site.office.moment().is_open
    status, problem = await browser.post(f"{OVERRIDES}/{entry['id']}/confirm", {"by": "山田"})
    assert (status, problem["error"]) == (409, "same_person")
    status, entry = await browser.post(f"{OVERRIDES}/{entry['id']}/confirm", {"by": "佐藤"})
    assert (status, entry["state"], entry["confirmed_by"]) == (200, "in_force", "佐藤")
    assert not browser.site.office.moment().is_open
    status, problem = await browser.post(f"{OVERRIDES}/{entry['id']}/confirm", {"by": "田中"})
    assert (status, problem["error"]) == (409, "not_pending")
    browser.site.clock.at_ms += HOUR
    body = {"by": "佐藤", "reason": "通過した"}
    status, entry = await browser.post(f"{OVERRIDES}/{entry['id']}/withdraw", body)
    assert (status, entry["state"], entry["history"][-1]["reason"]) == (200, "withdrawn", "通過した")
    assert browser.site.office.moment().is_open
    status, problem = await browser.post(f"{OVERRIDES}/{entry['id']}/withdraw", body)
    assert (status, problem["error"]) == (409, "over")


async def test_given_an_opening_that_contradicts_a_closing_then_only_with_replace(browser: Browser) -> None:
    closing = await made(browser, 202)
    opening = {"kind": "open", "until": "2026-11-24T20:00:00"}
    problem = await made(browser, 409, **opening)
    assert problem["error"] == "contradicts"
    assert problem["message"].startswith(closing["id"])
    assert (await made(browser, 201, replace=True, **opening))["state"] == "in_force"


async def test_given_other_hours_for_a_day_then_several_periods_to_midnight(browser: Browser) -> None:
    entry = await made(
        browser,
        kind="hours",
        periods=[["18:00", "24:00"], ["08:00", "17:15"]],
        until="2026-11-26T00:00:00",
        **{"from": "2026-11-25T00:00:00"},
    )
    assert entry["periods"] == [["08:00", "17:15"], ["18:00", "24:00"]]
    _, month = await browser.get(API)
    assert month["days"][24]["open"] == [["08:00", "17:15"], ["18:00", "24:00"]]


@pytest.mark.parametrize(
    ("body", "status", "named"),
    [
        ({"kind": "maybe"}, 400, "kind: "),
        ({"reason": ""}, 400, "reason: "),
        ({"reason": "  "}, 400, "reason: is empty"),
        ({"reason": "a\u0007b"}, 400, "reason: "),
        ({"reason": "あ" * 201}, 400, "reason: "),
        ({"by": ""}, 400, "by: "),
        ({"from": "soon"}, 400, "from: is no time"),
        ({"until": "2026-11-25"}, 400, "until: is a date without a time"),
        ({"until": "2026-11-25T12:00:00", "from": "2026-11-25T12:00:00"}, 400, "until: "),
        ({"until": "2026-11-24T09:00:00"}, 409, "2026-11-24 09:00:00 is past"),
        ({"kind": "open", "until": None}, 400, "until: is missing"),
        ({"kind": "hours"}, 400, "periods: are missing"),
        ({"kind": "hours", "periods": [["8", "9"]]}, 400, "periods: "),
        ({"kind": "hours", "periods": [["12:00", "09:00"]]}, 400, "periods: "),
        ({"kind": "hours", "periods": [["08:00", "12:00"], ["11:00", "13:00"]]}, 400, "periods: "),
        ({"kind": "hours", "periods": [["08:00", "09:00"]] * 7}, 400, "periods: "),
        ({"kind": "hours", "periods": "08:00-09:00"}, 400, "periods: "),
        ({"line": "nowhere"}, 404, "there is no line"),
        ({"confirmed_by": "山田"}, 409, "山田 made it"),
        ({"colour": "red"}, 400, "colour: there is no such field"),
    ],
)
async def test_given_a_bad_wish_when_asked_then_it_is_named_and_nothing_changes(
    browser: Browser, body: dict[str, object], status: int, named: str
) -> None:
    problem = await made(browser, status, **body)
    assert problem["message"].startswith(named), problem
    assert (await browser.get(OVERRIDES))[1]["count"] == 0


@pytest.mark.parametrize(
    ("path", "query", "status", "named"),
    [
        ("", {"month": "2026-13"}, 400, "month: "),
        ("", {"month": "1900-01"}, 400, "month: "),
        ("", {"line": "nowhere"}, 404, "There is no line"),
        ("/at", {"time": "tomorrow"}, 400, "time: "),
        ("/at", {"time": "1954-12-31T00:00:00"}, 400, "time: "),
        ("/at", {"line": ""}, 404, "There is no line"),
    ],
)
async def test_given_a_bad_question_then_it_is_named(
    browser: Browser, path: str, query: dict[str, str], status: int, named: str
) -> None:
    answered, problem = await browser.get(f"{API}{path}", **query)
    assert answered == status
    assert problem["message"].startswith(named)


@pytest.mark.parametrize("act", ["confirm", "withdraw"])
async def test_given_an_unknown_override_then_404(browser: Browser, act: str) -> None:
    body = {"by": "佐藤"} | ({"reason": "x"} if act == "withdraw" else {})
    status, problem = await browser.post(f"{OVERRIDES}/o99/{act}", body)
    assert (status, problem["error"]) == (404, "no_such_override")


async def test_given_two_lines_then_each_has_its_own_month(browser: Browser) -> None:
    controller = browser.site.controller
    settings = type(controller.settings).model_validate(
        {"lines": [{"id": "tax", "name": "税", "numbers": ["0260009999"]}]}
    )
    controller.settings = settings
    saturdays = Calendar(CalendarRules(weekdays=(5,), nth_weekdays=()))
    controller.hours.replace_calendars({"main": Calendar(CalendarRules()), "tax": saturdays})
    _, month = await browser.get(API, line="tax")
    assert month["open_days"] == 4
    assert list(month["lines"]) == ["main", "tax"]
    body = {"line": "tax", "until": "2026-11-28T12:00:00", "from": "2026-11-28T00:00:00"}
    assert (await made(browser, 202, **body))["line"] == "tax"
    assert (await made(browser, 201, **{**body, "line": "main"}))["state"] == "planned"


async def test_given_the_page_then_it_is_japanese_and_has_no_script_inside(browser: Browser) -> None:
    async with browser.client.get("/calendar", headers=BEARER) as answer:
        assert answer.status == 200
        page = await answer.text()
    assert '<html lang="ja" ' in page
    assert page.count("<script") == page.count("<script src=") + page.count('<script type="application/json"')
    assert "onclick" not in page
    assert "style=" not in page
    for word in ("受付カレンダー", "臨時休止", "臨時受付", "時間変更", "確認待ち"):
        assert word in page
    script = (STATIC / "calendar.js").read_text(encoding="utf-8")
    assert "innerHTML" not in script
    async with browser.client.get("/calendar") as answer:
        assert answer.url.path == "/login"


async def test_given_the_clock_then_a_planned_one_comes_into_force_and_ends(browser: Browser) -> None:
    await made(browser, kind="open", until="2026-11-28T15:00:00", **{"from": "2026-11-28T09:00:00"})

    async def state() -> object:
        return (await browser.get(OVERRIDES))[1]["overrides"][0]["state"]

    assert await state() == "planned"
    browser.site.clock.at_ms = TUESDAY + 4 * 24 * HOUR
    assert await state() == "in_force"
    browser.site.clock.at_ms += 24 * HOUR
    assert await state() == "ended"
