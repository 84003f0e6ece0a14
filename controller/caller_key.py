"""Knowing a caller again without knowing who it is."""

from __future__ import annotations

import hashlib
import hmac


class CallerKeys:
    """Makes a caller's key: HMAC-SHA256 of the number (RFC 2104), with a secret of this installation.

    The floor knows callers by it (same operator, kept place, one callback at a time) and learns no number.
    """

    def __init__(self, secret: str) -> None:
        """`secret`: `Secrets.caller_key`. Another one makes other keys: nobody is known again."""
        if not secret:
            raise ValueError("the secret of callers' keys is empty")
        self._secret = secret.encode()

    def caller_key(self, number: str) -> str:
        """The key of an E.164 number: 32 hexadecimal digits, always the same."""
        return hmac.digest(self._secret, number.encode(), hashlib.sha256).hex()[:32]
