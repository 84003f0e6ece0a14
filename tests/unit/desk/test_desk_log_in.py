"""Logging in as a person: passwords, PINs, codes, lock-out, sessions; what of it stands in the audit log."""

import re
from typing import Any

import pyotp
import pytest

from db.people import Account, account
from desk.account_book import AccountRefused, Book, first_manager
from desk.accounts import MOST_FAILURES
from desk.auth import COOKIE
from desk.context import DESK, Desk
from desk.own_path import own_path
from desk.passwords import mistake, new_password
from desk.rights import Role
from desk.second_step import drawn, step_of
from desk.sessions import Sessions
from tests.unit.desk.desk_rig import Browser

PASSWORD = "three birds on a wire"
OTHER = "seven cats in the rain"


def desk_of(browser: Browser) -> Desk:
    return browser.app[DESK]


def add(browser: Browser, person: str, role: Role, password: str = PASSWORD, **more: Any) -> Account:
    """An account whose password need not be changed."""
    book = Book(browser.site.database, "test", browser.site.clock.now_ms())
    book.add(Account(person, f"{person}さん", role.value, **more), None)
    one = desk_of(browser).accounts.one(person)
    assert one is not None
    book.set_password(one, password, must_change=False)
    return one


async def log_in(browser: Browser, person: str, password: str, path: str = "") -> str:
    """Log in; where the browser is sent on to."""
    form = {"id": person, "password": password, **({"next": path} if path else {})}
    async with browser.client.post("/login", data=form, allow_redirects=False) as answer:
        assert answer.status == 303
        return answer.headers["Location"]


def audited(browser: Browser) -> list[tuple[str, dict[str, Any]]]:
    desk_of(browser).journal.flush(5)
    from db import journal_rows

    with browser.site.database.read() as connection:
        rows = list(journal_rows(connection))
    return [(row.entry.kind, dict(row.entry.data)) for row in rows if row.entry.kind.startswith("audit.")]


async def test_given_an_account_when_logged_in_then_it_is_that_person_and_the_log_says_so(
    browser: Browser,
) -> None:
    add(browser, "yamada", Role.SUPERVISOR)
    assert await log_in(browser, " ＹＡＭＡＤＡ ", PASSWORD, "/calendar") == "/calendar"
    async with browser.client.get("/api/v1/account") as answer:
        told = await answer.json()
    assert (told["id"], told["role"], told["must"]) == ("yamada", "supervisor", None)
    assert [one["is_this"] for one in told["sessions"]] == [True]
    kind, data = audited(browser)[-1]
    assert (kind, data["by"], data["how"]) == ("audit.login", "yamada", "password")


async def test_given_an_operator_of_the_settings_when_the_pin_is_given_then_he_is_in(
    browser: Browser,
) -> None:
    assert await log_in(browser, "101", "００００") == "/"
    async with browser.client.get("/api/v1/account") as answer:
        told = await answer.json()
    assert (told["id"], told["operator"], told["has_password"]) == ("101", "101", False)
    assert told["name"] == "オペレーター1"


@pytest.mark.parametrize(
    ("person", "password"),
    [("yamada", "wrong"), ("nobody", PASSWORD), ("", ""), ("yamada' OR 1=1", PASSWORD), ("101", "9999")],
)
async def test_given_anything_wrong_when_logging_in_then_the_answer_is_the_same(
    browser: Browser, person: str, password: str
) -> None:
    add(browser, "yamada", Role.SUPERVISOR)
    assert await log_in(browser, person, password) == "/login?failed=id"
    told = [data for kind, data in audited(browser) if kind == "audit.login_failed"]
    assert len(told) == 1
    assert told[0].get("person") in (None, "yamada", "101")
    assert PASSWORD not in str(told)


async def test_given_five_failures_when_the_right_password_comes_then_it_is_not_taken_for_a_while(
    browser: Browser,
) -> None:
    now = [1_800_000_000.0]
    accounts = desk_of(browser).accounts
    accounts.seconds = lambda: now[0]
    add(browser, "yamada", Role.SUPERVISOR)
    for _ in range(5):
        assert accounts.check("yamada", "wrong").why == "password"
    assert accounts.check("yamada", PASSWORD).why == "locked"
    now[0] += 31
    assert accounts.check("yamada", "wrong").why == "password"
    now[0] += 31
    assert accounts.check("yamada", PASSWORD).why == "locked", "the delay has doubled"
    now[0] += 30
    checked = accounts.check("yamada", PASSWORD)
    assert checked.why == "ok"
    accounts.logged_in("yamada", 0)
    one = accounts.one("yamada")
    assert one is not None
    assert (one.failed, one.locked_until_ms) == (0, 0)


async def test_given_a_hundred_failures_when_years_pass_then_only_a_manager_opens_it_again(
    browser: Browser,
) -> None:
    now = [1_800_000_000.0]
    accounts = desk_of(browser).accounts
    accounts.seconds = lambda: now[0]
    for _ in range(MOST_FAILURES):
        accounts.failed("101")
        now[0] += 1000
    now[0] += 20 * 365 * 86400
    assert accounts.check("101", "0000").why == "locked"
    one = accounts.one("101")
    assert one is not None
    Book(browser.site.database, "test", 0).unlock(one)
    assert accounts.check("101", "0000").why == "ok"


