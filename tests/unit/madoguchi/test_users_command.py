"""`madoguchi users`: accounts by the command, beside an instance or without one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from config import Home, load_settings
from db import open_database, upgrade
from db.audit import audit_rows
from desk.accounts import Accounts
from madoguchi.commands import users
from madoguchi.user_work import Known

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    load_settings(home)
    database = open_database(home=home.path)
    upgrade(database)
    database.close()
    return home


@pytest.fixture
def run(home: Home) -> Run:
    app = typer.Typer()
    users.register(app)
    app.command("other")(lambda: None)

    def run(*arguments: str, given: str | None = None) -> tuple[int, str]:
        said = CliRunner().invoke(app, ["users", *arguments, "--home", str(home.path)], input=given)
        return said.exit_code, said.output

    return run


def test_given_no_account_when_one_is_added_then_its_password_is_told_once_and_opens_it(
    run: Run, home: Home
) -> None:
    status, said = run(
        "add", "Yamada", "--role", "supervisor", "--name", "山田", "--lines", "main", "--format", "json"
    )
    assert status == 0, said
    told = json.loads(said)
    assert told["id"] == "yamada"
    status, listed = run("list", "--format", "json")
    rows = {row["id"]: row for row in json.loads(listed)}
    assert list(rows) == [*(str(n) for n in range(101, 108)), "yamada"]
    assert (rows["yamada"]["role"], rows["yamada"]["lines"], rows["yamada"]["must_change"]) == (
        *("supervisor", ["main"]),
        True,
    )
    assert told["password"] not in listed
    database = open_database(home=home.path)
    accounts = Accounts(database, Known(load_settings(home)))
    assert accounts.check("yamada", told["password"]).why == "ok"
    with database.read() as connection:
        rows_ = audit_rows(connection, from_ms=0, to_ms=2**62)
    assert [row.entry.data["what"] for row in rows_] == ["added"]
    assert told["password"] not in str(rows_)
    database.close()


def test_given_an_account_when_changed_then_each_change_is_in_the_list_and_the_audit_log(run: Run) -> None:
    run("add", "yamada", "--role", "supervisor")
    for arguments in (
        ("role", "yamada", "auditor", "--reason", "異動"),
        ("disable", "yamada"),
        ("enable", "yamada"),
        ("unlock", "yamada"),
        ("totp-reset", "yamada"),
        ("password", "yamada"),
    ):
        status, said = run(*arguments)
        assert status == 0, (arguments, said)
    assert run("password", "yamada", "--stdin", given="three birds on a wire\n")[0] == 0
    rows = {row["id"]: row for row in json.loads(run("list", "--format", "json")[1])}
    assert (rows["yamada"]["role"], rows["yamada"]["must_change"]) == ("auditor", False)
    status, said = run("list")
    assert "監査" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("add", "bad id", "--role", "city"), "an id has small letters"),
        (("add", "x", "--role", "king"), "ROLE: 'king' is none of"),
        (("add", "x", "--role", "city", "--lines", "none"), "--lines: 'none' is no line"),
        (("add", "x", "--role", "operator", "--operator", "999"), "--operator: '999' is no operator"),
        (("password", "nobody"), "there is no account 'nobody'"),
        (("role", "101", "manager"), "101 is an operator of madoguchi.toml"),
        (("kiosk", "--revoke", "x"), "--revoke: 'x' is no link"),
        (("list", "--format", "xml"), "--format: 'xml'"),
    ],
)
def test_given_a_mistake_when_run_then_one_sentence_names_the_argument(
    run: Run, arguments: tuple[str, ...], sentence: str
) -> None:
    status, said = run(*arguments)
    assert status == 2
    assert sentence in said
    assert len(said.strip().splitlines()) == 1


def test_given_the_last_manager_when_disabled_then_it_is_refused(run: Run) -> None:
    run("add", "boss", "--role", "manager")
    status, said = run("disable", "boss")
    assert (status, said.strip()) == (2, "ID: Nobody else could manage the accounts then.")


def test_given_a_kiosk_link_when_made_then_it_is_listed_and_can_be_revoked(run: Run) -> None:
    status, said = run("kiosk", "執務室", "--days", "7", "--format", "json")
    assert status == 0, said
    made = json.loads(said)
    assert made["path"].startswith(f"/kiosk/{made['link']}.")
    assert json.loads(run("kiosk", "--format", "json")[1])[0]["state"] == "open"
    assert run("kiosk", "--revoke", made["link"])[0] == 0
    assert json.loads(run("kiosk", "--format", "json")[1])[0]["state"] == "revoked"
    assert "執務室" in run("kiosk")[1]
