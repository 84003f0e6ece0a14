"""`madoguchi backup` and `restore`: made while calls are written, proved, put back on either database."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from typer.testing import CliRunner, Result

from config import Home, load_secrets, load_settings
from db import Database, Entry, Journal, calls_between, head, open_database, personal_number, upgrade, verify
from madoguchi.backup.sealed import PIECE, OpeningReader, SealError, SealingWriter
from madoguchi.commands import backup
from madoguchi.home_lock import HomeLock
from reports import month_report
from tests.unit.db.postgres import Server
from tests.unit.reports.days import at, call

PASSPHRASE = "秘密の言葉は長いほうがよい"
NUMBER = "+81262345678"
NOW = at("2026-11-30T12:00:00")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    return str(request.param)


class Site:
    """An installation with calls of two months, a citizen's number, and things that somebody made."""

    def __init__(self, place: Path, url: str | None) -> None:
        self.url = url
        self.home = Home(place)
        self.home.prepare()
        load_secrets(self.home, load_settings(self.home))
        (self.home.prompts / "texts.toml").write_text("# 市の文章\n", encoding="utf-8")
        (self.home.announcements / "a1.wav").write_bytes(b"RIFF sound")
        (self.home.recordings / "r1.wav").write_bytes(b"RIFF talk")
        records = self.home.asterisk / "log" / "cdr-csv"
        records.mkdir(parents=True)
        (records / "Master.csv").write_text("a call that Asterisk served alone\n", encoding="utf-8")
        (self.home.logs / "controller.log").write_text("not in a backup\n", encoding="utf-8")
        (self.home.keys / "backup-passphrase").write_text(PASSPHRASE + "\n", encoding="utf-8")
        self.database = self.open()
        upgrade(self.database)
        self.journal = Journal(self.database)
        self.journal.start()
        for n in range(40):
            self.take_call(f"c{n}", at(f"2026-{10 + n % 2}-{1 + n % 28:02d}T09:00:00"))
        assert self.journal.flush()

    def open(self) -> Database:
        return open_database(self.url, home=self.home.path)

    def take_call(self, name: str, t0: int) -> None:
        received, *rest = call(name, t0, "answered")
        private = {"number": NUMBER}
        self.journal.write(
            Entry(received.at_ms, received.kind, received.call, data=received.data, private=private)
        )
        for entry in rest:
            self.journal.write(entry)

    def run(self, *arguments: str) -> Result:
        return command(*arguments, "--home", str(self.home.path))

    def close(self) -> None:
        self.journal.close()
        self.database.close()


def command(*arguments: str) -> Result:
    app = typer.Typer()
    backup.register(app)
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


@pytest.fixture
def site(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Site]:
    url = None
    if kind == "postgresql":
        name = f"backup_{abs(hash(request.node.name)) % 10**9}"
        url = request.getfixturevalue("server").create(name)
        monkeypatch.setenv("MADOGUCHI_DATABASE_URL", url)
    site = Site(tmp_path / "home", url)
    yield site
    site.close()


def told(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def rows_of(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    from db.tables import metadata

    with database.read() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(table.select()).all()), key=repr)
            for table in metadata.sorted_tables
        }


