"""The texts of several folders, one over another: the shipped ones, and a site's own, which win."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.texts import LANGUAGES, Text, load_readings, load_texts, longest_first, spoken


@dataclass(frozen=True, slots=True)
class Wish:
    """One text in one language as it is to be spoken. `say`: what the voice is given."""

    text: Text
    language: str
    say: str

    @property
    def words(self) -> str:
        """What is to be heard, as it is written."""
        return self.text.said(self.language)

    @property
    def wide(self) -> bool:
        """Whether it is also wanted at 16 kHz: for operators, whose telephones speak G.722."""
        return self.text.operator and not self.text.member

    def sounds_like(self, other: Wish | None) -> bool:
        """Whether the other's sound would do."""
        return other is not None and (self.say, self.text.part, self.wide) == (
            other.say,
            other.text.part,
            other.wide,
        )


Key = tuple[str, str]
"""Language and text id."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One folder. `texts`: with those of the folders below. `own`: what it has to have a sound for itself."""

    folder: Path
    texts: dict[str, Text]
    own: dict[Key, Wish]


def load_layers(folders: Sequence[Path]) -> tuple[Layer, ...]:
    """The folders' texts, the first lowest. All but the first may be without texts.toml and readings.toml.

    A folder owns what it says otherwise than the ones below: other words, or another reading of the same.

    Raises:
        TextsError: a list or a table of readings cannot be used.
    """
    layers: list[Layer] = []
    texts: dict[str, Text] | None = None
    readings: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    below: dict[Key, Wish] = {}
    for folder in folders:
        texts = load_texts(folder, texts)
        for language in LANGUAGES:
            own = load_readings(folder, language, needed=not layers)
            readings[language] = longest_first(readings[language] | own)
        wishes = {
            (language, text.id): Wish(text, language, spoken(words, readings[language]))
            for language in LANGUAGES
            for text in texts.values()
            if (words := text.said(language))
        }
        changed = {key: wish for key, wish in wishes.items() if not wish.sounds_like(below.get(key))}
        layers.append(Layer(folder, texts, changed))
        below = wishes
    return tuple(layers)
