"""How operators behave."""

from dataclasses import dataclass

from staffing.chance import Distribution, Draw, stream


@dataclass(frozen=True, slots=True)
class Habits:
    """How operators behave. pick_up: from the first ring to the answer.

    wrap_up: until they end the wrap-up themselves; None: the floor's own time ends it.
    break_share: part of the staffed time that is spent on breaks, 0 to below 1; rest_ms: length of one.
    """

    pick_up: Distribution
    wrap_up: Distribution | None = None
    break_share: float = 0.0
    rest_ms: int = 600_000

    def on_duty(self, seed: int) -> Draw | None:
        """Draws the time from one break to the next, so that breaks have their share; None: no breaks."""
        if self.break_share <= 0:
            return None
        mean_s = self.rest_ms / 1000 * (1 - self.break_share) / self.break_share
        return Distribution("exponential", mean_s).draws(stream(seed, "breaks"))
