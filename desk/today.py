"""The figures as the pages see them: made once for all viewers, and for at most a tenth of the time.

The figures go over every call of the day (some ms with 500 calls), on the loop that also carries the calls.
They are made anew only when the journal or the second has changed, and after a computation of 5 ms the next
one waits 45 ms; whoever asks meanwhile waits for it and gets figures that are exact when they are sent.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from db import Entry, ticket_of
from reports import LiveFigures, menus
from reports.figures import Figures
from reports.handled import Handled

REST = 9
"""Rest after a computation, as a multiple of what it took."""
LONGEST_REST_S = 0.1
"""Then more than a tenth of the time: only with more than some 4,000 calls a day."""
WRAP_UP = "wrap_up"
COUNTED = frozenset({"offer.ended", "callback.offer_ended", "system.started", "system.stopped", *menus.KINDS})
RECENT = ("received_open", "queued", "answered", "abandoned", "answer_rate")


class Today:
    """Figures of the day and of the last 30 minutes."""

    def __init__(self, figures: LiveFigures, now_ms: Callable[[], int]) -> None:
        self._figures = figures
        self._now_ms = now_ms
        self._version = 0
        self._made_of: tuple[int, int] | None = None
        self._made: dict[str, Any] = {}
        self._of_lines: dict[frozenset[str], tuple[tuple[int, int], dict[str, Any]]] = {}
        """As many as there are ways in which persons' lines are limited."""
        self._rested_s = float("-inf")
        self._resting: asyncio.Task[None] | None = None

    def take(self, _seq: int, entry: Entry) -> None:
        """One journal entry, as the journal's subscriber gets it."""
        if is_counted(entry):
            self._version += 1

    async def fresh(self) -> None:
        """Return when `view` has nothing to compute, or may compute at once."""
        while not self._is_fresh() and (rest_s := self._rested_s - time.perf_counter()) > 0:
            if self._resting is None:
                self._resting = asyncio.create_task(self._rest(rest_s), name="today's figures")
            await asyncio.shield(self._resting)

    def view(self) -> dict[str, Any]:
        """{"today", "last_30_min", "seats_today"}, exact now."""
        if not self._is_fresh():
            self._make()
        return self._made

    def view_of(self, lines: frozenset[str]) -> dict[str, Any]:
        """The same of these lines only; what is counted by seat is of all lines and is not among it."""
        now_ms = self._now_ms()
        made_of = (self._version, now_ms // 1000)
        known = self._of_lines.get(lines)
        if known is None or known[0] != made_of:
            figures = self._figures.today(now_ms, lines)
            recent = self._figures.last_half_hour(now_ms, lines)
            known = (made_of, {**_shown(figures, recent), "seats_today": []})
            self._of_lines[lines] = known
        return known[1]

    async def _rest(self, rest_s: float) -> None:
        # Not computed here: who wakes first does it, of what has been written by then.
        try:
            await asyncio.sleep(rest_s)
        finally:
            self._resting = None

    def _is_fresh(self) -> bool:
        return self._made_of == (self._version, self._now_ms() // 1000)

    def _make(self) -> None:
        began_s = time.thread_time()  # what it costs, not what else the machine does meanwhile
        now_ms = self._now_ms()
        made_of = (self._version, now_ms // 1000)
        figures, recent = self._figures.today(now_ms), self._figures.last_half_hour(now_ms)
        seats = _seats(figures, self._figures.handled(now_ms))
        self._made = {**_shown(figures, recent), "seats_today": seats}
        self._made_of = made_of
        took_s = time.thread_time() - began_s
        self._rested_s = time.perf_counter() + min(REST * took_s, LONGEST_REST_S)


def is_counted(entry: Entry) -> bool:
    """Whether a row can change a figure: breaks, log-ins and what is done at the desk do not."""
    if entry.call is not None or ticket_of(entry) is not None:
        return True
    if entry.kind == "seat.state":
        return WRAP_UP in (entry.data.get("from"), entry.data.get("to"))
    return entry.kind in COUNTED


def _shown(figures: Figures, recent: Figures) -> dict[str, Any]:
    return {
        "today": figures.to_json(),
        "last_30_min": {
            **{name: getattr(recent.total, name) for name in RECENT},
            "service_level": recent.service_level,
            "asa_s": recent.asa_s,
        },
    }


def _seats(figures: Figures, handled: dict[int, Handled]) -> list[dict[str, Any]]:
    offers = {one.seat: one for one in figures.by_seat}
    return [
        {
            "seat": seat,
            "answered": offers[seat].answered if seat in offers else 0,
            "missed": offers[seat].missed if seat in offers else 0,
            "handled": handled[seat].calls if seat in handled else 0,
            "handling_s": handled[seat].average_s if seat in handled else None,
        }
        for seat in sorted(offers.keys() | handled.keys())
    ]
