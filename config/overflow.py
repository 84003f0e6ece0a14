"""あふれ: limits of a line, and where a caller beyond one of them is led."""

from __future__ import annotations

from typing import Literal, Self

import phonenumbers
from pydantic import Field, field_validator, model_validator

from config.lines import MAIN
from config.section import Amount, Flag, Section

CauseName = Literal["no_seat", "queue_full", "calls_per_seat", "predicted_wait", "waited", "closing"]
"""The words of `acd.types.OverflowCause`."""
ONLY_WAITING = ("waited", "closing")
PLAIN = ("announce", "choice", "hang_up")


class OverflowRule(Section):
    """One limit of a line. The unit of `limit` is its cause's.

    no_seat         seconds without a staffed seat
    queue_full      callers waiting
    calls_per_seat  callers waiting for each staffed seat
    predicted_wait  seconds of predicted wait
    waited          seconds waited
    closing         seconds after the line's closing
    """

    cause: CauseName
    limit: Amount = Field(ge=0)
    to: str
    """announce | choice | hang_up | line:<id> | number:<digits>"""
    line: str = MAIN
    on_entry: Flag = True
    while_waiting: Flag = True

    @property
    def toward(self) -> str:
        """The kind of destination: announce, choice, hang_up, line or number."""
        return self.to.partition(":")[0]

    @property
    def target(self) -> str:
        """The line's id or the number; "" for the other kinds."""
        return self.to.partition(":")[2]

    @field_validator("to")
    @classmethod
    def _is_destination(cls, to: str) -> str:
        toward, _, target = to.partition(":")
        if toward == "number" and not reachable(target):
            raise ValueError("is no Japanese fixed, mobile or 050 number")
        if to not in PLAIN and not (target and toward in ("line", "number")):
            raise ValueError('must be "announce", "choice", "hang_up", "line:<id>" or "number:<digits>"')
        return to

    @model_validator(mode="after")
    def _can_act(self) -> Self:
        if not (self.on_entry or self.while_waiting):
            raise ValueError("on_entry and while_waiting are both false: the rule would never act")
        if self.cause in ONLY_WAITING and not self.while_waiting:
            raise ValueError(f"while_waiting is false, but {self.cause} acts only while waiting")
        return self


def reachable(number: str) -> bool:
    """Whether these digits are a Japanese fixed, mobile or 050 number, as dialled within Japan.

    Toll-free, navigation (0570), premium and special numbers are not (the Ministry's numbering plan, by
    phonenumbers).
    """
    if not (number.isascii() and number.isdigit() and number.startswith("0")):
        return False
    try:
        parsed = phonenumbers.parse(number, "JP")
    except phonenumbers.NumberParseException:
        return False
    kinds = phonenumbers.PhoneNumberType
    return phonenumbers.is_valid_number(parsed) and phonenumbers.number_type(parsed) in (
        kinds.FIXED_LINE,
        kinds.MOBILE,
        kinds.FIXED_LINE_OR_MOBILE,
        kinds.VOIP,
    )


def loops(rules: tuple[OverflowRule, ...]) -> list[str]:
    """Lines that overflow in a circle, each circle once: `a → b → a`."""
    ways: dict[str, list[str]] = {}
    for rule in rules:
        if rule.toward == "line":
            ways.setdefault(rule.line, []).append(rule.target)
    found: dict[frozenset[str], str] = {}

    def follow(path: list[str]) -> None:
        for target in ways.get(path[-1], ()):
            if target in path:
                circle = [*path[path.index(target) :], target]
                found.setdefault(frozenset(circle), " → ".join(circle))
            else:
                follow([*path, target])

    for line in ways:
        follow([line])
    return list(found.values())
