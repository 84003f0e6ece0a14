"""What went wrong with a request to Asterisk, told in one of eight words.

The rules come from the sources of Asterisk 22 (res/ari/resource_*.c): the same HTTP status means different
things on different resources, so path and message count too.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Fault(StrEnum):
    """The kinds of failure a caller can act upon."""

    GONE = "gone"
    """The channel, bridge, playback, ... does not exist (any more). Normal in telephony; never retry."""
    NOT_IN_APP = "not_in_app"
    """It exists, but is not (or no longer) in a Stasis application, so ARI may not touch it."""
    WRONG_STATE = "wrong_state"
    """It exists and is ours, but its state does not allow this (a leg still ringing, say)."""
    CONFLICT = "conflict"
    """The id or name is already in use, or the channel is busy with something that excludes this."""
    UNREACHABLE = "unreachable"
    """Originate, create or dial could not even start: the phone is not registered."""
    TIMEOUT = "timeout"
    """No answer in time. Asterisk may or may not have carried out the request."""
    DISCONNECTED = "disconnected"
    """No connection to Asterisk, or it broke before the answer came, or Asterisk is still booting."""
    BUG = "bug"
    """Anything else: a wrong parameter, wrong rights, an error inside Asterisk. Somebody must look."""


class AriError(Exception):
    """A request failed.

    Attributes:
        fault: what kind of failure.
        status: the HTTP status, or None when none came.
        message: Asterisk's words.
        method: the request's.
        path: the request's.
        maybe_done: True when the request may have been carried out though no answer came, so that the truth
            has to be asked for by id.
    """

    def __init__(
        self,
        fault: Fault,
        message: str,
        *,
        status: int | None = None,
        method: str = "",
        path: str = "",
        maybe_done: bool = False,
    ) -> None:
        what = f"{method} {path}".strip()
        code = f" ({status})" if status is not None else ""
        super().__init__(f"{what}: {message}{code} [{fault}]" if what else f"{message}{code} [{fault}]")
        self.fault = fault
        self.message = message
        self.status = status
        self.method = method
        self.path = path
        self.maybe_done = maybe_done


class Disconnected(AriError):  # noqa: N818  # reads as what it says
    """There is no connection to Asterisk, or it broke while the request was under way."""

    def __init__(self, message: str, *, method: str = "", path: str = "", maybe_done: bool = False) -> None:
        super().__init__(Fault.DISCONNECTED, message, method=method, path=path, maybe_done=maybe_done)


class RequestTimeout(AriError):  # noqa: N818  # reads as what it says
    """Asterisk did not answer in time."""

    def __init__(self, timeout_s: float, *, method: str = "", path: str = "") -> None:
        message = f"no answer within {timeout_s:g} s"
        super().__init__(Fault.TIMEOUT, message, method=method, path=path, maybe_done=True)


_DIALLING = re.compile(r"^/channels(/create|/[^/]+|/[^/]+/dial)?$")
_BRIDGE_MEMBERS = re.compile(r"^/bridges/[^/]+/(addChannel|removeChannel)$")


def classify(method: str, path: str, status: int, message: str) -> Fault:
    """The fault behind an HTTP status of 400 and above.

    ``path`` is the request's path below ``/ari`` ("/channels/abc/play"), without a query; ``message`` is the
    "message" of Asterisk's answer, or the reason phrase.
    """
    words = message.lower()
    if status == 404:
        # "Resource not found" is a path that ARI does not have; anything else is a thing that is not there.
        return Fault.BUG if words == "resource not found" else Fault.GONE
    if status == 409:
        if "not in stasis" in words:
            return Fault.NOT_IN_APP
        if "'down' state" in words or "not created by ari" in words:
            return Fault.WRONG_STATE
        return Fault.CONFLICT
    if status == 412:
        return Fault.WRONG_STATE
    if status == 400 and _BRIDGE_MEMBERS.match(path) and words == "channel not found":
        return Fault.GONE
    if status == 422:
        if "not in stasis" in words:
            return Fault.NOT_IN_APP
        if "not in this bridge" in words or "not in bridge" in words:
            return Fault.WRONG_STATE
        if "event source does not exist" in words:
            return Fault.GONE
        return Fault.BUG
    if status == 500:
        # ast_request() or ast_dial_prerun() failed: ARI's word for a phone that is not registered.
        if method == "POST" and "allocation failed" in words and _DIALLING.match(path):
            return Fault.UNREACHABLE
        return Fault.CONFLICT if "duplicate" in words else Fault.BUG
    if status == 503:
        return Fault.DISCONNECTED
    return Fault.BUG
