"""The city's own recordings: whatever form they come in, they are converted, or refused with the reason."""

import re
import struct
import wave
from array import array
from pathlib import Path

import numpy as np
import pytest

from ivr.guidance import Guidance
from ivr.mastering import trimmed
from ivr.sound import SoundError, ulaw_decode, ulaw_encode, wav_read
from ivr.voice_build import build
from ivr.voice_check import check
from ivr.voice_files import Manifest, converted_path
from ivr.wav import recording_read
from tests.unit.ivr.voice_rig import ToneVoice, riff, tone, write_texts


def hum(rate: int, seconds: float = 1.0, level: float = 0.3, quiet_s: float = 0.5) -> np.ndarray:
    """A tone between silences in which a room is heard."""
    quiet = np.random.default_rng(1).normal(0, 0.0005, int(rate * quiet_s))
    sound = level * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)
    return np.concatenate([quiet, sound, quiet])


def pcm(samples: np.ndarray, bits: int, channels: int = 1) -> bytes:
    samples = np.repeat(samples, channels)
    if bits == 8:
        return (samples * 127 + 128).astype(np.uint8).tobytes()
    if bits == 24:
        whole = (samples * (1 << 23)).astype("<i4")
        return whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    return (samples * ((1 << bits - 1) - 1)).astype(f"<i{bits // 8}").tobytes()


def mulaw(samples: np.ndarray) -> bytes:
    return ulaw_encode(array("h", (samples * 32767).astype(np.int16).tobytes()))


FORMS = {
    "8 kHz, 16 bit": lambda: riff(1, 1, 8000, 16, pcm(hum(8000), 16)),
    "16 kHz, 16 bit": lambda: riff(1, 1, 16000, 16, pcm(hum(16000), 16)),
    "44.1 kHz, 16 bit, stereo": lambda: riff(1, 2, 44100, 16, pcm(hum(44100), 16, 2)),
    "48 kHz, 24 bit, stereo": lambda: riff(1, 2, 48000, 24, pcm(hum(48000), 24, 2)),
    "48 kHz, 24 bit, extensible": lambda: riff(1, 1, 48000, 24, pcm(hum(48000), 24), extensible=True),
    "48 kHz, 32 bit": lambda: riff(1, 1, 48000, 32, pcm(hum(48000), 32)),
    "11 kHz, 8 bit": lambda: riff(1, 1, 11025, 8, pcm(hum(11025), 8)),
    "48 kHz, float": lambda: riff(3, 1, 48000, 32, hum(48000).astype("<f4").tobytes()),
    "8 kHz, mu-law": lambda: riff(7, 1, 8000, 8, mulaw(hum(8000))),
    "8 kHz, A-law": lambda: riff(6, 1, 8000, 8, alaw(hum(8000))),
}


def alaw(samples: np.ndarray) -> bytes:
    """The nearest code of each sample, by the table of G.711 written out."""
    values = np.array([alaw_value(code) for code in range(256)])
    order = np.argsort(values)
    whole = samples * 32767
    at = np.clip(np.searchsorted(values[order], whole), 1, 255)
    nearer = np.abs(values[order][at - 1] - whole) < np.abs(values[order][at] - whole)
    return order[np.where(nearer, at - 1, at)].astype(np.uint8).tobytes()


def alaw_value(code: int) -> int:
    code ^= 0x55
    segment, step = (code & 0x70) >> 4, (code & 0x0F) << 4
    value = step + 8 if segment == 0 else (step + 0x108) << (segment - 1)
    return value if code & 0x80 else -value


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    write_texts(tmp_path, {"greeting": "こんにちは。"})
    list(build([tmp_path], {"ja": ToneVoice()}))
    (tmp_path / "recorded" / "ja").mkdir(parents=True)
    return tmp_path


def record(folder: Path, data: bytes) -> Path:
    path = folder / "recorded" / "ja" / "greeting.wav"
    path.write_bytes(data)
    return path


def converted(folder: Path) -> list[str]:
    return [one.refused for one in build([folder], {"ja": ToneVoice()}) if one.recorded]


@pytest.mark.parametrize("form", FORMS)
def test_given_a_recording_of_any_form_when_built_then_it_is_heard_level_and_without_its_silence(
    folder: Path, form: str
):
    original = FORMS[form]()
    path = record(folder, original)

    assert converted(folder) == [""]

    made = ulaw_decode(converted_path(folder, "greeting", "ulaw").read_bytes())
    assert made.duration_ms == pytest.approx(1200, abs=40)
    assert made.rms_dbfs == pytest.approx(-23, abs=2.5)
    spectrum = np.abs(np.fft.rfft(np.array(made.samples[800:8800], dtype=np.float64)))
    assert spectrum.argmax() == pytest.approx(440, abs=1)
    assert spectrum[430:451].max() > 20 * spectrum[1000:].max()
    assert path.read_bytes() == original
    assert check([folder]) == []
    assert Guidance(folder).media("greeting") == f"sound:{folder}/voice/ja/recorded/greeting"
    assert converted(folder) == []


