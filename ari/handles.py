"""What the generated verbs stand on: somebody who carries out requests, and an object with a bound id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

from pydantic import BaseModel

from ari.wire import Json

if TYPE_CHECKING:
    from ari.dispatch import Subscription

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class Caller(Protocol):
    """Carries out requests (the client)."""

    def call(
        self,
        method: str,
        path: str,
        then: Callable[[Any], T],
        *,
        query: Mapping[str, Any] | None = None,
        body: Json = None,
    ) -> asyncio.Future[T]:
        """Sends a request at once; the future ends with ``then(decoded answer)`` or AriError."""

    def watch(
        self, kind: str, key: str, event_type: str, handler: Callable[[Any, Any], None]
    ) -> Subscription:
        """Calls ``handler(object, event)`` for the events of one object."""


class Collection:
    """All objects of one kind: ``client.channels``."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller


class Handle(Generic[M]):
    """One object in Asterisk, known by its id.

    Making one costs no request and says nothing about whether the object exists.
    """

    model: ClassVar[type[BaseModel]]
    kind: ClassVar[str]

    def __init__(self, caller: Caller, key: str, raw: Json = None) -> None:
        self._caller = caller
        self._key = key
        self._raw = raw
        self._data: M | None = None

    @classmethod
    def of(cls, caller: Caller, raw: dict[str, Any]) -> Self:
        """The handle of an object that Asterisk described."""
        raise NotImplementedError

    @classmethod
    def from_data(cls, caller: Caller, data: BaseModel) -> Self:
        """The handle of an object that an event carried."""
        handle = cls.of(caller, data.__dict__)
        handle._take(data)  # noqa: SLF001  # its own class
        return handle

    def _take(self, data: BaseModel) -> None:
        self._raw, self._data = None, data  # type: ignore[assignment]  # data is of type M

    @property
    def key(self) -> str:
        """Its id, or what Asterisk uses as one."""
        return self._key

    @property
    def data(self) -> M:
        """The object as Asterisk described it when this handle was made (a snapshot; it does not follow).

        Raises:
            LookupError: the handle was made from an id alone; ask with ``get()`` first.
        """
        if self._data is None:
            if self._raw is None:
                raise LookupError(f"{self!r} was made from its id alone; get() asks Asterisk for its data")
            self._data = self.model.model_validate(self._raw)  # type: ignore[assignment]  # model is type[M]
        return self._data  # type: ignore[return-value]  # set just above

    def on_event(self, event_type: str, handler: Callable[[Any, Any], None]) -> Subscription:
        """Calls ``handler(handle, event)`` for each event of this type about this object.

        It ends when the subscription is closed or the object's end is seen (ChannelDestroyed,
        PlaybackFinished, ...). Close it when the request that was to make the object fails, or when the
        connection was lost and the object is gone since: the end is then never seen.
        """
        return self._caller.watch(self.kind, self._key, event_type, handler)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Handle) and (self.kind, self._key) == (other.kind, other._key)

    def __hash__(self) -> int:
        return hash((self.kind, self._key))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._key}>"


def nothing(reply: Json) -> None:
    """For verbs that answer with no content."""


def octets(reply: Json) -> bytes:
    """For verbs that answer with a file."""
    return reply if isinstance(reply, bytes) else b""
