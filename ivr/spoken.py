"""Numbers, dates and times as they are spoken: every member of a series of texts, as written and as it must
be read. Which of them are said one after another is `ivr.compose`'s matter.

Rules of Japanese: a counter changes with its number (1分 いっぷん, 3分 さんぷん, 8分 はっぷん), some numbers
with their counter (4時 よじ, 9時 くじ, 4月 しがつ, 7月 しちがつ), the days up to ten, 14, 20 and 24 have
names of their own (ついたち, はつか). So every number is a member of its own, never digits put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST_MINUTES = 60
MOST_POSITION = 99
MOST_PEOPLE = 99
FIRST_HALF_HOUR, LAST_HALF_HOUR = 16, 37
"""Half hours of the day that can be named: from 8:00 to the one from 18:30."""

WEEKDAYS = ("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日")
HOLIDAYS: Mapping[str, str] = {
    "元日": "new_year",
    "成人の日": "coming_of_age",
    "建国記念の日": "foundation",
    "天皇誕生日": "emperor",
    "春分の日": "spring_equinox",
    "昭和の日": "showa",
    "憲法記念日": "constitution",
    "みどりの日": "greenery",
    "こどもの日": "children",
    "海の日": "marine",
    "山の日": "mountain",
    "敬老の日": "aged",
    "秋分の日": "autumn_equinox",
    "スポーツの日": "sports",
    "文化の日": "culture",
    "勤労感謝の日": "labour",
    "振替休日": "substitute",
    "国民の休日": "citizens",
    "休日": "day_off",
}
"""Names as `ivr.holidays` gives them since 2020, with the end of their texts' ids. The Cabinet Office's table
calls 振替休日 and 国民の休日 only 休日.
"""

_UNITS = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_MINUTES = (
    "ジュップン", "イップン", "ニフン", "サンプン", "ヨンプン",
    "ゴフン", "ロップン", "ナナフン", "ハップン", "キューフン",
)  # fmt: skip
_HOURS = (
    "レイジ", "イチジ", "ニジ", "サンジ", "ヨジ", "ゴジ",
    "ロクジ", "シチジ", "ハチジ", "クジ", "ジュージ", "ジューイチジ",
)  # fmt: skip
_DIGITS = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー")
_MONTHS = (
    "イチガツ", "ニガツ", "サンガツ", "シガツ", "ゴガツ", "ロクガツ",
    "シチガツ", "ハチガツ", "クガツ", "ジューガツ", "ジューイチガツ", "ジューニガツ",
)  # fmt: skip
_DAYS = (
    "ツイタチ", "フツカ", "ミッカ", "ヨッカ", "イツカ",
    "ムイカ", "ナノカ", "ヨーカ", "ココノカ", "トーカ",
)  # fmt: skip
_DAY_UNITS = ("", "イチ", "ニ", "サン", "", "ゴ", "ロク", "シチ", "ハチ", "ク")
_PEOPLE_UNITS = ("", "イチ", "ニ", "サン", "ヨ", "ゴ", "ロク", "シチ", "ハチ", "キュー")
_WEEKDAYS = ("ゲツヨービ", "カヨービ", "スイヨービ", "モクヨービ", "キンヨービ", "ドヨービ", "ニチヨービ")
_HOLIDAYS = {
    "元日": ("ガンジツ", "New Year's Day"),
    "成人の日": ("セージンノヒ", "Coming of Age Day"),
    "建国記念の日": ("ケンコクキネンノヒ", "National Foundation Day"),
    "天皇誕生日": ("テンノータンジョービ", "the Emperor's Birthday"),
    "春分の日": ("シュンブンノヒ", "Vernal Equinox Day"),
    "昭和の日": ("ショーワノヒ", "Showa Day"),
    "憲法記念日": ("ケンポーキネンビ", "Constitution Memorial Day"),
    "みどりの日": ("ミドリノヒ", "Greenery Day"),
    "こどもの日": ("コドモノヒ", "Children's Day"),
    "海の日": ("ウミノヒ", "Marine Day"),
    "山の日": ("ヤマノヒ", "Mountain Day"),
    "敬老の日": ("ケーローノヒ", "Respect for the Aged Day"),
    "秋分の日": ("シュウブンノヒ", "Autumnal Equinox Day"),
    "スポーツの日": ("スポーツノヒ", "Sports Day"),
    "文化の日": ("ブンカノヒ", "Culture Day"),
    "勤労感謝の日": ("キンローカンシャノヒ", "Labour Thanksgiving Day"),
    "振替休日": ("フリカエキュージツ", "a substitute holiday"),
    "国民の休日": ("コクミンノキュージツ", "a national day off"),
    "休日": ("キュージツ", "a day off"),
}

_EN_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_EN_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_EN_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth",
    "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_EN_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EN_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Member:
    """One of a series.

    key: the end of its id. written: for the eye, in Japanese. kana: how that must be heard. en: in English,
    in words, for a voice reads those in one way only.
    """

    key: str
    written: str
    kana: str
    en: str


def english(number: int) -> str:
    """0 to 99 in words."""
    if number < len(_EN_UNITS):
        return _EN_UNITS[number]
    tens, ones = divmod(number, 10)
    return _EN_TENS[tens] + (f"-{_EN_UNITS[ones]}" if ones else "")


def english_ordinal(number: int) -> str:
    """1 to 99: first, twelfth, twentieth, thirty-first."""
    head, dash, last = english(number).rpartition("-")
    if last.endswith("y"):
        return f"{last[:-1]}ieth"
    return head + dash + _EN_ORDINALS.get(last, f"{last}th")


def minutes(count: int) -> Member:
    """1 to 99 minutes: 3分, サンプン."""
    tens, ones = divmod(count, 10)
    ten = "" if tens == 0 else ("" if tens == 1 else _UNITS[tens]) + ("ジュー" if ones else "")
    en = f"{english(count)} minute{'s' * (count > 1)}"
    return Member(str(count), f"{count}分", ten + _MINUTES[ones], en)


def position(number: int) -> Member:
    """1 to 99: 4番目, ヨンバンメ."""
    return Member(str(number), f"{number}番目", f"{_ten(number)}{_UNITS[number % 10]}バンメ", english(number))


def people(count: int) -> Member:
    """1 to 99 persons: ひとり, ふたり, よにん."""
    kana = f"{_ten(count)}{_PEOPLE_UNITS[count % 10]}ニン"
    kana = {1: "ヒトリ", 2: "フタリ"}.get(count, kana)
    return Member(str(count), f"{count}人", kana, "one person" if count == 1 else f"{english(count)} people")


def digit(value: int) -> Member:
    """0 to 9, drawn out as telephone numbers are read: ニー, ゴー."""
    return Member(str(value), _DIGITS[value], _DIGITS[value], english(value))


def month(number: int) -> Member:
    """1 to 12: 4月, シガツ."""
    return Member(str(number), f"{number}月", _MONTHS[number - 1], _EN_MONTHS[number - 1])


def day(number: int) -> Member:
    """1 to 31, of a month: 8日, ヨーカ."""
    special = {20: "ハツカ", 14: "ジューヨッカ", 24: "ニジューヨッカ"}
    kana = _DAYS[number - 1] if number <= 10 else f"{_ten(number)}{_DAY_UNITS[number % 10]}ニチ"
    return Member(str(number), f"{number}日", special.get(number, kana), english_ordinal(number))


def date(month_number: int, day_number: int) -> Member:
    """A date without its year: 7月8日, シチガツヨーカ. As one: 7月 and 8日 put together are misheard."""
    of, on = month(month_number), day(day_number)
    return Member(f"{of.key}.{on.key}", of.written + on.written, of.kana + on.kana, f"{of.en} {on.en}")


def weekday(number: int) -> Member:
    """0 (Monday) to 6: 日曜日, ニチヨービ."""
    return Member(str(number), WEEKDAYS[number], _WEEKDAYS[number], _EN_WEEKDAYS[number])


def hour(number: int) -> Member:
    """0 to 23: 午後5時, ゴゴゴジ. In English the hour alone, of twelve: a.m. comes behind the minutes."""
    half, of_half = ("午後", "ゴゴ") if number >= 12 else ("午前", "ゴゼン")
    en = english(number % 12 or 12)
    return Member(str(number), f"{half}{number % 12}時", of_half + _HOURS[number % 12], en)


def minute(number: int) -> Member:
    """1 to 59, of an hour: 30分, サンジュップン; in English oh five, thirty."""
    oh = "oh " if number < 10 else ""
    return Member(str(number), f"{number}分", minutes(number).kana, oh + english(number))


def half_hour(number: int) -> Member:
    """The half hour of the day, 0 to 47: 午前9時から9時30分まで."""
    (from_written, from_kana), (to_written, to_kana) = _time(number), _time(number + 1)
    half, of_half = ("午後", "ゴゴ") if number >= 24 else ("午前", "ゴゼン")
    if number == 23:
        to_written, to_kana = "正午", "ショーゴ"
    return Member(
        str(number),
        f"{half}{from_written}から{to_written}まで",
        f"{of_half}{from_kana}カラ{to_kana}マデ",
        f"From {_english_time(number)} to {_english_time(number + 1)}",
    )


def holiday(name: str) -> Member:
    """A public holiday by the name in the Cabinet Office's table.

    Raises:
        KeyError: a name that is not in HOLIDAYS.
    """
    kana, en = _HOLIDAYS[name]
    return Member(HOLIDAYS[name], name, kana, en)


def _ten(number: int) -> str:
    """The tens of 1 to 99, as they stand before the ones or before a counter that changes nothing."""
    tens = number // 10
    return "" if tens == 0 else ("" if tens == 1 else _UNITS[tens]) + "ジュー"


def _time(number: int) -> tuple[str, str]:
    hours, half = number // 2 % 12, number % 2
    return f"{hours}時" + "30分" * half, _HOURS[hours] + "サンジュップン" * half


def _english_time(number: int) -> str:
    if number == 24:
        return "noon"
    hours, half = number // 2 % 24, number % 2
    return f"{english(hours % 12 or 12)}{' thirty' * half} {'p.m.' if hours >= 12 else 'a.m.'}"


SERIES: Mapping[str, tuple[Member, ...]] = {
    "minutes": tuple(minutes(n) for n in range(1, MOST_MINUTES + 1)),
    "position": tuple(position(n) for n in range(1, MOST_POSITION + 1)),
    "people": tuple(people(n) for n in range(1, MOST_PEOPLE + 1)),
    "digit": tuple(digit(n) for n in range(10)),
    "month": tuple(month(n) for n in range(1, 13)),
    "day": tuple(day(n) for n in range(1, 32)),
    "date": tuple(date(m, d) for m, days in enumerate(_DAYS_OF, start=1) for d in range(1, days + 1)),
    "weekday": tuple(weekday(n) for n in range(7)),
    "hour": tuple(hour(n) for n in range(24)),
    "minute": tuple(minute(n) for n in range(1, 60)),
    "half_hour": tuple(half_hour(n) for n in range(FIRST_HALF_HOUR, LAST_HALF_HOUR + 1)),
    "holiday": tuple(holiday(name) for name in HOLIDAYS),
}
"""What a series in texts.toml may be `of`."""


def wait_text(minutes_to_say: int) -> str:
    """The text of a predicted wait, rounded as `acd.wait.minutes_to_say` does (source of the steps)."""
    return f"wait.minutes.{minutes_to_say}" if minutes_to_say <= MOST_MINUTES else "wait.over_an_hour"


def position_text(number: int) -> str:
    """The text of a place in the queue, from 1."""
    return f"wait.position.{number}" if number <= MOST_POSITION else "wait.position.beyond"


def half_hour_text(number: int) -> str | None:
    """The text that names a half hour of the day (0 to 47); None outside office hours of any kind."""
    return f"quieter.at.{number}" if FIRST_HALF_HOUR <= number <= LAST_HALF_HOUR else None
