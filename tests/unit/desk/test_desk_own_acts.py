"""What an operator does at the own desk: hand, incident, callback, the values of an entry."""

import asyncio

from acd.events import Reconfigured
from config import Settings
from controller.floor_settings import floor_settings
from controller.help import Help, stored_help
from db.holds import all_holds
from desk import own_models
from tests.unit.desk.desk_rig import SETTINGS, Browser
from tests.unit.desk.own_rig import API, HANAKO, NUMBER, TARO, YAMADA, asked, desk


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
