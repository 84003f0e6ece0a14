"""`madoguchi track`: one call through Madoguchi's and Asterisk's logs, by either id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from config import Home
from controller.call import call_id
from db import Entry, Journal, open_database, upgrade
from madoguchi.commands import track

CHANNEL = "madoguchi-1795959291.1"
CALL = call_id(CHANNEL)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    home = Home(tmp_path)
    home.prepare()
    database = open_database(home=home.path)
    upgrade(database)
    journal = Journal(database)
    journal.start()
    journal.write(Entry(1000, "call.received", CALL, data={"channel": CHANNEL}))
    assert journal.close()
    database.close()
    log = home.asterisk / "log"
    (log / "cdr-csv").mkdir(parents=True)
    (home.logs / "controller.log.1").write_text(
        f'{{"event": "call.received", "call": "{CALL}"}}\n{{"call": "x"}}\n'
    )
    (home.logs / "controller.log").write_text(f'{{"event": "call.ended", "call": "{CALL}"}}\n')
    (log / "messages.log.0").write_text(
        "[t] WARNING[1][C-0000000a] a.c: no sound for 0262261234\n[t] NOTICE[1] other\n"
    )
    (log / "messages.log").write_text(
        f"[t] NOTICE[1][C-0000000a] Ext. h: call {CHANNEL} sip abc@carrier\n"
        f"[t] NOTICE[1][C-0000000b] Ext. h: call {CHANNEL}2 sip other@carrier\n"
    )
    (log / "queue_log").write_text(f"1795959291|{CHANNEL}|fallback|NONE|SERVED|open\n")
    (log / "cdr-csv" / "Master.csv").write_text(
        f'"","0262261234","in","line","n","PJSIP/trunk-0","","Stasis","x","09:00","09:01","09:02",9,8,'
        f'"ANSWERED","DOC","{CHANNEL}","","","{CHANNEL}",0\n'
    )
    return home


@pytest.mark.parametrize("named", [CALL, CHANNEL])
def test_given_a_call_when_followed_by_either_id_then_all_its_lines_are_shown_and_no_number(
    home: Home, named: str
) -> None:
    app = typer.Typer()
    track.register(app)
    done = CliRunner().invoke(app, [named, "--home", str(home.path), "--format", "json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["call"], found["channel"], found["asterisk"], found["sip"]) == (
        CALL, CHANNEL, "C-0000000a", "abc@carrier",
    )  # fmt: skip
    assert [file for file, _ in found["lines"]] == [
        "controller.log.1", "controller.log", "messages.log.0", "messages.log", "queue_log", "Master.csv",
    ]  # fmt: skip
    assert "0262261234" not in done.stdout
    assert "********34" in done.stdout
    shown = CliRunner().invoke(app, [named, "--home", str(home.path)])
    assert "abc@carrier" in shown.stdout


def test_given_an_id_of_nothing_when_followed_then_it_says_so(home: Home) -> None:
    app = typer.Typer()
    track.register(app)
    done = CliRunner().invoke(app, ["nothing", "--home", str(home.path)])
    assert done.exit_code == 2
    assert "no log" in done.stderr
