"""The list of what is spoken: prompts/texts.toml, and prompts/readings.toml for how it is read."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ivr.spoken import SERIES

# 30 s of speech at the slowest; a longer text is a mistake or belongs into two.
LONGEST_TEXT = 300
_ID = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")
_KEYS = {"id", "ja", "where", "note"}
_SERIES_KEYS = {"id", "of", "ja", "where", "note"}
_PLACE = "{}"
"""Where a series' text takes its member."""


class TextsError(Exception):
    """A mistake in a file of prompts/, in one sentence that names the file and the entry."""


@dataclass(frozen=True, slots=True)
class Text:
    """One spoken text. `where` and `note` are Japanese, for whoever changes it.

    `kana`: what the reading must hold, where that is known (members of a series).
    """

    id: str
    ja: str
    where: str
    note: str = ""
    kana: str = ""


def default_folder() -> Path:
    """The prompts/ folder that came with the program."""
    return Path(__file__).resolve().parent.parent / "prompts"


def load_texts(folder: Path) -> dict[str, Text]:
    """The texts by id, in the file's order; behind them every member of every series.

    Raises:
        TextsError: an entry is incomplete, comes twice, is too long or holds what cannot be spoken.
    """
    path = folder / "texts.toml"
    whole = _toml(path)
    entries, series = whole.get("text"), whole.get("series", [])
    if not isinstance(entries, list) or not entries:
        raise TextsError(f"{path}: no [[text]] entries")
    if not isinstance(series, list):
        raise TextsError(f"{path}: series must be [[series]] entries")
    found = [_text(path, number, entry) for number, entry in enumerate(entries, start=1)]
    for number, entry in enumerate(series, start=1):
        found += _members(path, number, entry)
    texts: dict[str, Text] = {}
    for text in found:
        if text.id in texts:
            raise TextsError(f"{path}: id {text.id!r} is given twice")
        texts[text.id] = text
    return texts


def load_readings(folder: Path) -> dict[str, str]:
    """What is replaced before a text is spoken, longest first.

    Raises:
        TextsError: the file is not a table of strings.
    """
    path = folder / "readings.toml"
    readings = _toml(path).get("ja", {})
    if not isinstance(readings, dict) or not all(isinstance(v, str) and v and k for k, v in readings.items()):
        raise TextsError(f'{path}: [ja] must hold "written" = "read" pairs')
    return dict(sorted(readings.items(), key=lambda pair: (-len(pair[0]), pair[0])))


def spoken(text: str, readings: dict[str, str]) -> str:
    """The text as it is given to the voice; each place is replaced once, the longest reading first."""
    if not readings:
        return text
    pattern = "|".join(map(re.escape, readings))
    return re.sub(pattern, lambda match: readings[match[0]], text)


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TextsError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise TextsError(f"{path}: is not TOML: {error}") from None


def _text(path: Path, number: int, entry: object) -> Text:
    values = _values(f"{path}: [[text]] no. {number}", entry, _KEYS, ("id", "ja", "where"))
    _speakable(f"{path}: {values['id']}", values["ja"])
    return Text(**values)


def _members(path: Path, number: int, entry: object) -> list[Text]:
    where = f"{path}: [[series]] no. {number}"
    values = _values(where, entry, _SERIES_KEYS, ("id", "of", "ja", "where"))
    if values["of"] not in SERIES:
        raise TextsError(f"{where}: 'of' must be one of {', '.join(SERIES)}, not {values['of']!r}")
    if values["ja"].count(_PLACE) != 1:
        raise TextsError(f"{where}: 'ja' must hold {_PLACE} once, where the number comes")
    _speakable(f"{path}: {values['id']}", values["ja"].replace(_PLACE, ""))
    return [
        Text(
            id=f"{values['id']}.{member.key}",
            ja=values["ja"].replace(_PLACE, member.written),
            where=values["where"],
            note=values.get("note", ""),
            kana=member.kana,
        )
        for member in SERIES[values["of"]]
    ]


def _values(where: str, entry: object, known: set[str], needed: tuple[str, ...]) -> dict[str, str]:
    if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
        raise TextsError(f"{where}: every value must be a text in quotes")
    if unknown := entry.keys() - known:
        raise TextsError(f"{where}: unknown key {min(unknown)!r}")
    for key in needed:
        if not entry.get(key, "").strip():
            raise TextsError(f"{where}: {key!r} is missing")
    if not _ID.fullmatch(entry["id"]):
        raise TextsError(f"{where}: id {entry['id']!r} must be lower-case words joined by dots")
    return entry


def _speakable(where: str, text: str) -> None:
    """Refuse what no voice can say: placeholders left in, control characters, symbols such as emoji."""
    if len(text) > LONGEST_TEXT:
        raise TextsError(f"{where}: {len(text)} characters; at most {LONGEST_TEXT} can be listened to")
    for char in text:
        category = unicodedata.category(char)
        if char in "{}<>" or category[0] == "C" or category in {"So", "Sk"}:
            raise TextsError(f"{where}: {char!r} cannot be spoken")
