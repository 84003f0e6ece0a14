import json

import pytest

from acd.events import Reconfigured
from config.lines import Line
from controller.floor_settings import floor_settings
from desk import models
from tests.unit.desk.desk_rig import BEARER, SETTINGS, Browser

API = "/api/v1/seats"


async def test_given_a_registered_phone_when_all_is_asked_in_turn_then_each_answers_the_seats_entry(
    browser: Browser,
) -> None:
    browser.site.seat_up(1)
    shown = []
    for action, body in (
        ("login", {"operator": "101"}),
        ("break", {"reason": "1"}),
        ("ready", None),
        ("logout", {}),
    ):
        status, entry = await browser.post(f"{API}/1/{action}", body)
        assert status == 200, entry
        models.SeatEntry.model_validate(entry)
        shown.append((entry["state"], entry["operator"], entry["reason"]))
    assert shown == [
        ("ready", "101", None),
        ("break", "101", "休憩"),
        ("ready", "101", None),
        ("logged_out", None, None),
    ]


async def test_given_a_wrap_up_when_it_is_ended_then_the_seat_is_ready(browser: Browser) -> None:
    site = browser.site
    site.seat_up(2, "102")
    call = await site.call_in()
    site.pick_up(call)
    site.operator_hangs_up(call)
    _, live = await browser.get("/api/v1/live")
    assert live["seats"][1]["state"] == "wrap_up"
    status, entry = await browser.post(f"{API}/2/end-wrap-up")
    assert (status, entry["state"]) == (200, "ready")


async def test_given_an_unregistered_phone_when_logged_in_then_it_is_unreachable(
    browser: Browser,
) -> None:
    status, entry = await browser.post(f"{API}/3/login", {"operator": "103"})
    assert (status, entry["state"], entry["phone"]) == (200, "unreachable", "unregistered")


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("logout", None, "not_logged_in"),
        ("ready", None, "not_logged_in"),
        ("break", {"reason": "1"}, "not_logged_in"),
        ("end-wrap-up", None, "not_logged_in"),
        ("login", {"operator": "999"}, "no_such_operator"),
        ("login", {"operator": "101"}, "operator_elsewhere"),
    ],
)
async def test_given_a_state_that_does_not_allow_it_when_asked_then_409_tells_why(
    browser: Browser, action: str, body: object, code: str
) -> None:
    browser.site.seat_up(1, "101")
    status, problem = await browser.post(f"{API}/2/{action}", body)
    assert (status, problem["error"]) == (409, code)
    assert problem["message"]
    models.Problem.model_validate(problem)


async def test_given_a_ready_seat_when_its_wrap_up_is_ended_then_409(browser: Browser) -> None:
    browser.site.seat_up(1, "101")
    status, problem = await browser.post(f"{API}/1/end-wrap-up")
    assert (status, problem["error"]) == (409, "not_in_wrap_up")


async def test_given_a_taken_seat_when_another_logs_in_then_409(browser: Browser) -> None:
    browser.site.seat_up(1, "101")
    status, problem = await browser.post(f"{API}/1/login", {"operator": "102"})
    assert (status, problem["error"]) == (409, "seat_taken")


async def test_given_no_such_seat_when_anything_is_asked_then_404(browser: Browser) -> None:
    for seat in ("0", "8", "-1", "x", "01", "1.0", "９", "9" * 30, "%00"):
        for action in ("login", "logout", "ready", "break", "end-wrap-up"):
            status, problem = await browser.post(f"{API}/{seat}/{action}", {"operator": "101"})
            assert (status, problem["error"]) == (404, "no_such_seat"), (seat, action)


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b"null", "body"),
        (b'"101"', "body"),
        (b"\xff\xfe", "body"),
        (b'{"operator": "\\ud800"}', "body"),
        (b"{}", "operator"),
        (b'{"operator": 101}', "operator"),
        (b'{"operator": null}', "operator"),
        (b'{"operator": ["101"]}', "operator"),
        (b'{"operator": ""}', "operator"),
        (b'{"operator": "1\\u0000"}', "operator"),
        (json.dumps({"operator": "1" * 41}).encode(), "operator"),
        (b'{"operator": "101", "seat": 2}', "seat"),
        (b"[" * 10_000, "body"),
    ],
)
async def test_given_a_malformed_body_when_logging_in_then_400_names_the_field(
    browser: Browser, data: bytes, named: str
) -> None:
    status, problem = await browser.post(f"{API}/1/login", data=data)
    assert (status, problem["error"]) == (400, "bad_argument")
    assert problem["message"].startswith(f"{named}: ")
    assert "pydantic" not in problem["message"]


