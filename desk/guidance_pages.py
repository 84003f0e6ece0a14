"""`GET /guidance`: the spoken texts, where each is heard, and how it sounds; `…/audio` plays one."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass

from aiohttp import web

from desk.context import desk_of
from desk.problems import ApiProblem
from desk.shell import page
from ivr.guidance import Guidance
from ivr.sound import SoundError, ulaw_decode, wav_encode, wav_read
from ivr.texts import LANGUAGES

LANGUAGE_NAMES = {"ja": "日本語", "en": "英語", "easy": "やさしい日本語"}
ORIGINS = {"recorded": "録音", "voice": "合成", "missing": "なし"}
RATE = 8000
_ID = re.compile(r"[a-z][a-z0-9_.]{0,80}")


@dataclass(frozen=True, slots=True)
class TextLine:
    """One text in one language."""

    id: str
    said: str
    where: str
    note: str
    origin: str
    own: bool
    duration_s: float


async def texts(request: web.Request) -> web.Response:
    """`GET /guidance?language=&find=&parts=`."""
    guidance = desk_of(request).office.guidance
    language = request.query.get("language", "ja")
    if language not in LANGUAGES:
        language = "ja"
    find, parts = request.query.get("find", "").strip()[:80], "parts" in request.query
    lines = [line for line in _lines(guidance, language, parts=parts) if _fits(line, find)]
    return page(
        request,
        "guidance.html.j2",
        lines=lines,
        chosen=language,
        find=find,
        parts=parts,
        names=LANGUAGE_NAMES,
        origins=ORIGINS,
        problems=guidance.problems,
    )


async def audio(request: web.Request) -> web.Response:
    """`GET /api/v1/guidance/{language}/{text}/audio`: as a citizen hears it, 8 kHz, as WAV."""
    language, text = request.match_info["language"], request.match_info["text"]
    guidance = desk_of(request).office.guidance
    found = guidance.found(text, language) if language in LANGUAGES and _ID.fullmatch(text) else None
    if found is None:
        raise ApiProblem(404, "no_such_text", "There is no such text in this language.")

    def work() -> bytes:
        made = found.stem.parent / f"{found.stem.name}.ulaw"
        if made.exists():
            return wav_encode(ulaw_decode(made.read_bytes()))
        return wav_encode(wav_read(found.stem.parent / f"{found.stem.name}.wav", RATE))

    try:
        body = await asyncio.to_thread(work)
    except (OSError, SoundError):
        raise ApiProblem(404, "no_sound", "There is no sound of this text that can be played.") from None
    return web.Response(body=body, content_type="audio/wav")


def _lines(guidance: Guidance, language: str, *, parts: bool) -> list[TextLine]:
    found = []
    for text in guidance.texts.values():
        if (text.part or text.member) and not parts:
            continue
        sound = guidance.found(text.id, language)
        if not text.said(language) and sound is None:
            continue
        found.append(
            TextLine(
                text.id,
                text.said(language),
                text.where,
                text.note,
                sound.origin if sound else "missing",
                sound is not None and sound.folder > 0,
                round(sound.duration_ms / 1000, 1) if sound else 0.0,
            )
        )
    return found


def _fits(line: TextLine, find: str) -> bool:
    return not find or any(find in text for text in (line.id, line.said, line.where, line.note))
