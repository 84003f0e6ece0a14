"""What is put before the recogniser: every text that is heard by itself, and the parts of sentences inside
such sentences as calls hear, so many that each part is heard at least once.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config.clock import JST
from ivr import compose
from ivr.texts import Text, load_texts
from ivr.voice_files import Manifest, voice_path

_NUMBERS = ("0120-95-0178", "026-224-5039", "090-1684-7732", "0570-783-578")
_WHY = ("early", "night", "lunch", "pause", "weekend", "holiday", "year_end", "by_hand")


@dataclass(frozen=True, slots=True)
class Saying:
    """Texts heard one after another as one. `kana`: how it is to be read; empty in English."""

    ids: tuple[str, ...]
    language: str
    words: str
    kana: str
    pieces: tuple[bytes, ...]

    @property
    def name(self) -> str:
        """The ids, as one word."""
        return " ".join(self.ids)


def sayings(folder: Path, language: str) -> list[Saying]:
    """All that is to be heard in one language, the series last; texts without sound are left out.

    As on a call, a part that the language does not have is heard in Japanese.
    """
    texts = load_texts(folder)
    manifests = {heard_in: Manifest.read(folder, heard_in) for heard_in in (language, "ja")}

    def heard_in(text_id: str) -> str | None:
        """The language of the text's sound."""
        for candidate, manifest in manifests.items():
            if text_id in manifest.voices and voice_path(folder, text_id, "ulaw", candidate).exists():
                return candidate
        return None

    whole = [text for text in texts.values() if text.said(language) and not text.part]
    alone = [(text.id,) for text in whole if not text.member]
    members = [(text.id,) for text in whole if text.member]
    composed, heard = [], set()
    for ids in _sentences(texts, language):
        if all(map(heard_in, ids)) and not heard.issuperset(ids):
            composed.append(ids)
            heard.update(ids)
    found = []
    for ids in (*alone, *composed, *members):
        languages = [spoken_in for text_id in ids if (spoken_in := heard_in(text_id))]
        if len(languages) < len(ids):
            continue
        pieces = list(zip(ids, languages, strict=True))
        words = (" " if language == "en" else "").join(texts[text_id].said(lang) for text_id, lang in pieces)
        kana = "".join(manifests[lang].voices[text_id].kana for text_id, lang in pieces)
        sounds = (voice_path(folder, text_id, "ulaw", lang).read_bytes() for text_id, lang in pieces)
        found.append(Saying(ids, language, words, "" if language == "en" else kana, tuple(sounds)))
    return [saying for saying in found if any(map(str.isalnum, saying.words))]


def _sentences(texts: dict[str, Text], language: str) -> Iterator[tuple[str, ...]]:
    """Sentences as ivr.compose makes them, of ever other parts."""
    first = dt.datetime(2028, 1, 1, tzinfo=JST)
    why = [text_id for text_id in texts if text_id.startswith("closed.holiday.")]
    for number, text_id in enumerate((*(f"closed.{kind}" for kind in _WHY), *why)):
        at = first + dt.timedelta(days=37 * number, hours=8 + number % 3, minutes=30 * (number % 2))
        yield ("office", text_id, *compose.next_opening(at, language))
    yield (
        "office",
        "closed.before",
        *compose.next_opening(first.replace(hour=8), language, lead="next.first"),
    )
    yield ("office", "closed.after")
    today = compose.next_opening(first.replace(hour=8, minute=30), language, today=first.date())
    yield ("office", "closed.early", *today, "hours")
    for number in range(366):
        at = first + dt.timedelta(days=37 * number % 366, hours=number % 24, minutes=7 * number % 60)
        yield compose.next_opening(at, language)
        yield compose.next_opening(at.replace(minute=0), language)
        yield ("next.lead", *compose.date_and_weekday(at.date(), language))
    for number in _NUMBERS:
        digits = compose.telephone(number, language)
        yield ("lost_card.lead", *digits, "lost_card.again", *digits)
        bare = tuple(text_id for text_id in digits if text_id != "digit.end")
        yield ("callback.shown", *bare, "callback.shown_or_other")
        yield ("callback.typed", *bare, "callback.typed_or_again")
    yield (
        "overflow.closing",
        "overflow.closing.good_bye",
        *compose.next_opening(first.replace(hour=8), language),
    )
