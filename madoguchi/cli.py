"""`bin/madoguchi COMMAND`: one file a command in `madoguchi/commands/`."""

from __future__ import annotations

import gc
import os
import sys

import structlog
import typer

from config import ConfigError
from db import DatabaseError
from madoguchi.commands import (
    alarms,
    attendance,
    backup,
    blocked,
    calls,
    config,
    contract,
    db,
    doctor,
    holidays,
    hours,
    import_calls,
    ledger,
    personal,
    prompts,
    purge,
    replay,
    report,
    seats,
    secrets,
    simulate,
    track,
    users,
)

app = typer.Typer(
    name="madoguchi", help="窓口: 市の電話窓口 / the telephone front of a city", no_args_is_help=True,
    add_completion=False, pretty_exceptions_enable=False,
)  # fmt: skip
for command in (
    hours, holidays, report, ledger, calls, import_calls,
    personal, purge, seats, simulate, replay, prompts, attendance, config, contract, db, backup,
    doctor, alarms, track, blocked, secrets, users,
):  # fmt: skip
    command.register(app)


def main() -> None:
    """Run a command; a user's mistake is one sentence on stderr and exit status 2."""
    try:
        os.umask(0o077)  # a database made here holds personal data
        gc.set_threshold(200_000)  # a report makes a million small objects, all of them needed
        # Standard output belongs to the command.
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
        app(prog_name="bin/madoguchi")
    except (ConfigError, DatabaseError) as error:
        print(f"madoguchi: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
