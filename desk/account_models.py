"""One's own account, as the API shows and takes it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from desk.fields import Moment, Strict

Secret = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Code = Annotated[
    str, Field(max_length=20, description="six digits of the authenticator", examples=["123456"])
]


class SessionEntry(Strict):
    """One log-in at one browser."""

    session: str
    began: Moment
    used: Moment
    until: Moment
    address: str
    agent: str = Field(description="as the browser calls itself")
    is_this: bool


class AccountNow(Strict):
    """Who is logged in here, and where else."""

    id: str
    name: str
    role: str
    operator: str | None
    lines: list[str] | None = Field(description="null: every line")
    is_person: bool = Field(description="false: the bearer of the API token, who has no account")
    has_password: bool = Field(description="false: logs in by the PIN of the telephone")
    must: str | None = Field(description="change_password, enrol_second_step: before anything else")
    totp: bool
    totp_demanded: bool
    sessions: list[SessionEntry]


class PasswordBody(Strict):
    """The present password (or PIN) and the new one."""

    old: Secret
    new: Secret


class AgainBody(Strict):
    """The password (or PIN) once more."""

    password: Secret


class CodeBody(Strict):
    """A code of the authenticator."""

    code: Code


class TotpOffer(Strict):
    """What the authenticator has to learn; it counts when its first code has come."""

    secret: str = Field(description="base 32, to type it in")
    address: str = Field(description="otpauth:")
    qr: str = Field(description="an SVG document")


class Done(Strict):
    """It is done."""

    done: bool
