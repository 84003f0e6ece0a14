"""一回限りの変更 over the rules: which of them decides, for how long, and what is told of it."""

from datetime import date, datetime, time

import pytest

from config import JST, to_ms
from ivr.calendar import Calendar, CalendarRules, Kind, State
from ivr.override import LAST_MS, Override, OverrideKind

CONTRACT = CalendarRules(contract_from=date(2022, 5, 1), contract_to=date(2023, 3, 31))


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def said(
    kind: str,
    since: str,
    until: str | None,
    *hours: str,
    made: int = 1,
    reason: str = "停電",
    line: str | None = None,
) -> Override:
    periods = [tuple(time.fromisoformat(at) for at in pair.split("-")) for pair in hours]
    return Override(
        id=f"{kind}-{made}",
        kind=OverrideKind(kind),
        line=line,
        from_ms=to_ms(jst(since)),
        until_ms=to_ms(jst(until)) if until else None,
        reason=reason,
        author="山田",
        made_ms=made,
        periods=tuple((one, other) for one, other in periods),
    )


def at(moment: str, *overrides: Override, rules: CalendarRules | None = None):
    return Calendar(rules or CalendarRules(), overrides=overrides).at(jst(moment))


@pytest.mark.parametrize(
    ("moment", "state", "kind", "reason", "change", "opening"),
    [
        ("2026-11-24 09:59:59", "open", "open", "受付中: 平日", "2026-11-24 10:00", "2026-11-24 12:00"),
        (
            "2026-11-24 10:00:00",
            "closed",
            "by_hand",
            "臨時休止: 停電",
            "2026-11-24 12:00",
            "2026-11-24 12:00",
        ),
        (
            "2026-11-24 11:59:59",
            "closed",
            "by_hand",
            "臨時休止: 停電",
            "2026-11-24 12:00",
            "2026-11-24 12:00",
        ),
        ("2026-11-24 12:00:00", "open", "open", "受付中: 平日", "2026-11-24 17:15", "2026-11-25 08:30"),
    ],
)
def test_given_a_closing_in_open_hours_when_asked_at_its_edges_then_it_is_half_open(
    moment: str, state: str, kind: str, reason: str, change: str, opening: str
):
    found = at(moment, said("closed", "2026-11-24 10:00", "2026-11-24 12:00"))

    assert (found.state, found.kind, found.reason) == (state, kind, reason)
    assert (found.next_change, found.next_opening) == (jst(change), jst(opening))
    assert (found.override is None) is (kind == "open")


def test_given_a_closing_over_the_night_when_asked_then_the_next_opening_is_the_first_that_holds():
    closing = said("closed", "2026-11-24 16:00", "2026-11-25 10:00")

    assert at("2026-11-24 16:00", closing).next_opening == jst("2026-11-25 10:00")
    assert at("2026-11-24 20:00", closing).kind is Kind.BY_HAND
    long = said("closed", "2026-11-24 16:00", "2026-11-27 17:15")
    assert at("2026-11-24 16:00", long).next_opening == jst("2026-11-30 08:30")
    assert at("2026-11-24 16:00", long).next_change == jst("2026-11-30 08:30")  # Friday 17:15 is night


def test_given_a_closing_without_end_when_asked_then_it_never_opens_again():
    found = at("2026-11-24 10:00", said("closed", "2026-11-24 10:00", None))

    assert (found.state, found.next_change, found.next_opening) == (State.CLOSED, None, None)


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("2026-11-24 20:00", "night"),
        ("2026-11-28 10:00", "a Saturday"),
        ("2026-11-23 10:00", "a holiday"),
        ("2026-12-31 10:00", "year end"),
    ],
)
def test_given_an_opening_when_asked_then_it_stands_above_night_weekend_holiday_and_year_end(
    moment: str, why: str
):
    opening = said("open", moment, (jst(moment).replace(minute=30)).isoformat(" ")[:16], reason="相談会")

    found = at(moment, opening)

    assert (found.state, found.kind, found.reason) == (State.OPEN, Kind.BY_HAND, "臨時受付: 相談会"), why
    assert found.next_change == jst(moment).replace(minute=30)


def test_given_an_opening_that_touches_the_open_hours_when_asked_then_it_is_one_stretch():
    longer = said("open", "2026-11-24 17:15", "2026-11-24 19:00", reason="混雑のため")
    calendar = Calendar(CalendarRules(), overrides=[longer])

    assert calendar.at(jst("2026-11-24 10:00")).next_change == jst("2026-11-24 19:00")
    assert calendar.at(jst("2026-11-24 10:00")).next_opening == jst("2026-11-25 08:30")
    day = calendar.day(date(2026, 11, 24))
    assert day.open == (("08:30", "19:00"),)
    assert day.reason == "受付日: 平日 / 臨時受付 17:15-19:00: 混雑のため"
    assert day.overrides == (longer,)


