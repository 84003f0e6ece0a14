"""一回限りの変更: made, confirmed by a second person, withdrawn; and what contradicts is refused clearly."""

from datetime import time

import pytest

from config import parse_local, to_ms
from controller.override_book import OverrideBook, State
from controller.overrides import Overrides, Wish, stored_book, stored_overrides
from controller.refused import RefusedError
from db import Entry, JournalRow, open_database
from ivr.calendar import Calendar, CalendarRules
from ivr.override import OverrideKind
from tests.unit.controller.controller_rig import SetClock

CLOSED, OPEN, HOURS = OverrideKind.CLOSED, OverrideKind.OPEN, OverrideKind.HOURS
HALF_DAY = ((time(8, 30), time(12)),)


def ms(text):
    return to_ms(parse_local(f"2026-11-{text}"))


NOW = ms("24 10:00")


class Desk:
    """The overrides of two lines, without a controller; what is written stands in `rows`."""

    def __init__(self, second_person=True):
        self.clock = SetClock(NOW)
        self.rows = []
        self.changes = 0
        self.overrides = Overrides(
            OverrideBook(),
            self.clock,
            self._record,
            lines=lambda: ("main", "tax"),
            second_person=lambda: second_person,
            takes_away=lambda override: self.calendar().takes_away(override),
            changed=self._changed,
        )

    def _record(self, kind, data):
        self.rows.append(JournalRow(len(self.rows) + 1, Entry(self.clock.at_ms, kind, data=data)))

    def _changed(self):
        self.changes += 1

    def calendar(self):
        return Calendar(CalendarRules()).with_overrides(self.overrides.book.in_effect())

    def reason(self, text):
        return self.calendar().at(parse_local(f"2026-11-{text}")).reason

    def make(self, kind=CLOSED, *, by="山田", reason="台風のため", replace=False, **more):
        if kind is HOURS:
            more.setdefault("periods", HALF_DAY)
        if "from_ms" not in more:
            more["from_ms"] = ms("25 00:00")
        if "until_ms" not in more:
            more["until_ms"] = ms("26 00:00")
        return self.overrides.make(Wish(kind, reason, by, **more), replace=replace)

    def state(self, override):
        return self.overrides.book.get(override.override.id).state(self.clock.at_ms)


@pytest.fixture
def desk():
    return Desk()


def test_given_a_closing_in_open_hours_when_made_then_it_has_no_effect_until_a_second_person_confirms_it(
    desk,
):
    made = desk.make()
    assert (made.needs_second, desk.state(made), desk.changes) == (True, State.PENDING, 0)
    assert desk.reason("25 09:00") == "受付中: 平日"
    confirmed = desk.overrides.confirm(made.override.id, "佐藤")
    assert (confirmed.override.confirmed_by, desk.state(made), desk.changes) == ("佐藤", State.PLANNED, 1)
    assert desk.reason("25 09:00") == "臨時休止: 台風のため"
    assert [(step.what, step.by) for step in confirmed.history] == [("made", "山田"), ("confirmed", "佐藤")]
    desk.clock.at_ms = ms("25 00:00")
    assert desk.state(made) is State.IN_FORCE
    desk.clock.at_ms = ms("26 00:00")
    assert desk.state(made) is State.ENDED


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (OPEN, {}),
        (OPEN, {"from_ms": ms("29 09:00"), "until_ms": ms("29 12:00")}),
        (CLOSED, {"from_ms": ms("24 18:00"), "until_ms": ms("25 08:30")}),
        (CLOSED, {"from_ms": ms("28 00:00"), "until_ms": ms("30 00:00")}),  # a weekend
        (HOURS, {"periods": ((time(8), time(18)),)}),
    ],
)
def test_given_what_takes_no_open_hours_away_then_nobody_has_to_confirm(desk, kind, more):
    made = desk.make(kind, **more)
    assert (made.needs_second, desk.changes) == (False, 1)
    with pytest.raises(RefusedError, match="needs no confirmation"):
        desk.overrides.confirm(made.override.id, "佐藤")


def test_given_shorter_hours_then_they_need_a_second_person_too(desk):
    assert desk.make(HOURS).needs_second


def test_given_the_setting_is_off_then_one_person_closes(desk):
    alone = Desk(second_person=False)
    assert alone.state(alone.make()) is State.PLANNED


def test_given_a_second_person_at_hand_then_it_holds_at_once(desk):
    made = desk.make(from_ms=None, confirmed_by="佐藤")
    assert desk.state(made) is State.IN_FORCE
    assert [row.entry.kind for row in desk.rows] == ["calendar.override", "calendar.confirmed"]


