"""The ears of the rig: they hear what is there, when, and nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.rig.audio import RATE, Sound, heard, level_dbfs, load


def speech(seed: int, seconds: float) -> Sound:
    """Noise with the band and the rhythm of speech."""
    chance = np.random.default_rng(seed)
    size = int(seconds * RATE)
    spectrum = np.fft.rfft(chance.standard_normal(size))
    hertz = np.fft.rfftfreq(size, 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3000)] = 0
    rhythm = np.repeat(chance.random(size // 800 + 1), 800)[:size]
    return np.asarray(np.fft.irfft(spectrum, size) * rhythm, dtype=np.float64)


def as_ulaw(sound: Sound) -> bytes:
    scaled = np.round(sound / np.abs(sound).max() * 16000).astype(np.int64)
    magnitude = np.abs(scaled) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int64) - 7
    code = np.where(scaled < 0, 0x80, 0) | (exponent << 4) | ((magnitude >> (exponent + 3)) & 15)
    return bytes((~code & 0xFF).astype(np.uint8))


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.ulaw" for name in ("greeting", "closed", "music")]
    for seed, path in enumerate(paths):
        path.write_bytes(as_ulaw(speech(seed, 4.0)))
    return paths


def test_given_two_texts_one_after_the_other_when_listened_to_then_both_are_heard_in_order(
    files: list[Path],
) -> None:
    silence = np.zeros(RATE)
    recording = np.concatenate((silence, load(files[1]), silence, load(files[0])))
    found = heard(recording, files)
    assert [one.file for one in found] == [files[1], files[0]]
    assert [one.at_s for one in found] == pytest.approx([1.0, 6.0], abs=0.01)
    assert all(one.part == 1.0 for one in found)


def test_given_a_text_with_a_slip_and_noise_when_listened_to_then_it_is_heard(files: list[Path]) -> None:
    whole = load(files[0])
    slipped = np.concatenate((whole[:12000], np.zeros(400), whole[12000:]))
    noisy = slipped + np.random.default_rng(9).standard_normal(slipped.size) * 0.02
    [found] = heard(noisy, files)
    assert found.file == files[0]
    assert found.part >= 0.8


def test_given_a_text_that_was_cut_when_listened_to_then_the_part_says_so(files: list[Path]) -> None:
    [found] = heard(load(files[2])[: 2 * RATE], files)
    assert found.part == pytest.approx(0.5, abs=0.13)


def test_given_silence_or_another_sound_when_listened_to_then_nothing_is_heard(files: list[Path]) -> None:
    assert heard(np.zeros(RATE * 5), files) == []
    assert heard(speech(77, 5.0), files) == []


def test_given_digital_silence_when_its_level_is_asked_then_it_is_the_lowest() -> None:
    assert level_dbfs(np.zeros(100)) == pytest.approx(-200)
