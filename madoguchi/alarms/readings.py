"""What the alarms go by: the instance's own API, read as a stranger would, and what lies on the disk."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import aiohttp

from config import Home, RunFile, Settings
from db.seat_slots import is_staffed
from madoguchi.alarms import blocking
from madoguchi.alarms.book import Reading
from madoguchi.backup.kept import LastBackup
from madoguchi.certificates import days_left, in_use
from madoguchi.desk_tls import trusting

WITHIN_S = 3.0
GIGABYTE = 1 << 30
HOUR_MS = 3_600_000
BEHIND_MS = 10_000
"""Rows that have waited longer for the database: it is away, or too slow."""
CALMED = 0.8
"""Share of the limit of waiting below which the alarm ends."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the instance says: None where it does not answer."""

    ready: Mapping[str, Any] | None
    live: Mapping[str, Any] | None


async def look(session: aiohttp.ClientSession, home: Home, desk_url: str | None = None) -> Seen:
    """Ask the instance of a home, at its run.json's address or at ``desk_url``.

    Never raises: that it does not answer is what is to be found out.
    """
    try:
        run = await asyncio.to_thread(RunFile.read, home.run_json)
    except (OSError, ValueError):
        return Seen(None, None)
    bearer = {"Authorization": f"Bearer {run.api_token}"}
    url = desk_url or run.desk_url
    tls = _trusted(run.desk_certificate)
    ready = await _json(session, f"{url}/readyz", {}, tls)
    return Seen(ready, None if ready is None else await _json(session, f"{url}/api/v1/live", bearer, tls))


def _trusted(certificate: str) -> ssl.SSLContext | bool:
    """How the desk is known; one whose certificate file is gone does not answer."""
    with suppress(OSError):
        return trusting(certificate) or True
    return True


async def _json(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], tls: ssl.SSLContext | bool
) -> Mapping[str, Any] | None:
    limit = aiohttp.ClientTimeout(total=WITHIN_S)
    with suppress(aiohttp.ClientError, TimeoutError, ValueError):
        async with session.get(url, headers=headers, timeout=limit, ssl=tls) as answer:
            found = await answer.json(content_type=None)
            return found if isinstance(found, dict) else None
    return None


def readings(home: Home, settings: Settings, seen: Seen, raised: Mapping[str, Any]) -> Iterator[Reading]:
    """Every condition as it is. ``raised``: the alarms that hold, for those that end at another value."""
    yield from _of_parts(settings, seen)
    yield from _of_floor(settings, seen, raised)
    yield from _of_disk(home, settings)


def _of_parts(settings: Settings, seen: Seen) -> Iterator[Reading]:
    away_ms = round(settings.alarms.away_after_s * 1000)
    ready, live = seen.ready, seen.live

    def critical(alarm: str, holds: bool | None, summary: str) -> Reading:
        return Reading(alarm=alarm, holds=holds, severity="critical", after_ms=away_ms, summary=summary)

    yield critical(
        "fallback",
        ready is None,
        "制御プログラムが応答しません。電話は交換機だけで受けています（順番待ち・時間外案内のみ）。",
    )
    asterisk = None if ready is None else ready.get("asterisk") is False
    yield critical("asterisk_away", asterisk, "交換機（Asterisk）につながりません。電話を受けられません。")
    lag_ms = 0 if live is None else int(live.get("lag_ms") or 0)
    away = None if ready is None else ready.get("database") is False or lag_ms > BEHIND_MS
    yield critical(
        "database_away",
        away,
        "データベースに書き込めません。電話は受けていますが、記録はメモリーにだけあります。",
    )


def _of_floor(settings: Settings, seen: Seen, raised: Mapping[str, Any]) -> Iterator[Reading]:
    rules, live = settings.alarms, seen.live
    open_now = None if live is None else live["line"]["state"] == "open"
    staffed = None
    if live is not None:
        breaks = settings.report.breaks_are_staffed
        staffed = sum(is_staffed(seat["state"], with_breaks=breaks) for seat in live["seats"])
    required = settings.report.staffed_seats
    none, few = None, None
    if staffed is not None:
        none = bool(open_now) and staffed == 0
        few = bool(open_now) and staffed < required
    yield Reading(
        alarm="no_seat", holds=none, severity="critical", after_ms=round(rules.no_seat_after_s * 1000),
        summary="受付時間中ですが、受けられる席が一つもありません。", value=staffed, limit=1,
    )  # fmt: skip
    yield Reading(
        alarm="few_seats", holds=few, severity="warning", after_ms=round(rules.few_seats_after_s * 1000),
        summary=f"受付時間中の席の配置が {staffed} 席です（契約は {required} 席）。",
        value=staffed, limit=required,
    )  # fmt: skip
    longest = None if live is None else live.get("longest_wait_s") or 0
    limit = rules.wait_s * (CALMED if "long_wait" in raised else 1)
    yield Reading(
        alarm="long_wait", holds=None if longest is None else longest > limit, severity="warning", after_ms=0,
        summary=f"最も長く待っている人が {longest or 0:.0f} 秒待っています。",
        value=longest, limit=rules.wait_s,
    )  # fmt: skip


def _of_disk(home: Home, settings: Settings) -> Iterator[Reading]:
    rules = settings.alarms
    free_gb = round(shutil.disk_usage(home.path).free / GIGABYTE, 2)
    yield Reading(
        alarm="disk", holds=free_gb < rules.disk_free_gb, severity="critical", after_ms=0,
        summary=f"ディスクの空きが {free_gb:.1f} GB です。", value=free_gb, limit=rules.disk_free_gb,
    )  # fmt: skip
    left = min(((days_left(file), file.name) for file in in_use(home, settings)), default=None)
    if left is not None:
        yield Reading(
            alarm="certificate", holds=left[0] < rules.certificate_days, severity="warning", after_ms=0,
            summary=f"証明書 {left[1]} の期限まで {left[0]:.0f} 日です。",
            value=round(left[0], 1), limit=rules.certificate_days,
        )  # fmt: skip
    refused = len(blocking.read(home).until_ms)
    yield Reading(
        alarm="sip_attack", holds=refused > 0, severity="warning", after_ms=0,
        summary=f"電話のパスワードを探っているアドレスを断っています（{refused} 件）。",
        value=refused, limit=0,
    )  # fmt: skip
    last = LastBackup.read(home)
    if last is not None:  # none at all: doctor says so; a rehearsal needs none
        hours = (time.time_ns() // 1_000_000 - last.made_ms) / HOUR_MS
        limit = settings.backup.warn_after_h
        yield Reading(
            alarm="backup", holds=hours > limit, severity="warning", after_ms=0,
            summary=f"最後のバックアップから {hours:.0f} 時間です。", value=round(hours, 1), limit=limit,
        )  # fmt: skip
