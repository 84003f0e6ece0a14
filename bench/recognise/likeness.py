"""How far what was heard is from what was said. Pure."""

import re
import unicodedata
from collections.abc import Sequence

from ivr.spoken import english, english_ordinal

_VOWELS = {
    "ア": "アカサタナハマヤラワガザダバパァャヮ",
    "イ": "イキシチニヒミリギジヂビピィ",
    "ウ": "ウクスツヌフムユルグズヅブプゥュヴ",
    "エ": "エケセテネヘメレゲゼデベペェ",
    "オ": "オコソトノホモヨロヲゴゾドボポォョ",
}
_VOWEL_OF = {kana: vowel for vowel, row in _VOWELS.items() for kana in row}
_SAME = str.maketrans("ヂヅヲ", "ジズオ")
_DIGITS = ("ゼロ", "イチ", "ニー", "サン", "ヨン", "ゴー", "ロク", "ナナ", "ハチ", "キュー")
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_KANA = re.compile(r"[^ァ-ヴー]")


def distance(said: Sequence[object], heard: Sequence[object]) -> int:
    """Levenshtein's: the fewest insertions, deletions and replacements."""
    row = list(range(len(heard) + 1))
    for count, one in enumerate(said, start=1):
        above, row = row, [count]
        for column, other in enumerate(heard, start=1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (one != other)))
    return row[-1]


def kana_sounds(kana: str) -> str:
    """Katakana as it sounds: long vowels written out (コー, コウ: コオ), ヂ as ジ; nothing else is left."""
    sounds = ""
    for char in _KANA.sub("", kana).translate(_SAME):
        vowel = _VOWEL_OF.get(sounds[-1:])
        if char == "ー":
            sounds += vowel or ""
        elif (vowel, char) in {("オ", "ウ"), ("エ", "イ")}:
            sounds += str(vowel)
        else:
            sounds += char
    return sounds


def letters(text: str) -> str:
    """What is left to compare of a text as it is written: letters and digits, in small letters."""
    return "".join(char for char in unicodedata.normalize("NFKC", text).lower() if char.isalnum())


def digits_apart(text: str) -> str:
    """Long numbers, of three digits and more, as they are read one digit after another."""
    text = re.sub(r"(?<=\d)[-,. の](?=\d)", "", unicodedata.normalize("NFKC", text))
    return re.sub(r"\d{3,}", lambda match: "".join(_DIGITS[int(digit)] for digit in match[0]), text)


def english_letters(text: str) -> str:
    """English as it sounds, in letters: numbers in words, however the recogniser wrote them."""
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\b(\d{1,2})(?:[:.]|, ?)?(\d\d)(?=,? ?[ap]\.?m\b)|\b(\d{1,2})[:.](\d\d)\b", _time, text)
    text = re.sub(rf"\b({_MONTHS}),? (\d{{1,2}})\b(?![:.]\d)", _date, text)
    text = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b", lambda match: english_ordinal(int(match[1])), text)
    text = re.sub(r"\d+", lambda match: f" {_number(match[0])} ", text)
    return re.sub(r"[^a-z]", "", text)


def _date(match: re.Match[str]) -> str:
    return f"{match[1]} {english_ordinal(int(match[2]))}"


def _time(match: re.Match[str]) -> str:
    hour, minute = match[1] or match[3], match[2] or match[4]
    if minute == "00":
        return f" {_number(hour)} "
    return f" {_number(hour)} {'oh ' if minute[0] == '0' else ''}{english(int(minute))} "


def _number(digits: str) -> str:
    if len(digits) <= 2 and (digits == "0" or digits[0] != "0"):
        return english(int(digits))
    if len(digits) == 3 and digits[1:] == "00":
        return f"{english(int(digits[0]))} hundred"
    return " ".join(english(int(digit)) for digit in digits)
