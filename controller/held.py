"""How many of everything the controller keeps: what must go back to nothing, and what must not grow."""

from __future__ import annotations

from controller.controller import Controller


def held(controller: Controller) -> dict[str, int]:
    """Numbers by name. `calls` to `timers` are 0 on an empty floor, but for the timers of the seats' people
    and of the review of a queue; `lately` and the two of citizens known again are forgotten after a time.
    """
    floor = controller.dispatcher.floor
    return {
        "calls": len(controller.calls),
        "legs": len(controller.legs.channels()),
        "outward": len(controller.outward.channels()),
        "callers": len(floor.callers),
        "offers": len(floor.offers),
        "timers": len(floor.timers),
        "lately": len(controller.calls.lately),
        "served": len(floor.served),
        "left": len(floor.left),
        "handled": floor.waits.known,
    }
