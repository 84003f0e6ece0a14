"""予想待ち時間: how far what was predicted proved right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from db import CallFacts
from reports.spread import average_s, median_s, p90_s


@dataclass(frozen=True, slots=True)
class Predictions:
    """Errors, seconds, over answered calls that had a prediction at entry.

    ``median_error_s`` and ``p90_error_s`` are of |predicted − waited|, ``bias_s`` is the mean of predicted −
    waited: positive when callers waited less than predicted. ``told`` counts those of these calls to which a
    wait was spoken; the errors of what was spoken first are taken from that moment on.
    """

    count: int
    median_error_s: float | None
    p90_error_s: float | None
    bias_s: float | None
    told: int
    told_median_error_s: float | None
    told_p90_error_s: float | None

    def to_json(self) -> dict[str, Any]:
        """The object ``prediction``."""
        return {
            "count": self.count,
            "median_error_s": self.median_error_s,
            "p90_error_s": self.p90_error_s,
            "bias_s": self.bias_s,
            "told": self.told,
            "told_median_error_s": self.told_median_error_s,
            "told_p90_error_s": self.told_p90_error_s,
        }


def predictions_of(answered: Iterable[CallFacts]) -> Predictions:
    """Over these calls, all of them answered; those without a prediction are left out."""
    errors: list[int] = []
    told_errors: list[int] = []
    told = 0
    for facts in answered:
        if facts.predicted_ms is None or facts.wait_ms is None:
            continue
        errors.append(facts.predicted_ms - facts.wait_ms)
        told += facts.told > 0
        if facts.told_at_ms is not None and facts.told_predicted_ms is not None and facts.connected_ms:
            waited_ms = max(0, facts.connected_ms - facts.told_at_ms)
            told_errors.append(abs(facts.told_predicted_ms - waited_ms))
    sizes = [abs(error) for error in errors]
    return Predictions(
        count=len(errors),
        median_error_s=median_s(sizes),
        p90_error_s=p90_s(sizes),
        bias_s=average_s(errors),
        told=told,
        told_median_error_s=median_s(told_errors),
        told_p90_error_s=p90_s(told_errors),
    )
