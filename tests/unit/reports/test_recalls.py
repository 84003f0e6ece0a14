"""かけ直し: who calls again is known by a keyed hash; a purge takes it away and the report says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from db import Database, Entry
from db.personal import erase, reseal
from reports import day_report
from reports.recalls import Recalls, recalls_of
from tests.unit.reports.counting import facts_of
from tests.unit.reports.days import at, by_time, call

Store = Callable[[list[Entry]], None]
LATER = at("2026-12-24T12:00:00")
HOUR = 3_600_000
BEGIN, END = at("2026-11-20T00:00:00"), at("2026-11-21T00:00:00")


def counted(rows: list[list[Entry]], callers: dict[str, str], within_h: float = 24) -> Recalls:
    facts = facts_of(by_time(*rows)).values()
    return recalls_of(facts, (), callers, BEGIN, END, round(within_h * HOUR))


def test_given_attempts_when_the_third_is_answered_then_it_is_one_chain_that_was_reached_later() -> None:
    rows = [
        call("a1", at("2026-11-20T09:00:00"), "abandoned"),
        call("a2", at("2026-11-20T09:10:00"), "abandoned"),
        call("a3", at("2026-11-20T09:30:00"), "answered", wait_ms=5_000),
        call("b1", at("2026-11-20T09:00:00"), "answered"),
        call("c1", at("2026-11-20T10:00:00"), "abandoned"),
    ]
    found = counted(rows, {"a1": "A", "a2": "A", "a3": "A", "b1": "B", "c1": "C"})
    assert (found.known, found.citizens, found.chains) == (5, 3, (2, 0, 1, 0, 0))
    assert (found.recalled, found.failed_first, found.reached_later, found.never_reached) == (1, 2, 1, 1)
    assert found.average_until_reached_s == 30 * 60 + 10  # its t5: five seconds of greeting, five of waiting


def test_given_attempts_that_are_far_apart_when_counted_then_they_are_two_chains() -> None:
    rows = [
        call("a1", at("2026-11-20T09:00:00"), "abandoned"),
        call("a2", at("2026-11-20T10:00:01"), "answered"),
    ]
    both = {"a1": "A", "a2": "A"}
    assert counted(rows, both, within_h=1).chains == (2, 0, 0, 0, 0)
    assert counted(rows, both, within_h=1).reached_later == 0
    assert counted(rows, both, within_h=2).chains == (0, 1, 0, 0, 0)


def test_given_a_chain_over_midnight_when_counted_then_it_belongs_to_the_day_in_which_it_began() -> None:
    rows = [
        call("a1", at("2026-11-19T23:50:00"), "abandoned"),
        call("a2", at("2026-11-20T00:10:00"), "abandoned"),
        call("b1", at("2026-11-20T23:50:00"), "abandoned"),
        call("b2", at("2026-11-21T00:10:00"), "answered"),
    ]
    found = counted(rows, {"a1": "A", "a2": "A", "b1": "B", "b2": "B"})
    assert (found.known, found.citizens) == (2, 2)
    assert (found.chains, found.failed_first, found.reached_later) == ((0, 1, 0, 0, 0), 1, 1)


def test_given_many_attempts_when_counted_then_five_and_more_are_together() -> None:
    rows = [call(f"a{n}", at("2026-11-20T09:00:00") + n * 60_000, "abandoned") for n in range(9)]
    assert counted(rows, {f"a{n}": "A" for n in range(9)}).chains == (0, 0, 0, 0, 1)


def test_given_numbers_when_reported_then_citizens_are_counted_and_no_number_is_told(
    records: Database, store: Store
) -> None:
    store(rows())
    shown = day_report(records, "2026-11-20", LATER).to_json()
    assert {name: shown["recalls"][name] for name in ("calls_known", "calls_withheld", "calls_erased")} == {
        "calls_known": 3,
        "calls_withheld": 1,
        "calls_erased": 0,
    }
    assert (shown["recalls"]["citizens"], shown["recalls"]["reached_later"]) == (2, 1)
    assert "312345678" not in day_report(records, "2026-11-20", LATER).to_html()


def test_given_a_rotation_of_keys_when_reported_then_citizens_are_the_same(
    records: Database, store: Store
) -> None:
    store(rows())
    before = day_report(records, "2026-11-20", LATER).to_json()["recalls"]
    half_way = reseal(records, at_once=1)
    next(half_way)
    assert day_report(records, "2026-11-20", LATER).to_json()["recalls"] == before
    list(half_way)
    assert day_report(records, "2026-11-20", LATER).to_json()["recalls"] == before


def test_given_a_purge_when_reported_then_what_is_not_known_any_more_is_told_and_the_calls_still_count(
    records: Database, store: Store
) -> None:
    store(rows())
    with records.write() as connection:
        erase(connection, ["a1", "a2"])
    shown = day_report(records, "2026-11-20", LATER).to_json()
    assert shown["received"] == 4
    assert shown["identity"]["holds"]
    assert (shown["recalls"]["calls_known"], shown["recalls"]["calls_erased"]) == (1, 2)
    assert shown["recalls"]["citizens"] == 1


def rows() -> list[Entry]:
    made = by_time(
        call("a1", at("2026-11-20T09:00:00"), "abandoned"),
        call("a2", at("2026-11-20T09:30:00"), "answered"),
        call("b1", at("2026-11-20T10:00:00"), "answered"),
        call("w1", at("2026-11-20T11:00:00"), "abandoned"),
    )
    numbers = {"a1": "+81312345678", "a2": "+81312345678", "b1": "+81312345679"}
    return [
        replace(
            row,
            data={**row.data, **({"withheld": "anonymous"} if row.call == "w1" else {})},
            private={"number": numbers[row.call]} if row.call in numbers else None,
        )
        if row.kind == "call.received"
        else row
        for row in made
    ]
