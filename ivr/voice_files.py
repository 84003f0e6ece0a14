"""The made voice files of prompts/voice/ja/: their manifest, and the check against the list of texts.

Needs no voice engine: what only the engine's machine can measure (LUFS) stands in the manifest beside the
hash of the file that it was measured on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ivr.sound import ULAW_RATE, WIDE_RATE, Sound, SoundError, ulaw_decode, wav_read
from ivr.texts import Text, TextsError, load_readings, load_texts, spoken

LOUDNESS_LUFS = -23.0
LOUDNESS_TOLERANCE = 1.0
LONGEST_MS = 30_000
# Peaks above this have no head-room left: the sample was, or will be, cut off.
PEAK_LIMIT_DBFS = -1.0
# What a recording's mean level may be, pauses counted; the made voice lies near -27.
RECORDING_RMS_DBFS = (-36.0, -16.0)
SILENCE_MS = 100

EXTENSIONS = ("ulaw", "wav16")
INSTALL = "pip install --require-hashes -r requirements-voice.lock"


class VoiceUnavailable(Exception):  # noqa: N818 -- a state of the machine, not a mistake
    """The voice packages are not installed."""

    def __init__(self, module: str) -> None:
        super().__init__(f"the voice needs {module!r}, which is not installed; run: {INSTALL}")


class FileEntry(BaseModel):
    """What was measured on one file when it was made."""

    model_config = ConfigDict(extra="forbid")

    sha256: str
    lufs: float
    peak_dbfs: float


class VoiceEntry(BaseModel):
    """One text's voice: what it was made of and what came out. `kana` is how the engine read it."""

    model_config = ConfigDict(extra="forbid")

    text_sha256: str
    spoken: str
    kana: str
    engine: str
    duration_ms: int
    ulaw: FileEntry
    wav16: FileEntry


class Manifest(BaseModel):
    """prompts/voice/ja/manifest.json."""

    model_config = ConfigDict(extra="forbid")

    voices: dict[str, VoiceEntry] = {}

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """The manifest under prompts/; empty when there is none.

        Raises:
            TextsError: the file is damaged.
        """
        path = manifest_path(folder)
        if not path.exists():
            return cls()
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise TextsError(f"{path}: is damaged ({error}); delete it and build again") from None

    def write(self, folder: Path) -> None:
        """Write it whole or not at all."""
        ordered = Manifest(voices=dict(sorted(self.voices.items())))
        replace_file(manifest_path(folder), (ordered.model_dump_json(indent=2) + "\n").encode())


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a caller would hear, or not hear.

    `kind`: missing, stale, changed, misread, orphan, format, clipped, loudness or long.
    `what`: an English sentence.
    """

    text: str
    kind: str
    what: str


def manifest_path(folder: Path) -> Path:
    """Where the manifest of prompts/ lies."""
    return folder / "voice" / "ja" / "manifest.json"


def voice_path(folder: Path, text_id: str, extension: str) -> Path:
    """Where a made voice file lies; extension `ulaw` (8 kHz) or `wav16` (16 kHz)."""
    return folder / "voice" / "ja" / f"{text_id}.{extension}"


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def replace_file(path: Path, data: bytes) -> None:
    """Put a file in its place whole, so that a call in progress never plays half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)


def is_current(entry: VoiceEntry | None, text: Text, say: str) -> bool:
    """Whether the voice was made of this very text and reading."""
    return entry is not None and entry.text_sha256 == sha256(text.ja.encode()) and entry.spoken == say


def check(folder: Path) -> list[Problem]:
    """Compare voice files and recordings with the list of texts.

    Raises:
        TextsError: texts.toml, readings.toml or the manifest cannot be used at all.
    """
    texts, readings, manifest = load_texts(folder), load_readings(folder), Manifest.read(folder)
    problems: list[Problem] = []
    for text in texts.values():
        entry = manifest.voices.get(text.id)
        if entry is None or not all(voice_path(folder, text.id, ext).exists() for ext in EXTENSIONS):
            problems.append(Problem(text.id, "missing", "has no voice; run: bin/madoguchi prompts build"))
        elif not is_current(entry, text, spoken(text.ja, readings)):
            problems.append(
                Problem(text.id, "stale", "the text or its reading changed after the voice was made")
            )
        else:
            problems.extend(_made(folder, text.id, entry))
            if text.kana not in entry.kana:
                what = f"is read {entry.kana}, without {text.kana}; put the reading into readings.toml"
                problems.append(Problem(text.id, "misread", what))
        problems.extend(_recorded(folder, text.id))
    return problems + _orphans(folder, texts, manifest)


def _made(folder: Path, text_id: str, entry: VoiceEntry) -> list[Problem]:
    problems = []
    for extension, noted in (("ulaw", entry.ulaw), ("wav16", entry.wav16)):
        path = voice_path(folder, text_id, extension)
        data = path.read_bytes()
        if sha256(data) != noted.sha256:
            problems.append(Problem(text_id, "changed", f"{path.name} is not the file that was built"))
            continue
        if abs(noted.lufs - LOUDNESS_LUFS) > LOUDNESS_TOLERANCE:
            problems.append(Problem(text_id, "loudness", f"{path.name} has {noted.lufs:.1f} LUFS"))
        try:
            sound = ulaw_decode(data) if extension == "ulaw" else wav_read(path, WIDE_RATE)
        except SoundError as error:
            problems.append(Problem(text_id, "format", str(error)))
            continue
        problems.extend(_heard(text_id, path.name, sound))
    return problems


def _recorded(folder: Path, text_id: str) -> list[Problem]:
    path = folder / "recorded" / "ja" / f"{text_id}.wav"
    if not path.exists():
        return []
    try:
        sound = wav_read(path, ULAW_RATE)
    except SoundError as error:
        return [Problem(text_id, "format", str(error))]
    low, high = RECORDING_RMS_DBFS
    problems = _heard(text_id, f"recorded/ja/{path.name}", sound)
    if not low <= sound.rms_dbfs <= high:
        how = "quiet" if sound.rms_dbfs < low else "loud"
        level = f"too {how}: {sound.rms_dbfs:.0f} dBFS, good is {low:.0f} to {high:.0f}"
        problems.append(Problem(text_id, "loudness", f"recorded/ja/{path.name} is {level}"))
    return problems


def _heard(text_id: str, name: str, sound: Sound) -> list[Problem]:
    problems = []
    if sound.peak_dbfs > PEAK_LIMIT_DBFS:
        problems.append(Problem(text_id, "clipped", f"{name} peaks at {sound.peak_dbfs:.1f} dBFS"))
    if sound.duration_ms > LONGEST_MS:
        problems.append(
            Problem(text_id, "long", f"{name} takes {sound.duration_ms / 1000:.1f} s; at most 30 s")
        )
    return problems


def _orphans(folder: Path, texts: dict[str, Text], manifest: Manifest) -> list[Problem]:
    """Voices and recordings that no text asks for: usually an id that was mistyped or renamed."""
    files = [path for ext in EXTENSIONS for path in manifest_path(folder).parent.glob(f"*.{ext}")]
    files += (folder / "recorded" / "ja").glob("*.wav")
    ids = {path.name.rpartition(".")[0] for path in files} | manifest.voices.keys()
    return [Problem(text_id, "orphan", "is not in texts.toml") for text_id in sorted(ids - texts.keys())]
