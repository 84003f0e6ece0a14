"""`bin/madoguchi config`: is it right, bring it into force now, carry it to another installation."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated, Any

import typer

from config import ConfigError, Home, RunFile, load_settings
from madoguchi.config_bundle import export as exported
from madoguchi.config_bundle import take_over
from madoguchi.desk_tls import trusting
from madoguchi.records import fail, put_out
from madoguchi.site import asterisk_paths, trunk_context
from reports.rules import Rules
from reports.trial import try_templates

WITHIN_S = 60.0
HOME = Annotated[str, typer.Option(help="状態ディレクトリ / state directory")]
FORMAT = Annotated[str, typer.Option("--format", help="text | json")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="設定の確認と反映 / check the settings, bring them into force", no_args_is_help=True
    )

    @group.command("check")
    def check(home: HOME = "var", output: FORMAT = "text") -> None:
        """設定を確かめる。何も変えない / say whether the settings are right; changes nothing."""
        _known(output)
        place = Home(home)
        settings = load_settings(place, make=False)
        asterisk_paths(place)
        trunk_context(place, settings)
        try_templates(place.templates, Rules(terms=settings.report))
        seats, people = settings.seats.count, len(settings.operators)
        lines = list(settings.line_names())
        if output == "json":
            print(json.dumps({"ok": True, "seats": seats, "operators": people, "lines": lines}))
        else:
            print(f"設定に間違いはありません。席 {seats}、オペレーター {people}人、回線 {len(lines)}")

    @group.command("reload")
    def reload(home: HOME = "var", output: FORMAT = "text") -> None:
        """設定を読み直し、動作中に反映する / read the settings anew; calls in progress are not touched."""
        _known(output)
        told = _asked(Home(home))
        if output == "json":
            print(json.dumps(told, ensure_ascii=False))
            return
        for title, key in (("変わったもの", "changed"), ("再起動で効くもの", "restart")):
            if told[key]:
                print(f"{title}:")
            for change in told[key]:
                print(f"  {change['key']}: {_value(change['old'])} → {_value(change['new'])}")
        if not told["changed"]:
            print("動作中の設定は変わっていません。")

    @group.command("export")
    def export(
        output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="zip")],
        home: HOME = "var",
    ) -> None:
        """設定、市の文章と録音、祝日表を zip に。秘密は入らない / what describes the site; no secrets."""
        put_out(exported(Home(home)), output)

    @group.command("import")
    def take(
        file: Annotated[Path, typer.Argument(metavar="FILE", help="zip")],
        dry_run: Annotated[bool, typer.Option("--dry-run", help="何も変えない / change nothing")] = False,
        home: HOME = "var",
        output: FORMAT = "text",
    ) -> None:
        """書き出した設定に置き換える / take it over, whole; what was there is moved aside."""
        _known(output)
        place = Home(home)
        try:
            told, aside = take_over(place, file, dry_run=dry_run)
        except OSError as problem:
            fail(f"{problem.filename or home}: cannot be written: {problem.strerror}")
        if output == "json":
            shown = [{"key": one.key, "old": one.old, "new": one.new} for one in told]
            print(json.dumps({"changed": shown, "aside": aside and str(aside)}, ensure_ascii=False))
            return
        for one in told:
            print(f"  {one.key}: {_value(one.old)} → {_value(one.new)}")
        if aside is None:
            print("何も変えていません。")
            return
        print(f"置き換えました。前のものは {aside} にあります。")
        print("動作中なら、反映してください: bin/madoguchi config reload")

    app.add_typer(group, name="config")


def _known(output: str) -> None:
    if output not in ("text", "json"):
        raise typer.BadParameter("text か json を指定してください / text or json", param_hint="--format")


def _value(value: object) -> str:
    return "なし" if value is None else json.dumps(value, ensure_ascii=False)


def _asked(home: Home) -> dict[str, Any]:
    """The running instance's answer. Raises ConfigError with its sentence, or that nothing runs."""
    try:
        run = RunFile.read(home.run_json)
    except (OSError, ValueError):
        raise ConfigError(f"--home {home.path}: Madoguchi does not run there") from None
    request = urllib.request.Request(  # noqa: S310  # the address is our own run file's
        f"{run.desk_url}/api/v1/config/reload",
        method="POST",
        headers={"Authorization": f"Bearer {run.api_token}"},
    )
    try:
        with urllib.request.urlopen(  # noqa: S310  # likewise
            request, timeout=WITHIN_S, context=trusting(run.desk_certificate)
        ) as answer:
            told: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as error:
        raise ConfigError(_message(error)) from None
    except OSError as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ConfigError(f"{run.desk_url}: does not answer: {reason}") from None
    return told


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["message"])
    except (ValueError, KeyError, TypeError):
        return f"{error.url}: {error.status} {error.reason}"
