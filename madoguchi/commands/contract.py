"""`madoguchi contract export`, `check`, `end`: handing everything to the city, and destroying the rest."""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from config import ConfigError, Home, load_settings
from db import Database, DatabaseError
from db.vault import VaultError
from madoguchi.ending.destroy import count_rows
from madoguchi.ending.end import Ended, Will, end_contract, go_on, hindrances, stop_running, unfinished
from madoguchi.ending.export import Source, export, months_of, must_be_empty
from madoguchi.ending.index import check
from madoguchi.home_lock import HomeLock
from madoguchi.records import fail, now_ms, opened, records
from madoguchi.report_rules import report_rules

WORD = "契約終了"
"""What is typed to confirm."""
_HOME = Path("var")
_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_To = Annotated[
    Path, typer.Option("--to", metavar="DIR", help="An empty or new directory, outside of --home.")
]
_By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who; default: login name.")]
_Format = Annotated[str, typer.Option("--format", help="text or json.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        no_args_is_help=True, help="契約の終了: 引渡しと廃棄 / the end of the contract: export, destruction."
    )
    group.command("export")(hand_over)
    group.command("check")(read_back)
    group.command("end")(end)
    app.add_typer(group, name="contract")


def hand_over(to: _To, by: _By = None, form: _Format = "text", home: _Home = _HOME) -> None:
    """市へ引き渡す一式を書き出す / write everything for the city; nothing is destroyed, calls may go on."""
    _known(form)
    with _faults(to), records(home) as database:
        index = export(_source(home, database), to, who=by or getpass.getuser(), now_ms=now_ms())
    _tell_export(to, index, form)


def read_back(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The export.")],
    public_key: Annotated[
        Path | None, typer.Option("--public-key", metavar="FILE", help="signing.pub, as it was given before.")
    ] = None,
    form: _Format = "text",
) -> None:
    """引渡しデータを検査する / check an export: every file, the list and its signature."""
    _known(form)
    with _faults(directory):
        index = check(directory, public_key)
    if form == "json":
        print(json.dumps({"whole": True, "files": len(index["files"]), "made": index["made"]}))
        return
    print(f"{len(index['files'])} ファイル、すべて目録と署名のとおりです（{index['made']} 作成）。")
    if public_key is None:
        print(
            "公開鍵は引渡しデータの中のものです。前に渡したものと比べるには --public-key を付けてください。"
        )


def end(
    to: _To,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help=f"Do not ask for {WORD}.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the instance that runs.")] = False,
    although_held: Annotated[
        bool, typer.Option("--although-held", help="Also what is on legal hold; the export has it.")
    ] = False,
    early: Annotated[bool, typer.Option("--early", help="Before the contract's last day.")] = False,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Stands in the certificate.")
    ] = "契約期間の満了",
    by: _By = None,
    form: _Format = "text",
    home: _Home = _HOME,
) -> None:
    """引き渡し、残りをすべて廃棄し、廃棄証明書を作る / export everything, destroy the rest, certify it."""
    _known(form)
    place = Home(home)
    will = Will(to, by or getpass.getuser(), reason, although_held, early, stop)
    begun = unfinished(place)
    if begun is not None:
        with _faults(to), opened(home) as database:
            if dry_run:
                print(f"途中まで進んでいます。続きを行います: {begun}")
                return
            _confirm(place, yes=yes)
            lock = HomeLock.take(place)
            _tell_end(go_on(place, database), begun, form)
            lock.close()
        return
    with _faults(to), records(home) as database:
        source = _source(home, database)
        found = hindrances(source, will, now_ms())
        must_be_empty(place, to)
        if dry_run:
            _tell_plan(source, to, found, form)
            return
        if found:
            fail("\n".join(found))
        _confirm(place, yes=yes)
        if stop:
            stop_running(place)
        lock = HomeLock.take(place)
        _tell_end(end_contract(source, will, now_ms()), to, form)
        lock.close()


def _source(home: Path, database: Database) -> Source:
    place = Home(home)
    settings = load_settings(place, make=False)
    directory = place.path / settings.report.directory
    return Source(place, database, settings, report_rules(home, database), directory)


def _confirm(place: Home, *, yes: bool) -> None:
    if yes:
        return
    if not _is_terminal():
        fail("--yes: nobody is there to confirm; this destroys everything that is kept here")
    print(f"{place.path} の記録、鍵、録音、設定をすべて廃棄します。元に戻せません。")
    if typer.prompt(f"続けるには {WORD} と入力してください", default="", show_default=False) != WORD:
        fail(f"{WORD} と入力されなかったので、何もしていません。")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


@contextmanager
def _faults(place: Path) -> Iterator[None]:
    try:
        yield
    except (ConfigError, DatabaseError, VaultError) as problem:
        fail(str(problem))
    except OSError as problem:
        fail(f"{problem.filename or place}: cannot be written: {problem.strerror}")


def _tell_plan(source: Source, to: Path, found: list[str], form: str) -> None:
    rows, months = count_rows(source.database), months_of(source.database)
    here = [path for path in source.home.path.rglob("*") if path.is_file()]
    size = 0
    for path in here:
        with suppress(OSError):
            size += path.stat().st_size
    if form == "json":
        facts = {
            "dry_run": True, "to": str(to), "hindrances": found, "months": months, "rows": rows,
            "files": len(here), "bytes": size,
        }  # fmt: skip
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    print(f"引渡し先: {to}")
    print(f"記録の期間: {months[0]} ～ {months[-1]}" if months else "記録はありません。")
    for name, count in rows.items():
        print(f"  {name}: {count} 件")
    print(f"廃棄するファイル: {len(here)} 件、{size / 1e6:.1f} MB（{source.home.path}）")
    for sentence in found:
        print(f"できません: {sentence}")


def _tell_export(to: Path, index: dict[str, Any], form: str) -> None:
    if form == "json":
        print(json.dumps({"to": str(to), "files": len(index["files"]), "rows": index["rows"]}, indent=2))
        return
    print(f"{to}: {len(index['files'])} ファイル。書いたものを読み戻し、目録と署名を確かめました。")
    print("  個人情報を含みます。暗号化した媒体で渡してください。")


def _tell_end(ended: Ended, to: Path, form: str) -> None:
    files = [str(path) for path in ended.certificate.files]
    if form == "json":
        shown = {
            "to": str(to),
            "certificate": files,
            "record": ended.record,
            "no_pdf": ended.certificate.no_pdf,
        }
        print(json.dumps(shown, ensure_ascii=False, indent=2))
    else:
        print(f"引渡しデータ: {to}（{len(ended.index['files'])} ファイル）")
        print(f"廃棄: {ended.record['files']} ファイル、{ended.record['bytes'] / 1e6:.1f} MB")
        for path in files:
            print(f"廃棄証明書: {path}")
        for sentence in (ended.certificate.no_pdf, *ended.record["elsewhere"], *ended.record["still_there"]):
            if sentence:
                print(f"  {sentence}")
    if ended.record["still_there"]:
        raise typer.Exit(1)


def _known(form: str) -> None:
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
