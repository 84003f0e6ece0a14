"""The table ``personal``: this package alone reads or writes citizens' numbers. They lie there sealed.

The program's own use (`numbers`: calling back, taking a call up again) leaves no trace. What a person looks
at does (`looking`). `purging` destroys, `rotation` seals anew; below them all are the `rows`.
"""

from db.personal.looking import Person, earlier_calls, find, look, shown
from db.personal.numbers import (
    TAIL,
    callback_numbers,
    caller_hashes,
    calls_of,
    opened_numbers,
    personal_number,
    rehashed,
    tails_of,
)
from db.personal.purging import due, erase, kept_as, numbers_of, unreadable
from db.personal.rotation import key_ids, require_keys, reseal
from db.personal.rows import hold_keys, put

__all__ = [
    "TAIL",
    "Person",
    "callback_numbers",
    "caller_hashes",
    "calls_of",
    "due",
    "earlier_calls",
    "erase",
    "find",
    "hold_keys",
    "kept_as",
    "key_ids",
    "look",
    "numbers_of",
    "opened_numbers",
    "personal_number",
    "put",
    "rehashed",
    "require_keys",
    "reseal",
    "shown",
    "tails_of",
    "unreadable",
]
