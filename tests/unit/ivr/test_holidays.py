from datetime import date, timedelta

import holidays as reference
import pytest

from ivr.holidays import Holidays, by_law, shipped_holidays


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def test_given_the_shipped_table_when_compared_with_an_independent_library_then_every_day_since_1955_agrees():
    table = shipped_holidays()
    official = reference.country_holidays("JP", years=range(1955, 2028), categories=("public",))

    wrong = [
        d for d in days(date(1955, 1, 1), date(2027, 12, 31)) if (table.name(d) is None) is (d in official)
    ]

    assert wrong == []
    assert len(table.table) == 1067


def test_given_the_law_when_applied_to_years_that_the_table_covers_then_names_and_days_agree():
    table = shipped_holidays()

    wrong = [d for d in days(date(2022, 1, 1), date(2027, 12, 31)) if table.name(d) != by_law(d)]

    assert wrong == []


def test_given_years_beyond_the_table_when_the_law_is_applied_then_it_agrees_with_an_independent_library():
    official = reference.country_holidays("JP", years=range(2028, 2051), categories=("public",))

    wrong = [d for d in days(date(2028, 1, 1), date(2050, 12, 31)) if (by_law(d) is None) is (d in official)]

    assert wrong == []


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2022, 5, 3), "憲法記念日"),
        (date(2024, 2, 12), "振替休日"),
        (date(2026, 5, 6), "振替休日"),
        (date(2026, 9, 22), "国民の休日"),
        (date(2027, 3, 22), "振替休日"),
        (date(2032, 9, 21), "国民の休日"),
        (date(2022, 5, 6), None),
    ],
)
def test_given_a_date_when_its_name_is_asked_then_rest_days_say_which_kind_they_are(
    day: date, name: str | None
):
    assert shipped_holidays().name(day) == name


def test_given_the_shipped_table_when_asked_what_it_covers_then_2028_is_beyond_it():
    table = shipped_holidays()

    assert (table.first_year, table.last_year) == (1955, 2027)
    assert table.covers(date(2027, 12, 31))
    assert not table.covers(date(2028, 1, 1))


@pytest.mark.parametrize(
    "body",
    ["2022/1/1", "2022/1/1,", "1/1,元日", "2022/2/30,元日", "２,２,２", "2022/1/1,元日\n2022/1/1,元日", ""],
)
def test_given_a_damaged_table_when_read_then_it_is_refused_by_line(body: str):
    with pytest.raises(ValueError, match="holiday table"):
        Holidays.parse("国民の祝日・休日月日,国民の祝日・休日名称\n" + body)
