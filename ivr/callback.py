"""折り返し: which number to call back, read back and confirmed before anything is promised."""

from __future__ import annotations

from collections.abc import Sequence

from ivr.callback_number import Unfit, callback_number, read_out
from ivr.caller import Caller

YES, OTHER = "1", "2"
KEY_WAIT_S = 6.0
DIGIT_WAIT_S = 8.0
"""Until the next digit of a number; a number is looked up digit by digit."""
TRIES = 3
"""Asked for a number once, and again at most twice."""


async def callback(caller: Caller, ours: Sequence[str]) -> bool:
    """Agree on a number and ask for the callback; whether that came about (the caller is hung up then).

    Without it the caller is told so and waits on. ours: our own numbers, never called back.
    """
    number = await _number(caller, ours)
    if number is None:
        caller.chose("callback_given_up")
        await caller.say("callback.given_up")
        return False
    if not caller.ask_callback(number):
        return False
    await caller.say("callback.done")
    await caller.hang_up()
    return True


async def _number(caller: Caller, ours: Sequence[str]) -> str | None:
    shown = callback_number(caller.shown_number() or "", ours)
    if isinstance(shown, str):
        answer = await _confirmed(caller, "callback.shown", shown, "callback.shown_or_other")
        if answer != OTHER:
            return shown if answer == YES else None
    for _ in range(TRIES):
        typed = await caller.digits("callback.ask_number", wait_s=DIGIT_WAIT_S)
        number = callback_number(typed, ours)
        if isinstance(number, Unfit):
            await caller.say(number.value)
        elif (answer := await _confirmed(caller, "callback.typed", number, "callback.typed_or_again")) == YES:
            return number
        elif answer != OTHER:
            return None
    return None


async def _confirmed(caller: Caller, lead: str, number: str, question: str) -> str:
    """Read the number and ask: YES, OTHER, or "" when neither came, not even when asked again."""
    for _ in range(2):
        key = await caller.key(lead, *read_out(number), question, wait_s=KEY_WAIT_S)
        if key in (YES, OTHER):
            return key
    return ""
