import os
import time as machine
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone

import holidays as reference
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config import JST
from ivr.calendar import Calendar, CalendarRules, Kind, State

CONTRACT = CalendarRules(contract_from=date(2022, 5, 1), contract_to=date(2023, 3, 31))
SECOND = timedelta(seconds=1)
NARROW_NO_NTH = CalendarRules(nth_weekdays=(), weekdays=(1,), year_end=None)
ALL_RULES = (
    CalendarRules(),
    CONTRACT,
    CalendarRules(nth_weekday_beats_holiday=False),
    NARROW_NO_NTH,
    CalendarRules(weekdays=(), nth_weekdays=((5, 6), (1, 2))),
)


def jst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


@pytest.mark.parametrize(
    ("moment", "state", "kind", "reason"),
    [
        ("2022-05-08 08:29:59", State.CLOSED, Kind.NIGHT, "時間外: 受付開始前（第2日曜日）"),
        ("2022-05-08 08:30:00", State.OPEN, Kind.OPEN, "受付中: 第2日曜日"),
        ("2022-05-08 12:30:00", State.OPEN, Kind.OPEN, "受付中: 第2日曜日"),
        ("2022-05-08 17:14:59", State.OPEN, Kind.OPEN, "受付中: 第2日曜日"),
        ("2022-05-08 17:14:59.999999", State.OPEN, Kind.OPEN, "受付中: 第2日曜日"),
        ("2022-05-08 17:15:00", State.CLOSED, Kind.NIGHT, "時間外: 受付終了後（第2日曜日）"),
        ("2022-05-06 08:30:00", State.OPEN, Kind.OPEN, "受付中: 平日"),
        ("2022-05-07 10:00:00", State.CLOSED, Kind.WEEKEND, "閉庁日: 土曜日"),
        ("2022-05-01 10:00:00", State.CLOSED, Kind.WEEKEND, "閉庁日: 日曜日"),
        ("2022-05-15 10:00:00", State.CLOSED, Kind.WEEKEND, "閉庁日: 日曜日"),
        ("2022-05-03 10:00:00", State.CLOSED, Kind.HOLIDAY, "閉庁日: 祝日（憲法記念日）"),
        ("2024-02-12 10:00:00", State.CLOSED, Kind.HOLIDAY, "閉庁日: 休日（振替休日）"),
        ("2022-12-28 17:14:59", State.OPEN, Kind.OPEN, "受付中: 平日"),
        ("2022-12-29 10:00:00", State.CLOSED, Kind.YEAR_END, "閉庁日: 年末年始"),
        ("2022-12-30 10:00:00", State.CLOSED, Kind.YEAR_END, "閉庁日: 年末年始"),
        ("2023-01-01 10:00:00", State.CLOSED, Kind.YEAR_END, "閉庁日: 年末年始"),
        ("2023-01-03 10:00:00", State.CLOSED, Kind.YEAR_END, "閉庁日: 年末年始"),
        ("2023-01-04 08:30:00", State.OPEN, Kind.OPEN, "受付中: 平日"),
        ("2024-02-11 10:00:00", State.OPEN, Kind.OPEN, "受付中: 第2日曜日（祝日: 建国記念の日）"),
        ("2024-08-11 10:00:00", State.OPEN, Kind.OPEN, "受付中: 第2日曜日（祝日: 山の日）"),
        ("2024-02-29 10:00:00", State.OPEN, Kind.OPEN, "受付中: 平日"),
    ],
)
def test_given_a_moment_when_asked_then_state_and_reason_follow_the_specification(
    moment: str, state: State, kind: Kind, reason: str
):
    found = Calendar(CalendarRules()).at(jst(moment))

    assert (found.state, found.kind, found.reason) == (state, kind, reason)
    assert found.is_open is (state is State.OPEN)
    assert found.warning is None


