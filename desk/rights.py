"""What a person may do: roles, and the rights that each has. The one table that all routes are checked by."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Right(StrEnum):
    """What a route needs. Every route that is not public names exactly one."""

    BE_HERE = "be_here"
    """To be logged in at all: one's own account, the words of the forms."""
    SEE_FLOOR = "see_floor"
    """Queue, seats and the day's figures, now. Nothing of it names a citizen."""
    WORK = "work"
    """To act at the seat at which one is logged in, and to write the entries of one's own calls."""
    RUN_SEATS = "run_seats"
    """To act at anybody's seat."""
    RUN_QUEUE = "run_queue"
    """To move, offer, take out and call back those who wait."""
    RUN_LINE = "run_line"
    """To close and open a line, and to change its calendar."""
    SEE_CALENDAR = "see_calendar"
    SPEAK = "speak"
    """To have citizens told something: announcements, guidance."""
    SEE_GUIDANCE = "see_guidance"
    SEE_CALLS = "see_calls"
    """Calls and their stories; numbers masked."""
    SEE_PEOPLE_OF_CALLS = "see_people_of_calls"
    """Citizens' numbers and what was written of them; every look is in the access log."""
    WRITE_LEDGER = "write_ledger"
    RUN_LEDGERS = "run_ledgers"
    """To hand the ledgers over, and to change their categories."""
    SEE_REPORTS = "see_reports"
    CLOSE_REPORTS = "close_reports"
    """締め."""
    RUN_PEOPLE = "run_people"
    """Accounts, roles, kiosk links; the seats' phones and their passwords."""
    RUN_SETTINGS = "run_settings"
    SEE_AUDIT = "see_audit"
    SEE_HEALTH = "see_health"


class Role(StrEnum):
    """役割."""

    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    AUDITOR = "auditor"
    CITY = "city"
    KIOSK = "kiosk"
    """A wallboard on a wall, by its link; no person."""
    SYSTEM = "system"
    """The bearer of the API token; no person."""


_OPERATOR = frozenset({Right.BE_HERE, Right.SEE_FLOOR, Right.WORK, Right.SEE_CALENDAR, Right.WRITE_LEDGER})
_SUPERVISOR = _OPERATOR | {
    *(Right.RUN_SEATS, Right.RUN_QUEUE, Right.RUN_LINE, Right.SPEAK, Right.SEE_GUIDANCE, Right.SEE_CALLS),
    *(Right.SEE_PEOPLE_OF_CALLS, Right.RUN_LEDGERS, Right.SEE_REPORTS, Right.SEE_AUDIT, Right.SEE_HEALTH),
}
_MANAGER = _SUPERVISOR | {Right.CLOSE_REPORTS, Right.RUN_PEOPLE, Right.RUN_SETTINGS}
_AUDITOR = frozenset(
    {
        *(Right.BE_HERE, Right.SEE_FLOOR, Right.SEE_CALENDAR, Right.SEE_GUIDANCE, Right.SEE_CALLS),
        *(Right.SEE_REPORTS, Right.SEE_AUDIT, Right.SEE_HEALTH),
    }
)

RIGHTS: Final[Mapping[Role, frozenset[Right]]] = MappingProxyType(
    {
        Role.OPERATOR: _OPERATOR,
        Role.SUPERVISOR: _SUPERVISOR,
        Role.MANAGER: _MANAGER,
        Role.AUDITOR: _AUDITOR,
        Role.CITY: frozenset({Right.BE_HERE, Right.SEE_REPORTS}),
        Role.KIOSK: frozenset({Right.SEE_FLOOR}),
        Role.SYSTEM: frozenset(Right),
    }
)
"""The auditor changes nothing and sees no citizen; the city reads reports and figures, nothing else."""

WHOLE: Final = frozenset(
    {Right.SEE_REPORTS, Right.CLOSE_REPORTS, Right.RUN_LEDGERS, Right.RUN_SETTINGS, Right.RUN_PEOPLE}
)
"""What is of all lines at once: nobody has it whose lines are limited, whatever the role."""

ROLE_WORDS: Final[Mapping[Role, str]] = MappingProxyType(
    {
        Role.OPERATOR: "オペレーター",
        Role.SUPERVISOR: "業務責任者",
        Role.MANAGER: "業務管理者",
        Role.AUDITOR: "監査",
        Role.CITY: "市",
        Role.KIOSK: "掲示",
        Role.SYSTEM: "システム",
    }
)
