from sqlalchemy import event

from db import Entry
from desk import watch_models
from tests.unit.desk.desk_rig import TUESDAY, Browser, Site

DAY_MS = 86_400_000


def day_before(site: Site, days: int, calls: int, hour: int = 9) -> None:
    """Calls received on a day before, all answered but the last."""
    midnight = TUESDAY - 10 * 3_600_000 - days * DAY_MS
    for number in range(calls):
        call, at_ms = f"c{days}-{number}", midnight + hour * 3_600_000 + number * 1000
        site.journal.write(Entry(at_ms, "call.received", call=call, data={"open": True}))
        site.journal.write(Entry(at_ms + 10, "call.queued", call=call, data={"position": 1}))
        if number < calls - 1:
            site.journal.write(Entry(at_ms + 5000, "call.connected", call=call, data={"wait_ms": 5000}))
        outcome = "answered" if number < calls - 1 else "abandoned"
        site.journal.write(Entry(at_ms + 60_000, "call.ended", call=call, data={"outcome": outcome}))


async def test_given_weeks_before_when_usual_is_asked_then_the_same_weekday_counts_by_half_hour(
    browser: Browser,
) -> None:
    for weeks, calls in ((1, 10), (2, 20), (4, 12)):
        day_before(browser.site, weeks * 7, calls)
    day_before(browser.site, 1, 99)  # a Monday
    day_before(browser.site, 21, 50)  # 3 November: a holiday
    day_before(browser.site, 63, 40)  # nine weeks ago
    status, usual = await browser.get("/api/v1/usual")
    assert status == 200
    watch_models.Usual.model_validate(usual)
    assert usual["days"] == ["2026-10-27", "2026-11-10", "2026-11-17"]
    row = next(row for row in usual["by_half_hour"] if row["time"] == "09:00")
    assert row == {
        "time": "09:00",
        "received": 12,
        "answered": 11,
        "abandoned": 1,
        "least": 10,
        "most": 20,
    }
    assert sum(row["received"] for row in usual["by_half_hour"]) == 12


async def test_given_no_such_day_when_usual_is_asked_then_nothing_is_invented(browser: Browser) -> None:
    _, usual = await browser.get("/api/v1/usual")
    assert usual["days"] == []
    assert {row["received"] for row in usual["by_half_hour"]} == {None}


async def test_given_usual_was_asked_when_others_ask_then_the_database_is_not_asked_until_tomorrow(
    browser: Browser,
) -> None:
    site = browser.site
    await browser.get("/api/v1/usual")
    asked: list[str] = []
    event.listen(site.database.engine, "before_cursor_execute", lambda _c, _k, text, *_: asked.append(text))
    for _ in range(5):
        await browser.get("/api/v1/usual")
    assert asked == []
    site.clock.at_ms += DAY_MS
    _, usual = await browser.get("/api/v1/usual")
    assert (usual["date"], usual["weekday"]) == ("2026-11-25", 2)
    assert asked