@pytest.mark.parametrize(
    ("moment", "state", "kind", "change", "opening"),
    [
        (
            "2022-04-30 23:59:59",
            State.BEFORE,
            Kind.BEFORE_CONTRACT,
            "2022-05-01 00:00:00",
            "2022-05-02 08:30:00",
        ),
        ("2022-05-01 00:00:00", State.CLOSED, Kind.WEEKEND, "2022-05-02 08:30:00", "2022-05-02 08:30:00"),
        ("2023-03-31 08:30:00", State.OPEN, Kind.OPEN, "2023-03-31 17:15:00", None),
        ("2023-03-31 17:15:00", State.CLOSED, Kind.NIGHT, "2023-04-01 00:00:00", None),
        ("2023-04-01 00:00:00", State.AFTER, Kind.AFTER_CONTRACT, None, None),
    ],
)
def test_given_a_contract_period_when_asked_at_its_edges_then_it_stands_above_every_other_rule(
    moment: str, state: State, kind: Kind, change: str | None, opening: str | None
):
    found = Calendar(CONTRACT).at(jst(moment))

    assert (found.state, found.kind) == (state, kind)
    assert found.next_change == (jst(change) if change else None)
    assert found.next_opening == (jst(opening) if opening else None)


def test_given_the_contract_year_when_open_days_are_counted_then_there_are_234():
    open_hours = Calendar(CONTRACT).open_intervals(date(2022, 4, 1), 365)

    assert len(open_hours) == 234
    assert open_hours[0] == (jst("2022-05-02 08:30"), jst("2022-05-02 17:15"))
    assert open_hours[-1] == (jst("2023-03-31 08:30"), jst("2023-03-31 17:15"))


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2022-05-02 17:15:00", "2022-05-06 08:30:00"),
        ("2022-07-15 17:15:00", "2022-07-19 08:30:00"),
        ("2022-05-07 12:00:00", "2022-05-08 08:30:00"),
        ("2022-12-28 18:00:00", "2023-01-04 08:30:00"),
        ("2023-12-28 18:00:00", "2024-01-04 08:30:00"),
        ("2024-12-28 18:00:00", "2025-01-06 08:30:00"),
        ("2022-05-06 08:29:59", "2022-05-06 08:30:00"),
        ("2022-05-06 08:30:00", "2022-05-08 08:30:00"),
    ],
)
def test_given_a_moment_when_the_next_opening_is_asked_then_holidays_and_weekends_are_stepped_over(
    moment: str, opening: str
):
    assert Calendar(CalendarRules()).at(jst(moment)).next_opening == jst(opening)


def test_given_every_day_of_six_years_when_compared_with_an_independent_oracle_then_the_hours_agree():
    official = reference.country_holidays("JP", years=range(2022, 2028), categories=("public",))
    calendar = Calendar(CalendarRules())

    def oracle(day: date) -> bool:
        if (day.month == 12 and day.day >= 29) or (day.month == 1 and day.day <= 3):
            return False
        sundays = [n for n in range(1, day.day + 1) if day.replace(day=n).weekday() == 6]
        if day.weekday() == 6 and len(sundays) == 2:
            return True
        return day.weekday() <= 4 and day not in official

    checked = 0
    for offset in range((date(2028, 1, 1) - date(2022, 1, 1)).days):
        day = date(2022, 1, 1) + timedelta(days=offset)
        found = calendar.day(day)
        assert found.open == ((("08:30", "17:15"),) if oracle(day) else ()), day
        for hour in (0, 8, 9, 12, 17, 18):
            clock = datetime.combine(day, time(hour, 14), JST)
            assert calendar.at(clock).is_open is (oracle(day) and hour in (9, 12, 17)), clock
        checked += 1
    assert checked == 2191


def test_given_second_sundays_lose_to_holidays_when_they_meet_then_the_day_is_closed():
    calendar = Calendar(CalendarRules(nth_weekday_beats_holiday=False))

    assert calendar.at(jst("2024-02-11 10:00")).reason == "閉庁日: 祝日（建国記念の日）"
    assert calendar.at(jst("2022-05-08 10:00")).is_open


def test_given_a_date_past_the_table_when_asked_then_the_law_decides_and_a_warning_says_so():
    calendar = Calendar(CalendarRules())

    holiday, workday = calendar.at(jst("2028-01-10 10:00")), calendar.day(date(2028, 1, 11))

    assert holiday.reason == "閉庁日: 祝日（成人の日）"
    assert workday.open == (("08:30", "17:15"),)
    assert holiday.warning == workday.warning
    assert holiday.warning is not None
    assert "2028年の祝日は法律の定めから計算" in holiday.warning


