"""Reports go to a real SFTP server and a real mail server: once each, in the end, nothing in the clear."""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import typer
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from pydantic import ValidationError
from typer.testing import CliRunner

from config import Home, Settings
from config.delivery import Mail, Sftp
from config.forms import BOOKING
from config.report import Report
from config.report_files import ReportFiles
from db import Database, Entry, Journal, journal_rows, open_database, upgrade
from db.ledger import Writing, write
from madoguchi.commands import report_sent
from madoguchi.delivery.clock import DeliveryClock, failures
from madoguchi.delivery.mail import message
from madoguchi.delivery.parcel import Parcel
from madoguchi.doctor.check import Level, Scene
from madoguchi.doctor.keeping import reports_sent
from madoguchi.report_files import Makers, ReportClock, drop_ledgers
from reports import day_report, month_report
from tests.unit.reports.days import at, by_time, call

NAME = "ナガノ　ハナコ"


class Machine:
    """An instance's two tasks on a database, with a clock of their own."""

    def __init__(self, home: Path, rules: ReportFiles) -> None:
        self.home, self.rules = home, rules
        self.now_ms, self.monotonic_s = at("2026-11-21T07:00:00"), 0.0
        self.database: Database = open_database(home=home)
        upgrade(self.database)
        self.journal = Journal(self.database)
        self.journal.start()
        for entry in by_time(call("a", at("2026-11-20T09:00:00"), "answered")):
            self.journal.write(entry)
        assert self.journal.flush()
        write(
            self.database,
            Writing("booking", "101", BOOKING.version, BOOKING.definition, {"kind": "新規"}, {"name": NAME}),
            at("2026-11-20T09:05:00"),
        )
        self.delivery = self.started()

    def record(self, kind: str, data: dict[str, Any]) -> None:
        self.journal.write(Entry(self.now_ms, kind, data=data))
        assert self.journal.flush()

    def started(self) -> DeliveryClock:
        return DeliveryClock(
            self.database, self.home, now_ms=lambda: self.now_ms, rules=lambda: self.rules,
            makers=lambda: Makers(day_report, month_report), record=self.record,
            monotonic=lambda: self.monotonic_s,
        )  # fmt: skip

    async def make(self) -> None:
        await ReportClock(
            self.database, self.home, now_ms=lambda: self.now_ms, rules=lambda: self.rules,
            makers=lambda: Makers(day_report, month_report), record=self.record,
        ).look()  # fmt: skip

    async def look(self) -> list[str]:
        return [one.due.name for one in await self.delivery.look()]

    def told(self, kind: str) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row.entry.data) for row in journal_rows(connection, kinds=[kind])]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Callable[..., Machine]]:
    made: list[Machine] = []

    def build(**more: Any) -> Machine:
        home = tmp_path / "home"
        (home / "keys").mkdir(parents=True)
        made.append(Machine(home, ReportFiles(formats=("csv",), **more)))
        return made[-1]

    yield build
    for one in made:
        one.journal.close(30)
        one.database.close()


