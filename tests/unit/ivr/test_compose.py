"""Sentences from parts: the right parts, in each language's order, and each of them a text."""

import re
from datetime import date, datetime, time, timedelta

import pytest

from config import JST
from ivr import compose
from ivr.calendar import Calendar, CalendarRules, Kind, Moment, State
from ivr.texts import LANGUAGES, default_folder, load_texts

TEXTS = load_texts(default_folder())
CALENDAR = Calendar(CalendarRules(contract_from=date(2022, 5, 2), contract_to=date(2023, 3, 31)))
LOST = "0120950178"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=JST)


def words(ids: tuple[str, ...], language: str = "ja") -> str:
    said = [TEXTS[one].said(language) or f"!{one}" for one in ids]
    return (" " if language == "en" else "").join(said).replace("・", "")


@pytest.mark.parametrize(
    ("moment", "why", "opening"),
    [
        ("2022-05-06 17:15:00", "closed.night", "次の受付は、5月8日、日曜日、午前8時30分からです。"),
        ("2022-07-15 17:15:00", "closed.night", "次の受付は、7月19日、火曜日、午前8時30分からです。"),
        ("2022-05-07 10:00:00", "closed.weekend", "次の受付は、5月8日、日曜日、午前8時30分からです。"),
        ("2022-05-09 00:00:00", "closed.early", "次の受付は、本日、午前8時30分からです。"),
        ("2022-05-09 08:29:59", "closed.early", "次の受付は、本日、午前8時30分からです。"),
        (
            "2022-05-05 12:00:00",
            "closed.holiday.children",
            "次の受付は、5月6日、金曜日、午前8時30分からです。",
        ),
        ("2022-12-28 18:00:00", "closed.night", "次の受付は、1月4日、水曜日、午前8時30分からです。"),
        ("2022-12-30 09:00:00", "closed.year_end", "次の受付は、1月4日、水曜日、午前8時30分からです。"),
        ("2022-04-20 09:00:00", "closed.before", "受付は、5月2日、月曜日、午前8時30分からです。"),
        ("2023-03-31 17:15:00", "closed.after", None),
        ("2023-04-01 09:00:00", "closed.after", None),
    ],
)
def test_given_a_closed_moment_then_the_office_the_reason_and_the_computed_opening(moment, why, opening):
    said = compose.closed(CALENDAR.at(at(moment)), say_hours=False)

    assert said[:2] == ("office", why)
    assert words(said[2:]) == (opening or "")


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_any_hour_of_two_years_then_every_part_is_a_text_that_the_language_has(language):
    calendar = Calendar(CalendarRules())
    moment, end, seen = at("2023-12-20 06:30"), at("2025-01-10 00:00"), set()
    while moment < end:
        found = calendar.at(moment)
        if not found.is_open:
            for one in compose.closed(found, say_hours=True, lost_card=LOST, language=language):
                assert TEXTS[one].said(language)
                seen.add(one)
        moment += timedelta(hours=5)
    assert {"closed.early", "closed.night", "closed.weekend", "closed.year_end"} <= seen
    assert sum(one.startswith("closed.holiday.") for one in seen) > 8


def moment(kind: Kind, when: str, opening: str | None, **more) -> Moment:
    return Moment(at(when), State.CLOSED, kind, "", None, at(opening) if opening else None, **more)


def holiday(name: str | None) -> Moment:
    return moment(Kind.HOLIDAY, "2022-05-03 15:10", "2022-05-06 08:30", holiday=name)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (moment(Kind.PAUSE, "2022-05-09 12:10", "2022-05-09 13:00"), "closed.lunch"),
        (moment(Kind.PAUSE, "2022-05-09 15:10", "2022-05-09 15:30"), "closed.pause"),
        (moment(Kind.BY_HAND, "2022-05-09 15:10", "2022-05-10 08:30"), "closed.by_hand"),
        (holiday("休日（祝日扱い）"), "closed.holiday.day_off"),
        (holiday("振替休日"), "closed.holiday.substitute"),
        (holiday("市制記念日"), "closed.holiday"),
        (holiday(None), "closed.holiday"),
        (moment(Kind.BY_HAND, "2022-05-03 15:10", None), "closed.after"),
    ],
)  # fmt: skip
def test_given_other_reasons_then_each_has_its_text(found, why):
    assert compose.closed_why(found) == why
    assert why in TEXTS


def test_given_hours_and_the_lost_card_line_then_they_follow_the_opening():
    said = compose.closed(CALENDAR.at(at("2022-05-06 18:00")), say_hours=True, lost_card="0120-95-0178")

    assert words(said).endswith(
        "からです。受付時間は、平日、および毎月第2日曜日の、午前8時30分から午後5時15分までです。"
        + words(("lost_card.lead",))
        + "ゼロイチニーゼロの、キューゴーの、ゼロイチナナハチ番です。もう一度、申し上げます。"
        "ゼロイチニーゼロの、キューゴーの、ゼロイチナナハチ番です。"
    )


