"""The check of voice files and recordings against the lists of texts. Needs no voice engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ivr.layers import Layer, Wish, load_layers
from ivr.sound import ULAW_RATE, WIDE_RATE, SoundError, ulaw_decode, wav_read
from ivr.texts import LANGUAGES
from ivr.voice_files import (
    EXTENSIONS,
    LONGEST_MS,
    LOUDNESS_LUFS,
    LOUDNESS_TOLERANCE,
    PEAK_LIMIT_DBFS,
    FileEntry,
    Manifest,
    RecordingEntry,
    VoiceEntry,
    converted_path,
    is_current,
    recording_path,
    sha256,
    voice_folder,
    voice_path,
)

# What the mean level of a recording may be that is played as it is; the made voice lies near -27.
RECORDING_RMS_DBFS = (-36.0, -16.0)
# A recording quieter than this has been raised so much that its room is heard.
QUIET_LUFS = -45.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a caller would hear, or not hear.

    `kind`: missing, stale, changed, misread, orphan, format, clipped, loudness or long.
    `what`: an English sentence.
    """

    text: str
    kind: str
    what: str
    language: str = "ja"


def check(folders: Sequence[Path]) -> list[Problem]:
    """Compare voice files and recordings with the lists of texts.

    Args:
        folders: prompts/ folders, the shipped one first.

    Raises:
        TextsError: a texts.toml, readings.toml or manifest cannot be used at all.
    """
    return [
        problem
        for layer in load_layers(folders)
        for language in LANGUAGES
        for problem in _Check(layer, language).problems()
    ]


