"""Rules beyond the city's own: hours by weekday, several a day, last weekdays, days of the city's own."""

from datetime import UTC, date, datetime, time

import pytest

from config import JST
from config.calendar import Calendar as Section
from ivr.calendar import LAST, Calendar, CalendarRules, Kind, State, rules_of

HALF = ((time(8, 30), time(12)),)
LATE = ((time(8, 30), time(19)),)
LUNCH = ((time(8, 30), time(12)), (time(13), time(17, 15)))
ALL_DAY = ((time(0), time(0)),)


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("moment", "state", "kind", "reason", "change", "opening"),
    [
        # a Tuesday to 19:00
        ("2026-11-24 18:59:59", "open", "open", "受付中: 火曜日", "2026-11-24 19:00", "2026-11-25 08:30"),
        ("2026-11-24 19:00:00", "closed", "night", "時間外: 受付終了後（火曜日）", None, "2026-11-25 08:30"),
        # a Wednesday with a pause
        ("2026-11-25 11:59:59", "open", "open", "受付中: 水曜日", "2026-11-25 12:00", "2026-11-25 13:00"),
        ("2026-11-25 12:00:00", "closed", "pause", "時間外: 中休み（水曜日）", None, "2026-11-25 13:00"),
        ("2026-11-25 12:59:59", "closed", "pause", "時間外: 中休み（水曜日）", None, "2026-11-25 13:00"),
        ("2026-11-25 13:00:00", "open", "open", "受付中: 水曜日", "2026-11-25 17:15", "2026-11-26 08:30"),
        ("2026-11-25 08:29:59", "closed", "night", "時間外: 受付開始前（水曜日）", None, "2026-11-25 08:30"),
        # a half Saturday, then a closed Sunday
        ("2026-11-28 11:59:59", "open", "open", "受付中: 土曜日", "2026-11-28 12:00", "2026-11-30 08:30"),
        ("2026-11-28 12:00:00", "closed", "night", "時間外: 受付終了後（土曜日）", None, "2026-11-30 08:30"),
        # a Saturday that is a holiday: 文化の日, 2029-11-03, by the law
        ("2029-11-03 10:00:00", "closed", "holiday", "閉庁日: 祝日（文化の日）", None, "2029-11-05 08:30"),
    ],
)  # fmt: skip
def test_given_hours_by_weekday_when_asked_at_their_edges_then_each_is_half_open(
    moment: str, state: str, kind: str, reason: str, change: str | None, opening: str
):
    calendar = Calendar(CalendarRules(hours=((1, LATE), (2, LUNCH), (5, HALF)), nth_weekdays=()))

    found = calendar.at(jst(moment))

    assert (found.state, found.kind, found.reason) == (state, kind, reason)
    assert (found.next_change, found.next_opening) == (jst(change or opening), jst(opening))


def test_given_a_day_of_several_hours_when_it_is_drawn_then_all_are_there():
    calendar = Calendar(CalendarRules(hours=((2, LUNCH), (6, ALL_DAY))))

    assert calendar.day(date(2026, 11, 25)).open == (("08:30", "12:00"), ("13:00", "17:15"))
    assert calendar.day(date(2026, 11, 22)).open == (("00:00", "24:00"),)
    assert calendar.day(date(2026, 11, 24)).reason == "受付日: 平日"
    weekend = Calendar(CalendarRules(weekdays=(5,)))
    assert weekend.day(date(2026, 11, 28)).reason == "受付日: 土曜日"
    assert calendar.open_intervals(date(2026, 11, 25), 1) == [
        (jst("2026-11-25 08:30"), jst("2026-11-25 12:00")),
        (jst("2026-11-25 13:00"), jst("2026-11-25 17:15")),
    ]


def test_given_hours_that_touch_when_asked_then_nothing_changes_between_them():
    touching = ((time(8, 30), time(12)), (time(12), time(17, 15)))
    calendar = Calendar(CalendarRules(hours=((2, touching),)))

    assert calendar.at(jst("2026-11-25 10:00")).next_change == jst("2026-11-25 17:15")
    assert calendar.day(date(2026, 11, 25)).open == (("08:30", "17:15"),)