def test_given_other_hours_of_a_date_when_asked_then_before_between_and_after_are_night_and_pause():
    calendar = Calendar(
        CalendarRules(),
        overrides=[said("hours", "2026-11-25 00:00", "2026-11-26 00:00", "10:00-12:00", "13:00-15:00")],
    )

    kinds = {
        clock: (found.state.value, found.kind.value, found.reason)
        for clock in ("09:59:59", "10:00", "12:00", "13:00", "14:59:59", "15:00", "23:59:59")
        for found in [calendar.at(jst(f"2026-11-25 {clock}"))]
    }

    why = "時間変更: 停電"
    assert kinds == {
        "09:59:59": ("closed", "night", why),
        "10:00": ("open", "by_hand", why),
        "12:00": ("closed", "pause", why),
        "13:00": ("open", "by_hand", why),
        "14:59:59": ("open", "by_hand", why),
        "15:00": ("closed", "night", why),
        "23:59:59": ("closed", "night", why),
    }
    assert calendar.at(jst("2026-11-24 17:15")).next_opening == jst("2026-11-25 10:00")
    assert calendar.day(date(2026, 11, 25)).open == (("10:00", "12:00"), ("13:00", "15:00"))
    assert calendar.day(date(2026, 11, 25)).reason == why
    assert calendar.day(date(2026, 11, 26)).open == (("08:30", "17:15"),)


def test_given_other_hours_for_a_week_when_the_dates_are_asked_then_closed_ones_are_named():
    week = said("hours", "2026-11-23 00:00", "2026-11-30 00:00", "10:00-15:00")
    calendar = Calendar(CalendarRules())

    assert calendar.opens_closed_days(week) == (date(2026, 11, 23), date(2026, 11, 28), date(2026, 11, 29))
    assert len(calendar.with_overrides([week]).open_intervals(date(2026, 11, 23), 7)) == 7
    endless = said("hours", "2026-11-23 00:00", None, "10:00-15:00")
    closed = calendar.opens_closed_days(endless)
    assert closed[:3] == calendar.opens_closed_days(week)
    assert (closed[-1] - closed[0]).days < 400
    assert calendar.opens_closed_days(said("closed", "2026-11-23 00:00", None)) == ()


def test_given_other_hours_from_now_when_asked_then_the_past_of_the_date_stays():
    changed = said("hours", "2026-11-24 14:00", "2026-11-25 00:00", "08:30-15:00")
    calendar = Calendar(CalendarRules(), overrides=[changed])

    assert calendar.at(jst("2026-11-24 13:00")).reason == "受付中: 平日"
    assert calendar.at(jst("2026-11-24 13:00")).next_change == jst("2026-11-24 15:00")
    assert calendar.day(date(2026, 11, 24)).open == (("08:30", "15:00"),)


def test_given_several_that_meet_when_asked_then_the_newest_made_wins_whatever_their_order():
    closing = said("closed", "2026-11-24 09:00", "2026-11-24 17:00", made=1)
    opening = said("open", "2026-11-24 12:00", "2026-11-24 13:00", made=2, reason="復旧")
    hours = said("hours", "2026-11-24 00:00", "2026-11-25 00:00", "12:30-16:00", made=3, reason="短縮")

    for order in ([closing, opening], [opening, closing]):
        calendar = Calendar(CalendarRules(), overrides=order)
        assert calendar.day(date(2026, 11, 24)).open == (
            ("08:30", "09:00"),
            ("12:00", "13:00"),
            ("17:00", "17:15"),
        )
        assert calendar.at(jst("2026-11-24 12:00")).override == opening
    calendar = Calendar(CalendarRules(), overrides=[hours, closing, opening])
    assert calendar.day(date(2026, 11, 24)).open == (("12:30", "16:00"),)
    assert calendar.day(date(2026, 11, 24)).reason == "時間変更: 短縮"


@pytest.mark.parametrize(
    ("kind", "moment", "state"),
    [
        ("closed", "2022-04-28 10:00", State.BEFORE),
        ("closed", "2023-04-03 10:00", State.AFTER),
        ("open", "2022-04-28 10:00", State.OPEN),
        ("open", "2023-04-03 10:00", State.OPEN),
        ("hours", "2022-04-28 10:00", State.OPEN),
        ("hours", "2023-04-03 10:00", State.OPEN),
    ],
)
def test_given_a_day_outside_the_contract_when_something_is_said_of_it_then_it_can_open_but_not_close(
    kind: str, moment: str, state: State
):
    day = moment[:10]
    override = said(kind, f"{day} 08:30", f"{day} 12:00", *(["09:00-11:00"] if kind == "hours" else []))

    found = at(moment, override, rules=CONTRACT)

    assert found.state is state
    shown = Calendar(CONTRACT, overrides=[override]).day(date.fromisoformat(day))
    assert bool(shown.open) is (kind != "closed")
    assert ("停電" in shown.reason) is (kind != "closed")
    if kind == "closed":
        assert found.reason == at(moment, rules=CONTRACT).reason
        assert found.override is None


