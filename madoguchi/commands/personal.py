"""`madoguchi person`, `hold`, `keys`: looking at what is kept of a citizen, keeping it, and its keys."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer

from config import JST, from_ms
from db import find, look, looks
from db.holds import Hold, all_holds, place_hold, release_hold
from db.personal import key_ids, require_keys, reseal
from db.vault import VaultError
from ivr.numbers import e164, shown
from madoguchi.records import fail, now_ms, records

_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who asks; default: the login name.")]
_Json = Annotated[str, typer.Option("--format", help="text or json.")]
_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("person")(person)
    app.command("hold")(hold)
    keys = typer.Typer(no_args_is_help=True, help="個人情報の鍵 / the keys of personal data.")
    keys.command("list")(keys_list)
    keys.command("rotate")(keys_rotate)
    app.add_typer(keys, name="keys")


def person(
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="Id of the call.")] = None,
    number: Annotated[
        str | None, typer.Option("--number", metavar="N", help="Find the calls of exactly this number.")
    ] = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason; goes into the log.")] = "",
    log: Annotated[bool, typer.Option("--log", help="Show who looked, at CALL or at all.")] = False,
    by: _By = None,
    form: _Json = "text",
    home: _Home = _HOME,
) -> None:
    """市民の記録を見る / show what is kept of a citizen. Every look is written to the access log."""
    as_json = _wants_json(form)
    if log:
        if number is not None:
            fail("--log: cannot go together with --number; numbers are not in the log")
        _show_log(home, call, as_json=as_json)
        return
    if (call is None) == (number is None):
        fail("CALL or --number: give one of the two")
    if not why.strip():
        fail("--why: give the reason; it is written to the access log")
    with records(home) as database:
        try:
            if call is not None:
                seen = look(database, call, who=_who(by), why=why, at_ms=now_ms())
                if seen is None:
                    fail(f"CALL: nothing is kept of {call!r}: unknown, withheld or purged")
                facts = {
                    "call": seen.call,
                    "number": seen.number,
                    "callback_number": seen.callback_number,
                    "held": seen.is_held,
                }
                lines = [
                    f"着信ID  {seen.call}",
                    f"発信番号  {shown(seen.number) if seen.number else '－'}",
                    f"折り返し先  {shown(seen.callback_number) if seen.callback_number else '－'}",
                    *(["保全中（消去しない）"] if seen.is_held else []),
                ]
                print(_text(facts) if as_json else "\n".join(lines))
                return
            found = find(database, exact(number or ""), who=_who(by), why=why, at_ms=now_ms())
        except (ValueError, VaultError) as problem:
            fail(str(problem))
    print(_text(found) if as_json else "\n".join([*found, f"{len(found)} 件"]))


def hold(
    call: Annotated[str | None, typer.Argument(metavar="[CALL]", help="Id; none: list all holds.")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")] = "",
    release: Annotated[bool, typer.Option("--release", help="End the hold.")] = False,
    by: _By = None,
    form: _Json = "text",
    home: _Home = _HOME,
) -> None:
    """保全: この着信の個人情報を消去しない / legal hold: no purge touches the personal data of this call."""
    as_json = _wants_json(form)
    with records(home) as database:
        if call is None:
            with database.read() as connection:
                held = all_holds(connection)
            lines = [f"{_time(one.at_ms)}  {one.call}  {one.who}  {one.reason}" for one in held]
            print(
                _text([one._asdict() for one in held]) if as_json else "\n".join([*lines, f"{len(held)} 件"])
            )
            return
        if not reason.strip():
            fail("--reason: give the reason; it is written to the journal")
        try:
            if release:
                release_hold(database, call, who=_who(by), reason=reason, at_ms=now_ms())
            else:
                place_hold(database, Hold(call, now_ms(), _who(by), reason))
        except ValueError as problem:
            fail(f"CALL: {problem}")
    done = "released" if release else "held"
    print(_text({"call": call, "state": done}) if as_json else f"{call}: {done}")


def keys_list(form: _Json = "text", home: _Home = _HOME) -> None:
    """鍵と、それで封じた件数 / the keys, and how many records each seals; never the keys themselves."""
    as_json = _wants_json(form)
    with records(home) as database:
        require_keys(database)
        with database.read() as connection:
            sealed = key_ids(connection)
        facts = [
            {"id": key.id, "made_ms": key.made_ms, "records": sealed.pop(key.id, 0)}
            for key in database.vault.all_keys()
        ]
    missing = [{"id": name, "made_ms": None, "records": count} for name, count in sealed.items()]
    if as_json:
        print(_text([*facts, *missing]))
        return
    for key in database.vault.all_keys():
        count = next(one["records"] for one in facts if one["id"] == key.id)
        print(f"{key.id}  {_time(key.made_ms)}  {count} 件")
    for name, count in sealed.items():
        print(f"{name}  鍵がありません / missing  {count} 件")


def keys_rotate(form: _Json = "text", home: _Home = _HOME) -> None:
    """鍵を替える。動作中でもよい / make a new key, seal everything with it, destroy the old one.

    Calls go on meanwhile. What was purged before can then not be read from any backup either.
    """
    as_json = _wants_json(form)
    with records(home) as database:
        require_keys(database)
        done = 0
        try:
            for count in reseal(database):
                done = count
        except VaultError as problem:
            fail(str(problem))
        (key,) = database.vault.all_keys()
    print(_text({"key": key.id, "records": done}) if as_json else f"{key.id}: {done} 件を封じ直しました。")


def exact(text: str) -> str:
    """A number as somebody types it, in E.164; else the command ends with a sentence."""
    number = e164(text)
    if number is None:
        fail(f"--number: {text!r} is not a whole telephone number, such as 026-226-1234")
    return number


def _show_log(home: Path, call: str | None, *, as_json: bool) -> None:
    with records(home) as database, database.read() as connection:
        seen = looks(connection, call)
    if as_json:
        print(_text([one._asdict() for one in seen]))
        return
    for one in seen:
        print(f"{_time(one.at_ms)}  {one.who}  {one.what}  {one.call or '－'}  {one.why}")
    print(f"{len(seen)} 件")


def _who(by: str | None) -> str:
    return by if by is not None else getpass.getuser()


def _wants_json(form: str) -> bool:
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    return form == "json"


def _time(at_ms: int) -> str:
    return f"{from_ms(at_ms).astimezone(JST):%Y-%m-%d %H:%M:%S}"


def _text(facts: object) -> str:
    return json.dumps(facts, ensure_ascii=False, indent=2)
