"""`madoguchi report sent`: what went to the city by itself, what did not and why; `--try` tries the ways."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from config import Home, load_settings
from config.report import Report
from db import Database, journal_rows
from madoguchi.delivery import mail, sftp
from madoguchi.delivery.clock import BACK_DAYS, SENT, failures, pending, title_of
from madoguchi.delivery.parcel import DeliveryError, Parcel
from madoguchi.records import fail, now_ms, records
from madoguchi.report_files import Due
from reports.calls import local_text

_HOME = Path("var")
TRIAL = Parcel(
    "窓口 送付の試験",
    "report",
    {"madoguchi-trial.txt": "窓口からの送付の試験です。個人情報は含みません。\n".encode()},
)


def add_to(group: typer.Typer) -> None:
    """Add the command to `report`."""
    group.command("sent")(sent)


def sent(
    attempt: Annotated[
        bool, typer.Option("--try", help="Send a small file to every receiver now, to see whether it goes.")
    ] = False,
    form: Annotated[str, typer.Option("--format", help="text or json.")] = "text",
    home: Annotated[Path, typer.Option("--home", metavar="DIR", help="State directory.")] = _HOME,
) -> None:
    """送付の状況 / what went by SFTP and mail, what still has to go. Exit status 1: something did not go."""
    if form not in ("text", "json"):
        fail(f"--format: {form!r} is neither text nor json")
    place = Home(home)
    rules = load_settings(place, make=False).report
    if rules.sftp is None and rules.mail is None:
        fail(f"{place.toml}: neither [report.sftp] nor [report.mail] is there; nothing is sent by itself")
    if attempt:
        tried = asyncio.run(_try(rules, place.path))
        _tell_tried(tried, form)
        raise typer.Exit(1 if any(tried.values()) else 0)
    with records(home) as database:
        gone = _gone(database)
        waiting = [
            {"target": one.target, "paper": title_of(one.due), "since": local_text(one.since_ms)}
            for one in pending(database, rules, now_ms())
        ]
        failed = failures(database, rules, now_ms())
    if form == "json":
        print(json.dumps({"sent": gone, "waiting": waiting, "failed": failed}, ensure_ascii=False, indent=2))
    else:
        for one in gone:
            print(f"{one['at'][:16].replace('T', ' ')}  {one['target']}  {one['paper']}")
        for one in waiting:
            print(f"未送付  {one['target']}  {one['paper']}（{one['since'][:16].replace('T', ' ')} 作成）")
        for sentence in failed:
            print(sentence)
        print(f"送付 {len(gone)} 件、未送付 {len(waiting)} 件")
    raise typer.Exit(1 if failed else 0)


async def _try(rules: Report, home: Path) -> dict[str, str]:
    """By receiver: why it does not go, or nothing."""
    said = {}
    for name, one in (("sftp", rules.sftp), ("mail", rules.mail)):
        if one is None:
            continue
        try:
            if name == "sftp" and rules.sftp is not None:
                await sftp.send(rules.sftp, home, TRIAL)
            elif rules.mail is not None:
                await mail.send(rules.mail, home, TRIAL, now_ms())
        except DeliveryError as problem:
            said[name] = str(problem)
        else:
            said[name] = ""
    return said


def _tell_tried(tried: dict[str, str], form: str) -> None:
    if form == "json":
        print(json.dumps(tried, ensure_ascii=False, indent=2))
        return
    for name, why in tried.items():
        print(f"{name}: {why or f'送れました（{next(iter(TRIAL.files))}）'}")


def _gone(database: Database) -> list[dict[str, Any]]:
    with database.read() as connection:
        from_ms = now_ms() - BACK_DAYS * 86_400_000
        rows = [row.entry for row in journal_rows(connection, from_ms=from_ms, kinds=[SENT])]
    return [
        {
            "at": local_text(row.at_ms), "target": row.data.get("target"),
            "paper": title_of(Due.of(row.data)), "files": row.data.get("files"),
        }
        for row in rows
    ]  # fmt: skip