async def test_given_an_address_that_fails_again_and_again_then_it_has_to_wait(browser: Browser) -> None:
    for _ in range(10):
        await log_in(browser, "nobody", "wrong")
    async with browser.client.post("/login", data={"id": "x", "password": "y"}) as answer:
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) >= 1
        assert "しばらく待って" in await answer.text()
    assert audited(browser)[-1][0] == "audit.login_slowed"


async def test_given_somebody_elses_session_id_when_logging_in_then_another_one_begins(
    browser: Browser,
) -> None:
    add(browser, "yamada", Role.SUPERVISOR)
    fixed = desk_of(browser).sessions.begin(desk_of(browser).accounts.who(add(browser, "evil", Role.CITY)))
    form = {"id": "yamada", "password": PASSWORD}
    headers = {"Cookie": f"{COOKIE}={fixed}"}
    async with browser.client.post("/login", data=form, headers=headers, allow_redirects=False) as answer:
        given = re.search(rf"{COOKIE}=([^;]+)", answer.headers["Set-Cookie"])
    assert given is not None
    assert given[1] != fixed
    assert desk_of(browser).sessions.who(fixed) is None
    browser.client.session.cookie_jar.clear()
    invented = {"Cookie": f"{COOKIE}={'a' * 43}"}
    async with browser.client.get("/api/v1/account", headers=invented) as answer:
        assert answer.status == 401