@pytest.mark.parametrize("same", ["山田", "山 田", " 山田 "])
def test_given_the_author_himself_then_he_cannot_be_the_second_person(desk, same):
    with pytest.raises(RefusedError, match="another person") as refused:
        desk.make(confirmed_by=same)
    assert refused.value.code == "same_person"
    assert desk.rows == []
    made = desk.make()
    with pytest.raises(RefusedError, match="another person"):
        desk.overrides.confirm(made.override.id, same)
    assert desk.state(made) is State.PENDING


def test_given_a_closing_that_is_confirmed_late_then_it_holds_from_then_on(desk):
    made = desk.make(from_ms=None)
    desk.clock.at_ms = ms("24 11:00")
    desk.overrides.confirm(made.override.id, "佐藤")
    assert desk.reason("24 10:30") == "受付中: 平日"
    assert desk.reason("24 11:00") == "臨時休止: 台風のため"


def test_given_a_closing_that_nobody_confirms_then_it_lapses_and_cannot_be_confirmed(desk):
    made = desk.make()
    desk.clock.at_ms = ms("26 00:00")
    assert desk.state(made) is State.LAPSED
    with pytest.raises(RefusedError, match="nothing to confirm") as refused:
        desk.overrides.confirm(made.override.id, "佐藤")
    assert refused.value.code == "over"
    assert desk.overrides.book.in_effect() == ()


def test_given_one_in_force_when_withdrawn_then_it_has_had_effect_until_then(desk):
    made = desk.make(from_ms=None, until_ms=None, confirmed_by="佐藤")
    desk.clock.at_ms = ms("24 11:00")
    told = desk.overrides.withdraw(made.override.id, "佐藤", "復旧した")
    assert desk.state(made) is State.WITHDRAWN
    assert (told.history[-1].by, told.history[-1].reason) == ("佐藤", "復旧した")
    assert desk.reason("24 10:59") == "臨時休止: 台風のため"
    assert desk.reason("24 11:00") == "受付中: 平日"
    with pytest.raises(RefusedError, match="withdrawn already"):
        desk.overrides.withdraw(made.override.id, "佐藤", "x")


def test_given_one_that_is_pending_when_withdrawn_then_it_cannot_be_confirmed(desk):
    made = desk.make()
    desk.overrides.withdraw(made.override.id, "山田", "間違い")
    with pytest.raises(RefusedError, match="nothing to confirm"):
        desk.overrides.confirm(made.override.id, "佐藤")


@pytest.mark.parametrize(
    ("more", "code", "named"),
    [
        ({"until_ms": ms("25 00:00")}, "bad_until", "until: .* is not after the beginning"),
        ({"until_ms": ms("24 23:00")}, "bad_until", "until: "),
        ({"from_ms": ms("24 09:00"), "until_ms": ms("24 09:30")}, "past", "2026-11-24 09:30:00 is past"),
        ({"from_ms": ms("24 09:59")}, "past", "2026-11-24 09:59:00 is past; leave the beginning out"),
        ({"until_ms": 10**14}, "bad_until", "2099"),
        ({"kind": OPEN, "until_ms": None}, "bad_until", "until: is missing"),
        ({"kind": HOURS, "periods": ()}, "bad_periods", "periods: are missing"),
        ({"kind": OPEN, "periods": HALF_DAY}, "bad_periods", "belong to kind"),
        ({"kind": HOURS, "periods": ((time(12), time(9)),)}, "bad_periods", "does not end after it begins"),
        (
            {"kind": HOURS, "periods": ((time(9), time(12)), (time(11), time(15)))},
            "bad_periods",
            "09:00-12:00 and 11:00-15:00 overlap",
        ),
        ({"kind": HOURS, "periods": HALF_DAY * 7}, "bad_periods", "more than 6"),
        ({"reason": "  "}, "bad_reason", "reason: is empty"),
        ({"reason": "あ" * 201}, "bad_reason", "reason: has 201 characters; at most 200"),
        ({"reason": "a\nb"}, "bad_reason", "reason: has control characters"),
        ({"reason": "\ud800"}, "bad_reason", "reason: "),
        ({"by": ""}, "bad_by", "by: is empty"),
        ({"by": "名" * 41}, "bad_by", "by: has 41 characters"),
        ({"confirmed_by": "名" * 41}, "bad_confirmed_by", "confirmed_by: has 41 characters"),
        ({"line": "nowhere"}, "no_such_line", "there is no line 'nowhere'"),
    ],
)
def test_given_a_wish_that_contradicts_itself_then_it_is_named_and_nothing_is_written(
    desk, more, code, named
):
    with pytest.raises(RefusedError, match=named) as refused:
        desk.make(**more)
    assert refused.value.code == code
    assert desk.rows == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"kind": OPEN}, {"kind": CLOSED}),
        ({"kind": OPEN}, {"kind": HOURS}),
        ({"kind": HOURS}, {"kind": HOURS, "periods": ((time(9), time(12)),)}),
        ({"kind": OPEN}, {"kind": CLOSED, "line": "tax"}),
        ({"kind": OPEN, "line": "tax"}, {"kind": CLOSED}),
        ({"kind": CLOSED}, {"kind": OPEN, "from_ms": ms("25 23:59"), "until_ms": ms("27 00:00")}),
    ],
)
def test_given_one_that_says_otherwise_of_the_same_time_then_it_is_named_and_the_later_wins_only_when_told_so(
    desk, first, second
):
    made = desk.make(**first)
    with pytest.raises(RefusedError, match=f"^{made.override.id} .*says otherwise") as refused:
        desk.make(**second)
    assert refused.value.code == "contradicts"
    later = desk.make(**second, replace=True, confirmed_by="佐藤")
    assert desk.state(later) is State.PLANNED
    book = desk.overrides.book
    assert book.in_force(second.get("line") or "main", ms("25 23:59:30")).override.id == later.override.id


