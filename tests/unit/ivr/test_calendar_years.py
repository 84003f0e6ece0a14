"""Ten years of days against tables that were made without the calendar's code."""

from datetime import date, datetime, time, timedelta

import holidays as reference
import pytest

from ivr.calendar import Calendar, CalendarRules, State
from ivr.holidays import Holidays, by_law, shipped_holidays
from tests.unit.ivr.calendar_oracle import DAY, JAPAN, Town, is_city_day, is_second_sunday, is_year_end

OPEN = (("08:30", "17:15"),)
SECOND = timedelta(seconds=1)


def days(first, last):
    return [first + n * DAY for n in range((last - first).days + 1)]


def test_given_2191_days_when_compared_with_the_independent_table_then_hours_and_edges_agree():
    calendar = Calendar(CalendarRules())
    every = days(date(2022, 1, 1), date(2027, 12, 31))

    assert len(every) == 2191
    for day in every:
        expected = is_city_day(day)
        assert calendar.day(day).open == (OPEN if expected else ()), day
        for clock, within in (
            (time(0), False),
            (time(8, 29, 59), False),
            (time(8, 30), True),
            (time(12, 30), True),
            (time(17, 14, 59), True),
            (time(17, 15), False),
            (time(23, 59, 59, 999_999), False),
        ):
            moment = calendar.at(datetime.combine(day, clock, JAPAN))
            assert moment.is_open is (expected and within), moment


def test_given_2191_days_when_the_next_opening_is_asked_then_it_is_the_tables_next_day():
    calendar = Calendar(CalendarRules())
    upcoming = None
    for day in reversed(days(date(2022, 1, 1), date(2028, 1, 7))):
        evening = calendar.at(datetime.combine(day, time(17, 15), JAPAN))
        if upcoming is not None and day.year < 2028:
            assert (
                evening.next_opening == evening.next_change == datetime.combine(upcoming, time(8, 30), JAPAN)
            ), day
        if is_city_day(day):
            upcoming = day


def test_given_the_contracts_months_when_open_days_are_counted_then_there_are_234():
    rules = CalendarRules(contract_from=date(2022, 5, 1), contract_to=date(2023, 3, 31))
    expected = [day for day in days(date(2022, 5, 1), date(2023, 3, 31)) if is_city_day(day)]

    found = Calendar(rules).open_intervals(date(2021, 1, 1), 3 * 365)

    assert len(expected) == len(found) == 234
    assert [opens.date() for opens, _ in found] == expected


def test_given_every_year_of_the_shipped_table_when_the_package_is_asked_then_each_date_agrees():
    table = shipped_holidays()
    package = reference.country_holidays(
        "JP", years=range(table.first_year, table.last_year + 1), categories=("public",)
    )

    assert set(table.table) == set(package)


def test_given_the_years_since_2022_when_the_laws_own_words_are_counted_then_the_table_agrees():
    """Article 2 has 16 holidays, each once a year; one on a Sunday gives a rest day."""
    table = shipped_holidays()
    for year in range(2022, table.last_year + 1):
        named = {day: table.name(day) for day in table.table if day.year == year}
        feasts = {day for day, name in named.items() if name not in ("振替休日", "国民の休日")}
        assert len(feasts) == 16, year
        substitutes = [day for day, name in named.items() if name == "振替休日"]
        assert len(substitutes) == sum(day.isoweekday() == 7 for day in feasts), year
        for day in set(named) - feasts - set(substitutes):
            assert {day - DAY, day + DAY} <= feasts, day


def test_given_2028_to_2032_when_the_table_does_not_reach_then_rule_and_package_agree_and_a_warning_stands():
    calendar = Calendar(CalendarRules())
    for day in days(date(2028, 1, 1), date(2032, 12, 31)):
        found = calendar.day(day)
        assert bool(found.open) is is_city_day(day), day
        assert found.warning is not None


