"""`madoguchi secrets rotate`: new passwords, PINs, tokens and keys in the place of known ones."""

from __future__ import annotations

import getpass
import json
import secrets as chance
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from config import Clock, ConfigError, Home, Settings, load_settings
from config.secrets import rotate
from db import DatabaseError, Entry, open_database
from db.append import append
from madoguchi import signing
from madoguchi.atomic import put_atomically
from madoguchi.home_lock import is_running
from madoguchi.records import fail

LIVE = ("phones", "supervisor", "pins")
"""In force with `config reload`; the others are what the running processes were started with."""
WHAT = (*LIVE, "api-token", "ari", "trunk", "webhook", "signing")
PASSWORD = r"[A-Za-z0-9_.~!*+/=-]{1,128}"  # noqa: S105  # its form, not one


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="秘密 / passwords, PINs, tokens, keys.", no_args_is_help=True)

    # With one command alone typer would leave its name out.
    @group.callback()
    def every() -> None:
        """秘密 / passwords, PINs, tokens, keys."""

    @group.command("rotate")
    def turn(
        what: Annotated[list[str], typer.Argument(metavar="WHAT...", help=" | ".join(WHAT))],
        seat: Annotated[list[int] | None, typer.Option("--seat", help="phones: only of this seat.")] = None,
        operator: Annotated[
            list[str] | None, typer.Option("--operator", help="pins: only of this operator.")
        ] = None,
        by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who.")] = None,
        form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
        home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = Path("var"),
    ) -> None:
        """新しいものに替える / replace them; the trunk's new password is read from standard input."""
        if form not in ("text", "json"):
            fail(f"--format: {form!r} is neither text nor json")
        for one in what:
            if one not in WHAT:
                fail(f"WHAT: {one!r}: is none of {', '.join(WHAT)}")
        try:
            place = Home(home)
            _rotate(place, load_settings(place, make=False), what, seat, operator)
            _journal(place, what, by or getpass.getuser())
        except ConfigError as problem:
            fail(str(problem))
        runs = is_running(place)
        reload = runs and any(one in LIVE for one in what)
        if form == "json":
            print(json.dumps({"rotated": what, "reload": reload}))
            return
        print(f"替えました: {', '.join(what)}")
        if reload:
            print("反映してください: bin/madoguchi config reload")
        if "phones" in what or "supervisor" in what:
            print("電話に新しいパスワードを入れてください: bin/madoguchi seats --passwords")

    app.add_typer(group, name="secrets")


def _rotate(
    home: Home, settings: Settings, what: list[str], seat: list[int] | None, operator: list[str] | None
) -> None:
    waits = [one for one in what if one in ("api-token", "ari", "trunk")]
    if waits and is_running(home):
        _running(home, waits)
    if "trunk" in what:
        _trunk(home)
    rotate(
        home, settings,
        phones=(seat or settings.seats.extensions()) if "phones" in what else (),
        supervisor="supervisor" in what,
        pins=(operator or [one.id for one in settings.operators]) if "pins" in what else (),
        api_token="api-token" in what,
        ari="ari" in what,
    )  # fmt: skip
    if "webhook" in what:
        _put(home.keys / "webhook-secret", chance.token_urlsafe(32))
    if "signing" in what:
        signing.rotate(home)


def _running(home: Home, waits: list[str]) -> NoReturn:
    raise ConfigError(
        f"--home {home.path}: Madoguchi runs there with the present {', '.join(waits)}: a part that fell "
        "and was started again would know the new one only; stop it first"
    )


def _trunk(home: Home) -> None:
    import re

    if sys.stdin.isatty():
        given = getpass.getpass("通信事業者のゲートウェイのパスワード: ")
    else:
        given = sys.stdin.readline().strip()
    if not re.fullmatch(PASSWORD, given):
        raise ConfigError("standard input: wanted is a password of 1 to 128 letters, digits and _.~!*+/=-")
    _put(home.keys / "trunk-password", given)


def _put(file: Path, text: str) -> None:
    try:
        if not file.exists():
            file.touch(mode=0o600)
        file.chmod(0o600)
        put_atomically(file, (text + "\n").encode())
    except OSError as problem:
        raise ConfigError(f"{problem.filename}: cannot be written: {problem.strerror}") from None


def _journal(home: Home, what: list[str], by: str) -> None:
    """That they were replaced, never by what."""
    database = open_database(home=home.path)
    try:
        if database.file is None or database.file.exists():
            append(database, [Entry(Clock().now_ms(), "secrets.rotated", data={"by": by, "what": what})])
    except DatabaseError as problem:
        raise ConfigError(str(problem)) from None
    finally:
        database.close()
