"""The floor: who is offered which call. Pure: events in, commands out, nothing else.

    floor = Floor.open(FloorSettings(seats=(1, 2, 3)))
    commands = floor.apply(LogIn(1, "op-1"), now_ms)

No I/O, no clock, no randomness. The state tables are in docs/floor.md.
"""

from acd.floor import Floor, step
from acd.settings import FloorSettings

__all__ = ["Floor", "FloorSettings", "step"]