@pytest.mark.parametrize("day", [date(2024, 2, 11), date(2024, 8, 11)])
def test_given_a_second_sunday_that_is_a_holiday_when_asked_then_the_setting_decides(day: date):
    assert is_second_sunday(day)
    assert shipped_holidays().name(day) is not None
    assert Calendar(CalendarRules()).day(day).open == OPEN
    strict = Calendar(CalendarRules(nth_weekday_beats_holiday=False))
    assert strict.day(day).open == ()
    others = [one for one in days(date(2022, 1, 1), date(2027, 12, 31)) if is_second_sunday(one)]
    closed = [one for one in others if not strict.day(one).open]
    assert closed == [date(2024, 2, 11), date(2024, 8, 11)]
    assert not [one for one in others if is_year_end(one)]


@pytest.mark.parametrize("year", [2024, 2028])
def test_given_a_leap_day_when_asked_then_it_is_a_day_like_others(year: int):
    calendar = Calendar(CalendarRules())

    leap = calendar.day(date(year, 2, 29))

    assert leap.open == OPEN  # a Thursday, a Tuesday
    evening = calendar.at(datetime(year, 2, 28, 17, 15, tzinfo=JAPAN))
    assert evening.next_opening == datetime(year, 2, 29, 8, 30, tzinfo=JAPAN)
    contract = Calendar(CalendarRules(contract_to=date(year, 2, 29)))
    assert contract.at(datetime(year, 2, 29, 23, 59, 59, tzinfo=JAPAN)).state is State.CLOSED
    assert contract.at(datetime(year, 3, 1, tzinfo=JAPAN)).state is State.AFTER


def test_given_the_table_ends_when_its_reach_is_asked_then_the_alarm_comes_four_months_ahead():
    table = shipped_holidays()

    assert table.days_left(date(2027, 12, 31)) == 0
    assert table.alarm(date(2027, 9, 2)) is None
    assert table.days_left(date(2027, 9, 2)) == 120
    soon = table.alarm(date(2027, 9, 3))
    assert soon is not None
    assert "2027年12月31日まで" in soon
    assert "あと119日" in soon
    over = table.alarm(date(2028, 1, 1))
    assert over is not None
    assert "期限が切れています" in over


def test_given_a_table_that_ends_when_a_later_holiday_is_asked_then_it_is_no_working_day():
    short = Holidays.parse(
        "国民の祝日・休日月日,国民の祝日・休日名称\n"
        + "\n".join(
            f"{day:%Y/%m/%d},{name}" for day, name in shipped_holidays().table.items() if day.year < 2026
        )
    )
    calendar = Calendar(CalendarRules(), short)

    for day in days(date(2026, 1, 1), date(2027, 12, 31)):
        assert calendar.day(day).open == (OPEN if is_city_day(day) else ())
        assert calendar.day(day).holiday == by_law(day)


def test_given_a_sister_contract_when_six_years_are_compared_then_each_weekdays_hours_agree():
    pause = ((time(8, 30), time(12)), (time(13), time(17, 15)))
    late, half = ((time(8, 30), time(19)),), ((time(8, 30), time(12)),)
    town = Town(hours={1: pause, 2: late, 3: pause, 4: pause, 5: pause, 6: half}, last_saturday=late)
    calendar = Calendar(
        CalendarRules(
            weekdays=(),
            hours=((0, pause), (1, late), (2, pause), (3, pause), (4, pause), (5, half)),
            nth_weekdays=((2, 6), (-1, 5)),
            nth_hours=((-1, 5, late),),
        )
    )

    for day in days(date(2022, 1, 1), date(2027, 12, 31)):
        expected = [
            (datetime.combine(day, first, JAPAN), datetime.combine(day, last, JAPAN))
            for first, last in town.hours_of(day)
        ]
        assert calendar.open_intervals(day, 1) == expected, day
        for opens, closes in expected:
            assert calendar.at(opens).is_open
            assert not calendar.at(opens - SECOND).is_open
            assert calendar.at(closes - SECOND).is_open
            assert not calendar.at(closes).is_open
