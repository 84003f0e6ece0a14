"""`madoguchi track ID`: one call through Madoguchi's and Asterisk's logs."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from config import Home
from madoguchi.records import fail, records
from madoguchi.tracking import track


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("track")(follow)


def follow(
    named: Annotated[str, typer.Argument(metavar="ID", help="The call's id, or its channel's in Asterisk.")],
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = Path("var"),
) -> None:
    """一件の着信を、窓口と交換機のログで追う / follow one call through all logs; numbers are masked."""
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    with records(home) as database:
        found = track(Home(home), database, named)
    if found is None:
        fail(f"ID: {named!r} stands in no log and not in the journal")
    if form == "json":
        print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
        return
    print(f"着信ID          {found.call}")
    print(f"交換機のチャネル  {found.channel or '－'}  {found.asterisk or ''}")
    print(f"事業者の Call-ID  {found.sip or '－'}")
    last = ""
    for file, line in found.lines:
        if file != last:
            print(f"\n{file}")
        last = file
        print(f"  {line}")
