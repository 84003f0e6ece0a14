"""Numbers as they are spoken: every member of a series of texts, as written and as it must be read.

A series is spoken from whole sentences, one file a member: put together from parts, Japanese counters would
be read wrong (1分 is いっぷん, 3分 is さんぷん) and every join would be heard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

MOST_MINUTES = 60
MOST_POSITION = 20
FIRST_HALF_HOUR, LAST_HALF_HOUR = 16, 37
"""Half hours of the day that can be named: from 8:00 to the one from 18:30."""

_UNITS = ("", "イチ", "ニ", "サン", "ヨン", "ゴ", "ロク", "ナナ", "ハチ", "キュー")
_MINUTES = (
    "ジュップン", "イップン", "ニフン", "サンプン", "ヨンプン",
    "ゴフン", "ロップン", "ナナフン", "ハップン", "キューフン",
)  # fmt: skip
_HOURS = (
    "ゼロジ", "イチジ", "ニジ", "サンジ", "ヨジ", "ゴジ",
    "ロクジ", "シチジ", "ハチジ", "クジ", "ジュージ", "ジューイチジ",
)  # fmt: skip
_DIGITS = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー")


@dataclass(frozen=True, slots=True)
class Member:
    """One of a series. key: the end of its id. written: for the eye. kana: how it must be heard."""

    key: str
    written: str
    kana: str


def minutes(count: int) -> Member:
    """1 to 99 minutes: 3分, サンプン."""
    tens, ones = divmod(count, 10)
    ten = "" if tens == 0 else ("" if tens == 1 else _UNITS[tens]) + ("ジュー" if ones else "")
    return Member(str(count), f"{count}分", ten + _MINUTES[ones])


def position(number: int) -> Member:
    """1 to 99: 4番目, ヨンバンメ."""
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else ("" if tens == 1 else _UNITS[tens]) + "ジュー"
    return Member(str(number), f"{number}番目", f"{ten}{_UNITS[ones]}バンメ")


def digit(value: int) -> Member:
    """0 to 9, drawn out as telephone numbers are read: ニー, ゴー."""
    return Member(str(value), _DIGITS[value], _DIGITS[value])


def half_hour(number: int) -> Member:
    """The half hour of the day, 0 to 47: 午前9時から9時30分まで."""
    (from_written, from_kana), (to_written, to_kana) = _time(number), _time(number + 1)
    half, of_half = ("午後", "ゴゴ") if number >= 24 else ("午前", "ゴゼン")
    if number == 23:
        to_written, to_kana = "正午", "ショーゴ"
    return Member(
        str(number), f"{half}{from_written}から{to_written}まで", f"{of_half}{from_kana}カラ{to_kana}マデ"
    )


def _time(number: int) -> tuple[str, str]:
    hour, half = number // 2 % 12, number % 2
    return f"{hour}時" + "30分" * half, _HOURS[hour] + "サンジュップン" * half


SERIES: Mapping[str, tuple[Member, ...]] = {
    "minutes": tuple(minutes(n) for n in (*range(1, 11), *range(15, MOST_MINUTES + 1, 5))),
    "position": tuple(position(n) for n in range(1, MOST_POSITION + 1)),
    "digit": tuple(digit(n) for n in range(10)),
    "half_hour": tuple(half_hour(n) for n in range(FIRST_HALF_HOUR, LAST_HALF_HOUR + 1)),
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
