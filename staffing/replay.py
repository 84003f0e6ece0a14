"""A recorded period through the floor again, each day (Japan) for itself, with any configuration."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from acd import FloorSettings
from acd.events import LogIn, Ready
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

    roster: by day (its number since 1970 in Japan), who was there; a day on which nobody is known to have
    logged in has everybody. everybody: whoever was there, all seats are staffed while anybody was; from
    `opens_ms` after midnight or the first call on, where that is not known.
    closings: by day, when lines closed and opened.
    """

    settings: FloorSettings
    habits: Habits
    seed: int
    operators: tuple[str, ...] = ()
    roster: Mapping[int, Sequence[Move]] = field(default_factory=dict)
    everybody: bool = False
    closings: Mapping[int, Sequence[Move]] = field(default_factory=dict)
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
    settings, seats = scene.settings, scene.settings.seats
    moves = scene.roster.get(day, ())
    log_ins = [at_ms for at_ms, event in moves if isinstance(event, LogIn)]
    if log_ins and not scene.everybody:
        start_ms = min(calls[0].at_ms, moves[0][0])
        sat = {event.seat for _, event in moves if hasattr(event, "seat")}
        settings = replace(settings, seats=tuple(sorted(sat)))
    else:
        opens_ms = min(log_ins, default=day * DAY_MS - JAPAN_MS + scene.opens_ms)
        start_ms = min(opens_ms, calls[0].at_ms)
        ends_ms = max((at_ms for at_ms, _ in moves), default=start_ms)
        moves = all_day(seats, names_for(len(seats), scene.operators), start_ms)
        moves.append((max(ends_ms, start_ms), Ready(seats[0])))  # changes nothing; the day lasts until then
    roster = in_order(moves, scene.closings.get(day, ()))
    return World(settings, calls, roster, scene.habits, scene.seed, start_ms=start_ms).run()
