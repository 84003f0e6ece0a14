"""From the id of a text to the sound that the exchange plays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ivr.layers import Key, Layer, load_layers
from ivr.sound import ULAW_RATE, SoundError, wav_read
from ivr.texts import LANGUAGES, Text, default_folder
from ivr.voice_files import Manifest, converted_path, recording_path, sha256, voice_folder


class UnknownGuidance(KeyError):  # noqa: N818 -- reads as what it is at `except`
    """No text has this id; a mistake in the program or in the configuration."""

    def __str__(self) -> str:
        return f"there is no guidance text {self.args[0]!r} in prompts/texts.toml"


@dataclass(frozen=True, slots=True)
class Found:
    """A text's sound in one language. `stem`: the file without extension. `origin`: recorded or voice.

    `folder`: the number of the folder that it is in, 0 the shipped one.
    """

    stem: Path
    duration_ms: int
    origin: str
    folder: int


@dataclass(slots=True)
class _Read:
    """What was found in the folders."""

    texts: dict[str, Text] = field(default_factory=dict)
    sounds: dict[Key, Found] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


class Guidance:
    """The spoken texts. Reads the folders at once, and again when told to.

    In each folder a recording of the city, recorded/<language>/<id>.wav, wins over the made voice in
    voice/<language>/, unless it is in a format that the exchange could not play (then `problems` says so);
    a later folder wins over an earlier one. A text without sound in a language is heard in Japanese.
    """

    def __init__(
        self,
        folders: Path | Sequence[Path] | None = None,
        seen_by_exchange: Path | Sequence[Path] | None = None,
    ) -> None:
        """Read the lists.

        Args:
            folders: prompts/ folders, the shipped one first, then the site's own (which may be empty or not
                there); only the one shipped with the program when None.
            seen_by_exchange: the same folders' paths where the exchange runs, when it lives in a root or
                container of its own.

        Raises:
            TextsError: a list itself is wrong.
        """
        self.folders = tuple(path.absolute() for path in _several(folders) or (default_folder(),))
        outside = _several(seen_by_exchange) or self.folders
        if len(outside) != len(self.folders):
            raise ValueError(f"{len(self.folders)} folders, but {len(outside)} as the exchange sees them")
        self._outside = dict(zip(self.folders, outside, strict=True))
        self._added: dict[str, tuple[Path, int]] = {}
        self._read = _read(self.folders)

    @property
    def texts(self) -> dict[str, Text]:
        """The texts of the lists, by id."""
        return self._read.texts

    @property
    def problems(self) -> list[str]:
        """Sentences about recordings that cannot be played as they are."""
        return self._read.problems

    def reload(self) -> None:
        """Read the folders again. Sounds that were added stay; what is being played is not disturbed.

        Raises:
            TextsError: a list is wrong now; everything stays as it was.
        """
        self._read = _read(self.folders)

    def add(self, text_id: str, stem: Path, duration_ms: int) -> None:
        """Make a sound known that was made while running (an announcement); it is the same in all languages.

        Args:
            text_id: how it is called from now on.
            stem: the file without extension, as we see it.
            duration_ms: its length.
        """
        self._added[text_id] = (stem.absolute(), duration_ms)

    def remove(self, text_id: str) -> None:
        """Forget a sound that was added; one that is not there is no matter."""
        self._added.pop(text_id, None)

    def media(self, text_id: str, language: str = "ja") -> str:
        """The ARI media URI, "sound:/path/without/extension": the exchange takes the rate that suits.

        Raises:
            UnknownGuidance: no such text.
        """
        stem, _ = self._sound(text_id, language)
        return f"sound:{self._seen(stem)}"

    def duration_ms(self, text_id: str, language: str = "ja") -> int:
        """How long the text takes, in ms; 0 when it has no sound.

        Raises:
            UnknownGuidance: no such text.
        """
        return self._sound(text_id, language)[1]

    def knows(self, text_id: str) -> bool:
        """Whether there is such a text: some are a site's own matter (whisper.line.<line>)."""
        return text_id in self._added or text_id in self._read.texts

    def found(self, text_id: str, language: str) -> Found | None:
        """The sound of a listed text in this very language; None when there is none."""
        return self._read.sounds.get((language, text_id))

    def speaks(self, language: str) -> bool:
        """Whether every text that has words in a language has a sound in it, and there are such texts."""
        said = [text.id for text in self._read.texts.values() if text.said(language)]
        return bool(said) and all((language, text) in self._read.sounds for text in said)

    def is_own(self, text_id: str, language: str = "ja") -> bool:
        """Whether what is heard is the site's own, not the shipped one."""
        found = self.found(text_id, language) or self.found(text_id, "ja")
        return found is not None and found.folder > 0

    def missing(self) -> list[str]:
        """Ids of texts without any sound: what callers would meet as silence."""
        return [text_id for text_id in self._read.texts if ("ja", text_id) not in self._read.sounds]

    def _sound(self, text_id: str, language: str) -> tuple[Path, int]:
        if text_id in self._added:
            return self._added[text_id]
        found = self.found(text_id, language) or self.found(text_id, "ja")
        if found is not None:
            return found.stem, found.duration_ms
        if text_id not in self._read.texts:
            raise UnknownGuidance(text_id)
        return voice_folder(self.folders[0], "ja") / text_id, 0

    def _seen(self, stem: Path) -> Path:
        for inside, outside in self._outside.items():
            if stem.is_relative_to(inside):
                return outside / stem.relative_to(inside)
        return stem


