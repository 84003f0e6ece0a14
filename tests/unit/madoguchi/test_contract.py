"""After the contract: the city has everything, nothing is left of it here, and a certificate says so."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from config import Home
from config.forms import BOOKING, INQUIRY
from db import Database, Entry, Journal, open_database, upgrade, verify
from db.drafts import Draft, keep_draft
from db.ledger import Writing, correct, write
from db.personal import look
from madoguchi.commands import contract, personal
from madoguchi.ending import certificate as certificate_module
from madoguchi.ending import end as ending
from madoguchi.home_lock import HomeLock
from reports.as_pdf import PdfError
from tests.unit.db.postgres import Server

NUMBER, NAME = "+81262261234", "ナガノ　ハナコ"
TYPED = "下書きに残る言葉"
DAY_MS = 86_400_000
NOW = 1_795_132_800_000
SETTINGS = """
[report]
city = "長野市"
contractor = "株式会社○○"
[calendar]
contract_from = 2022-05-01
contract_to = 2026-11-19
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_pdf(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "citizen_is_found_nowhere" not in request.node.name:  # one test sets its certificate as PDF

        def refuse(_: str) -> bytes:
            raise PdfError("not in this test")

        monkeypatch.setattr(certificate_module, "pdf_of", refuse)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    home.toml.write_text(SETTINGS, encoding="utf-8")
    return home


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, home: Home) -> Run:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    app = typer.Typer()
    for command in (contract, personal):
        monkeypatch.setattr(command, "now_ms", lambda: NOW)
        command.register(app)

    def invoke(*arguments: str | Path, given: str = "") -> tuple[int, str, str]:
        words = [*map(str, arguments)]
        if words[1] != "check":
            words += ["--home", str(home.path)]
        done = CliRunner().invoke(app, words, input=given, catch_exceptions=False)
        return done.exit_code, done.stdout, done.stderr

    return invoke


def writing(ledger: str, **more: Any) -> Writing:
    form = BOOKING if ledger == "booking" else INQUIRY
    sealed = {"name": NAME, "phone": NUMBER} if ledger == "booking" else {"content": f"{NAME}さんから"}
    plain = {"kind": "新規"} if ledger == "booking" else {"handling": "完結"}
    phones = (NUMBER,) if ledger == "booking" else ()
    return Writing(ledger, "101", form.version, form.definition, plain, sealed, phones, **more)


def lived_in(database: Database, home: Home) -> Database:
    """An installation with a citizen in every place where one can be."""
    upgrade(database)
    journal = Journal(database)
    journal.start()
    for n, days in enumerate((15, 3)):
        call, at_ms = f"c{n}", NOW - days * DAY_MS
        private = {"number": NUMBER, "callback_number": NUMBER}
        journal.write(Entry(at_ms, "call.received", call, line="main", data={"open": True}, private=private))
        journal.write(Entry(at_ms + 9000, "call.ended", call, data={"outcome": "abandoned"}))
    assert journal.close()
    entry = write(database, writing("booking", call="c1"), NOW - 3 * DAY_MS).entry
    correct(database, entry, 1, writing("booking", why=f"{NAME}の聞き違い"), NOW - 2 * DAY_MS)
    write(database, writing("inquiry", call="c0"), NOW - 15 * DAY_MS)
    keep_draft(database, Draft("c1", "101", "note", 0, 0, {"note": TYPED}), [NUMBER], NOW, expected=None)
    look(database, "c1", who="sato", why="照会", at_ms=NOW)
    (home.recordings / "2026").mkdir()
    (home.recordings / "2026/c1.wav").write_bytes(b"RIFF" + NUMBER.encode())
    cdr = home.asterisk / "log/cdr-csv"
    cdr.mkdir(parents=True)
    (cdr / "Master.csv").write_text(f'"","0262261234","0260001234","{NAME}"\n', encoding="utf-8")
    (home.asterisk / "log/queue_log").write_text("1|1|q|NONE|ENTERQUEUE||0262261234|1\n", encoding="utf-8")
    (home.logs / "up.log").write_text(f"sip:{quote(NUMBER)}@x {NAME}\n", encoding="utf-8")
    (home.path / "reports").mkdir()
    (home.path / "reports/booking-2026-11-20.csv").write_text(NAME, encoding="utf-8")
    (home.path / "backups").mkdir()
    (home.path / "backups/madoguchi-20261120-000000.backup").write_text(NAME, encoding="utf-8")
    return database


@pytest.fixture
def database(home: Home) -> Database:
    return lived_in(open_database(f"sqlite:///{home.database}", home=home.path), home)


