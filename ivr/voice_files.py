"""The voice files of prompts/voice/<language>/ and their manifest. Needs no voice engine.

What only the engine's machine can measure (LUFS) stands in the manifest beside the hash of the file that it
was measured on. Recordings that had to be converted lie in voice/<language>/recorded/.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ivr.layers import Wish
from ivr.texts import TextsError

LOUDNESS_LUFS = -23.0
LOUDNESS_TOLERANCE = 1.0
LONGEST_MS = 30_000
# Peaks above this have no head-room left: the sample was, or will be, cut off.
PEAK_LIMIT_DBFS = -1.0
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
    """One text's voice: what it was made of and what came out.

    `kana` is how the engine read it; empty where the engine does not say. `wav16`: for operators only.
    """

    model_config = ConfigDict(extra="forbid")

    text_sha256: str
    spoken: str
    part: bool = False
    kana: str
    engine: str
    duration_ms: int
    ulaw: FileEntry
    wav16: FileEntry | None = None

    @property
    def files(self) -> dict[str, FileEntry]:
        """What was made, by extension."""
        return {"ulaw": self.ulaw} | ({"wav16": self.wav16} if self.wav16 else {})


class RecordingEntry(BaseModel):
    """A recording of the city as it was converted; `source_…` is its own.

    `source_clipped`: moments at which it stands at full scale.
    """

    model_config = ConfigDict(extra="forbid")

    source_sha256: str
    source_form: str
    source_lufs: float
    source_clipped: int
    part: bool = False
    duration_ms: int
    ulaw: FileEntry
    wav16: FileEntry | None = None

    @property
    def files(self) -> dict[str, FileEntry]:
        """What was made, by extension."""
        return {"ulaw": self.ulaw} | ({"wav16": self.wav16} if self.wav16 else {})


class Manifest(BaseModel):
    """prompts/voice/<language>/manifest.json."""

    model_config = ConfigDict(extra="forbid")

    voices: dict[str, VoiceEntry] = {}
    recordings: dict[str, RecordingEntry] = {}

    @classmethod
    def read(cls, folder: Path, language: str = "ja") -> Manifest:
        """The manifest under prompts/; empty when there is none.

        Raises:
            TextsError: the file is damaged.
        """
        path = manifest_path(folder, language)
        if not path.exists():
            return cls()
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise TextsError(f"{path}: is damaged ({error}); delete it and build again") from None

    def write(self, folder: Path, language: str = "ja") -> None:
        """Write it whole or not at all; not when nothing has changed."""
        ordered = Manifest(
            voices=dict(sorted(self.voices.items())), recordings=dict(sorted(self.recordings.items()))
        )
        path = manifest_path(folder, language)
        data = (ordered.model_dump_json(indent=1, exclude_defaults=True) + "\n").encode()
        if not path.exists() or path.read_bytes() != data:
            replace_file(path, data)


def voice_folder(folder: Path, language: str) -> Path:
    """Where the made files of one language lie."""
    return folder / "voice" / language


def manifest_path(folder: Path, language: str = "ja") -> Path:
    """Where the manifest of one language lies."""
    return voice_folder(folder, language) / "manifest.json"


def voice_path(folder: Path, text_id: str, extension: str, language: str = "ja") -> Path:
    """Where a made voice file lies; extension `ulaw` (8 kHz) or `wav16` (16 kHz)."""
    return voice_folder(folder, language) / f"{text_id}.{extension}"


def converted_path(folder: Path, text_id: str, extension: str, language: str = "ja") -> Path:
    """Where a recording lies in the form that the exchange plays."""
    return voice_folder(folder, language) / "recorded" / f"{text_id}.{extension}"


def recording_path(folder: Path, text_id: str, language: str = "ja") -> Path:
    """Where a recording of the city is dropped in."""
    return folder / "recorded" / language / f"{text_id}.wav"


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


def replace_file(path: Path, data: bytes) -> None:
    """Put a file in its place whole, so that a call in progress never plays half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.replace(path)


def is_current(entry: VoiceEntry | None, wish: Wish) -> bool:
    """Whether the voice was made of this very text and reading, for this use."""
    return (
        entry is not None
        and entry.text_sha256 == sha256(wish.words.encode())
        and entry.spoken == wish.say
        and entry.part is wish.text.part
        and (entry.wav16 is not None) is wish.wide
    )
