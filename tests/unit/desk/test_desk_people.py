"""The manager's accounts, the links for walls, and the audit log."""

import re
from typing import Any

import pytest

from desk.auth import COOKIE, KIOSK_COOKIE
from desk.context import DESK
from desk.operations import OPERATIONS
from desk.rights import RIGHTS, Right, Role
from desk.who import Who
from tests.unit.desk.desk_rig import BEARER, TUESDAY, Browser
from tests.unit.desk.test_desk_log_in import add, audited, desk_of, log_in

MANAGER = Who("kanri", "管理 花子", Role.MANAGER)


def as_(browser: Browser, who: Who) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={browser.app[DESK].sessions.begin(who)}"}


async def say(
    browser: Browser, method: str, path: str, body: object = None, who: Who = MANAGER
) -> tuple[int, Any]:
    async with browser.client.request(
        method, f"/api/v1{path}", json=body, headers=as_(browser, who)
    ) as answer:
        return answer.status, await answer.json()


async def test_given_a_manager_when_somebody_is_added_then_that_person_logs_in_once_with_our_password(
    browser: Browser,
) -> None:
    body = {"id": "yamada", "name": "山田 花子", "role": "supervisor", "lines": ["main"]}
    status, told = await say(browser, "POST", "/people", body)
    assert status == 201
    assert (told["person"]["must_change"], told["person"]["lines"]) == (True, ["main"])
    assert (await say(browser, "POST", "/people", body))[1]["error"] == "person_exists"
    assert await log_in(browser, "yamada", told["password"]) == "/account"
    browser.client.session.cookie_jar.clear()
    status, everybody = await say(browser, "GET", "/people")
    assert [one["id"] for one in everybody["people"]] == [
        "101",
        "102",
        "103",
        "104",
        "105",
        "106",
        "107",
        "yamada",
    ]
    assert told["password"] not in str(everybody)
    assert told["password"] not in str(audited(browser))


async def test_given_rights_that_change_when_it_is_done_then_the_person_is_logged_out(
    browser: Browser,
) -> None:
    one = add(browser, "yamada", Role.SUPERVISOR)
    who = desk_of(browser).accounts.who(one)
    for method, path, body in (
        ("PATCH", "/people/yamada", {"role": "city", "reason": "異動"}),
        ("PATCH", "/people/yamada", {"lines": ["main"]}),
        ("POST", "/people/yamada/password", {}),
        ("POST", "/people/yamada/disable", {"reason": "退職"}),
    ):
        cookie = desk_of(browser).sessions.begin(who)
        status, _ = await say(browser, method, path, body)
        assert status == 200, path
        assert desk_of(browser).sessions.who(cookie) is None, path
    told = [data for kind, data in audited(browser) if kind == "audit.person" and data["by"] == "kanri"]
    assert [data["what"] for data in told] == ["role", "lines", "password", "disabled"]
    assert told[0]["reason"] == "異動"
    assert (told[0]["was"], told[0]["role"]) == ("supervisor", "city")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/people", {"id": "Bad Id", "name": "x", "role": "city"}, 400, "bad_argument"),
        ("POST", "/people", {"id": "x", "name": "x", "role": "system"}, 400, "bad_argument"),
        ("POST", "/people", {"id": "101", "name": "x", "role": "manager"}, 409, "is_operators"),
        ("POST", "/people", {"id": "x", "name": "x", "role": "city", "lines": ["none"]}, 400, "bad_line"),
        (
            "POST",
            "/people",
            {"id": "x", "name": "x", "role": "operator", "operator": "999"},
            400,
            "bad_operator",
        ),
        ("PATCH", "/people/101", {"role": "manager"}, 409, "is_operators"),
        ("PATCH", "/people/nobody", {"name": "x"}, 404, "no_such_person"),
        ("POST", "/people/nobody/disable", {}, 404, "no_such_person"),
        ("POST", "/people/kanri/disable", {}, 409, "not_yourself"),
        ("PATCH", "/people/kanri", {"role": "city"}, 409, "not_yourself"),
        ("POST", "/kiosks/aaaaaaaaaaaaaaaa/revoke", {}, 404, "no_such_link"),
        ("POST", "/kiosks", {"label": "壁", "days": 0}, 400, "bad_argument"),
    ],
)
async def test_given_what_cannot_be_when_asked_then_one_sentence_refuses_it(
    browser: Browser, method: str, path: str, body: object, status: int, error: str
) -> None:
    add(browser, "kanri", Role.MANAGER)
    said = await say(browser, method, path, body)
    assert (said[0], said[1]["error"]) == (status, error)
    assert set(said[1]) == {"error", "message"}


