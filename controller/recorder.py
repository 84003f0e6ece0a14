"""One journal row and one log line for everything that happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from config import Clock
from db import Entry, Journal

log = structlog.get_logger()

WRITE_AFTER_S = 0.005
"""No phone waits for the paper: what a call needs of two cores in its first milliseconds goes to the call."""
STORED_S = 2.0
ENDS = ("call.talk_ended", "call.ended")
Row = tuple[
    int,
    str,
    str | None,
    int | None,
    str | None,
    str | None,
    Mapping[str, object],
    Mapping[str, str] | None,
]


class Recorder:
    """Writes what happened, with the clock's time of now, a moment later. Never waits, never raises."""

    def __init__(self, journal: Journal, clock: Clock, line: str = "main") -> None:
        self._journal = journal
        self._clock = clock
        self._line = line
        self._rows: list[Row] = []
        self._due: asyncio.TimerHandle | None = None
        self._as_of: int | None = None
        self._ended_ms: int | None = None

    @property
    def now_ms(self) -> int:
        """The moment that rows get (ms UTC): the clock's, or that of `as_of`."""
        return self._clock.now_ms() if self._as_of is None else self._as_of

    @contextmanager
    def as_of(self, at_ms: int) -> Iterator[None]:
        """For what is only found out now: rows of the block, in which nothing may wait, get this moment."""
        self._as_of = at_ms
        try:
            yield
        finally:
            self._as_of = None

    @contextmanager
    def ended_at(self, at_ms: int | None) -> Iterator[None]:
        """For an end that may be heard of late, as we stood still: calls and talks that end in the block end
        at this moment. All else in it follows from hearing so, and is of now. None: nobody knows when it was.
        """
        self._ended_ms = at_ms
        try:
            yield
        finally:
            self._ended_ms = None

    def record(
        self,
        kind: str,
        *,
        call: str | None = None,
        seat: int | None = None,
        operator: str | None = None,
        offer: str | None = None,
        data: Mapping[str, object] | None = None,
        private: Mapping[str, str] | None = None,
    ) -> None:
        """Write one row; `private` (a caller's number) never reaches the row or the log."""
        at_ms = self.now_ms if self._ended_ms is None or kind not in ENDS else self._ended_ms
        self._rows.append((at_ms, kind, call, seat, operator, offer, data or {}, private))
        if self._due is None:
            self._due = asyncio.get_running_loop().call_later(WRITE_AFTER_S, self.flush)

    def store(self, entry: Entry) -> None:
        """Write a row of another time, behind all that was recorded before."""
        self.flush()
        self._journal.write(entry)

    async def stored(self) -> bool:
        """Whether all that was recorded until now is in the database, within `STORED_S`."""
        self.flush()
        return await asyncio.to_thread(self._journal.flush, STORED_S)

    def flush(self) -> None:
        """Write what has gathered, in its order."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        rows, self._rows = self._rows, []
        for row in rows:
            self._write(*row)

    def _write(
        self,
        at_ms: int,
        kind: str,
        call: str | None,
        seat: int | None,
        operator: str | None,
        offer: str | None,
        data: Mapping[str, object],
        private: Mapping[str, str] | None,
    ) -> None:
        line = self._line if call else None
        self._journal.write(Entry(at_ms, kind, call, seat, operator, offer, line, dict(data), private))
        shown = {"call": call, "seat": seat, "operator": operator, "offer": offer, **data}
        if "event" in shown:  # what structlog calls the line itself
            shown["event_"] = shown.pop("event")
        log.info(kind, **{key: value for key, value in shown.items() if value is not None})
