"""`madoguchi doctor`: what is wrong is named with a remedy, and the exit status says how bad it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import typer
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from typer.testing import CliRunner

from config import Home, RunFile, load_settings
from config.runfile import AriAccess, Phone, SipAddress, TrunkAddress
from db import Database, Entry, Head, Journal, head, open_database, upgrade
from madoguchi.backup.kept import LastBackup
from madoguchi.commands import doctor
from madoguchi.doctor import Finding, Level, Scene, examine, records
from madoguchi.doctor.machine import disk
from madoguchi.home_lock import HomeLock, is_running
from tests.unit.db.postgres import Server

Checks = dict[str, dict[str, Any]]
Run = Callable[..., tuple[int, Checks, str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    # What is of this machine and not of the installation.
    monkeypatch.setattr("madoguchi.doctor.host.kernel_clock", lambda: 0)
    monkeypatch.setattr("madoguchi.doctor.host.lookup_s", lambda _: 0.0)
    monkeypatch.setattr("madoguchi.doctor.host.must_be_free", lambda *_: None)
    home = Home(tmp_path / "home")
    old = os.umask(0o077)
    try:
        home.prepare()
        load_settings(home)
        database = open_database(home=home.path)
        upgrade(database)
        store(database, *(Entry(1000 + n, f"test.{n}") for n in range(9)))
        database.close()
        kept(home)
    finally:
        os.umask(old)
    return home


@pytest.fixture
def run(home: Home) -> Run:
    app = typer.Typer()
    doctor.register(app)

    def invoke(*arguments: str) -> tuple[int, Checks, str]:
        done = CliRunner().invoke(
            app, [*arguments, "--format", "json", "--home", str(home.path)], catch_exceptions=False
        )
        told = json.loads(done.stdout) if done.stdout else {"checks": []}
        return done.exit_code, {one["name"]: one for one in told["checks"]}, done.stderr

    return invoke


def kept(home: Home, *, hours: float = 1, proved: bool = True, file: str = "/elsewhere/b") -> None:
    made_ms = round((time.time() - hours * 3600) * 1000)
    LastBackup(made_ms=made_ms, file=file, bytes=1, head=None, keys=True, proved=proved).write(home)


def store(database: Database, *entries: Entry) -> None:
    journal = Journal(database)
    journal.start()
    for entry in entries:
        journal.write(entry)
    assert journal.close()


def changed(home: Home, *statements: str) -> None:
    database = open_database(home=home.path)
    with database.write() as connection:
        connection.execute(text("DROP TRIGGER journal_no_update"))
        connection.execute(text("DROP TRIGGER journal_no_delete"))
        for statement in statements:
            connection.execute(text(statement))
    database.close()


def test_given_a_sound_installation_when_examined_then_all_is_well(run: Run) -> None:
    status, checks, _ = run()
    assert {name: one["what"] for name, one in checks.items() if one["level"] != "ok"} == {}
    assert status == 0
    assert checks["journal.chain"]["what"].startswith("9 rows, head 9:")
    assert checks["instance"]["what"] == "does not run"


def test_given_a_tampered_row_when_examined_then_it_is_named_and_the_status_is_two(
    run: Run, home: Home
) -> None:
    changed(home, "UPDATE journal SET data = '{}', kind = 'forged' WHERE seq = 4")
    status, checks, _ = run()
    assert status == 2
    assert checks["journal.chain"]["level"] == "fail"
    assert "row 4" in checks["journal.chain"]["what"]
    assert checks["journal.chain"]["remedy"]
    assert "journal.chain" not in run("--quick")[1]


def test_given_the_head_of_a_report_when_all_was_rewritten_since_then_it_is_found_out(
    run: Run, home: Home
) -> None:
    database = open_database(home=home.path)
    with database.read() as connection:
        printed = head(connection)
    database.close()
    assert run("--head", str(printed))[0] == 0
    assert run("--head", str(Head(9, bytes(32))))[1]["journal.printed"]["level"] == "fail"
    changed(home, "DELETE FROM journal WHERE seq > 7")
    status, checks, _ = run("--head", str(printed))
    assert status == 2
    assert checks["journal.chain"]["level"] == "ok"
    assert "row 9" in checks["journal.printed"]["what"]
    status, checks, said = run("--head", "9:abc")
    assert (status, checks) == (2, {})
    assert "--head" in said


def test_given_a_torn_file_when_examined_then_every_other_check_is_done(run: Run, home: Home) -> None:
    database = open_database(home=home.path)
    store(database, *(Entry(n, "test", data={"x": "y" * 50}) for n in range(4000)))
    database.close()
    size = home.database.stat().st_size
    with home.database.open("r+b") as torn:
        torn.seek(size // 3)
        torn.write(b"\xff" * (size // 3))
    status, checks, _ = run()
    assert status == 2
    assert checks["database.file"]["level"] == "fail"
    assert checks["journal.chain"]["level"] == "fail"
    assert checks["disk"]["level"] == "ok"
    home.database.write_bytes(b"no database at all" * 100)
    status, checks, _ = run()
    assert status == 2
    assert checks["database.tables"]["level"] == "fail"


def test_given_no_database_or_no_home_when_examined_then_it_says_what_to_do(run: Run, home: Home) -> None:
    home.database.unlink()
    status, checks, _ = run()
    assert status == 2
    assert "start Madoguchi once" in checks["database.tables"]["what"]
    assert not home.database.exists()
    shutil.rmtree(home.path)
    status, checks, _ = run()
    assert status == 2
    assert checks["files.owner"]["level"] == "fail"
    assert not home.path.exists()


def test_given_keys_that_others_may_read_when_examined_then_the_files_are_named(run: Run, home: Home) -> None:
    file = home.keys / "personal.json"
    file.chmod(0o644)
    status, checks, _ = run()
    assert status == 2
    assert "personal.json (644)" in checks["files.keys"]["what"]
    file.chmod(0o600)
    home.database.chmod(0o664)
    assert run()[1]["database.role"]["level"] == "fail"
    home.database.chmod(0o644)
    assert run()[1]["database.role"]["level"] == "warn"


def test_given_a_wrong_setting_when_examined_then_its_key_is_named(run: Run, home: Home) -> None:
    home.toml.write_text("[seats]\ncount = 0\n", encoding="utf-8")
    status, checks, _ = run()
    assert status == 2
    assert "[seats] count" in checks["settings"]["what"]


def test_given_a_lost_key_an_unfinished_rotation_and_old_data_when_examined_then_each_is_told(
    run: Run, home: Home
) -> None:
    database = open_database(home=home.path)
    store(database, Entry(1000, "call.received", "c1", private={"number": "+81262261234"}))
    status, checks, _ = run()
    assert (status, checks["personal.retention"]["level"]) == (1, "warn")
    database.vault.add()
    assert "rotation" in run()[1]["personal.keys"]["what"]
    database.vault.file.unlink()
    status, checks, _ = run()
    assert (status, checks["personal.keys"]["level"]) == (2, "fail")
    assert "put back the copy" in checks["personal.keys"]["remedy"]
    assert not database.vault.file.exists()
    database.close()


def test_given_a_row_of_the_future_when_examined_then_the_clock_is_doubted(run: Run, home: Home) -> None:
    database = open_database(home=home.path)
    store(database, Entry(2**45, "test"))
    database.close()
    status, checks, _ = run()
    assert (status, checks["journal.clock"]["level"]) == (1, "warn")


def test_given_calls_that_do_not_add_up_when_examined_then_the_call_is_named(
    home: Home,
) -> None:
    database = open_database(home=home.path)
    store(
        database,
        Entry(86_400_000, "call.received", "odd", data={"open": True}),
        Entry(86_400_010, "call.ended", "odd", data={"outcome": "never heard of"}),
    )
    scene = Scene(home, None, database, None, 3 * 86_400_000)
    found = records.figures_identity(scene)
    assert found.level is Level.FAIL
    assert "1970-01" in found.what
    assert "odd" in found.what
    database.close()


class _Desk(BaseHTTPRequestHandler):
    status = 200
    body = b""
    """What the exchange tells of itself, when it is asked with its password."""

    def do_GET(self) -> None:
        if self.path == "/ari/asterisk/info?only=system":
            self.send_response(200 if self.headers["Authorization"] == "Basic eDp4" else 401)
            self.end_headers()
            self.wfile.write(type(self).body)
            return
        self.send_response(type(self).status if self.path == "/readyz" else 404)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Desk)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def run_json(home: Home, url: str, version: str = "22.10.1") -> None:
    RunFile(
        pid=1,
        controller_pid=1,
        asterisk_pid=1,
        desk_url=url,
        api_token="x",
        sip=SipAddress(host="127.0.0.1", port=5060),
        trunk=TrunkAddress(host="127.0.0.2"),
        number="0260001234",
        phones=[],
        supervisor_phone=Phone(seat=0, user="x", password="x", extension="700"),
        operators=[],
        ari=AriAccess(url="x", user="x", password="x", app="x"),
        asterisk_version=version,
    ).write(home.run_json)


def test_given_an_instance_when_it_runs_is_not_ready_or_was_killed_then_that_is_told(
    run: Run, home: Home, desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_json(home, desk)
    status, checks, _ = run()
    assert (status, checks["instance"]["level"]) == (1, "warn")
    assert "killed" in checks["instance"]["what"]
    assert not is_running(home)
    lock = HomeLock.take(home)
    assert is_running(home)
    assert run()[1]["instance"]["what"] == f"{desk}: runs and is ready"
    monkeypatch.setattr(_Desk, "status", 503)
    status, checks, _ = run()
    assert (status, checks["instance"]["level"]) == (2, "fail")
    run_json(home, "http://127.0.0.1:1")
    assert "does not answer" in run()[1]["instance"]["what"]
    home.run_json.unlink()
    assert run()[1]["instance"]["level"] == "warn"
    lock.close()


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("22.10.1", "ok"),
        ("Asterisk 22.8.2~dfsg", "ok"),
        ("22.9.0", "warn"),
        ("20.4.0", "fail"),
        ("?", "warn"),
    ],
)
def test_given_a_version_of_asterisk_when_examined_then_known_bad_ones_are_told(
    run: Run, home: Home, desk: str, version: str, level: str
) -> None:
    run_json(home, desk, version)
    assert run()[1]["asterisk"]["what"] == "does not run"
    lock = HomeLock.take(home)
    assert run()[1]["asterisk"]["level"] == level
    lock.close()


def test_given_an_asterisk_that_another_unit_has_started_when_examined_then_it_tells_its_version_itself(
    run: Run, home: Home, desk: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_json(home, desk, version="")
    lock = HomeLock.take(home)
    monkeypatch.setattr(_Desk, "body", b'{"system": {"version": "22.9.0"}}')
    asked = RunFile.read(home.run_json)
    here = asked.ari.model_copy(update={"url": f"{desk}/ari"})
    asked.model_copy(update={"ari": here}).write(home.run_json)
    assert run()[1]["asterisk"]["what"] == "Asterisk 22.9.0"
    for answer in (b"[]", b"no JSON", b'{"system": {}}'):
        monkeypatch.setattr(_Desk, "body", answer)
        assert "does not tell" in run()[1]["asterisk"]["what"]
    lock.close()


@pytest.mark.parametrize(("free", "level"), [(100, Level.OK), (1.5, Level.WARN), (0.1, Level.FAIL)])
def test_given_little_room_when_examined_then_it_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, free: float, level: Level
) -> None:
    usage = shutil.disk_usage(home.path)._replace(total=200 << 30, free=int(free * (1 << 30)))
    monkeypatch.setattr("madoguchi.doctor.machine.shutil.disk_usage", lambda _: usage)
    assert disk(Scene(home, None, None, None, 0)).level is level


def test_given_a_check_that_raises_when_examined_then_it_is_a_finding_and_the_next_is_done(
    home: Home,
) -> None:
    def torn(_: Scene) -> Finding:
        raise OperationalError("SELECT", {}, Exception("database disk image is malformed"))

    def denied(_: Scene) -> Finding:
        raise PermissionError(13, "Permission denied", "/x")

    def well(_: Scene) -> Finding:
        return Finding("c", Level.OK, "well")

    scene = Scene(home, None, None, None, 0)
    found = list(examine(scene, [("a", torn), ("b", denied), ("c", well)]))
    assert [(one.name, one.level) for one in found] == [
        ("a", Level.FAIL),
        ("b", Level.FAIL),
        ("c", Level.OK),
    ]
    assert "malformed" in found[0].what
    assert "/x" in found[1].what


def test_given_postgresql_with_one_mighty_role_when_examined_then_it_is_a_warning(
    run: Run, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    try:
        url = server.create("doctor")
        database = open_database(url, home=home.path)
        upgrade(database)
        store(database, Entry(1000, "test"))
        database.close()
        monkeypatch.setenv("MADOGUCHI_DATABASE_URL", url)
        status, checks, _ = run()
        assert status == 1
        assert checks["database.role"]["level"] == "warn"
        assert "superuser" in checks["database.role"]["what"]
        assert checks["journal.chain"]["what"].startswith("1 rows")
        server.stop()
        status, checks, _ = run()
        assert status == 2
        assert checks["database.tables"]["level"] == "fail"
        server.start()
    finally:
        server.close()


def test_given_a_terminal_when_examined_then_every_check_has_a_line_and_a_remedy_where_needed(
    home: Home,
) -> None:
    (home.keys / "personal.json").chmod(0o644)
    app = typer.Typer()
    doctor.register(app)
    done = CliRunner().invoke(app, ["--home", str(home.path)])
    assert done.exit_code == 2
    assert re.search(r"異常\s+files\.keys", done.stdout)
    assert "→ chmod" in done.stdout
    assert re.search(r"良\s+journal\.chain", done.stdout)