async def test_given_a_kiosk_link_when_opened_then_the_wall_sees_the_floor_until_it_is_revoked(
    browser: Browser,
) -> None:
    status, made = await say(browser, "POST", "/kiosks", {"label": "執務室", "days": 7})
    assert status == 201
    browser.client.session.cookie_jar.clear()
    async with browser.client.get(made["path"], allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/kiosk")
        given = re.search(rf"{KIOSK_COOKIE}=([^;]+)", answer.headers["Set-Cookie"])
    assert given is not None
    assert made["path"].split("/")[-1] not in given[1]
    async with browser.client.get("/api/v1/live") as answer:
        assert answer.status == 200
    for path, status in (("/api/v1/calls", 403), ("/api/v1/people", 403), ("/calls", 303), ("/account", 303)):
        async with browser.client.get(path, allow_redirects=False) as answer:
            assert answer.status == status, path
            assert status == 403 or answer.headers["Location"].startswith("/login?next=")
    assert made["path"].split("/")[-1] not in str(audited(browser))
    status, gone = await say(browser, "POST", f"/kiosks/{made['kiosk']['link']}/revoke")
    assert (status, gone["state"]) == (200, "revoked")
    async with browser.client.get("/api/v1/live") as answer:
        assert answer.status == 401
    async with browser.client.get(made["path"]) as answer:
        assert answer.status == 404


async def test_given_forged_or_late_kiosk_links_when_opened_then_nothing_opens(browser: Browser) -> None:
    now = [1_800_000_000.0]
    desk = desk_of(browser)
    desk.accounts.seconds = lambda: now[0]
    link, token = desk.kiosks.make("壁", 1, "test", now[0], TUESDAY)
    name, until, signature = token.split(".")
    assert desk.kiosks.opened(token, now[0]) is not None
    later = f"{name}.{int(until) + 86400}.{signature}"
    other = f"{'a' * 16}.{until}.{signature}"
    for forged in (later, other, f"{name}.{until}.{'A' * 43}", "", "x" * 1000, f"{token}\n"):
        assert desk.kiosks.opened(forged, now[0]) is None, forged
    assert desk.kiosks.opened(token, now[0] + 86400) is None
    assert link.label == "壁"


async def test_given_an_operator_when_every_address_is_tried_then_all_that_is_not_his_is_refused_and_logged(
    browser: Browser,
) -> None:
    operator = Who("101", "オペレーター1", Role.OPERATOR, operator="101")
    headers = as_(browser, operator)
    tried = [one for one in OPERATIONS if one.right is not None and one.right not in RIGHTS[Role.OPERATOR]]
    assert len(tried) > 50
    for operation in tried:
        path = re.sub(r"{\w+}", "1", operation.path)
        async with browser.client.request(
            operation.method, path, headers=headers, allow_redirects=False
        ) as answer:
            assert answer.status == 403, operation
    told = [data for kind, data in audited(browser) if kind == "audit.refused"]
    assert [data["what"] for data in told] == [f"{one.method} {one.path}" for one in tried]
    assert {data["by"] for data in told} == {"101"}
    assert {data["needs"] for data in told} <= {right.value for right in Right}


async def test_given_what_people_do_when_it_is_done_then_the_audit_log_says_who_what_and_why(
    browser: Browser,
) -> None:
    supervisor = Who("yamada", "山田", Role.SUPERVISOR)
    browser.site.seat_up(1, "101")
    call = await browser.site.call_in()
    second = await browser.site.call_in()
    await say(browser, "POST", f"/calls/{second}/move", {"position": 1}, supervisor)
    await say(browser, "POST", "/seats/1/logout", None, supervisor)
    await say(browser, "POST", "/line/close", {"reason": "停電", "by": "x"}, supervisor)
    own = Who("101", "オペレーター1", Role.OPERATOR, operator="101")
    await say(browser, "POST", "/seats/1/logout", None, own)
    told = {data["what"]: data for kind, data in audited(browser) if kind == "audit.done"}
    assert set(told) == {
        "POST /api/v1/calls/{call}/move",
        "POST /api/v1/seats/{seat}/logout",
        "POST /api/v1/line/close",
    }
    assert all(data["by"] == "yamada" for data in told.values())
    assert told["POST /api/v1/calls/{call}/move"]["on"] == {"call": second, "position": "1"}
    assert told["POST /api/v1/line/close"]["reason"] == "停電"
    assert call not in str(told)


async def test_given_the_audit_log_when_searched_then_rows_come_newest_first_and_page_by_page(
    browser: Browser,
) -> None:
    desk = desk_of(browser)
    from desk import audit

    for number in range(230):
        audit.write(desk, "login_failed", "", person=f"p{number % 3}", why="password", address="127.0.0.9")
    audit.write(desk, "login", "yamada", role="supervisor", how="password", address="127.0.0.9")
    auditor = Who("kansa", "監査", Role.AUDITOR)
    _, page = await say(browser, "GET", "/audit", who=auditor)
    assert (page["count"], page["rows"][0]["kind"], page["rows"][0]["by"]) == (100, "audit.login", "yamada")
    seen = [row["seq"] for row in page["rows"]]
    while page["older"]:
        _, page = await say(browser, "GET", f"/audit?before={page['older']}", who=auditor)
        seen += [row["seq"] for row in page["rows"]]
    assert len(seen) == len(set(seen)) == 231
    assert seen == sorted(seen, reverse=True)
    _, found = await say(browser, "GET", "/audit?who=yamada", who=auditor)
    assert [row["by"] for row in found["rows"]] == ["yamada"]
    _, found = await say(
        browser, "GET", "/audit?kind=audit.login_failed&text=p2&from=2026-11-24&to=2026-11-24", who=auditor
    )
    assert {row["about"] for row in found["rows"]} == {"p2"}
    for query in ("kind=call.received", "from=yesterday", "before=x", "before=1-", f"before={'9' * 30}-1"):
        status, said = await say(browser, "GET", f"/audit?{query}", who=auditor)
        assert (status, said["error"]) == (400, "bad_argument"), query


async def test_given_the_events_when_watched_then_the_audit_rows_go_to_those_only_who_may_see_them(
    browser: Browser,
) -> None:
    from desk import audit

    for who, sees in ((Who("k", "壁", Role.KIOSK), False), (Who("a", "監査", Role.AUDITOR), True)):
        async with browser.client.ws_connect("/api/v1/events", headers=as_(browser, who)) as socket:
            audit.write(desk_of(browser), "logout", "somebody")
            browser.site.seat_up(1)
            kinds = []
            while "seat.phone" not in kinds:
                kinds.append((await socket.receive_json(timeout=5))["kind"])
            assert ("audit.logout" in kinds) is sees
            browser.site.controller.recorder.flush()
        from acd.events import PhoneChanged
        from acd.types import Phone

        browser.site.controller.dispatcher.submit(PhoneChanged(1, Phone.UNREGISTERED))
        browser.site.controller.recorder.flush()


async def test_given_a_session_that_ends_when_its_page_listens_then_the_page_is_cut_off(
    browser: Browser,
) -> None:
    desk = desk_of(browser)
    cookie = desk.sessions.begin(Who("yamada", "山田", Role.SUPERVISOR))
    async with browser.client.ws_connect(
        "/api/v1/events", headers={"Cookie": f"{COOKIE}={cookie}"}
    ) as socket:
        desk.sessions.end_all_of("yamada")
        message = await socket.receive(timeout=5)
        assert message.type.name in {"CLOSE", "CLOSED", "CLOSING", "ERROR"}


async def test_given_the_token_when_it_is_used_then_it_may_ask_more_often_than_a_person(
    browser: Browser,
) -> None:
    who = as_(browser, Who("yamada", "山田", Role.SUPERVISOR))
    desk_of(browser).requests._monotonic = lambda: 0.0  # no time passes: a slow machine would refill it
    statuses = []
    for _ in range(450):
        async with browser.client.get("/api/v1/account", headers=who) as answer:
            statuses.append(answer.status)
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) >= 1
                break
    assert statuses[-1] == 429
    assert statuses.count(200) >= 400
    async with browser.client.get("/api/v1/account", headers=BEARER) as answer:
        assert answer.status == 200
