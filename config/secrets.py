"""What is generated once and kept in `keys/secrets.json` (0600): passwords, PINs, tokens."""

from __future__ import annotations

import json
import os
import secrets
import string
from collections.abc import Iterable
from pathlib import Path

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
    _write(path, made)
    return made


def rotate(
    home: Home,
    settings: Settings,
    *,
    phones: Iterable[int] = (),
    supervisor: bool = False,
    pins: Iterable[str] = (),
    api_token: bool = False,
    ari: bool = False,
) -> Secrets:
    """Make new ones in the place of those that are named: of these seats' phones (the users stay), the
    supervisor's, these operators' PINs, the API's token, the REST interface's password.

    Raises:
        ConfigError: a seat or an operator is none of the settings', or the file cannot be read or written.
    """
    old = load_secrets(home, settings)
    new_phones, new_pins = dict(old.phones), dict(old.pins)
    for seat in phones:
        if seat not in settings.seats.extensions():
            raise ConfigError(f"there is no seat {seat}")
        new_phones[seat] = PhoneSecret(user=old.phones[seat].user, password=_phone()["password"])
    known = {operator.id for operator in settings.operators}
    for operator in pins:
        if operator not in known:
            raise ConfigError(f"there is no operator {operator!r}")
        others = [pin for pin in range(10_000) if f"{pin:04d}" != old.pins[operator]]
        new_pins[operator] = f"{secrets.choice(others):04d}"
    change: dict[str, object] = {"phones": new_phones, "pins": new_pins}
    if supervisor:
        user = old.supervisor_phone.user
        change["supervisor_phone"] = PhoneSecret(user=user, password=_phone()["password"])
    if api_token:
        change["api_token"] = secrets.token_urlsafe(24)
    if ari:
        change["ari_password"] = secrets.token_urlsafe(24)
    made = old.model_copy(update=change)
    try:
        _write(home.keys / "secrets.json", made)
    except OSError as problem:
        raise ConfigError(f"{problem.filename}: cannot be written: {problem.strerror}") from None
    return made


def _write(path: Path, made: Secrets) -> None:
    text = json.dumps(made.model_dump(mode="json"), indent=1) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def _phone() -> dict[str, str]:
    name = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return {"user": f"phone-{name}", "password": secrets.token_urlsafe(18)}
