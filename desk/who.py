"""Who asks: a person with a role, a kiosk, or the bearer of the API token."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from desk.rights import RIGHTS, WHOLE, Right, Role


@dataclass(frozen=True, slots=True)
class Who:
    """`id` stands wherever something records who did it. `lines` None: every line."""

    id: str
    name: str
    role: Role
    operator: str | None = None
    """The operator that this person is at a seat."""
    lines: frozenset[str] | None = None

    @property
    def is_person(self) -> bool:
        """Whether what is recorded as done by somebody is done by this one, whatever the request says."""
        return self.role not in (Role.SYSTEM, Role.KIOSK)

    def may(self, right: Right) -> bool:
        """Whether the role has this right, and the lines allow it."""
        return right in RIGHTS[self.role] and (self.lines is None or right not in WHOLE)

    def sees_line(self, line: str | None) -> bool:
        """Whether this line (None: all of them) is within what the person may see."""
        return self.lines is None or (line is not None and line in self.lines)


SYSTEM = Who("system", "API", Role.SYSTEM)

_WHO = web.RequestKey("who", Who)


def put_who(request: web.Request, who: Who) -> None:
    """Note who asks; the authentication's middleware alone does it."""
    request[_WHO] = who


def who_of(request: web.Request) -> Who:
    """Who asks. A route that is public has nobody: KeyError."""
    return request[_WHO]


def who_or_none(request: web.Request) -> Who | None:
    """Who asks, or None on a public route."""
    return request.get(_WHO)