def traces_of(place: Path) -> list[str]:
    """The files in which the citizen stands, in whatever spelling."""
    words = [
        one.encode()
        for one in (NUMBER[1:], "0262261234", "026-226-1234", quote(NUMBER), NAME, TYPED, NAME[:3])
    ]
    return [
        str(file)
        for file in place.rglob("*")
        if file.is_file() and any(word in file.read_bytes() for word in words)
    ]


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_given_the_end_of_the_contract_then_the_city_has_all_and_the_citizen_is_found_nowhere_here(
    run: Run, home: Home, database: Database, tmp_path: Path
) -> None:
    key_file = (home.keys / "personal.json").read_bytes()
    copy = Path(shutil.copy(home.database, tmp_path / "old-backup.db"))
    assert verify(database) is None
    to = tmp_path / "city"
    status, out, said = run("contract", "end", "--to", to, "--by", "長野", "--yes", "--format", "json")
    assert (status, said) == (0, "")
    told = json.loads(out)

    # Here: nothing, not even the keys of old copies.
    assert traces_of(home.path) == []
    assert [path for path in home.path.rglob("*") if path.is_file()] == []
    assert key_file not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert NAME.encode() not in copy.read_bytes()  # sealed, and what seals it is gone

    # There: everything.
    calls = read(to / "records/calls.jsonl")
    assert [(one["call"], one["number"], one["callback_number"]) for one in calls] == [
        (call, NUMBER, NUMBER) for call in ("c0", "c1")
    ]
    [header, *rows] = csv.reader((to / "records/calls.csv").open(encoding="utf-8-sig", newline=""))
    assert [dict(zip(header, row, strict=True))["number"] for row in rows] == ["'" + NUMBER] * 2
    assert [
        (one["revision"], one["values"]["name"], one["why"]) for one in read(to / "ledgers/booking.jsonl")
    ] == [
        (1, NAME, ""),
        (2, NAME, f"{NAME}の聞き違い"),
    ]
    assert read(to / "ledgers/inquiry.jsonl")[0]["shown"]["内容"] == f"{NAME}さんから"
    assert read(to / "records/drafts.jsonl")[0]["values"] == {"note": TYPED}
    looked = read(to / "records/access_log.jsonl")
    assert ("sato", "c1", "record") in [(one["who"], one["call"], one["what"]) for one in looked]
    assert ("長野", None, "export all") in [(one["who"], one["call"], one["what"]) for one in looked]
    kinds = [one["kind"] for one in read(to / "records/journal.jsonl")]
    assert kinds[-1] == "contract.ended"
    for name in (
        *("reports/month-2026-11.xlsx", "reports/month-2026-11.html", "reports/year-2026.json"),
        *("recordings/2026/c1.wav", "exchange/cdr-csv/Master.csv", "exchange/queue_log", "settings.json"),
        *("ledgers/booking-2026-11.xlsx", "delivered/booking-2026-11-20.csv", "README.ja.txt"),
    ):
        assert (to / name).is_file(), name
    assert to.stat().st_mode & 0o077 == 0
    sums = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=to, capture_output=True, check=False)
    assert sums.returncode == 0, sums.stdout

    # The certificate: signed, in three forms, true, and without the citizen.
    certificate = to / "certificate"
    assert {path.name for path in certificate.iterdir()} >= {
        "certificate.json",
        "certificate.html",
        "signing.pub",
    }
    assert traces_of(certificate) == []
    record = told["record"]
    assert (record["by"], record["still_there"], record["rows"]["calls"]) == ("長野", [], 2)
    assert record["rows"]["personal"] == 2
    page = (certificate / "certificate.html").read_text(encoding="utf-8")
    assert all(word in page for word in ("廃棄証明書", "長野市", "株式会社○○", "令和4年5月1日"))
    if not told["no_pdf"]:
        assert (certificate / "certificate.pdf").read_bytes().startswith(b"%PDF")
    status, out, said = run("contract", "check", to, "--public-key", certificate / "signing.pub")
    assert (status, said) == (0, "")


def test_given_an_export_when_a_file_is_changed_added_or_removed_then_it_is_named(
    run: Run, database: Database, tmp_path: Path
) -> None:
    to = tmp_path / "city"
    assert run("contract", "export", "--to", to)[0] == 0
    for spoilt in ("records/calls.jsonl", "index.json", "README.ja.txt", "extra.txt"):
        assert run("contract", "check", to)[0] == 0
        was = (to / spoilt).read_bytes() if spoilt != "extra.txt" else b""
        (to / spoilt).write_bytes(was + b" ")
        status, _, said = run("contract", "check", to)
        assert status == 2
        assert spoilt in said
        (to / spoilt).unlink()
        if spoilt != "extra.txt":
            assert spoilt in run("contract", "check", to)[2]
            (to / spoilt).write_bytes(was)
    assert verify(database) is None  # an export destroys nothing


