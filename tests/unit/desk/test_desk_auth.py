import re

import pytest

from desk.auth import COOKIE
from desk.context import DESK
from desk.operations import OPERATIONS
from desk.rights import RIGHTS, Role
from desk.sessions import IDLE_S, LONGEST_S, MOST, Sessions
from desk.who import Who
from tests.unit.desk.desk_rig import BEARER, TOKEN, Browser

PRIVATE = [operation for operation in OPERATIONS if not operation.public and not operation.is_page]
SOMEBODY = Who("yamada", "山田", Role.SUPERVISOR)


async def log_in(browser: Browser) -> None:
    async with browser.client.post("/login", data={"token": TOKEN}, allow_redirects=False) as answer:
        assert answer.status == 303
        assert answer.headers["Location"] == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer \udcff"},
        {"Cookie": f"{COOKIE}=wrong"},
        {"Cookie": f"{COOKIE}={TOKEN}"},
    ],
    ids=["nothing", "wrong token", "no token", "basic", "no text", "wrong cookie", "token as cookie"],
)
async def test_given_no_right_when_anything_is_asked_then_401(
    browser: Browser, headers: dict[str, str]
) -> None:
    assert len(PRIVATE) > 12
    for operation in PRIVATE:
        path = operation.path.replace("{seat}", "1")
        async with browser.client.request(operation.method, path, headers=headers) as answer:
            assert answer.status == 401, operation
            assert (await answer.json())["error"] == "unauthorised"


async def test_given_no_session_when_the_page_is_opened_then_the_login_page_comes(browser: Browser) -> None:
    async with browser.client.get("/") as answer:
        assert answer.status == 200
        assert answer.url.path == "/login"
        assert "アクセスキー" in await answer.text()


async def test_given_the_token_when_logged_in_then_a_strict_cookie_opens_all(
    browser: Browser,
) -> None:
    async with browser.client.post("/login", data={"token": TOKEN}, allow_redirects=False) as answer:
        cookie = answer.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    assert TOKEN not in cookie
    for path, shown in (("/", "/live"), ("/live", "/live"), ("/api/v1/live", "/api/v1/live")):
        async with browser.client.get(path) as answer:
            assert (answer.status, answer.url.path) == (200, shown)


@pytest.mark.parametrize("form", [{"token": "wrong"}, {"token": ""}, {}, {"token": "é" * 50}])
async def test_given_a_wrong_token_when_logging_in_then_back_to_the_page_without_a_cookie(
    browser: Browser, form: dict[str, str]
) -> None:
    async with browser.client.post("/login", data=form) as answer:
        assert answer.url.path == "/login"
        assert "アクセスキーが違います" in await answer.text()
        assert "Set-Cookie" not in answer.headers


async def test_given_what_is_no_form_when_logging_in_then_it_is_refused_cleanly(browser: Browser) -> None:
    url_encoded = "application/x-www-form-urlencoded"
    for kind, data in (
        ("multipart/form-data", b"--x"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        (f"{url_encoded}; charset=bogus", b"token=x"),
        (url_encoded, b"token=%ff&\xff\xfe"),
        (url_encoded, b"a=1&" * 50_000),
        ("text/plain", b"token"),
        ("\u00e9", b""),
    ):
        headers = {"Content-Type": kind}
        async with browser.client.post("/login", data=data, headers=headers, allow_redirects=False) as answer:
            assert answer.status in {303, 400, 413}, kind
            assert "Set-Cookie" not in answer.headers


async def test_given_a_session_when_logged_out_then_it_is_over(browser: Browser) -> None:
    await log_in(browser)
    kept = {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}
    async with browser.client.post("/logout", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/login"
    async with browser.client.get("/api/v1/live", cookies=kept) as answer:
        assert answer.status == 401


async def test_given_a_page_of_another_site_when_it_posts_with_our_cookie_then_403(browser: Browser) -> None:
    await log_in(browser)
    foreign = {"Origin": "http://evil.example"}
    for path in ("/api/v1/seats/1/ready", "/logout", "/login"):
        async with browser.client.post(path, headers=foreign) as answer:
            assert answer.status == 403, path
            assert (await answer.json())["error"] == "foreign_origin"
    async with browser.client.get("/api/v1/events", headers=foreign) as answer:
        assert answer.status == 403
    ours = {"Origin": f"http://{browser.client.host}:{browser.client.port}"}
    async with browser.client.post("/api/v1/seats/1/ready", headers=ours) as answer:
        assert answer.status == 409


async def test_given_sandboxed_or_broken_origins_when_they_post_then_403(browser: Browser) -> None:
    await log_in(browser)
    for origin in ("null", "http://[", "http://127.0.0.1:1"):
        async with browser.client.post("/api/v1/seats/1/ready", headers={"Origin": origin}) as answer:
            assert answer.status == 403, origin


async def test_given_what_a_browser_says_of_the_site_when_it_is_another_then_403(browser: Browser) -> None:
    await log_in(browser)
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 409), ("none", 409)):
        async with browser.client.post("/api/v1/seats/1/ready", headers={"Sec-Fetch-Site": site}) as answer:
            assert answer.status == status, site


