"""`madoguchi replay`: real calls through the floor with another configuration, beside what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table

from config.clock import JST, from_ms
from madoguchi.floor_options import (
    Configured,
    check_identity,
    check_pick_up,
    check_seed,
    configured,
    distribution,
    percent,
    seat_counts,
    seconds,
)
from madoguchi.records import fail, now_ms, records, terminal
from madoguchi.replay_source import read_period
from reports import day_period
from reports.period import day_around
from staffing.chance import Distribution
from staffing.estimate import Figures, figures
from staffing.habits import Habits
from staffing.recorded import Assumed, Recorded, again, assume, read_calls, really
from staffing.replay import Scene, replay
from staffing.tables import TableError
from staffing.tally import Tally

RING = Distribution("constant", 5.0)
"""Where no answered ring is known."""


class Format(StrEnum):
    """How facts are printed."""

    TABLE = "table"
    JSON = "json"


class Patience(StrEnum):
    """How long callers would have waited who were served."""

    ESTIMATED = "estimated"
    UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Column:
    """What happened, or what would have. kind: actual, same (configuration) or changed."""

    name: str
    kind: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Source:
    """The calls. scene: to play them as they were, None where it is not known who was there."""

    label: str
    calls: list[Recorded]
    actual: Tally
    scene: Scene
    staffed: bool


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("replay")(replay_command)


def replay_command(
    day: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day; default: today")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First day of several")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last day of several, included")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Calls from a CSV file instead of the journal")
    ] = None,
    seats: Annotated[
        str | None, typer.Option(help="So many seats, such as 8 or 7,8,9; default: who was there")
    ] = None,
    wrap_up: Annotated[str | None, typer.Option(metavar="DIST", help="Another after-call work")] = None,
    strategy: Annotated[str | None, typer.Option(help="Another strategy")] = None,
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Another madoguchi.toml")] = None,
    pick_up: Annotated[
        str | None, typer.Option(metavar="DIST", help="Ringing until an operator answers; default: as it was")
    ] = None,
    patience: Annotated[
        Patience, typer.Option(help="Of callers who were served: estimated from all, or unlimited")
    ] = Patience.ESTIMATED,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result")] = 1,
    home: Annotated[Path, typer.Option(metavar="DIR", help="State directory")] = Path("var"),
    form: Annotated[Format, typer.Option("--format", help="table or json")] = Format.TABLE,
) -> None:
    """The calls of a real period with other seats, times or rules, beside what really happened."""
    check_seed(seed)
    now = configured(home, None, None, None)
    other = configured(home, config, strategy, wrap_up)
    counts = seat_counts("--seats", seats) if seats is not None else []
    ring = None if pick_up is None else distribution("--pick-up", pick_up, "constant")
    if csv is not None:
        if day is not None or first is not None or last is not None:
            fail("--csv: cannot go together with --day, --from or --to")
        source = _from_file(csv, other, ring, seed)
    else:
        source = _from_journal(home, _span(day, first, last), now, ring, seed)
    check_pick_up(source.scene.habits, other.floor)
    if not source.calls:
        fail(f"{source.label}: no call entered the queue")
    try:
        assumed = assume(source.calls, endless=patience is Patience.UNLIMITED)
    except ValueError:
        fail(f"{source.label}: no call was answered, so nothing tells how long they talk")
    changed = bool(counts) or any(one is not None for one in (wrap_up, strategy, config))
    columns = _columns(source, assumed, other, counts, changed=changed)
    for one in columns:
        check_identity(one.figures)
    if form is Format.JSON:
        typer.echo(json.dumps(_as_json(source, assumed, columns), ensure_ascii=False, indent=2))
    else:
        _print_table(source, assumed, columns)


def _from_file(file: Path, now: Configured, ring: Distribution | None, seed: int) -> Source:
    try:
        calls = read_calls(file, [*now.floor.lines] or ["main"])
    except TableError as problem:
        fail(str(problem))
    scene = Scene(now.floor, Habits(ring or RING), seed, now.operators, opens_ms=_opens_ms(now))
    return Source(str(file), calls, really(calls), scene, staffed=False)


def _from_journal(
    home: Path, span: tuple[str, int, int], now: Configured, ring: Distribution | None, seed: int
) -> Source:
    label, begins_ms, ends_ms = span
    with records(home) as database:
        period = read_period(database, begins_ms, ends_ms, now.floor)
    if ring is None:
        ring = Distribution.observed(period.ring_ms) if period.ring_ms else RING
    actual, time = really(period.calls), period.attendance.time
    actual.contact_ms, actual.idle_ms = time.contact_ms, time.idle_ms
    scene = Scene(
        now.floor,
        Habits(ring),
        seed,
        now.operators,
        roster=period.attendance.moves,
        closings=period.attendance.closings,
        opens_ms=_opens_ms(now),
    )
    return Source(label, period.calls, actual, scene, staffed=True)


def _columns(
    source: Source, assumed: Assumed, other: Configured, counts: list[int], *, changed: bool
) -> list[Column]:
    calls = again(source.calls, assumed, source.scene.seed)
    columns = [Column("実績", "actual", figures([source.actual]))]
    if source.staffed or not changed:
        columns.append(Column("再現（同じ設定）", "same", replay(calls, source.scene)))
    if not changed:
        return columns
    habits = replace(source.scene.habits, wrap_up=other.wrap_up)
    scene = replace(source.scene, settings=other.floor, habits=habits, operators=other.operators)
    for count in counts:
        staffed = replace(
            scene, everybody=True, settings=replace(other.floor, seats=tuple(range(1, count + 1)))
        )
        columns.append(Column(f"{count}席", "changed", replay(calls, staffed)))
    if not counts:
        columns.append(Column("変更後", "changed", replay(calls, scene)))
    return columns


def _span(day: str | None, first: str | None, last: str | None) -> tuple[str, int, int]:
    if day is not None and (first is not None or last is not None):
        fail("--day: cannot go together with --from or --to")
    if day is None and first is None and last is None:
        today = day_around(now_ms())
        return today.label, today.from_ms, today.to_ms
    one, other = first or last or day or "", last or first or day or ""
    try:
        begins = day_period(one)
    except ValueError as problem:
        fail(f"{'--day' if day else '--from' if first else '--to'}: {problem}")
    try:
        ends = day_period(other)
    except ValueError as problem:
        fail(f"--to: {problem}")
    if ends.from_ms < begins.from_ms:
        fail(f"--to: {last} lies before --from {first}")
    label = begins.label if begins == ends else f"{begins.label} – {ends.label}"
    return label, begins.from_ms, ends.to_ms


def _opens_ms(setup: Configured) -> int:
    opens = setup.settings.calendar.open
    return (opens.hour * 3600 + opens.minute * 60 + opens.second) * 1000


def _as_json(source: Source, assumed: Assumed, columns: list[Column]) -> dict[str, Any]:
    return {
        "source": source.label,
        "calls": len(source.calls),
        "first": _local(source.calls[0].at_ms),
        "last": _local(source.calls[-1].at_ms),
        "patience_left_s": None if assumed.patience_s is None else round(assumed.patience_s, 3),
        "seed": source.scene.seed,
        "columns": [{"name": one.name, "kind": one.kind, **one.figures.to_json()} for one in columns],
    }


def _print_table(source: Source, assumed: Assumed, columns: list[Column]) -> None:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("")
    for one in columns:
        table.add_column(one.name, justify="right")
    shown = [one.figures for one in columns]
    table.add_row("待ち行列に入った着信", *(str(one.queued) for one in shown))
    table.add_row("応答", *(str(one.terms.get("answered", 0)) for one in shown))
    table.add_row("放棄", *(str(one.terms.get("abandoned", 0)) for one in shown))
    table.add_row("その他（あふれなど）", *(str(_others(one)) for one in shown))
    table.add_row("応答率", *(percent(one.answer_rate.value) for one in shown))
    table.add_row("SL 20秒", *(percent(one.service_level.value) for one in shown))
    table.add_row("平均待ち（秒）", *(seconds(one.wait.value) for one in shown))
    table.add_row("中央値", *(seconds(one.median_wait.value) for one in shown))
    table.add_row("90%点", *(seconds(one.p90_wait.value) for one in shown))
    table.add_row("最長", *(seconds(one.longest_wait) for one in shown))
    table.add_row("占有率", *(percent(one.occupancy.value) for one in shown))
    console = terminal()
    console.print(f"{source.label}  {len(source.calls)} 件")
    console.print(table)
    left = "限りなく待つ" if assumed.patience_s is None else f"さらに平均 {assumed.patience_s:.0f} 秒待つ"
    console.print(f"応答した人は、記録された待ち時間の後も{left}と仮定（放棄した人はその時間だけ待つ）。")


def _others(one: Figures) -> int:
    return one.queued - one.terms.get("answered", 0) - one.terms.get("abandoned", 0)


def _local(at_ms: int) -> str:
    return from_ms(at_ms).astimezone(JST).isoformat(timespec="milliseconds")
