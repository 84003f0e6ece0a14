"""`doctor`: what is wrong with the machine, the telephones or the backup is told with a remedy."""

from __future__ import annotations

import datetime
import json
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from config import ConfigError, Home, RunFile, Settings
from config.runfile import AriAccess, Phone, SipAddress, TrunkAddress
from madoguchi.backup.kept import LastBackup
from madoguchi.doctor import Finding, Level, Scene, all_checks, host, keeping, telephony

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


def scene(home: Home, run: RunFile | None = None, **settings: Any) -> Scene:
    return Scene(home, Settings.model_validate(settings), None, run, 0)


def run_file(
    *,
    sip_port: int = 5060,
    desk_url: str = "http://127.0.0.1:1",
    asterisk_pid: int = 0,
    ari_url: str = "http://127.0.0.1:8088/ari",
) -> RunFile:
    return RunFile(
        pid=1, controller_pid=1, asterisk_pid=asterisk_pid, desk_url=desk_url, api_token="x",
        sip=SipAddress(host="127.0.0.1", port=sip_port), trunk=TrunkAddress(host="127.0.0.2"),
        number="0260001234", phones=[],
        supervisor_phone=Phone(seat=0, user="x", password="x", extension="700"),
        operators=[], ari=AriAccess(url=ari_url, user="x", password="x", app="x"),
    )  # fmt: skip


def is_told(found: Finding, level: Level, *words: str) -> None:
    assert found.level is level, found
    assert all(word in found.what for word in words), found
    assert found.remedy


class TestClock:
    def test_given_a_clock_that_nobody_keeps_then_it_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "kernel_clock", lambda: 5)
        is_told(host.clock(scene(home)), Level.WARN, "nobody keeps")
        for answer, what in ((0, "is kept right"), (None, "not known")):
            monkeypatch.setattr(host, "kernel_clock", lambda answer=answer: answer)
            found = host.clock(scene(home))
            assert (found.level, found.what.startswith(what)) == (Level.OK, True)

    def test_given_a_machine_when_its_kernel_is_asked_then_it_answers_as_adjtimex_does(self) -> None:
        assert host.kernel_clock() in (None, 0, 1, 2, 3, 4, 5)

    def test_given_zones_without_japan_then_it_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert host.zone(scene(home)).level is Level.OK
        monkeypatch.setattr(host, "JST", datetime.UTC)
        is_told(host.zone(scene(home)), Level.FAIL, "Asia/Tokyo")


class TestNames:
    def test_given_a_network_without_names_when_looked_up_then_the_line_for_etc_hosts_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "lookup_s", lambda _: 5.0)
        found = host.names(scene(home))
        is_told(found, Level.FAIL, "A.ROOT-SERVERS.NET", socket.gethostname())
        assert "/etc/hosts" in found.remedy
        (home.asterisk / "hosts").write_text(
            f"127.0.0.1 localhost {socket.gethostname()} A.ROOT-SERVERS.NET\n"
        )
        assert host.names(scene(home)).level is Level.OK

    def test_given_a_resolver_that_hangs_when_asked_then_it_is_left_after_its_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        let_go = threading.Event()
        monkeypatch.setattr(host.socket, "getaddrinfo", lambda *_: let_go.wait(30))
        monkeypatch.setattr(host, "LOOKUP_WITHIN_S", 0.05)
        assert host.lookup_s("x") >= 0.05
        let_go.set()