async def test_given_a_break_without_reason_when_asked_then_400_names_it(browser: Browser) -> None:
    status, problem = await browser.post(f"{API}/1/break", {"why": "tea"})
    assert status == 400
    assert problem["message"].startswith(("reason: ", "why: "))


async def test_given_a_large_body_when_posted_then_413(browser: Browser) -> None:
    status, problem = await browser.post(f"{API}/1/login", data=b'{"operator": "' + b"1" * 100_000 + b'"}')
    assert (status, problem["error"]) == (413, "body_too_large")


async def test_given_a_body_that_is_not_packed_as_it_says_when_posted_then_400(browser: Browser) -> None:
    headers = {**BEARER, "Content-Encoding": "deflate"}
    async with browser.client.post(f"{API}/1/login", data=b"\xff" * 50, headers=headers) as answer:
        assert answer.status == 400


async def test_given_an_action_that_is_not_there_when_asked_then_404_and_get_is_405(browser: Browser) -> None:
    status, problem = await browser.post(f"{API}/1/dance")
    assert (status, problem["error"]) == (404, "not_found")
    status, problem = await browser.get(f"{API}/1/ready")
    assert (status, problem["error"]) == (405, "method_not_allowed")


async def test_given_a_wrap_up_when_it_is_extended_then_its_end_is_later_and_never_beyond_the_most(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(2, "102")
    call = await site.call_in()
    site.pick_up(call)
    site.operator_hangs_up(call)
    status, entry = await browser.post(f"{API}/2/extend-wrap-up", {"seconds": 60})
    models.SeatEntry.model_validate(entry)
    assert (status, entry["wrap_up_until"]) == (200, "2026-11-24T10:01:30.000+09:00")
    _, entry = await browser.post(f"{API}/2/extend-wrap-up", {"seconds": 7200})
    assert entry["wrap_up_until"] == "2026-11-24T10:05:00.000+09:00"
    status, problem = await browser.post(f"{API}/2/extend-wrap-up", {"seconds": 1})
    assert (status, problem["error"]) == (409, "wrap_up_too_long")
    status, problem = await browser.post(f"{API}/1/extend-wrap-up", {"seconds": 1})
    assert (status, problem["error"]) == (409, "not_logged_in")
    status, problem = await browser.post(f"{API}/2/extend-wrap-up", {"seconds": 0})
    assert (status, problem["error"]) == (400, "bad_argument")


async def test_given_a_line_whose_wrap_up_ends_with_the_entry_when_it_is_written_then_the_seat_is_ready(
    browser: Browser,
) -> None:
    site = browser.site
    settings = SETTINGS.model_copy(update={"line": Line(wrap_up_ends="entry")})
    site.controller.dispatcher.submit(Reconfigured(floor_settings(settings)))
    site.seat_up(2, "102")
    call = await site.call_in()
    site.pick_up(call)
    site.operator_hangs_up(call)
    status, entry = await browser.post(f"{API}/2/entry-written", {"call": "another"})
    assert (status, entry["state"]) == (200, "wrap_up")
    status, entry = await browser.post(f"{API}/2/entry-written", {"call": call})
    models.SeatEntry.model_validate(entry)
    assert (status, entry["state"]) == (200, "ready")
    assert (await browser.post(f"{API}/2/entry-written", {}))[0] == 400