def _several(folders: Path | Sequence[Path] | None) -> tuple[Path, ...]:
    if folders is None:
        return ()
    return (folders,) if isinstance(folders, Path) else tuple(folders)


def _read(folders: Sequence[Path]) -> _Read:
    layers = load_layers(folders)
    read = _Read(texts=layers[-1].texts)
    for number, layer in enumerate(layers):
        for language in LANGUAGES:
            for text_id, found in _sounds(number, layer, language, read.problems):
                read.sounds[language, text_id] = found
    return read


def _sounds(number: int, layer: Layer, language: str, problems: list[str]) -> Iterator[tuple[str, Found]]:
    """What one folder has in one language, the recordings last: they win."""
    made = voice_folder(layer.folder, language)
    for text_id, size in _files(made, ".ulaw"):
        if (language, text_id) in layer.own:
            yield text_id, Found(made / text_id, size * 1000 // ULAW_RATE, "voice", number)
    recordings = [name for name, _ in _files(recording_path(layer.folder, "", language).parent, ".wav")]
    if not recordings:
        return
    manifest = Manifest.read(layer.folder, language)
    for text_id in recordings:
        if text_id not in layer.texts:
            continue
        recording = recording_path(layer.folder, text_id, language)
        converted = converted_path(layer.folder, text_id, "ulaw", language)
        entry = manifest.recordings.get(text_id)
        if entry and converted.exists() and entry.source_sha256 == sha256(recording.read_bytes()):
            yield text_id, Found(converted.with_suffix(""), entry.duration_ms, "recorded", number)
            continue
        try:
            duration_ms = wav_read(recording, ULAW_RATE).duration_ms
        except SoundError as error:
            problems.append(f"{error}; the made voice is played until `prompts build` has converted it")
        else:
            if duration_ms:
                yield text_id, Found(recording.with_suffix(""), duration_ms, "recorded", number)
            else:
                problems.append(f"{recording}: holds no sound; the made voice is played")


def _files(folder: Path, suffix: str) -> list[tuple[str, int]]:
    """Names without the suffix and sizes in bytes; those of unfinished files begin with a dot."""
    try:
        with os.scandir(folder) as entries:
            return [
                (entry.name.removesuffix(suffix), entry.stat().st_size)
                for entry in entries
                if entry.name.endswith(suffix) and not entry.name.startswith(".")
            ]
    except FileNotFoundError:
        return []