def test_given_a_recording_that_an_operator_hears_then_it_is_made_at_both_rates(folder: Path):
    write_texts(folder, {"greeting": "こんにちは。"}, more="operator = true\n")
    record(folder, FORMS["48 kHz, 32 bit"]())

    converted(folder)

    wide = wav_read(converted_path(folder, "greeting", "wav16"), 16000)
    assert wide.duration_ms == pytest.approx(1200, abs=40)


def test_given_a_recording_that_changes_or_goes_when_built_then_so_does_what_is_heard(folder: Path):
    path = record(folder, FORMS["48 kHz, 32 bit"]())
    converted(folder)
    record(folder, riff(1, 1, 16000, 16, pcm(hum(16000, seconds=2.0), 16)))
    assert [one.kind for one in check([folder])] == ["format"]

    assert converted(folder) == [""]
    assert Guidance(folder).duration_ms("greeting") == pytest.approx(2200, abs=40)
    path.unlink()
    assert Guidance(folder).media("greeting") == f"sound:{folder}/voice/ja/greeting"
    assert converted(folder) == []
    assert not converted_path(folder, "greeting", "ulaw").exists()
    assert Manifest.read(folder).recordings == {}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is no WAV file"),
        (b"ID3\x04 this is an mp3", "is no WAV file: it does not begin with RIFF"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "is no WAV file"),
        (riff(1, 1, 8000, 16, b"")[:-8], "it has no samples"),
        (riff(1, 1, 8000, 16, b""), "holds no sound"),
        (riff(1, 6, 48000, 16, bytes(1200)), "6 channel"),
        (riff(1, 1, 4000, 16, bytes(1200)), "only 8000 to 192000 Hz"),
        (riff(85, 1, 44100, 16, bytes(1200)), "coding 85"),
        (riff(1, 1, 8000, 12, bytes(1200)), "12 bit"),
        (riff(1, 1, 8000, 16, bytes(16000)), "nothing that could be heard"),
        (riff(1, 1, 8000, 16, pcm(hum(8000, seconds=0.05, quiet_s=0), 16)), "nothing that could be heard"),
        (riff(1, 1, 8000, 16, pcm(hum(8000, seconds=31), 16)), r"takes 31\.\d s; at most 30 s"),
        (riff(3, 1, 8000, 32, struct.pack("<f", float("nan")) * 8000), "no samples"),
    ],
)
def test_given_a_recording_that_cannot_be_used_when_built_then_the_reason_and_the_made_voice(
    folder: Path, data: bytes, why: str
):
    record(folder, data)

    (refused,) = converted(folder)

    assert re.search(why, refused)
    assert "greeting.wav" in refused
    assert "\n" not in refused
    assert check([folder]) != [] or "nothing" in refused or "takes" in refused
    assert Guidance(folder).duration_ms("greeting") > 0


def test_given_a_recording_at_full_scale_or_hardly_heard_when_checked_then_it_is_named(folder: Path):
    record(folder, riff(1, 1, 16000, 16, pcm(np.clip(hum(16000, level=2.0), -1, 1), 16)))
    converted(folder)
    assert [one.kind for one in check([folder])] == ["clipped"]

    record(folder, riff(1, 1, 16000, 16, pcm(hum(16000, level=0.004) * 0.5, 16)))
    converted(folder)
    (problem,) = check([folder])
    assert (problem.kind, "too quiet" in problem.what) == ("loudness", True)


def test_given_a_recording_by_the_library_then_it_is_read_as_it_was_written(tmp_path: Path):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 22050, 0, "NONE", ""))
        file.writeframes(array("h", [100, 300, -200, -400] * 100).tobytes())

    found = recording_read(path)

    assert (found.rate, len(found.wave), found.clipped) == (22050, 200, 0)
    assert np.allclose(found.wave[:2] * 32768, [250, -250])
    assert found.form == "PCM, 16 bit, 2 channel(s), 22050 Hz"


def test_given_a_file_that_is_not_there_then_it_is_said(tmp_path: Path):
    with pytest.raises(SoundError, match="is no WAV file"):
        recording_read(tmp_path / "none.wav")


def test_given_speech_between_silences_when_trimmed_then_only_long_pauses_are_shortened():
    rate = 8000
    sound = np.array(tone(rate, 0.5).samples, dtype=np.float64) / 32768
    rest = np.zeros(int(rate * 0.8))
    speech = trimmed(np.concatenate([rest, sound, rest, sound, rest]), rate)
    assert len(speech) / rate == pytest.approx(1.8, abs=0.05)
    shorter = trimmed(
        np.concatenate([rest, sound, rest, sound, rest]), rate, longest_rest_s=0.25, rest_scale=0.5
    )
    assert len(shorter) / rate == pytest.approx(1.4, abs=0.05)
