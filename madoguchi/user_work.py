"""What `madoguchi users` does, apart from its arguments: imported when one of its commands runs only."""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from config import JST, Home, Settings, from_ms, load_secrets, load_settings
from config.desk import Desk as DeskRules
from db import Database
from db.kiosk_links import KioskLink
from db.people import Account
from desk import passwords
from desk.account_book import ROLES, AccountRefused, Book
from desk.accounts import Accounts, normal
from desk.kiosk_book import Kiosks
from desk.rights import ROLE_WORDS, Role
from madoguchi.records import fail, now_ms

__all__ = [
    "ROLE_WORDS",
    "Account",
    "Role",
    "normal",
    "passwords",
]  # what the command takes from here as it is


class Known:
    """What accounts need to know of the site, without an instance that runs."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def operators(self) -> dict[str, str]:
        """Names by operator id."""
        return {one.id: one.name for one in self.settings.operators}

    def pin_fits(self, operator: str, pin: str) -> bool:
        """No log-in here."""
        return False

    def desk_rules(self) -> DeskRules:
        """[desk]."""
        return self.settings.desk

    def now_ms(self) -> int:
        """The instance's time."""
        return now_ms()


def known(home: Path) -> Known:
    """The site."""
    return Known(load_settings(Home(home), make=False))


def kiosks_of(home: Path, database: Database) -> Kiosks:
    """The site's kiosk links."""
    place = Home(home)
    return Kiosks(database, load_secrets(place, load_settings(place, make=False)).api_token)


def kiosk_facts(kiosks: Kiosks) -> list[dict[str, str]]:
    """All links, newest first."""
    return [
        {"link": one.link, "label": one.label, "until": when(one.until_ms), "state": _state_of(one)}
        for one in kiosks.all()
    ]


def _state_of(link: KioskLink) -> str:
    if link.revoked_ms is not None:
        return "revoked"
    return "ended" if link.until_ms <= time.time() * 1000 else "open"


def accounts_of(home: Path, database: Database) -> Accounts:
    """The accounts of the site, without an instance that runs."""
    return Accounts(database, Known(load_settings(Home(home), make=False)))


def one_of(home: Path, database: Database, person: str) -> Account:
    """The account of this id; else the command ends with a sentence."""
    one = accounts_of(home, database).one(normal(person))
    if one is None:
        fail(f"ID: there is no account {person!r}; see: madoguchi users list")
    return one


def book_of(database: Database, by: str | None) -> Book:
    """The accounts, to change them as this person; None: as the login name."""
    return Book(database, by or getpass.getuser(), now_ms())


def attempt(act: Callable[[], None]) -> None:
    """Do it; a refusal ends the command with its sentence."""
    try:
        act()
    except AccountRefused as refused:
        fail(f"ID: {refused}")


def role_of(text: str) -> Role:
    """A role; else the command ends with a sentence."""
    if text not in ROLES:
        fail(f"ROLE: {text!r} is none of {', '.join(ROLES)}")
    return Role(text)


def lines_of(settings: Settings, text: str | None) -> tuple[str, ...] | None:
    """Lines of the settings, with commas; None: every line. Else the command ends with a sentence."""
    if text is None:
        return None
    named = tuple(part.strip() for part in text.split(",") if part.strip())
    for line in named:
        if line not in settings.line_names():
            fail(f"--lines: {line!r} is no line of madoguchi.toml")
    return named


def facts_of(one: Account, accounts: Accounts) -> dict[str, Any]:
    """One account, as `--format json` shows it."""
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role,
        "operator": one.operator,
        "lines": None if one.lines is None else list(one.lines),
        "has_password": one.password is not None,
        "must_change": one.must_change,
        "totp": one.totp is not None,
        "disabled": one.disabled,
        "open": accounts.is_open(one),
        "locked": one.locked_until_ms > time.time() * 1000,
        "failed": one.failed,
        "logged_in": None if one.logged_in_ms is None else when(one.logged_in_ms),
    }


def state_of(row: dict[str, Any]) -> str:
    """Its state in Japanese."""
    if row["disabled"]:
        return "停止中"
    if not row["open"]:
        return "設定にない"
    return "失敗が続き、受け付けていない" if row["locked"] else "使える"


def when(at_ms: int) -> str:
    """Minutes, Japan."""
    return f"{from_ms(at_ms).astimezone(JST):%Y-%m-%d %H:%M}"
