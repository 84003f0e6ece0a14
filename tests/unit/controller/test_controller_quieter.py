"""The quieter hours at hand: what was found last, as texts; nothing when it cannot be found."""

import asyncio

from controller.quieter import QuieterHours
from tests.unit.controller.controller_rig import until


async def kept(quieter, condition):
    task = asyncio.create_task(quieter.keep())
    await until(condition)
    task.cancel()


async def test_given_half_hours_found_then_their_texts_and_none_for_the_night():
    quieter = QuieterHours(lambda: (3, 17, 32))
    assert quieter() == ()
    await kept(quieter, lambda: quieter() == ("quieter.at.17", "quieter.at.32"))


async def test_given_a_database_that_is_away_then_nothing_is_said_and_the_look_goes_on():
    looks = []

    def away():
        looks.append(1)
        raise OSError("as the test says")

    quieter = QuieterHours(away)
    await kept(quieter, lambda: bool(looks))
    assert quieter() == ()
