"""Random worlds on the real floor: at every step every call is counted once, and every request too."""

from __future__ import annotations

import tempfile
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from acd import FloorSettings
from acd.events import (
    CallbackCancelled,
    CallerGone,
    CitizenFailed,
    LineClosed,
    LineOpened,
    OfferFailed,
    TakeOut,
)
from acd.settings import CallbackSettings, Destination, LineSettings, OverflowRule
from acd.types import CalloutFailure, OfferOutcome, OverflowCause, Strategy, Toward
from config.clock import Clock
from db import Journal, open_database, upgrade
from reports import LiveFigures, call_story, figures_between
from tests.unit.reports.counting import facts_of, figures, tickets_of
from tests.unit.reports.days import worse
from tests.unit.reports.floor_days import FloorDay

TO = {toward: Destination(toward) for toward in (Toward.ANNOUNCE, Toward.CHOICE, Toward.HANG_UP)}
TO |= {Toward.LINE: Destination(Toward.LINE, "other"), Toward.NUMBER: Destination(Toward.NUMBER, "+81260009")}
RULES = (
    OverflowRule(OverflowCause.NO_SEAT, 30_000, TO[Toward.HANG_UP]),
    OverflowRule(OverflowCause.QUEUE_FULL, 3, TO[Toward.NUMBER]),
    OverflowRule(OverflowCause.CALLS_PER_SEAT, 2, TO[Toward.LINE]),
    OverflowRule(OverflowCause.PREDICTED_WAIT, 200_000, TO[Toward.CHOICE]),
    OverflowRule(OverflowCause.WAITED, 40_000, TO[Toward.ANNOUNCE]),
    OverflowRule(OverflowCause.WAITED, 90_000, TO[Toward.HANG_UP]),
    OverflowRule(OverflowCause.CLOSING, 20_000, TO[Toward.HANG_UP]),
)
ACTS = (
    "call",
    "call",
    "pick_up",
    "pick_up",
    "citizen",
    "leave",
    "hang_up",
    "fail",
    "callback",
    "out",
    "exit",
)
ACTS += ("wait", "wait", "line", "cancel")


def act(day: FloorDay, what: str, n: int) -> None:
    """One thing that happens, as far as it is possible now. ``n`` chooses among what there is."""
    floor = day.floor
    waiting = [view.call for view in floor.waiting() if not view.ticket]
    offers = sorted(floor.offers)
    match what:
        case "call":
            day.call(
                f"c{len(day.rows)}", line=("main", "other")[n % 4 == 0], caller=(None, "k1", "k2")[n % 3]
            )
        case "pick_up" if offers:
            offer = offers[n % len(offers)]
            if floor.offers[offer].answered_ms is None:
                day.answer(offer)
        case "citizen":
            calling = [offer for offer in offers if floor.offers[offer].state.value == "calling"]
            if calling and n % 3:
                day.citizen_picks_up(calling[0])
            elif calling:
                day.do(CitizenFailed(calling[0], list(CalloutFailure)[n % 4]))
        case "leave" if floor.callers:
            day.do(CallerGone(sorted(floor.callers)[n % len(floor.callers)]))
        case "hang_up" if offers:
            day.hang_up(offers[n % len(offers)])
        case "fail" if offers:
            day.do(OfferFailed(offers[n % len(offers)], list(OfferOutcome)[1 + n % 5]))
        case "callback" if waiting:
            day.ask_callback(waiting[n % len(waiting)], ("k1", "k2")[n % 2])
        case "out" if waiting:
            day.do(TakeOut(waiting[n % len(waiting)], "テスト"))
        case "line":
            day.do(LineClosed("main", day.now_ms) if n % 2 else LineOpened("main"))
        case "cancel" if floor.tickets:
            day.do(CallbackCancelled(min(floor.tickets.values())))
        case "exit":
            day.end_all()
        case _:
            day.wait(1_000 + n * 700)


