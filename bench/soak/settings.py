"""The site of a soak: eleven lines, on most of which every call ends in one and the same way."""

from __future__ import annotations

OUTSIDE = "0262269999"
LINES = {
    "main": "0260001234",
    "leaving": "0260002001",
    "back": "0260002002",
    "full": "0260002003",
    "patient": "0260002004",
    "away": "0260002005",
    "shut": "0260002006",
    "asked": "0260002007",
    "alone": "0260002008",
    "taken": "0260002009",
    "later": "0260002010",
}
SEATS = 7
FIRST_SEATS = 5
"""These serve `main` and `asked`, the others `leaving`, the last one also `back`; nobody any other line."""
BEGINS = "2026-11-24 23:36:00"
"""A Tuesday on which, as on the next day, the main line is open all day: midnight comes in the middle."""


def settings(please_hold_every_s: float) -> str:
    """madoguchi.toml; the argument is what a reload changes."""
    operators = "".join(
        f'[[operators]]\nid = "{100 + n}"\nname = "受付{n}"\nlines = {_served(n)}\n'
        for n in range(1, SEATS + 1)
    )
    further = "".join(
        f'[[lines]]\nid = "{name}"\nname = "{name}"\nnumbers = ["{number}"]\n{_MORE.get(name, "")}'
        for name, number in LINES.items()
        if name != "main"
    )
    return _TOML.format(
        operators=operators, further=further, outside=OUTSIDE, please_hold_every_s=please_hold_every_s
    )


def _served(seat: int) -> str:
    """One for `back`, who is mostly busy: so callers want to be called back, and are."""
    if seat <= FIRST_SEATS:
        return '["main", "asked"]'
    return '["leaving", "back"]' if seat == SEATS else '["leaving"]'


_MORE = {
    "asked": 'menu = "asked"\n',
    "back": 'menu = "asked"\n',
    "shut": '[lines.calendar]\nweekdays = ["sun"]\nnth_weekdays = []\n',
}
_TOML = """
overflow = [
  {{ cause = "queue_full", limit = 0, to = "hang_up", line = "full" }},
  {{ cause = "waited", limit = 1, to = "hang_up", line = "patient" }},
  {{ cause = "queue_full", limit = 0, to = "number:{outside}", line = "away" }},
]
{operators}
{further}
[calendar]
hours = {{ tue = ["00:00-24:00"], wed = ["00:00-24:00"] }}
[guidance]
please_hold_every_s = {please_hold_every_s}
[floor]
ring_time_s = 10
wrap_up_s = 1
max_misses = 99
[queue]
review_s = 0.5
same_operator_min = 3
keep_place_min = 3
[callback]
enabled = true
attempts = 2
retry_min = 0.1
ring_s = 5
[trunk]
outbound_per_day = 100000
[menus.asked]
text = "menu.repeat"
wait_s = 5
[menus.asked.keys]
1 = "say:menu.repeat, hang_up"
2 = "queue"
3 = "callback"
"""
