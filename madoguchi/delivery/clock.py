"""What has been made and not gone goes: each paper to each receiver once, tried again until it went.

What went stands in the journal (`report.sent`), what failed too (`report.not_sent`): a restart forgets
nothing. A file that is not there any more is made anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from config.report_files import ReportFiles
from db import Database, journal_rows
from madoguchi.delivery import mail, sftp
from madoguchi.delivery.parcel import DeliveryError, Parcel
from madoguchi.report_files import KIND as MADE
from madoguchi.report_files import Due, Makers, make_files

SENT, NOT_SENT = "report.sent", "report.not_sent"
LOOK_EVERY_S = 20.0
FIRST_AGAIN_S, LONGEST_AGAIN_S = 60.0, 3600.0
BACK_DAYS = 31
"""What was made longer ago is not sent any more; doctor has said so long since."""
TITLES = {"booking": "交付予約受付簿", "inquiry": "問合せ記録簿", "completion": "業務（一部）完了届"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pending:
    """A paper that a receiver has not got yet. ``target``: sftp, mail."""

    due: Due
    target: str
    since_ms: int
    files: tuple[str, ...]


def pending(database: Database, rules: ReportFiles, now_ms: int) -> list[Pending]:
    """What was made and has not gone, the oldest first."""
    wanted = {name: one.parts for name, one in (("sftp", rules.sftp), ("mail", rules.mail)) if one}
    if not wanted:
        return []
    with database.read() as connection:
        rows = [
            row.entry
            for row in journal_rows(connection, from_ms=now_ms - BACK_DAYS * 86_400_000, kinds=[MADE, SENT])
        ]
    gone = {(Due.of(row.data), row.data.get("target")) for row in rows if row.kind == SENT}
    found: dict[tuple[Due, str], Pending] = {}
    for row in rows:
        due = Due.of(row.data)
        for target, parts in wanted.items() if row.kind == MADE else ():
            if due.part in parts and (due, target) not in gone and (due, target) not in found:
                files = tuple(sorted(row.data.get("files") or {}))
                found[due, target] = Pending(due, target, row.at_ms, files)
    return list(found.values())


def failures(database: Database, rules: ReportFiles, now_ms: int) -> list[str]:
    """For whoever watches: what has not gone although it was tried, a sentence for each receiver."""
    waiting = pending(database, rules, now_ms)
    if not waiting:
        return []
    with database.read() as connection:
        tried = {
            (Due.of(row.entry.data), row.entry.data.get("target")): str(row.entry.data.get("why"))
            for row in journal_rows(connection, from_ms=now_ms - BACK_DAYS * 86_400_000, kinds=[NOT_SENT])
        }
    said: dict[str, list[tuple[str, str]]] = {}
    for one in waiting:
        why = tried.get((one.due, one.target))
        if why is not None:
            said.setdefault(one.target, []).append((one.due.name, why))
    return [
        f"{target}: 未送付の報告書 {len(names)} 件（{names[0][0]} ほか）。{names[-1][1]}"
        if len(names) > 1
        else f"{target}: 未送付の報告書 {names[0][0]}。{names[0][1]}"
        for target, names in said.items()
    ]


def title_of(due: Due) -> str:
    """What the paper is called, for people."""
    figures = "日次報告" if len(due.label) == 10 else "月次報告"
    name = TITLES.get(due.part, figures)
    return f"{name} {due.label}" + ("" if due.version is None else f" 確定第{due.version}版")


class DeliveryClock:
    """Looks from time to time what has to go, and sends it, one after the other."""

    def __init__(
        self,
        database: Database,
        home: Path,
        *,
        now_ms: Callable[[], int],
        rules: Callable[[], ReportFiles],
        makers: Callable[[], Makers],
        record: Callable[[str, dict[str, Any]], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._home = home
        self._now_ms = now_ms
        self._rules = rules
        self._makers = makers
        self._record = record
        self._monotonic = monotonic
        self._gone: set[tuple[Due, str]] = set()
        self._failed: dict[tuple[Due, str], tuple[int, float]] = {}
        """How often, and when it is tried again (monotonic, s)."""
        self.warnings: list[str] = []

    async def keep(self) -> None:
        """Go on until cancelled; a failure is logged and tried again."""
        while True:
            try:
                await self.look()
            except Exception:
                # A database that is away: it is asked again.
                log.warning("report.not_looked_up", exc_info=True)
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> list[Pending]:
        """Send what is to go now. Returns what went."""
        rules, now_ms = self._rules(), self._now_ms()
        if rules.sftp is None and rules.mail is None:
            self.warnings = []
            return []
        sent = []
        for one in await asyncio.to_thread(pending, self._database, rules, now_ms):
            key = one.due, one.target
            tries, again_s = self._failed.get(key, (0, 0.0))
            # Its row may still be on its way to the database.
            if key in self._gone or self._monotonic() < again_s:
                continue
            told = {
                "target": one.target,
                "period": one.due.label,
                "version": one.due.version,
                "part": one.due.part,
            }
            try:
                parcel = await asyncio.to_thread(self._parcel, one, rules, now_ms)
                await self._send(one.target, rules, parcel)
            except (DeliveryError, OSError) as problem:
                why = str(problem)
                wait_s = min(FIRST_AGAIN_S * 2**tries, LONGEST_AGAIN_S)
                self._failed[key] = tries + 1, self._monotonic() + wait_s
                self._record(NOT_SENT, {**told, "why": why, "attempt": tries + 1})
                log.warning("report.not_sent", **told, why=why, again_s=wait_s)
                continue
            self._gone.add(key)
            self._failed.pop(key, None)
            self._record(SENT, {**told, "files": parcel.hashes()})
            log.info("report.sent", **told)
            sent.append(one)
        left = await asyncio.to_thread(failures, self._database, rules, now_ms)
        self.warnings = left if self._failed else []
        return sent

    def _parcel(self, one: Pending, rules: ReportFiles, now_ms: int) -> Parcel:
        directory = self._home / rules.directory
        if not one.files or any(not (directory / name).is_file() for name in one.files):
            make_files(self._database, one.due, rules, directory, self._makers(), now_ms)
        names = [name for name in one.files if (directory / name).is_file()]
        if not names:
            raise DeliveryError(
                f"[report] formats: {title_of(one.due)} is made in no form; there is nothing to send"
            )
        files = {name: (directory / name).read_bytes() for name in names}
        return Parcel(title_of(one.due), one.due.part, files)

    async def _send(self, target: str, rules: ReportFiles, parcel: Parcel) -> None:
        ways: dict[str, Callable[[], Awaitable[None]]] = {}
        if rules.sftp is not None:
            ways["sftp"] = partial(sftp.send, rules.sftp, self._home, parcel)
        if rules.mail is not None:
            ways["mail"] = partial(mail.send, rules.mail, self._home, parcel, self._now_ms())
        await ways[target]()
