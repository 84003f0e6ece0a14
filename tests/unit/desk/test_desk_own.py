"""The operator's own desk: his seat and his call and nobody else's; each look at a citizen written down."""

import pytest
from sqlalchemy.exc import OperationalError

from config import Settings
from desk import own_models, present
from desk.auth import COOKIE
from desk.context import DESK
from desk.own_page import script_words
from tests.unit.desk.desk_rig import SETTINGS, Browser
from tests.unit.desk.own_rig import HANAKO, NUMBER, TARO, YAMADA, asked, desk, looked, with_desk


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
