import math
import random
import wave
from array import array
from pathlib import Path

import pytest

from ivr.sound import Sound, SoundError, ulaw_decode, ulaw_encode, wav_encode, wav_read


def tone(rate: int, seconds: float = 0.5, level: float = 0.1) -> Sound:
    count = int(rate * seconds)
    return Sound(
        array("h", (int(32767 * level * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))), rate
    )


def test_given_every_ulaw_byte_when_decoded_and_encoded_then_it_comes_back():
    # 0x7F is minus zero, which encodes as zero
    assert ulaw_encode(ulaw_decode(bytes(range(256))).samples) == bytes(range(256)).replace(b"\x7f", b"\xff")


@pytest.mark.parametrize(
    ("sample", "byte"), [(0, 0xFF), (32767, 0x80), (-32768, 0x00), (8031, 0xA0), (-8031, 0x20)]
)
def test_given_known_samples_when_encoded_then_the_bytes_are_those_of_g711(sample: int, byte: int):
    assert ulaw_encode(array("h", [sample])) == bytes([byte])


def test_given_any_sample_when_coded_and_decoded_then_the_error_is_within_the_step():
    samples = array("h", (random.Random(1).randrange(-32635, 32636) for _ in range(5000)))

    back = ulaw_decode(ulaw_encode(samples)).samples

    assert all(abs(a - b) <= max(4, abs(a) / 28) for a, b in zip(samples, back, strict=True))


def test_given_a_sound_when_written_and_read_then_it_is_the_same(tmp_path: Path):
    path = tmp_path / "a.wav16"
    path.write_bytes(wav_encode(tone(16000)))

    found = wav_read(path, 16000)

    assert found == tone(16000)
    assert found.duration_ms == 500
    assert found.peak_dbfs == pytest.approx(-20, abs=0.1)
    assert found.rms_dbfs == pytest.approx(-23, abs=0.1)


def test_given_silence_when_measured_then_the_levels_have_a_floor():
    assert (Sound(array("h", [0] * 8), 8000).peak_dbfs, Sound(array("h"), 8000).rms_dbfs) == (-120.0, -120.0)


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(16000, 1, 2), (8000, 2, 2), (8000, 1, 1), (44100, 2, 3)]
)
def test_given_a_wav_of_another_format_when_read_then_it_says_what_is_needed(
    tmp_path: Path, rate: int, channels: int, width: int
):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(b"\0" * channels * width * 80)

    with pytest.raises(SoundError, match=r"needed: 16 bit, 1, 8000 Hz"):
        wav_read(path, 8000)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3\x04mp3", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0"])
def test_given_a_file_that_is_no_wav_when_read_then_it_is_refused(tmp_path: Path, data: bytes):
    path = tmp_path / "a.wav"
    path.write_bytes(data)

    with pytest.raises(SoundError, match="no WAV"):
        wav_read(path, 8000)