def test_given_a_line_that_never_closes_when_asked_then_midnight_is_no_change():
    calendar = Calendar(
        CalendarRules(
            hours=tuple((day, ALL_DAY) for day in range(7)),
            year_end=None,
            nth_weekdays=tuple((n, d) for n in (1, 2, 3, 4, 5) for d in range(7)),
            contract_to=date(2026, 12, 31),
        )
    )

    found = calendar.at(jst("2026-11-25 23:59:59"))

    assert (found.state, found.next_opening) == (State.OPEN, None)
    assert found.next_change == jst("2027-01-01 00:00")
    assert calendar.open_intervals(date(2026, 12, 30), 5) == [
        (jst("2026-12-30 00:00"), jst("2027-01-01 00:00"))
    ]


@pytest.mark.parametrize(
    ("rules", "day", "open_hours", "reason"),
    [
        (((LAST, 6),), "2026-11-29", ("08:30", "17:15"), "受付日: 最終日曜日"),
        (((LAST, 6),), "2026-11-22", None, "閉庁日: 日曜日"),
        (((LAST, 6),), "2024-02-25", ("08:30", "17:15"), "受付日: 最終日曜日"),  # the 29th is a Thursday
        (((LAST, 3),), "2024-02-29", ("08:30", "19:00"), "受付日: 最終木曜日"),
        (((5, 6),), "2026-11-29", ("08:30", "17:15"), "受付日: 第5日曜日"),
        (((1, 5), (3, 5)), "2026-11-21", ("10:00", "15:00"), "受付日: 第3土曜日"),
        (((1, 5), (3, 5)), "2026-11-07", ("08:30", "12:00"), "受付日: 第1土曜日"),  # as every Saturday's
        (((1, 5), (3, 5)), "2026-11-14", ("08:30", "12:00"), "受付日: 土曜日"),
        (((1, 1),), "2026-11-03", ("08:30", "17:15"), "受付日: 第1火曜日（祝日: 文化の日）"),
    ],
)
def test_given_rules_for_any_nth_weekday_when_asked_then_each_has_its_hours(
    rules: tuple[tuple[int, int], ...], day: str, open_hours: tuple[str, str] | None, reason: str
):
    own = (3, 5, ((time(10), time(15)),))
    calendar = Calendar(
        CalendarRules(
            hours=((5, HALF), (3, LATE)), nth_weekdays=rules, nth_hours=(own,) if (3, 5) in rules else ()
        )
    )

    found = calendar.day(date.fromisoformat(day))

    assert (found.open, found.reason) == ((open_hours,) if open_hours else (), reason)


def test_given_a_holiday_of_the_citys_own_when_asked_then_it_is_closed_and_named():
    rules = CalendarRules(extra_holidays=((6, 23, "慰霊の日"), (5, 3, "祭りの日")))
    calendar = Calendar(rules)

    own = calendar.at(jst("2026-06-23 10:00"))

    assert (own.kind, own.holiday, own.reason) == (Kind.HOLIDAY, "慰霊の日", "閉庁日: 市の休日（慰霊の日）")
    assert calendar.day(date(2027, 6, 23)).open == ()
    assert calendar.day(date(2027, 5, 3)).holiday == "憲法記念日"  # the law's name comes first


def test_given_a_year_end_of_one_day_when_asked_then_the_rest_of_the_year_is_open():
    calendar = Calendar(CalendarRules(year_end=((12, 30), (12, 30))))

    shown = [calendar.day(date(2026, 12, day)).kind for day in (29, 30, 31)]

    assert shown == [Kind.OPEN, Kind.YEAR_END, Kind.OPEN]
    assert calendar.day(date(2026, 6, 1)).kind is Kind.OPEN