@pytest.mark.parametrize(
    "second",
    [
        {"kind": OPEN, "from_ms": ms("26 00:00"), "until_ms": ms("27 00:00")},  # begins where that ends
        {"kind": OPEN, "line": "main"},  # of another line
        {"kind": CLOSED, "line": "tax", "from_ms": ms("25 09:00")},  # says the same of a part
    ],
)
def test_given_what_does_not_contradict_then_both_stand(desk, second):
    desk.make(CLOSED, line="tax", confirmed_by="佐藤")
    assert not desk.state(desk.make(**second)).is_over


def test_given_the_same_twice_then_the_second_is_refused(desk):
    desk.make()
    with pytest.raises(RefusedError, match="says the same already") as refused:
        desk.make(by="佐藤")
    assert refused.value.code == "exists"


def test_given_one_that_is_withdrawn_then_it_contradicts_nothing(desk):
    made = desk.make(OPEN)
    desk.overrides.withdraw(made.override.id, "山田", "不要")
    assert desk.state(desk.make(CLOSED)) is State.PENDING


def test_given_two_of_one_moment_then_the_later_made_is_the_newer(desk):
    first, second = desk.make(OPEN), desk.make(CLOSED, replace=True, confirmed_by="佐藤")
    assert first.override.made_ms < second.override.made_ms
    assert desk.reason("25 09:00") == "臨時休止: 台風のため"
    desk.overrides.withdraw(second.override.id, "山田", "不要")
    assert desk.reason("25 20:00") == "臨時受付: 台風のため"


def test_given_an_unknown_one_then_it_is_said(desk):
    for act in (lambda: desk.overrides.confirm("o9", "a"), lambda: desk.overrides.withdraw("o9", "a", "b")):
        with pytest.raises(RefusedError, match="no override 'o9'") as refused:
            act()
        assert refused.value.code == "no_such_override"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("calendar.override", {}),
        ("calendar.override", {"id": "x", "kind": "maybe"}),
        ("calendar.confirmed", {"id": "nobody"}),
        ("calendar.withdrawn", {}),
        ("line.override", {"state": "perhaps"}),
        ("line.override", {"state": "open", "until_ms": 0}),
        ("call.received", {"id": "o1"}),
    ],
)
def test_given_rows_that_cannot_be_read_then_they_are_passed_over(desk, kind, data):
    desk.make(confirmed_by="佐藤")
    desk.overrides.book.take(kind, NOW, data, "line-1")
    assert list(desk.overrides.book) == list(OverrideBook.of(desk.rows))


def test_given_a_database_that_is_not_there_or_empty_then_nothing_has_been_said(tmp_path):
    database = open_database(f"sqlite:///{tmp_path}/none.db")
    assert stored_overrides(database) == ()
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "none.db").touch()
    assert stored_overrides(database) == ()
    database.close()


async def test_given_a_running_instance_then_its_overrides_are_found_in_the_journal(whole):
    made = whole.controller.overrides.make(Wish(OPEN, "x", "山田", until_ms=NOW + 3_600_000))
    whole.stored()
    assert stored_overrides(whole.database) == (made.override,)
    assert list(stored_book(whole.database)) == list(whole.controller.overrides.book)
