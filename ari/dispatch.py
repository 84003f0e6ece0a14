"""Who wants to hear of which events."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ari.generated import verbs
from ari.generated.models import Message
from ari.handles import Caller, Handle

log = logging.getLogger(__name__)

Handler = Callable[[Any], None]

# For each kind of object: the fields of events that may hold one, the most telling first, and its handle.
_FIELDS: dict[str, tuple[tuple[str, ...], type[Handle[Any]]]] = {
    "channel": (("channel", "peer"), verbs.ChannelHandle),
    "bridge": (("bridge",), verbs.BridgeHandle),
    "playback": (("playback",), verbs.PlaybackHandle),
    "recording": (("recording",), verbs.LiveRecordingHandle),
    "endpoint": (("endpoint",), verbs.EndpointHandle),
    "device_state": (("device_state",), verbs.DeviceStateHandle),
}

# After these an object's own handlers are dropped.
_LAST = {
    "ChannelDestroyed": "channel",
    "BridgeDestroyed": "bridge",
    "PlaybackFinished": "playback",
    "RecordingFinished": "recording",
    "RecordingFailed": "recording",
}


class Subscription:
    """A registered handler. ``close()`` takes it out; twice is once."""

    def __init__(self, home: list[Any], entry: object) -> None:
        self._home = home
        self._entry = entry

    def close(self) -> None:
        """No more calls after this."""
        if self._entry in self._home:
            self._home.remove(self._entry)


class Dispatcher:
    """Calls handlers one after the other.

    First those for every event, then those for the type, then those for the one object; within each group in
    the order of their registration. A handler that raises is logged; the rest go on.
    """

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._every: list[Handler] = []
        self._by_type: dict[str, list[Handler]] = {}
        self._by_object: dict[tuple[str, str], list[tuple[str, Callable[[Any, Any], None]]]] = {}

    def on_every(self, handler: Handler) -> Subscription:
        """``handler(event)`` for every event."""
        self._every.append(handler)
        return Subscription(self._every, handler)

    def on_type(self, event_type: str, handler: Handler) -> Subscription:
        """``handler(event)`` for events of one type."""
        home = self._by_type.setdefault(event_type, [])
        home.append(handler)
        return Subscription(home, handler)

    def on_kind(self, kind: str, event_type: str, handler: Callable[[Any, Any], None]) -> Subscription:
        """``handler(handle, event)`` for events of one type that carry an object of this kind."""

        def with_handle(event: Message) -> None:
            handle = self._handle(kind, event)
            if handle is not None:
                handler(handle, event)

        return self.on_type(event_type, with_handle)

    def on_object(
        self, kind: str, key: str, event_type: str, handler: Callable[[Any, Any], None]
    ) -> Subscription:
        """``handler(handle, event)`` for events of one type about one object."""
        home = self._by_object.setdefault((kind, key), [])
        entry = (event_type, handler)
        home.append(entry)
        return Subscription(home, entry)

    def dispatch(self, event: Message) -> None:
        """Hands one event to all who want it."""
        for handler in tuple(self._every):
            self._call(handler, event)
        for handler in tuple(self._by_type.get(event.type, ())):
            self._call(handler, event)
        if self._by_object:
            self._to_objects(event)

    def _to_objects(self, event: Message) -> None:
        for kind in _FIELDS:
            handle = self._handle(kind, event)
            if handle is None:
                continue
            place = (kind, handle.key)
            for event_type, handler in tuple(self._by_object.get(place, ())):
                if event_type == event.type:
                    self._call(handler, handle, event)
            if _LAST.get(event.type) == kind:
                self._by_object.pop(place, None)

    def _handle(self, kind: str, event: Message) -> Handle[Any] | None:
        fields, handle = _FIELDS[kind]
        for field in fields:
            value = getattr(event, field, None)
            if isinstance(value, handle.model):
                return handle.from_data(self._caller, value)
        return None

    @staticmethod
    def _call(handler: Callable[..., None], *arguments: object) -> None:
        try:
            handler(*arguments)
        except Exception:  # whatever a user's handler raises must not end the reader
            log.exception("a handler of %s failed", getattr(arguments[-1], "type", "?"))
