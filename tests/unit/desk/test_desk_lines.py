"""Roles x lines: whose lines are limited sees and changes what is of those lines only."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from config import Home, Settings
from db import open_database
from desk.app import make_app
from desk.auth import COOKIE
from desk.context import DESK
from desk.rights import WHOLE, Right, Role
from desk.who import Who
from madoguchi.premises import HomePremises
from tests.unit.desk import desk_rig
from tests.unit.desk.desk_rig import TOKEN, Browser, Site

ENGLISH = Who("smith", "Smith", Role.MANAGER, lines=frozenset({"english"}))
EVERY = Who("yamada", "山田", Role.MANAGER)


@pytest.fixture
async def browser(tmp_path: Path, empty_database: Path) -> AsyncIterator[Browser]:
    """A site with two lines."""
    two = {
        "guidance": {"greeting": False, "busy": False},
        "lines": [{"id": "english", "name": "English line", "numbers": ["0260001235"]}],
    }
    file = tmp_path / "madoguchi.db"
    file.write_bytes(empty_database.read_bytes())
    database = open_database(f"sqlite:///{file}")
    site = Site.open(database, settings=Settings.model_validate(two))
    app = make_app(
        office=site.office,
        journal=site.journal,
        database=site.database,
        figures=site.figures,
        api_token=TOKEN,
        premises=HomePremises(Home(tmp_path)),
    )
    async with TestClient(TestServer(app)) as client:
        yield Browser(site, app, client)
    await site.close()
    database.close()


async def call_in(site: Site, called: str) -> str:
    channel = f"chan-{called}-{len(site.controller.calls)}"
    site.controller.calls.adopt(channel, [f"called={called}", "num=09012345678"])
    call = site.controller.calls.on(channel)
    assert call is not None
    await desk_rig.until(lambda: call.queued)
    return call.id


async def ask(
    browser: Browser, method: str, path: str, body: object = None, who: Who = ENGLISH
) -> tuple[int, Any]:
    cookie = browser.app[DESK].sessions.begin(who)
    async with browser.client.request(
        method, path, json=body, headers={"Cookie": f"{COOKIE}={cookie}"}, allow_redirects=False
    ) as answer:
        is_json = answer.content_type == "application/json"
        return answer.status, await answer.json() if is_json else await answer.text()


async def test_given_two_lines_when_one_is_seen_then_calls_and_figures_are_of_that_one(
    browser: Browser,
) -> None:
    main = await call_in(browser.site, "0260001234")
    english = await call_in(browser.site, "0260001235")
    _, whole = await ask(browser, "GET", "/api/v1/live", who=EVERY)
    _, live = await ask(browser, "GET", "/api/v1/live")
    assert [one["call"] for one in whole["waiting"]] == [main, english]
    assert [one["call"] for one in live["waiting"]] == [english]
    assert (whole["today"]["received"], live["today"]["received"]) == (2, 1)
    assert [one["line"] for one in live["today"]["by_line"]] == ["english"]
    cookie = browser.app[DESK].sessions.begin(ENGLISH)
    async with browser.client.ws_connect("/api/v1/watch", headers={"Cookie": f"{COOKIE}={cookie}"}) as socket:
        pushed = (await socket.receive_json(timeout=5))["live"]
    assert [one["call"] for one in pushed["waiting"]] == [english]
    assert pushed["today"]["received"] == 1
    _, listed = await ask(browser, "GET", "/api/v1/calls")
    assert [one["call"] for one in listed["calls"]] == [english]
    for call, status in ((main, 404), (english, 200)):
        assert (await ask(browser, "GET", f"/api/v1/calls/{call}"))[0] == status
        assert (await ask(browser, "GET", f"/calls/{call}"))[0] == status


async def test_given_a_caller_of_another_line_when_moved_then_it_is_refused(browser: Browser) -> None:
    main = await call_in(browser.site, "0260001234")
    english = await call_in(browser.site, "0260001235")
    for path, body in (
        ("move", {"position": 1}),
        ("raise", {"priority": 9}),
        ("offer", {"seat": 1}),
        ("take-out", {"reason": "x"}),
        ("callback", {}),
    ):
        status, said = await ask(browser, "POST", f"/api/v1/calls/{main}/{path}", body)
        assert (status, said["error"]) == (403, "not_your_line"), path
    assert (await ask(browser, "POST", f"/api/v1/calls/{english}/raise", {"priority": 2}))[0] == 200


async def test_given_another_line_when_its_calendar_is_touched_then_it_is_refused(browser: Browser) -> None:
    until = "2026-11-24T18:00:00"
    body = {"kind": "open", "until": until, "reason": "x", "by": "x", "line": "main"}
    status, made = await ask(browser, "POST", "/api/v1/calendar/overrides", body, EVERY)
    assert status == 201
    for method, path, sent in (
        ("POST", "/api/v1/line/close", {"reason": "x", "by": "x"}),
        ("POST", "/api/v1/line/close", {"reason": "x", "by": "x", "line": "main"}),
        ("POST", "/api/v1/line/open", {"reason": "x", "by": "x", "until": until, "line": "main"}),
        ("POST", "/api/v1/line/calendar", {"by": "x", "line": "main"}),
        ("POST", "/api/v1/calendar/overrides", body),
        ("POST", f"/api/v1/calendar/overrides/{made['id']}/withdraw", {"by": "x", "reason": "x"}),
        ("POST", f"/api/v1/calendar/overrides/{made['id']}/confirm", {"by": "x"}),
        ("GET", "/api/v1/calendar", None),
        ("GET", "/api/v1/calendar/at?line=main", None),
        ("POST", "/api/v1/announcements", {"text": "x", "place": "greeting", "author": "x"}),
        ("GET", "/api/v1/usual", None),
    ):
        status, said = await ask(browser, method, path, sent)
        assert (status, said["error"]) == (403, "not_your_line"), path
    _, told = await ask(browser, "GET", "/api/v1/calendar?line=english")
    assert told["lines"] == {"english": "English line"}
    _, listed = await ask(browser, "GET", "/api/v1/calendar/overrides")
    assert listed["overrides"] == []
    status, _ = await ask(
        browser, "POST", "/api/v1/line/open", {"reason": "x", "by": "x", "until": until, "line": "english"}
    )
    assert status == 200


async def test_given_limited_lines_when_what_is_of_all_lines_is_asked_then_it_is_not_given(
    browser: Browser,
) -> None:
    assert {Right.SEE_REPORTS, Right.RUN_PEOPLE} <= WHOLE
    for path in ("/api/v1/reports/month/2026-11", "/reports", "/people", "/api/v1/people"):
        assert (await ask(browser, "GET", path))[0] == 403, path
        assert (await ask(browser, "GET", path, who=EVERY))[0] == 200, path
    _, page = await ask(browser, "GET", "/calls")
    assert 'href="/people"' not in page
