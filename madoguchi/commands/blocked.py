"""`madoguchi blocked`: addresses that are refused for guessing passwords; and letting one in again."""

from __future__ import annotations

import asyncio
import json
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import typer

from config import JST, Home, from_ms
from madoguchi.alarms.blocking import changing, read, reload
from madoguchi.records import fail


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("blocked")(blocked)


def blocked(
    release: Annotated[
        str | None, typer.Option("--release", metavar="ADDRESS", help="Let this one in again.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = Path("var"),
) -> None:
    """パスワードを探って断られているアドレス / addresses that are refused for guessing, until when."""
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    place = Home(home)
    if release is not None:
        _release(place, release)
        return
    until = read(place).until_ms
    if form == "json":
        print(json.dumps({"blocked": [{"address": one, "until_ms": ms} for one, ms in until.items()]}))
        return
    for address, ms in sorted(until.items(), key=lambda one: one[1]):
        print(f"{address}  {from_ms(ms).astimezone(JST):%Y-%m-%d %H:%M:%S} まで")
    print(f"{len(until)} 件")


def _release(home: Home, text: str) -> None:
    try:
        address = str(ip_address(text))
    except ValueError:
        fail(f"--release: {text!r} is not an address")
    if address not in read(home).until_ms:
        fail(f"--release: {address} is not refused")
    try:
        with changing(home) as blocks:
            blocks.until_ms.pop(address, None)
    except OSError as problem:
        fail(f"{problem.filename}: cannot be written: {problem.strerror}")
    done = asyncio.run(reload(home))
    print(f"{address}: {'通します' if done else '交換機が起動すると通します'}")
