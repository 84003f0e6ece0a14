"""By mail: over TLS only; sealed to the receivers (S/MIME) where certificates are given.

Subject and text name the paper and the period, never a citizen. The message's id is made of what it carries:
one that is sent a second time, after a crash between the server's yes and our note of it, is known by it.
"""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
import smtplib
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from config import JST, from_ms
from config.delivery import Mail
from madoguchi.delivery.parcel import DeliveryError, Parcel

WITHIN_S = 60.0
PASSWORD = "MADOGUCHI_MAIL_PASSWORD"  # noqa: S105 - the variable's name
_MEGABYTE = 1_000_000


async def send(target: Mail, home: Path, parcel: Parcel, now_ms: int) -> None:
    """Send the files to all receivers.

    Raises:
        DeliveryError: says what is wrong; nobody got anything, or the server's refusal says who did not.
    """
    await asyncio.to_thread(_send, target, home, parcel, now_ms)


def _send(target: Mail, home: Path, parcel: Parcel, now_ms: int) -> None:
    where = f"[report.mail] {target.host}:{target.port}"
    content = message(target, home, parcel, now_ms)
    if len(content) > target.largest_mb * _MEGABYTE:
        raise DeliveryError(
            f"[report.mail] largest_mb: {parcel.title} is {len(content) / _MEGABYTE:.1f} MB; raise it, or "
            "send fewer formats"
        )
    ca_file = None if target.ca_file is None else str(home / target.ca_file)
    try:
        trust = ssl.create_default_context(cafile=ca_file)
        trust.minimum_version = ssl.TLSVersion.TLSv1_2
        with (
            smtplib.SMTP_SSL(target.host, target.port, timeout=WITHIN_S, context=trust)
            if target.security == "tls"
            else smtplib.SMTP(target.host, target.port, timeout=WITHIN_S)
        ) as server:
            if target.security == "starttls":
                server.starttls(context=trust)
            if target.user:
                server.login(target.user, _password(home))
            refused = server.sendmail(target.sender, list(target.to), content)
    except ssl.SSLError as error:
        raise DeliveryError(f"{where}: its certificate is not to be trusted: {error.reason}") from None
    except smtplib.SMTPAuthenticationError:
        raise DeliveryError(f"{where}: refuses user or password") from None
    except smtplib.SMTPNotSupportedError:
        raise DeliveryError(f"{where}: offers no TLS; nothing was sent") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise DeliveryError(f"{where}: refuses {', '.join(error.recipients)}") from None
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"{where}: {error.smtp_code} {_words(error.smtp_error)}") from None
    except (smtplib.SMTPException, TimeoutError) as error:
        raise DeliveryError(f"{where}: {error}") from None
    except OSError as error:
        raise DeliveryError(f"{error.filename or where}: {error.strerror or error}") from None
    if refused:
        raise DeliveryError(f"{where}: refuses {', '.join(refused)}; the others have it")


def message(target: Mail, home: Path, parcel: Parcel, now_ms: int) -> bytes:
    """The message as it goes out.

    Raises:
        DeliveryError: a certificate cannot be used.
    """
    inner = EmailMessage(policy=SMTP)
    lines = [f"{parcel.title}をお送りします。", ""]
    lines += [f"{name}\n  SHA-256 {digest}" for name, digest in parcel.hashes().items()]
    inner.set_content("\n".join(lines) + "\n")
    for name, content in parcel.files.items():
        main, _, sub = (mimetypes.guess_type(name)[0] or "application/octet-stream").partition("/")
        inner.add_attachment(content, maintype=main, subtype=sub, filename=name)
    outer = _sealed(target, home, inner) if target.certificates else inner
    outer["Subject"] = parcel.title
    outer["From"] = target.sender
    outer["To"] = ", ".join(target.to)
    outer["Date"] = format_datetime(from_ms(now_ms).astimezone(JST))
    whole = "".join(sorted(parcel.hashes().values())) + parcel.title + ",".join(target.to)
    digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
    outer["Message-ID"] = f"<{digest}@{target.sender.partition('@')[2]}>"
    outer["Auto-Submitted"] = "auto-generated"
    return outer.as_bytes(policy=SMTP)


def _sealed(target: Mail, home: Path, inner: EmailMessage) -> EmailMessage:
    """RFC 8551: enveloped data, AES-256, one key for every receiver's certificate."""
    from cryptography import x509
    from cryptography.hazmat.primitives.ciphers.algorithms import AES256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.hazmat.primitives.serialization.pkcs7 import PKCS7EnvelopeBuilder, PKCS7Options

    builder = PKCS7EnvelopeBuilder().set_data(inner.as_bytes(policy=SMTP))
    builder = builder.set_content_encryption_algorithm(AES256)
    for name in target.certificates:
        path = home / name
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            builder = builder.add_recipient(certificate)
        except OSError as error:
            raise DeliveryError(f"{path}: cannot be read: {error.strerror}") from None
        except (ValueError, TypeError):
            raise DeliveryError(f"{path}: is no certificate (PEM) with an RSA key") from None
    outer = EmailMessage(policy=SMTP)
    outer.set_content(
        builder.encrypt(Encoding.DER, [PKCS7Options.Binary]),
        maintype="application", subtype="pkcs7-mime", filename="smime.p7m",
        params={"smime-type": "enveloped-data", "name": "smime.p7m"},
    )  # fmt: skip
    return outer


def _password(home: Path) -> str:
    given = os.environ.get(PASSWORD)
    if given:
        return given
    path = home / "keys" / "mail-password"
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        raise DeliveryError(f"[report.mail] user: give the password in {PASSWORD} or {path}") from None


def _words(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:200]
