"""`madoguchi secrets rotate`: others in their place, for the owner only, and nothing of them printed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from config import ConfigError, Home, Secrets, load_secrets, load_settings
from db import journal_rows, open_database, upgrade
from madoguchi import signing
from madoguchi.commands import secrets
from madoguchi.home_lock import HomeLock

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    home = Home(tmp_path)
    home.prepare()
    database = open_database(home=home.path)
    upgrade(database)
    database.close()
    return home


@pytest.fixture
def run(home: Home) -> Run:
    app = typer.Typer()
    secrets.register(app)
    return lambda *words, **more: CliRunner().invoke(
        app, ["secrets", "rotate", *words, "--home", str(home.path)], **more
    )


def those(home: Home) -> Secrets:
    return load_secrets(home, load_settings(home))


def test_given_secrets_when_rotated_then_each_is_another_and_nothing_else_changes(
    home: Home, run: Run
) -> None:
    old = those(home)
    done = run("phones", "--seat", "2", "--seat", "3")
    assert done.exit_code == 0, done.output
    new = those(home)
    changed = [seat for seat in old.phones if old.phones[seat] != new.phones[seat]]
    assert changed == [2, 3]
    assert new.phones[2].user == old.phones[2].user
    assert new.model_copy(update={"phones": old.phones}) == old

    assert run("phones", "supervisor", "pins", "api-token", "ari").exit_code == 0
    last = those(home)
    for seat in old.phones:
        assert last.phones[seat].password != new.phones[seat].password
    assert all(last.pins[one] != old.pins[one] for one in old.pins)
    assert last.api_token != old.api_token
    assert last.ari_password != old.ari_password
    assert last.supervisor_phone.password != old.supervisor_phone.password
    assert last.caller_key == old.caller_key
    assert (home.keys / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_given_a_rotation_then_the_journal_says_what_and_by_whom_and_never_by_what(
    home: Home, run: Run
) -> None:
    assert run("pins", "--operator", "101", "--by", "山田").exit_code == 0
    done = run("trunk", input="new-Trunk.password\n")
    assert done.exit_code == 0, done.output
    assert "new-Trunk" not in done.output
    assert (home.keys / "trunk-password").read_text() == "new-Trunk.password\n"
    assert (home.keys / "trunk-password").stat().st_mode & 0o777 == 0o600
    database = open_database(home=home.path)
    with database.read() as connection:
        rows = [row.entry.data for row in journal_rows(connection, kinds=("secrets.rotated",))]
    database.close()
    assert rows[0] == {"by": "山田", "what": ["pins"]}
    assert rows[1]["what"] == ["trunk"]
    assert "new-Trunk" not in str(rows)


def test_given_a_signing_key_when_rotated_then_old_records_stay_valid_and_new_ones_have_the_new_key(
    home: Home, run: Run, tmp_path: Path
) -> None:
    import json

    def record(name: str) -> Path:
        file = tmp_path / name
        file.write_text(json.dumps(signing.sign(home, {"what": name})), encoding="utf-8")
        return file

    first = record("first")
    assert run("signing").exit_code == 0
    second = record("second")
    assert signing.checked(home, first) == {"what": "first"}
    assert signing.checked(home, second) == {"what": "second"}
    keys = [json.loads(file.read_text())["public_key"] for file in (first, second)]
    assert keys[0] != keys[1]
    other = Home(tmp_path / "other")
    other.prepare()
    stranger = tmp_path / "stranger"
    stranger.write_text(json.dumps(signing.sign(other, {"what": "x"})), encoding="utf-8")
    with pytest.raises(ConfigError, match="another key"):
        signing.checked(home, stranger)


def test_given_an_instance_that_runs_then_only_what_it_can_take_over_is_rotated(home: Home, run: Run) -> None:
    old = those(home)
    lock = HomeLock.take(home)
    for what in ("api-token", "ari", "trunk"):
        refused = run(what, "pins", input="x\n")
        assert refused.exit_code == 2
        assert what in refused.stderr
        assert "stop it first" in refused.stderr
    assert those(home) == old
    done = run("phones", "pins")
    lock.close()
    assert done.exit_code == 0
    assert "config reload" in done.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["everything"], "WHAT"), (["phones", "--seat", "99"], "seat 99"),
        (["pins", "--operator", "999"], "'999'"), (["trunk"], "standard input"),
    ],
)  # fmt: skip
def test_given_a_mistake_then_it_is_named_and_nothing_changes(
    home: Home, run: Run, words: list[str], said: str
) -> None:
    old = those(home)
    refused = run(*words, input="a b;c\n")
    assert refused.exit_code == 2
    assert said in refused.stderr
    assert those(home) == old
