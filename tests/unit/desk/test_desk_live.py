import asyncio
import time

from config.wallboard import Thresholds
from db import Entry
from desk import models
from desk.context import DESK
from desk.language import english
from desk.words import tiles
from reports.service_level import ServiceLevel
from tests.unit.desk.desk_rig import BEARER, TUESDAY, Browser


async def test_given_a_fresh_floor_when_live_is_asked_then_the_contract_holds(browser: Browser) -> None:
    status, live = await browser.get("/api/v1/live")
    assert status == 200
    models.Live.model_validate(live)
    assert live["now"] == "2026-11-24T10:00:00.000+09:00"
    assert live["line"]["state"] == "open"
    assert live["line"]["next_change"] == "2026-11-24T17:15:00.000+09:00"
    assert live["waiting"] == []
    assert [seat["seat"] for seat in live["seats"]] == [1, 2, 3, 4, 5, 6, 7]
    assert {seat["state"] for seat in live["seats"]} == {"logged_out"}
    assert {seat["phone"] for seat in live["seats"]} == {"unregistered"}
    assert live["today"]["received"] == 0
    assert live["today"]["answer_rate"] is None


async def test_given_callers_and_a_seat_when_live_is_asked_then_each_is_in_it(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    first = await site.call_in()
    site.pick_up(first)
    second = await site.call_in()
    site.clock.at_ms += 12_500
    _, live = await browser.get("/api/v1/live")
    models.Live.model_validate(live)
    seat = live["seats"][0]
    assert (seat["state"], seat["call"], seat["operator"]) == ("talking", first, "101")
    assert (seat["operator_name"], seat["extension"]) == ("オペレーター1", "701")
    assert (seat["since"], seat["state_s"]) == ("2026-11-24T10:00:00.000+09:00", 12.5)
    assert live["waiting"] == [
        {
            "call": second,
            "since": "2026-11-24T10:00:00.000+09:00",
            "position": 1,
            "wait_s": 12.5,
            "rings": False,
            "line": "main",
            "priority": 0,
            "need": None,
            "predicted_wait_s": 90.0,
            "callback": False,
        }
    ]
    assert live["callbacks"] == 0
    assert live["longest_wait_s"] == 12.5
    assert live["today"]["received"] == 2
    assert live["today"]["answered"] == 1
    assert live["today"]["still_waiting"] == 1
    assert live["today"]["longest_wait_now_s"] == 12.5
    assert live["today"]["identity"]["holds"] is True


async def test_given_every_figure_of_the_page_when_looked_up_then_live_has_it_and_it_is_defined(
    browser: Browser,
) -> None:
    _, live = await browser.get("/api/v1/live")
    big, others = tiles(ServiceLevel())
    for tile in (*big, *others):
        assert tile.told, f"{tile.name} has no definition"
        assert f"定義:{tile.id}" in english(), f"{tile.name} has no English definition"
        assert set(tile.alarms.split()) <= set(Thresholds.model_fields)
        for value in tile.values:
            at = live
            for key in value.where.split("."):
                assert key in at, value.where
                at = at[key]


async def test_given_closed_hours_when_live_is_asked_then_the_reason_is_told(browser: Browser) -> None:
    browser.site.clock.at_ms += 12 * 3_600_000
    _, live = await browser.get("/api/v1/live")
    assert live["line"]["state"] == "closed"
    assert live["line"]["reason"].startswith("時間外")
    assert live["line"]["next_change"] == "2026-11-25T08:30:00.000+09:00"


async def test_given_a_clock_set_back_when_live_is_asked_then_no_time_is_negative(browser: Browser) -> None:
    await browser.site.call_in()
    browser.site.clock.at_ms -= 60_000
    _, live = await browser.get("/api/v1/live")
    assert live["waiting"][0]["wait_s"] == 0
    assert min(seat["state_s"] for seat in live["seats"]) == 0


async def test_given_the_day_report_when_compared_with_live_then_they_are_equal(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    answered = await site.call_in()
    site.pick_up(answered)
    site.clock.at_ms += 60_000
    site.operator_hangs_up(answered)
    gone = await site.call_in()
    site.clock.at_ms += 9_000
    site.caller_gone(gone)
    _, live = await browser.get("/api/v1/live")
    _, report = await browser.get("/api/v1/reports/day/2026-11-24")
    for besides in (
        *("provisional", "status", "as_of", "heat", "recalls", "staffed"),
        *("work", "written", "staff"),
    ):
        report.pop(besides)
    assert live["today"] == report


async def test_given_500_calls_today_when_live_is_asked_then_it_takes_under_10_ms(browser: Browser) -> None:
    site = browser.site
    for seat in range(1, 8):
        site.seat_up(seat, str(100 + seat))
    for number in range(500):
        at_ms = TUESDAY - 3_600_000 + number * 7_000
        for after_ms, kind, data in (
            (0, "call.received", {"called": "0260001234", "open": True}),
            (300, "call.answered", {}),
            (5_000, "call.queued", {"position": 1}),
            (6_000, "call.connected", {"wait_ms": 1_000}),
            (90_000, "call.talk_ended", {"by": "caller"}),
            (90_000, "call.ended", {"outcome": "answered", "queued": True, "cause": "16"}),
        ):
            site.journal.write(Entry(at_ms + after_ms, kind, call=f"c{number}", seat=1, data=data))
    site.journal.flush()
    took_ms = []
    for _ in range(20):
        site.clock.at_ms += 1_000  # so that the figures are made anew
        await browser.app[DESK].today.fresh()
        # The processor's time: what it costs, whatever else the machine does just now.
        began = time.thread_time()
        async with browser.client.get("/api/v1/live", headers=BEARER) as answer:
            body = await answer.json()
        took_ms.append((time.thread_time() - began) * 1000)
    assert body["today"]["received"] == 500
    assert body["today"]["answered"] == 500
    assert min(took_ms) < 10, sorted(took_ms)


async def test_given_many_viewers_when_nothing_changes_then_the_figures_are_made_once(
    browser: Browser, monkeypatch
) -> None:
    made = []
    real = browser.site.figures.today
    monkeypatch.setattr(browser.site.figures, "today", lambda now_ms: made.append(1) or real(now_ms))
    await asyncio.gather(*(browser.get("/api/v1/live") for _ in range(20)))
    assert len(made) == 1


async def test_given_a_change_right_after_a_look_when_looked_again_then_the_figures_are_exact(
    browser: Browser,
) -> None:
    for received in range(1, 8):
        await browser.site.call_in()
        looks = await asyncio.gather(*(browser.get("/api/v1/live") for _ in range(3)))
        assert {live["today"]["received"] for _, live in looks} == {received}
        assert {len(live["waiting"]) for _, live in looks} == {received}


async def test_given_rows_that_no_figure_counts_when_they_are_written_then_the_figures_are_not_made_anew(
    browser: Browser, monkeypatch
) -> None:
    made = []
    real = browser.site.figures.today
    monkeypatch.setattr(browser.site.figures, "today", lambda now_ms: made.append(1) or real(now_ms))
    browser.site.seat_up(1, "101")
    await browser.get("/api/v1/live")
    assert len(made) == 1
    browser.site.office.take_break(1, "1")
    browser.site.office.ready(1)
    _, live = await browser.get("/api/v1/live")
    assert live["seats"][0]["state"] == "ready"
    assert len(made) == 1
    await browser.site.call_in()
    _, live = await browser.get("/api/v1/live")
    assert live["today"]["received"] == 1
    assert len(made) == 2