async def test_given_any_answer_when_looked_at_then_it_has_the_security_headers(
    browser: Browser,
) -> None:
    for path in ("/", "/login", "/api/v1/live", "/healthz", "/nothing", "/static/live.js", "/static/nothing"):
        async with browser.client.get(path, headers=BEARER) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert answer.headers["Server"] == "madoguchi"
            wanted = "no-cache" if path.startswith("/static/") else "no-store"
            assert answer.headers["Cache-Control"] == wanted


async def test_given_the_pages_when_read_then_nothing_is_inline_or_from_elsewhere(
    browser: Browser,
) -> None:
    for path in ("/live", "/login"):
        async with browser.client.get(path, headers=BEARER) as answer:
            text = await answer.text()
        assert "<style" not in text
        assert "style=" not in text
        assert "onclick" not in text
        assert "http://" not in text
        assert "https://" not in text
        data = text.count('<script type="application/json"')
        assert text.count("<script") == text.count('<script src="/static/') + data


def test_given_sessions_when_time_passes_then_they_end_idle_or_old() -> None:
    now = [0.0]
    sessions = Sessions(lambda: now[0])
    idle, used = sessions.begin(SOMEBODY), sessions.begin(SOMEBODY)
    while now[0] < LONGEST_S - IDLE_S / 2:
        now[0] += IDLE_S / 2
        alive = now[0] < LONGEST_S
        assert (sessions.who(used) is not None) is alive
    assert sessions.who(idle) is None
    now[0] = LONGEST_S + 1
    assert sessions.who(used) is None


def test_given_too_many_sessions_when_one_more_begins_then_the_least_used_gives_way() -> None:
    sessions = Sessions()
    first, second = sessions.begin(SOMEBODY), sessions.begin(SOMEBODY)
    assert sessions.who(first) == SOMEBODY
    for _ in range(MOST - 1):
        sessions.begin(SOMEBODY)
    assert sessions.who(first) == SOMEBODY
    assert sessions.who(second) is None


async def test_given_each_role_when_each_route_is_asked_then_only_its_rights_are_answered(
    browser: Browser,
) -> None:
    for role in Role:
        cookie = browser.app[DESK].sessions.begin(Who("someone", "誰か", role, operator="101"))
        for operation in PRIVATE:
            path = re.sub(r"{\w+}", "1", operation.path)
            if operation.right in RIGHTS[role]:
                continue
            async with browser.client.request(
                operation.method, path, headers={"Cookie": f"{COOKIE}={cookie}"}, allow_redirects=False
            ) as answer:
                assert answer.status == 403, (role, operation.method, operation.path)
                assert (await answer.json())["error"] == "not_your_right"


async def test_given_an_operator_when_another_seat_is_acted_at_then_it_is_refused(browser: Browser) -> None:
    browser.site.seat_up(1, "101")
    browser.site.seat_up(2, "102")
    cookie = browser.app[DESK].sessions.begin(Who("101", "オペレーター1", Role.OPERATOR, operator="101"))
    ours = {"Cookie": f"{COOKIE}={cookie}"}
    for path, body, status in (
        ("seats/2/break", {"reason": "1"}, 403),
        ("seats/3/login", {"operator": "102"}, 403),
        ("seats/1/break", {"reason": "1"}, 200),
    ):
        async with browser.client.post(f"/api/v1/{path}", json=body, headers=ours) as answer:
            assert answer.status == status, path


async def test_given_a_person_when_somebody_else_is_named_then_it_was_the_person_all_the_same(
    browser: Browser,
) -> None:
    cookie = browser.app[DESK].sessions.begin(SOMEBODY)
    body = {
        "kind": "closed",
        "from": "2026-12-24T10:00:00",
        "until": "2026-12-24T11:00:00",
        "reason": "停電",
        "by": "鈴木",
    }
    async with browser.client.post(
        "/api/v1/calendar/overrides", json=body, headers={"Cookie": f"{COOKIE}={cookie}"}
    ) as answer:
        assert (await answer.json())["author"] == "yamada"
