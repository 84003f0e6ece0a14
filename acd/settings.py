"""How a floor is set: its seats and its times."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """The settings of a floor. All times are milliseconds.

    seats: seat numbers, each at least 1, none twice; may be empty.
    ring_time_ms: how long one phone rings before the next seat is tried, at least 1.
    wrap_up_ms: work after a talk; 0 means none.
    max_misses: offers missed in a row before the seat is put on break, at least 1.
    connect_time_ms: both legs must be in the bridge this long after the answer, at least 1.
    cool_down_ms: a seat that failed a call is not offered the same call again for this long,
        at least 1 (it is what keeps a broken phone from being rung in a tight loop).

    Raises ValueError naming the field when a value is out of its range.
    """

    seats: tuple[int, ...]
    ring_time_ms: int = 20_000
    wrap_up_ms: int = 30_000
    max_misses: int = 2
    connect_time_ms: int = 2_000
    cool_down_ms: int = 10_000

    def __post_init__(self) -> None:
        if len(set(self.seats)) != len(self.seats):
            raise ValueError(f"seats: a number occurs twice in {self.seats}")
        if any(number < 1 for number in self.seats):
            raise ValueError(f"seats: numbers begin at 1, got {self.seats}")
        for name in ("ring_time_ms", "max_misses", "connect_time_ms", "cool_down_ms"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: must be at least 1, got {getattr(self, name)}")
        if self.wrap_up_ms < 0:
            raise ValueError(f"wrap_up_ms: must not be negative, got {self.wrap_up_ms}")
