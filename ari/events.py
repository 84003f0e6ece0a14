"""From a text on the socket to an event."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from ari.generated.models import EVENTS, Message


class UnknownEvent(Message):
    """A message of a type that this client has no class for: ``raw`` is all of it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    raw: dict[str, Any]


def parse_event(raw: Any) -> Message:
    """The typed event of a decoded message; an UnknownEvent when its type has no class.

    Raises ValueError (pydantic's ValidationError is one) when it is no object, has no type, or misses what its
    type must have.
    """
    if not isinstance(raw, dict):
        raise ValueError(f"not an object but {type(raw).__name__}")
    kind = raw.get("type")
    if not isinstance(kind, str):
        raise ValueError("no type")
    model = EVENTS.get(kind)
    if model is None:
        return UnknownEvent(type=kind, raw=raw)
    return model.model_validate(raw)
