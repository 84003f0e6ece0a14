"""What a route is: enough to serve it and to describe it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk.rights import Right

API = "/api/v1"
PAGE = ("text/html",)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `answer` is the model of its good answer, or None for other `types`.

    Who asks needs `right`; only what is `public` has none.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    answer: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    form: tuple[str, ...] = ()
    may_miss: tuple[str, ...] = ()
    """Fields of the form that may be left out."""
    status: int = 200
    types: tuple[str, ...] = ()
    problems: tuple[int, ...] = ()
    query: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    public: bool = False
    also: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    right: Right | None = None
    has_own_rows: bool = False
    """What it changes writes rows of its own kind into the audit log."""
    always: bool = False
    """Open also to somebody who has to change the password or to set up the second step first."""

    def __post_init__(self) -> None:
        if self.public == (self.right is not None):
            raise ValueError(
                f"{self.method} {self.path}: name the right that it needs, or say that it is public"
            )

    @property
    def is_page(self) -> bool:
        """Whether a browser without a session is shown the log-in page rather than a 401."""
        return self.method == "GET" and self.types == PAGE


def page(
    path: str, handler: Handler, summary: str, right: Right, *, problems: tuple[int, ...] = ()
) -> Operation:
    """A page for people who have this right."""
    return Operation("GET", path, handler, summary, types=PAGE, problems=problems, right=right)
