"""The certificate of the pages and the API: the site's own files, or one that signs itself, in `keys/`."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from config import ConfigError, Home, Settings
from config.desk import TlsFiles
from madoguchi.certificates import DESK, days_left

if TYPE_CHECKING:
    from cryptography import x509

VALID_DAYS = 825
"""No browser takes a longer one."""
RENEW_DAYS = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate (PEM, with its chain) and its key."""

    certificate: Path
    key: Path

    def context(self) -> ssl.SSLContext:
        """What the server speaks TLS with: 1.2 or newer, Python's own choice of ciphers."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.certificate, self.key)
        return context


def pair_of(home: Home, settings: Settings, bind: str = "127.0.0.1") -> Pair | None:
    """The certificate that the settings ask for, made if it has to be; None: without TLS.

    Raises:
        ConfigError: a file cannot be read, or certificate and key do not belong together.
    """
    tls = settings.desk.tls
    if tls == "off":
        return None
    if isinstance(tls, TlsFiles):
        pair = Pair(home.path / tls.certificate, home.path / tls.key)
    else:
        pair = Pair(home.keys / DESK, home.keys / "desk.key")
        if not pair.key.exists() or days_left(pair.certificate) < RENEW_DAYS:
            _make(pair, names_of(settings, bind))
    for key, file in (("certificate", pair.certificate), ("key", pair.key)):
        if not os.access(file, os.R_OK):
            raise ConfigError(f"madoguchi.toml: [desk] tls.{key}: {file} cannot be read")
    try:
        pair.context()
    except (ssl.SSLError, OSError) as error:
        why = getattr(error, "reason", None) or error.strerror or "is no PEM file"
        raise ConfigError(
            f"madoguchi.toml: [desk] tls: {pair.certificate} and {pair.key} cannot be used together: {why}"
        ) from None
    return pair


def names_of(settings: Settings, bind: str) -> tuple[str, ...]:
    """What browsers may call this machine."""
    own = [bind, settings.sip.public_address or "", socket.gethostname(), socket.getfqdn()]
    return tuple(dict.fromkeys(name for name in ("localhost", "127.0.0.1", *own) if name))


def trusting(certificate: str) -> ssl.SSLContext | None:
    """For our own programs: whoever shows exactly this certificate is the desk, whatever it is called.

    None for "": the desk speaks without TLS.
    """
    if not certificate:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(certificate)
    return context


def _make(pair: Pair, names: tuple[str, ...]) -> None:
    # Imported where it is used: commands that make none do not wait for it.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Madoguchi")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _put(pair.key, private, 0o600)
    _put(pair.certificate, made.public_bytes(serialization.Encoding.PEM), 0o600)


def _name(text: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _put(file: Path, content: bytes, mode: int) -> None:
    draft = file.with_name(f"{file.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
    draft.replace(file)
