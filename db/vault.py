"""The keys of personal data at rest, and sealing and opening with them. Pure but for the key file.

Every call has a data key of its own (AES-256-GCM), which stands in the call's row, wrapped by the
installation's key (AES-256-GCM, NIST SP 800-38D). Destroying the row destroys the data key; destroying the
installation's key destroys what every copy of the row held, in whatever backup. Numbers are found again by a
keyed hash (HMAC-SHA-256, RFC 2104), so that nobody without the key can try all numbers.

The key file is DIR/keys/personal.json, mode 0600, outside of the database. The last key in it is the one that
seals; older ones open only, until a rotation has sealed everything anew.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIELDS = ("number", "callback_number")
"""What is sealed for a call: who called, where to call back. E.164."""
VERSION = 1
_NONCE = 12


class VaultError(Exception):
    """The keys cannot be used, or do not fit; one sentence that names the file or the row."""


@dataclass(frozen=True, slots=True)
class Key:
    """One generation of the installation's keys: for wrapping data keys, and for hashing numbers."""

    id: str
    made_ms: int
    wrap: bytes = field(repr=False)
    search: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A call's numbers as they lie in the database; a field that is None is not known."""

    call: str
    key_id: str
    wrapped: bytes
    number: bytes | None = None
    number_hash: str | None = None
    callback_number: bytes | None = None
    callback_hash: str | None = None


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one record; ``part`` says which of its texts, so that none can take another's place."""

    about: str
    key: bytes = field(repr=False)

    def seal(self, text: str, part: str) -> bytes:
        """The text, sealed."""
        return _encrypt(self.key, text.encode(), f"{part}|{self.about}")

    def open(self, sealed: bytes, part: str) -> str:
        """The text.

        Raises:
            VaultError: it was changed, or is another part's.
        """
        return _decrypt(self.key, sealed, f"{part}|{self.about}", self.about).decode()


