"""A staffing question, and the runs that answer it: the same calls for every number of seats."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from acd import FloorSettings
from acd.settings import WrapUp
from staffing.chance import Distribution
from staffing.demand import Curve, People, of_day, steady
from staffing.estimate import Figures, figures
from staffing.habits import Habits
from staffing.roster import Move, PlannedBreak, Shifts, all_day, by_shifts, with_breaks, with_closing
from staffing.tally import Tally
from staffing.world import World

BATCHES = 30
LONGEST_WRAP_UP_MS = 14_400_000
"""The floor's own limit, where the operator ends the wrap-up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is played. Either `per_hour` and `count` (a steady stream), or `curve` and `days`.

    settings: of the floor; its seats are replaced. operators: who sits at seat 1, 2, …; others get names.
    """

    settings: FloorSettings
    people: People
    habits: Habits
    seed: int
    per_hour: float = 0.0
    count: int = 0
    curve: Curve | None = None
    days: int = 0
    breaks: tuple[PlannedBreak, ...] = ()
    operators: tuple[str, ...] = ()

    def handling_s(self) -> float:
        """Mean seconds that a call takes a seat: ringing, talk and wrap-up."""
        return self.habits.pick_up.mean_s + self.people.service.mean_s + self.wrap_up_s()

    def wrap_up_s(self) -> float:
        """Mean seconds of a wrap-up on the line "main"."""
        wrap_up = self.habits.wrap_up
        return wrap_up.mean_s if wrap_up else self.settings.wrap_up("main", None).ms / 1000

    def load(self, seats: float) -> float:
        """Offered load of each seat, over the whole day; above 1 there is more work than time."""
        per_hour = self.per_hour if self.curve is None else self.curve.per_hour
        return per_hour / 3600 * self.handling_s() / (seats * (1 - self.habits.break_share))


def simulate(plan: Plan, staffing: int | Shifts) -> Figures:
    """Play the plan with so many seats. Raises acd's ImpossibleError only for a fault of ours."""
    return figures(tallies(plan, staffing))


def tallies(plan: Plan, staffing: int | Shifts) -> list[Tally]:
    """The batches of one run: days, or stretches of a steady stream without the first (it warms up)."""
    seats = staffing if isinstance(staffing, int) else staffing.most
    settings = replace(plan.settings, seats=tuple(range(1, seats + 1)))
    if plan.curve is None:
        batch = -(-plan.count // BATCHES)
        calls = steady(plan.per_hour, batch * (BATCHES + 1), plan.people, plan.seed)
        world = World(
            settings,
            calls,
            _roster(plan, staffing, 0),
            plan.habits,
            plan.seed,
            batch=batch,
            people=plan.people,
        )
        return world.run()[1:]
    return list(_days(plan, plan.curve, staffing, settings))


def _days(plan: Plan, curve: Curve, staffing: int | Shifts, settings: FloorSettings) -> Iterator[Tally]:
    opens_ms = curve.opens_ms
    if isinstance(staffing, Shifts):
        opens_ms = min(opens_ms, staffing.begins_ms)
    lines = [*settings.lines] or ["main"]
    roster = with_closing(_roster(plan, staffing, opens_ms), curve.closes_ms, lines)
    for day in range(plan.days):
        calls = of_day(curve, plan.people, plan.seed, day)
        seed = plan.seed * 1_000_003 + day
        world = World(settings, calls, roster, plan.habits, seed, start_ms=opens_ms, people=plan.people)
        yield from world.run()


def _roster(plan: Plan, staffing: int | Shifts, at_ms: int) -> list[Move]:
    seats = staffing if isinstance(staffing, int) else staffing.most
    names = names_for(seats, plan.operators)
    if isinstance(staffing, Shifts):
        moves = by_shifts(staffing, names)
    else:
        moves = all_day(range(1, seats + 1), names, at_ms)
    return with_breaks(moves, plan.breaks)


def names_for(seats: int, operators: Sequence[str]) -> list[str]:
    """Operators for so many seats: those known, then made-up ones."""
    return [*operators[:seats], *(f"seat-{seat}" for seat in range(len(operators) + 1, seats + 1))]


def with_wrap_up(settings: FloorSettings, wrap_up: Distribution) -> tuple[FloorSettings, Distribution | None]:
    """The settings with this wrap-up for every line and operator, and who ends it: None is the floor."""
    by_timer = wrap_up.kind == "constant"
    ms = round(wrap_up.mean_s * 1000) if by_timer else LONGEST_WRAP_UP_MS
    changed = replace(
        settings,
        wrap_up_ms=ms,
        lines={name: replace(line, wrap_up=WrapUp(ms)) for name, line in settings.lines.items()},
        operators={name: replace(one, wrap_up_ms=None) for name, one in settings.operators.items()},
    )
    return changed, None if by_timer else wrap_up
