"""`madoguchi alarms`: which alarms hold; `alarms test` sends one to each webhook to see that it arrives."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from config import JST, ConfigError, Home, from_ms, load_settings
from madoguchi.alarms.book import Notice
from madoguchi.alarms.keep import Kept, Outgoing
from madoguchi.alarms.webhook import send_once
from madoguchi.records import fail, now_ms

_HOME = Path("var")
_Home = Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")]
_Format = Annotated[str, typer.Option("--format", help="text or json.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="警報 / alarms.", invoke_without_command=True)

    @group.callback()
    def alarms(context: typer.Context, form: _Format = "text", home: _Home = _HOME) -> None:
        """いま続いている警報。終了コード: 0 なし、1 注意、2 重大 / the alarms that hold, for monitoring."""
        if context.invoked_subcommand is None:
            _show(Home(home), form)

    @group.command("test")
    def test(home: _Home = _HOME) -> None:
        """試しの警報を、設定した送り先に送る / send a trial to every webhook of the settings."""
        _trial(Home(home))

    app.add_typer(group, name="alarms")


def _show(home: Home, form: str) -> None:
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    kept = Kept.read(home)
    raised = kept.book.raised()
    if form == "json":
        shown = [
            {"alarm": name, "severity": held.reading.severity, "since_ms": held.raised_ms,
             "summary": held.reading.summary, "value": held.reading.value, "limit": held.reading.limit}
            for name, held in raised.items()
        ]  # fmt: skip
        print(json.dumps({"alarms": shown, "not_told": len(kept.outgoing)}, ensure_ascii=False))
    else:
        for held in raised.values():
            since = from_ms(held.raised_ms or 0).astimezone(JST)
            mark = "重大" if held.reading.severity == "critical" else "注意"
            print(f"{mark}  {since:%Y-%m-%d %H:%M:%S} から  {held.reading.summary}（{held.reading.alarm}）")
        if not raised:
            print("警報はありません。")
        if kept.outgoing:
            print(f"送り先に届いていない知らせが {len(kept.outgoing)} 件あります（logs/alarms.log）。")
    levels = {held.reading.severity for held in raised.values()}
    raise typer.Exit(2 if "critical" in levels else 1 if levels else 0)


def _trial(home: Home) -> None:
    try:
        settings = load_settings(home, make=False)
    except ConfigError as problem:
        fail(str(problem))
    if not settings.alarms.webhooks:
        fail(f"{home.toml}: [alarms] webhooks: none is named")
    at_ms = now_ms()
    notice = Notice(
        alarm="test", change="raised", severity="warning", at_ms=at_ms, since_ms=at_ms,
        summary="これは試しの警報です。何もしないでください。",
    )  # fmt: skip
    failed = False
    for url in settings.alarms.webhooks:
        why = asyncio.run(send_once(home, settings, Outgoing(id="test", url=url, notice=notice)))
        print(f"{url}: {'届きました' if why is None else f'届きません: {why}'}")
        failed = failed or why is not None
    raise typer.Exit(1 if failed else 0)