def test_given_something_without_end_when_the_contract_ends_then_it_ends_too():
    for kind in ("closed", "open"):
        endless = said(kind, "2023-03-30 10:00", None)
        found = at("2023-03-31 12:00", endless, rules=CONTRACT)
        assert found.next_change == jst("2023-04-01 00:00")
        assert at("2023-04-01 00:00", endless, rules=CONTRACT).state is State.AFTER
    again = said("open", "2023-04-03 09:00", None)
    assert at("2023-04-10 23:00", again, rules=CONTRACT).state is State.OPEN
    first_day = said("open", "2023-04-01 00:00", None)
    assert at("2023-04-10 23:00", first_day, rules=CONTRACT).state is State.OPEN
    assert at("2023-04-01 12:00", again, rules=CONTRACT).next_opening == jst("2023-04-03 09:00")


def test_given_openings_before_the_contract_when_the_next_opening_is_asked_then_they_are_found():
    rehearsal = said("open", "2022-04-20 10:00", "2022-04-20 12:00")

    found = at("2021-01-01 00:00", rehearsal, rules=CONTRACT)

    assert (found.state, found.next_change) == (State.BEFORE, jst("2022-04-20 10:00"))
    assert at("2022-04-20 12:00", rehearsal, rules=CONTRACT).next_opening == jst("2022-05-02 08:30")


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        (said("closed", "2026-11-24 10:00", "2026-11-24 12:00"), True),
        (said("closed", "2026-11-24 17:15", "2026-11-25 08:30"), False),  # night
        (said("closed", "2026-11-24 17:15", "2026-11-25 08:30:01"), True),  # one second of the morning
        (said("closed", "2026-11-21 00:00", "2026-11-24 08:30"), False),  # weekend and holiday
        (said("closed", "2026-11-21 00:00", None), True),
        (said("open", "2026-11-24 10:00", "2026-11-24 20:00"), False),
        (said("hours", "2026-11-24 00:00", "2026-11-25 00:00", "08:30-17:15"), False),
        (said("hours", "2026-11-24 00:00", "2026-11-25 00:00", "08:00-20:00"), False),
        (said("hours", "2026-11-24 00:00", "2026-11-25 00:00", "08:30-17:00"), True),
        (said("hours", "2026-11-24 00:00", "2026-11-25 00:00", "08:30-12:00", "12:00-17:15"), False),
        (said("hours", "2026-11-28 00:00", "2026-11-29 00:00", "10:00-11:00"), False),  # a Saturday
        (said("hours", "2026-11-24 18:00", "2026-11-25 00:00", "18:00-19:00"), False),
    ],
)  # fmt: skip
def test_given_an_override_when_asked_whether_it_closes_open_time_then_so(override: Override, expected: bool):
    assert Calendar(CalendarRules()).takes_away(override) is expected
    assert (
        Calendar(CalendarRules(), overrides=[override]).takes_away(override) is expected
    )  # whether in force or not


def test_given_other_overrides_when_asked_whether_one_closes_open_time_then_they_count():
    extra = said("open", "2026-11-28 09:00", "2026-11-28 12:00", made=1)
    closing = said("closed", "2026-11-28 11:00", "2026-11-28 13:00", made=2)
    calendar = Calendar(CalendarRules())

    assert calendar.takes_away(closing) is False
    assert calendar.with_overrides([extra]).takes_away(closing) is True
    already = said("closed", "2026-11-24 00:00", "2026-11-25 00:00", made=1)
    again = said("closed", "2026-11-24 10:00", "2026-11-24 12:00", made=3)
    assert calendar.with_overrides([already]).takes_away(again) is False


def test_given_a_closing_beyond_400_days_when_asked_whether_it_takes_away_then_it_answers_for_400():
    calendar = Calendar(CalendarRules(contract_from=date(2028, 1, 1)))
    assert calendar.takes_away(said("closed", "2026-01-01 00:00", None)) is False
    assert calendar.takes_away(said("closed", "2027-06-01 00:00", None)) is True


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": ""}, "id"),
        ({"until_ms": 1_000_000}, "until_ms"),
        ({"until_ms": 999_999}, "until_ms"),
        ({"from_ms": -1}, "from_ms"),
        ({"until_ms": LAST_MS + 1}, "until_ms"),
        ({"kind": OverrideKind.HOURS}, "periods: needed"),
        ({"periods": ((time(9), time(10)),)}, "periods: needed"),
        ({"kind": OverrideKind.HOURS, "periods": ((time(10), time(9)),)}, "periods: .*does not end"),
        (
            {"kind": OverrideKind.HOURS, "periods": ((time(9), time(11)), (time(10), time(12)))},
            "periods: 09:00-11:00 and 10:00-12:00 overlap",
        ),
    ],
)
def test_given_an_override_that_contradicts_itself_when_made_then_the_field_is_named(
    change: dict, named: str
):
    right = {
        "id": "x", "kind": OverrideKind.CLOSED, "line": None, "from_ms": 1_000_000, "until_ms": 2_000_000,
        "reason": "", "author": "a", "made_ms": 0,
    }  # fmt: skip
    assert Override(**right).words == "臨時休止"
    with pytest.raises(ValueError, match=named):
        Override(**{**right, **change})


def test_given_lines_when_asked_whom_an_override_concerns_then_none_is_all():
    assert said("closed", "2026-11-24 10:00", None).concerns("main")
    own = said("closed", "2026-11-24 10:00", None, line="english")
    assert own.concerns("english")
    assert not own.concerns("main")
