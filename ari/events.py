"""From a text on the socket to an event."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from ari.generated.models import EVENTS, Message
from ari.wire import Json


class UnknownEvent(Message):
    """A message of a type that this client has no class for: ``raw`` is all of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    raw: dict[str, Any]


def parse_event(raw: Json) -> Message:
    """The typed event of a decoded message; an UnknownEvent when its type has no class.

    Raises:
        ValueError: it is no object, has no type, or misses what its type must have (pydantic's
            ValidationError is a ValueError).
    """
    kind = raw.get("type") if isinstance(raw, dict) else None
    if not isinstance(kind, str):
        raise ValueError("not an object with a type")  # noqa: TRY004  # one class for all that is malformed
    model = EVENTS.get(kind)
    if model is None:
        return UnknownEvent(type=kind, raw=raw)
    return model.model_validate(raw)
