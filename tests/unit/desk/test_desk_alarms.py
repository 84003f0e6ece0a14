import pytest

from config import Settings
from config.wallboard import Limit, Wallboard
from desk import models
from desk.alarms import level_of
from tests.unit.desk.desk_rig import Browser

COUNT = Limit(yellow=3, red=6, back=1)
RATE = Limit(yellow=0.8, red=0.6, back=0.02)


@pytest.mark.parametrize(
    ("values", "levels"),
    [
        ([0, 2, 3, 5, 6, 9], [None, None, "yellow", "yellow", "red", "red"]),
        ([6, 5, 4, 3, 2, 3], ["red", "yellow", "yellow", "yellow", None, "yellow"]),
        ([6, 5.5, 5, 2.5, 2], ["red", "red", "yellow", "yellow", None]),
        ([9, 0], ["red", None]),
    ],
)
def test_given_a_count_that_goes_up_and_down_when_judged_then_it_goes_back_only_when_clearly_better(
    values: list[float], levels: list[str | None]
) -> None:
    assert judged(COUNT, values, lower_is_worse=False) == levels


def test_given_a_rate_when_judged_then_its_target_is_good_and_what_wavers_does_not_blink() -> None:
    values = [0.9, 0.8, 0.79, 0.81, 0.79, 0.82, 0.81, 0.59, 0.61, 0.63, 0.85]
    levels = [None, None, "yellow", "yellow", "yellow", None, None, "red", "red", "yellow", None]
    assert judged(RATE, values, lower_is_worse=True) == levels


def judged(limit: Limit, values: list[float], *, lower_is_worse: bool) -> list[str | None]:
    found: list[str | None] = []
    for value in values:
        before = found[-1] if found else None
        found.append(level_of(limit, value, before, lower_is_worse=lower_is_worse))
    return found


def test_given_a_level_that_is_not_set_when_judged_then_it_never_comes() -> None:
    assert level_of(Limit(red=5), 4, None, lower_is_worse=False) is None
    assert level_of(Limit(red=5), 5, None, lower_is_worse=False) == "red"
    assert level_of(Limit(), 10**9, "red", lower_is_worse=False) is None


@pytest.mark.parametrize(
    ("figure", "limit"), [("waiting", {"yellow": 6, "red": 3}), ("answer_rate", {"yellow": 0.5, "red": 0.9})]
)
def test_given_red_before_yellow_when_read_then_one_sentence_names_the_figure(
    figure: str, limit: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match=rf"thresholds.{figure}: red \(.*\) would come before yellow"):
        Settings.model_validate({"wallboard": {"thresholds": {figure: limit}}})


async def test_given_a_queue_that_grows_and_a_long_hold_when_live_is_asked_then_both_are_told(
    browser: Browser,
) -> None:
    site = browser.site
    for _ in range(3):
        await site.call_in()
    _, live = await browser.get("/api/v1/live")
    models.Live.model_validate(live)
    since = "2026-11-24T10:00:00.000+09:00"
    assert {"figure": "waiting", "seat": None, "level": "yellow", "since": since} in live["alarms"]
    site.clock.at_ms += 61_000
    _, live = await browser.get("/api/v1/live")
    told = {(alarm["figure"], alarm["level"], alarm["since"][11:19]) for alarm in live["alarms"]}
    assert told >= {("waiting", "yellow", "10:00:00"), ("longest_wait_s", "yellow", "10:01:01")}


async def test_given_a_long_talk_when_judged_then_the_seat_is_named(browser: Browser) -> None:
    site = browser.site
    site.seat_up(2, "102")
    site.pick_up(await site.call_in())
    site.clock.at_ms += 1_900_000
    _, live = await browser.get("/api/v1/live")
    assert {"talking_s", "red", 2} <= {
        value for alarm in live["alarms"] for value in (alarm["figure"], alarm["level"], alarm["seat"])
    }


async def test_given_few_calls_when_none_was_answered_in_time_then_no_rate_is_coloured(
    browser: Browser,
) -> None:
    site = browser.site
    for number in range(1, 6):
        gone = await site.call_in()
        site.clock.at_ms += 30_000
        site.caller_gone(gone)
        _, live = await browser.get("/api/v1/live")
        rates = {alarm["figure"] for alarm in live["alarms"]} & {"answer_rate", "service_level"}
        assert bool(rates) == (number >= Wallboard().least_calls), number


async def test_given_talks_and_wrap_ups_when_live_is_asked_then_each_seats_handling_time_is_told(
    browser: Browser,
) -> None:
    site = browser.site
    site.seat_up(1, "101")
    call = await site.call_in()
    site.pick_up(call)
    site.clock.at_ms += 60_000
    site.operator_hangs_up(call)
    site.clock.at_ms += 20_000
    site.office.end_wrap_up(1)
    _, live = await browser.get("/api/v1/live")
    assert live["seats_today"] == [{"seat": 1, "answered": 1, "missed": 0, "handled": 1, "handling_s": 80.0}]
