"""The list of what is spoken: prompts/texts.toml, and prompts/readings.toml for how it is read."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ivr.spoken import SERIES, Member

LANGUAGES = ("ja", "en", "easy")
"""Japanese, English, やさしい日本語. Japanese is what is heard where the others have no text."""

# 30 s of speech at the slowest; a longer text is a mistake or belongs into two.
LONGEST_TEXT = 300
LONGEST_ENGLISH = 600
_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
_FLAGS = {"part", "operator"}
_KEYS = {"id", "ja", "en", "easy", "where", "note"}
_PLACE = "{}"
"""Where a series' text takes its member."""
# What stands for something that was to be filled in. ○○ and emoji are symbols, which are refused anyway.
_LEFT_IN = re.compile(
    r"\{[^}]*\}|<[^>]*>|\$\w+|%[sd(]|\[[^\]]*\]|【[^】]*】|〇{2,}|[xX]{2,}|[Ｘｘ]{2,}|\b(?:TODO|TBD)\b"
)
_UNSPEAKABLE = "{}<>[]【】|\\^`"


class TextsError(Exception):
    """A mistake in a file of prompts/, in one sentence that names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Text:
    """One spoken text. `where` and `note` are Japanese, for whoever changes it.

    `en`, `easy`: empty where there is none; Japanese is heard then. `kana`: what the Japanese reading must
    hold, where that is known (members of a series). `part`: one of several that are heard as one. `operator`:
    heard by an operator. `member`: of a series.
    """

    id: str
    ja: str
    where: str
    note: str = ""
    kana: str = ""
    en: str = ""
    easy: str = ""
    part: bool = False
    operator: bool = False
    member: bool = False

    def said(self, language: str) -> str:
        """The words in one of LANGUAGES; empty where there are none."""
        return {"ja": self.ja, "en": self.en, "easy": self.easy}[language]


def default_folder() -> Path:
    """The prompts/ folder that came with the program."""
    return Path(__file__).resolve().parent.parent / "prompts"


def load_texts(folder: Path, below: Mapping[str, Text] | None = None) -> dict[str, Text]:
    """The texts by id, in the file's order; behind them every member of every series.

    Args:
        folder: with texts.toml.
        below: texts that this file adds to and overrides; what an entry leaves out is taken from there, and
            the file may be missing.

    Raises:
        TextsError: an entry is incomplete, comes twice, is too long or holds what cannot be spoken.
    """
    path, texts = folder / "texts.toml", dict(below or {})
    if below is not None and not path.exists():
        return texts
    whole = _toml(path)
    entries, series = _entries(path, whole, "text"), _entries(path, whole, "series")
    if below is None and not entries:
        raise TextsError(f"{path}: no [[text]] entries")
    if unknown := whole.keys() - {"text", "series"}:
        raise TextsError(f"{path}: unknown key {min(unknown)!r}; entries are [[text]] and [[series]]")
    given: set[str] = set()
    for number, entry in enumerate(entries, start=1):
        _add(path, texts, given, [_text(f"{path}: [[text]] no. {number}", path, entry, texts)])
    for number, entry in enumerate(series, start=1):
        _add(path, texts, given, _members(f"{path}: [[series]] no. {number}", path, entry))
    return texts


def load_readings(folder: Path, language: str = "ja", *, needed: bool = True) -> dict[str, str]:
    """What is replaced before a text is spoken, longest first. やさしい日本語 is read as Japanese is.

    Args:
        folder: with readings.toml; without it there are none, unless `needed`.
        language: one of LANGUAGES.
        needed: whether the file must be there.

    Raises:
        TextsError: the file is not a table of strings.
    """
    path = folder / "readings.toml"
    if not needed and not path.exists():
        return {}
    table = "en" if language == "en" else "ja"
    readings = _toml(path).get(table, {})
    if not isinstance(readings, dict) or not all(isinstance(v, str) and v and k for k, v in readings.items()):
        raise TextsError(f'{path}: [{table}] must hold "written" = "read" pairs')
    return longest_first(readings)


def longest_first(readings: Mapping[str, str]) -> dict[str, str]:
    """Readings in the order in which they are tried."""
    return dict(sorted(readings.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def spoken(text: str, readings: dict[str, str]) -> str:
    """The text as it is given to the voice; each place is replaced once, the longest reading first."""
    if not readings:
        return text
    pattern = "|".join(map(re.escape, readings))
    return re.sub(pattern, lambda match: readings[match[0]], text)


def speakable(text: str, *, where: str = "", longest: int = LONGEST_TEXT) -> None:
    """Look whether a voice can say this text and people would listen to it.

    Args:
        text: what is to be said.
        where: stands in front of the sentence that says what is wrong.
        longest: so many characters at most.

    Raises:
        TextsError: it is empty or too long, or holds a placeholder left in, control characters or symbols
            such as emoji.
    """
    front = f"{where}: " if where else ""
    if not text.strip():
        raise TextsError(f"{front}there is nothing in it to say")
    if len(text) > longest:
        raise TextsError(f"{front}{len(text)} characters; at most {longest} can be listened to")
    for char in text:
        category = unicodedata.category(char)
        if char in _UNSPEAKABLE or category[0] == "C" or category in {"So", "Sk", "Me"} or _selects(char):
            raise TextsError(f"{front}{char!r} cannot be spoken")
    if left_in := _LEFT_IN.search(text):
        raise TextsError(f"{front}{left_in[0]!r} is a placeholder left in; it cannot be spoken")


def _selects(char: str) -> bool:
    """A variation selector: the character before it is drawn as an emoji."""
    return "\ufe00" <= char <= "\ufe0f"


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TextsError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise TextsError(f"{path}: is not TOML: {error}") from None


def _entries(path: Path, whole: dict[str, object], name: str) -> list[object]:
    found = whole.get(name, [])
    if not isinstance(found, list):
        raise TextsError(f"{path}: no [[{name}]] entries, but something else")
    return found


def _add(path: Path, texts: dict[str, Text], given: set[str], found: list[Text]) -> None:
    for text in found:
        if text.id in given:
            raise TextsError(f"{path}: id {text.id!r} is given twice")
        given.add(text.id)
        texts[text.id] = text


def _text(where: str, path: Path, entry: object, below: Mapping[str, Text]) -> Text:
    words, flags = _values(where, entry, _KEYS)
    known = below.get(words.get("id", ""))
    if known is None:
        _needed(where, words, ("id", "ja", "where"))
    else:
        kana = "" if "ja" in words else known.kana
        known = replace(known, kana=kana, member=False, **words, **flags)  # type: ignore[arg-type]
    for language in LANGUAGES:
        if language in words:
            _said(f"{path}: {words['id']}", words[language], language)
    return known or Text(**words, **flags)  # type: ignore[arg-type]


def _members(where: str, path: Path, entry: object) -> list[Text]:
    words, flags = _values(where, entry, _KEYS | {"of"})
    _needed(where, words, ("id", "of", "ja", "where"))
    of = words.pop("of")
    if of not in SERIES:
        raise TextsError(f"{where}: 'of' must be one of {', '.join(SERIES)}, not {of!r}")
    for language in LANGUAGES:
        if language in words:
            if words[language].count(_PLACE) != 1:
                raise TextsError(f"{where}: {language!r} must hold {_PLACE} once, where the number comes")
            _said(f"{path}: {words['id']}", words[language].replace(_PLACE, "1"), language)
    return [_member(words, flags, member) for member in SERIES[of]]


def _member(words: dict[str, str], flags: dict[str, bool], member: Member) -> Text:
    texts = {key: value.replace(_PLACE, member.written) for key, value in words.items()}
    texts["id"] = f"{words['id']}.{member.key}"
    if "en" in words:
        texts["en"] = _sentence(words["en"].replace(_PLACE, member.en))
    return Text(**texts, **flags, kana=member.kana, member=True)  # type: ignore[arg-type]


def _sentence(text: str) -> str:
    """A finished English sentence begins with a capital, also where a number begins it; one stop ends it."""
    return text[:1].upper() + text[1:].replace("..", ".") if text.endswith(".") else text


def _said(where: str, text: str, language: str) -> None:
    speakable(text, where=where, longest=LONGEST_ENGLISH if language == "en" else LONGEST_TEXT)


def _values(where: str, entry: object, known: set[str]) -> tuple[dict[str, str], dict[str, bool]]:
    """The entry's words and its flags."""
    if not isinstance(entry, dict):
        raise TextsError(f"{where}: every value must be a text in quotes")
    words = {key: value for key, value in entry.items() if key not in _FLAGS}
    flags = {key: value for key, value in entry.items() if key in _FLAGS}
    if not all(isinstance(value, str) for value in words.values()):
        raise TextsError(f"{where}: every value must be a text in quotes")
    if not all(isinstance(value, bool) for value in flags.values()):
        raise TextsError(f"{where}: {' and '.join(sorted(_FLAGS))} must be true or false")
    if unknown := words.keys() - known:
        raise TextsError(f"{where}: unknown key {min(unknown)!r}")
    if "id" not in words:
        raise TextsError(f"{where}: 'id' is missing")
    if not _ID.fullmatch(words["id"]):
        raise TextsError(f"{where}: id {words['id']!r} must be lower-case words joined by dots")
    return words, flags


def _needed(where: str, words: Mapping[str, str], keys: tuple[str, ...]) -> None:
    for key in keys:
        if not words.get(key, "").strip():
            raise TextsError(f"{where}: {key!r} is missing")
