from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import Entry
from reports import day_period, figures_of, month_period
from tests.unit.reports.counting import LATER, facts_of, figures
from tests.unit.reports.days import BEFORE, QUEUED, at, by_time, call, journals, worse

DAY = day_period("2026-11-20")
NOON = at("2026-11-20T12:00:00")


def worked_example() -> list[Entry]:
    waits = [("answered", 10_000)] * 60 + [("answered", 30_000)] * 20
    waits += [("abandoned", 4_000)] * 5 + [("abandoned", 12_000)] * 5 + [("abandoned", 40_000)] * 10
    return by_time(
        *(
            call(f"c{n}", NOON + n * 1000, outcome, wait_ms=wait, seat=n)
            for n, (outcome, wait) in enumerate(waits)
        )
    )


def test_given_the_worked_example_of_100_queued_when_computed_then_all_its_service_levels_come_out() -> None:
    # 100 queued, T = 20 s, S = 5 s: answered within 20 s 60, later 20; abandoned within 5 s 5, within 20 s 5,
    # later 10.
    shown = figures(worked_example()).to_json()
    assert shown["queued"] == 100
    assert shown["service_level"] == {
        "threshold_s": 20,
        "short_s": 5,
        "target": 0.8,
        "formula": "short_out",
        "value": 0.6316,
        "variants": {
            "short_out": 0.6316,  # Genesys without short abandons; the default of a contract
            "strict": 0.6,  # Cisco negative
            "answered_only": 0.75,  # Asterisk, AT&T, Genesys without abandons
            "callback_neutral": 0.6316,
            "abandons_in": 0.6,  # Genesys with short abandons
            "answered_or_abandoned": 0.7,  # Asterisk's second
            "removed_in_time": 0.7,  # Amazon SL X
            "early_abandons_out": 0.6667,  # Cisco ignored
            "early_abandons_met": 0.7,  # Cisco positive
        },
    }
    assert shown["half_hours"] == {"measured": 1, "met": 0, "rate": 0.0}
    assert shown["answer_rate"] == 0.8
    assert shown["abandon_rate"] == 0.2
    assert shown["abandon_rate_without_short"] == round(15 / 95, 4)
    assert shown["asa_s"] == 15.0
    assert shown["median_wait_s"] == 10.0
    assert shown["p90_wait_s"] == 30.0
    assert shown["longest_wait_s"] == 40.0
    assert shown["average_talk_s"] == 60.0
    assert shown["average_wrap_up_s"] == 12.0


def test_given_callbacks_when_computed_then_they_stay_in_the_level_but_not_in_its_neutral_variant() -> None:
    rows = [call(f"a{n}", NOON, "answered") for n in range(6)] + [
        call(f"b{n}", NOON, "callback") for n in range(4)
    ]
    level = figures(by_time(*rows)).to_json()["service_level"]
    assert level["value"] == 0.6
    assert level["variants"]["callback_neutral"] == 1.0


@pytest.mark.parametrize("outcome", [*BEFORE, *QUEUED])
def test_given_one_call_of_each_ending_when_computed_then_it_is_in_one_term(outcome: str) -> None:
    identity = figures(call("c", NOON, outcome)).identity
    assert identity.holds
    assert identity.terms[outcome] == 1
    assert sum(identity.terms.values()) == identity.received == 1


def test_given_calls_in_progress_when_computed_then_they_are_waiting_or_in_guidance() -> None:
    entries = [
        *call("g", NOON, None),
        *call("w", NOON, None, queued=True),
        *call("t", NOON, "answered")[:5],
    ]
    shown = figures(entries, now_ms=NOON + 65_000)
    assert shown.identity.holds
    assert shown.identity.terms["in_guidance"] == 1
    assert shown.identity.terms["still_waiting"] == 1
    assert shown.identity.terms["answered"] == 1
    assert shown.longest_wait_now_s == 60.0


def test_given_a_caller_who_waits_when_20_s_pass_then_the_level_counts_him_and_not_before() -> None:
    entries = [*call("a", NOON, "answered"), *call("w", NOON, None, queued=True)]
    t3 = NOON + 5_000
    assert figures(entries, now_ms=t3 + 19_999).service_level == 1.0
    assert figures(entries, now_ms=t3 + 20_000).service_level == 0.5


@pytest.mark.parametrize(("wait_ms", "short"), [(0, 1), (5_000, 1), (5_001, 0)])
def test_given_an_abandoned_call_when_it_waited_at_most_5_s_then_it_is_short(
    wait_ms: int, short: int
) -> None:
    assert figures(call("c", NOON, "abandoned", wait_ms=wait_ms)).total.abandoned_short == short


@pytest.mark.parametrize(("wait_ms", "met"), [(20_000, 1.0), (20_001, 0.0)])
def test_given_an_answer_when_it_came_within_20_s_then_the_level_is_met(wait_ms: int, met: float) -> None:
    assert figures(call("c", NOON, "answered", wait_ms=wait_ms)).service_level == met


def test_given_nothing_when_computed_then_rates_are_empty_and_not_100_percent() -> None:
    shown = figures([]).to_json()
    for name in ("answer_rate", "abandon_rate", "asa_s", "longest_wait_s", "average_wrap_up_s"):
        assert shown[name] is None
    assert shown["service_level"]["value"] is None
    assert shown["identity"]["holds"]


