"""A recorded period through the floor again, each day (Japan) for itself, with any configuration."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from acd import FloorSettings
from staffing.demand import Call
from staffing.estimate import Figures, figures
from staffing.habits import Habits
from staffing.plan import names_for
from staffing.roster import Move, all_day, in_order
from staffing.tally import Tally
from staffing.world import World

DAY_MS = 86_400_000
JAPAN_MS = 9 * 3_600_000
"""Japan has had no daylight saving since 1951."""


@dataclass(frozen=True, slots=True)
class Scene:
    """With whom the calls are played. settings: of the floor, seats included.

    roster: by day (its number since 1970 in Japan), who was there; None: everybody, from `opens_ms` after
    midnight or the first call on. closings: by day, when lines closed and opened.
    """

    settings: FloorSettings
    habits: Habits
    seed: int
    operators: tuple[str, ...] = ()
    roster: Mapping[int, Sequence[Move]] | None = None
    closings: Mapping[int, Sequence[Move]] | None = None
    opens_ms: int = 0


def day_of(at_ms: int) -> int:
    """The day (Japan) of a moment, counted from 1970."""
    return (at_ms + JAPAN_MS) // DAY_MS


def replay(calls: Sequence[Call], scene: Scene) -> Figures:
    """Play these calls."""
    return figures(tallies(calls, scene))


def tallies(calls: Sequence[Call], scene: Scene) -> list[Tally]:
    """What became of these calls, day by day."""
    days: dict[int, list[Call]] = defaultdict(list)
    for call in calls:
        days[day_of(call.at_ms)].append(call)
    return [one for day in sorted(days) for one in _day(day, days[day], scene)]


def _day(day: int, calls: Sequence[Call], scene: Scene) -> list[Tally]:
    closings = (scene.closings or {}).get(day, ())
    settings, seats = scene.settings, scene.settings.seats
    if scene.roster is None:
        start_ms = min(day * DAY_MS - JAPAN_MS + scene.opens_ms, calls[0].at_ms)
        moves: Sequence[Move] = all_day(seats, names_for(len(seats), scene.operators), start_ms)
    else:
        moves = scene.roster.get(day, ())
        start_ms = min([calls[0].at_ms, *(at_ms for at_ms, _ in moves[:1])])
        sat = {event.seat for _, event in moves if hasattr(event, "seat")}
        settings = replace(settings, seats=tuple(sorted(sat)))
    roster = in_order(moves, closings)
    return World(settings, calls, roster, scene.habits, scene.seed, start_ms=start_ms).run()
