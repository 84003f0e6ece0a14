"""The book of overrides: whatever is made, confirmed and withdrawn, its journal gives the same book again."""

from __future__ import annotations

import json
from datetime import time

from hypothesis import given, settings
from hypothesis import strategies as st

from config import Clock, from_ms, parse_local, to_ms
from controller.override_book import OverrideBook, Record, State
from controller.overrides import Overrides, Wish
from controller.refused import RefusedError
from db import Entry, JournalRow
from ivr.calendar import Calendar, CalendarRules
from ivr.override import OverrideKind

NOW = to_ms(parse_local("2026-11-24 10:00"))
HOUR = 3_600_000
PEOPLE = ("山田", "佐藤", "山 田")
LINES = ("main", "tax")
PERIODS = ((), ((time(8, 30), time(12)),), ((time(9), time(12)), (time(13), time(0))))

makes = st.tuples(
    st.just("make"),
    st.builds(
        Wish,
        st.sampled_from(OverrideKind),
        st.sampled_from(["点検", " ", "台風"]),
        st.sampled_from(PEOPLE),
        line=st.sampled_from([None, *LINES, "nowhere"]),
        from_ms=st.none() | st.integers(-2, 40).map(lambda hours: NOW + hours * HOUR),
        until_ms=st.none() | st.integers(-2, 60).map(lambda hours: NOW + hours * HOUR),
        periods=st.sampled_from(PERIODS),
        confirmed_by=st.none() | st.sampled_from(PEOPLE),
    ),
    st.booleans(),
)
acts = st.one_of(
    makes,
    st.tuples(st.just("confirm"), st.integers(0, 4), st.sampled_from(PEOPLE)),
    st.tuples(st.just("withdraw"), st.integers(0, 4), st.sampled_from(PEOPLE)),
    st.tuples(st.just("wait"), st.sampled_from([1, 1000, HOUR, 12 * HOUR]), st.none()),
)


class SetClock(Clock):
    at_ms = NOW

    def now_ms(self):
        return self.at_ms


class Desk:
    def __init__(self):
        self.clock, self.rows = SetClock(), []
        self.overrides = Overrides(
            OverrideBook(),
            self.clock,
            self.record,
            lines=lambda: LINES,
            second_person=lambda: True,
            takes_away=lambda override: self.calendar().takes_away(override),
            changed=lambda: None,
        )

    def record(self, kind, data):
        # A row is written a moment later than it happened, and comes back through JSON.
        entry = Entry(self.clock.at_ms + 3, kind, data=json.loads(json.dumps(data)))
        self.rows.append(JournalRow(len(self.rows) + 1, entry))

    def calendar(self):
        return Calendar(CalendarRules()).with_overrides(self.overrides.book.in_effect())

    def may(self, *act):
        """Do it; whether it was possible."""
        try:
            self.act(*act)
        except RefusedError:
            return False
        return True

    def act(self, what, one, other):
        match what:
            case "make":
                self.overrides.make(one, replace=other)
            case "confirm":
                self.overrides.confirm(f"o{one}", other)
            case "withdraw":
                self.overrides.withdraw(f"o{one}", other, "不要")
            case _:
                self.clock.at_ms += one


@settings(max_examples=200, deadline=None)
@given(st.lists(acts, max_size=25))
def test_given_any_acts_when_the_journal_is_read_again_then_the_book_is_the_same(sequence):
    desk = Desk()
    for act in sequence:
        before = list(desk.overrides.book), list(desk.rows)
        if not desk.may(*act):
            assert (list(desk.overrides.book), desk.rows) == before, "a refusal changes nothing"
        book = OverrideBook.of(desk.rows)
        assert list(book) == list(desk.overrides.book)
        assert book.in_effect() == desk.overrides.book.in_effect()
        _laws(book, desk.clock.at_ms)


def _laws(book: OverrideBook, now_ms: int) -> None:
    for record in book:
        state, effect = record.state(now_ms), record.effect()
        if state in (State.PENDING, State.LAPSED):
            assert effect is None
        if state is State.IN_FORCE:
            assert effect is not None
            assert effect.from_ms <= now_ms
            assert effect.until_ms is None or now_ms < effect.until_ms
        if state is State.PLANNED:
            assert effect is not None
            assert now_ms < effect.from_ms
        if state is State.WITHDRAWN and effect is not None:
            assert effect.until_ms is not None
            assert effect.until_ms <= now_ms
        _two_people(record)


def _two_people(record: Record) -> None:
    confirmed = record.step("confirmed")
    if record.needs_second and confirmed:
        assert confirmed.by.replace(" ", "") != record.override.author.replace(" ", "")
    assert not (confirmed and not record.needs_second)
    if record.override.until_ms:
        assert from_ms(record.override.until_ms) > from_ms(record.override.from_ms)