class TestPorts:
    def test_given_no_instance_when_another_has_its_port_then_the_key_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            taken = other.getsockname()[1]
            found = host.ports(scene(home, sip={"port": taken}))
        is_told(found, Level.WARN, str(taken), "[sip] port")
        monkeypatch.setattr(host, "must_be_free", lambda *_: None)
        assert host.ports(scene(home)).level is Level.OK

    def test_given_media_ports_that_the_system_gives_away_then_it_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "_outgoing", lambda: (32768, 60999))
        is_told(host.ports(scene(home, sip={"rtp_first": 32000, "rtp_last": 33000})), Level.WARN, "32768")

    def test_given_an_instance_when_its_sip_answers_or_not_then_that_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "is_running", lambda _: True)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as exchange:
            exchange.bind(("127.0.0.1", 0))
            port = exchange.getsockname()[1]

            def answer() -> None:
                asked, by = exchange.recvfrom(4096)
                assert asked.startswith(b"OPTIONS sip:")
                exchange.sendto(b"SIP/2.0 401 Unauthorized\r\n\r\n", by)

            answering = threading.Thread(target=answer)
            answering.start()
            assert "answers in" in host.ports(scene(home, run_file(sip_port=port))).what
            answering.join()
            assert host.sip_answers("127.0.0.1", port, within_s=0.05) is None
        is_told(host.ports(scene(home, run_file(sip_port=port))), Level.FAIL, "does not answer")

    def test_given_an_exchange_in_a_container_of_its_own_then_its_sip_is_asked_for_there(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(host, "is_running", lambda _: True)
        asked: list[tuple[str, int]] = []

        def answers(where: str, port: int) -> int:
            asked.append((where, port))
            return 3

        monkeypatch.setattr(host, "sip_answers", answers)
        apart = run_file(sip_port=15060, ari_url="http://asterisk:8088/ari")
        assert host.ports(scene(home, apart)).what == "SIP at asterisk:5060 answers in 3 ms"
        assert (
            host.ports(scene(home, run_file(sip_port=15060))).what == "SIP at 127.0.0.1:15060 answers in 3 ms"
        )
        assert asked == [("asterisk", 5060), ("127.0.0.1", 15060)]


class TestLimits:
    def test_given_few_files_or_little_memory_then_it_is_told(
        self, home: Home, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        running = run_file(asterisk_pid=os.getpid())
        monkeypatch.setattr(host, "_available_mb", lambda: 4000)
        monkeypatch.setattr(host, "_files_allowed", lambda _: 1024)
        is_told(host.limits(scene(home, running)), Level.WARN, "1024", "250")
        monkeypatch.setattr(host, "_files_allowed", lambda _: 65536)
        assert host.limits(scene(home, running)).level is Level.OK
        monkeypatch.setattr(host, "_available_mb", lambda: 100)
        is_told(host.limits(scene(home, running)), Level.WARN, "100 MB")

    def test_given_this_process_when_its_limits_are_read_then_they_are_those_of_the_system(self) -> None:
        import resource

        assert host._files_allowed(os.getpid()) == resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        assert (host._available_mb() or 0) > 0


def test_given_packages_that_differ_from_the_lock_then_they_are_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert host.packages(scene(home)).level is Level.OK
    lock = tmp_path / "requirements.lock"
    lock.write_text("aiohttp==0.0.1 \\\n    --hash=sha256:x\nnobody-has-this==1.0 \\\n", encoding="utf-8")
    monkeypatch.setattr(host, "LOCK", lock)
    is_told(host.packages(scene(home)), Level.WARN, "aiohttp", "not 0.0.1", "nobody-has-this missing")


class _Desk(BaseHTTPRequestHandler):
    live: dict[str, Any]

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer x"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(type(self).live).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def desk(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any]], Scene]]:
    server = HTTPServer(("127.0.0.1", 0), _Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(telephony, "is_running", lambda _: True)
    running = run_file(desk_url=f"http://127.0.0.1:{server.server_port}")

    def shows(live: dict[str, Any]) -> Scene:
        _Desk.live = live
        return scene(home, running)

    yield shows
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("phones", "line", "level"),
    [
        ("registered registered", "open", Level.OK),
        ("registered unreachable", "open", Level.WARN),
        ("unregistered unreachable", "open", Level.FAIL),
        ("unregistered unregistered", "after", Level.OK),
    ],
)
def test_given_phones_that_are_away_when_the_line_is_open_then_their_seats_are_told(
    desk: Callable[[dict[str, Any]], Scene], phones: str, line: str, level: Level
) -> None:
    seats = [{"seat": n, "phone": one} for n, one in enumerate(phones.split(), 1)]
    found = telephony.phones(desk({"seats": seats, "line": {"state": line}}))
    assert found.level is level
    assert ("seat" in found.what) == ("un" in phones)


def test_given_a_database_that_is_behind_then_it_is_told(desk: Callable[[dict[str, Any]], Scene]) -> None:
    assert telephony.journal_lag(desk({"lag_ms": 30})).level is Level.OK
    is_told(telephony.journal_lag(desk({"lag_ms": 90_000})), Level.FAIL, "90 s behind")


HIKARI = {"profile": "hikari", "gateway": "192.0.2.1", "user": "3"}
SAID = """
 <Registration/ServerURI..............................>  <Auth....................>  <Status.......>
==========================================================================================
 trunk/sip:192.0.2.1                                     trunk-auth        {}        (exp. 3571s)

Objects found: 1
"""


@pytest.mark.parametrize(
    ("state", "level"), [("Registered", Level.OK), ("Unregistered", Level.FAIL), ("Rejected", Level.FAIL)]
)
def test_given_a_carrier_to_register_with_when_it_does_not_know_us_then_it_is_told(
    home: Home, monkeypatch: pytest.MonkeyPatch, state: str, level: Level
) -> None:
    async def says(*_: object, **__: object) -> str:
        return SAID.format(state)

    monkeypatch.setattr(telephony, "is_running", lambda _: True)
    monkeypatch.setattr(telephony, "run_cli", says)
    found = telephony.trunk(scene(home, trunk=HIKARI))
    assert found.level is level
    assert bool(found.remedy) == (level is Level.FAIL)


def test_given_a_password_in_the_settings_then_it_is_told(home: Home) -> None:
    is_told(telephony.trunk(scene(home, trunk={**HIKARI, "password": "p"})), Level.WARN, "password")
    assert telephony.trunk(scene(home, trunk=HIKARI)).level is Level.OK
    assert telephony.trunk(scene(home)).level is Level.OK


def certificate(path: Path, days: float) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "madoguchi")])
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=days)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(until - datetime.timedelta(days=400)).not_valid_after(until)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


