"""Accounts: who may log in, as what; checking passwords, PINs and codes; lock-out.

An account is a row of `db.people`, or an operator of the settings who has none yet: he logs in by the PIN of
the telephone. All here waits for the database: call it in a thread. Locks and codes go by the machine's own
clock, for the clock of a rehearsal can be set anywhere.
"""

from __future__ import annotations

import hmac
import re
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from config.desk import Desk as DeskRules
from db import Database
from db.people import Account, account, accounts, put_account
from db.sealed_totp import open_totp
from db.vault import VaultError
from desk import passwords
from desk.limits import Delays
from desk.rights import Role
from desk.second_step import step_of
from desk.who import SYSTEM, Who

ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
LEADING = frozenset({Role.SUPERVISOR, Role.MANAGER, Role.AUDITOR})
"""Whose second step the settings can demand."""
LOCKS = Delays(free=5, first_s=30, longest_s=900)
"""Of an account: after five failures in a row 30 s, then twice as long each time, up to 15 minutes."""
MOST_FAILURES = 100
"""In a row; then only a manager opens the account again (NIST SP 800-63B, 5.2.2)."""
UNUSED_MS = 14 * 86_400_000
"""A password of ours that nobody has used so long opens nothing any more."""
FOR_EVER_MS = 253_402_300_799_000
"""The end of the year 9999."""


class Must(StrEnum):
    """What a person has to do before anything else."""

    CHANGE_PASSWORD = "change_password"  # noqa: S105  # no password
    ENROL = "enrol_second_step"


class Site(Protocol):
    """What accounts need to know of the running site (`controller.office`)."""

    def operators(self) -> Mapping[str, str]:
        """Names by operator id."""

    def pin_fits(self, operator: str, pin: str) -> bool:
        """Whether this is the operator's PIN."""

    def desk_rules(self) -> DeskRules:
        """[desk] of the settings."""

    def now_ms(self) -> int:
        """The time of the journal's clock."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a password: `account` None: refused, for the reason `why` (for the audit log only)."""

    account: Account | None
    why: str
    known: str | None = None
    """The id, where there is such an account: what somebody typed for an id may be a password."""


class Accounts:
    """The accounts of one site."""

    def __init__(self, database: Database, site: Site, seconds: Callable[[], float] = time.time) -> None:
        self._database = database
        self._site = site
        self.seconds = seconds

    def all(self) -> list[Account]:
        """Everybody who can have a log-in: those with a row, and the settings' operators; by id."""
        with self._database.read() as connection:
            found = {one.id: one for one in accounts(connection)}
        operators = self._site.operators()
        for operator, name in operators.items():
            found.setdefault(operator, _operator(operator, name))
        return [self._named(found[key]) for key in sorted(found)]

    def one(self, person: str) -> Account | None:
        """The account of this id (as `normal` makes it)."""
        with self._database.read() as connection:
            found = account(connection, person)
        return self._completed(person, found)

    def is_open(self, one: Account) -> bool:
        """Whether it may be used at all: not disabled, and an operator still one of the settings."""
        if one.disabled:
            return False
        return one.role != Role.OPERATOR or one.operator in self._site.operators()

    def check(self, given: str, secret: str) -> Checked:
        """The first step. Takes equally long whoever it is, and whatever is wrong."""
        person = normal(given)
        one = self.one(person) if ID.fullmatch(person) else None
        if one is None:
            passwords.fits(None, secret)
            return Checked(None, "unknown")
        fits = passwords.fits(one.password, secret)
        if one.password is None:
            fits = self._pin_fits(one, secret)
        if one.locked_until_ms > self._now_ms():
            return Checked(None, "locked", one.id)
        if not self.is_open(one):
            return Checked(None, "disabled", one.id)
        if one.must_change and self._site.now_ms() - (one.password_ms or 0) > UNUSED_MS:
            return Checked(None, "expired", one.id)
        if not fits:
            self.failed(one.id)
            return Checked(None, "password", one.id)
        return Checked(one, "ok", one.id)

    def check_code(self, person: str, code: str) -> bool:
        """The second step. A code is good once."""
        with self._database.write() as connection:
            one = account(connection, person, for_update=True)
            if one is None or one.totp is None or one.locked_until_ms > self._now_ms():
                return False
            try:
                secret = open_totp(self._database.vault, person, one.totp)
            except VaultError:
                return False
            step = step_of(secret, code, self.seconds())
            if step is not None and step > one.totp_step:
                put_account(connection, replace(one, totp_step=step))
                return True
        self.failed(person)
        return False

    def failed(self, person: str) -> None:
        """Count a failure, and lock the account for a while when there were several in a row."""
        with self._database.write() as connection:
            one = self._completed(person, account(connection, person, for_update=True))
            if one is None:
                return
            count = one.failed + 1
            until_ms = self._now_ms() + round(1000 * LOCKS.delay_s(count))
            if count >= MOST_FAILURES:
                until_ms = FOR_EVER_MS
            put_account(connection, replace(one, failed=count, locked_until_ms=until_ms))

    def logged_in(self, person: str, now_ms: int) -> None:
        """Both steps are done: failures are forgotten."""
        with self._database.write() as connection:
            one = self._completed(person, account(connection, person, for_update=True))
            if one is None:
                return
            put_account(connection, replace(one, failed=0, locked_until_ms=0, logged_in_ms=now_ms))

    def who(self, one: Account) -> Who:
        """As the rest of the desk knows this person."""
        lines = None if one.lines is None else frozenset(one.lines)
        return Who(one.id, one.name, Role(one.role), one.operator, lines)

    def now(self, person: str) -> tuple[Who, Must | None] | None:
        """Who this is now, and what he has to do first; None: nobody who may log in."""
        if person == SYSTEM.id:
            return SYSTEM, None
        one = self.one(person)
        return (self.who(one), self.must(one)) if one is not None and self.is_open(one) else None

    def must(self, one: Account) -> Must | None:
        """What has to be done before anything else."""
        if one.must_change:
            return Must.CHANGE_PASSWORD
        if one.totp is None and self.needs_code(one):
            return Must.ENROL
        return None

    def needs_code(self, one: Account) -> bool:
        """Whether the settings demand a second step of this person."""
        return self._site.desk_rules().totp == "required" and one.role in LEADING

    def _pin_fits(self, one: Account, pin: str) -> bool:
        if one.operator is None or one.role != Role.OPERATOR or not self._site.desk_rules().operator_pin:
            return False
        return self._site.pin_fits(one.operator, unicodedata.normalize("NFKC", pin).strip())

    def _completed(self, person: str, found: Account | None) -> Account | None:
        name = self._site.operators().get(person)
        if found is not None:
            return self._named(found)
        return None if name is None else _operator(person, name)

    def _named(self, one: Account) -> Account:
        """An operator is called as in the settings, which the telephone and the wallboard show."""
        name = self._site.operators().get(one.operator or "")
        return one if name is None else replace(one, name=name)

    def _now_ms(self) -> int:
        return int(self.seconds() * 1000)


def normal(person: str) -> str:
    """An id as it is kept: lower case, and not full-width as a Japanese keyboard types it."""
    return unicodedata.normalize("NFKC", person).strip().lower()


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _operator(operator: str, name: str) -> Account:
    return Account(operator, name, Role.OPERATOR.value, operator)
