"""受付時間, live: each line's calendar with the overrides in force, and when it changes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from acd.events import CallbacksPaused, Event, LineClosed, LineOpened
from config import JST, Clock, from_ms, to_ms
from config.callback import CallbackRules
from config.lines import MAIN
from ivr.calendar import Calendar, Moment
from ivr.override import Override, OverrideKind

LOOK_EVERY_S = 30.0
"""At the latest: a machine's clock that is set has its effect so soon."""
SOON_S = 0.002
"""Added to each wait, so that the moment is past when it is looked at."""
CLOSED_WITHIN_DAYS = 14
"""So far back the last closing is looked for; it is years' end at most."""
PLANNED_DAYS = 14
PLANNED_SPANS = 16
"""The exchange is told so many changes of the coming days: enough for a week, short enough for a variable."""


@dataclass(frozen=True, slots=True)
class Known:
    """A line's moment as it was looked up; good until `until` (None: until the day ends)."""

    moment: Moment
    until: datetime | None

    def holds(self, now: datetime) -> bool:
        """Whether it still tells what the line is, and why."""
        at = self.moment.time
        return at <= now and now.date() == at.date() and (self.until is None or now < self.until)


class Hours:
    """Says what each line is, and tells the floor when that changes."""

    def __init__(
        self,
        calendars: Mapping[str, Calendar],
        clock: Clock,
        submit: Callable[[Event], object],
        *,
        lines: Callable[[], Iterable[str]],
        callback: Callable[[], CallbackRules],
        overrides: Callable[[], Sequence[Override]] = tuple,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`calendars`: by line, as the settings have them; a line without one keeps the main line's hours.
        `callback`: the rules that say when citizens may be called. `overrides`: those in force. These are
        asked each time, for they change. `changed`: called when a line has become open or closed, or when its
        hours are others.
        """
        self._rules = dict(calendars)
        self._clock = clock
        self._submit = submit
        self._lines = lines
        self._callback = callback
        self._overrides = overrides
        self._changed = changed
        self._with: dict[str, Calendar] = {}
        self._known: dict[str, Known] = {}
        self._told: dict[str, bool] = {}
        self._paused: bool | None = None
        self._timer: asyncio.TimerHandle | None = None

    def by_rules(self, line: str = MAIN) -> Calendar:
        """The line's hours as the settings have them, whatever has been said over them."""
        return self._rules.get(line) or self._rules[MAIN]

    def calendar(self, line: str = MAIN) -> Calendar:
        """The line's hours with the overrides in force."""
        if line not in self._with:
            said = [one for one in self._overrides() if one.concerns(line)]
            self._with[line] = self.by_rules(line).with_overrides(said)
        return self._with[line]

    def moment(self, line: str = MAIN) -> Moment:
        """The line now. By the calendar, asked anew on another day or when anything about it changes."""
        now = self._clock.now().astimezone(JST)
        known = self._known.get(line)
        if known is None or not known.holds(now):
            known = self._known[line] = self._look_up(line, now)
            return known.moment
        return replace(known.moment, time=now)

    def loses_to(self, override: Override) -> bool:
        """Whether this override would close time in which one of its lines is open without it."""
        if override.kind is OverrideKind.OPEN:
            return False
        concerned = [line for line in self._lines() if override.concerns(line)]
        return any(self.calendar(line).takes_away(override) for line in concerned)

    def renew(self) -> None:
        """The overrides in force are others."""
        self._with.clear()
        if not self.look():
            self._changed()

    def replace_calendars(self, calendars: Mapping[str, Calendar]) -> None:
        """Other hours from now on."""
        self._rules = dict(calendars)
        self.renew()

    def look(self) -> bool:
        """Tell the floor what has changed, and look again at the next change. Also at the start.

        Returns whether a line has become open or closed.
        """
        self._known.clear()
        now_ms = self._clock.now_ms()
        is_open, turns, has_turned = False, [], False
        for line in self._lines():
            moment = self.moment(line)
            is_open = is_open or moment.is_open
            turns.append(self._known[line].until)
            if self._told.get(line) is not moment.is_open:
                self._told[line] = moment.is_open
                has_turned = True
                self._submit(
                    LineOpened(line) if moment.is_open else LineClosed(line, self._closed_ms(line, now_ms))
                )
        now, rules = self._clock.now().astimezone(JST), self._callback()
        paused = not rules.within_hours(now.time(), is_open=is_open)
        if paused is not self._paused:
            self._paused = paused
            self._submit(CallbacksPaused(paused))
        self.stop()
        turns += [datetime.combine(now.date(), at, JST) for at in (rules.call_from, rules.call_to) if at]
        ahead_s = [(to_ms(turn) - now_ms) / 1000 for turn in turns if turn is not None and turn > now]
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min([LOOK_EVERY_S, *ahead_s]) + SOON_S, self.look)
        if has_turned:
            self._changed()
        return has_turned

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def plan(self, line: str = MAIN) -> list[tuple[bool, int]]:
        """What the line is in the coming days: (open, until when in ms UTC), one after another, from now.

        Ends where it is not known any more, after two weeks at most.
        """
        now = self._clock.now().astimezone(JST)
        first, now_ms, at_ms = now.date() - timedelta(days=1), to_ms(now), 0
        spans: list[tuple[bool, int]] = []
        for begins, ends in self.calendar(line).open_intervals(first, PLANNED_DAYS + 1):
            if to_ms(begins) > at_ms:
                spans.append((False, to_ms(begins)))
            spans.append((True, to_ms(ends)))
            at_ms = to_ms(ends)
        closed_until = datetime.combine(now.date() + timedelta(days=PLANNED_DAYS), datetime.min.time(), JST)
        if to_ms(closed_until) > at_ms:
            spans.append((False, to_ms(closed_until)))
        return [span for span in spans if span[1] > now_ms][:PLANNED_SPANS]

    def _look_up(self, line: str, now: datetime) -> Known:
        moment = self.calendar(line).at(now)
        now_ms = to_ms(now)
        edges = [] if moment.next_change is None else [moment.next_change]
        for one in self._overrides():  # where one begins or ends, the reason is another one at least
            if one.concerns(line):
                ends = (one.from_ms, one.until_ms)
                edges += [_at(ms) for ms in ends if ms is not None and ms > now_ms]
        return Known(moment, min(edges, default=None))

    def _closed_ms(self, line: str, now_ms: int) -> int:
        """When the line closed, as far as is known; at the latest now."""
        today = _at(now_ms).date()
        first = today - timedelta(days=CLOSED_WITHIN_DAYS)
        spans = self.calendar(line).open_intervals(first, CLOSED_WITHIN_DAYS + 1)
        return max((to_ms(end) for _, end in spans if to_ms(end) <= now_ms), default=now_ms)


def _at(ms: int) -> datetime:
    return from_ms(ms).astimezone(JST)
