"""The second step of the log-in: codes of an authenticator (RFC 6238: SHA-1, 30 s, 6 digits)."""

from __future__ import annotations

import hmac
import io
import re
import unicodedata

import pyotp
import segno

STEP_S = 30
EITHER_WAY = 1
"""Steps that the person's clock may be early or late."""


def new_secret() -> str:
    """160 bits in base 32."""
    return pyotp.random_base32()


def address_of(secret: str, person: str, site: str) -> str:
    """The `otpauth:` address that an authenticator reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=person, issuer_name=site)


def drawn(text: str) -> str:
    """A QR code of the text as an SVG document, black on white."""
    out = io.BytesIO()
    plain = {"xmldecl": False, "nl": False, "omitsize": True, "svgclass": None, "lineclass": None}
    segno.make(text, error="m").save(out, kind="svg", border=4, light="#fff", **plain)
    return out.getvalue().decode()


def step_of(secret: str, code: str, now_s: float) -> int | None:
    """The time step whose code this is, within a step either way of now; None: of none."""
    digits = "".join(unicodedata.normalize("NFKC", code).split())
    if not re.fullmatch(r"\d{6}", digits):
        return None
    totp, now = pyotp.TOTP(secret), int(now_s) // STEP_S
    found = None
    for step in range(now - EITHER_WAY, now + EITHER_WAY + 1):
        if hmac.compare_digest(totp.generate_otp(step), digits):
            found = step
    return found
