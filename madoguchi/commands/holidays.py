"""`madoguchi holidays import|show`: the Cabinet Office's table of public holidays, and the one in use."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from config import JST, Clock, Home
from ivr.calendar import WEEKDAY_NAMES
from ivr.holiday_file import (
    Difference,
    difference,
    holidays_in,
    lost_years,
    missing_by_law,
    read_table,
    store,
)
from ivr.holidays import Holidays, by_law, shipped_holidays
from madoguchi.records import fail

HOME = Annotated[Path, typer.Option(metavar="DIR", help="状態ディレクトリ / state directory")]
FORMAT = Annotated[Literal["text", "json"], typer.Option("--format", help="text | json")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="祝日表 / the table of public holidays", no_args_is_help=True)

    @group.command("import")
    def import_(
        file: Annotated[Path, typer.Argument(help="内閣府の syukujitsu.csv (CP932 or UTF-8)")],
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="変わるところを見るだけ / change nothing")
        ] = False,
        anyway: Annotated[
            bool, typer.Option("--anyway", help="祝日が減っても取り込む / though holidays are missing")
        ] = False,
        home: HOME = Path("var"),
        output: FORMAT = "text",
    ) -> None:
        """内閣府の表を取り込む / take over a table, for every process of this home."""
        place = Home(home)
        used, new = holidays_in(place), read_table(file)
        changed = difference(used, new)
        if lost := lost_years(used, new):
            fail(f"{file}: the table in use knows {_years(lost)}, and this one does not; nothing is changed")
        missing = sorted({*changed.removed, *missing_by_law(new)})
        if missing and not anyway:
            named = "、".join(f"{day} {name}" for day, name in missing[:5])
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            fail(
                f"{file}: has not {named}{more}, which the table in use or the law has; nothing is changed. "
                "If the law has been changed: --anyway"
            )
        stored = not dry_run and not changed.is_empty
        if stored:
            store(new, place)
        if output == "json":
            print(_json({"stored": stored, **_facts(new), **_changes(changed)}))
            return
        print(_told(place, new, changed, stored=stored, dry_run=dry_run))

    @group.command("show")
    def show(
        year: Annotated[int | None, typer.Option(metavar="YYYY", help="その年だけ / that year only")] = None,
        home: HOME = Path("var"),
        output: FORMAT = "text",
    ) -> None:
        """いま使っている表 / the table in use."""
        place = Home(home)
        used = holidays_in(place)
        if year is not None and not used.first_year <= year <= used.last_year:
            fail(
                f"--year: the table in use reaches from {used.first_year} to {used.last_year}, not to {year}"
            )
        rows = [(day, used.name(day) or "") for day in sorted(used.table) if year in (None, day.year)]
        origin = "shipped" if used == shipped_holidays() else str(place.holidays)
        if output == "json":
            days = [{"date": day.isoformat(), "name": name} for day, name in rows]
            print(_json({"table": origin, **_facts(used), "holidays": days}))
            return
        print("\n".join(_line(day, name) for day, name in rows))
        print(f"{_reach(used)}  {'同梱の表' if origin == 'shipped' else origin}")
        if alarm := used.alarm(_today()):
            print(f"注意: {alarm}")

    app.add_typer(group, name="holidays")


def _told(home: Home, new: Holidays, changed: Difference, *, stored: bool, dry_run: bool) -> str:
    lines = []
    for sign, rows in (("＋", changed.added), ("－", changed.removed)):
        lines += [f"{sign} {_line(day, name)}" for day, name in rows]
    lines += [f"＊ {_line(day, name)}（前は {before}）" for day, before, name in changed.renamed]
    strange = [
        f"注意: {_line(day, name)} は法律の定めにない日です"
        for day, name in changed.added
        if by_law(day) is None
    ]
    if changed.is_empty:
        end = "いま使っている表と同じです。何も変えていません。"
    elif dry_run:
        end = "見るだけです。何も変えていません。"
    else:
        end = f"{home.holidays} に取り込みました。"
        if home.run_json.exists():
            end += "動作中の電話には bin/madoguchi config reload で効きます。"
    return "\n".join([*lines, *strange, _reach(new), end])


def _facts(table: Holidays) -> dict[str, Any]:
    return {
        "first_year": table.first_year,
        "last_year": table.last_year,
        "days_left": table.days_left(_today()),
    }


def _changes(changed: Difference) -> dict[str, Any]:
    return {
        "added": [{"date": day.isoformat(), "name": name} for day, name in changed.added],
        "removed": [{"date": day.isoformat(), "name": name} for day, name in changed.removed],
        "renamed": [
            {"date": day.isoformat(), "before": before, "name": name} for day, before, name in changed.renamed
        ],
    }


def _reach(table: Holidays) -> str:
    left = table.days_left(_today())
    return f"{table.first_year}年～{table.last_year}年（{f'あと{left}日' if left >= 0 else '期限切れ'}）"


def _line(day: date, name: str) -> str:
    return f"{day}（{WEEKDAY_NAMES[day.weekday()][0]}） {name}"


def _years(years: Iterable[int]) -> str:
    found = list(years)
    return str(found[0]) if len(found) == 1 else f"{found[0]} to {found[-1]}"


def _today() -> date:
    try:
        return Clock.from_environment().now().astimezone(JST).date()
    except ValueError as error:
        fail(str(error))


def _json(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2)