@st.composite
def days(draw: st.DrawFn, after: Callable[[FloorDay], None] = lambda _: None) -> FloorDay:
    day = FloorDay(
        FloorSettings(
            seats=(1, 2, 3),
            wrap_up_ms=draw(st.sampled_from((0, 5_000))),
            strategy=draw(st.sampled_from(list(Strategy))),
            max_misses=draw(st.integers(1, 4)),
            lines={"main": LineSettings(overflow=RULES), "other": LineSettings()},
            callback=CallbackSettings(attempts=2, retry_ms=60_000, expiry_ms=600_000),
        )
    )
    day.staff(*range(1, draw(st.integers(0, 3)) + 1))
    for what, n in draw(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 97)), max_size=40)):
        act(day, what, n)
        after(day)
    return day


def check(day: FloorDay) -> None:
    shown = figures(day.rows, now_ms=day.now_ms)
    assert shown.identity.holds, shown.identity.sentences
    calls = facts_of(day.rows)
    assert shown.total.received == len([row for row in day.rows if row.kind == "call.received"]) == len(calls)
    for call, outcome in day.settled.items():
        if call in calls:
            assert shown.identity.within[outcome] > 0
    on_floor = [call for call in day.floor.callers if not call.endswith("-cb")]
    talking = [call for call in on_floor if calls[call].connected]
    assert shown.identity.within["still_waiting"] == len(on_floor) - len(talking)
    assert shown.identity.within["answered"] == len(talking) + list(day.settled.values()).count("answered")
    callbacks = shown.callbacks
    assert callbacks.unexplained == 0
    assert callbacks.requested == shown.identity.within["callback"]
    under_way = {view.ticket for view in day.floor.open_tickets()}
    known = {ticket for ticket, facts in tickets_of(day.rows).items() if facts.closed_ms is None}
    assert known == under_way
    missed = sum(row.kind == "seat.miss" for row in day.rows)
    assert missed == sum(one.missed for one in shown.by_seat)


@settings(max_examples=60, deadline=None)
@given(days(check))
def test_given_any_world_when_counted_after_every_step_then_each_call_and_request_is_counted_once(
    day: FloorDay,
) -> None:
    day.end_all()
    check(day)


@settings(max_examples=40, deadline=None)
@given(days(), st.integers(0, 10_000))
def test_given_a_worlds_rows_lost_twice_or_late_when_folded_then_nothing_raises(
    day: FloorDay, seed: int
) -> None:
    shown = figures(worse(day.rows, seed))
    identity = shown.identity
    assert sum(identity.terms.values()) + len(identity.unexplained) == identity.received
    callbacks = shown.callbacks
    assert callbacks.requested == callbacks.merged + sum(callbacks.states.values()) + callbacks.unexplained
    shown.to_json()


class SetClock(Clock):
    def __init__(self, now_ms: int) -> None:
        super().__init__()
        self.present = now_ms

    def now_ms(self) -> int:
        return self.present


@settings(max_examples=15, deadline=None)
@given(days(), st.integers(0, 400))
def test_given_any_world_when_followed_from_any_row_then_live_is_historical_and_every_call_has_its_why(
    day: FloorDay, cut: int
) -> None:
    with tempfile.TemporaryDirectory() as home:
        database = open_database(home=home)
        upgrade(database)
        journal = Journal(database)
        journal.start()
        for entry in day.rows[:cut]:
            journal.write(entry)
        live = LiveFigures(SetClock(day.now_ms))
        live.start(journal, database)
        for entry in day.rows[cut:]:
            journal.write(entry)
        assert journal.close(30)
        today = live.today()
        assert today.to_json() == figures_between(database, today.period, day.now_ms).to_json()
        assert today.to_json() == figures(day.rows, now_ms=day.now_ms).to_json()
        for call in facts_of(day.rows):
            story = call_story(database, call)
            assert story is not None
            for decision in story.why:
                numbers = [one.seat for one in decision.seats]
                assert numbers == sorted(set(numbers))
                assert set(numbers) <= {1, 2, 3}
                if decision.what == "offer_started":
                    assert len(numbers) < 3
        database.close()
