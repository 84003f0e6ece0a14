"""An instance, and the city's servers that it sends to."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from config.report_files import ReportFiles
from tests.unit.madoguchi.delivery.machine import Machine
from tests.unit.madoguchi.delivery.mail_server import MailServer, certificate, free_port
from tests.unit.madoguchi.delivery.sftp_server import SftpServer


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


@pytest.fixture
async def city(tmp_path: Path) -> AsyncIterator[SftpServer]:
    made = SftpServer(tmp_path / "city")
    await made.open()
    yield made
    await made.close()


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("papers")
    certificate("server", place)
    certificate("official", place)
    return place


@pytest.fixture
def post(papers: Path) -> Iterator[tuple[MailServer, int]]:
    handler = MailServer()
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
