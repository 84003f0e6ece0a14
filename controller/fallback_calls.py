"""Never nobody: what the exchange served by itself is taken from its own record and journalled, once a call.

A call of the fallback has the id that the controller would have given it, for both make it of the channel's
name. So it is found again however often a controller starts, and a row that is there is not written twice.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import structlog

from config import Clock, Settings, from_ms
from controller.call import call_id
from controller.incoming import Incoming
from db import CallFacts, Database, Entry, journal_of_call, last_of_seat, open_calls
from ivr.calendar import Calendar
from reports.queue_log import QueueLog, Served

log = structlog.get_logger()

SAME_MOMENT_MS = 2_000
SHIFT_MS = 12 * 3_600_000
"""Who logged in longer ago than a day's work does not sit there any more."""


@dataclass(slots=True)
class _Told:
    """What the journal has of a call: the kinds of its rows."""

    kinds: set[str] = field(default_factory=set)
    queued_ms: int | None = None


class Paper(Protocol):
    """What the rows are written to: the controller's `Recorder`."""

    def store(self, entry: Entry) -> None:
        """Write a row."""

    async def stored(self) -> bool:
        """Whether all that was written until now is in the database. Waits some seconds for it."""


class FallbackCalls:
    """Takes calls from the exchange's record into the journal."""

    def __init__(
        self,
        record: QueueLog | None,
        database: Database,
        journal: Paper,
        clock: Clock,
        settings: Callable[[], Settings],
        calendar: Callable[[str], Calendar],
    ) -> None:
        """`record` None: there is none, and nothing is ever taken in. `settings`, `calendar` (of a line):
        those in force, asked each time.
        """
        self._record = record
        self._database = database
        self._journal = journal
        self._clock = clock
        self._settings = settings
        self._calendar = calendar
        self._told: dict[str, _Told] = {}
        self._changed: dict[str, Served] = {}
        """Read, and not journalled yet."""
        self._seen: set[str] = set()
        self._is_first = True
        self._booted_ms = self._fell_ms = 0
        self._busy = asyncio.Lock()

    @property
    def counts(self) -> bool:
        """Whether there is a record to take calls from."""
        return self._record is not None

    def asterisk_is(self, booted_ms: int, fell_ms: int) -> None:
        """Know since when the present Asterisk runs, and when the one before fell (ms UTC of our clock)."""
        self._booted_ms, self._fell_ms = booted_ms, fell_ms

    async def take_in(self) -> set[str]:
        """Journal what is new. Returns the calls that are the fallback's: of all that this process has seen.

        Raises:
            DBAPIError: the database is away; nothing is lost, the next time has it.
            OSError: the record cannot be read.
        """
        record = self._record
        if record is None:
            return set()
        async with self._busy:
            new = await asyncio.to_thread(record.read)
            new += record.fell(self._booted_ms - self._clock.offset_ms)
            self._changed.update((call_id(one.unique_id), one) for one in new)
            if self._is_first:
                await self._close_unknown(record)
                self._is_first = False
            self._seen |= self._changed.keys()
            unknown = [call for call in self._changed if call not in self._told]
            if unknown and not await self._journal.stored():
                return self._seen  # our own rows of them may be on their way: the next time has it
            self._told.update(await asyncio.to_thread(self._journalled, unknown))
            for call, one in list(self._changed.items()):
                told = self._told[call]
                for entry in await self._rows(one, told):
                    if entry.kind not in told.kinds:
                        told.kinds.add(entry.kind)
                        self._journal.store(entry)
                        log.info(entry.kind, call=call, seat=entry.seat, from_record=True, **entry.data)
                del self._changed[call]
                if one.left_ms is not None or one.fell:
                    del self._told[call]
            return self._seen

    async def _close_unknown(self, record: QueueLog) -> None:
        """End calls of the fallback whose record is lost, by which nobody will ever know how they ended."""
        kept = {*self._changed, *(call_id(one.unique_id) for one in record.in_hand())}
        for facts in await asyncio.to_thread(self._unended):
            if facts.call not in kept:
                data = {"outcome": "answered" if facts.connected else "system_failed",
                        "queued": facts.queued, "cause": "record_lost"}  # fmt: skip
                self._journal.store(
                    Entry(self._clock.now_ms(), "call.ended", facts.call, line="main", data=data)
                )

    def _unended(self) -> list[CallFacts]:
        with self._database.read() as connection:
            return [facts for facts in open_calls(connection) if facts.fallback]

    def _journalled(self, calls: Iterable[str]) -> dict[str, _Told]:
        found = {}
        with self._database.read() as connection:
            for call in calls:
                rows = [row.entry for row in journal_of_call(connection, call)]
                queued = next((row.at_ms for row in rows if row.kind == "call.queued"), None)
                found[call] = _Told({row.kind for row in rows}, queued)
        return found

    async def _rows(self, one: Served, told: _Told) -> list[Entry]:
        operator = None
        if one.seat is not None and "call.connected" not in told.kinds:
            at_ms = (one.connected_ms or one.at_ms) + one.offset_ms
            operator = await asyncio.to_thread(self._operator, one.seat, at_ms)
        return list(self._rows_of(one, told, operator))

    def _rows_of(self, one: Served, told: _Told, operator: str | None) -> Iterator[Entry]:
        settings, call = self._settings(), call_id(one.unique_id)
        incoming = Incoming.read(one.pairs, settings.numbers())
        line = one.line if one.line in settings.line_rules() else settings.line_of(incoming.called.number)
        at_ms = one.at_ms + one.offset_ms
        moment = self._calendar(line).at(from_ms(at_ms))
        is_open = one.how == "open" if one.how else moment.is_open
        caller = incoming.caller

        def row(at: int, kind: str, **data: object) -> Entry:
            return Entry(at, kind, call, line="main", data=data)

        yield Entry(
            _came_ms(one) + one.offset_ms,
            "call.received",
            call,
            line="main",
            data={
                "called": incoming.called.number,
                "called_raw": incoming.called.raw,
                "withheld": None if caller.number else caller.withheld.value,
                "open": is_open,
                "calendar": moment.reason,
                "channel": one.unique_id,
                "line": line,
            },
            private={"number": caller.number} if caller.number else None,
        )
        yield row(at_ms, "call.fallback", how=one.how, line=line)
        if one.how:
            yield row(at_ms, "call.answered")
        queued_ms = told.queued_ms
        if one.queued_ms is not None:
            came_ms = one.queued_ms + one.offset_ms
            queued_ms = came_ms if queued_ms is None else queued_ms
            yield row(came_ms, "call.queued", position=one.position, predicted_ms=None, staffed=None,
                      line=line, need="", priority=0)  # fmt: skip
        if one.connected_ms is not None:
            connected_ms = one.connected_ms + one.offset_ms
            data = {"wait_ms": connected_ms - (queued_ms or connected_ms)}
            yield Entry(connected_ms, "call.connected", call, one.seat, operator, line="main", data=data)
        over_ms = (
            one.left_ms if one.left_ms is not None else (self._fell_ms - one.offset_ms if one.fell else None)
        )
        if over_ms is None:
            return
        over_ms = max(over_ms, one.connected_ms or one.queued_ms or one.at_ms)
        if one.connected_ms is not None:
            ended_ms = over_ms if one.talk_ended_ms is None else one.talk_ended_ms
            by = "system" if one.fell and one.talk_ended_ms is None else one.ended_by
            yield Entry(ended_ms + one.offset_ms, "call.talk_ended", call, one.seat, operator, line="main",
                        data={"by": by})  # fmt: skip
        outcome = _outcome(one, is_open=is_open, queued=queued_ms is not None)
        ended_ms = one.exit_ms if one.exit == "timed_out" and one.exit_ms is not None else over_ms
        cause = "asterisk_fell" if one.fell else "fallback"
        yield row(ended_ms + one.offset_ms, "call.ended",
                  outcome=outcome, queued=queued_ms is not None, cause=cause)  # fmt: skip

    def _operator(self, seat: int, at_ms: int) -> str | None:
        """Who was logged in at a seat then, by the journal."""
        with self._database.read() as connection:
            came, left = (
                last_of_seat(connection, kind, seat, at_ms - SHIFT_MS, at_ms + 1)
                for kind in ("seat.login", "seat.logout")
            )
        if came is None or (left is not None and left.seq > came.seq):
            return None
        return came.entry.operator


def _came_ms(one: Served) -> int:
    """When the call came in: a killed controller may have had it before, and written nothing of it. The name
    of its channel has the second.
    """
    named = re.fullmatch(r".*?([0-9]{9,11})\.[0-9]+", one.unique_id)
    came_ms = int(named[1]) * 1000 if named else one.at_ms
    return came_ms if one.at_ms - came_ms > SAME_MOMENT_MS else one.at_ms


def _outcome(one: Served, *, is_open: bool, queued: bool) -> str:
    """終了区分 of a call that the exchange served."""
    if one.connected_ms is not None:
        return "answered"
    if one.fell:
        return "system_failed"
    if queued:
        # Who waited already when the controller fell may have been told that it is closed by then.
        return one.exit or ("system_failed" if one.how == "closed" else "abandoned")
    return "abandoned_in_guidance" if is_open else "closed"
