"""Telling an alarm: a POST with JSON to each webhook, in order, tried again until it is taken.

The body is signed if there is a file keys/webhook-secret: `X-Madoguchi-Signature: sha256=HEX` is the
HMAC-SHA-256 (RFC 2104) of the body. Nothing personal is in it, and no redirection is followed.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog

from config import JST, Home, Settings, from_ms
from madoguchi.alarms.keep import LONGEST_QUEUE, Kept, Outgoing

WITHIN_S = 10.0
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
LATER = (408, 425, 429)
"""Answers of the 400s that mean: try again."""
MANUAL = "docs/operations.ja.md#"

log = structlog.get_logger()


def document(home: Home, settings: Settings, outgoing: Outgoing) -> bytes:
    """What is sent: the notice, whose it is, and where the manual says what to do."""
    notice = outgoing.notice
    shown: dict[str, Any] = {
        "id": outgoing.id,
        "alarm": notice.alarm,
        "state": notice.change,
        "severity": notice.severity,
        "summary": notice.summary,
        "at": _time(notice.at_ms),
        "since": _time(notice.since_ms),
        "value": notice.value,
        "limit": notice.limit,
        "site": settings.line.name,
        "number": settings.line.number,
        "home": str(home.path),
        "manual": f"{MANUAL}警報-{notice.alarm}",
    }
    # As chat services show it that know one field only.
    words = {"raised": "発生", "again": "継続中", "cleared": "解消"}
    shown["text"] = f"【{words[notice.change]}】{settings.line.name}: {notice.summary}"
    return json.dumps(shown, ensure_ascii=False).encode()


class Teller:
    """Sends what is in the queue. One task a webhook, so that one that is away holds up no other."""

    def __init__(self, home: Home, kept: Kept, settings: Callable[[], Settings]) -> None:
        self._home = home
        self._kept = kept
        self._settings = settings
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN_S))

    def go_on(self) -> None:
        """Begin to send what waits; returns at once."""
        del self._kept.outgoing[:-LONGEST_QUEUE]
        for url in {one.url for one in self._kept.outgoing}:
            if url not in self._tasks or self._tasks[url].done():
                self._tasks[url] = asyncio.create_task(self._send_all(url), name=f"webhook {url}")

    async def close(self) -> None:
        """Leave what is under way; it stays in the queue."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await self._session.close()

    async def _send_all(self, url: str) -> None:
        pause_s = FIRST_PAUSE_S
        while (next_one := next((one for one in self._kept.outgoing if one.url == url), None)) is not None:
            if url not in self._settings().alarms.webhooks:
                self._done(next_one)  # taken out of the settings
                continue
            problem = await self._send(next_one)
            if problem is None:
                self._done(next_one)
                pause_s = FIRST_PAUSE_S
                continue
            log.warning("alarm.not_told", alarm=next_one.notice.alarm, url=url, why=problem, again_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LONGEST_PAUSE_S)

    async def _send(self, outgoing: Outgoing) -> str | None:
        """Why it was not taken; None: it was. What the receiver refuses for good (4xx) counts as taken."""
        try:
            status = await _post(self._session, self._home, self._settings(), outgoing)
        except (aiohttp.ClientError, TimeoutError) as problem:
            return str(problem) or type(problem).__name__
        if 400 <= status < 500 and status not in LATER:
            log.error("alarm.refused", alarm=outgoing.notice.alarm, url=outgoing.url, status=status)
            return None
        return None if status < 300 else f"answer {status}"

    def _done(self, outgoing: Outgoing) -> None:
        self._kept.outgoing = [one for one in self._kept.outgoing if one.id != outgoing.id]


async def send_once(home: Home, settings: Settings, outgoing: Outgoing) -> str | None:
    """Send one, without trying again: why it did not arrive; None: it did."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=WITHIN_S)) as session:
        try:
            status = await _post(session, home, settings, outgoing)
        except (aiohttp.ClientError, TimeoutError) as problem:
            return str(problem) or type(problem).__name__
    return None if status < 300 else f"answer {status}"


async def _post(session: aiohttp.ClientSession, home: Home, settings: Settings, outgoing: Outgoing) -> int:
    body = document(home, settings, outgoing)
    headers = {"Content-Type": "application/json; charset=utf-8", **_signature(home, body)}
    async with session.post(outgoing.url, data=body, headers=headers, allow_redirects=False) as answer:
        return answer.status


def _signature(home: Home, body: bytes) -> dict[str, str]:
    try:
        secret = (home.keys / "webhook-secret").read_bytes().strip()
    except OSError:
        return {}
    return {"X-Madoguchi-Signature": f"sha256={hmac.digest(secret, body, hashlib.sha256).hex()}"}


def _time(ms: int) -> str:
    return from_ms(ms).astimezone(JST).isoformat(timespec="seconds")