class Vault:
    """The keys of one key file. Reads it anew when it has changed, so that a rotation needs no restart."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._stamp: tuple[int, int, int] | None = None
        self._keys: tuple[Key, ...] = ()

    def all_keys(self) -> tuple[Key, ...]:
        """All keys, the one that seals last; made when there is no file yet.

        Raises:
            VaultError: the file cannot be read or made, or is no key file.
        """
        with self._lock:
            try:
                stamp = _stamp(self.file)
            except FileNotFoundError:
                if self._keys:
                    return self._keys  # moved away while we run: what we have still opens all rows
                _make(self.file)
                stamp = _stamp(self.file)
            except OSError as problem:
                raise VaultError(f"{self.file}: cannot be read: {problem.strerror}") from None
            if stamp != self._stamp:
                self._keys, self._stamp = _read(self.file), stamp
            return self._keys

    @property
    def exists(self) -> bool:
        """Whether the key file is there."""
        return self.file.exists()

    def seal(self, call: str, numbers: Mapping[str, str], known: Sealed | None = None) -> Sealed:
        """The row of a call with these numbers (`FIELDS`); what is not given stays as it is ``known``.

        Raises:
            VaultError: no key, or ``known`` cannot be opened.
        """
        old = {} if known is None else self.open(known)
        whole = {**old, **numbers}
        key = self.all_keys()[-1]
        data_key = secrets.token_bytes(32)
        number, callback = whole.get("number"), whole.get("callback_number")
        return Sealed(
            call,
            key.id,
            _encrypt(key.wrap, data_key, f"wrap|{key.id}|{call}"),
            None if number is None else _encrypt(data_key, number.encode(), f"number|{call}"),
            None if number is None else _hash(key, number),
            None if callback is None else _encrypt(data_key, callback.encode(), f"callback_number|{call}"),
            None if callback is None else _hash(key, callback),
        )

    def open(self, sealed: Sealed) -> dict[str, str]:
        """The numbers that the row holds, by field.

        Raises:
            VaultError: its key is not in the file, or the row was changed.
        """
        key = next((one for one in self.all_keys() if one.id == sealed.key_id), None)
        if key is None:
            raise VaultError(f"call {sealed.call}: its key {sealed.key_id} is not in {self.file}")
        data_key = _decrypt(key.wrap, sealed.wrapped, f"wrap|{key.id}|{sealed.call}", sealed.call)
        return {
            name: _decrypt(data_key, value, f"{name}|{sealed.call}", sealed.call).decode()
            for name in FIELDS
            if (value := getattr(sealed, name)) is not None
        }

    def hashes(self, number: str) -> list[str]:
        """Under which hashes a number may stand: one a key, for rows that a rotation has not reached yet."""
        return [_hash(key, number) for key in self.all_keys()]

    def new_data_key(self, about: str) -> tuple[str, bytes, DataKey]:
        """A data key of its own for what ``about`` names: the id of the key that wraps it, wrapped, itself.

        Raises:
            VaultError: no key.
        """
        key, own = self.all_keys()[-1], secrets.token_bytes(32)
        return key.id, _encrypt(key.wrap, own, f"wrap|{key.id}|{about}"), DataKey(about, own)

    def data_key(self, about: str, key_id: str, wrapped: bytes) -> DataKey:
        """The data key as `new_data_key` wrapped it.

        Raises:
            VaultError: its key is not in the file, or it was changed.
        """
        key = next((one for one in self.all_keys() if one.id == key_id), None)
        if key is None:
            raise VaultError(f"{about}: its key {key_id} is not in {self.file}")
        return DataKey(about, _decrypt(key.wrap, wrapped, f"wrap|{key.id}|{about}", about))

    def rewrap(self, data_key: DataKey) -> tuple[str, bytes]:
        """The data key wrapped by the newest key: its id, and the bytes."""
        key = self.all_keys()[-1]
        return key.id, _encrypt(key.wrap, data_key.key, f"wrap|{key.id}|{data_key.about}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Held by whoever changes the key file.

        Raises:
            VaultError: somebody else is at it, or the directory cannot be written.
        """
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as problem:
            raise VaultError(f"{self.file.parent}: cannot be written: {problem.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise VaultError(f"{self.file}: the keys are being changed by another command") from None
        finally:
            os.close(lock)

    def add(self) -> Key:
        """Make a new key and seal with it from now on; the older ones stay for opening."""
        made = _new_key()
        _replace(self.file, (*self.all_keys(), made))
        return made

    def keep_only(self, key_id: str) -> list[str]:
        """Destroy every other key; returns their ids. What only they could open is gone for ever."""
        keys = self.all_keys()
        gone = [key.id for key in keys if key.id != key_id]
        if gone and len(gone) < len(keys):
            _replace(self.file, tuple(key for key in keys if key.id == key_id))
        return gone


def _hash(key: Key, number: str) -> str:
    return hmac.digest(key.search, number.encode(), hashlib.sha256).hex()


def _encrypt(key: bytes, plain: bytes, about: str) -> bytes:
    # Imported where it is used: commands that need no personal data do not wait for it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, plain, about.encode())


def _decrypt(key: bytes, sealed: bytes, about: str, call: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        raise VaultError(f"call {call}: its personal data cannot be opened, they were changed") from None


def _new_key() -> Key:
    return Key(secrets.token_hex(8), int(time.time() * 1000), os.urandom(32), os.urandom(32))


def _stamp(file: Path) -> tuple[int, int, int]:
    found = file.stat()
    return found.st_mtime_ns, found.st_ino, found.st_size


def _read(file: Path) -> tuple[Key, ...]:
    try:
        raw: Any = json.loads(file.read_text(encoding="utf-8"))
        if raw["version"] != VERSION:
            raise VaultError(f"{file}: written by another version of Madoguchi")
        keys = tuple(
            Key(
                str(one["id"]),
                int(one["made_ms"]),
                base64.b64decode(one["wrap"], validate=True),
                base64.b64decode(one["search"], validate=True),
            )
            for one in raw["keys"]
        )
    except OSError as problem:
        raise VaultError(f"{file}: cannot be read: {problem.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise VaultError(f"{file}: is not a key file; put its copy back") from None
    if not keys or any(len(key.wrap) != 32 or len(key.search) != 32 for key in keys):
        raise VaultError(f"{file}: is not a key file; put its copy back")
    return keys


def _text(keys: tuple[Key, ...]) -> bytes:
    shown = [
        {
            "id": key.id,
            "made_ms": key.made_ms,
            "wrap": base64.b64encode(key.wrap).decode(),
            "search": base64.b64encode(key.search).decode(),
        }
        for key in keys
    ]
    return (json.dumps({"version": VERSION, "keys": shown}, indent=1) + "\n").encode()


def _make(file: Path) -> None:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = _draft(file, (_new_key(),))
        try:
            # Two who start at once: the first one's file stays, whole.
            with suppress(FileExistsError):
                os.link(draft, file)
        finally:
            draft.unlink()
    except OSError as problem:
        raise VaultError(f"{file}: cannot be made: {problem.strerror}") from None


def _replace(file: Path, keys: tuple[Key, ...]) -> None:
    try:
        draft = _draft(file, keys)
        with file.open("r+b") as old:
            draft.replace(file)
            # The file of before has no name any more; its content should not outlive it on the disk.
            size = old.seek(0, os.SEEK_END)
            old.seek(0)
            old.write(b"\0" * size)
            old.flush()
            os.fsync(old.fileno())
    except OSError as problem:
        raise VaultError(f"{file}: cannot be written: {problem.strerror}") from None


def _draft(file: Path, keys: tuple[Key, ...]) -> Path:
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(_text(keys))
        out.flush()
        os.fsync(out.fileno())
    return draft
