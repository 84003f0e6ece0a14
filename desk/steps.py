"""Log-ins between their first step and the second."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass

from aiohttp import web

STEP_COOKIE = "madoguchi_step"
STEP_WITHIN_S = 300.0
MOST = 1000


@dataclass(slots=True)
class Step:
    """Somebody whose password was right and whose code is still to come."""

    person: str
    next: str
    until_s: float
    tries: int = 0


class Steps:
    """Log-ins between the first step and the second, each known by a cookie of its own."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Step] = OrderedDict()

    def begin(self, person: str, path: str) -> str:
        """The cookie for the second step."""
        cookie = secrets.token_urlsafe(24)
        self._known[cookie] = Step(person, path, time.monotonic() + STEP_WITHIN_S)
        while len(self._known) > MOST:
            self._known.popitem(last=False)
        return cookie

    def of(self, request: web.Request) -> Step | None:
        """The step of this browser, if it is not too late."""
        step = self._known.get(request.cookies.get(STEP_COOKIE, ""))
        return step if step is not None and time.monotonic() < step.until_s else None

    def end(self, request: web.Request) -> None:
        """It is done, or was tried too often."""
        self._known.pop(request.cookies.get(STEP_COOKIE, ""), None)
