"""What is generated once and kept in `keys/secrets.json` (0600): passwords, PINs, tokens."""

from __future__ import annotations

import json
import os
import secrets
import string

from pydantic import BaseModel, ConfigDict, ValidationError

from config.home import Home
from config.section import ConfigError
from config.settings import Settings

ALPHABET = string.ascii_lowercase + string.digits


class PhoneSecret(BaseModel):
    """A softphone's SIP user and password; the user is its endpoint's name, never its extension."""

    user: str
    password: str


class Secrets(BaseModel):
    """Everything secret of one installation."""

    model_config = ConfigDict(extra="forbid")

    ari_user: str = "madoguchi"
    ari_password: str
    api_token: str
    phones: dict[int, PhoneSecret]
    """By seat number."""
    supervisor_phone: PhoneSecret
    caller_key: str
    """Makes callers' keys (`controller.caller_key`); whoever has it could find a number by trying all."""
    pins: dict[str, str]
    """Four digits, by operator id: what an operator enters on the telephone to log in."""


def load_secrets(home: Home, settings: Settings) -> Secrets:
    """Read the secrets of `home`, making those that are missing (first start, new seat, new operator).

    Raises:
        ConfigError: the file is there but cannot be read.
    """
    path = home.keys / "secrets.json"
    home.prepare()
    raw: dict[str, object] = {}
    if path.exists():
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{path}: cannot be read: {error}") from None
    known_phones = raw.get("phones")
    phones = {**known_phones} if isinstance(known_phones, dict) else {}
    for seat in settings.seats.extensions():
        phones.setdefault(str(seat), _phone())
    known_pins = raw.get("pins")
    pins = {**known_pins} if isinstance(known_pins, dict) else {}
    for operator in settings.operators:
        pins.setdefault(operator.id, f"{secrets.randbelow(10_000):04d}")
    whole = {
        "ari_password": secrets.token_urlsafe(24),
        "api_token": secrets.token_urlsafe(24),
        "caller_key": secrets.token_urlsafe(32),
        "supervisor_phone": _phone(),
        **raw,
        "phones": phones,
        "pins": pins,
    }
    try:
        made = Secrets.model_validate(whole)
    except ValidationError as error:
        raise ConfigError(f"{path}: {error.errors()[0]['loc']}: {error.errors()[0]['msg']}") from None
    text = json.dumps(made.model_dump(mode="json"), indent=1) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    return made


def _phone() -> dict[str, str]:
    name = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return {"user": f"phone-{name}", "password": secrets.token_urlsafe(18)}
