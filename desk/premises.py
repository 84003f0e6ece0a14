"""What the pages need of the installation itself: phones, settings, health. `madoguchi` gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PhoneFacts:
    """What a softphone registers with. `seat` 0: the supervisor's phone."""

    seat: int
    extension: str
    user: str
    password: str
    host: str
    port: int
    transport: str = "udp"


@dataclass(frozen=True, slots=True)
class HealthLine:
    """One thing that was looked at; `level`: ok, warn, fail. `remedy`: what to do, empty when all is well."""

    name: str
    level: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class SettingsText:
    """`madoguchi.toml` as it is; `version`: its SHA-256, by which a change behind one's back is noticed."""

    text: str
    version: str
    path: str


class SettingsChangedError(Exception):
    """The file is not any more what it was when it was read."""


class Premises(Protocol):
    """The installation."""

    def phones(self) -> list[PhoneFacts]:
        """All phones, the supervisor's last; empty when none can be told."""

    def health(self) -> Sequence[HealthLine]:
        """Looks at everything that is quickly looked at; may take a second. For a thread."""

    def settings(self) -> SettingsText:
        """The settings' file. Raises OSError."""

    def check_settings(self, text: str) -> list[str]:
        """Sentences about what is wrong in such a text; empty: it could be brought into force."""

    def write_settings(self, text: str, seen: str) -> SettingsText:
        """Put the text into the file, keeping the former one beside it.

        Raises:
            SettingsChangedError: the file is not the one that was `seen`.
            OSError: it cannot be written; the file is as it was.
        """