def test_given_the_end_of_the_contract_then_neither_hours_nor_an_opening_are_promised():
    said = compose.closed(CALENDAR.at(at("2023-04-02 09:00")), say_hours=True, lost_card="")

    assert said == ("office", "closed.after")


def test_given_english_then_its_own_order():
    said = compose.closed(CALENDAR.at(at("2022-05-06 18:00")), say_hours=False, lost_card=LOST, language="en")

    assert words(said, "en") == (
        "Thank you for calling. This is the Nagano City My Number Card call center. We are closed for today. "
        "Our next opening time is, Sunday, May eighth, eight thirty a.m. If you have lost your card, you can "
        "have it suspended at any hour by calling this number. zero one two zero , nine five zero , one "
        "seven eight Again, the number is, zero one two zero , nine five zero , one seven eight"
    )
    assert words(compose.next_opening(at("2022-07-31 12:00"), "en"), "en").endswith(
        "July thirty-first, noon."
    )
    assert words(compose.next_opening(at("2022-07-31 15:05"), "en"), "en").endswith("three oh five p.m.")


def test_given_easy_japanese_then_the_order_of_japanese():
    said = compose.closed(CALENDAR.at(at("2022-05-06 18:00")), say_hours=False, language="easy")

    assert words(said, "easy").endswith(
        "今日の受付は、終わりました。次の受付は、5月8日、日曜日、午前8時30分からです。"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_every_minute_of_the_day_then_it_is_said_whole(language):
    for number in range(1440):
        hour, minute = divmod(number, 60)
        said = words(compose.time_of_day(time(hour, minute), language), language)
        opening = words(compose.next_opening(at(f"2022-05-08 {hour:02}:{minute:02}"), language), language)
        assert "!" not in said + opening
        if language == "en":
            assert opening.endswith(said)
            continue
        written = f"{'午後' if hour >= 12 else '午前'}{hour % 12}時" + (f"{minute}分" if minute else "")
        written = "正午" if number == 720 else written
        assert said == written
        assert opening.endswith(f"日曜日、{written}からです。")


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_all_366_dates_then_each_is_said_with_its_weekday(language):
    for number in range(366):
        day = date(2024, 1, 1) + timedelta(days=number)
        said = words(compose.date_and_weekday(day, language), language)
        name = "月火水木金土日"[day.weekday()]
        if language == "en":
            assert re.fullmatch(rf"{day:%A}, {day:%B} [a-z-]+,", said)
        else:
            assert said == f"{day.month}月{day.day}日、{name}曜日、"
    leap_day = date(2024, 2, 29)
    assert compose.date_and_weekday(leap_day, "ja") == ("date.on.2.29", "date.weekday.3")
    assert compose.date(leap_day, "en") == ("date.month.2", "date.day.29")


def test_given_counts_then_there_is_a_text_as_far_as_they_go():
    for count in range(1, 100):
        assert words(compose.people(count)) == f"{count}人"
    for count in range(1, 61):
        assert words(compose.minutes(count)) == f"{count}分"
    assert compose.people(0) == compose.people(100) == compose.minutes(0) == compose.minutes(61) == ()


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("0120-95-0178", (4, 2, 4)),
        ("0120950178", (4, 3, 3)),
        ("0262260000", (3, 3, 4)),
        ("09012345678", (3, 4, 4)),
        ("110", (3,)),
    ],
)
def test_given_a_telephone_number_then_its_groups_are_joined_by_no(number, groups):
    said = compose.telephone(number)
    assert said[-1] == "digit.end"
    joined = "".join("-" if one == "digit.dash" else one.removeprefix("digit.") for one in said[:-1])
    assert tuple(map(len, joined.split("-"))) == groups
    assert joined.replace("-", "") == number.replace("-", "")
    assert compose.telephone(number, "en") == said[:-1]


@pytest.mark.parametrize("number", ["", "-", "0120-", "+81120", "０１２０", "0120 95"])
def test_given_what_is_no_number_then_it_is_refused(number):
    with pytest.raises(ValueError, match="is no telephone number"):
        compose.telephone(number)


def test_given_a_connection_then_the_operator_is_told_line_need_and_wait():
    assert words(compose.whisper("main", "booking", 3)) == (
        "マイナンバーカードの、お電話です。用件は、交付の予約です。3分、お待ちです。"
    )
    assert compose.whisper("main", "", None) == ("whisper.line.main",)
    assert compose.whisper("main", "", 75) == ("whisper.line.main", "whisper.waited.over_an_hour")
    assert compose.whisper("tax", "", 0, callback=True) == ("whisper.callback",)
