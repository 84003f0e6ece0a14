"""A table as CSV that a spreadsheet opens, and runs nothing of."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

ENCODINGS = ("utf-8", "cp932")
REPLACEMENT = "〓"
"""Printers' sign for a character that is not there; CP932 has it."""
_STARTS = "=+-@＝＋－＠"
_SAME_IN_CP932 = str.maketrans("−〜‖—¢£¬", "－～∥―￠￡￢")
"""Characters that CP932 has under another code point (Unicode's and Microsoft's tables differ)."""


def neutral(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe before what begins like one.

    Beginnings: = + - @, also in full width, also behind blanks; any control character. Of control characters
    only line ends stay; the others become blanks, an XLSX cell could not hold them.
    """
    first = text[:1]
    is_formula = text.lstrip()[:1] in _STARTS and bool(text.strip())
    dangerous = is_formula or (bool(first) and unicodedata.category(first) in ("Cc", "Cf"))
    clean = "".join(
        sign if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs") else " " for sign in text
    )
    return f"'{clean}" if dangerous else clean


def csv_of(
    header: Sequence[str], rows: Iterable[Sequence[str]], encoding: str = "utf-8"
) -> tuple[bytes, int]:
    """UTF-8 with BOM (Excel takes it for the local code page otherwise) or CP932; CRLF between rows.

    Returns the bytes, and how many characters CP932 does not have: each became `REPLACEMENT`.

    Raises:
        ValueError: another encoding.
    """
    if encoding not in ENCODINGS:
        raise ValueError(f"{encoding!r} is no encoding of ours; choose from {', '.join(ENCODINGS)}")
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerows([neutral(cell) for cell in row] for row in (header, *rows))
    if encoding == "utf-8":
        return text.getvalue().encode("utf-8-sig"), 0
    return _cp932(text.getvalue())


def _cp932(text: str) -> tuple[bytes, int]:
    pieces, missing = [], 0
    for sign in unicodedata.normalize("NFC", text).translate(_SAME_IN_CP932):
        try:
            pieces.append(sign.encode("cp932"))
        except UnicodeEncodeError:
            pieces.append(REPLACEMENT.encode("cp932"))
            missing += 1
    return b"".join(pieces), missing
