"""The pages over TLS: a certificate made here, or the site's own; cookies and headers that go with it."""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from cryptography import x509

from config import ConfigError, Home, Settings
from db import open_database, upgrade
from desk.app import make_app
from desk.health import certificate_warning
from desk.redirecting import redirecting
from madoguchi import desk_tls
from madoguchi.certificates import days_left, in_use
from madoguchi.desk_tls import pair_of, trusting
from madoguchi.premises import HomePremises
from tests.unit.desk.desk_rig import TOKEN, Site

GENERATE = Settings.model_validate({"desk": {"tls": "generate"}})


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.prepare()
    return home


@pytest.fixture
async def desk(home: Home) -> AsyncIterator[TestServer]:
    """The real application, over TLS."""
    database = open_database(home=home.path)
    upgrade(database)
    site = Site.open(database)
    app = make_app(
        office=site.office,
        journal=site.journal,
        database=database,
        figures=site.figures,
        api_token=TOKEN,
        premises=HomePremises(home),
    )
    pair = pair_of(home, GENERATE)
    assert pair is not None
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=pair.context(), access_log=None)
    yield server
    await server.close()
    await site.close()
    database.close()


def test_given_no_certificate_when_one_is_asked_for_then_it_is_made_once_and_kept(home: Home) -> None:
    assert pair_of(home, Settings()) is None
    pair = pair_of(home, GENERATE, "127.0.0.9")
    assert pair is not None
    assert {one.stat().st_mode & 0o777 for one in (pair.key, pair.certificate)} == {0o600}
    made = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    assert {str(one) for one in names.get_values_for_type(x509.IPAddress)} >= {"127.0.0.1", "127.0.0.9"}
    assert 820 < days_left(pair.certificate) <= 825
    again = pair_of(home, GENERATE)
    assert again is not None
    assert again.certificate.read_bytes() == pair.certificate.read_bytes()
    assert list(in_use(home, GENERATE)) == [pair.certificate]
    assert list(in_use(home, Settings())) == []


def test_given_a_certificate_that_ends_when_started_then_a_new_one_is_made(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_tls, "VALID_DAYS", 29)
    old = pair_of(home, GENERATE)
    assert old is not None
    before = old.certificate.read_bytes()
    monkeypatch.undo()
    new = pair_of(home, GENERATE)
    assert new is not None
    assert new.certificate.read_bytes() != before


def test_given_files_that_do_not_fit_when_started_then_one_sentence_names_the_key(
    home: Home, tmp_path: Path
) -> None:
    def files(certificate: Path, key: Path) -> Settings:
        return Settings.model_validate({"desk": {"tls": {"certificate": str(certificate), "key": str(key)}}})

    one = pair_of(home, GENERATE)
    other_home = Home(tmp_path / "other")
    other_home.prepare()
    other = pair_of(other_home, GENERATE)
    assert one is not None
    assert other is not None
    assert pair_of(home, files(one.certificate, one.key)) == one
    assert list(in_use(home, files(other.certificate, other.key))) == [other.certificate]
    for certificate, key, said in (
        (tmp_path / "none.pem", one.key, r"\[desk\] tls\.certificate: .*none\.pem cannot be read"),
        (one.certificate, tmp_path / "none.key", r"\[desk\] tls\.key: .*none\.key cannot be read"),
        (one.certificate, other.key, r"\[desk\] tls: .* cannot be used together: KEY_VALUES_MISMATCH"),
        (one.key, one.key, r"\[desk\] tls: .* cannot be used together"),
    ):
        with pytest.raises(ConfigError, match=said):
            pair_of(home, files(certificate, key))


async def test_given_tls_when_logged_in_then_the_cookie_is_this_hosts_alone_and_browsers_stay_with_tls(
    desk: TestServer, home: Home
) -> None:
    tls = trusting(str(home.keys / "desk.crt"))
    assert tls is not None
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls)) as http:
        url = desk.make_url("/login")
        async with http.post(url, data={"token": TOKEN}, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        for part in ("__Host-madoguchi_session=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
            assert part in cookie
        assert "Domain" not in cookie
        sent = {"Cookie": cookie.partition(";")[0]}
        async with http.get(desk.make_url("/api/v1/account"), headers=sent) as answer:
            assert answer.status == 200
        plain = {"Cookie": cookie.partition(";")[0].removeprefix("__Host-")}
        async with http.get(desk.make_url("/api/v1/account"), headers=plain) as answer:
            assert answer.status == 401, "a cookie that another host could have set opens nothing"


async def test_given_another_certificate_when_our_programs_ask_then_they_do_not_trust_it(
    desk: TestServer, tmp_path: Path
) -> None:
    other_home = Home(tmp_path / "other")
    other_home.prepare()
    other = pair_of(other_home, GENERATE)
    assert other is not None
    assert trusting("") is None
    context = trusting(str(other.certificate))
    assert isinstance(context, ssl.SSLContext)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await http.get(desk.make_url("/healthz"), ssl=context)


async def test_given_a_browser_without_tls_when_it_comes_then_it_is_sent_on_without_what_it_carried() -> None:
    server = TestServer(redirecting(8443))
    await server.start_server(access_log=None)
    async with aiohttp.ClientSession() as http:
        for path, there in (("/live?x=1", "https://127.0.0.1:8443/live"), ("//evil.example", None)):
            async with http.get(f"http://127.0.0.1:{server.port}{path}", allow_redirects=False) as answer:
                assert answer.status == 308
                place = answer.headers["Location"]
                assert place == there if there else place.startswith("https://127.0.0.1:8443/")
    await server.close()


def test_given_a_certificate_near_its_end_when_asked_then_a_warning_says_so() -> None:
    assert certificate_warning(None) == []
    assert certificate_warning(time.time() + 31 * 86400) == []
    assert certificate_warning(time.time() + 3.5 * 86400) == ["画面の証明書があと3日で切れます。"]
    assert "切れています" in certificate_warning(time.time() - 5)[0]
