"""What the dialplan tells of a call that has come in: pairs `name=<URI-encoded value>`, untrusted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

from ivr.numbers import Called, CallerId, called_number, caller_id


@dataclass(frozen=True, slots=True)
class Incoming:
    """Which number of ours was called, and by whom."""

    called: Called
    caller: CallerId

    @classmethod
    def read(cls, pairs: Iterable[str], ours: Sequence[str]) -> Incoming:
        """Never fails: what is missing or nonsense becomes the main number, or a caller without one.

        Args:
            pairs: the arguments of Stasis() behind `call`.
            ours: our numbers, the main one first.
        """
        told = {key: unquote_plus(value) for key, _, value in (pair.partition("=") for pair in pairs)}
        sender = told.get("from", "")  # cut to a length in the dialplan: whole only with its ">"
        return cls(
            called_number(told.get("called", ""), told.get("to", ""), told.get("ruri", ""), ours),
            caller_id(
                pai=told.get("pai", ""),
                num=sender if ">" in sender else told.get("num", ""),
                name=told.get("name", ""),
                pres=told.get("pres", ""),
                privacy=told.get("privacy", ""),
            ),
        )
