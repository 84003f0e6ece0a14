"""Yellow (注意) and red (警戒): one judgement for all pages, with hysteresis, made at each look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.wallboard import LOWER_IS_WORSE, Limit, Wallboard
from reports.calls import local_text

Key = tuple[str, int | None]
"""A figure, and the seat that it is of; None: the whole floor's."""

LEVELS = ("red", "yellow")
ROUNDING = 1e-9
"""0.82 is better than 0.8 by 0.02, whatever binary fractions say."""
IN_STATE = {"talking": "talking_s", "hold": "hold_s", "wrap_up": "wrap_up_s"}
AWAY = frozenset({"logged_out", "unreachable", "break"})


@dataclass(frozen=True, slots=True)
class Alarm:
    """A figure that is not as it should be, since when (ms UTC) on this level."""

    level: str
    since_ms: int


class Alarms:
    """Remembers which level each figure is on: what makes a level come is stricter than what lets it stay."""

    def __init__(self) -> None:
        self._standing: dict[Key, Alarm] = {}

    def judge(self, live: Mapping[str, Any], rules: Wallboard, now_ms: int) -> list[dict[str, Any]]:
        """The alarms of this view of the floor, in the order of the settings, then by seat."""
        standing: dict[Key, Alarm] = {}
        for (figure, seat), value in values_of(live, rules.least_calls):
            before = self._standing.get((figure, seat))
            limit: Limit = getattr(rules.thresholds, figure)
            was = None if before is None else before.level
            level = level_of(limit, value, was, lower_is_worse=figure in LOWER_IS_WORSE)
            if level is not None:
                same = before is not None and before.level == level
                standing[figure, seat] = before if before and same else Alarm(level, now_ms)
        for seat in live["seats"]:
            if seat["break_over"]:  # its limit is the floor's: it has no second one here
                key = ("break", seat["seat"])
                standing[key] = self._standing.get(key) or Alarm("yellow", now_ms)
        self._standing = standing
        return [
            {"figure": figure, "seat": seat, "level": alarm.level, "since": local_text(alarm.since_ms)}
            for (figure, seat), alarm in standing.items()
        ]


def level_of(limit: Limit, value: float, before: str | None, *, lower_is_worse: bool) -> str | None:
    """The worst level whose limit is reached, or on which the figure was and has not got better by `back`."""
    sign = -1.0 if lower_is_worse else 1.0
    was = LEVELS.index(before) if before in LEVELS else len(LEVELS)
    for place, level in enumerate(LEVELS):
        border: float | None = getattr(limit, level)
        if border is None:
            continue
        worse_by = sign * (value - border)
        # A rate that is exactly the target has met it; a count that is exactly the limit has reached it.
        reached = worse_by > 0 or (worse_by == 0 and not lower_is_worse)
        if reached or (was <= place and limit.back > 0 and worse_by > ROUNDING - limit.back):
            return level
    return None


def values_of(live: Mapping[str, Any], least_calls: int) -> Iterator[tuple[Key, float]]:
    """What is judged. A figure that nobody can say, or of too few calls to say anything, is not."""
    today, recent, is_open = live["today"], live["last_30_min"], live["line"]["state"] == "open"
    figures: dict[str, float | None] = {
        "waiting": sum(not caller["callback"] for caller in live["waiting"]),
        "longest_wait_s": live["longest_wait_s"],
        "next_wait_s": live["next_wait_s"] if is_open else None,
        "callbacks": live["callbacks"],
        "answer_rate": today["answer_rate"] if today["received_open"] >= least_calls else None,
        "recent_answer_rate": recent["answer_rate"] if recent["received_open"] >= least_calls else None,
        "service_level": today["service_level"]["value"] if today["queued"] >= least_calls else None,
        "recent_service_level": recent["service_level"] if recent["queued"] >= least_calls else None,
        "asa_s": today["asa_s"] if today["answered"] >= least_calls else None,
        "staffed_seats": sum(seat["state"] not in AWAY for seat in live["seats"]) if is_open else None,
        "lag_ms": live["lag_ms"],
    }
    for figure, value in figures.items():
        if value is not None:
            yield (figure, None), value
    for seat in live["seats"]:
        if (figure := IN_STATE.get(seat["state"], "")) and not seat["reason"]:
            yield (figure, seat["seat"]), seat["state_s"]
