"""`madoguchi import calls FILE`: the log of another system, so that its figures can be made here."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from config import Home, load_settings
from config.lines import MAIN
from madoguchi.call_table import CallTableError, read_call_table
from madoguchi.importing import Imported, ImportRefusedError, import_calls
from madoguchi.records import fail, now_ms, records
from reports.calls import local_text
from reports.definitions import TERM_NAMES

_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add the command."""
    group = typer.Typer(no_args_is_help=True, help="取込み / taking in the records of another system.")

    @group.callback()
    def _group() -> None:
        """取込み / taking in the records of another system."""

    group.command("calls")(calls)
    app.add_typer(group, name="import")


def calls(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV; docs/import.md has its columns.")],
    line: Annotated[str, typer.Option("--line", metavar="ID", help="Line of calls that name none.")] = MAIN,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look at the file, and change nothing.")] = False,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Even into the time of calls of our own, or a closed month.")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who; default: login name.")] = None,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
) -> None:
    """着信の取込み: take a table of calls into the records, once. A file with a wrong line is not taken."""
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    lines = load_settings(Home(home), make=False).line_names()
    if line not in lines:
        fail(f"--line: {line!r} is no line of the settings; they have {', '.join(lines)}")
    with records(home) as database:
        try:
            table = read_call_table(file, lines, line, now_ms())
            done = import_calls(
                database,
                table,
                by=getpass.getuser() if by is None else by,
                now_ms=now_ms(),
                anyway=anyway,
                dry_run=dry_run,
            )
        except CallTableError as problem:
            fail(str(problem))
        except ImportRefusedError as problem:
            fail(f"{file}: {problem}")
    if form == "json":
        print(json.dumps(_facts(done, dry_run=dry_run), ensure_ascii=False, indent=2))
    else:
        _tell(done, dry_run=dry_run)


def _facts(done: Imported, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "calls": done.calls,
        "rows": done.rows,
        "outcomes": dict(sorted(done.outcomes.items())),
        "from": local_text(done.from_ms),
        "to": local_text(done.to_ms),
        "sha256": done.sha256,
        "done_before": done.done_before,
        "warnings": done.warnings,
    }


def _tell(done: Imported, *, dry_run: bool) -> None:
    if done.done_before is not None:
        print(f"このファイルは {done.done_before.replace('T', ' ')} に取り込み済みです。何もしていません。")
        return
    print(
        f"{'取り込む着信' if dry_run else '取り込んだ着信'}: {done.calls:,} 件（記録台帳 {done.rows:,} 行）"
    )
    print(f"  {local_text(done.from_ms)[:19]} ～ {local_text(done.to_ms)[:19]}".replace("T", " "))
    for outcome, count in sorted(done.outcomes.items()):
        print(f"  {TERM_NAMES[outcome]}: {count:,} 件")
    for warning in done.warnings:
        print(f"  注意: {warning}")