class City:
    """The city's SFTP server: one user, by key only, in a directory of its own."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.files = place / "files"
        self.files.mkdir(parents=True)
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.user_key = asyncssh.generate_private_key("ssh-ed25519")
        self.server: asyncssh.SSHAcceptor | None = None
        self.port = 0

    async def open(self) -> None:
        authorised = self.place / "authorized_keys"
        authorised.write_bytes(self.user_key.export_public_key())
        self.server = await asyncssh.listen(
            "127.0.0.1", self.port, server_host_keys=[self.host_key],
            authorized_client_keys=str(authorised),
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(self.files).encode()),
            allow_scp=False,
        )  # fmt: skip
        self.port = self.server.get_port()

    async def close(self) -> None:
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()

    def target(self, **more: Any) -> Sftp:
        line = self.host_key.export_public_key().decode().strip()
        return Sftp.model_validate(
            {"host": "127.0.0.1", "port": self.port, "user": "madoguchi", "host_key": line}
            | {"directory": "in/2026", **more}
        )

    def give_key(self, home: Path) -> None:
        path = home / "keys" / "sftp"
        path.touch(mode=0o600)
        path.write_bytes(self.user_key.export_private_key())

    def names(self) -> list[str]:
        return sorted(path.name for path in self.files.rglob("*") if path.is_file())


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[City]:
    made = City(tmp_path / "city")
    await made.open()
    yield made
    await made.close()


async def test_given_reports_that_were_made_when_sent_by_sftp_then_each_is_there_once_and_whole(
    machine: Callable[..., Machine], city: City
) -> None:
    one = machine(sftp=city.target())
    city.give_key(one.home)
    await one.make()
    assert sorted(await one.look()) == [
        "madoguchi-booking-2026-11-20", "madoguchi-day-2026-11-20",
    ]  # fmt: skip
    assert city.names() == ["madoguchi-booking-2026-11-20.csv", "madoguchi-day-2026-11-20.csv"]
    assert NAME in (city.files / "in/2026/madoguchi-booking-2026-11-20.csv").read_text("utf-8-sig")
    sent = one.told("report.sent")
    assert {row["part"]: row["target"] for row in sent} == {"report": "sftp", "booking": "sftp"}
    (city.files / "in/2026/madoguchi-day-2026-11-20.csv").unlink()  # the city has taken it away
    assert await one.look() == []
    one.delivery = one.started()  # and a restart sends nothing again either
    assert await one.look() == []
    assert city.names() == ["madoguchi-booking-2026-11-20.csv"]
    assert failures(one.database, one.rules, one.now_ms) == []


async def test_given_a_crash_after_the_upload_when_started_again_then_what_is_there_is_not_written_again(
    machine: Callable[..., Machine], city: City
) -> None:
    one = machine(sftp=city.target(), parts=("report",))
    city.give_key(one.home)
    await one.make()
    record, one.record = one.record, lambda *_: None  # type: ignore[method-assign]
    one.delivery = one.started()
    await one.look()
    file = city.files / "in/2026/madoguchi-day-2026-11-20.csv"
    before = file.stat().st_mtime_ns
    one.record = record  # type: ignore[method-assign]
    one.delivery = one.started()
    assert await one.look() == ["madoguchi-day-2026-11-20"]
    assert file.stat().st_mtime_ns == before
    assert len(one.told("report.sent")) == 1


async def test_given_a_server_that_is_away_when_it_is_back_then_it_gets_everything_late_and_backoff_grows(
    machine: Callable[..., Machine], city: City
) -> None:
    one = machine(sftp=city.target(), parts=("report",))
    city.give_key(one.home)
    await city.close()
    await one.make()
    for tries, after_s in enumerate((0, 60, 120, 240), 1):
        one.monotonic_s += after_s - 1
        assert await one.look() == []
        assert len(one.told("report.not_sent")) == max(1, tries - 1) if tries > 1 else True
        one.monotonic_s += 1
        assert await one.look() == []
        assert len(one.told("report.not_sent")) == tries
    scene = Scene(
        Home(one.home), Settings(report=Report(**one.rules.model_dump())), one.database, None, one.now_ms
    )
    found = reports_sent(scene)
    assert (found.level, "127.0.0.1" in found.what) == (Level.WARN, True)
    assert "127.0.0.1" in one.delivery.warnings[0]
    assert "madoguchi-day-2026-11-20" in one.delivery.warnings[0]
    (one.home / "reports/madoguchi-day-2026-11-20.csv").unlink()  # somebody has tidied up meanwhile
    await city.open()
    one.monotonic_s += 3600
    one.now_ms += 5 * 86_400_000
    assert await one.look() == ["madoguchi-day-2026-11-20"]
    assert one.delivery.warnings == []
    assert reports_sent(replace(scene, now_ms=one.now_ms)).level is Level.OK
    assert city.names() == ["madoguchi-day-2026-11-20.csv"]


async def test_given_another_server_or_a_wrong_key_then_nothing_is_sent_and_the_reason_is_said(
    machine: Callable[..., Machine], city: City
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    one = machine(sftp=city.target(host_key=other), parts=("report",))
    await one.make()

    async def why(**more: Any) -> str:
        one.rules = one.rules.model_copy(update={"sftp": city.target(**more)})
        one.delivery = one.started()
        assert await one.look() == []
        return str(one.told("report.not_sent")[-1]["why"])

    assert "no such key; make one" in await why()
    key = one.home / "keys/sftp"
    key.write_bytes(city.user_key.export_private_key())
    key.chmod(0o644)
    assert "others may read it" in await why()
    key.chmod(0o600)
    assert "is not [report.sftp] host_key" in await why(host_key=other)
    key.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    assert "does not let us in" in await why()
    key.write_bytes(city.user_key.export_private_key())
    city.files.joinpath("in").write_text("a file where the directory should be")
    assert "in/2026" in await why()
    assert city.names() == ["in"]
    city.files.joinpath("in").unlink()
    one.delivery = one.started()
    assert await one.look() == ["madoguchi-day-2026-11-20"]


class Post:
    """The city's mail server, which keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[Envelope] = []
        self.refuse = ""

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        self.got.append(envelope)
        return "250 OK"


