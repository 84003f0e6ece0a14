"""What `simulate` shows: the table, the JSON, and the answer in one line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rich import box
from rich.table import Table

from madoguchi.floor_options import percent, seconds
from madoguchi.records import terminal
from staffing.chance import Distribution
from staffing.estimate import Estimate, Figures
from staffing.plan import Plan

PLANNED = "計画"
"""Name of the shift plan as it was given."""


@dataclass(frozen=True, slots=True)
class Result:
    """One staffing and what it gives. name: as shown. seats: the number, or the mean of a shift plan."""

    name: str
    seats: float
    load: float
    figures: Figures


def one_more(results: list[Result], configured_seats: int) -> tuple[Result, Result] | None:
    """The pair that answers "one seat more": from the configured number, else the first there is."""
    pairs = [(a, b) for a, b in pairwise(results) if round(b.seats - a.seats, 6) == 1]
    asked = [pair for pair in pairs if pair[0].name == PLANNED or pair[0].seats == configured_seats]
    return next(iter(asked or pairs), None)


def sentence(pair: tuple[Result, Result]) -> str:
    """The answer in one line."""
    before, after = (percent(one.figures.answer_rate.value) for one in pair)
    return f"席を1つ増やすと応答率は {before} から {after} になります ({pair[0].name} → {pair[1].name})"


def as_json(plan: Plan, results: list[Result], pair: tuple[Result, Result] | None) -> dict[str, Any]:
    """The question and the answer, a row for each staffing."""
    people, habits = plan.people, plan.habits
    curve = plan.curve
    return {
        "arrivals_per_hour": round(plan.per_hour if curve is None else curve.per_hour, 3),
        "calls": plan.count if curve is None else None,
        "days": None if curve is None else plan.days,
        "service": str(people.service),
        "patience": "none" if people.patience is None else str(people.patience),
        "pick_up": str(habits.pick_up),
        "wrap_up": str(habits.wrap_up) if habits.wrap_up else f"constant:{plan.wrap_up_s():g}",
        "break_share": habits.break_share,
        "called": dict(people.lines),
        "callback": people.callback,
        "reached": people.reached,
        "strategy": (plan.settings.line("main").strategy or plan.settings.strategy).value,
        "seed": plan.seed,
        "rows": [
            {
                "name": one.name,
                "seats": one.seats,
                "load": round(one.load, 4),
                **one.figures.to_json(),
            }
            for one in results
        ],
        "one_more_seat": None if pair is None else _pair_json(pair),
    }


def _pair_json(pair: tuple[Result, Result]) -> dict[str, Any]:
    before, after = pair
    return {
        "from_seats": before.seats,
        "to_seats": after.seats,
        "answer_rate_from": before.figures.answer_rate.to_json(4)["value"],
        "answer_rate_to": after.figures.answer_rate.to_json(4)["value"],
        "sentence": sentence(pair),
    }


def print_table(plan: Plan, results: list[Result], pair: tuple[Result, Result] | None) -> None:
    """The table, and the answer below it."""
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("席")
    for name in ("負荷", "応答率", "SL 20秒", "放棄率", "平均待ち(秒)", "中央値", "90%点", "最長", "占有率"):
        table.add_column(name, justify="right")
    for one in results:
        shown = one.figures
        table.add_row(
            one.name,
            percent(one.load, 0),
            _with_half(shown.answer_rate),
            _with_half(shown.service_level),
            percent(shown.abandon_rate.value),
            _seconds_with_half(shown.wait),
            seconds(shown.median_wait.value),
            seconds(shown.p90_wait.value),
            seconds(shown.longest_wait),
            percent(shown.occupancy.value),
        )
    console = terminal()
    console.print(heading(plan, results))
    console.print(table)
    for one in results:
        for said in _more(one):
            console.print(said)
    console.print(
        "± は 95 % 信頼区間。率は待ち行列に入った着信に対するもの。待ちは応答した着信の、呼出を含む秒数。"
    )
    if pair is not None:
        console.print(sentence(pair))


def _more(one: Result) -> list[str]:
    """What the table has no column for: each line of several, and the callbacks."""
    said = [
        f"{one.name} 回線 {name}: {of.queued:,} 件、応答率 {_with_half(of.answer_rate)}、"
        f"放棄率 {percent(of.abandon_rate.value)}、平均待ち {seconds(of.wait.value)} 秒"
        for name, of in one.figures.lines.items()
    ]
    if asked := one.figures.terms["callback"]:
        reached = one.figures.callbacks["reached"]
        said.append(
            f"{one.name} 折り返し: 希望 {asked:,} 件、つながった {reached:,} 件 ({percent(reached / asked)})"
        )
    return said


def heading(plan: Plan, results: list[Result]) -> str:
    """What was asked, in one line."""
    people, curve = plan.people, plan.curve
    length = f"{results[0].figures.queued:,} 件" if curve is None else f"{plan.days} 日"
    per_hour = plan.per_hour if curve is None else curve.per_hour
    patience = "切らない" if people.patience is None else f"我慢 {_plain(people.patience)}"
    wrap_up = _plain(plan.habits.wrap_up) if plan.habits.wrap_up else f"{plan.wrap_up_s():g} 秒"
    return (
        f"毎時 {per_hour:g} 件、通話 {_plain(people.service)}、後処理 {wrap_up}、{patience}"
        f"（{length}、seed {plan.seed}）"
    )


def _plain(one: Distribution) -> str:
    kinds = {"exponential": "指数", "lognormal": "対数正規", "constant": "一定"}
    return f"平均 {one.mean_s:g} 秒（{kinds[one.kind]}）"


def _with_half(one: Estimate) -> str:
    half = "" if one.half is None else f" ±{one.half * 100:.1f}"
    return percent(one.value) + half


def _seconds_with_half(one: Estimate) -> str:
    half = "" if one.half is None else f" ±{one.half / 1000:.1f}"
    return seconds(one.value) + half
