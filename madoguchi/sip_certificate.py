"""The certificate that Asterisk shows to the seats' phones: the site's own, or one that is made here.

One that is made is its own authority: phones are told to trust it (keys/sip.crt) or not to check. It is made
once, so that they need not be told again; `doctor` and an alarm say when it ends.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import ConfigError, Home, Settings

CERTIFICATE, KEY = "sip.crt", "sip.key"
VALID_DAYS = 3 * 365
_BITS = 2048  # every phone can do RSA


def certificate_files(home: Home, settings: Settings) -> tuple[Path, Path]:
    """Where certificate and key are, or are to be made."""
    sip = settings.sip
    if sip.certificate and sip.key:
        return home.path / sip.certificate, home.path / sip.key  # an absolute path stays
    return home.keys / CERTIFICATE, home.keys / KEY


def place_certificate(home: Home, settings: Settings, bind: str) -> None:
    """Bring certificate and key to where Asterisk reads them; make them first when there are none.

    Raises:
        ConfigError: the site's own cannot be read, or do not fit together.
    """
    etc = home.asterisk / "etc"
    if settings.sip.phones != "tls":
        for name in (CERTIFICATE, KEY):
            (etc / name).unlink(missing_ok=True)
        return
    certificate, key = certificate_files(home, settings)
    if settings.sip.certificate is None and not (certificate.exists() and key.exists()):
        _make(certificate, key, {settings.sip.public_address, bind, "127.0.0.1", socket.gethostname()})
    try:
        shown, secret = certificate.read_bytes(), key.read_bytes()
    except OSError as problem:
        raise ConfigError(f"[sip] {problem.filename}: cannot be read: {problem.strerror}") from None
    _fit(certificate, shown, key, secret)
    etc.mkdir(parents=True, exist_ok=True)
    for name, content in ((CERTIFICATE, shown), (KEY, secret)):
        _write(etc / name, content, 0o640)  # the group is the directory's: Asterisk's


def _fit(certificate: Path, shown: bytes, key: Path, secret: bytes) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        read = x509.load_pem_x509_certificate(shown)
    except ValueError:
        raise ConfigError(f"[sip] certificate: {certificate}: is no certificate in PEM") from None
    try:
        private = load_pem_private_key(secret, password=None)
    except (ValueError, TypeError):
        raise ConfigError(f"[sip] key: {key}: is no key in PEM, or has a passphrase") from None
    if private.public_key() != read.public_key():
        raise ConfigError(f"[sip] key: {key}: is not the key of {certificate}")


def _make(certificate: Path, key: Path, names: set[str | None]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Madoguchi SIP")])
    now = datetime.now(UTC)
    alternatives: list[x509.GeneralName] = []
    for name in sorted(one for one in names if one and one not in ("0.0.0.0", "::")):  # noqa: S104
        try:
            alternatives.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            alternatives.append(x509.DNSName(name))
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(made.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(made, hashes.SHA256())
    )
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(key, pem, 0o600)
    _write(certificate, signed.public_bytes(Encoding.PEM), 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    draft = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.chmod(mode)
    draft.replace(path)