async def test_given_a_second_step_when_logged_in_then_the_code_is_asked_and_is_good_once(
    browser: Browser,
) -> None:
    one = add(browser, "yamada", Role.SUPERVISOR)
    secret, now = pyotp.random_base32(), 1_800_000_000
    desk_of(browser).accounts.seconds = lambda: float(now)
    Book(browser.site.database, "yamada", 0).enrol(one, secret, 0)
    assert await log_in(browser, "yamada", PASSWORD, "/calls") == "/login/code"
    async with browser.client.get("/api/v1/account") as answer:
        assert answer.status == 401, "the first step alone opens nothing"
    code = pyotp.TOTP(secret).at(now)
    wrong = "000000" if code != "000000" else "111111"
    for given, place in ((wrong, "/login/code?failed=1"), (code, "/calls")):
        async with browser.client.post("/login/code", data={"code": given}, allow_redirects=False) as answer:
            assert answer.headers["Location"] == place
    assert [kind for kind, _ in audited(browser)][-2:] == ["audit.login_failed", "audit.login"]
    assert await log_in(browser, "yamada", PASSWORD) == "/login/code"
    async with browser.client.post("/login/code", data={"code": code}, allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/login/code?failed=1", "a code is good once"


async def test_given_a_password_of_ours_when_logged_in_then_nothing_opens_before_it_is_changed(
    browser: Browser,
) -> None:
    made = first_manager(browser.site.database, browser.site.clock.now_ms())
    assert made is not None
    assert first_manager(browser.site.database, 0) is None
    person, password = made
    with browser.site.database.read() as connection:
        one = account(connection, person)
    assert one is not None
    assert one.password is not None
    assert one.password.startswith("$argon2id$")
    assert await log_in(browser, person, password) == "/account"
    async with browser.client.get("/live", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/account")
    async with browser.client.get("/api/v1/live") as answer:
        assert (await answer.json())["error"] == "change_your_password"
    before = {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}[COOKIE]
    for new, error in (
        ("short", "too_short"),
        ("1q2w3e4r5t6y", "too_common"),
        (password, "same_password"),
    ):
        body = {"old": password, "new": new}
        async with browser.client.post("/api/v1/account/password", json=body) as answer:
            assert (answer.status, (await answer.json())["error"]) == (400, error), new
    async with browser.client.post(
        "/api/v1/account/password", json={"old": password, "new": OTHER}
    ) as answer:
        assert answer.status == 200
    after = {cookie.key: cookie.value for cookie in browser.client.session.cookie_jar}[COOKIE]
    assert after != before
    assert desk_of(browser).sessions.who(before) is None
    async with browser.client.get("/live") as answer:
        assert answer.status == 200
    assert password not in str(audited(browser))
    assert OTHER not in str(audited(browser))


async def test_given_a_password_of_ours_when_nobody_uses_it_for_a_fortnight_then_it_opens_nothing(
    browser: Browser,
) -> None:
    made = first_manager(browser.site.database, browser.site.clock.now_ms())
    assert made is not None
    accounts = desk_of(browser).accounts
    browser.site.clock.at_ms += 14 * 86_400_000
    assert accounts.check(*made).why == "ok"
    browser.site.clock.at_ms += 1
    assert accounts.check(*made).why == "expired"


async def test_given_an_authenticator_when_it_is_set_up_then_only_with_the_password_and_a_right_code(
    browser: Browser,
) -> None:
    add(browser, "yamada", Role.SUPERVISOR)
    await log_in(browser, "yamada", PASSWORD)
    post = browser.client.post
    async with post("/api/v1/account/totp", json={"password": "wrong"}) as answer:
        assert (await answer.json())["error"] == "wrong_password"
    async with post("/api/v1/account/totp/confirm", json={"code": "123456"}) as answer:
        assert (await answer.json())["error"] == "not_begun"
    async with post("/api/v1/account/totp", json={"password": PASSWORD}) as answer:
        offer = await answer.json()
    assert offer["qr"].startswith("<svg")
    assert offer["secret"] in offer["address"]
    async with post("/api/v1/account/totp/confirm", json={"code": "12345"}) as answer:
        assert (await answer.json())["error"] == "wrong_code"
    code = pyotp.TOTP(offer["secret"]).now()
    async with post("/api/v1/account/totp/confirm", json={"code": code}) as answer:
        assert answer.status == 200
    with browser.site.database.read() as connection:
        one = account(connection, "yamada")
    assert one is not None
    assert one.totp is not None
    assert offer["secret"].encode() not in one.totp.sealed
    async with browser.client.get("/api/v1/account") as answer:
        assert (await answer.json())["totp"] is True


async def test_given_a_session_when_it_is_ended_at_another_browser_then_it_is_over(browser: Browser) -> None:
    one = add(browser, "yamada", Role.SUPERVISOR)
    elsewhere = desk_of(browser).sessions.begin(desk_of(browser).accounts.who(one), agent="Netscape")
    await log_in(browser, "yamada", PASSWORD)
    async with browser.client.get("/api/v1/account") as answer:
        sessions = (await answer.json())["sessions"]
    (other,) = [one for one in sessions if not one["is_this"]]
    async with browser.client.post(f"/api/v1/account/sessions/{other['session']}/end") as answer:
        assert answer.status == 200
    assert desk_of(browser).sessions.who(elsewhere) is None
    async with browser.client.post(f"/api/v1/account/sessions/{other['session']}/end") as answer:
        assert answer.status == 404


async def test_given_a_restart_when_the_cookie_comes_again_then_its_person_is_still_logged_in(
    browser: Browser,
) -> None:
    add(browser, "yamada", Role.SUPERVISOR)
    gone = add(browser, "tanaka", Role.SUPERVISOR)
    await log_in(browser, "yamada", PASSWORD)
    desk = desk_of(browser)
    cookie = {one.key: one.value for one in browser.client.session.cookie_jar}[COOKIE]
    other = desk.sessions.begin(desk.accounts.who(gone))
    await desk.sessions.keep(desk.database)
    Book(desk.database, "test", 0).add(Account("boss", "長", Role.MANAGER.value), None)
    Book(desk.database, "test", 0).set_disabled(gone, disabled=True)
    again = Sessions()
    await again.restore(desk.database, desk.bearer)
    who = again.who(cookie)
    assert who is not None
    assert (who.id, who.role) == ("yamada", Role.SUPERVISOR)
    assert again.who(other) is None
    await desk.sessions.keep(desk.database)
    assert desk.sessions.who(other) is None, "ended by another process: a command"


async def test_given_the_last_manager_when_closed_then_it_is_refused(browser: Browser) -> None:
    first_manager(browser.site.database, 0)
    one = desk_of(browser).accounts.one("manager")
    assert one is not None
    book = Book(browser.site.database, "test", 0)
    with pytest.raises(AccountRefused, match="Nobody else"):
        book.set_disabled(one, disabled=True)
    with pytest.raises(AccountRefused, match="Nobody else"):
        book.set_role(one, Role.CITY)


def test_given_passwords_when_judged_then_length_counts_and_what_everybody_takes_does_not() -> None:
    assert mistake("correct horse battery") is None
    assert mistake("窓口のそばの赤い自転車と傘") is None
    assert mistake("a" * 40) == "too_common"
    assert mistake("a1" * 80) == "too_long"
    assert mistake("yamada-hanako1", "yamada-hanako") == "too_near"
    made = {new_password() for _ in range(100)}
    assert len(made) == 100
    assert all(mistake(one) is None for one in made)


def test_given_codes_when_read_then_a_step_either_way_is_taken_and_nothing_else() -> None:
    secret = pyotp.random_base32()
    totp = pyotp.TOTP(secret)
    now = 1_800_000_010
    for late, step in ((-30, now // 30 - 1), (0, now // 30), (30, now // 30 + 1), (-90, None), (90, None)):
        assert step_of(secret, totp.at(now + late), now) == step
    assert step_of(secret, " １２３ ４５６", now) in (None, *range(now // 30 - 1, now // 30 + 2))
    assert step_of(secret, "１２３４５", now) is None
    assert "style" not in drawn("otpauth://totp/x")


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "javascript:x", "", None, "/ x"],
)
def test_given_a_way_back_elsewhere_when_read_then_it_is_none(path: str | None) -> None:
    assert own_path(path) is None


def test_given_a_way_back_here_when_read_then_it_is_taken() -> None:
    assert own_path("/calls?from=2026-11-24&outcome=answered#a") is not None