@pytest.mark.parametrize(("days", "level"), [(300, Level.OK), (20, Level.WARN), (-3, Level.FAIL)])
def test_given_a_certificate_when_it_ends_soon_then_it_is_told(home: Home, days: float, level: Level) -> None:
    certificate(home.keys / "good.crt", 390)
    certificate(home.keys / "sip.crt", days)
    found = telephony.certificates(scene(home))
    assert found.level is level
    assert "sip.crt" in found.what
    (home.keys / "sip.crt").write_text("no certificate")
    assert telephony.certificates(scene(home)).level is Level.WARN


def test_given_an_exchange_whose_calendar_is_old_then_it_is_told(home: Home) -> None:
    assert telephony.fallback_hours(scene(home)).level is Level.OK
    (home.asterisk / "etc").mkdir()
    file = home.asterisk / "etc" / "calendar.conf"
    file.write_text("[calendar]\n")
    assert telephony.fallback_hours(scene(home)).level is Level.OK
    old = time.time() - 360 * 86_400
    os.utime(file, (old, old))
    is_told(telephony.fallback_hours(scene(home)), Level.WARN, "40 more days")


def last_backup(home: Home, *, hours: float, proved: bool, file: Path) -> None:
    made_ms = round((time.time() - hours * 3600) * 1000)
    LastBackup(made_ms=made_ms, file=str(file), bytes=9, head=None, keys=True, proved=proved).write(home)


def test_given_a_backup_when_it_is_missing_old_gone_or_not_proved_then_it_is_told(home: Home) -> None:
    is_told(keeping.backup(scene(home)), Level.WARN, "none")
    file = home.path / "b"
    file.write_bytes(b"backup")
    last_backup(home, hours=30, proved=True, file=file)
    is_told(keeping.backup(scene(home)), Level.WARN, "30 hours")
    assert keeping.backup(scene(home, backup={"warn_after_h": 48})).level is Level.OK
    last_backup(home, hours=1, proved=False, file=file)
    is_told(keeping.backup(scene(home)), Level.WARN, "not proved")
    last_backup(home, hours=1, proved=True, file=file)
    assert keeping.backup(scene(home)).level is Level.OK
    file.unlink()
    is_told(keeping.backup(scene(home)), Level.WARN, "gone")
    (home.keys / "backup-passphrase").write_text("short")
    file.write_bytes(b"backup")
    with pytest.raises(ConfigError, match="12 at least"):
        keeping.backup(scene(home))


def test_given_every_check_then_the_manual_says_what_to_do_about_it() -> None:
    manual = (PROJECT / "docs" / "operations.ja.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z]+(?:\.[a-z]+)?)`", manual[manual.index("## 点検 doctor") :]))
    assert {name for name, _ in all_checks(quick=False)} <= named
