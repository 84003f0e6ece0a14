"""`madoguchi db upgrade`: make the database's tables, or bring them up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from db import upgrade, wait_for
from db.roles import grant
from madoguchi.records import opened

_HOME = Path("var")


def register(app: typer.Typer) -> None:
    """Add `db` to the command line."""
    group = typer.Typer(no_args_is_help=True, help="The database.")

    # With one command alone typer would leave its name out.
    @group.callback()
    def database() -> None:
        """The database."""

    @group.command("upgrade")
    def upgrade_tables(
        home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
        wait: Annotated[
            float, typer.Option("--wait", metavar="SECONDS", min=0, help="Wait so long for a server.")
        ] = 0.0,
        role: Annotated[
            str | None,
            typer.Option(
                "--role", metavar="NAME", help="PostgreSQL: the application's role; gets its rights."
            ),
        ] = None,
    ) -> None:
        """Make the tables, or bring them up to date. Does nothing twice."""
        with opened(home) as database:
            if not database.is_sqlite:
                wait_for(database, wait, lambda sentence: typer.echo(sentence, err=True))
            done = upgrade(database)
            typer.echo(f"{database.name}: {'upgraded' if done else 'up to date'}")
            if role is not None:
                grant(database, role)
                typer.echo(f"{role}: may add to the journal and not change it")

    app.add_typer(group, name="db")
