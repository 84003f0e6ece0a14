"""Changing accounts: each change in one transaction with its row of the journal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection

from db import Database, Entry
from db.append import append
from db.desk_sessions import end_sessions_of
from db.people import Account, account, accounts, put_account
from db.sealed_totp import seal_totp
from desk import passwords
from desk.accounts import ID
from desk.rights import Role

ROLES = tuple(role for role in Role if role not in (Role.KIOSK, Role.SYSTEM))
"""What a person can be."""
LONGEST_NAME = 80


class AccountRefused(Exception):  # noqa: N818 -- a refusal of what was asked, no error of ours
    """A change that must not be; `code` for machines, the text a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Book:
    """The accounts, for whoever changes them. `by`: who does it; `now_ms`: of the journal's clock."""

    def __init__(self, database: Database, by: str, now_ms: int) -> None:
        self._database = database
        self._by = by
        self._now_ms = now_ms

    def add(self, new: Account, password: str | None) -> None:
        """A new account. With a password of ours it has to be changed at the first log-in.

        Raises:
            AccountRefused: `bad_id`, `bad_name`, `person_exists`.
        """
        if not ID.fullmatch(new.id) or new.id == Role.SYSTEM.value:
            raise AccountRefused(
                "bad_id", f"{new.id[:40]!r}: an id has small letters, digits, . _ - and at most 40 of them."
            )
        _checked_name(new.name)
        made = replace(new, made_ms=self._now_ms)
        if password is not None:
            kept = passwords.hashed(password)
            made = replace(made, password=kept, password_ms=self._now_ms, must_change=True)

        def also(connection: Connection) -> None:
            if account(connection, new.id) is not None:
                raise AccountRefused("person_exists", f"There is {new.id} already.")
            put_account(connection, made)

        append(self._database, [self._told("added", new.id, role=new.role)], also)

    def set_password(self, one: Account, password: str, *, must_change: bool) -> None:
        """Another password; all sessions end, and the account is open for log-ins again."""
        changed = {
            "password": passwords.hashed(password),
            "password_ms": self._now_ms,
            "must_change": must_change,
            "failed": 0,
            "locked_until_ms": 0,
        }
        self._change(one, "password", changed, ends=True)

    def set_role(self, one: Account, role: Role, reason: str | None = None) -> None:
        """Another role; all sessions end. Raises AccountRefused: `last_manager`."""
        data = {"was": one.role, "role": role.value, "reason": reason}
        self._change(one, "role", {"role": role.value}, ends=True, **data)

    def set_lines(self, one: Account, lines: tuple[str, ...] | None, reason: str | None = None) -> None:
        """Other lines; all sessions end."""
        told = None if lines is None else list(lines)
        self._change(one, "lines", {"lines": lines}, ends=True, lines=told, reason=reason)

    def set_name(self, one: Account, name: str) -> None:
        """Another name. Raises AccountRefused: `bad_name`."""
        _checked_name(name)
        self._change(one, "name", {"name": name}, ends=False)

    def set_operator(self, one: Account, operator: str | None) -> None:
        """Who this person is at a seat; all sessions end."""
        self._change(one, "operator", {"operator": operator}, ends=True, operator=operator)

    def set_disabled(self, one: Account, reason: str | None = None, *, disabled: bool) -> None:
        """Close the account, or open it again. Raises AccountRefused: `last_manager`."""
        changed = {"disabled": disabled, "failed": 0, "locked_until_ms": 0}
        self._change(one, "disabled" if disabled else "enabled", changed, ends=disabled, reason=reason)

    def unlock(self, one: Account) -> None:
        """Forget the failures."""
        self._change(one, "unlocked", {"failed": 0, "locked_until_ms": 0}, ends=False)

    def enrol(self, one: Account, secret: str, step: int) -> None:
        """A second step from now on. `step`: the time step of the code that confirmed it."""
        sealed = seal_totp(self._database.vault, one.id, secret)
        self._change(one, "totp_set", {"totp": sealed, "totp_step": step}, ends=False)

    def drop_totp(self, one: Account, reason: str | None = None) -> None:
        """No second step any more; all sessions end."""
        self._change(one, "totp_reset", {"totp": None, "totp_step": 0}, ends=True, reason=reason)

    def _change(self, one: Account, what: str, changed: dict[str, Any], *, ends: bool, **data: Any) -> None:
        def also(connection: Connection) -> None:
            now = account(connection, one.id, for_update=True) or replace(one, made_ms=self._now_ms)
            after = replace(now, **changed)
            if _manages(now) and not _manages(after) and not _others_manage(connection, one.id):
                raise AccountRefused("last_manager", "Nobody else could manage the accounts then.")
            put_account(connection, after)
            if ends:
                end_sessions_of(connection, one.id)

        append(self._database, [self._told(what, one.id, **data)], also)

    def _told(self, what: str, person: str, **data: Any) -> Entry:
        told = {name: value for name, value in data.items() if value is not None}
        return Entry(
            self._now_ms, "audit.person", data={"by": self._by, "person": person, "what": what, **told}
        )


def first_manager(database: Database, now_ms: int) -> tuple[str, str] | None:
    """Id and password of the first account, made now; None: there are accounts that can manage already."""
    with database.read() as connection:
        if any(one.role == Role.MANAGER for one in accounts(connection)):
            return None
    password = passwords.new_password()
    try:
        Book(database, "system", now_ms).add(Account("manager", "業務管理者", Role.MANAGER.value), password)
    except AccountRefused:
        return None
    return "manager", password


def _checked_name(name: str) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise AccountRefused("bad_name", f"A name has 1 to {LONGEST_NAME} printable characters.")


def _manages(one: Account) -> bool:
    return one.role == Role.MANAGER and not one.disabled


def _others_manage(connection: Connection, person: str) -> bool:
    return any(_manages(one) for one in accounts(connection) if one.id != person)
