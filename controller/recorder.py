"""One journal row and one log line for everything that happens."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from config import Clock
from db import Entry, Journal

log = structlog.get_logger()


class Recorder:
    """Writes what happened, with the clock's time of now, a moment later. Never waits, never raises."""

    def __init__(self, journal: Journal, clock: Clock, line: str = "main") -> None:
        self._journal = journal
        self._clock = clock
        self._line = line

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
        entry = Entry(
            at_ms=self._clock.now_ms(),
            kind=kind,
            call=call,
            seat=seat,
            operator=operator,
            offer=offer,
            line=self._line if call else None,
            data=dict(data or {}),
            private=dict(private) if private else None,
        )
        # After what this turn of the loop has to send: no phone waits for the paper. The order is kept.
        asyncio.get_running_loop().call_soon(self._write, entry)

    def _write(self, entry: Entry) -> None:
        self._journal.write(entry)
        shown = {"call": entry.call, "seat": entry.seat, "operator": entry.operator, "offer": entry.offer}
        shown.update(entry.data)
        if "event" in shown:  # what structlog calls the line itself
            shown["event_"] = shown.pop("event")
        log.info(entry.kind, **{key: value for key, value in shown.items() if value is not None})
