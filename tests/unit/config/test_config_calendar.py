"""`[calendar]` and `[lines.calendar]`: what can be said, and each contradiction in one sentence."""

from datetime import date, time

import pytest

from config import ConfigError, Settings
from config.changes import changes
from config.periods import in_order, parse_period, period_text
from tests.unit.config.settings_rig import read

LINE = '[[lines]]\nid = "a"\nname = "A"\nnumbers = ["0260001235"]\n[lines.calendar]\n'
SUN = "nth_weekdays = [{ nth = 2, weekday = 'sun' }, "


def test_given_hours_of_every_kind_when_read_then_they_are_in_order_and_written_one_way(home):
    said = read(
        home,
        """
        [calendar]
        hours = { tue = ["8:30-19:00"], sat = ["13:00～17:00", "08:30 - 12:00"], sun = ["00:00-24:00"] }
        nth_weekdays = [
          { nth = "last", weekday = "sat", hours = ["10:00-15:00"] }, { nth = 2, weekday = "sun" }
        ]
        extra_holidays = [{ month = 6, day = 23, name = "慰霊の日" }]
        year_end = false
        second_person = false
        contract_to = 2023-03-31
        """,
    ).calendar

    assert said.hours == {
        "tue": ("08:30-19:00",),
        "sat": ("08:30-12:00", "13:00-17:00"),
        "sun": ("00:00-24:00",),
    }
    assert [(rule.nth, rule.weekday, rule.hours) for rule in said.nth_weekdays] == [
        ("last", "sat", ("10:00-15:00",)),
        (2, "sun", None),
    ]
    assert (said.extra_holidays[0].name, said.year_end, said.second_person) == ("慰霊の日", False, False)
    assert said.contract_to == date(2023, 3, 31)


def test_given_nothing_when_read_then_two_people_close_the_line(home):
    assert read(home, "").calendar.second_person is True


def test_given_a_lines_own_calendar_when_read_then_the_rest_comes_from_the_main_ones_city_and_contract(home):
    settings = read(
        home,
        "[calendar]\nopen = 09:00:00\nyear_end_from = { month = 12, day = 28 }\ncontract_to = 2023-03-31\n"
        "extra_holidays = [{ month = 4, day = 1, name = '市制記念日' }]\n" + LINE + "weekdays = ['sat']\n"
        "contract_to = 2022-12-28\n" + LINE.replace('"a"', '"b"').replace("1235", "1236")[:-17],
    )
    calendars = settings.calendars()

    assert list(calendars) == ["main", "a", "b"]
    assert calendars["b"] is settings.calendar
    own = calendars["a"]
    assert (own.open, own.weekdays, own.contract_to) == (time(8, 30), ("sat",), date(2022, 12, 28))
    assert (own.year_end_from.day, own.extra_holidays[0].name) == (28, "市制記念日")