def test_given_calls_being_written_when_a_backup_is_made_and_put_back_then_it_is_whole(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, written = threading.Event(), threading.Semaphore(0)

    def citizens() -> None:
        n = 0
        while not stop.is_set():
            site.take_call(f"during{n}", at("2026-11-24T10:00:00") + n * 1000)
            site.journal.flush()
            n += 1
            written.release()

    talking = threading.Thread(target=citizens)
    talking.start()
    try:
        assert all(written.acquire(timeout=20) for _ in range(3))
        made = told(site.run("backup", "--format", "json"))
        assert all(written.acquire(timeout=20) for _ in range(3))  # they went on
    finally:
        stop.set()
        talking.join()

    assert made["proved"]
    assert made["keys"]
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    monkeypatch.setenv("MADOGUCHI_BACKUP_PASSPHRASE", PASSPHRASE)
    target = Home(tmp_path / "new machine")
    back = told(command("restore", str(made["file"]), "--home", str(target.path), "--format", "json"))
    assert back["head"] == made["head"]
    restored = open_database(home=target.path)
    try:
        assert verify(restored) is None
        with restored.read() as connection:
            assert str(head(connection)) == made["head"]
            assert personal_number(connection, "c1") == NUMBER
        was = [
            row for row in rows_of(site.database)["journal"] if row[0] <= int(str(made["head"]).split(":")[0])
        ]
        assert rows_of(restored)["journal"] == sorted(was, key=repr)
        for month in ("2026-10", "2026-11"):
            assert month_report(restored, month, NOW).figures.identity.holds
    finally:
        restored.close()


def test_given_a_backup_when_it_is_put_back_then_all_that_somebody_made_is_there_and_nothing_else(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "elsewhere" / "b.backup"
    told(site.run("backup", "-o", str(out), "--format", "json"))
    monkeypatch.delenv("MADOGUCHI_DATABASE_URL", raising=False)
    target = Home(tmp_path / "new")
    done = command(
        "restore", str(out), "--home", str(target.path),
        "--passphrase-file", str(site.home.keys / "backup-passphrase"),
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    for name in (
        "madoguchi.toml", "keys/secrets.json", "keys/personal.json", "prompts/texts.toml",
        "announcements/a1.wav", "recordings/r1.wav", "asterisk/log/cdr-csv/Master.csv",
    ):  # fmt: skip
        assert (target.path / name).read_bytes() == (site.home.path / name).read_bytes(), name
    assert (target.keys / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert target.keys.stat().st_mode & 0o777 == 0o700
    assert out.stat().st_mode & 0o777 == 0o600
    assert not target.logs.exists()
    assert not (target.keys / "backup-passphrase").exists()


def test_given_a_backup_of_either_database_when_a_server_is_to_be_filled_then_every_row_is_the_same(
    site: Site,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    made = told(site.run("backup", "--format", "json"))
    was = rows_of(site.database)
    url = server.create(f"to_{abs(hash(request.node.name)) % 10**9}")
    monkeypatch.setenv("MADOGUCHI_DATABASE_URL", url)
    monkeypatch.setenv("MADOGUCHI_BACKUP_PASSPHRASE", PASSPHRASE)
    target = tmp_path / "with a server"
    told(command("restore", str(made["file"]), "--home", str(target), "--format", "json"))
    filled = open_database(url, home=target)
    try:
        is_now = rows_of(filled)
        # The row that tells of the backup came after it.
        was["journal"] = [row for row in was["journal"] if row[2] != "system.backup"]
        assert is_now == was
        assert verify(filled) is None
        journal = Journal(filled)
        journal.start()
        journal.write(Entry(NOW, "system.started"))
        assert journal.close()
        assert not (target / "madoguchi.db").exists()
        again = command("restore", str(made["file"]), "--home", str(tmp_path / "x"))
        assert again.exit_code == 2
        assert "has rows already" in again.stderr
    finally:
        filled.close()


@pytest.mark.parametrize("kind", ["sqlite"], indirect=True)
class TestOfOneFile:
    def test_given_no_passphrase_when_a_backup_is_asked_for_then_it_says_what_to_do(self, site: Site) -> None:
        (site.home.keys / "backup-passphrase").unlink()
        refused = site.run("backup")
        assert refused.exit_code == 2
        assert "--without-keys" in refused.stderr
        made = told(site.run("backup", "--without-keys", "--format", "json"))
        assert not made["keys"]
        assert b"ari_password" not in Path(str(made["file"])).read_bytes()

    def test_given_a_wrong_passphrase_when_put_back_then_nothing_changes(
        self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = told(site.run("backup", "--format", "json"))
        monkeypatch.setenv("MADOGUCHI_BACKUP_PASSPHRASE", "another passphrase")
        refused = command("restore", str(made["file"]), "--home", str(tmp_path / "new"))
        assert refused.exit_code == 2
        assert "passphrase is wrong" in refused.stderr
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["up.lock"]

    def test_given_a_backup_when_any_byte_of_it_is_changed_then_it_is_refused(
        self, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MADOGUCHI_BACKUP_PASSPHRASE", PASSPHRASE)
        for sealed in (True, False):
            options = [] if sealed else ["--without-keys"]
            good = Path(str(told(site.run("backup", "--format", "json", *options))["file"]))
            content = good.read_bytes()
            bad = tmp_path / "bad.backup"
            for place in range(30, len(content), max(1, len(content) // 12)):
                bad.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
                refused = command("restore", "--check", str(bad))
                assert refused.exit_code == 2, place
                assert "Traceback" not in refused.output
            for length in (0, 10, len(content) // 2, len(content) - 1):
                bad.write_bytes(content[:length])
                assert command("restore", "--check", str(bad)).exit_code == 2, length

    def test_given_an_installation_when_another_is_put_in_its_place_then_the_first_is_kept_aside(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = told(site.run("backup", "--format", "json"))
        site.take_call("after", at("2026-11-25T09:00:00"))
        site.close()
        monkeypatch.setenv("MADOGUCHI_BACKUP_PASSPHRASE", PASSPHRASE)
        file = str(made["file"])
        assert "--replace" in site.run("restore", file).stderr
        back = told(site.run("restore", file, "--replace", "--format", "json"))
        old = open_database(home=str(back["aside"]))
        new = site.open()
        try:
            period = (at("2026-11-25T00:00:00"), at("2026-11-26T00:00:00"))
            with old.read() as before, new.read() as now:
                assert "after" in {facts.call for facts in calls_between(before, *period)}
                assert "after" not in {facts.call for facts in calls_between(now, *period)}
        finally:
            old.close()
            new.close()

    def test_given_an_instance_that_runs_when_something_is_to_be_put_back_then_it_is_refused(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = told(site.run("backup", "--format", "json"))
        monkeypatch.setenv("MADOGUCHI_BACKUP_PASSPHRASE", PASSPHRASE)
        lock = HomeLock.take(site.home)
        try:
            refused = site.run("restore", str(made["file"]), "--replace")
        finally:
            lock.close()
        assert refused.exit_code == 2
        assert "runs there already" in refused.stderr

    def test_given_many_backups_when_one_more_is_made_then_only_so_many_stay(self, site: Site) -> None:
        site.home.toml.write_text("[backup]\nkeep = 2\n", encoding="utf-8")
        folder = site.home.path / "backups"
        folder.mkdir()
        for day in range(1, 5):
            (folder / f"madoguchi-2026010{day}-030000.backup").write_bytes(b"old")
        (folder / "ours.txt").write_bytes(b"not a backup")
        made = told(site.run("backup", "--format", "json"))
        stay = {path.name for path in folder.iterdir()}
        assert stay == {"madoguchi-20260104-030000.backup", Path(str(made["file"])).name, "ours.txt"}

    def test_given_a_journal_with_a_changed_row_when_a_backup_is_made_then_it_says_so_and_leaves_no_file(
        self, site: Site
    ) -> None:
        with site.database.write() as connection:
            connection.execute(text("DROP TRIGGER journal_no_update"))
            connection.execute(text("UPDATE journal SET at_ms = at_ms + 1 WHERE seq = 5"))
        refused = site.run("backup")
        assert refused.exit_code == 2
        assert "row 5" in refused.stderr
        assert list((site.home.path / "backups").iterdir()) == []


@settings(max_examples=30)
@given(st.binary(max_size=300), st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE]))
def test_given_any_bytes_when_sealed_then_they_are_read_back(begin: bytes, size: int) -> None:
    data = (begin + bytes(size))[: max(size, len(begin))]
    out = io.BytesIO()
    writer = SealingWriter(out, PASSPHRASE)
    for place in range(0, len(data), 300_000):
        writer.write(data[place : place + 300_000])
    writer.close()
    assert len(begin) < 20 or begin not in out.getvalue()
    out.seek(0)
    assert OpeningReader(out, PASSPHRASE).read() == data


def test_given_two_sealed_pieces_when_one_is_left_out_then_it_is_noticed() -> None:
    out = io.BytesIO()
    with SealingWriter(out, PASSPHRASE) as writer:
        writer.write(bytes(2 * PIECE + 5))
    content, header = out.getvalue(), len(b"MADOGUCHI-SEALED-1\n") + 23
    piece = PIECE + 16
    without_second = content[: header + piece] + content[header + 2 * piece :]
    for torn in (without_second, content[: header + piece], content[: header + 2 * piece]):
        with pytest.raises(SealError):
            OpeningReader(io.BytesIO(torn), PASSPHRASE).read()
