"""Passwords of the desk: their hashes (Argon2id), what a password must be, and passwords made by us."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 12
LONGEST = 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's parameters for little memory: some 20 ms of one core, for calls go on beside it."""
_CLEAR = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike: the password is read from a screen, once."""
_OURS = ("madoguchi", "mado", "guchi", "callcenter", "nagano", "窓口")

MISTAKES: Final[Mapping[str, str]] = {
    "too_short": f"The password must have {SHORTEST} characters or more.",
    "too_long": f"The password may have {LONGEST} characters.",
    "too_common": "The password is among those that everybody guesses first.",
    "too_near": "The password is too near to the id, the name or this service.",
}


def hashed(password: str) -> str:
    """Its hash, with salt and parameters inside."""
    return _HASHER.hash(password)


def fits(hash_: str | None, password: str) -> bool:
    """Whether the hash is of this password. Takes as long when there is none: nobody learns who has one."""
    try:
        return _HASHER.verify(hash_ or _nobodys(), password) and hash_ is not None
    except (VerificationError, InvalidHashError):
        return False


def is_worn(hash_: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hash_)


def new_password() -> str:
    """A password of ours, 79 bits: four groups of four."""
    return "-".join("".join(secrets.choice(_CLEAR) for _ in range(4)) for _ in range(4))


def mistake(password: str, *own: str) -> str | None:
    """What is wrong with a password that somebody chose (a key of `MISTAKES`); None: nothing.

    Length, not kinds of characters (NIST SP 800-63B, ASVS 5.0 V6.2); none of the 30,000 that everybody
    guesses first; not one's own id or name (``own``) with a little around it.
    """
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    plain = password.casefold()
    if plain in _common() or len(set(plain)) < 5:
        return "too_common"
    for word in (*own, *_OURS):
        if len(word) > 2 and word.casefold() in plain and len(plain) - len(word) < SHORTEST - 4:
            return "too_near"
    return None


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_urlsafe(16))


@cache
def _common() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # 1 MB: read when somebody first chooses a password

    return frozenset(FREQUENCY_LISTS["passwords"])