class _Check:
    """One folder in one language."""

    def __init__(self, layer: Layer, language: str) -> None:
        self._folder, self._language, self._texts = layer.folder, language, layer.texts
        self._wishes = {text_id: wish for (of, text_id), wish in layer.own.items() if of == language}
        self._manifest = Manifest.read(layer.folder, language)

    def problems(self) -> Iterator[Problem]:
        for text_id, wish in self._wishes.items():
            yield from self._voice(text_id, wish)
        recordings = sorted(recording_path(self._folder, "", self._language).parent.glob("*.wav"))
        for path in recordings:
            if path.stem in self._texts:
                yield from self._recorded(path)
        yield from self._orphans(recordings)

    def _problem(self, text_id: str, kind: str, what: str) -> Problem:
        return Problem(text_id, kind, what, self._language)

    def _voice(self, text_id: str, wish: Wish) -> Iterator[Problem]:
        entry = self._manifest.voices.get(text_id)
        extensions = EXTENSIONS if wish.wide else EXTENSIONS[:1]
        paths = [voice_path(self._folder, text_id, ext, self._language) for ext in extensions]
        if entry is None or not all(path.exists() for path in paths):
            yield self._problem(text_id, "missing", "has no voice; run: bin/madoguchi prompts build")
        elif not is_current(entry, wish):
            what = "the text, its reading or its use changed after the voice was made"
            yield self._problem(text_id, "stale", what)
        else:
            yield from self._made(text_id, entry)
            if self._language != "en" and sounds(wish.text.kana) not in sounds(entry.kana):
                what = f"is read {entry.kana}, without {wish.text.kana}; put the reading into readings.toml"
                yield self._problem(text_id, "misread", what)

    def _made(self, text_id: str, entry: VoiceEntry) -> Iterator[Problem]:
        for extension, noted in entry.files.items():
            yield from self._file(
                text_id, voice_path(self._folder, text_id, extension, self._language), noted
            )

    def _file(self, text_id: str, path: Path, noted: FileEntry) -> Iterator[Problem]:
        data = path.read_bytes() if path.exists() else b""
        if sha256(data) != noted.sha256:
            yield self._problem(text_id, "changed", f"{path.name} is not the file that was built")
            return
        if abs(noted.lufs - LOUDNESS_LUFS) > LOUDNESS_TOLERANCE:
            how = "quiet" if noted.lufs < LOUDNESS_LUFS else "loud"
            yield self._problem(text_id, "loudness", f"{path.name} is too {how}: {noted.lufs:.1f} LUFS")
        if path.suffix == ".ulaw":
            loudest = ulaw_decode(bytes(set(data))).peak_dbfs  # of hundreds of files, each value once
            yield from self._heard(text_id, path.name, loudest, len(data) * 1000 // ULAW_RATE)
            return
        try:
            sound = wav_read(path, WIDE_RATE)
        except SoundError as error:
            yield self._problem(text_id, "format", str(error))
            return
        yield from self._heard(text_id, path.name, sound.peak_dbfs, sound.duration_ms)

    def _recorded(self, path: Path) -> Iterator[Problem]:
        entry = self._manifest.recordings.get(path.stem)
        if entry is not None and entry.source_sha256 == sha256(path.read_bytes()):
            yield from self._converted(path, entry)
            return
        try:
            sound = wav_read(path, ULAW_RATE)
        except SoundError as error:
            yield self._problem(path.stem, "format", f"{error}; run: bin/madoguchi prompts build")
            return
        low, high = RECORDING_RMS_DBFS
        name = f"recorded/{self._language}/{path.name}"
        yield from self._heard(path.stem, name, sound.peak_dbfs, sound.duration_ms)
        if not low <= sound.rms_dbfs <= high:
            how = "quiet" if sound.rms_dbfs < low else "loud"
            what = f"{name} is too {how}: {sound.rms_dbfs:.0f} dBFS; run: bin/madoguchi prompts build"
            yield self._problem(path.stem, "loudness", what)

    def _converted(self, path: Path, entry: RecordingEntry) -> Iterator[Problem]:
        name = f"recorded/{self._language}/{path.name}"
        for extension, noted in entry.files.items():
            made = converted_path(self._folder, path.stem, extension, self._language)
            yield from self._file(path.stem, made, noted)
        if entry.source_clipped:
            what = f"{name} was recorded too loud: it stands at full scale {entry.source_clipped} times"
            yield self._problem(path.stem, "clipped", what)
        if entry.source_lufs < QUIET_LUFS:
            what = f"{name} was recorded too quiet: {entry.source_lufs:.0f} LUFS"
            yield self._problem(path.stem, "loudness", what)

    def _heard(self, text_id: str, name: str, peak_dbfs: float, duration_ms: int) -> Iterator[Problem]:
        if peak_dbfs > PEAK_LIMIT_DBFS:
            yield self._problem(text_id, "clipped", f"{name} peaks at {peak_dbfs:.1f} dBFS")
        if duration_ms > LONGEST_MS:
            what = f"{name} takes {duration_ms / 1000:.1f} s; at most {LONGEST_MS // 1000} s"
            yield self._problem(text_id, "long", what)

    def _orphans(self, recordings: Sequence[Path]) -> Iterator[Problem]:
        """Voices and recordings that no text asks for: usually an id that was mistyped or renamed."""
        made = voice_folder(self._folder, self._language)
        voices = {path.name.rpartition(".")[0] for ext in EXTENSIONS for path in made.glob(f"*.{ext}")}
        for text_id in sorted((voices | self._manifest.voices.keys()) - self._wishes.keys()):
            what = "has a voice file that no text asks for; run: bin/madoguchi prompts build"
            yield self._problem(text_id, "orphan", what)
        for text_id in sorted({path.stem for path in recordings} - self._texts.keys()):
            yield self._problem(text_id, "orphan", "is not in texts.toml")


def folded(kana: str) -> str:
    """Kana with every long vowel written in one way: シュウブン as シューブン, ケイ as ケー."""
    out = ""
    for char in kana:
        before = out.rstrip("ー")[-1:]
        long = (char == "ウ" and before in _U_AND_O) or (char == "イ" and before in _E)
        out += "ー" if long else char
    return out


_U_AND_O = frozenset("ウクスツヌフムユルュグズヅブプゥヴオコソトノホモヨロヲョゴゾドボポォ")
_E = frozenset("エケセテネヘメレゲゼデベペェ")


def sounds(kana: str) -> str:
    """What is said, without the rests in it: ゴゴ、サンジ is read as ゴゴサンジ is."""
    return folded(kana).replace("、", "")
