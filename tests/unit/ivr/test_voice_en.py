"""What the English voice is given to say. That it can be understood is measured by bench.recognise."""

import importlib.util

import pytest

from ivr.sound import ulaw_decode
from ivr.voice_en import NEEDED, EnglishVoice, EnglishVoiceUnavailable, clauses

INSTALLED = all(importlib.util.find_spec(name) for name in NEEDED)


@pytest.mark.parametrize(
    ("say", "read"),
    [
        ("Thank you for calling.", [("Thank you for calling", ".")]),
        ("Hold on, please. Thank you!", [("Hold on", ","), ("please", "."), ("Thank you", "!")]),
        ("today,", [("today", ",")]),
        ("seven", [("seven", ",")]),
        ("a.m.", [("A.M.", ".")]),
        ("From eight thirty a.m. to noon.", [("From eight thirty A.M. to noon", ".")]),
        ("Open 9:00 am to 5:05 pm", [("Open 9 A.M. to 5 oh 5 P.M.", ",")]),
        ("I am here.", [("I am here", ".")]),
        ("It costs 1,000 yen.", [("It costs 1,000 yen", ".")]),
        ("Call 026-224-5000.", [("Call 0 2 6", ","), ("2 2 4", ","), ("5 0 0 0", ".")]),
        ("We’re open…", [("We're open", ".")]),
        (",", []),
    ],
)
def test_given_a_text_when_read_then_it_rests_at_its_marks_and_its_numbers_are_said(say, read):
    assert clauses(say) == read


def test_given_a_machine_without_the_packages_when_a_voice_is_wanted_then_one_sentence_says_what_to_run(
    monkeypatch,
):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(EnglishVoiceUnavailable, match=r"needs 'onnxruntime'.*requirements-voice-en\.lock"):
        EnglishVoice()


@pytest.mark.skipif(not INSTALLED, reason="the English voice is not installed")
def test_given_the_same_text_when_spoken_twice_then_the_bytes_are_the_same_and_no_peak_is_cut():
    voice = EnglishVoice()

    first, again = (voice.render("This is the call center.") for _ in range(2))

    assert first == again
    assert 1200 < first.duration_ms < 3000
    assert ulaw_decode(first.ulaw).peak_dbfs < -1
    assert abs(first.ulaw_lufs + 23) < 1