@given(
    rules=st.sampled_from(ALL_RULES),
    moment=st.timedeltas(timedelta(0), timedelta(days=7 * 365)),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_given_any_moment_when_the_next_change_is_asked_then_the_state_changes_there_and_nowhere_before(
    rules: CalendarRules, moment: timedelta, data: st.DataObject
):
    calendar = Calendar(rules)
    now = calendar.at(jst("2022-01-01") + moment)
    horizon = now.next_change or now.time + timedelta(days=500)

    between = data.draw(st.timedeltas(timedelta(0), horizon - now.time - timedelta(microseconds=1)))
    inside = calendar.at(now.time + between)
    assert inside.state is now.state
    assert inside.next_change == now.next_change

    if now.next_change is not None:
        assert calendar.at(now.next_change).state is not now.state
        assert calendar.at(now.next_change - timedelta(microseconds=1)).state is now.state
    if now.next_opening is not None:
        assert now.next_opening > now.time
        assert calendar.at(now.next_opening).is_open
        assert not calendar.at(now.next_opening - SECOND).is_open


@given(
    opens=st.times(time(0), time(23, 59, 58)).map(lambda t: t.replace(microsecond=0)),
    length=st.integers(1, 86_399),
    day=st.dates(date(2022, 1, 1), date(2027, 12, 31)),
)
@settings(max_examples=150, deadline=None)
def test_given_any_hours_when_their_edges_are_asked_then_the_interval_is_half_open(
    opens: time, length: int, day: date
):
    start = datetime.combine(day, opens, JST)
    end = start + timedelta(seconds=length)
    if end.date() != day:
        return
    calendar = Calendar(CalendarRules(open_time=opens, close_time=end.time()))

    hours = calendar.open_intervals(day, 1)

    assert hours in ([], [(start, end)])
    assert calendar.at(start).is_open is bool(hours)
    assert calendar.at(end - SECOND).is_open is bool(hours)
    assert not calendar.at(end).is_open
    assert calendar.at(start - SECOND).state is State.CLOSED


@pytest.fixture(params=["UTC", "America/Los_Angeles", "Asia/Tokyo", "Pacific/Kiritimati"])
def _machine_zone(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = request.param
    machine.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    machine.tzset()


@pytest.mark.usefixtures("_machine_zone")
def test_given_a_machine_in_another_zone_when_asked_then_japan_decides():
    calendar = Calendar(CalendarRules())

    assert calendar.at(datetime(2022, 5, 7, 23, 30, tzinfo=UTC)).reason == "受付中: 第2日曜日"
    assert not calendar.at(datetime(2022, 5, 7, 23, 29, 59, tzinfo=UTC)).is_open
    local = datetime.fromtimestamp(
        datetime(2022, 5, 8, 8, 14, 59, tzinfo=UTC).timestamp(), timezone(timedelta(hours=-8))
    )
    assert calendar.at(local).is_open
    assert not calendar.at(local + SECOND).is_open


def test_given_a_time_without_zone_when_asked_then_it_is_refused():
    with pytest.raises(ValueError, match="zone"):
        Calendar(CalendarRules()).at(jst("2022-05-08 08:30").replace(tzinfo=None))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"open_time": time(9), "close_time": time(9)}, "close_time"),
        ({"weekdays": (7,)}, "weekdays"),
        ({"nth_weekdays": ((6, 6),)}, "nth_weekdays"),
        ({"year_end": ((12, 29), (2, 30))}, "year_end"),
        ({"contract_from": date(2023, 1, 1), "contract_to": date(2022, 1, 1)}, "contract_to"),
        ({"open_time": time(8, 30, tzinfo=UTC)}, "open_time"),
    ],
)
def test_given_rules_that_contradict_when_made_then_the_field_is_named(wrong: dict[str, object], named: str):
    with pytest.raises(ValueError, match=named):
        CalendarRules(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_given_rules_that_never_open_when_asked_then_there_is_no_next_opening():
    calendar = Calendar(CalendarRules(weekdays=(), nth_weekdays=()))

    found = calendar.at(jst("2022-05-08 10:00"))

    assert (found.state, found.next_opening, found.next_change) == (State.CLOSED, None, None)


def test_given_a_year_end_within_one_month_when_asked_then_it_does_not_wrap():
    calendar = Calendar(CalendarRules(year_end=((8, 13), (8, 16))))

    assert calendar.day(date(2022, 8, 15)).kind is Kind.YEAR_END
    assert calendar.day(date(2022, 12, 30)).kind is Kind.OPEN
