"""What a supervisor does with those who wait, and with callbacks."""

import pytest

from db import looks
from desk import models, supervisor_models
from tests.unit.desk.desk_rig import Browser

API = "/api/v1"


async def order(browser: Browser) -> list[str]:
    _, live = await browser.get(f"{API}/live")
    models.Live.model_validate(live)
    return [waiting["call"] for waiting in live["waiting"]]


async def test_given_three_waiting_when_the_last_is_moved_to_the_head_then_the_order_is_so(
    browser: Browser,
) -> None:
    first, second, third = [await browser.site.call_in(f"0901234567{n}") for n in range(3)]
    status, answer = await browser.post(f"{API}/calls/{third}/move", {"position": 1})
    assert status == 200
    supervisor_models.CallerAnswer.model_validate(answer)
    assert (answer["call"], answer["waiting"]["position"]) == (third, 1)
    assert await order(browser) == [third, first, second]


async def test_given_two_waiting_when_one_is_raised_then_it_is_before_and_shows_its_priority(
    browser: Browser,
) -> None:
    first, second = [await browser.site.call_in(f"0901234567{n}") for n in range(2)]
    status, answer = await browser.post(f"{API}/calls/{second}/raise", {"priority": 5})
    assert (status, answer["waiting"]["priority"], answer["waiting"]["position"]) == (200, 5, 1)
    assert await order(browser) == [second, first]


async def test_given_a_waiting_caller_when_offered_to_a_ready_seat_then_that_one_rings(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    ringing = await site.call_in()
    site.seat_up(2, "102")
    _, live = await browser.get(f"{API}/live")
    assert live["seats"][0]["state"] == "ringing"
    status, answer = await browser.post(f"{API}/calls/{ringing}/offer", {"seat": 2})
    assert (status, answer["waiting"]["rings"]) == (200, True)
    _, live = await browser.get(f"{API}/live")
    assert [seat["state"] for seat in live["seats"][:2]] == ["ready", "ringing"]


async def test_given_a_waiting_caller_when_taken_out_then_he_is_told_and_the_outcome_is_withdrawn(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    status, answer = await browser.post(f"{API}/calls/{call}/take-out", {"reason": "間違い電話"})
    assert (status, answer) == (200, {"call": call, "waiting": None})
    browser.site.caller_gone(call)
    _, story = await browser.get(f"{API}/calls/{call}")
    assert story["outcome"] == "withdrawn"
    assert [row["data"] for row in story["journal"] if row["kind"] == "call.withdrawn"] == [
        {"reason": "間違い電話"}
    ]


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("move", {"position": 1}, "no_such_call"),
        ("raise", {"priority": 1}, "no_such_call"),
        ("offer", {"seat": 1}, "no_such_call"),
        ("take-out", {"reason": "x"}, "no_such_call"),
        ("callback", {}, "no_such_call"),
    ],
)
async def test_given_nobody_of_that_id_when_anything_is_asked_then_409_tells_so(
    browser: Browser, action: str, body: object, code: str
) -> None:
    status, problem = await browser.post(f"{API}/calls/nobody/{action}", body)
    assert (status, problem["error"]) == (409, code)
    models.Problem.model_validate(problem)


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("move", {"position": 0}, "position"),
        ("move", {"position": "1"}, "position"),
        ("move", {}, "position"),
        ("raise", {"priority": 10**9}, "priority"),
        ("offer", {"seat": 0}, "seat"),
        ("take-out", {"reason": ""}, "reason"),
        ("callback", {"number": 5}, "number"),
        ("callback", {"numbers": "026"}, "numbers"),
    ],
)
async def test_given_a_bad_body_when_asked_then_400_names_the_field(
    browser: Browser, action: str, body: object, named: str
) -> None:
    call = await browser.site.call_in()
    status, problem = await browser.post(f"{API}/calls/{call}/{action}", body)
    assert (status, problem["error"]) == (400, "bad_argument")
    assert problem["message"].startswith(f"{named}: ")


async def test_given_a_seat_that_is_not_ready_when_a_caller_is_offered_to_it_then_409(
    browser: Browser,
) -> None:
    call = await browser.site.call_in()
    for seat, code in ((1, "seat_not_ready"), (99, "no_such_seat")):
        status, problem = await browser.post(f"{API}/calls/{call}/offer", {"seat": seat})
        assert (status, problem["error"]) == (409, code)


