"""Distributions of times: how they are written, and how a value is drawn from them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

Draw = Callable[[], int]
"""Draws a time in ms, at least 0."""

KINDS = ("exponential", "lognormal", "constant")
LONGEST_S = 7 * 86_400


@dataclass(frozen=True, slots=True)
class Distribution:
    """Times of one kind. mean_s, spread_s: seconds; spread_s is the standard deviation, of lognormal only.

    known_ms: of kind "observed" only; every draw is one of these.
    """

    kind: str
    mean_s: float
    spread_s: float = 0.0
    known_ms: tuple[int, ...] = ()

    @classmethod
    def observed(cls, known_ms: Sequence[int]) -> "Distribution":
        """What was seen, each as likely as it was seen. Raises ValueError when nothing was."""
        if not known_ms:
            raise ValueError("nothing was observed")
        return cls("observed", sum(known_ms) / len(known_ms) / 1000, known_ms=tuple(known_ms))

    @classmethod
    def parse(cls, text: str, plain: str) -> "Distribution":
        """`exponential:300`, `lognormal:300,200`, `constant:30`, or `300` alone, of the kind `plain`.

        Raises ValueError with a sentence for the user.
        """
        kind, colon, rest = text.strip().partition(":")
        if not colon:
            kind, rest = (plain, kind) if _number(kind) is not None else (kind, "")
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is no distribution; choose from {', '.join(KINDS)}")
        numbers = [_number(part) for part in rest.split(",")]
        want = 2 if kind == "lognormal" else 1
        if len(numbers) != want or None in numbers:
            form = "MEAN,DEVIATION" if want == 2 else "MEAN"
            raise ValueError(f"{text!r} is not of the form {kind}:{form} in seconds")
        mean_s, spread_s = (number or 0.0 for number in (*numbers, 0.0)[:2])
        if not 0 <= mean_s <= LONGEST_S or (mean_s == 0 and kind != "constant"):
            least = "from 0" if kind == "constant" else "above 0 and"
            raise ValueError(f"{text!r}: the mean must be {least} to {LONGEST_S} seconds")
        if want == 2 and not 0 < spread_s <= LONGEST_S:
            raise ValueError(f"{text!r}: the deviation must be above 0 and to {LONGEST_S} seconds")
        return cls(kind, mean_s, spread_s)

    def draws(self, random: Random) -> Draw:
        """A source of times of this distribution."""
        match self.kind:
            case "constant":
                value = round(self.mean_s * 1000)
                return lambda: value
            case "exponential":
                uniform, log, scale = random.random, math.log, -self.mean_s * 1000
                return lambda: int(log(1.0 - uniform()) * scale + 0.5)
            case "observed":
                pick, known = random.choice, self.known_ms
                return lambda: pick(known)
            case _:
                # Mean m and deviation s of the lognormal, from those of its logarithm.
                variance = math.log1p((self.spread_s / self.mean_s) ** 2)
                mu, sigma, draw = math.log(self.mean_s * 1000) - variance / 2, variance**0.5, random.gauss
                return lambda: int(math.exp(draw(mu, sigma)) + 0.5)

    def __str__(self) -> str:
        numbers = f"{self.mean_s:g}" + (f",{self.spread_s:g}" if self.spread_s else "")
        return f"{self.kind}:{numbers}"


def stream(seed: int, name: str) -> Random:
    """Chance of its own for each purpose, so that a change of one thing leaves all others as they were."""
    return Random(f"{seed} {name}")


def t_quantile(freedom: int) -> float:
    """97.5 % point of Student's t, for intervals of 95 %. freedom: at least 1.

    Tabulated up to 4, then the expansion of Abramowitz & Stegun 26.7.5, off by 0.004 at most.
    """
    if freedom <= len(_T_SMALL):
        return _T_SMALL[freedom - 1]
    z = 1.959964
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


_T_SMALL = (12.706, 4.303, 3.182, 2.776)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