def test_given_settings_when_written_down_and_read_again_then_they_are_the_same(home):
    settings = read(
        home,
        "[calendar]\nhours = { sat = ['08:30-12:00'] }\ncontract_to = 2023-03-31\n"
        "nth_weekdays = [{ nth = 'last', weekday = 'sun', hours = ['09:00-24:00'] }]\n" + LINE,
    )

    again = Settings.model_validate_json(settings.model_dump_json())

    assert again == settings
    assert changes(settings, again) == ()
    changed = [change.key for change in changes(Settings(), settings)]
    assert [key for key in changed if key.startswith("calendar.")][:2] == [
        "calendar.hours.sat",
        "calendar.nth_weekdays.0.nth",
    ]


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("hours = { mnd = ['08:30-12:00'] }", ["hours.mnd", "'mon', 'tue'"]),
        ("hours = { mon = [] }", ["hours.mon", "is empty"]),
        ("hours = { mon = '08:30-12:00' }", ["hours.mon"]),
        ("hours = { mon = ['12:00-08:30'] }", ["hours.mon", "'12:00-08:30' does not end after it begins"]),
        ("hours = { mon = ['08:30-08:30'] }", ["hours.mon", "does not end after"]),
        ("hours = { mon = ['24:00-24:00'] }", ["hours.mon", "no such time of the day"]),
        ("hours = { mon = ['08:30-25:00'] }", ["hours.mon", "no such time of the day"]),
        ("hours = { mon = ['08:60-09:00'] }", ["hours.mon", "no such time of the day"]),
        ("hours = { mon = ['8時半から'] }", ["hours.mon", "is not a period like 08:30-17:15"]),
        ("hours = { mon = ['０８:３０-１７:１５'] }", ["hours.mon", "is not a period"]),
        ("hours = { mon = ['08:30'] }", ["hours.mon", "is not a period"]),
        ("hours = { mon = [''] }", ["hours.mon", "is not a period"]),
        (
            "hours = { mon = ['08:30-13:00', '12:00-17:15'] }",
            ["hours.mon", "08:30-13:00 and 12:00-17:15 overlap"],
        ),
        ("hours = { mon = ['18:00-24:00', '23:00-23:30'] }", ["hours.mon", "overlap"]),
        ("hours = { mon = ['08:30-12:00', '08:30-12:00'] }", ["hours.mon", "overlap"]),
        ("nth_weekdays = [{ nth = 6, weekday = 'sun' }]", ["nth_weekdays.0.nth", 'or "last"', "given: 6"]),
        ("nth_weekdays = [{ nth = 0, weekday = 'sun' }]", ["nth_weekdays.0.nth"]),
        ("nth_weekdays = [{ nth = true, weekday = 'sun' }]", ["nth_weekdays.0.nth"]),
        ("nth_weekdays = [{ nth = '2', weekday = 'sun' }]", ["nth_weekdays.0.nth", "given: '2'"]),
        ("nth_weekdays = [{ nth = 2, weekday = '日' }]", ["nth_weekdays.0.weekday", "given: '日'"]),
        ("nth_weekdays = [{ nth = 2 }]", ["nth_weekdays.0.weekday"]),
        (
            SUN + "{ nth = 2, weekday = 'sun', hours = ['09:00-10:00'] }]",
            ["nth_weekdays", "2 sun is given twice"],
        ),
        (
            "nth_weekdays = [{ nth = 2, weekday = 'sun', hours = ['12:00-09:00'] }]",
            ["nth_weekdays.0.hours", "does not end after"],
        ),
        (
            SUN.replace("2", "4") + "{ nth = 'last', weekday = 'sun', hours = ['09:00-10:00'] }]",
            ["nth_weekdays", "the 4th and the last sun can be the same day"],
        ),
        ("weekdays = ['mon', 'mon']", ["weekdays", "mon is given twice"]),
        ("open = '08:30:00+09:00'", ["open", "no zone"]),
        ("open = 08:30:00.5", ["open", "no whole second"]),
        ("close = 24:00:00", ["is not TOML"]),
        ("year_end_from = { month = 2, day = 30 }", ["year_end_from", "there is no day 2/30"]),
        ("year_end_from = { month = 13, day = 1 }", ["year_end_from.month"]),
        ("extra_holidays = [{ month = 4, day = 31, name = 'x' }]", ["extra_holidays.0", "no day 4/31"]),
        ("extra_holidays = [{ month = 4, day = 1, name = '' }]", ["extra_holidays.0.name"]),
        (
            "extra_holidays = [{ month = 4, day = 1, name = 'x' }, { month = 4, day = 1, name = 'y' }]",
            ["extra_holidays", "4/1 is given twice"],
        ),
        ("contract_from = 2023-02-29", ["is not TOML"]),
        ("second_person = 1", ["second_person"]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["main", "line"])
def test_given_a_contradiction_then_one_sentence_names_its_key(home, toml, named, where):
    with pytest.raises(ConfigError) as refused:
        read(home, ("[calendar]\n" if where == "main" else LINE) + toml)

    (sentence,) = str(refused.value).splitlines()
    assert [part for part in named if part not in sentence] == []
    if "TOML" not in named[0]:
        assert sentence.startswith(f"{home.toml}: [{'calendar' if where == 'main' else 'lines'}]")


def test_given_lines_that_are_no_tables_when_read_then_they_are_named_as_ever(home):
    for text in ("lines = 7", "lines = [7]", "calendar = 7\n" + LINE):
        with pytest.raises(ConfigError, match=r"\[(lines|calendar)\]"):
            read(home, text)


@pytest.mark.parametrize("text", ["08:30-17:15", "00:00-24:00", "08:30:15-17:15:30", "23:59:59-24:00"])
def test_given_a_period_when_read_and_written_then_it_is_the_same(text):
    assert period_text(parse_period(text)) == text


def test_given_periods_that_touch_when_put_in_order_then_they_stand():
    both = (parse_period("12:00-17:15"), parse_period("08:30-12:00"))
    assert in_order(both) == (both[1], both[0])