def free_port() -> int:
    """aiosmtpd's own thread does not tell which port it was given."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
    return port


def certificate(name: str, place: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    public, private = place / f"{name}.pem", place / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return public, private


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("papers")
    certificate("server", place)
    certificate("official", place)
    return place


@pytest.fixture
def post(papers: Path) -> Iterator[tuple[Post, int]]:
    handler = Post()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(papers / "server.pem", papers / "server.key")

    def check(_server: object, _session: object, _envelope: object, _how: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=given.password == b"secret of the mail", handled=False)

    controller = Controller(
        handler, hostname="127.0.0.1", port=free_port(), tls_context=context, require_starttls=True,
        authenticator=check, auth_required=True,
    )  # fmt: skip
    controller.start()
    yield handler, controller.port
    controller.stop()


def mail(port: int, papers: Path, **more: Any) -> Mail:
    return Mail.model_validate(
        {
            "host": "localhost", "port": port, "user": "madoguchi", "ca_file": str(papers / "server.pem"),
            "sender": "callcenter@example.jp", "to": ["shimin@example.lg.jp", "kanri@example.lg.jp"], **more,
        }
    )  # fmt: skip


def parsed(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)  # type: ignore[return-value]


async def test_given_reports_when_sent_by_mail_then_the_city_has_them_once_over_tls_and_no_citizen_is_named(
    machine: Callable[..., Machine], post: tuple[Post, int], papers: Path
) -> None:
    office, port = post
    one = machine(mail=mail(port, papers))
    (one.home / "keys/mail-password").write_text("secret of the mail\n", encoding="utf-8")
    await one.make()
    assert await one.look() == ["madoguchi-day-2026-11-20"]  # the 受付簿 is made, and not mailed
    (envelope,) = office.got
    assert envelope.rcpt_tos == ["shimin@example.lg.jp", "kanri@example.lg.jp"]
    got = parsed(bytes(envelope.content or b""))
    assert got["Subject"] == "日次報告 2026-11-20"
    (attached,) = got.iter_attachments()
    assert attached.get_filename() == "madoguchi-day-2026-11-20.csv"
    body = got.get_body()
    assert body is not None
    assert one.told("report.sent")[0]["files"]["madoguchi-day-2026-11-20.csv"] in body.get_content()
    assert NAME not in str(got)
    assert await one.look() == []
    one.delivery = one.started()
    assert await one.look() == []
    assert len(office.got) == 1


async def test_given_certificates_when_the_ledger_is_mailed_then_only_their_owner_reads_it(
    machine: Callable[..., Machine], post: tuple[Post, int], papers: Path
) -> None:
    office, port = post
    target = mail(port, papers, certificates=[str(papers / "official.pem")], parts=["booking"])
    one = machine(mail=target)
    (one.home / "keys/mail-password").write_text("secret of the mail", encoding="utf-8")
    await one.make()
    assert await one.look() == ["madoguchi-booking-2026-11-20"]
    raw = bytes(office.got[0].content or b"")
    got = parsed(raw)
    assert got["Subject"] == "交付予約受付簿 2026-11-20"
    assert got.get_content_type() == "application/pkcs7-mime"
    key = serialization.load_pem_private_key((papers / "official.key").read_bytes(), None)
    owner = x509.load_pem_x509_certificate((papers / "official.pem").read_bytes())
    assert isinstance(key, rsa.RSAPrivateKey)
    opened = pkcs7.pkcs7_decrypt_der(got.get_payload(decode=True), owner, key, [])  # type: ignore[arg-type]
    (attached,) = parsed(opened).iter_attachments()
    assert NAME in attached.get_payload(decode=True).decode("utf-8-sig")  # type: ignore[union-attr]
    (papers / "mail.eml").write_bytes(raw)
    # What the city's own program does.
    sealed = ["openssl", "cms", "-decrypt", "-in", papers / "mail.eml", "-recip", papers / "official.pem"]
    opener = await asyncio.create_subprocess_exec(
        *map(str, sealed), "-inkey", str(papers / "official.key"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await opener.communicate()
    assert b"madoguchi-booking-2026-11-20.csv" in said


async def test_given_a_mail_server_that_says_no_when_it_says_yes_again_then_the_mail_goes_with_the_same_id(
    machine: Callable[..., Machine], post: tuple[Post, int], papers: Path
) -> None:
    office, port = post
    one = machine(mail=mail(port, papers), parts=("report",))
    password = one.home / "keys/mail-password"
    await one.make()

    async def why(**more: Any) -> str:
        one.rules = one.rules.model_copy(update={"mail": mail(port, papers, **more)})
        one.delivery = one.started()
        assert await one.look() == []
        return str(one.told("report.not_sent")[-1]["why"])

    assert "give the password" in await why()
    password.write_text("wrong")
    assert "refuses user or password" in await why()
    password.write_text("secret of the mail")
    assert "certificate is not to be trusted" in await why(ca_file=str(papers / "official.pem"))
    assert "cannot be read" in await why(certificates=["keys/none.pem"])
    office.refuse = "452 4.3.1 Insufficient system storage"
    assert "452 4.3.1 Insufficient" in await why()
    assert one.delivery.warnings
    office.refuse = ""
    one.delivery = one.started()
    assert await one.look() == ["madoguchi-day-2026-11-20"]
    first = parsed(bytes(office.got[0].content or b""))["Message-ID"]
    assert len(one.told("report.sent")) == 1
    name = "madoguchi-day-2026-11-20.csv"
    parcel = Parcel("日次報告 2026-11-20", "report", {name: (one.home / "reports" / name).read_bytes()})
    assert parsed(message(mail(port, papers), one.home, parcel, one.now_ms + 9))["Message-ID"] == first
    assert "secret of the mail" not in str(one.told("report.not_sent"))


async def test_given_a_server_without_tls_then_nothing_is_sent(
    machine: Callable[..., Machine], papers: Path
) -> None:
    handler = Post()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        one = machine(mail=mail(controller.port, papers, user=""), parts=("report",))
        await one.make()
        assert await one.look() == []
        assert "offers no TLS" in one.told("report.not_sent")[0]["why"]
        assert handler.got == []
    finally:
        await asyncio.to_thread(controller.stop)


def test_given_a_ledger_in_an_open_mail_when_configured_then_it_is_refused(papers: Path) -> None:
    with pytest.raises(ValidationError, match="booking names citizens"):
        mail(587, papers, parts=["report", "booking"])
    assert mail(587, papers, parts=["booking"], certificates=["x.pem"]).parts == ("booking",)
    for wrong in ({"host_key": "ssh-ed25519"}, {"user": "a b"}, {"directory": ""}):
        good = {"host": "sftp.example.jp", "user": "u", "host_key": "ssh-ed25519 " + "A" * 68}
        Sftp.model_validate(good)
        with pytest.raises(ValidationError):
            Sftp.model_validate(good | wrong)


async def test_given_ledgers_that_lie_too_long_when_looked_at_then_they_go_and_the_figures_stay(
    machine: Callable[..., Machine],
) -> None:
    one = machine()
    await one.make()
    directory = one.home / "reports"
    assert len(list(directory.iterdir())) == 2
    assert drop_ledgers(directory, 0) == []
    assert drop_ledgers(directory, None) == ["madoguchi-booking-2026-11-20.csv"]
    assert [path.name for path in directory.iterdir()] == ["madoguchi-day-2026-11-20.csv"]


async def test_given_receivers_when_tried_by_hand_then_each_says_whether_it_goes_and_what_went_is_listed(
    machine: Callable[..., Machine], city: City, post: tuple[Post, int], papers: Path
) -> None:
    one = machine(sftp=city.target(), mail=mail(post[1], papers), parts=("report",))
    city.give_key(one.home)
    toml = ["[report]", 'formats = ["csv"]', 'parts = ["report"]']
    for name, section in (("sftp", one.rules.sftp), ("mail", one.rules.mail)):
        assert section is not None
        shown = section.model_dump(mode="json", exclude_defaults=True, exclude_none=True)
        toml += [f"[report.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in shown.items())]
    Home(one.home).toml.write_text("\n".join(toml) + "\n", encoding="utf-8")
    app = typer.Typer()
    report_sent.add_to(app)
    app.command("other")(lambda: None)

    async def run(*words: str) -> tuple[int, Any]:
        arguments = ["sent", *words, "--format", "json", "--home", str(one.home)]
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments, catch_exceptions=False)
        return done.exit_code, json.loads(done.stdout)

    status, tried = await run("--try")
    assert (status, tried["sftp"]) == (1, "")
    assert "give the password" in tried["mail"]
    (one.home / "keys/mail-password").write_text("secret of the mail")
    assert await run("--try") == (0, {"sftp": "", "mail": ""})
    assert city.names() == ["madoguchi-trial.txt"]
    assert parsed(bytes(post[0].got[0].content or b""))["Subject"] == "窓口 送付の試験"
    await one.make()
    await one.look()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report_sent, "now_ms", lambda: one.now_ms)
        status, told = await run()
    assert (status, told["waiting"], told["failed"]) == (0, [], [])
    assert sorted((row["target"], row["paper"]) for row in told["sent"]) == [
        ("mail", "日次報告 2026-11-20"), ("sftp", "日次報告 2026-11-20"),
    ]  # fmt: skip
