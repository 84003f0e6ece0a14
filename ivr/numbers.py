"""Telephone numbers as they arrive in SIP: which of ours was called, and who calls.

Nothing here raises for any text: what comes from the network is untrusted, and the call goes on.
Sources: RFC 3261 20.39 and 19.1.1 (To, SIP URI), RFC 3966 (tel), RFC 3325 (P-Asserted-Identity), RFC 7315 4.2
(P-Called-Party-ID), RFC 3323 (Privacy); Japanese carriers' withheld reasons: 3GPP TS 24.008 10.5.4.30.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

import phonenumbers

# Longer than any number or name that means something; what is beyond is an attack or an accident.
_LONGEST = 128
_QUOTED_NAME = re.compile(r'\s*"((?:[^"\\]|\\.)*)"')
_SEPARATORS = re.compile(r"[\s\-().\u2010-\u2015\u2212\u30fc]+")
_PER_CALL_PREFIX = re.compile(r"(?:18[46])+(?=0|\+)")
_NATIONAL = re.compile(r"0(?:[1-9]\d{8,9}|200\d{10})", re.ASCII)


class Withheld(StrEnum):
    """Why there is no number. The Japanese words are `CallerId.display`."""

    NONE = "none"
    ANONYMOUS = "anonymous"
    PAYPHONE = "payphone"
    UNAVAILABLE = "unavailable"
    INTERACTION = "interaction"
    UNKNOWN = "unknown"


_SHOWN = {
    Withheld.ANONYMOUS: "非通知",
    Withheld.PAYPHONE: "公衆電話",
    Withheld.UNAVAILABLE: "表示圏外",
    Withheld.INTERACTION: "通知不可",
    Withheld.UNKNOWN: "番号不明",
}
# Words by which a carrier says that the caller, or the kind of telephone, gives no number. They hold even
# where a number stands beside them.
_WITHHOLDING = {
    "anonymous": Withheld.ANONYMOUS,
    "private": Withheld.ANONYMOUS,
    "restricted": Withheld.ANONYMOUS,
    "withheld": Withheld.ANONYMOUS,
    "非通知": Withheld.ANONYMOUS,
    "coin line/payphone": Withheld.PAYPHONE,
    "coin line": Withheld.PAYPHONE,
    "payphone": Withheld.PAYPHONE,
    "公衆電話": Withheld.PAYPHONE,
}
# Words, in a name or in place of a number, that explain a number's absence but do not hide one that is there.
_ABSENT = _WITHHOLDING | {
    "unavailable": Withheld.UNAVAILABLE,
    "表示圏外": Withheld.UNAVAILABLE,
    "interaction with other service": Withheld.INTERACTION,
    "通知不可": Withheld.INTERACTION,
    "unknown": Withheld.UNKNOWN,
    "p": Withheld.ANONYMOUS,
    "c": Withheld.PAYPHONE,
    "o": Withheld.UNAVAILABLE,
    "s": Withheld.INTERACTION,
}


@dataclass(frozen=True, slots=True)
class CallerId:
    """Who calls. `number` is E.164 ("+81262260000") or None."""

    number: str | None
    withheld: Withheld

    @property
    def display(self) -> str:
        """For screens and ledgers: 026-226-0000, 非通知. Costs a look into the numbering plan."""
        return shown(self.number) if self.number else _SHOWN[self.withheld]

    @property
    def on_phone(self) -> str:
        """For the operator's telephone: digits as they would be dialled here (0262260000), or the reason."""
        if not self.number:
            return _SHOWN[self.withheld]
        return "0" + self.number[3:] if self.number.startswith("+81") else self.number


@dataclass(frozen=True, slots=True)
class Called:
    """Which of our numbers was called.

    `number` is one of ours, as configured; `ours` is False when no header named one and the main number was
    taken (to be logged). `source`: p-called-party-id | to | ruri | main. `raw`: what was looked at.
    """

    number: str
    ours: bool
    source: str
    raw: str


def called_number(called: str, to: str, ruri: str, ours: Sequence[str]) -> Called:
    """The number of ours that P-Called-Party-ID, else To, else the request URI names; else `ours[0]`.

    NGN puts a random contact into the request URI; gateways put the number into To, as user part or as
    display name. A carrier may deliver a 050 number without its "050". An unknown number is never a reason
    to refuse the call: forwarded calls carry other numbers in To.

    Args:
        called: P-Called-Party-ID, a header's value or only its user part; "" when absent.
        to: To, likewise.
        ruri: request URI, likewise.
        ours: the line's numbers, the main one first; at least one.
    """
    known: dict[str, str] = {}
    for number in reversed(ours):
        digits = _national(_user(number))
        known[digits] = number
        if digits.startswith("050") and len(digits) == 11:
            known.setdefault(digits[3:], number)
    for source, text in (("p-called-party-id", called), ("to", to), ("ruri", ruri)):
        found = known.get(_national(_user(text))) or known.get(_national(_name(text)))
        if found is not None:
            return Called(found, True, source, printable(text))
    raw = next((text for text in (called, to, ruri) if text.strip()), "")
    return Called(ours[0], False, "main", printable(raw))


