"""`madoguchi backup`, `madoguchi restore`: one file with all of an installation, and putting it back."""

from __future__ import annotations

import getpass
import json
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

import madoguchi
from config import JST, Clock, ConfigError, Home, RunFile, from_ms, load_settings
from config.clock import OFFSET_VARIABLE
from madoguchi.backup.archive import BackupError, Manifest, passphrase_of
from madoguchi.backup.make import Wish, make
from madoguchi.backup.proof import Proof
from madoguchi.backup.restore import check, restore
from madoguchi.records import fail, now_ms, opened, records

_HOME = Path("var")
_VARIABLE = "MADOGUCHI_BACKUP_PASSPHRASE"
_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_Format = Annotated[str, typer.Option("--format", help="text or json.")]
_Passphrase = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file", metavar="FILE",
        help=f"The passphrase; else {_VARIABLE}, else keys/backup-passphrase.",
    ),
]  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(back_up)
    app.command("restore")(put_back)


def back_up(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Instead of [backup] directory.")
    ] = None,
    passphrase_file: _Passphrase = None,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Not sealed, and without keys/: copy that elsewhere.")
    ] = False,
    without_recordings: Annotated[
        bool, typer.Option("--without-recordings", help="Leave the recordings of calls out.")
    ] = False,
    no_proof: Annotated[
        bool, typer.Option("--no-proof", help="Do not take it out again to see that it is whole.")
    ] = False,
    by: Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who; default: login name.")] = None,
    form: _Format = "text",
    home: _Home = _HOME,
) -> None:
    """バックアップ / copy everything into one sealed file, while calls go on, and prove it."""
    _known(form)
    place = Home(home)
    try:
        given = passphrase_of(place, passphrase_file, os.environ.get(_VARIABLE))
        rules = load_settings(place, make=False).backup
    except ConfigError as problem:
        fail(str(problem))
    passphrase = None if without_keys else given
    if passphrase is None and not without_keys:
        fail(
            "--passphrase-file: a backup holds the keys, so it needs a passphrase; give one, write it into "
            f"{place.keys / 'backup-passphrase'}, or leave the keys out with --without-keys"
        )
    wish = Wish(
        output, passphrase, not without_recordings, not no_proof, by or getpass.getuser(), _instance_ms(place)
    )
    with records(home) as database:
        try:
            made = make(place, database, rules, wish, madoguchi.__version__)
        except (BackupError, ConfigError) as problem:
            fail(str(problem))
        except OSError as problem:
            fail(f"{problem.filename or output or rules.directory}: cannot be written: {problem.strerror}")
    if form == "json":
        shown = {**made.last.model_dump(), "proof": None if made.proof is None else asdict(made.proof)}
        print(json.dumps({**shown, "dropped": list(map(str, made.dropped))}, ensure_ascii=False))
        return
    print(f"{made.last.file}（{made.last.bytes / 1e6:.1f} MB）")
    print(
        "  戻せることを確かめました: " + _proof(made.proof) if made.proof else "  戻せるかは確かめていません"
    )
    if without_keys:
        print(f"  鍵は入っていません。{place.keys} を別に保管してください。")
    for path in made.dropped:
        print(f"  古いものを消しました: {path.name}")


def put_back(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.")],
    only_check: Annotated[bool, typer.Option("--check", help="Prove it and change nothing.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move what is there aside (a SQLite installation).")
    ] = False,
    passphrase_file: _Passphrase = None,
    form: _Format = "text",
    home: _Home = _HOME,
) -> None:
    """復元 / put a backup back, into an empty state directory (and an empty database of a server)."""
    _known(form)
    place = Home(home)
    if not file.is_file():
        fail(f"FILE: {file}: no such file")
    aside: Path | None = None
    try:
        if only_check:
            manifest, proof = check(file, _asked(place, passphrase_file))
        else:
            with opened(home) as database:
                manifest, proof, aside = restore(
                    place, database, file, _asked(place, passphrase_file), replace=replace
                )
    except (BackupError, ConfigError) as problem:
        fail(str(problem))
    except DBAPIError as problem:
        fail(f"the database cannot be written: {str(problem.orig).strip().splitlines()[0]}")
    except OSError as problem:
        fail(f"{problem.filename or home}: cannot be written: {problem.strerror}")
    _tell(manifest, proof, aside, form, only_check=only_check, home=place)


def _tell(
    manifest: Manifest, proof: Proof, aside: Path | None, form: str, *, only_check: bool, home: Home
) -> None:
    if form == "json":
        shown: dict[str, Any] = {**manifest.model_dump(exclude={"files"}), "proof": asdict(proof)}
        shown |= {"restored": not only_check, "aside": None if aside is None else str(aside)}
        print(json.dumps(shown, ensure_ascii=False))
        return
    at = from_ms(manifest.made_ms).astimezone(JST)
    print(f"{at:%Y-%m-%d %H:%M:%S} のバックアップ: {_proof(proof)}")
    if only_check:
        return
    print(f"{home.path} に戻しました。")
    if aside is not None:
        print(f"  前のものは {aside} にあります。")
    if not manifest.keys:
        print(f"  鍵は入っていません。別に保管した {home.keys} を、起動する前に戻してください。")
    print("  バックアップのあとに消去した個人情報は、もう一度消してください（bin/madoguchi purge）。")


def _proof(proof: Proof) -> str:
    said = [f"着信 {proof.calls} 件", "記録台帳の鎖 良", f"検算 {len(proof.months)} か月 良"]
    if proof.sealed is not None:
        said.append(f"個人情報 {proof.sealed} 件の鍵 良")
    return "、".join(said)


def _instance_ms(home: Home) -> int:
    """The time as the instance that runs there has it (a rehearsal's is another), else the machine's."""
    if OFFSET_VARIABLE in os.environ:
        return now_ms()
    try:
        return Clock(RunFile.read(home.run_json).clock_offset_ms).now_ms()
    except (OSError, ValueError):
        return Clock().now_ms()


def _asked(home: Home, file: Path | None) -> Callable[[], str]:
    def ask() -> str:
        given = passphrase_of(home, file, os.environ.get(_VARIABLE))
        if given is None:
            raise ConfigError(f"--passphrase-file: the backup is sealed; give its passphrase, or {_VARIABLE}")
        return given

    return ask


def _known(form: str) -> None:
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
