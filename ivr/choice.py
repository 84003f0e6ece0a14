"""The choice of a caller who would have to wait long: wait on, be called back, hear the quieter hours.

The place in the queue is kept all the while, and an operator who becomes free cuts it short. No key, or one
that was not named, is to wait on: whoever does not understand the question loses nothing by it.
"""

from __future__ import annotations

from collections.abc import Sequence

from ivr.callback import callback
from ivr.caller import Caller

WAIT_ON, CALL_BACK, QUIETER = "1", "2", "3"
KEY_WAIT_S = 6.0
"""From the end of the question to the answer; the telephone has to be taken from the ear first."""


async def choice(caller: Caller, why: str, ours: Sequence[str]) -> bool:
    """Ask; `why` is the text that says why there is a question at all. ours: our own numbers.

    Returns whether the call ends here, in a callback. Otherwise the caller waits on.
    """
    quieter = caller.quieter_hours()
    calls_back = caller.may_call_back()
    question = _QUESTIONS.get((calls_back, bool(quieter)))
    if question is None:
        await caller.say(why, "overflow.wait_on")
        return False
    key = await caller.key(why, question, wait_s=KEY_WAIT_S)
    if key == CALL_BACK and calls_back:
        caller.chose("callback")
        return await callback(caller, ours)
    if key == QUIETER and quieter:
        caller.chose("quieter_hours")
        await caller.say("quieter.intro", *quieter)
    else:
        caller.chose({WAIT_ON: "wait_on", "": "no_key"}.get(key, "wrong_key"))
    await caller.say("overflow.wait_on")
    return False


_QUESTIONS = {
    (True, True): "choice.callback_quieter",
    (True, False): "choice.callback",
    (False, True): "choice.quieter",
}
"""By what can be offered: a callback, quieter hours."""
