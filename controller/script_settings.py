"""What citizens hear, from the settings."""

from __future__ import annotations

from config import Settings
from ivr.script import Script


def script_of(settings: Settings) -> Script:
    """The script that `[guidance]` describes."""
    guidance = settings.guidance
    return Script(
        greeting=guidance.greeting,
        busy=guidance.busy,
        please_hold_every_s=guidance.please_hold_every_s,
        say_position=guidance.say_position,
        say_wait=guidance.say_wait,
        say_wait_every_s=guidance.say_wait_every_s,
        ours=settings.numbers(),
    )
