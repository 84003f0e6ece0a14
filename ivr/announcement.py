"""お知らせ: what a supervisor has citizens told for a time, and who hears it where. Pure: time is given."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum, unique

from config.mynumber import contains_my_number
from ivr.texts import LONGEST_ENGLISH, LONGEST_TEXT, TextsError, speakable

TEXT_PREFIX = "announce."
LONGEST_AHEAD_MS = 366 * 86_400_000
"""An announcement ends within a year; what is longer is a text of prompts/."""


@unique
class Place(StrEnum):
    """Where in a call it is heard."""

    EMERGENCY = "emergency"
    """In front of everything, whether the line is open or closed."""
    INSTEAD = "instead"
    """Only this, whether the line is open or closed; then the call ends."""
    GREETING = "greeting"
    """After the greeting."""
    WAITING = "waiting"
    """While waiting, in turn with "please hold"."""


class Unfit(ValueError):  # noqa: N818 -- what somebody wrote, not an error of ours
    """A wish that cannot be met. `field` names what is wrong, `code` why; the text is one sentence."""

    def __init__(self, field: str, code: str, why: str) -> None:
        super().__init__(why)
        self.field = field
        self.code = code


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is told, to whom, where and when.

    `line`: None is every line. It holds from `from_ms` (ms UTC) on and until before `until_ms`.
    `language`: of the voice, one of `ivr.texts.LANGUAGES`; everybody on the line hears it.
    """

    id: str
    text: str
    line: str | None
    place: Place
    language: str
    from_ms: int
    until_ms: int
    author: str
    made_ms: int

    @property
    def text_id(self) -> str:
        """Its name among the guidance texts."""
        return TEXT_PREFIX + self.id

    def holds(self, now_ms: int) -> bool:
        """Whether it is to be heard at `now_ms`."""
        return self.from_ms <= now_ms < self.until_ms


class Board:
    """The announcements that have been published; each is heard while its time is."""

    def __init__(self, announcements: Iterable[Announcement] = ()) -> None:
        self._all: dict[str, Announcement] = {}
        for announcement in announcements:
            self.put(announcement)

    def put(self, announcement: Announcement) -> None:
        """Let it be heard, in place of one with the same id."""
        self._all[announcement.id] = announcement

    def take_away(self, announcement: str) -> None:
        """Let it be heard no more; one that is not there is no matter."""
        self._all.pop(announcement, None)

    def holds(self, line: str, place: Place, now_ms: int) -> tuple[str, ...]:
        """What is heard on this line, at this place of a call, now: text ids, oldest first."""
        found = [
            one
            for one in self._all.values()
            if one.place is place and one.line in (None, line) and one.holds(now_ms)
        ]
        return tuple(one.text_id for one in sorted(found, key=lambda one: (one.made_ms, one.id)))

    def __iter__(self) -> Iterator[Announcement]:
        return iter(self._all.values())


def longest_text(language: str) -> int:
    """So many characters at most: what takes about a minute to hear."""
    return LONGEST_ENGLISH if language == "en" else LONGEST_TEXT


def fit_text(text: str, language: str = "ja") -> str:
    """The text as it is spoken: line breaks are ends of sentences, spaces at the ends are dropped.

    Raises:
        Unfit: it is empty or too long, holds what no voice can say, or what may be a My Number.
    """
    text = _joined(text)
    if not any(unicodedata.category(char)[0] in "LN" for char in text):
        raise Unfit("text", "empty", "there is nothing in it to say")
    if holds_my_number(text):
        raise Unfit(
            "text", "my_number",
            "12 digits in a row may be a My Number, which must not be announced (番号法)",
        )  # fmt: skip
    longest = longest_text(language)
    if len(text) > longest:
        raise Unfit("text", "too_long", f"{len(text)} characters; at most {longest} can be listened to")
    try:
        speakable(text, longest=longest)
    except TextsError as error:
        raise Unfit("text", "unspeakable", str(error)) from None
    return text


def fit_time(from_ms: int, until_ms: int, now_ms: int) -> None:
    """Look at the time for which an announcement shall hold (ms UTC; half open).

    Raises:
        Unfit: it ends before it begins, is over, or ends more than a year ahead.
    """
    if until_ms <= now_ms:
        raise Unfit("until", "past", "is past")
    if until_ms <= from_ms:
        raise Unfit("until", "order", "must be after from")
    if until_ms - now_ms > LONGEST_AHEAD_MS:
        raise Unfit("until", "far", "is more than a year ahead")


def holds_my_number(text: str) -> bool:
    """Whether the text holds 12 digits that may be a My Number (個人番号), however they are written.

    Beyond `config.mynumber`: in one run or in groups of equal length (1234 5678 9012) the check digit is not
    looked at, for what everybody hears may not even hold a mistyped one. Source of the form: 番号法施行令
    第8条 (11 digits and a check digit).
    """
    if contains_my_number(text):
        return True
    plain = unicodedata.normalize("NFKC", text).translate(_KANJI_DIGITS)
    return any(
        re.search(rf"(?<!\d)\d{{{size}}}(?:{_MARK}\d{{{size}}}){{{12 // size - 1}}}(?!\d)", plain)
        for size in (1, 2, 3, 4, 6, 12)
    )


_KANJI_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_MARKS = "。、．，.,!?！？"
_MARK = r"[\s,.、・\-‐‑–—―ー−]"


def _joined(text: str) -> str:
    """One line of the several that somebody typed."""
    lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text)]
    *before, last = [line for line in lines if line] or [""]
    return "".join(line if line[-1] in _MARKS else line + "。" for line in before) + last