@pytest.mark.parametrize(
    ("moment", "day", "hour"),
    [
        ("2026-11-20T00:00:00", "2026-11-20", 0),
        ("2026-11-20T23:59:59.999", "2026-11-20", 23),
        ("2026-11-21T00:00:00", "2026-11-21", 0),
    ],
)
def test_given_a_call_at_the_border_when_it_ends_later_then_it_counts_whole_where_it_came(
    moment: str, day: str, hour: int
) -> None:
    entries = call("c", at(moment), "answered", talk_ms=7_200_000)
    shown = figures(entries, day=day)
    assert shown.total.answered == 1
    assert shown.average_talk_s == 7200.0
    assert [n for n, tally in enumerate(shown.by_hour) if tally.received] == [hour]
    other = "2026-11-21" if day == "2026-11-20" else "2026-11-20"
    assert figures(entries, day=other).total.received == 0


def test_given_the_months_last_moment_when_counted_then_months_do_not_overlap() -> None:
    november, december = month_period("2026-11"), month_period("2026-12")
    assert november.to_ms == december.from_ms == at("2026-12-01T00:00:00")
    calls = list(facts_of(call("c", november.to_ms - 1, "answered")).values())
    assert figures_of(november, calls, [], LATER).total.answered == 1
    assert figures_of(december, calls, [], LATER).total.received == 0
    assert len(november.days) == 30
    assert len(month_period("2028-02").days) == 29


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (call("c", NOON, "answered")[1:], "no call.received"),
        ([e for e in call("c", NOON, "answered") if e.kind != "call.queued"], "connected without a queue"),
        ([e for e in call("c", NOON, "answered") if e.kind != "call.connected"], "answered by nobody"),
        (call("c", NOON, "abandoned", queued=False), "abandoned where there was no queue"),
        (call("c", NOON, "closed", queued=True), "closed in the queue"),
        (call("c", NOON, "nonsense"), "unknown ending"),
    ],
)
def test_given_a_contradiction_when_computed_then_the_identity_fails_and_names_the_call(
    broken: list[Entry], why: str
) -> None:
    identity = figures([*broken, *call("good", NOON, "abandoned")]).identity
    assert not identity.holds, why
    assert identity.unexplained == ("c",)
    assert sum(identity.terms.values()) == identity.received - 1
    assert "成り立っていません" in identity.sentences[2]
    assert "c" in identity.sentences[2]


@given(journals(start=NOON))
def test_given_any_journal_when_computed_at_any_row_then_the_identity_holds(entries: list[Entry]) -> None:
    for length in range(len(entries) + 1):
        now_ms = entries[length - 1].at_ms if length else NOON
        shown = figures(entries[:length], now_ms=now_ms)
        assert shown.identity.holds
        assert shown.total.received == len({e.call for e in entries[:length] if e.call})


@settings(max_examples=50)
@given(journals(start=NOON), st.integers(0, 10_000))
def test_given_rows_lost_twice_or_late_when_folded_then_nothing_raises_and_no_call_counts_twice(
    entries: list[Entry], seed: int
) -> None:
    shown = figures(worse(entries, seed))
    identity = shown.identity
    assert shown.total.received <= len({entry.call for entry in entries})
    assert sum(identity.terms.values()) + len(identity.unexplained) == identity.received
    shown.to_json()


@given(journals(start=NOON), st.integers(0, 10_000))
def test_given_rows_of_several_calls_when_mixed_but_each_call_in_order_then_the_figures_are_the_same(
    entries: list[Entry], seed: int
) -> None:
    dice = random.Random(seed)
    names = [entry.call or f"seat{entry.seat}" for entry in entries]
    dice.shuffle(names)
    left = {name: iter([e for e in entries if (e.call or f"seat{e.seat}") == name]) for name in names}
    mixed = [next(left[name]) for name in names]
    assert figures_of(DAY, facts_of(mixed).values(), [], LATER).to_json() == (
        figures_of(DAY, facts_of(entries).values(), [], LATER).to_json()
    )


def test_given_repeated_rows_when_folded_then_an_ending_and_a_seat_stay_the_first() -> None:
    entries = call("c", NOON, "answered", seat=3)
    again = [*entries, *call("c", NOON + 1000, "abandoned", queued=True)]
    facts = facts_of(again)["c"]
    assert facts.outcome == "answered"
    assert facts.seat == 3
    assert facts.received_ms == NOON


def test_given_holds_when_folded_then_they_are_summed_and_part_of_the_talk() -> None:
    entries = call("c", NOON, "answered", talk_ms=60_000)
    t5 = NOON + 13_000
    held = [Entry(t5 + 10_000, "call.held", call="c"), Entry(t5 + 25_000, "call.resumed", call="c")]
    last = [Entry(t5 + 50_000, "call.held", call="c")]
    facts = facts_of(by_time(entries, held, last))["c"]
    assert facts.held_ms == 25_000
    assert facts.talk_ms == 60_000


def test_given_a_stop_during_wrap_up_when_the_system_starts_again_then_the_span_is_not_made_up() -> None:
    entries = call("c", NOON, "answered")
    cut = [*entries[:-1], Entry(NOON + 3_600_000, "system.started"), entries[-1]]
    assert figures(cut).average_wrap_up_s is None
