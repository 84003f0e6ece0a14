"""受付時間, live: the calendar, what a supervisor has said over it, and the moments at which it changes.

"Close now" and "open until" stand above the calendar until their time, and over a restart: the newest
journal row `line.override` is the truth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from acd.events import CallbacksPaused, Event, LineClosed, LineOpened
from config import JST, Clock, from_ms, to_ms
from config.callback import CallbackRules
from db import Database, journal_rows
from ivr.calendar import Calendar, Kind, Moment, State

LOOK_EVERY_S = 30.0
"""At the latest: a machine's clock that is set has its effect so soon."""
SOON_S = 0.002
"""Added to each wait, so that the moment is past when it is looked at."""
CLOSED_WITHIN_DAYS = 14
"""So far back the last closing is looked for; it is years' end at most."""


@dataclass(frozen=True, slots=True)
class Override:
    """What a supervisor has said: the line is open or closed, until `until_ms` (ms UTC; None: for ever).

    `since_ms`: when it was said (ms UTC). reason: in his words. by: who.
    """

    state: Literal["open", "closed"]
    since_ms: int
    until_ms: int | None
    reason: str
    by: str

    def holds(self, now_ms: int) -> bool:
        """Whether it still stands at `now_ms` (ms UTC)."""
        return self.until_ms is None or now_ms < self.until_ms


def standing_override(database: Database) -> Override | None:
    """What was said last, by the journal. Whether it still holds, `Override.holds` tells."""
    with database.read() as connection:
        rows = list(journal_rows(connection, kinds=["line.override"]))
    if not rows or rows[-1].entry.data.get("state") not in ("open", "closed"):
        return None
    at_ms, data = rows[-1].entry.at_ms, rows[-1].entry.data
    until_ms = data.get("until_ms")
    return Override(
        "open" if data["state"] == "open" else "closed",
        at_ms,
        until_ms if isinstance(until_ms, int) else None,
        str(data.get("reason", "")),
        str(data.get("by", "")),
    )


class Hours:
    """Says what the line is, and tells the floor when that changes."""

    def __init__(
        self,
        calendar: Calendar,
        clock: Clock,
        submit: Callable[[Event], object],
        *,
        lines: Callable[[], Iterable[str]],
        callback: Callable[[], CallbackRules],
    ) -> None:
        """`lines`: names of the lines, which all keep the same hours. `callback`: the rules that say when
        citizens may be called. Both are asked each time, for settings change.
        """
        self.calendar = calendar
        self.override: Override | None = None
        self._clock = clock
        self._submit = submit
        self._lines = lines
        self._callback = callback
        self._known: Moment | None = None
        self._told: dict[str, bool] = {}
        self._paused: bool | None = None
        self._timer: asyncio.TimerHandle | None = None

    def moment(self) -> Moment:
        """The line now. By the calendar, asked anew on another day or after a change of state."""
        now = self._clock.now().astimezone(JST)
        known = self._known
        if (
            known is None
            or now < known.time
            or now.date() != known.time.date()
            or (known.next_change is not None and now >= known.next_change)
        ):
            known = self._known = self._at(now)
            return known
        return replace(known, time=now)

    def set(self, override: Override | None) -> None:
        """Let an override stand from now on, or none (back to the calendar)."""
        self.override = override
        self.look()

    def replace_calendar(self, calendar: Calendar) -> None:
        """Other hours from now on."""
        self.calendar = calendar
        self.look()

    def look(self) -> None:
        """Tell the floor what has changed, and look again at the next change. Also at the start."""
        self._known = None
        moment = self.moment()
        now_ms = self._clock.now_ms()
        for line in self._lines():
            if self._told.get(line) is not moment.is_open:
                self._told[line] = moment.is_open
                closed_ms = self._closed_ms(now_ms)
                self._submit(LineOpened(line) if moment.is_open else LineClosed(line, closed_ms))
        rules = self._callback()
        paused = not rules.within_hours(moment.time.time(), is_open=moment.is_open)
        if paused is not self._paused:
            self._paused = paused
            self._submit(CallbacksPaused(paused))
        self.stop()
        changes = [moment.next_change] if moment.next_change is not None else []
        changes += [
            datetime.combine(moment.time.date(), at, JST) for at in (rules.call_from, rules.call_to) if at
        ]
        ahead_s = [(to_ms(change) - now_ms) / 1000 for change in changes if change > moment.time]
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min([LOOK_EVERY_S, *ahead_s]) + SOON_S, self.look)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _at(self, now: datetime) -> Moment:
        by_calendar = self.calendar.at(now)
        override = self.override
        if override is None or not override.holds(to_ms(now)):
            return by_calendar
        is_open = override.state == "open"
        until = None if override.until_ms is None else from_ms(override.until_ms).astimezone(JST)
        then = None if until is None else self.calendar.at(until)
        change = until
        if then is not None and then.is_open is is_open:
            change = then.next_change
        opens_then = then is not None and then.is_open and not is_open
        opening = until if opens_then or then is None else then.next_opening
        return Moment(
            now,
            State.OPEN if is_open else State.CLOSED,
            Kind.OPEN if is_open else Kind.BY_HAND,
            f"{'臨時受付' if is_open else '臨時休止'}: {override.reason}",
            change,
            opening,
            by_calendar.warning,
        )

    def _closed_ms(self, now_ms: int) -> int:
        """When the line closed, as far as is known; at the latest now."""
        override = self.override
        if override is not None and override.holds(now_ms):
            return min(now_ms, override.since_ms)
        today = from_ms(now_ms).astimezone(JST).date()
        first = today - timedelta(days=CLOSED_WITHIN_DAYS)
        spans = self.calendar.open_intervals(first, CLOSED_WITHIN_DAYS + 1)
        ends = [to_ms(end) for _, end in spans if to_ms(end) <= now_ms]
        if override is not None and override.state == "open" and override.until_ms is not None:
            ends.append(min(now_ms, override.until_ms))
        return max(ends, default=now_ms)