def test_given_what_stands_in_the_way_then_it_is_said_and_nothing_happens(
    run: Run, home: Home, database: Database, tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in home.path.rglob("*") if path.is_file()}
    to = tmp_path / "city"
    home.toml.write_text(SETTINGS.replace("2026-11-19", f"{date(2027, 3, 31)}"), encoding="utf-8")
    assert run("hold", "c1", "--reason", "訴訟")[0] == 0
    lock = HomeLock.take(home)
    status, out, _ = run("contract", "end", "--to", to, "--dry-run", "--format", "json")
    told = json.loads(out)
    assert (status, len(told["hindrances"]), told["rows"]["calls"]) == (0, 3, 2)
    status, _, said = run("contract", "end", "--to", to, "--yes")
    assert status == 2
    for word in ("runs there", "legal hold", "--early"):
        assert word in said
    lock.close()
    home.toml.write_text(SETTINGS, encoding="utf-8")
    assert "legal hold" in run("contract", "end", "--to", to, "--yes")[2]
    assert "nobody is there to confirm" in run("contract", "end", "--to", to, "--although-held")[2]
    for place, word in ((home.path / "x", "lies inside"), (tmp_path, "is not an empty directory")):
        assert word in run("contract", "end", "--to", place, "--yes", "--although-held")[2]
    assert not to.exists()
    assert verify(database) is None
    assert all(path.exists() for path in before if not path.name.endswith(("-wal", "-shm")))
    assert run("contract", "end", "--to", to, "--yes", "--although-held")[0] == 0
    assert json.loads((to / "certificate/certificate.json").read_text())["record"]["held"] == 1


def test_given_a_terminal_when_the_word_is_not_typed_then_nothing_happens(
    run: Run, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "_is_terminal", lambda: True)
    to = tmp_path / "city"
    status, _, said = run("contract", "end", "--to", to, given="はい\n")
    assert (status, to.exists()) == (2, False)
    assert "何もしていません" in said
    assert verify(database) is None
    assert run("contract", "end", "--to", to, given=contract.WORD + "\n")[0] == 0


def test_given_a_key_that_is_lost_when_ended_then_nothing_is_destroyed(
    run: Run, home: Home, database: Database, tmp_path: Path
) -> None:
    keys = home.keys / "personal.json"
    kept = keys.read_text()
    keys.write_text(kept.replace(json.loads(kept)["keys"][0]["id"], "0" * 16))
    status, _, said = run("contract", "end", "--to", tmp_path / "city", "--yes")
    assert status == 2
    assert "no key" in said
    assert home.database.exists()
    assert keys.exists()


@pytest.mark.parametrize("step", ["destroy", "certify", "finish"])
def test_given_an_end_that_was_interrupted_when_begun_again_then_it_is_carried_out(
    run: Run, home: Home, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    to = tmp_path / "city"
    with monkeypatch.context() as patch:
        patch.setattr(ending, step, die)
        with pytest.raises(Killed):
            run("contract", "end", "--to", to, "--yes")
    assert run("contract", "end", "--to", tmp_path / "other", "--yes")[0] == 0
    assert [path for path in home.path.rglob("*") if path.is_file()] == []
    record = json.loads((to / "certificate/certificate.json").read_text(encoding="utf-8"))["record"]
    assert record["rows"]["calls"] == 2
    assert not (tmp_path / "other").exists()


def test_given_postgresql_when_ended_then_its_tables_are_gone(
    run: Run, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server()
    try:
        url = server.create("ending")
        monkeypatch.setenv("MADOGUCHI_DATABASE_URL", url)
        database = lived_in(open_database(url, home=home.path), home)
        database.close()
        status, _, said = run("contract", "end", "--to", tmp_path / "city", "--yes")
        assert (status, said) == (0, "")
        with database.read() as connection:
            left = connection.scalar(
                text("SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()")
            )
        assert left == 0
        assert [one["number"] for one in read(tmp_path / "city/records/calls.jsonl")] == [NUMBER] * 2
        database.close()
    finally:
        server.close()


def test_given_an_instance_that_runs_when_told_to_stop_it_then_it_is_stopped_first(
    run: Run, home: Home, database: Database, tmp_path: Path
) -> None:
    running = (
        "import sys,signal,json,os,time\n"
        "from pathlib import Path\n"
        "from config import Home\n"
        "from madoguchi.home_lock import HomeLock\n"
        "home=Home(sys.argv[1]); lock=HomeLock.take(home)\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", running, home.path], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ending.RunFile, "read", lambda _: type("R", (), {"pid": process.pid})())
            status, _, said = run("contract", "end", "--to", tmp_path / "city", "--yes", "--stop")
        assert (status, said) == (0, "")
        assert process.wait(10) == 0
