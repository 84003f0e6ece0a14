"""A request and its answer, as both transports see them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from urllib.parse import quote, urlencode

from ari.errors import AriError, classify

Json: TypeAlias = Any
"""What JSON text decodes to, or what can be encoded as such."""


@dataclass(frozen=True, slots=True)
class Request:
    """One REST request. ``path`` starts with "/" and lies below ``/ari``, percent-encoded already."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Json = None

    @property
    def target(self) -> str:
        """Path and query string."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. ``body`` is as it came: JSON text, or a file's bytes, or empty."""

    status: int
    reason: str
    content_type: str
    body: bytes | str

    def value(self, request: Request) -> Json:
        """The decoded answer: what the JSON says, None when empty, bytes when it is not JSON.

        Raises:
            AriError: the status is 400 or above; classified.
        """
        if self.status >= 400:
            message = self._message()
            fault = classify(request.method, request.path, self.status, message)
            raise AriError(fault, message, status=self.status, method=request.method, path=request.path)
        if not self.body:
            return None
        if "json" in self.content_type:
            return json.loads(self.body)
        return self.body.encode() if isinstance(self.body, str) else self.body

    def _message(self) -> str:
        try:
            said = json.loads(self.body)
        except ValueError:
            return self.reason
        if isinstance(said, dict):
            # "error" stands where the HTTP server or a failed allocation answered.
            return str(said.get("message") or said.get("error") or self.reason)
        return self.reason


Settle = Callable[[Response | AriError], None]
"""Takes the end of a request: the answer, or Disconnected or RequestTimeout. Called exactly once."""


class Transport(Protocol):
    """How a request gets to Asterisk and its answer back."""

    @property
    def ordered(self) -> bool:
        """Whether requests reach Asterisk in the order of the ``submit`` calls."""

    def submit(self, request: Request, settle: Settle) -> None:
        """Takes the request over and returns at once. The waiter is registered before anything is sent."""

    def connection_lost(self, reason: str) -> None:
        """The event socket is gone: what is under way on it will have no answer."""

    async def close(self) -> None:
        """Ends all that is under way with Disconnected."""


def basic_auth(user: str, password: str) -> dict[str, str]:
    """The header that shows Asterisk who we are."""
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def path_part(value: str) -> str:
    """One id, made safe as a part of a path.

    Raises:
        ValueError: it is empty, which would name the whole collection instead of one thing.
    """
    if not value:
        raise ValueError("an id must not be empty")
    return quote(value, safe="")


def query_items(query: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Query parameters as Asterisk reads them.

    None is left out, booleans are true/false, several values are joined by commas.
    """
    if not query:
        return ()
    return tuple((name, _text(value)) for name, value in query.items() if value is not None)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(_text(one) for one in value)
    return str(value)
