"""Bodies and answers about the installation: settings, phones, health."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from desk.fields import Strict
from desk.models import Reloaded


class SettingsBody(Strict):
    """A whole `madoguchi.toml`."""

    text: Annotated[str, StringConstraints(max_length=200_000)]
    seen: str = Field(default="", max_length=64, description="the version that it was made of")


class SettingsChecked(Strict):
    """What is wrong in it, a sentence each; empty: nothing."""

    mistakes: list[str]


class SettingsWritten(Reloaded):
    """What has been brought into force."""

    version: str


class PhoneSetup(Strict):
    """What a softphone needs; `address` gives it its settings, once within ten minutes."""

    seat: int = Field(description="0: the supervisor's phone")
    password: str
    address: str
    qr: str = Field(description="the address as a QR code, SVG")


class HealthEntry(Strict):
    """One thing that was looked at."""

    name: str
    level: Literal["ok", "warn", "fail"]
    what: str
    remedy: str


class HealthNow(Strict):
    """状態の点検."""

    level: Literal["ok", "warn", "fail"]
    checks: list[HealthEntry]
