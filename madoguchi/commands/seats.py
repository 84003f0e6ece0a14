"""`madoguchi seats`: the seats, their phones and what a softphone registers with."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from config import Home, RunFile, load_secrets, load_settings


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("seats")
    def seats(
        home: Annotated[str, typer.Option(help="状態ディレクトリ / state directory")] = "var",
        output: Annotated[str, typer.Option("--format", help="text | json")] = "text",
        passwords: Annotated[bool, typer.Option("--passwords", help="パスワードも表示する")] = False,
    ) -> None:
        """席と電話の一覧 / seats and what their phones register with."""
        if output not in ("text", "json"):
            raise typer.BadParameter("text か json を指定してください / text or json", param_hint="--format")
        place = Home(home)
        settings = load_settings(place)
        secrets = load_secrets(place, settings)
        server = _server(place)
        rows = [
            {
                "seat": seat,
                "extension": extension,
                "user": secrets.phones[seat].user,
                **({"password": secrets.phones[seat].password} if passwords else {}),
                "server": server,
            }
            for seat, extension in settings.seats.extensions().items()
        ]
        if output == "json":
            print(json.dumps(rows, ensure_ascii=False))
            return
        table = Table(title="席 / seats")
        for column in rows[0]:
            table.add_column(column)
        for row in rows:
            table.add_row(*(str(value) if value is not None else "–" for value in row.values()))
        Console().print(table)


def _server(home: Home) -> str | None:
    """host:port of the running exchange; None when nothing runs."""
    try:
        sip = RunFile.read(home.run_json).sip
    except (FileNotFoundError, ValueError):
        return None
    return f"{sip.host}:{sip.port}"
