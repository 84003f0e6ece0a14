"""個人番号 (My Number): finding one in a text, so that it is refused before it is stored or logged.

Writing a told number down is 収集, which the law allows for its own purposes only (行政手続における特定の
個人を識別するための番号の利用等に関する法律, article 20); booking a card needs none.

A number has 12 digits; the last is the check digit of 個人番号省令 (平成26年総務省令第85号) article 5. One in
eleven of all 12-digit numbers has it by chance: telephone numbers in the form +81… and the 23-digit 申請書ID,
in one piece or in groups, are let pass.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

REFUSAL = (
    "個人番号（マイナンバー）と思われる12桁の数字があります。番号法により記録できないため、"
    "数字を消してください。"
)
"""For whoever typed it; it does not repeat the number."""

_KANJI = {character: str(value) for value, character in enumerate("〇一二三四五六七八九")} | {"零": "0"}
_HYPHENS = "-‐‑‒–—―−－ーｰ~〜～"
_SEPARATOR = re.compile(r"[\s\-.,、，．・･/_|]{1,3}")
_DIGITS = re.compile(r"\d+", re.ASCII)
_LENGTH = 12
_APPLICATION_ID = 23
_PRINTED = [4, 4, 4]
"""As on the card."""


def check_digit(first_eleven: str) -> int:
    """The check digit that follows on eleven ASCII digits (省令第5条).

    11 − (Σ Pn·Qn mod 11), n counted from the lowest digit, Qn = n+1 for n ≤ 6 and n−5 for n ≥ 7; 0 where the
    remainder is 0 or 1.
    """
    total = sum(
        int(digit) * (n + 1 if n <= 6 else n - 5) for n, digit in enumerate(reversed(first_eleven), start=1)
    )
    return 0 if total % 11 <= 1 else 11 - total % 11


def is_my_number(digits: str) -> bool:
    """Whether these are 12 ASCII digits with a right check digit."""
    fits = len(digits) == _LENGTH and digits.isascii() and digits.isdecimal()
    return fits and check_digit(digits[:-1]) == int(digits[-1])


def contains_my_number(text: str) -> bool:
    """Whether a 12-digit number with a right check digit stands in the text, in whatever digits (half or full
    width, kanji), in one piece or in groups.
    """
    return next(_found(text), None) is not None


def spans(text: str) -> list[tuple[int, int]]:
    """Where such numbers stand: first character, and behind the last one."""
    return list(_found(text))


def masked(text: str) -> str:
    """The text with every digit of such numbers as ＊; as long as before."""
    shown = list(text)
    for first, behind in _found(text):
        for place in range(first, behind):
            if _plain(text[place]).isdecimal():
                shown[place] = "＊"
    return "".join(shown)


def _plain(character: str) -> str:
    if character.isascii():
        return character
    if character in _KANJI:
        return _KANJI[character]
    if character in _HYPHENS:
        return "-"
    value = unicodedata.decimal(character, None)
    if value is not None:
        return str(value)
    # Invisible characters between digits are no hiding place.
    return " " if unicodedata.category(character) in ("Cf", "Zs", "Mn") else character


def _found(text: str) -> Iterator[tuple[int, int]]:
    plain = "".join(map(_plain, text))  # character for character: places stay true
    for groups in _runs(plain):
        marks = [_mark(plain[one.end() : two.start()]) for one, two in pairwise(groups)]
        for first in range(len(groups)):
            length = 0
            for last in range(first, len(groups)):
                length += len(groups[last][0])
                if length >= _LENGTH:
                    break
            if length == _LENGTH and _suspicious(plain, groups, marks, first, last):
                digits = "".join(group[0] for group in groups[first : last + 1])
                if is_my_number(digits):
                    yield groups[first].start(), groups[last].end()


def _runs(plain: str) -> Iterator[list[re.Match[str]]]:
    """Digit groups with nothing but separators between them."""
    run: list[re.Match[str]] = []
    for group in _DIGITS.finditer(plain):
        if run and not _SEPARATOR.fullmatch(plain, run[-1].end(), group.start()):
            yield run
            run = []
        run.append(group)
    if run:
        yield run


def _mark(separator: str) -> str:
    return separator.strip() or " "


def _suspicious(plain: str, groups: list[re.Match[str]], marks: list[str], first: int, last: int) -> bool:
    """Whether these groups, 12 digits together, are one number rather than pieces of others."""
    begin = groups[first].start()
    if begin and plain[begin - 1] in "+＋":
        return False
    inner = set(marks[first:last])
    before = marks[first - 1] if first else None
    behind = marks[last] if last < len(marks) else None
    if len(inner) <= 1 and not inner & {before, behind}:
        # A piece on its own, or groups that belong together and to nothing else. Two pieces of which the
        # first is one number and the second begins another are told apart by their separators.
        return True
    lengths = [len(group[0]) for group in groups]
    whole_id = sum(lengths) == _APPLICATION_ID and len(set(marks)) == 1
    return lengths[first : last + 1] == _PRINTED and not whole_id
