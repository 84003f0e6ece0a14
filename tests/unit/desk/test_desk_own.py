"""The operator's own desk: his seat and his call and nobody else's; each look at a citizen written down."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from acd.events import Reconfigured
from config import Settings
from config.desk_work import DeskWork
from controller.floor_settings import floor_settings
from controller.help import Help, stored_help
from db import looks
from db.holds import all_holds
from desk import own_models, present
from desk.auth import COOKIE
from desk.context import DESK
from desk.own_page import script_words
from desk.rights import Role
from desk.who import Who
from tests.unit.desk.desk_rig import SETTINGS, Browser

API = "/api/v1"
HANAKO = Who("101", "オペレーター1", Role.OPERATOR, operator="101")
TARO = Who("102", "オペレーター2", Role.OPERATOR, operator="102")
YAMADA = Who("yamada", "山田", Role.SUPERVISOR)
NUMBER = "026-226-1234"


async def asked(
    browser: Browser, who: Who, method: str, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    cookie = browser.app[DESK].sessions.begin(who)
    said = {} if body is None else {"json": body}
    async with browser.client.request(
        method, f"{API}/{path}", headers={"Cookie": f"{COOKIE}={cookie}"}, **said
    ) as answer:
        return answer.status, await answer.json()


async def desk(browser: Browser, who: Who = HANAKO) -> dict[str, Any]:
    status, answer = await asked(browser, who, "GET", "desk")
    assert status == 200, answer
    own_models.OwnDesk.model_validate(answer)
    return answer


def looked(browser: Browser) -> list[tuple[str | None, str, str, str]]:
    with browser.site.database.read() as connection:
        return [(one.call, one.who, one.what, one.why) for one in looks(connection)]


def with_desk(browser: Any, **work: object) -> None:
    settings: Settings = browser.site.controller.settings
    changed = settings.desk.model_copy(update=dict(DeskWork.model_validate(work)))
    browser.site.controller.settings = settings.model_copy(update={"desk": changed})


async def test_given_nobody_at_a_seat_when_the_desk_is_asked_for_then_there_is_no_seat(
    browser: Browser,
) -> None:
    shown = await desk(browser)
    assert (shown["seat"], shown["call"], shown["operator_name"]) == (None, None, "オペレーター1")


async def test_given_a_person_who_is_no_operator_when_the_desk_is_asked_for_then_it_is_said(
    browser: Browser,
) -> None:
    for path in ("desk", "desk/earlier", "desk/day", "desk/callbacks"):
        status, answer = await asked(browser, YAMADA, "GET", path)
        assert (status, answer["error"]) == (409, "no_operator")


async def test_given_a_call_that_rings_when_looked_at_again_and_again_then_who_calls_is_one_look(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    call = await site.call_in("0262261234")
    shown = [await desk(browser) for _ in range(3)]
    assert shown[0]["seat"]["seat"] == 1
    present_call = shown[0]["call"]
    assert (present_call["stage"], present_call["caller"]["display"]) == ("ringing", NUMBER)
    assert present_call["talk"] is None
    assert looked(browser) == [(call, "101", "present", present.WHY)]
    site.pick_up(call)
    site.clock.at_ms += 65_000
    talking = (await desk(browser))["call"]
    assert (talking["stage"], talking["waited_s"]) == ("talking", 0)
    site.operator_hangs_up(call)
    after = await desk(browser)
    assert (after["seat"]["state"], after["call"]["caller"]["display"]) == ("wrap_up", NUMBER)
    site.office.end_wrap_up(1)
    assert (await desk(browser))["call"] is None
    assert len(looked(browser)) == 1


async def test_given_a_call_of_another_operator_when_the_desk_is_asked_for_then_it_is_not_shown(
    browser: Browser,
) -> None:
    browser.site.seat_up(1, "101")
    browser.site.seat_up(2, "102")
    browser.site.pick_up(await browser.site.call_in("0262261234"))
    whose = {who.id: (await desk(browser, who))["call"] for who in (HANAKO, TARO)}
    assert sum(call is not None for call in whose.values()) == 1
    other = HANAKO if whose["101"] is None else TARO
    status, answer = await asked(browser, other, "GET", "desk/earlier")
    assert (status, answer["error"]) == (409, "no_call")


@pytest.mark.parametrize(
    ("number", "display", "withheld"),
    [("anonymous", "非通知", "anonymous"), ("Coin line/payphone", "公衆電話", "payphone")],
)
async def test_given_a_withheld_number_then_its_reason_stands_in_words_and_is_no_look(
    browser: Browser, number: str, display: str, withheld: str
) -> None:
    browser.site.seat_up(1, "101")
    await browser.site.call_in(number)
    shown = (await desk(browser))["call"]["caller"]
    assert (shown["display"], shown["withheld"]) == (display, withheld)
    assert looked(browser) == []
    status, answer = await asked(browser, HANAKO, "GET", "desk/earlier")
    assert (status, answer["contacts"]) == (200, [])


async def test_given_a_log_that_cannot_be_written_when_a_call_comes_then_the_number_is_not_shown_until_it_can(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_args: object, **_kwargs: object) -> None:
        raise OperationalError("insert", {}, Exception("disk full"))

    browser.site.seat_up(1, "101")
    await browser.site.call_in("0262261234")
    with monkeypatch.context() as patch:
        patch.setattr(present, "shown", fails)
        assert (await desk(browser))["call"]["caller"] == {"display": None, "withheld": None}
    assert (await desk(browser))["call"]["caller"]["display"] == NUMBER


async def test_given_earlier_calls_when_the_same_number_calls_then_the_last_ones_are_told_and_logged(
    browser: Browser,
) -> None:
    site = browser.site
    with_desk(browser, earlier_contacts=2)
    site.seat_up(1, "101")
    calls = []
    for _ in range(3):
        call = await site.call_in("0262261234")
        site.pick_up(call)
        site.operator_hangs_up(call)
        body = {"ledger": "inquiry", "call": call, "by": "101",
                "values": {"category": ["紛失"], "content": "なくした", "handling": "完結"}}  # fmt: skip
        status, entry = await asked(browser, HANAKO, "POST", "entries", body)
        assert status == 201, entry
        site.office.end_wrap_up(1)
        site.clock.at_ms += 3_600_000
        calls.append(call)
    now = await site.call_in("0262261234")
    status, answer = await asked(browser, HANAKO, "GET", "desk/earlier")
    own_models.EarlierContacts.model_validate(answer)
    assert status == 200
    assert [one["call"] for one in answer["contacts"]] == [calls[2], calls[1]]
    first = answer["contacts"][0]
    assert (first["outcome"], first["operator_name"]) == ("answered", "オペレーター1")
    assert [entry["about"] for entry in first["entries"]] == ["紛失"]
    assert "なくした" not in str(answer)
    assert {(call, what) for call, _, what, _ in looked(browser) if what == "earlier"} == {
        (calls[2], "earlier"),
        (calls[1], "earlier"),
    }
    assert now not in [one["call"] for one in answer["contacts"]]


async def test_given_a_template_when_a_call_comes_then_the_link_has_the_call_and_no_number_unless_chosen(
    browser: Browser,
) -> None:
    with_desk(browser, reservation_url="https://yoyaku.example/new?ref={call}&op={operator}&seat={seat}")
    browser.site.seat_up(1, "101")
    call = await browser.site.call_in("0262261234")
    assert (await desk(browser))["call"]["reservation_url"] == (
        f"https://yoyaku.example/new?ref={call}&op=101&seat=1"
    )
    with_desk(browser, reservation_url="https://yoyaku.example/?tel={number}", reservation_number=True)
    assert (await desk(browser))["call"]["reservation_url"] == "https://yoyaku.example/?tel=0262261234"


async def test_given_a_request_during_a_talk_when_asked_then_what_comes_next_is_told(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    assert (await desk(browser))["seat"]["next"] is None
    site.pick_up(await site.call_in())
    assert (await desk(browser))["seat"]["next"] == {"state": "ready", "reason": None}
    await asked(browser, HANAKO, "POST", "seats/1/break", {"reason": "1"})
    shown = await desk(browser)
    assert (shown["seat"]["state"], shown["seat"]["next"]) == (
        "talking",
        {"state": "break", "reason": "休憩"},
    )


async def test_given_a_hand_when_it_is_raised_then_all_see_it_until_it_is_lowered_or_he_leaves(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    status, answer = await asked(browser, HANAKO, "POST", "seats/1/raise-hand", {"reason": "いいかげん"})
    assert (status, answer["error"]) == (400, "bad_argument")
    status, seat = await asked(browser, HANAKO, "POST", "seats/1/raise-hand", {"reason": "苦情"})
    assert (status, seat["hand"]["reason"]) == (200, "苦情")
    site.clock.at_ms += 30_000
    _, live = await browser.get(f"{API}/live")
    assert live["seats"][0]["hand"]["for_s"] == 30
    status, seat = await asked(browser, TARO, "POST", "seats/1/lower-hand", {})
    assert (status, seat["error"]) == (403, "not_your_seat")
    status, seat = await asked(browser, YAMADA, "POST", "seats/1/lower-hand", {})
    assert (status, seat["hand"]) == (200, None)
    status, seat = await asked(browser, YAMADA, "POST", "seats/1/lower-hand", {})
    assert (status, seat["error"]) == (409, "no_hand")
    await asked(browser, HANAKO, "POST", "seats/1/raise-hand", {"reason": "体調"})
    site.office.log_out(1)
    _, live = await browser.get(f"{API}/live")
    assert live["seats"][0]["hand"] is None


async def test_given_an_incident_when_reported_then_the_call_is_held_and_stays_so_after_it_is_closed(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    call = await site.call_in("0262261234")
    site.pick_up(call)
    status, told = await asked(browser, HANAKO, "POST", "seats/1/incident", {"kind": "脅迫"})
    assert status == 201, told
    own_models.IncidentAnswer.model_validate(told)
    assert (told["call"], told["held"], told["hold_problem"]) == (call, True, None)
    status, again = await asked(browser, HANAKO, "POST", "seats/1/incident", {"kind": "脅迫"})
    assert (again["id"], again["held"]) == (told["id"], True)
    with site.database.read() as connection:
        held = all_holds(connection)
    assert [(one.call, one.who) for one in held] == [(call, "101")]
    assert "脅迫" in held[0].reason
    _, live = await browser.get(f"{API}/live")
    assert (live["seats"][0]["incident"]["kind"], live["seats"][0]["incident"]["call"]) == ("脅迫", call)
    status, seat = await asked(browser, YAMADA, "POST", "seats/1/close-incident", {})
    assert (status, seat["incident"]) == (200, None)
    with site.database.read() as connection:
        assert len(all_holds(connection)) == 1
    _, story = await browser.get(f"{API}/calls/{call}")
    kinds = [row["kind"] for row in story["journal"]]
    assert {"incident.reported", "hold.placed", "incident.closed"} <= set(kinds)


async def test_given_a_day_when_its_figures_are_asked_for_then_they_are_the_operators_own(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    call = await site.call_in()
    site.pick_up(call)
    site.clock.at_ms += 90_000
    site.operator_hangs_up(call)
    site.clock.at_ms += 20_000
    site.office.end_wrap_up(1)
    status, mine = await asked(browser, HANAKO, "GET", "desk/day")
    own_models.OwnFigures.model_validate(mine)
    assert status == 200
    assert (mine["answered"], mine["average_talk_s"], mine["average_wrap_up_s"]) == (1, 90, 20)
    _, others = await asked(browser, TARO, "GET", "desk/day")
    assert (others["answered"], others["average_talk_s"], others["logged_in_s"]) == (0, None, 0)


async def test_given_an_open_callback_when_a_ready_operator_clicks_it_then_his_phone_rings_for_it(
    browser: Browser,
) -> None:
    site = browser.site
    call = await site.call_in("0262261234")
    site.office.supervisor.call_back(call, None)
    site.caller_gone(call)
    ticket = f"{call}-cb"
    status, shown = await asked(browser, HANAKO, "GET", "desk/callbacks")
    own_models.OwnCallbacks.model_validate(shown)
    assert [(one["ticket"], one["mine"]) for one in shown["callbacks"]] == [(ticket, False)]
    assert "0262261234" not in str(shown)
    site.seat_up(1)
    site.office.log_in(1, "101")  # and at once the callback's turn has come: it rings by itself
    at_desk = await desk(browser)
    assert (at_desk["seat"]["state"], at_desk["call"]["callback"]) == ("ringing", True)
    assert at_desk["call"]["caller"]["display"] == NUMBER
    assert at_desk["call"]["asked_in"] == call
    status, refused = await asked(browser, HANAKO, "POST", "seats/1/call-back", {"ticket": ticket})
    assert (status, refused["error"]) == (409, "seat_not_ready")


async def test_given_values_as_typed_when_checked_then_each_problem_is_a_sentence_and_nothing_is_kept(
    browser: Browser,
) -> None:
    body = {
        "ledger": "booking",
        "values": {"name": "ながの", "phone": "026", "birth": "1990-13-01", "x": "y"},
    }
    status, answer = await asked(browser, HANAKO, "POST", "entries/check", body)
    own_models.CheckAnswer.model_validate(answer)
    assert status == 200
    assert answer["values"] == {"name": "ナガノ"}
    assert set(answer["problems"]) == {"phone", "birth"}
    assert answer["problems"]["phone"].startswith("連絡先電話は、")
    my_number = {"ledger": "booking", "values": {"remarks": "1234 5678 9018"}}
    status, answer = await asked(browser, HANAKO, "POST", "entries/check", my_number)
    assert "番号法" in answer["problems"]["remarks"]
    assert "5678" not in str(answer)


async def test_given_a_form_posted_twice_at_once_when_stored_then_there_is_one_entry(
    browser: Browser,
) -> None:
    values = {"category": ["紛失"], "content": "x", "handling": "完結"}
    body = {"ledger": "inquiry", "values": values, "by": "101", "request": "0f9d3c1e-3b1c-4a53"}
    answers = await asyncio.gather(*(asked(browser, HANAKO, "POST", "entries", body) for _ in range(4)))
    assert [status for status, _ in answers] == [201] * 4
    assert len({entry["id"] for _, entry in answers}) == 1
    other = {**body, "values": {**values, "content": "y"}}
    status, told = await asked(browser, HANAKO, "POST", "entries", other)
    assert (status, told["error"], told["current"]["id"]) == (409, "conflict", answers[0][1]["id"])
    assert told["yours"]["content"] == "y"
    status, second = await asked(browser, TARO, "POST", "entries", body)
    assert (status, second["number"].endswith("000002")) == (201, True)


async def test_given_the_page_when_opened_then_all_its_words_are_there_and_nothing_is_inline(
    browser: Browser,
) -> None:
    assert "保存する" in script_words()
    for who, told in ((HANAKO, "席を選ぶ"), (YAMADA, "オペレーターではありません")):
        cookie = browser.app[DESK].sessions.begin(who)
        async with browser.client.get("/desk", headers={"Cookie": f"{COOKIE}={cookie}"}) as answer:
            text = await answer.text()
            assert answer.status == 200
        assert told in text
        assert "<style" not in text
        assert "style=" not in text
        assert "onclick" not in text


@pytest.mark.parametrize(
    ("work", "told"),
    [
        ({"reservation_url": "yoyaku"}, "https://"),
        ({"reservation_url": "https://y.example/{name}"}, "{name}"),
        ({"reservation_url": "https://y.example/{number}"}, "reservation_number"),
        ({"hold_target_s": 0}, "hold_target_s"),
        ({"scripts": [{"title": "x", "text": "y", "menu": "top"}]}, "menu"),
    ],
)
def test_given_a_mistake_in_the_desks_settings_then_it_is_named(work: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told.replace("{", r"\{").replace("}", r"\}")):
        Settings.model_validate({**SETTINGS.model_dump(include={"guidance"}), "desk": work})


async def test_given_a_callback_that_nobody_is_rung_for_when_a_ready_operator_takes_it_then_his_phone_rings(
    browser: Browser,
) -> None:
    site = browser.site
    english = Settings.model_validate(
        {
            **SETTINGS.model_dump(include={"guidance"}),
            "skills": {"english": "英語"},
            "needs": {"english": [{"after_s": 0, "skills": {"english": 2}}]},
            "line": {"need": "english"},
        }
    )
    site.controller.settings = english
    site.controller.dispatcher.submit(Reconfigured(floor_settings(english)))
    call = await site.call_in("0262261234")
    site.office.supervisor.call_back(call, None)
    site.caller_gone(call)
    site.seat_up(1, "101")
    assert (await desk(browser))["seat"]["state"] == "ready"  # he does not speak it: nobody rings him
    status, _ = await asked(browser, HANAKO, "POST", "seats/1/call-back", {"ticket": f"{call}-cb"})
    assert status == 200
    rung = await desk(browser)
    assert (rung["call"]["callback"], rung["call"]["stage"], rung["call"]["need"]) == (
        True,
        "ringing",
        ["英語"],
    )


async def test_given_a_hand_and_an_incident_when_the_controller_is_another_then_both_are_still_there(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    site.pick_up(await site.call_in())
    await asked(browser, HANAKO, "POST", "seats/1/raise-hand", {"reason": "苦情"})
    await asked(browser, HANAKO, "POST", "seats/1/incident", {"kind": "脅迫"})
    site.clock.at_ms += 60_000
    site.journal.flush()
    floor = site.controller.dispatcher.floor
    rows = stored_help(site.database, site.clock.at_ms - 86_400_000)
    later = Help(site.controller.recorder, site.clock, lambda: floor, rows)
    hand, incident = later.hand(1), later.incident(1)
    assert hand is not None
    assert (hand.reason, site.clock.at_ms - hand.since_ms) == ("苦情", 60_000)
    assert incident is not None
    assert incident == site.controller.help.incident(1)
    later.look()
    assert later.hand(1) is not None  # its operator sits there
    site.office.log_out(1)
    later.look()
    assert later.incident(1) is not None
