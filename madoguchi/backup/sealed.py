"""A stream of bytes under a passphrase: AES-256-GCM by pieces, the key by scrypt (RFC 7914).

The pieces are those of STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each has 1 MiB, its nonce is a
random prefix of 7 bytes, its number and whether it is the last. So none can be changed, moved, left out or
cut off without being noticed, and nothing that was not checked is ever given out.
"""

from __future__ import annotations

import hashlib
import io
import os
from typing import BinaryIO

from config import ConfigError

MAGIC = b"MADOGUCHI-SEALED-1\n"
PIECE = 1 << 20
SHORTEST = 12
"""Characters of a passphrase, at least."""
_SALT, _PREFIX, _TAG = 16, 7, 16
_SCRYPT = {"n": 1 << 15, "r": 8, "p": 1, "maxmem": 1 << 26, "dklen": 32}
"""About 0.1 s and 32 MB a try."""


class _Cipher:
    """Numbers the pieces."""

    def __init__(self, passphrase: str, header: bytes) -> None:
        # Imported where it is used: other commands do not wait for it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        salt, self._prefix = header[:_SALT], header[_SALT:]
        self._aead = AESGCM(hashlib.scrypt(passphrase.encode(), salt=salt, **_SCRYPT))
        self._header = MAGIC + header
        self._number = 0

    def _nonce(self, last: bool) -> bytes:
        nonce = self._prefix + self._number.to_bytes(4) + bytes([last])
        self._number += 1
        return nonce

    def seal(self, piece: bytes, *, last: bool) -> bytes:
        return self._aead.encrypt(self._nonce(last), piece, self._header)

    def open(self, piece: bytes, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            return self._aead.decrypt(self._nonce(last), piece, self._header)
        except InvalidTag:
            raise SealError(first=self._number == 1) from None


class SealError(Exception):
    """A piece does not open: with the first one the passphrase is wrong, later ones were damaged."""

    def __init__(self, *, first: bool) -> None:
        super().__init__(
            "the passphrase is wrong, or the file is damaged" if first else "is damaged or cut off"
        )


class SealingWriter(io.RawIOBase):
    """What is written goes sealed into ``out``. `close` writes the last piece; ``out`` stays open."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        header = os.urandom(_SALT + _PREFIX)
        self._out = out
        self._cipher = _Cipher(passphrase, header)
        self._held = bytearray()
        out.write(MAGIC + header)

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: object) -> int:
        """Seal what makes a whole piece, keep the rest."""
        given = bytes(memoryview(data))  # type: ignore[arg-type]  # whatever has bytes
        self._held += given
        while len(self._held) > PIECE:  # the last one is not known before the end
            self._out.write(self._cipher.seal(bytes(self._held[:PIECE]), last=False))
            del self._held[:PIECE]
        return len(given)

    def close(self) -> None:
        """Seal the rest as the last piece."""
        if not self.closed:
            self._out.write(self._cipher.seal(bytes(self._held), last=True))
            self._held.clear()
        super().close()


class OpeningReader(io.RawIOBase):
    """Reads what a `SealingWriter` has written.

    Raises:
        SealError: on reading: a wrong passphrase, or a damaged file.
    """

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        if source.read(len(MAGIC)) != MAGIC:
            raise SealError(first=True)
        self._source = source
        self._cipher = _Cipher(passphrase, source.read(_SALT + _PREFIX))
        self._ahead = source.read(PIECE + _TAG)
        self._held = b""
        self._ended = False

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """Open the next piece when the last one is used up; 0 at the end."""
        view = memoryview(buffer)  # type: ignore[arg-type]  # whatever takes bytes
        if not self._held and not self._ended:
            piece, self._ahead = self._ahead, self._source.read(PIECE + _TAG)
            self._ended = not self._ahead
            self._held = self._cipher.open(piece, last=self._ended)
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def is_sealed(file: BinaryIO) -> bool:
    """Whether the file begins as one of ours that is sealed; its position is at the start again."""
    found = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    return found


def fit(passphrase: str) -> str:
    """The passphrase, if it is one. Raises ConfigError."""
    if len(passphrase) < SHORTEST:
        raise ConfigError(f"the passphrase has {len(passphrase)} characters; it needs {SHORTEST} at least")
    return passphrase
