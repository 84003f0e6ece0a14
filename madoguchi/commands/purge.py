"""`madoguchi purge`: delete what was kept of citizens: what is too old, one call, or one number."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from config import ConfigError, Home, load_settings
from db.vault import VaultError
from madoguchi.commands.personal import exact
from madoguchi.purging import Done, Found, Rule, look_up, purge
from madoguchi.records import fail, now_ms, records
from madoguchi.signing import checked
from madoguchi.traces import Traces, trace

_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("purge")(purge_records)


def purge_records(
    older_than: Annotated[
        int | None,
        typer.Option("--older-than", metavar="DAYS", min=0, help="Instead of [retention]: older than this."),
    ] = None,
    call: Annotated[str | None, typer.Option("--call", metavar="ID", help="Only this call.")] = None,
    number: Annotated[
        str | None, typer.Option("--number", metavar="N", help="Only this citizen: all calls of the number.")
    ] = None,
    unreadable: Annotated[
        bool, typer.Option("--unreadable", help="Only records that no key can open any more.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be deleted.")] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Goes into the record.")] = "",
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who; default: login name.")] = None,
    verify: Annotated[
        Path | None, typer.Option("--verify", metavar="FILE", help="Check the signature of a record instead.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
) -> None:
    """個人情報を消去する / delete numbers that are older than [retention] says, and sign a record of it.

    The journal and all figures stay. Calls on hold stay. Exit status 1: some traces could not be removed.
    """
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    place = Home(home)
    try:
        if verify is not None:
            _print(checked(place, verify), form)
            return
        rule = _rule(place, older_than, call, number, unreadable=unreadable)
        with records(home) as database:
            found = look_up(database, rule, now_ms())
            if dry_run:
                _tell(Done(found, trace(place, found.numbers, change=False), True, None), form, dry_run=True)
                return
            who = getpass.getuser() if by is None else by
            why = reason.strip() or _default_reason(rule)
            done = purge(
                place, database, rule, who=who, reason=why, now_ms=now_ms(), found=found,
                reports=place.path / load_settings(place, make=False).report.directory,
            )  # fmt: skip
    except (ConfigError, ValueError, VaultError) as problem:
        fail(str(problem))
    except OSError as problem:
        fail(f"{problem.filename}: cannot be written: {problem.strerror}")
    _tell(done, form, dry_run=False)
    if done.traces.left or not done.swept:
        raise typer.Exit(1)


def _rule(
    place: Home, older_than: int | None, call: str | None, number: str | None, *, unreadable: bool
) -> Rule:
    given = [
        name
        for name, value in (("--older-than", older_than), ("--call", call), ("--number", number))
        if value is not None
    ] + (["--unreadable"] if unreadable else [])
    if len(given) > 1:
        fail(f"{given[1]}: cannot go together with {given[0]}")
    if unreadable:
        return Rule({"unreadable": True}, unreadable=True)
    if call is not None:
        return Rule({"call": call}, call=call)
    if number is not None:
        return Rule({"number": True}, number=exact(number))  # which one is nobody's business any more
    if older_than is not None:
        return Rule({"older_than_days": older_than}, older_than_days=older_than)
    retention = load_settings(place, make=False).retention
    return Rule({"retention": retention.model_dump(mode="json")}, retention=retention)


def _default_reason(rule: Rule) -> str:
    if rule.call is not None or rule.number is not None:
        return "請求による消去"
    return "鍵が失われた記録の消去" if rule.unreadable else "保存期間の満了"


def _facts(done: Done, *, dry_run: bool) -> dict[str, Any]:
    found, traces = done.found, done.traces
    return {
        "dry_run": dry_run,
        "calls": found.calls,
        "kept": found.kept,
        "files": {"masked": traces.masked, "left": traces.left},
        "numbers_that_stay_in_files": len(found.staying),
        "swept": done.swept,
        "record": done.file,
    }


def _tell(done: Done, form: str, *, dry_run: bool) -> None:
    if form == "json":
        _print(_facts(done, dry_run=dry_run), form)
        return
    found, traces = done.found, done.traces
    print(f"{'消去の対象' if dry_run else '消去した着信'}: {len(found.calls)} 件")
    for call in found.calls[:20]:
        print(f"  {call}")
    if len(found.calls) > 20:
        print(f"  … ほか {len(found.calls) - 20} 件")
    _tell_kept(found)
    _tell_traces(traces, dry_run=dry_run)
    if not done.swept:
        print(
            "データベースの書込みログに古いページが残っています。読み手が終わってから、もう一度実行してください。"
        )
    if done.file is not None:
        print(f"記録: {done.file}")


def _tell_kept(found: Found) -> None:
    if found.kept:
        print(f"残したもの: {len(found.kept)} 件")
        for call, why in found.kept.items():
            print(f"  {call}: {why}")


def _tell_traces(traces: Traces, *, dry_run: bool) -> None:
    for name, count in traces.masked.items():
        print(f"  {name}: {count} か所{'が伏せられます' if dry_run else 'を伏せました'}")
    for name, why in traces.left.items():
        print(f"  {name}: {why}")


def _print(facts: Any, form: str) -> None:
    if form == "json":
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    print("署名は正しく、この窓口のものです。")
    for name, value in facts.items():
        print(f"  {name}: {json.dumps(value, ensure_ascii=False)}")
