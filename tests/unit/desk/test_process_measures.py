"""What /metrics tells of the process' own memory, tasks and objects."""

import asyncio

from prometheus_client.parser import text_string_to_metric_families

from tests.unit.desk.desk_rig import Browser

HELD = {
    *("calls", "callers", "offers", "legs", "outward", "timers", "lately", "served", "left", "handled"),
    *("day_calls", "day_tickets", "day_seat_slots"),
}


async def told(browser: Browser) -> dict[str, float]:
    async with browser.client.get("/metrics") as answer:
        families = list(text_string_to_metric_families(await answer.text()))
    return {
        one.labels.get("what", one.name.removeprefix("madoguchi_")): one.value
        for family in families
        for one in family.samples
        if one.name
        in ("madoguchi_held", "madoguchi_tasks", "madoguchi_threads", "madoguchi_allocated_blocks")
    }


async def test_given_objects_and_tasks_more_than_before_then_the_metrics_show_them(browser: Browser) -> None:
    before = await told(browser)
    kept = [[n] for n in range(50_000)]
    waiting = asyncio.create_task(asyncio.sleep(60))
    after = await told(browser)
    waiting.cancel()
    assert after["tasks"] == before["tasks"] + 1
    assert after["threads"] >= 1
    assert after["allocated_blocks"] > before["allocated_blocks"] + len(kept)


async def test_given_another_call_that_came_and_left_then_only_what_is_kept_on_purpose_is_held(
    browser: Browser,
) -> None:
    assert (await told(browser)).keys() >= HELD
    browser.site.caller_gone(await browser.site.call_in())
    idle = await told(browser)
    call = await browser.site.call_in()
    waits = await told(browser)
    assert [waits[what] - idle[what] for what in ("calls", "callers", "day_calls")] == [1, 1, 1]
    browser.site.caller_gone(call)
    gone = await told(browser)
    grown = {what: gone[what] - idle[what] for what in HELD if gone[what] != idle[what]}
    assert grown == {"day_calls": 1, "lately": 1}
