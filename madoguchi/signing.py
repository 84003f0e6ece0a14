"""Signed records: Ed25519 (RFC 8032) with a key of this installation, DIR/keys/signing.pem (0600).

A signed record is a JSON file: ``record``, ``signature`` and ``public_key`` (base64). Signed is the record as
JSON with sorted keys, without spaces, in UTF-8. The public key is DIR/keys/signing.pub as well: whoever shall
believe the records is given it once, beforehand.
"""

from __future__ import annotations

import base64
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from config import ConfigError, Home

KEY, PUBLIC, FORMER = "signing.pem", "signing.pub", "signing.former"
"""FORMER: public keys of before, one a line; records that they signed stay valid."""


def canonical(record: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def sign(home: Home, record: dict[str, Any]) -> dict[str, Any]:
    """The signed record; the key is made when there is none.

    Raises:
        ConfigError: the key cannot be read or made.
    """
    key = _key(home)
    return {
        "record": record,
        "signature": base64.b64encode(key.sign(canonical(record))).decode(),
        "public_key": _public_text(key.public_key()),
    }


def checked(home: Home, file: Path) -> dict[str, Any]:
    """The record of a signed file, when the signature is right and of this installation's key.

    Raises:
        ConfigError: says what is wrong.
    """
    path = home.keys / PUBLIC
    try:
        known = [base64.b64decode(line, validate=True) for line in _known_lines(home)]
    except OSError as problem:
        raise ConfigError(f"{problem.filename}: cannot be read: {problem.strerror}") from None
    except ValueError:
        raise ConfigError(f"{path}: is not a public key; put its copy back") from None
    return verified(file, *known, known_as=str(path))


def verified(file: Path, *known: bytes, known_as: str) -> dict[str, Any]:
    """The record of a signed file, when the signature is right and of one of the keys ``known``.

    Raises:
        ConfigError: says what is wrong.
    """
    try:
        whole = json.loads(file.read_text(encoding="utf-8"))
        record, public = whole["record"], base64.b64decode(whole["public_key"], validate=True)
        signature = base64.b64decode(whole["signature"], validate=True)
    except OSError as problem:
        raise ConfigError(f"{problem.filename}: cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise ConfigError(f"{file}: is not a signed record") from None
    if public not in known:
        raise ConfigError(f"{file}: signed with another key than {known_as}")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, canonical(record))
    except (InvalidSignature, ValueError):
        raise ConfigError(f"{file}: was changed after it was signed") from None
    return dict(record)


def rotate(home: Home) -> None:
    """Sign with a new key from now on; what the old one has signed stays valid.

    Raises:
        ConfigError: the present key cannot be read, or the new one not written.
    """
    old = _public_text(_key(home).public_key())
    try:
        with (home.keys / FORMER).open("a", encoding="ascii") as former:
            former.write(old + "\n")
        (home.keys / KEY).unlink()
        _make(home, home.keys / KEY)
    except OSError as problem:
        raise ConfigError(f"{problem.filename}: cannot be written: {problem.strerror}") from None


def _known_lines(home: Home) -> list[str]:
    """The public keys that records may be signed with, the present one first."""
    lines = [(home.keys / PUBLIC).read_text(encoding="ascii").strip()]
    with suppress(FileNotFoundError):
        lines += (home.keys / FORMER).read_text(encoding="ascii").split()
    return lines


def _key(home: Home) -> Ed25519PrivateKey:
    path = home.keys / KEY
    try:
        if not path.exists():
            _make(home, path)
        key = load_pem_private_key(path.read_bytes(), password=None)
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read or made: {problem.strerror}") from None
    except (ValueError, TypeError):
        raise ConfigError(f"{path}: is not a key; put its copy back") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError(f"{path}: is not an Ed25519 key; put its copy back")
    return key


def _make(home: Home, path: Path) -> None:
    home.keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = Ed25519PrivateKey.generate()
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(pem)
    with suppress(FileExistsError):
        os.link(draft, path)
        (home.keys / PUBLIC).write_text(_public_text(made.public_key()) + "\n", encoding="ascii")
    draft.unlink()


def _public_text(key: Ed25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
