"""折り返し by the real floor: counted apart, never an answered call, never an abandoned one."""

from __future__ import annotations

from typing import Any

import pytest

from acd import FloorSettings
from acd.events import CallbackCancelled, CallbacksPaused, CitizenFailed
from acd.settings import CallbackSettings
from acd.types import CalloutFailure
from tests.unit.reports.counting import LATER, facts_of, figures, tickets_of
from tests.unit.reports.floor_days import FloorDay

RULES = FloorSettings(
    seats=(1, 2), wrap_up_ms=0, callback=CallbackSettings(attempts=2, retry_ms=600_000, expiry_ms=3_600_000)
)


def shown(day: FloorDay, now_ms: int = LATER) -> dict[str, Any]:
    return figures(day.rows, now_ms).to_json()


def asked() -> FloorDay:
    """A citizen has waited 10 s, wants to be called back and has hung up."""
    day = FloorDay(RULES)
    day.call("a", caller="key")
    day.wait(10_000)
    day.ask_callback("a", "key")
    return day


def states(day: FloorDay) -> dict[str, int]:
    names = ("requested", "merged", "reached", "unreached", "expired", "cancelled", "open", "unexplained")
    callbacks = shown(day)["callbacks"]
    return {name: callbacks[name] for name in names if callbacks[name]}


def test_given_a_request_when_just_made_then_the_call_is_a_callback_at_once_and_the_ticket_open() -> None:
    day = asked()
    now = shown(day, day.now_ms + 3_000)
    assert now["identity"]["in_queue"]["callback"] == 1
    assert now["callback_requested"] == 1
    assert now["longest_wait_s"] == 10.0
    assert now["longest_wait_now_s"] is None
    assert states(day) == {"requested": 1, "open": 1}


def test_given_a_callback_that_is_made_when_counted_then_it_is_reached_and_the_call_no_answered_one() -> None:
    day = asked()
    day.end_all()
    day.wait(20_000)
    day.staff(1)
    offer = day.pick_up(1)
    day.wait(4_000)
    day.citizen_picks_up(offer)
    day.wait(90_000)
    day.hang_up(offer)
    now = shown(day)
    assert (now["received"], now["answered"], now["abandoned"], now["callback_requested"]) == (1, 0, 0, 1)
    assert now["identity"]["holds"]
    assert now["callbacks"] == {
        "requested": 1,
        "merged": 0,
        "reached": 1,
        "unreached": 0,
        "expired": 0,
        "cancelled": 0,
        "open": 0,
        "unexplained": 0,
        "attempts": 1,
        "average_talk_s": 90.0,
        "average_reach_s": 25.0,
        "median_reach_s": 25.0,
    }
    assert now["average_talk_s"] is None
    assert now["asa_s"] is None
    assert now["by_seat"][0]["answered"] == 1
    facts = facts_of(day.rows)
    assert list(facts) == ["a"]
    assert not facts["a"].connected
    assert facts["a"].offers == 0


def test_given_a_callback_that_fails_twice_when_counted_then_it_is_unreached() -> None:
    day = asked()
    day.end_all()
    day.staff(1)
    for _ in range(2):
        offer = day.pick_up(1)
        day.wait(2_000)
        day.do(CitizenFailed(offer, CalloutFailure.NO_ANSWER))
        if day.floor.open_tickets():
            (ticket,) = tickets_of(day.rows).values()
            assert (ticket.state, ticket.attempts, ticket.due_ms) == ("retry", 1, day.now_ms + 600_000)
        day.wait(600_000)
    assert states(day) == {"requested": 1, "unreached": 1}
    assert shown(day)["callbacks"]["attempts"] == 2


def test_given_an_operator_who_hangs_up_too_soon_when_folded_then_the_ticket_waits_again() -> None:
    day = asked()
    day.staff(1)
    offer = day.pick_up(1)
    assert tickets_of(day.rows)["a-cb"].state == "calling"
    day.hang_up(offer)
    ticket = tickets_of(day.rows)["a-cb"]
    assert (ticket.state, ticket.attempts, ticket.is_open) == ("waiting", 1, True)


def test_given_a_second_request_of_one_number_when_counted_then_it_is_merged() -> None:
    day = asked()
    day.call("b", caller="key")
    day.ask_callback("b", "key")
    day.end_all()
    assert states(day) == {"requested": 2, "merged": 1, "open": 1}
    assert tickets_of(day.rows)["a-cb"].requests == 2
    assert shown(day)["identity"]["in_queue"]["callback"] == 2


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_given_a_callback_that_is_never_made_when_counted_then_by_its_end(end: str) -> None:
    day = asked()
    day.end_all()
    if end == "cancelled":
        day.do(CallbackCancelled("a-cb"))
    else:
        day.do(CallbacksPaused(paused=True))
        day.wait(3_600_000)
    assert states(day) == {"requested": 1, end: 1}


def test_given_the_floors_own_view_when_folded_then_the_ticket_agrees_at_every_step() -> None:
    day = asked()
    day.staff(1)
    offer = day.pick_up(1)
    for act in (
        lambda: day.do(CitizenFailed(offer, CalloutFailure.BUSY)),
        lambda: day.wait(600_000),
        lambda: day.pick_up(1),
    ):
        act()
        (view,) = day.floor.open_tickets()
        ticket = tickets_of(day.rows)[view.ticket]
        assert (ticket.asked_ms, ticket.attempts) == (view.asked_ms, view.attempts)
        assert ticket.state == view.state.value or (ticket.state, view.state.value) == ("retry", "waiting")


def test_given_rows_of_a_callback_alone_when_folded_then_no_call_comes_of_them() -> None:
    day = asked()
    day.staff(1)
    offer = day.pick_up(1)
    day.citizen_picks_up(offer)
    day.hang_up(offer)
    alone = [row for row in day.rows if row.kind.startswith("callback.") or row.call == "a-cb"]
    assert alone
    assert facts_of(alone) == {}
