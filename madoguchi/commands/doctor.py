"""`madoguchi doctor`: is this installation well, and are its records as they were written."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from config import Home
from db import Head
from madoguchi.doctor import Finding, Level, all_checks, examine, scene_of
from madoguchi.records import fail, terminal

_HOME = Path("var")
_MARK = {Level.OK: ("良", "green"), Level.WARN: ("注意", "yellow"), Level.FAIL: ("異常", "red")}


class Format(StrEnum):
    """In which form the findings are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    head: Annotated[
        str | None,
        typer.Option("--head", metavar="SEQ:HASH", help="The journal's head as a report shows it."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out what reads all records (journal's chain, file).")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="text or json.")] = Format.TEXT,
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
) -> None:
    """診断 / look at everything that can be looked at. Exit status: 0 well, 1 a warning, 2 a fault."""
    try:
        printed = None if head is None else Head.parse(head)
    except ValueError as problem:
        fail(f"--head: {problem}")
    findings = []
    with scene_of(Home(home), printed) as scene:
        for finding in examine(scene, all_checks(quick=quick)):
            findings.append(finding)
            if form is Format.TEXT:
                _show(finding)
    worst = max((finding.level for finding in findings), key=lambda level: level.exit_status)
    if form is Format.JSON:
        shown = {"level": worst.value, "checks": [finding.to_json() for finding in findings]}
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    raise typer.Exit(worst.exit_status)


def _show(finding: Finding) -> None:
    mark, style = _MARK[finding.level]
    line = Text.assemble((f"{mark:　<2} ", style), (f"{finding.name:<19} ", "bold"), finding.what)
    terminal().print(line, soft_wrap=True)
    if finding.remedy:
        terminal().print(Text(f"     → {finding.remedy}"), soft_wrap=True)
