"""Which numbers we call back: Japanese fixed lines, mobile telephones and 050. Every other is refused.

Source: the numbering plan of Japan (電気通信番号計画), by the phonenumbers library; and that a city's money
is not spent on numbers that charge whoever calls them (0990, 0570), nor its lines on emergency services.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, unique

import phonenumbers
from phonenumbers import PhoneNumberType

from ivr.numbers import e164, shown

_CALLABLE = {PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE, PhoneNumberType.VOIP}
_ELEVEN_DIGITS = re.compile(r"0[256789]0")
_ABROAD = re.compile(r"010|001")
_SPECIAL = re.compile(r"1\d\d$|1[01]\d")
_FREE = re.compile(r"0120|0800")
_PAID = re.compile(r"0570|0990|0180|0170")


@unique
class Unfit(Enum):
    """Why a number is not called back; the value is the text that says so."""

    INCOMPLETE = "callback.unfit.incomplete"
    SPECIAL = "callback.unfit.special"
    PAID = "callback.unfit.paid"
    FREE = "callback.unfit.free"
    ABROAD = "callback.unfit.abroad"
    OWN = "callback.unfit.own"
    OTHER = "callback.unfit.other"


def callback_number(text: str, ours: Sequence[str]) -> str | Unfit:
    """The number in E.164 when it may be called back, else why not.

    Args:
        text: as typed (digits), or E.164.
        ours: our own numbers, national form; calling ourselves would only find the queue.
    """
    typed = "0" + text[3:] if text.startswith("+81") else text
    if typed.startswith("+") or _ABROAD.match(typed):
        return Unfit.ABROAD
    if _SPECIAL.match(typed):
        return Unfit.SPECIAL
    if _FREE.match(typed):
        return Unfit.FREE
    if _PAID.match(typed):
        return Unfit.PAID
    number = e164(typed)
    if number is None:
        return Unfit.INCOMPLETE
    if number in {e164(own) for own in ours}:
        return Unfit.OWN
    parsed = phonenumbers.parse(number)
    if not phonenumbers.is_valid_number(parsed):
        return Unfit.INCOMPLETE
    return number if phonenumbers.number_type(parsed) in _CALLABLE else Unfit.OTHER


def is_whole(typed: str) -> bool:
    """Whether a number typed so far is complete, so that nobody has to find the `#`.

    Ten digits, eleven behind 020 and 050 to 090. What begins otherwise than with one 0 has no known length.
    """
    if not re.match(r"0[1-9]", typed) or _ABROAD.match(typed):
        return False
    return len(typed) >= (11 if _ELEVEN_DIGITS.match(typed) else 10)


def read_out(number: str) -> tuple[str, ...]:
    """The texts by which an E.164 number of Japan is read to its owner: 026の226の1234."""
    return tuple("digit.dash" if char == "-" else f"digit.{char}" for char in shown(number))
