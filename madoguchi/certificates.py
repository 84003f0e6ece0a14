"""The certificates in use, and how long they still hold."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from config import Home, Settings
from config.desk import TlsFiles
from madoguchi.sip_certificate import certificate_files

DAY_S = 86_400
DESK = "desk.crt"
"""Of the pages, where it signs itself."""


def in_use(home: Home, settings: Settings) -> Iterator[Path]:
    """Files with certificates that a part of the installation shows to others."""
    tls = settings.desk.tls
    yield from (one for one in sorted(home.keys.glob("*.crt")) if one.name != DESK or tls == "generate")
    if isinstance(tls, TlsFiles):
        yield home.path / tls.certificate
    if settings.sip.phones == "tls" and settings.sip.certificate is not None:
        yield certificate_files(home, settings)[0]


def days_left(certificate: Path) -> float:
    """Days until the first certificate of a PEM file ends; 0 for one that cannot be read."""
    ends_s = ends_at_s(certificate)
    return (ends_s - time.time()) / DAY_S if ends_s else 0


def ends_at_s(certificate: Path) -> float:
    """When it ends, Unix time; 0 for one that cannot be read."""
    # Imported where it is used: commands that look at none do not wait for it.
    from cryptography import x509

    try:
        read = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError):
        return 0
    return read.not_valid_after_utc.timestamp()