def caller_id(*, pai: str = "", num: str = "", name: str = "", pres: str = "", privacy: str = "") -> CallerId:
    """Who calls, from P-Asserted-Identity, then From; None as the number wherever the caller withheld it.

    Args:
        pai: P-Asserted-Identity header's value, or "".
        num: From's user part (the exchange's CALLERID(num)) or its whole value.
        name: From's display name.
        pres: the exchange's CALLERID(num-pres), e.g. "allowed_not_screened", "prohib_passed_screen".
        privacy: Privacy header's value, e.g. "id".
    """
    words = [_word(text) for text in (name, _name(num), _name(pai), _user(num))]
    reason = next((_ABSENT[word] for word in words if word in _ABSENT), Withheld.UNKNOWN)
    if _asks_privacy(pres, privacy) or any(word in _WITHHOLDING for word in words):
        reason = Withheld.ANONYMOUS if reason is Withheld.UNKNOWN else reason
    else:
        for text in (pai, num):
            number = e164(_user(text))
            if number is not None:
                return CallerId(number, Withheld.NONE)
    return CallerId(None, reason)


def e164(text: str) -> str | None:
    """A number as it is dialled or delivered, in E.164; None when it is not complete (110, an extension).

    Takes full-width digits, separators, leading 184/186, +81, 81, 010-81, other countries by + or 010.
    """
    digits = _national(text)
    if _NATIONAL.fullmatch(digits):
        return "+81" + digits[1:]
    if digits.startswith("010"):
        digits = "+" + digits[3:]
    if not re.fullmatch(r"\+[1-9][0-9]{5,14}", digits) or digits.startswith("+81"):
        return None
    try:
        return digits if phonenumbers.is_possible_number(phonenumbers.parse(digits)) else None
    except phonenumbers.NumberParseException:
        return None


def shown(number: str) -> str:
    """An E.164 number for the eye: 026-226-0000, or +1 415-555-0100 from abroad. Other text stays."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return printable(number)
    domestic = parsed.country_code == 81
    styles = phonenumbers.PhoneNumberFormat
    text = phonenumbers.format_number(parsed, styles.NATIONAL if domestic else styles.INTERNATIONAL)
    return "0" + text if domestic and not text.startswith("0") else text


def mask(number: str | None) -> str:
    """A number for logs: only its length and its last two digits are left; "-" when there is none."""
    if not number:
        return "-"
    text = printable(number, 20)
    return "*" * len(text) if len(text) <= 4 else "*" * (len(text) - 2) + text[-2:]


def printable(text: str, longest: int = _LONGEST) -> str:
    """Text from the network made safe to log and show: no control or format characters, cut at `longest`."""
    cut = text[:longest]
    clean = "".join("\ufffd" if unicodedata.category(char)[0] == "C" else char for char in cut)
    return clean + "…" if len(text) > longest else clean


def _national(text: str) -> str:
    """Digits as dialled inside Japan (0…), or "+…", "010…" from abroad; other text is only cut and folded."""
    folded = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text[:_LONGEST]))
    folded = _PER_CALL_PREFIX.sub("", folded, count=1) if folded.startswith("18") else folded
    for prefix in ("+81", "01081"):
        if folded.startswith(prefix):
            return "0" + folded[len(prefix) :].removeprefix("0")
    if folded.startswith("81") and len(folded) in (11, 12) and folded.isascii() and folded.isdigit():
        return "0" + folded[2:]
    return folded


def _user(text: str) -> str:
    """The user part of a name-addr, a SIP or tel URI, or a bare number; without parameters such as isub."""
    rest = text[match.end() :] if (match := _QUOTED_NAME.match(text)) else text
    if "<" in rest:
        rest = rest.split("<", 1)[1].split(">", 1)[0]
    rest = unicodedata.normalize("NFKC", rest.strip()[: 2 * _LONGEST])
    rest = re.sub(r"^(?:sips?|tel):", "", rest, flags=re.IGNORECASE)
    return unquote(rest.split("@", 1)[0].split(";", 1)[0])


def _name(text: str) -> str:
    """The display name of a name-addr, "" when there is none."""
    if match := _QUOTED_NAME.match(text):
        return match[1]
    return text.split("<", 1)[0] if "<" in text else ""


def _word(text: str) -> str:
    """Folded for comparison: width, case, quotes and outer spaces do not matter."""
    return unicodedata.normalize("NFKC", text[:_LONGEST]).strip(" \t\"'").casefold()


def _asks_privacy(pres: str, privacy: str) -> bool:
    """RFC 3323's values by which the identity must not be shown; "full" is its older form."""
    asked = set(re.split(r"[\s;,]+", privacy[:_LONGEST].casefold()))
    return pres.strip().casefold().startswith("prohib") or bool(asked & {"id", "user", "header", "full"})
