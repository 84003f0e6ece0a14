import re
from collections.abc import AsyncIterator

import pytest

from desk.auth import COOKIE
from desk.context import DESK
from desk.rights import Role
from desk.who import Who
from tests.unit.desk.desk_rig import Browser, until

SUPERVISOR = Who("yamada", "山田", Role.SUPERVISOR)
AUDITOR = Who("kansa", "監査人", Role.AUDITOR)
NUMBER = "09012345678"
SHOWN = "090-1234-5678"


@pytest.fixture
async def calls(browser: Browser) -> AsyncIterator[tuple[str, str]]:
    """One call that was answered, and one that was given up while it waited."""
    site = browser.site
    site.seat_up(1, "101")
    answered = await site.call_in("0262260000")
    site.pick_up(answered)
    site.operator_hangs_up(answered)
    site.office.log_out(1)
    given_up = await site.call_in(NUMBER)
    site.clock.at_ms += 30_000
    site.caller_gone(given_up)
    await until(lambda: not site.controller.calls)
    return answered, given_up


def as_(browser: Browser, who: Who) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={browser.app[DESK].sessions.begin(who)}"}


async def text_of(browser: Browser, path: str, who: Who = SUPERVISOR) -> str:
    async with browser.client.get(path, headers=as_(browser, who)) as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_given_two_calls_when_listed_then_both_stand_there_with_masked_numbers(
    browser: Browser, calls: tuple[str, str]
) -> None:
    page = await text_of(browser, "/calls")
    for call in calls:
        assert f"/calls/{call}" in page
    assert "･･･5678" in page
    assert "1234" not in re.sub("･･･[0-9]+", "", page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("outcome=answered", (True, False)),
        ("outcome=abandoned", (False, True)),
        ("seat=1", (True, False)),
        ("tail=5678", (False, True)),
        ("tail=0000", (True, False)),
        ("tail=9999", (False, False)),
        ("from=2026-11-01&to=2026-11-02", (False, False)),
    ],
)
async def test_given_a_condition_when_listed_then_only_what_fits(
    browser: Browser, calls: tuple[str, str], query: str, found: tuple[bool, bool]
) -> None:
    page = await text_of(browser, f"/calls?{query}")
    assert tuple(f"/calls/{call}" in page for call in calls) == found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=yesterday", "開始日は"),
        ("from=2026-11-20&to=2026-11-10", "終了日が開始日より前"),
        ("from=2026-01-01&to=2026-11-24", "31日まで"),
        ("seat=x", "席は番号で"),
        ("tail=12", "下4桁"),
        ("outcome=none", "終了区分を"),
        ("from=0001-01-01", "範囲の外"),
    ],
)
async def test_given_a_mistake_in_the_form_when_listed_then_a_sentence_says_so(
    browser: Browser, query: str, said: str
) -> None:
    assert said in await text_of(browser, f"/calls?{query}")


async def test_given_an_auditor_when_calls_are_listed_then_no_digit_of_a_number_is_there(
    browser: Browser, calls: tuple[str, str]
) -> None:
    page = await text_of(browser, "/calls", AUDITOR)
    assert "5678" not in page
    assert "下4桁" not in page
    assert "番号では探せません" in await text_of(browser, "/calls?tail=5678", AUDITOR)
    assert 'id="look"' not in await text_of(browser, f"/calls/{calls[1]}", AUDITOR)


async def test_given_a_call_when_opened_then_its_way_and_its_why_are_told(
    browser: Browser, calls: tuple[str, str]
) -> None:
    page = await text_of(browser, f"/calls/{calls[1]}")
    for told in ("着信", "待ち行列へ", "待ち中の切断（放棄）", "call.ended", "･･･5678"):
        assert told in page
    assert NUMBER not in page


async def test_given_no_such_call_when_opened_then_404(browser: Browser) -> None:
    for call in ("nothing", "a%00b", "x" * 70):
        async with browser.client.get(f"/calls/{call}", headers=as_(browser, SUPERVISOR)) as answer:
            assert answer.status == 404


async def test_given_a_reason_when_the_number_is_looked_at_then_the_log_has_who_and_why(
    browser: Browser, calls: tuple[str, str]
) -> None:
    async with browser.client.post(
        f"/api/v1/calls/{calls[1]}/citizen",
        json={"by": "somebody else", "why": "折り返しのため"},
        headers=as_(browser, SUPERVISOR),
    ) as answer:
        assert (await answer.json())["number"] == SHOWN
    from db import looks

    with browser.site.database.read() as connection:
        (look,) = looks(connection, calls[1])
    assert (look.who, look.why) == ("yamada", "折り返しのため")


async def test_given_no_reason_or_no_right_when_the_number_is_asked_for_then_it_is_refused(
    browser: Browser, calls: tuple[str, str]
) -> None:
    path = f"/api/v1/calls/{calls[1]}/citizen"
    for who, body, status in (
        (SUPERVISOR, {"by": "x", "why": ""}, 400),
        (AUDITOR, {"by": "x", "why": "見たい"}, 403),
        (
            Who("yano", "矢野", Role.SUPERVISOR, lines=frozenset({"english"})),
            {"by": "x", "why": "見たい"},
            404,
        ),
    ):
        async with browser.client.post(path, json=body, headers=as_(browser, who)) as answer:
            assert answer.status == status


async def test_given_a_call_when_held_and_released_then_it_says_so_and_twice_is_refused(
    browser: Browser, calls: tuple[str, str]
) -> None:
    path = f"/api/v1/calls/{calls[1]}/hold"
    for body, status in (
        ({"by": "x", "reason": "申立て"}, 200),
        ({"by": "x", "reason": "申立て"}, 400),
        ({"by": "x", "reason": "終了", "release": True}, 200),
        ({"by": "x", "reason": "終了", "release": True}, 400),
    ):
        async with browser.client.post(path, json=body, headers=as_(browser, SUPERVISOR)) as answer:
            assert answer.status == status, body


async def test_given_who_gave_up_when_dealt_with_then_the_list_says_by_whom_and_it_is_over(
    browser: Browser, calls: tuple[str, str]
) -> None:
    headers = as_(browser, SUPERVISOR)
    assert "･･･5678" in await text_of(browser, "/abandoned")
    for result, status in (("not_reached", 200), ("reached", 200), ("reached", 409)):
        async with browser.client.post(
            f"/api/v1/abandoned/{calls[1]}", json={"result": result}, headers=headers
        ) as answer:
            assert answer.status == status, result
    async with browser.client.get("/api/v1/abandoned", headers=headers) as answer:
        (entry,) = (await answer.json())["entries"]
    assert (entry["open"], entry["tail"], entry["handled"]["by"]) == (False, "5678", "yamada")


async def test_given_who_gave_up_when_he_gets_through_later_then_nobody_need_ring_him_up(
    browser: Browser, calls: tuple[str, str]
) -> None:
    site = browser.site
    site.seat_up(2, "102")
    again = await site.call_in(NUMBER)
    site.pick_up(again)
    site.operator_hangs_up(again)
    async with browser.client.get("/api/v1/abandoned", headers=as_(browser, SUPERVISOR)) as answer:
        (entry,) = (await answer.json())["entries"]
    assert entry["reached"] is not None
    assert entry["open"] is False


async def test_given_days_that_are_no_number_when_asked_then_400(browser: Browser) -> None:
    for days in ("0", "32", "x", "１", "-1", "99999999999"):
        async with browser.client.get(
            "/api/v1/abandoned", params={"days": days}, headers=as_(browser, SUPERVISOR)
        ) as answer:
            assert answer.status == 400, days
