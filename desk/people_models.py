"""Accounts and kiosk links, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from desk.fields import Moment, Strict, Words

Name = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Reason = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
PersonId = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$", description="for the log-in", examples=["yamada"])
]
RoleName = Literal["operator", "supervisor", "manager", "auditor", "city"]


class PersonEntry(Strict):
    """One account."""

    id: str
    name: str
    role: RoleName
    operator: str | None = Field(description="who this is at a seat")
    lines: list[str] | None = Field(description="ids of the lines that this person sees; null: every line")
    in_settings: bool = Field(description="an operator of madoguchi.toml")
    has_password: bool = Field(description="false: logs in by the PIN of the telephone, or not at all")
    must_change: bool
    totp: bool
    disabled: bool
    open: bool = Field(
        description="may log in: not disabled, and an operator only while the settings have him"
    )
    locked: bool = Field(description="after failures; opens by itself, or by /unlock")
    failed: int = Field(description="failures in a row")
    logged_in: Moment | None = Field(description="last")
    sessions: int


class PeopleNow(Strict):
    """Everybody who can have a log-in."""

    count: int
    people: list[PersonEntry]
    lines: dict[str, str] = Field(description="names of the lines, by id")


class PersonBody(Strict):
    """A new account; its password is made here and has to be changed at the first log-in."""

    id: PersonId
    name: Name
    role: RoleName
    operator: Words | None = None
    lines: list[Words] | None = None
    reason: Reason | None = None


class PersonChange(Strict):
    """What is not given stays."""

    name: Name | None = None
    role: RoleName | None = None
    operator: Words | None = None
    lines: list[Words] | None = Field(default=None, description="null: every line")
    reason: Reason | None = None


class WhyBody(Strict):
    """Why."""

    reason: Reason | None = None


class NewPassword(Strict):
    """Told this once."""

    person: PersonEntry
    password: str


class KioskEntry(Strict):
    """A link for a wall."""

    link: str
    label: str
    made: Moment
    made_by: str
    until: Moment
    state: Literal["open", "ended", "revoked"]
    revoked: Moment | None
    revoked_by: str | None
    sessions: int = Field(description="browsers that show the wallboard by it now")


class KioskList(Strict):
    """Newest first."""

    count: int
    kiosks: list[KioskEntry]


class KioskBody(Strict):
    """A new link."""

    label: Name = Field(description="where the wall is", examples=["執務室の大画面"])
    days: Annotated[int, Field(ge=1, le=400, description="how long it opens the wallboard")] = 90


class NewKiosk(Strict):
    """Told this once."""

    kiosk: KioskEntry
    path: str = Field(description="of the link, below the address of the desk")


class AuditEntry(Strict):
    """One row of the audit log."""

    seq: int = Field(description="its place in the journal")
    at: Moment
    kind: str
    by: str = Field(description="who; empty where nobody knows")
    what: str
    about: str = Field(description="on whom or what")
    reason: str
    data: dict[str, object]


class AuditPage(Strict):
    """Newest first."""

    count: int
    rows: list[AuditEntry]
    older: str | None = Field(description="`before` of the next page; null: there is none")
