"""`madoguchi simulate`: what answer rate so many seats give, on a simulated day around the real floor."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from acd import FloorSettings
from acd.types import Toward
from madoguchi.floor_options import (
    Configured,
    check_identity,
    check_pick_up,
    check_seed,
    configured,
    distribution,
    seat_counts,
    share,
)
from madoguchi.records import fail
from madoguchi.simulate_output import PLANNED, Result, as_json, heading, one_more, print_table, sentence
from staffing.chance import Distribution
from staffing.demand import Curve, People
from staffing.habits import Habits
from staffing.plan import Plan, simulate
from staffing.roster import Shifts
from staffing.tables import DAY_MS, MOST_CALLS, TableError, read_breaks, read_curve, read_shifts

MOST_LOAD = 10.0
"""Beyond ten times what the seats can do the answer is plain, and the queue only costs memory."""
DEFAULT_ARRIVALS = 75.0
DEFAULT_CALLS = 20_000
DEFAULT_DAYS = 200
SEATS = "5,6,7,8,9"


class Format(StrEnum):
    """How facts are printed."""

    TABLE = "table"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("simulate")(simulate_command)


def simulate_command(
    arrivals: Annotated[
        float | None, typer.Option(help=f"Calls an hour (Poisson); default {DEFAULT_ARRIVALS:g}")
    ] = None,
    curve: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV: a day's arrivals by half hour (time,calls)")
    ] = None,
    calls: Annotated[
        int | None, typer.Option(help=f"Length of a steady stream in calls; default {DEFAULT_CALLS}")
    ] = None,
    days: Annotated[
        int | None, typer.Option(help=f"Play so many days instead; default {DEFAULT_DAYS} with --curve")
    ] = None,
    service: Annotated[
        str, typer.Option(metavar="DIST", help="Talk, in seconds: exponential:M, lognormal:M,SD, constant:M")
    ] = "exponential:300",
    patience: Annotated[
        str, typer.Option(metavar="DIST", help="Until a waiting caller hangs up, or none")
    ] = "exponential:180",
    pick_up: Annotated[
        str, typer.Option(metavar="DIST", help="Ringing until an operator answers")
    ] = "constant:5",
    wrap_up: Annotated[
        str | None, typer.Option(metavar="DIST", help="After-call work; default: that of the settings")
    ] = None,
    seats: Annotated[str | None, typer.Option(help=f"Numbers of seats to compare; default {SEATS}")] = None,
    shifts: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV: seats by half hour (time,seats), not --seats")
    ] = None,
    breaks: Annotated[float, typer.Option(help="Percent of the time that operators are on breaks")] = 0.0,
    break_length: Annotated[float, typer.Option(help="Seconds of such a break")] = 600.0,
    break_plan: Annotated[
        Path | None, typer.Option(metavar="FILE", help="CSV: planned breaks (seat,from,to)")
    ] = None,
    strategy: Annotated[str | None, typer.Option(help="Instead of that of the settings")] = None,
    lines: Annotated[
        str, typer.Option(metavar="NAME:N,…", help="Lines that are called, with the weight of each")
    ] = "main",
    callback: Annotated[
        float, typer.Option(help="Percent of those given the choice who ask to be called back")
    ] = 0.0,
    reached: Annotated[float, typer.Option(help="Percent of the calls back that are picked up")] = 70.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result")] = 1,
    home: Annotated[Path, typer.Option(metavar="DIR", help="Whose settings; not needed")] = Path("var"),
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Another madoguchi.toml instead of the home's")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.svg", help="Draw it, too")] = None,
) -> None:
    """How many seats are needed? Simulated callers and operators around the real floor."""
    check_seed(seed)
    setup = configured(home, config, strategy, wrap_up)
    plan = Plan(
        settings=setup.floor,
        people=People(
            _positive("--service", distribution("--service", service, "exponential")),
            None if patience == "none" else distribution("--patience", patience, "exponential"),
            _lines(lines, setup.floor),
            _callback(callback, setup.floor),
            share("--reached", reached, 100),
        ),
        habits=Habits(
            distribution("--pick-up", pick_up, "constant"),
            setup.wrap_up,
            share("--breaks", breaks, 90),
            _break_length(break_length),
        ),
        seed=seed,
        operators=setup.operators,
    )
    check_pick_up(plan.habits, plan.settings)
    plan = _with_demand(plan, setup, arrivals, curve, calls, days)
    try:
        staffings = _staffings(plan, seats, shifts)
        if break_plan is not None:
            _needs_day("--break-plan", plan)
            plan = replace(plan, breaks=read_breaks(break_plan))
    except TableError as problem:
        fail(str(problem))
    _check_load(plan, staffings)
    if plot is not None and not plot.parent.is_dir():
        fail(f"--plot: {plot.parent} is no directory")
    results = [_play(plan, name, staffing) for name, staffing in staffings]
    pair = one_more(results, setup.settings.seats.count)
    if plot is not None:
        title = heading(plan, results) + ("" if pair is None else "\n" + sentence(pair))
        _draw(plot, title, results)
    if form is Format.JSON:
        typer.echo(json.dumps(as_json(plan, results, pair), ensure_ascii=False, indent=2))
    else:
        print_table(plan, results, pair)


def _with_demand(
    plan: Plan,
    setup: Configured,
    arrivals: float | None,
    curve_file: Path | None,
    calls: int | None,
    days: int | None,
) -> Plan:
    if arrivals is not None and curve_file is not None:
        fail("--arrivals, --curve: give one of the two")
    if calls is not None and (days is not None or curve_file is not None):
        fail(f"--calls: cannot go together with {'--curve' if curve_file else '--days'}; give --days only")
    if calls is not None and not 100 <= calls <= MOST_CALLS:
        fail(f"--calls: {calls} is not from 100 to {MOST_CALLS}")
    per_hour = DEFAULT_ARRIVALS if arrivals is None else arrivals
    if not (math.isfinite(per_hour) and per_hour > 0):
        fail(f"--arrivals: {per_hour:g} calls an hour: it must be more than 0")
    if curve_file is None and days is None:
        return replace(plan, per_hour=per_hour, count=calls or DEFAULT_CALLS)
    said = setup.settings.calendar
    opens_ms, closes_ms = ((t.hour * 3600 + t.minute * 60 + t.second) * 1000 for t in (said.open, said.close))
    try:
        curve = read_curve(curve_file, closes_ms) if curve_file else Curve.flat(per_hour, opens_ms, closes_ms)
    except TableError as problem:
        fail(str(problem))
    days = DEFAULT_DAYS if days is None else days
    if days < 1:
        fail(f"--days: {days} is not at least 1")
    if days * sum(curve.calls) > MOST_CALLS:
        fail(f"--days: {days} days have more than {MOST_CALLS} calls")
    return replace(plan, curve=curve, days=days)


def _staffings(plan: Plan, seats: str | None, shifts: Path | None) -> list[tuple[str, int | Shifts]]:
    if shifts is None:
        return [(f"{count}席", count) for count in seat_counts("--seats", seats or SEATS)]
    if seats is not None:
        fail("--seats, --shifts: give one of the two")
    _needs_day("--shifts", plan)
    planned = read_shifts(shifts)
    names = {-1: f"{PLANNED}−1席", 0: PLANNED, 1: f"{PLANNED}+1席", 2: f"{PLANNED}+2席"}
    return [(name, planned.plus(more)) for more, name in names.items()]


def _needs_day(option: str, plan: Plan) -> None:
    if plan.curve is None:
        fail(f"{option}: needs days, not a steady stream: add --curve FILE or --days N")


def _check_load(plan: Plan, staffings: list[tuple[str, int | Shifts]]) -> None:
    given = "--arrivals" if plan.curve is None or plan.per_hour else "--curve"
    for _, staffing in staffings:
        number = _seats_of(staffing)
        load = plan.load(number)
        if load > MOST_LOAD:
            fail(
                f"{given}: the load of {number:g} seats would be {load:,.0%};"
                f" no more than {MOST_LOAD:,.0%} is simulated"
            )
        if load >= 1 and plan.people.patience is None and plan.curve is None:
            fail(
                f"--patience none: the load of {number:g} seats is {load:.0%}, so the queue would grow"
                " without end; give a patience, more --seats, fewer --arrivals, or --days"
            )


def _seats_of(staffing: int | Shifts) -> float:
    return staffing.mean if isinstance(staffing, Shifts) else staffing


def _play(plan: Plan, name: str, staffing: int | Shifts) -> Result:
    if sys.stderr.isatty():
        typer.echo(f"{name} …", err=True)
    number = _seats_of(staffing)
    figures = simulate(plan, staffing)
    check_identity(figures)
    return Result(name, number, plan.load(number), figures)


def _positive(option: str, found: Distribution) -> Distribution:
    if found.mean_s <= 0:
        fail(f"{option}: the mean must be more than 0 seconds")
    return found


def _lines(text: str, floor: FloorSettings) -> tuple[tuple[str, float], ...]:
    found: dict[str, float] = {}
    for part in text.split(","):
        name, colon, number = part.strip().partition(":")
        try:
            weight = float(number) if colon else 1.0
        except ValueError:
            weight = math.nan
        if not (math.isfinite(weight) and weight > 0):
            fail(f"--lines: {part.strip()!r} is not of the form NAME:WEIGHT with a weight above 0")
        if name not in (floor.lines or ("main",)):
            fail(f"--lines: there is no line {name!r}; the settings have {', '.join(floor.lines) or 'main'}")
        if name in found:
            fail(f"--lines: {name!r} stands there twice")
        found[name] = weight
    return tuple(found.items())


def _callback(percent: float, floor: FloorSettings) -> float:
    asked = share("--callback", percent, 100)
    rules = [rule for line in floor.lines.values() for rule in line.overflow]
    if asked and not any(rule.to.toward is Toward.CHOICE for rule in rules):
        fail('--callback: no line of the settings gives callers the choice (overflow with to = "choice")')
    return asked


def _break_length(length_s: float) -> int:
    if not (math.isfinite(length_s) and 1 <= length_s <= DAY_MS / 1000):
        fail(f"--break-length: {length_s:g} is not from 1 to {DAY_MS // 1000} seconds")
    return round(length_s * 1000)


def _draw(plot: Path, title: str, results: list[Result]) -> None:
    # The drawing package is read for this option only.
    from madoguchi.staffing_plot import draw

    try:
        plot.write_bytes(draw(title, [(one.name, one.figures) for one in results]))
    except OSError as problem:
        fail(f"--plot {plot}: cannot be written: {problem.strerror}")
