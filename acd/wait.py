"""Predicted wait (予想待ち時間): what a caller may be told, and how far it has proved right.

Predicted = (callers ahead + 1) x handling time / seats, 0 while a seat is free. Time itself is in none of the
three, so a prediction never grows merely because time passes; Asterisk's own does (`app_queue`).
"""

from collections import deque

HOUR_MS = 3_600_000
PRIOR_CALLS = 5
"""As many calls the configured handling time counts for."""
CREDIBLE_AFTER = 10
JUDGED_BY = 50
"""The last so many predictions with their outcomes say whether the next one is to be believed."""
TOLERATED_MS = 120_000
TOLERATED_SHARE = 0.75


class WaitModel:
    """Handling times (talk, hold and wrap-up, ms) of the last hour; errors of the last predictions."""

    __slots__ = ("_errors", "_handled", "_handled_ms", "prior_ms")

    def __init__(self, prior_ms: int) -> None:
        self.prior_ms = prior_ms
        self._handled: deque[tuple[int, int]] = deque()
        self._handled_ms = 0
        self._errors: deque[tuple[int, int]] = deque(maxlen=JUDGED_BY)

    def copy(self) -> "WaitModel":
        """One that knows the same and forgets on its own."""
        other = WaitModel(self.prior_ms)
        other._handled = self._handled.copy()
        other._handled_ms = self._handled_ms
        other._errors = self._errors.copy()
        return other

    def handled(self, at_ms: int, took_ms: int) -> None:
        """A call has been dealt with, wrap-up included; calls of more than an hour ago are forgotten now."""
        self._handled.append((at_ms, took_ms))
        self._handled_ms += took_ms
        while self._handled and self._handled[0][0] <= at_ms - HOUR_MS:
            self._handled_ms -= self._handled.popleft()[1]

    def waited(self, predicted_ms: int, waited_ms: int) -> None:
        """A caller who was predicted `predicted_ms` at entry has been connected after `waited_ms`."""
        self._errors.append((predicted_ms, abs(predicted_ms - waited_ms)))

    @property
    def known(self) -> int:
        """How many calls of the last hour it goes by."""
        return len(self._handled)

    @property
    def handling_ms(self) -> float:
        """Smoothed time that one call takes one seat."""
        return (self.prior_ms * PRIOR_CALLS + self._handled_ms) / (PRIOR_CALLS + len(self._handled))

    def predict(self, ahead: int, seats: int) -> int | None:
        """Wait in ms of a caller with `ahead` others before, when no seat is free; None without a seat."""
        if seats < 1:
            return None
        return round((ahead + 1) * self.handling_ms / seats)

    @property
    def credible(self) -> bool:
        """Whether predictions may be spoken: nine of ten were off by no more than two minutes, or by no
        more than three quarters. Until enough are known, yes: the handling time is then the configured one.
        """
        if len(self._errors) < CREDIBLE_AFTER:
            return True
        good = sum(
            error <= max(TOLERATED_MS, predicted * TOLERATED_SHARE) for predicted, error in self._errors
        )
        return good * 10 >= len(self._errors) * 9


def minutes_to_say(predicted_ms: int) -> int:
    """Rounded as it is spoken: whole minutes upward, by fives from ten, never less than one."""
    minutes = max(1, -(-predicted_ms // 60_000))
    return minutes if minutes <= 10 else -(-minutes // 5) * 5
