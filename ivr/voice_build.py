"""Making the files that the exchange plays: from the texts by a voice, and from the city's recordings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ivr.layers import Layer, Wish, load_layers
from ivr.mastering import Mastering, Rendered, pauses_ms, room_db, silence, trimmed
from ivr.sound import FULL_SCALE, ULAW_RATE, SoundError, ulaw_decode
from ivr.texts import LANGUAGES, Text
from ivr.voice import PartVoice, Voice
from ivr.voice_files import (
    EXTENSIONS,
    LONGEST_MS,
    SILENCE_MS,
    FileEntry,
    Manifest,
    RecordingEntry,
    VoiceEntry,
    converted_path,
    is_current,
    recording_path,
    replace_file,
    sha256,
    voice_folder,
    voice_path,
)
from ivr.wav import recording_read

_WRITE_EVERY = 50
_ONLY_MARKS = re.compile(r"[、。・,.]")


@dataclass(frozen=True, slots=True)
class Built:
    """One text whose files have been made, in one language. `refused`: why they have not (a recording)."""

    text: str
    language: str
    folder: Path
    recorded: bool = False
    refused: str = ""


def build(
    folders: Sequence[Path], voices: Mapping[str, Voice], *, everything: bool = False
) -> Iterator[Built]:
    """Make what is missing, stale or damaged; yields each as soon as its files are in place.

    Files that no text asks for are deleted. A recording's own file is never touched.

    Args:
        folders: prompts/ folders, the shipped one first. A folder without anything to make is not written to.
        voices: by language; languages without one are left as they are.
        everything: make unchanged ones too.

    Raises:
        TextsError: a list of texts cannot be used.
        VoiceUnavailable: there is a recording to convert, and the packages for that are missing.
    """
    for layer in load_layers(folders):
        for language in LANGUAGES:
            yield from _build(layer, language, voices.get(language), everything)


def recording_made(path: Path, text: Text | None, studio: Mastering) -> tuple[Rendered, RecordingEntry]:
    """A recording in the forms that the exchange plays: levelled, its ends trimmed, the middle untouched.

    Raises:
        SoundError: it cannot be converted, holds nothing to hear, or takes too long.
    """
    given = recording_read(path)
    if np.abs(given.wave).max() < 10 ** (-60 / 20) or len(given.wave) < given.rate // 5:
        raise SoundError(f"{path}: holds nothing that could be heard")
    speech = trimmed(given.wave, given.rate, quiet_db=room_db(given.wave, given.rate))
    if len(speech) > given.rate * LONGEST_MS // 1000:
        raise SoundError(f"{path}: takes {len(speech) / given.rate:.1f} s; at most {LONGEST_MS // 1000} s")
    part = text is not None and text.part
    head_ms, tail_ms = pauses_ms(text.ja) if text and part else (SILENCE_MS, SILENCE_MS)
    made = studio.master(speech, given.rate, "", head_ms=head_ms, tail_ms=tail_ms)
    ulaw, wav16 = _file_entries(made)
    wide = text is not None and text.operator and not text.member
    return made, RecordingEntry(
        source_sha256=sha256(path.read_bytes()),
        source_form=given.form,
        source_lufs=round(studio.loudness(speech, given.rate), 1),
        source_clipped=given.clipped,
        part=part,
        duration_ms=made.duration_ms,
        ulaw=ulaw,
        wav16=wav16 if wide else None,
    )


def _build(layer: Layer, language: str, voice: Voice | None, everything: bool) -> Iterator[Built]:
    folder, manifest = layer.folder, Manifest.read(layer.folder, language)
    wishes = {text_id: wish for (of, text_id), wish in layer.own.items() if of == language}
    for text_id in manifest.voices.keys() - wishes.keys():
        del manifest.voices[text_id]
    made = 0
    for text_id, wish in wishes.items() if voice else ():
        if voice is None or (not everything and _is_intact(folder, manifest, wish, voice)):
            continue
        manifest.voices[text_id] = _store(folder, wish, voice)
        made += 1
        if made % _WRITE_EVERY == 0:
            manifest.write(folder, language)
        yield Built(text_id, language, folder)
    for built in _convert(layer, language, manifest, everything):
        made += not built.refused
        yield built
    if made or voice_folder(folder, language).exists():
        manifest.write(folder, language)
    _clear(folder, language, wishes, manifest)


def _convert(layer: Layer, language: str, manifest: Manifest, everything: bool) -> Iterator[Built]:
    folder = layer.folder
    paths = sorted(recording_path(folder, "", language).parent.glob("*.wav"))
    names = {path.stem for path in paths} & layer.texts.keys()
    for text_id in manifest.recordings.keys() - names:
        del manifest.recordings[text_id]
    studio: Mastering | None = None
    for path in paths:
        text = layer.texts.get(path.stem)
        entry = manifest.recordings.get(path.stem)
        if text is None or (not everything and entry and _is_converted(folder, language, path, entry, text)):
            continue
        studio = studio or Mastering()
        try:
            made, entry = recording_made(path, text, studio)
        except SoundError as error:
            manifest.recordings.pop(path.stem, None)
            yield Built(path.stem, language, folder, recorded=True, refused=str(error))
            continue
        _write(entry, made, partial(_converted, folder, language, path.stem))
        manifest.recordings[path.stem] = entry
        yield Built(path.stem, language, folder, recorded=True)


def _converted(folder: Path, language: str, text_id: str, extension: str) -> Path:
    return converted_path(folder, text_id, extension, language)


def _store(folder: Path, wish: Wish, voice: Voice) -> VoiceEntry:
    made = _render(wish, voice)
    ulaw, wav16 = _file_entries(made)
    entry = VoiceEntry(
        text_sha256=sha256(wish.words.encode()),
        spoken=wish.say,
        part=wish.text.part,
        kana=made.kana,
        engine=voice.engine,
        duration_ms=made.duration_ms,
        ulaw=ulaw,
        wav16=wav16 if wish.wide else None,
    )
    _write(entry, made, lambda ext: voice_path(folder, wish.text.id, ext, wish.language))
    return entry


def _render(wish: Wish, voice: Voice) -> Rendered:
    if not wish.text.part:
        return voice.render(wish.say)
    if not _ONLY_MARKS.sub("", wish.say).strip():
        return silence(wish.say)
    if isinstance(voice, PartVoice):
        return voice.render_part(wish.say, inner=wish.text.member)
    return _as_part(voice.render(wish.say.rstrip("・")), wish.say)


def _as_part(made: Rendered, say: str) -> Rendered:
    """A whole text's 8 kHz file with the silences of a part; what stands between them is not touched."""
    head_ms, tail_ms = pauses_ms(say)
    cut = SILENCE_MS * ULAW_RATE // 1000
    quiet = b"\xff"
    body = made.ulaw[cut:-cut]
    ulaw = quiet * (head_ms * ULAW_RATE // 1000) + body + quiet * (tail_ms * ULAW_RATE // 1000)
    return replace(made, ulaw=ulaw, duration_ms=-(-len(ulaw) * 1000 // ULAW_RATE))


def _write(entry: VoiceEntry | RecordingEntry, made: Rendered, path: Callable[[str], Path]) -> None:
    replace_file(path("ulaw"), made.ulaw)
    if entry.wav16:
        replace_file(path("wav16"), made.wav16)


def _file_entries(made: Rendered) -> tuple[FileEntry, FileEntry]:
    wide_peak = np.abs(np.frombuffer(made.wav16[44:], dtype="<i2").astype(np.int32)).max()
    wide_dbfs = float(20 * np.log10(max(wide_peak, 1) / FULL_SCALE))
    narrow_dbfs = ulaw_decode(made.ulaw).peak_dbfs
    return (
        FileEntry(sha256=sha256(made.ulaw), lufs=made.ulaw_lufs, peak_dbfs=round(narrow_dbfs, 2)),
        FileEntry(sha256=sha256(made.wav16), lufs=made.wav16_lufs, peak_dbfs=round(wide_dbfs, 2)),
    )


def _is_intact(folder: Path, manifest: Manifest, wish: Wish, voice: Voice) -> bool:
    entry = manifest.voices.get(wish.text.id)
    if entry is None or not is_current(entry, wish) or entry.engine != voice.engine:
        return False
    return _are_there(entry, lambda ext: voice_path(folder, wish.text.id, ext, wish.language))


def _is_converted(folder: Path, language: str, path: Path, entry: RecordingEntry, text: Text) -> bool:
    return (
        entry.source_sha256 == sha256(path.read_bytes())
        and entry.part is text.part
        and (entry.wav16 is not None) is (text.operator and not text.member)
        and _are_there(entry, partial(_converted, folder, language, path.stem))
    )


def _are_there(entry: VoiceEntry | RecordingEntry, path: Callable[[str], Path]) -> bool:
    return all(
        path(extension).exists() and sha256(path(extension).read_bytes()) == noted.sha256
        for extension, noted in entry.files.items()
    )


def _clear(folder: Path, language: str, wishes: Mapping[str, Wish], manifest: Manifest) -> None:
    """Delete what no text asks for any more."""
    wanted = {
        voice_path(folder, text_id, ext, language)
        for text_id, wish in wishes.items()
        for ext in EXTENSIONS
        if ext == "ulaw" or wish.wide
    }
    wanted |= {
        converted_path(folder, text_id, ext, language)
        for text_id, entry in manifest.recordings.items()
        for ext in entry.files
    }
    made = voice_folder(folder, language)
    for path in [path for ext in EXTENSIONS for path in made.rglob(f"*.{ext}")]:
        if path not in wanted:
            path.unlink()