async def test_given_a_callback_asked_for_then_it_stands_in_the_place_and_the_list_shows_whom_and_when(
    browser: Browser,
) -> None:
    call, other = await browser.site.call_in("0262261234"), await browser.site.call_in("0262269999")
    status, answer = await browser.post(f"{API}/calls/{call}/callback", {})
    assert (status, answer) == (200, {"call": call, "waiting": None})
    _, listed = await browser.get(f"{API}/callbacks")
    supervisor_models.CallbackList.model_validate(listed)
    (shown,) = listed["callbacks"]
    assert (shown["ticket"], shown["call"], shown["number"]) == (f"{call}-cb", call, "026-226-1234")
    assert (shown["state"], shown["position"], shown["attempts"]) == ("waiting", 1, 0)
    _, live = await browser.get(f"{API}/live")
    assert [(one["call"], one["callback"]) for one in live["waiting"]] == [
        (f"{call}-cb", True),
        (other, False),
    ]
    assert live["callbacks"] == 1
    assert (await browser.get(f"{API}/callbacks"))[0] == 200
    with browser.site.database.read() as connection:  # two looks within the hour are one
        seen = [(one.what, one.call, one.why) for one in looks(connection)]
    assert seen == [("callback", shown["call"], "折り返しの一覧")]
    assert "2261234" not in str(live)
    browser.site.caller_gone(call)
    _, story = await browser.get(f"{API}/calls/{call}")
    assert story["outcome"] == "callback"
    assert "2261234" not in str(story["journal"])


async def test_given_the_same_number_twice_when_called_back_then_one_callback(browser: Browser) -> None:
    for _ in range(2):
        call = await browser.site.call_in("0262261234")
        status, _answer = await browser.post(f"{API}/calls/{call}/callback", {"number": "026-226-1234"})
        assert status == 200
    _, listed = await browser.get(f"{API}/callbacks")
    assert listed["count"] == 1


async def test_given_an_open_callback_when_cancelled_then_it_is_gone_and_a_second_time_409(
    browser: Browser,
) -> None:
    call = await browser.site.call_in("0262261234")
    await browser.post(f"{API}/calls/{call}/callback", {})
    status, answer = await browser.post(f"{API}/callbacks/{call}-cb/cancel")
    supervisor_models.CallbackEnd.model_validate(answer)
    assert status == 200
    assert (await browser.get(f"{API}/callbacks"))[1] == {"count": 0, "callbacks": []}
    status, problem = await browser.post(f"{API}/callbacks/{call}-cb/cancel")
    assert (status, problem["error"]) == (409, "no_such_call")


@pytest.mark.parametrize("number", ["0120123456", "0990123456", "110", "0260001234", "0081312345678", "x"])
async def test_given_a_number_that_is_not_called_back_when_asked_then_409_and_the_caller_waits_on(
    browser: Browser, number: str
) -> None:
    call = await browser.site.call_in()
    status, problem = await browser.post(f"{API}/calls/{call}/callback", {"number": number})
    assert (status, problem["error"]) == (409, "number_unfit")
    assert await order(browser) == [call]


async def test_given_a_withheld_number_when_called_back_without_one_then_409(browser: Browser) -> None:
    call = await browser.site.call_in("anonymous")
    status, problem = await browser.post(f"{API}/calls/{call}/callback", {})
    assert (status, problem["error"]) == (409, "no_number")


@pytest.mark.parametrize(
    "written", ["123456789018", "１２３４ ５６７８ ９０１８", "番号は1234-5678-9018です"]
)
@pytest.mark.parametrize(
    "path", ["/line/close", "/calls/c1/take-out", "/calendar/overrides", "/announcements"]
)
async def test_given_a_my_number_in_any_body_then_refused_with_the_law_and_nowhere_to_be_found(
    browser, path, written, caplog, capsys
):
    body = {"reason": written, "text": written, "kind": "closed", "until": "2026-11-24T18:00:00"}
    known = {
        "/line/close": ("reason",),
        "/calls/c1/take-out": ("reason",),
        "/calendar/overrides": ("reason", "kind", "until"),
        "/announcements": ("text",),
    }
    status, said = await browser.post(f"{API}{path}", {key: body[key] for key in known[path]})
    assert (status, said["error"]) == (400, "my_number")
    assert "番号法" in said["message"]
    browser.site.controller.recorder.flush()
    assert browser.site.journal.flush(5)
    printed = capsys.readouterr()
    whole = said["message"] + caplog.text + printed.out + printed.err
    assert "9018" not in whole
    assert "９０１８" not in whole
