"""Who acts at somebody else's seat, or with those who wait, stands in the audit log with the reason."""

import pytest

from db import journal_rows
from desk.auth import COOKIE
from desk.context import DESK
from desk.rights import Role
from desk.who import Who
from tests.unit.desk.desk_rig import Browser

YAMADA = Who("yamada", "山田 花子", Role.SUPERVISOR)
OPERATOR = Who("101", "オペレーター1", Role.OPERATOR, operator="101")


async def act(browser: Browser, who: Who, path: str, body: object = None) -> int:
    cookie = browser.app[DESK].sessions.begin(who)
    headers = {"Cookie": f"{COOKIE}={cookie}"}
    async with browser.client.post(f"/api/v1{path}", json=body, headers=headers) as answer:
        assert answer.status < 500
        return answer.status


def audited(browser: Browser) -> list[dict[str, object]]:
    browser.site.office.write_out()
    browser.site.journal.flush()
    with browser.site.database.read() as connection:
        return [row.entry.data for row in journal_rows(connection, kinds=["audit.done"])]


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("logout", {"why": "体調不良のため"}),
        ("break", {"reason": "1", "why": "体調不良のため"}),
        ("ready", {"why": "体調不良のため"}),
    ],
)
async def test_given_a_supervisor_when_he_acts_at_a_seat_then_who_and_why_is_in_the_audit_log(
    browser: Browser, action: str, body: dict[str, str]
) -> None:
    browser.site.seat_up(1, "101")
    browser.site.office.take_break(1, "2")
    assert await act(browser, YAMADA, f"/seats/1/{action}", body) == 200
    (row,) = audited(browser)
    assert (row["by"], row["on"], row["reason"]) == ("yamada", {"seat": "1"}, "体調不良のため")
    assert row["what"] == f"POST /api/v1/seats/{{seat}}/{action}"


async def test_given_an_operator_when_he_acts_at_his_own_seat_then_it_is_his_work_and_no_audit_row(
    browser: Browser,
) -> None:
    browser.site.seat_up(1, "101")
    assert await act(browser, OPERATOR, "/seats/1/break", {"reason": "1"}) == 200
    assert await act(browser, OPERATOR, "/seats/1/ready") == 200
    assert audited(browser) == []


async def test_given_a_waiting_caller_when_he_is_moved_raised_and_taken_out_then_each_reason_is_kept(
    browser: Browser,
) -> None:
    first, second = await browser.site.call_in(), await browser.site.call_in("09011112222")
    assert await act(browser, YAMADA, f"/calls/{second}/move", {"position": 1, "why": "至急"}) == 200
    assert await act(browser, YAMADA, f"/calls/{second}/raise", {"priority": 9, "why": "高齢"}) == 200
    assert await act(browser, YAMADA, f"/calls/{first}/take-out", {"reason": "間違い電話"}) == 200
    assert [row["reason"] for row in audited(browser)] == ["至急", "高齢", "間違い電話"]


async def test_given_an_operator_when_he_tries_what_is_the_supervisors_then_it_is_refused(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(2, "102")
    call = await site.call_in()
    for path, body in (
        ("/seats/2/logout", {"why": "x"}),
        (f"/calls/{call}/move", {"position": 1}),
        (f"/calls/{call}/take-out", {"reason": "x"}),
        ("/line/close", {"reason": "x"}),
    ):
        assert await act(browser, OPERATOR, path, body) == 403
    assert audited(browser) == []
