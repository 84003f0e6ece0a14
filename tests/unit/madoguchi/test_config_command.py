"""`bin/madoguchi config check|reload`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from config import ConfigError, Home, Settings, load_secrets
from madoguchi.commands import config
from madoguchi.reach import run_file

Run = Callable[..., Result]


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    app = typer.Typer()
    config.register(app)
    return lambda *words: CliRunner().invoke(app, ["config", *words, "--home", str(tmp_path / "home")])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("MADOGUCHI_TOML", raising=False)
    home = Home(tmp_path / "home")
    home.prepare()
    return home


class Answers(BaseHTTPRequestHandler):
    """An instance's API that answers one thing."""

    status = 200
    body = b""
    asked: tuple[str, str, str] = ("", "", "")

    def do_POST(self) -> None:
        type(self).asked = (self.command, self.path, self.headers["Authorization"])
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def api(home: Home) -> Iterator[type[Answers]]:
    kind = type("One", (Answers,), {})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    run_file(
        Settings(), load_secrets(home, Settings()), processes=(1, 2, 3),
        desk_url=f"http://127.0.0.1:{server.server_port}", sip=("127.0.0.1", 1), ari_url="http://127.0.0.1:1/ari",
    ).write(home.run_json)  # fmt: skip
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


def test_given_right_settings_when_checked_then_so_and_nothing_is_made(run: Run, home: Home):
    result = run("check")
    assert (result.exit_code, "間違いはありません" in result.stdout) == (0, True)
    assert not home.toml.exists()
    home.toml.write_text("[seats]\ncount = 70")
    told = json.loads(run("check", "--format", "json").stdout)
    assert told == {"ok": True, "seats": 70, "operators": 7, "lines": ["main"]}
    assert not (home.keys / "secrets.json").exists()


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ("[seats]\ncount = 0", "[seats] count"),
        ("[line]\nneed = 'x'", "[line] need"),
        ("[trunk]\nprofile = 'hikari'\ngateway = '192.168.1.1'", "[trunk] user is needed"),
    ],
)
def test_given_a_mistake_when_checked_then_it_is_named(run: Run, home: Home, toml: str, named: str):
    home.toml.write_text(toml)
    result = run("check")
    assert isinstance(result.exception, ConfigError)
    assert "madoguchi.toml" in str(result.exception)
    assert named in str(result.exception)


def test_given_an_instance_when_reloaded_then_what_changed_is_told_old_and_new(run: Run, api: type[Answers]):
    api.body = json.dumps(
        {
            "changed": [
                {"key": "seats.count", "old": 7, "new": 8},
                {"key": "operators.9.name", "old": None, "new": "信濃"},
            ],
            "restart": [{"key": "desk.port", "old": 8080, "new": 8099}],
        }
    ).encode()
    said = run("reload").stdout
    assert api.asked[:2] == ("POST", "/api/v1/config/reload")
    assert api.asked[2].startswith("Bearer ")
    assert said.splitlines() == [
        "変わったもの:",
        "  seats.count: 7 → 8",
        '  operators.9.name: なし → "信濃"',
        "再起動で効くもの:",
        "  desk.port: 8080 → 8099",
    ]
    assert json.loads(run("reload", "--format", "json").stdout) == json.loads(api.body)


def test_given_nothing_new_when_reloaded_then_so(run: Run, api: type[Answers]):
    api.body = b'{"changed": [], "restart": []}'
    assert run("reload").stdout == "動作中の設定は変わっていません。\n"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            422,
            b'{"error": "bad_configuration", "message": "madoguchi.toml: [seats] count: no"}',
            "[seats] count: no",
        ),
        (503, b'{"error": "asterisk_away", "message": "Asterisk is away"}', "Asterisk is away"),
        (502, b"<html>", "502"),
    ],
)
def test_given_a_refusal_when_reloaded_then_its_sentence(
    run: Run, api: type[Answers], status: int, body: bytes, said: str
):
    api.status, api.body = status, body
    result = run("reload")
    assert isinstance(result.exception, ConfigError)
    assert said in str(result.exception)


def test_given_no_instance_when_reloaded_then_so(run: Run, home: Home):
    result = run("reload")
    assert isinstance(result.exception, ConfigError)
    assert str(home.path) in str(result.exception)
    assert "does not run" in str(result.exception)


def test_given_an_instance_that_does_not_answer_when_reloaded_then_where_it_was_sought(run: Run, home: Home):
    run_file(
        Settings(), load_secrets(home, Settings()), processes=(1, 2, 3), desk_url="http://127.0.0.1:9",
        sip=("127.0.0.1", 1), ari_url="http://127.0.0.1:1/ari",
    ).write(home.run_json)  # fmt: skip
    result = run("reload")
    assert isinstance(result.exception, ConfigError)
    assert str(result.exception).startswith("http://127.0.0.1:9: does not answer")


@pytest.mark.parametrize("word", ["check", "reload"])
def test_given_an_unknown_format_then_it_is_refused(run: Run, word: str):
    result = run(word, "--format", "xml")
    assert result.exit_code == 2
    assert "--format" in result.output
