"""One journal row and one log line for everything that happens."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from config import Clock
from db import Entry, Journal

log = structlog.get_logger()


class Recorder:
    """Writes what happened, with the clock's time. Never waits, never raises (the journal queues)."""

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
        facts = dict(data or {})
        self._journal.write(
            Entry(
                at_ms=self._clock.now_ms(),
                kind=kind,
                call=call,
                seat=seat,
                operator=operator,
                offer=offer,
                line=self._line if call else None,
                data=facts,
                private=dict(private) if private else None,
            )
        )
        shown = {"call": call, "seat": seat, "operator": operator, "offer": offer, **facts}
        if "event" in shown:  # what structlog calls the line itself
            shown["event_"] = shown.pop("event")
        log.info(kind, **{key: value for key, value in shown.items() if value is not None})
