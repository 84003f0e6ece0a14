import asyncio
import threading

from prometheus_client.parser import text_string_to_metric_families

from config import parse_local, to_ms
from desk import models
from desk.context import DESK
from desk.health import FRESH_S, DatabaseCheck
from tests.unit.desk.desk_rig import Browser, until

BASES = ("", "/api/v1")


async def test_given_nobody_logged_in_when_health_is_asked_then_it_is_told_at_both_places(
    browser: Browser,
) -> None:
    for base in BASES:
        async with browser.client.get(f"{base}/healthz") as answer:
            assert (answer.status, await answer.json()) == (200, {"status": "alive"})
        async with browser.client.get(f"{base}/readyz") as answer:
            said = await answer.json()
            assert answer.status == 200
            models.Readiness.model_validate(said)
            assert said["missing"] == []


async def test_given_a_holiday_table_that_ends_soon_when_readiness_is_asked_then_it_is_ready_and_warns(
    browser: Browser,
) -> None:
    clock = browser.site.clock
    for today, warned in (
        ("2027-09-02 12:00", False),
        ("2027-09-03 12:00", True),
        ("2028-01-01 00:00", True),
    ):
        clock.at_ms = to_ms(parse_local(today))
        status, said = await browser.get("/readyz")
        assert (status, said["ready"]) == (200, True)
        assert ["祝日表は2027年12月31日まで" in warning for warning in said["warnings"]] == [True] * warned
    assert (await metrics(browser))["madoguchi_holiday_table_days_left", ""] == -1


async def test_given_reports_that_did_not_go_when_readiness_is_asked_then_it_is_ready_and_says_so(
    browser: Browser,
) -> None:
    browser.site.office.further_warnings = lambda: ["sftp: 未送付の報告書 1 件"]
    status, said = await browser.get("/readyz")
    assert (status, said["ready"], said["warnings"]) == (200, True, ["sftp: 未送付の報告書 1 件"])


async def test_given_no_asterisk_when_readiness_is_asked_then_503_tells_so(browser: Browser) -> None:
    browser.site.controller.ready.clear()
    status, said = await browser.get("/readyz")
    assert (status, said["missing"]) == (503, ["asterisk"])
    _, live = await browser.get("/api/v1/live")
    assert live["connected"] is False


async def test_given_no_database_when_readiness_is_asked_then_503_tells_so(
    browser: Browser, monkeypatch
) -> None:
    monkeypatch.setattr(browser.app[DESK].database_check, "_select", lambda: False)
    status, said = await browser.get("/readyz")
    assert (status, said["missing"]) == (503, ["database"])


async def test_given_many_questions_when_the_database_is_checked_then_it_is_asked_once_a_second(
    browser: Browser, monkeypatch
) -> None:
    asked = []
    check = DatabaseCheck(browser.site.database)
    monkeypatch.setattr(check, "_select", lambda: asked.append(1) or True)
    assert all(await asyncio.gather(*(check.answers() for _ in range(20))))
    assert await check.answers()
    assert len(asked) == 1
    check._at_s -= FRESH_S
    assert await check.answers()
    assert len(asked) == 2


async def test_given_a_database_that_hangs_when_checked_then_the_answer_is_no_and_nothing_piles_up(
    browser: Browser, monkeypatch
) -> None:
    release = threading.Event()
    asked = []
    check = DatabaseCheck(browser.site.database)
    monkeypatch.setattr("desk.health.ANSWER_WITHIN_S", 0.05)
    monkeypatch.setattr(check, "_select", lambda: asked.append(1) or release.wait(10))
    assert [await check.answers() for _ in range(3)] == [False, False, False]
    assert len(asked) == 1
    release.set()
    await until(lambda: check._answer)
    assert await check.answers()


async def metrics(browser: Browser) -> dict[tuple[str, str], float]:
    async with browser.client.get("/metrics") as answer:
        assert answer.status == 200
        text = await answer.text()
    return {
        (sample.name, sample.labels.get("outcome") or sample.labels.get("state") or ""): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_given_calls_and_seats_when_metrics_are_asked_then_they_are_counted(browser: Browser) -> None:
    site = browser.site
    before = await metrics(browser)
    assert before["madoguchi_calls_total", "answered"] == 0
    site.seat_up(1, "101")
    answered = await site.call_in()
    site.pick_up(answered)
    gone = await site.call_in()
    site.caller_gone(gone)
    await site.call_in()
    now = await metrics(browser)
    assert now["madoguchi_calls_received_total", ""] == 3
    assert now["madoguchi_calls_total", "abandoned"] == 1
    assert now["madoguchi_waiting", ""] == 1
    assert now["madoguchi_seats", "talking"] == 1
    assert now["madoguchi_seats", "logged_out"] == 6
    assert now["madoguchi_connected", ""] == 1


async def test_given_waits_talks_and_wrap_ups_when_metrics_are_asked_then_their_seconds_are_counted(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    first = await site.call_in()
    site.clock.at_ms += 4_000
    site.pick_up(first)
    second = await site.call_in()
    site.clock.at_ms += 30_000
    waiting = await metrics(browser)
    assert waiting["madoguchi_longest_wait_seconds", ""] == 30
    assert waiting["madoguchi_seats_staffed", ""] == 1
    assert waiting["madoguchi_seats_required", ""] == 7
    assert waiting["madoguchi_line_open", ""] == 1
    site.operator_hangs_up(first)
    site.caller_gone(second)
    site.clock.at_ms += 12_000
    status, _ = await browser.post("/api/v1/seats/1/end-wrap-up")
    assert status == 200
    now = await metrics(browser)
    assert now["madoguchi_queue_wait_seconds_count", "answered"] == 1
    assert now["madoguchi_queue_wait_seconds_sum", "answered"] == 4
    assert now["madoguchi_queue_wait_seconds_sum", "abandoned"] == 30
    assert now["madoguchi_talk_seconds_sum", ""] == 30
    assert now["madoguchi_wrap_up_seconds_sum", ""] == 12
    assert now["madoguchi_offers_total", "answered"] == 1
    assert now["madoguchi_longest_wait_seconds", ""] == 0


async def test_given_a_running_loop_when_it_is_measured_then_its_lag_is_in_the_metrics(
    browser: Browser,
) -> None:
    seen = []
    lag = browser.app[DESK].loop_lag
    monitor = lag._seen
    lag._seen = lambda value: (seen.append(value), monitor(value))
    await until(lambda: bool(seen))
    assert 0 <= seen[0] < 5
    assert (await metrics(browser))["madoguchi_event_loop_lag_seconds_count", ""] >= 1


async def test_given_a_fault_of_ours_when_it_happens_then_500_without_details(
    browser: Browser, monkeypatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(browser.site.office, "seats", broken)
    status, problem = await browser.get("/api/v1/live")
    assert (status, problem["error"]) == (500, "internal")
    assert "secret" not in str(problem)
