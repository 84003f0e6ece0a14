"""From the id of a text to the sound that the exchange plays."""

from __future__ import annotations

from pathlib import Path

from ivr.sound import ULAW_RATE, SoundError, wav_read
from ivr.texts import Text, default_folder, load_texts


class UnknownGuidance(KeyError):  # noqa: N818 -- reads as what it is at `except`
    """No text has this id; a mistake in the program or in the configuration."""

    def __str__(self) -> str:
        return f"there is no guidance text {self.args[0]!r} in prompts/texts.toml"


class Guidance:
    """The spoken texts of one prompts/ folder. Reads the folder once; make a new one after a change.

    A recording of the city in recorded/ja/<id>.wav wins over the made voice in voice/ja/, unless it is in a
    format that the exchange could not play (then `problems` says so).
    """

    def __init__(self, folder: Path | None = None, seen_by_exchange: Path | None = None) -> None:
        """Read the list.

        Args:
            folder: prompts/; the one shipped with the program when None.
            seen_by_exchange: the same folder's path where the exchange runs, when it lives in a root or
                container of its own.

        Raises:
            TextsError: the list itself is wrong.
        """
        self.folder = (folder or default_folder()).absolute()
        self.texts: dict[str, Text] = load_texts(self.folder)
        self.problems: list[str] = []
        self._outside = seen_by_exchange or self.folder
        self._sounds = {text: self._find(text) for text in self.texts}

    def media(self, text_id: str) -> str:
        """The ARI media URI, "sound:/path/without/extension": the exchange takes the rate that suits.

        Raises:
            UnknownGuidance: no such text.
        """
        stem, _ = self._sound(text_id)
        return f"sound:{self._outside / stem}"

    def duration_ms(self, text_id: str) -> int:
        """How long the text takes, in ms; 0 when its voice file is missing.

        Raises:
            UnknownGuidance: no such text.
        """
        return self._sound(text_id)[1]

    def missing(self) -> list[str]:
        """Ids of texts without any sound: what callers would meet as silence."""
        return [text_id for text_id, (_, duration_ms) in self._sounds.items() if not duration_ms]

    def _sound(self, text_id: str) -> tuple[Path, int]:
        try:
            return self._sounds[text_id]
        except KeyError:
            raise UnknownGuidance(text_id) from None

    def _find(self, text_id: str) -> tuple[Path, int]:
        """The sound's path under the folder, without extension, and its length in ms."""
        recorded = Path("recorded", "ja", text_id)
        recording = self.folder / f"{recorded}.wav"
        if recording.exists():
            try:
                return recorded, wav_read(recording, ULAW_RATE).duration_ms
            except SoundError as error:
                self.problems.append(f"{error}; the made voice is played instead")
        made = Path("voice", "ja", text_id)
        voice = self.folder / f"{made}.ulaw"
        return made, voice.stat().st_size * 1000 // ULAW_RATE if voice.exists() else 0