@pytest.mark.parametrize(
    ("day", "holiday"),
    [
        ("2026-11-24", None),
        ("2026-11-23", "勤労感謝の日"),
        ("2024-02-11", "建国記念の日"),
        ("2026-01-01", "元日"),
        ("2026-09-22", "国民の休日"),
        ("2026-05-06", "振替休日"),
    ],
)
def test_given_a_date_when_asked_then_its_holidays_name_is_there_whatever_rule_decides(
    day: str, holiday: str | None
):
    calendar = Calendar(CalendarRules())
    assert calendar.at(jst(f"{day} 10:00")).holiday == holiday
    assert calendar.day(date.fromisoformat(day)).holiday == holiday


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"hours": ((7, HALF),)}, "hours: weekdays are 0"),
        ({"hours": ((1, ()),)}, "hours: no period"),
        ({"hours": ((1, ((time(12), time(9)),)),)}, "hours: 12:00-09:00 does not end after"),
        ({"hours": ((1, LUNCH + HALF),)}, "hours: 08:30-12:00 and 08:30-12:00 overlap"),
        ({"hours": ((1, HALF), (1, LATE))}, "hours: 1 comes twice"),
        ({"hours": ((1, ((time(9, tzinfo=UTC), time(10)),)),)}, "hours: .*no zone"),
        ({"hours": ((1, ((time(9, 0, 0, 5), time(10)),)),)}, "hours: .*whole second"),
        ({"nth_weekdays": ((2, 6), (2, 6))}, "nth_weekdays: .*twice"),
        ({"nth_weekdays": ((0, 6),)}, "nth_weekdays: pairs"),
        ({"nth_weekdays": ((-2, 6),)}, "nth_weekdays: pairs"),
        ({"nth_hours": ((1, 6, HALF),)}, "nth_hours: .*not in nth_weekdays"),
        ({"nth_hours": ((2, 6, ()),)}, "nth_hours: no period"),
        ({"nth_weekdays": ((5, 6), (LAST, 6)), "nth_hours": ((5, 6, HALF),)}, "5th and the last sun"),
        ({"extra_holidays": ((2, 30, "x"),)}, "extra_holidays: there is no day 2/30"),
        ({"extra_holidays": ((4, 1, "x"), (4, 1, "y"))}, "extra_holidays: .*twice"),
        ({"close_time": time(17, 15, 0, 1)}, "close_time: .*whole second"),
    ],
)
def test_given_rules_that_contradict_each_other_when_made_then_the_field_is_named(
    wrong: dict[str, object], named: str
):
    with pytest.raises(ValueError, match=named):
        CalendarRules(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_given_the_default_settings_when_made_into_rules_then_they_are_the_citys():
    assert rules_of(Section()) == CalendarRules()


def test_given_settings_when_made_into_rules_then_every_key_has_its_place():
    said = Section.model_validate(
        {
            "open": "09:00:00",
            "weekdays": ["mon"],
            "hours": {"tue": ["8:30-19:00"], "sun": ["13:00-24:00", "08:30-12:00"]},
            "nth_weekdays": [{"nth": "last", "weekday": "sat", "hours": ["10:00-15:00"]}],
            "nth_weekday_beats_holiday": False,
            "extra_holidays": [{"month": 4, "day": 1, "name": "市制記念日"}],
            "year_end": False,
            "contract_from": "2022-05-01",
        }
    )

    assert rules_of(said) == CalendarRules(
        open_time=time(9),
        weekdays=(0,),
        hours=((1, LATE), (6, (*HALF, (time(13), time(0))))),
        nth_weekdays=((LAST, 5),),
        nth_hours=((LAST, 5, ((time(10), time(15)),)),),
        nth_weekday_beats_holiday=False,
        extra_holidays=((4, 1, "市制記念日"),),
        year_end=None,
        contract_from=date(2022, 5, 1),
    )


def test_given_a_contract_without_end_in_sight_when_asked_then_it_answers():
    found = Calendar(CalendarRules(contract_to=date.max)).at(jst("2026-11-24 10:00"))
    assert found.next_change == jst("2026-11-24 17:15")
