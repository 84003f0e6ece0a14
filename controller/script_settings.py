"""What citizens hear, from the settings."""

from __future__ import annotations

from config import Settings
from config.calendar import Calendar
from ivr.arrival import Arrival
from ivr.guidance import Guidance
from ivr.script import Script

HOURS = "hours"
"""The text of the usual hours: a sentence, not a computation."""


def script_of(settings: Settings, guidance: Guidance) -> Script:
    """The script that `[guidance]`, `[menus]` and the lines describe."""
    rules, lines = settings.guidance, settings.line_rules()
    return Script(
        arrival=Arrival(
            greeting=rules.greeting,
            recording_notice=rules.recording_notice,
            closing_soon_s=rules.closing_soon_min * 60,
            say_hours=_told_truly(settings, guidance) if rules.say_hours else (),
            lost_card=rules.lost_card_number if rules.lost_card else "",
            menus=settings.menus,
            menu_of={line: one.menu for line, one in lines.items() if one.menu},
            before_answer={line: one.before_answer for line, one in lines.items()},
        ),
        busy=rules.busy,
        please_hold_every_s=rules.please_hold_every_s,
        say_position=rules.say_position,
        say_wait=rules.say_wait,
        say_wait_every_s=rules.say_wait_every_s,
        ours=settings.numbers(),
    )


def _told_truly(settings: Settings, guidance: Guidance) -> tuple[str, ...]:
    """The lines whose hours are those that the text `hours` tells: nobody hears hours that are not kept.

    The shipped text tells the shipped hours; a site that has others writes (and answers for) its own.
    """
    calendars = settings.calendars()
    if guidance.is_own(HOURS):
        return tuple(line for line, calendar in calendars.items() if calendar == settings.calendar)
    return tuple(line for line, calendar in calendars.items() if _weekly(calendar) == Calendar())


def _weekly(calendar: Calendar) -> Calendar:
    """Without what the text `hours` does not speak of."""
    untold = {name: getattr(Calendar(), name) for name in ("contract_from", "contract_to", "second_person")}
    return calendar.model_copy(update=untold)
