"""サービスレベル: one set of counts, and the fractions that different systems and contracts make of it.

With T the threshold; "in time" is at most T after entering the queue. The names of others:
``answered_only`` is Asterisk's service level and AT&T's, ``answered_or_abandoned`` Asterisk's second one,
``removed_in_time`` Amazon's SL X, ``abandons_in`` and ``short_out`` Genesys's with and without short ones,
``early_abandons_out``, ``strict`` and ``early_abandons_met`` Cisco's ignored, negative and positive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from config.report import Formula, ServiceLevelRule
from reports.tally import Tally, digits, rate

NAMES: Mapping[Formula, tuple[str, str]] = MappingProxyType(
    {
        "short_out": ("短時間放棄を除く", "T秒以内の応答 ÷（待ち行列 − 短時間放棄）"),
        "strict": ("厳格", "T秒以内の応答 ÷ 待ち行列"),
        "answered_only": ("応答のみ", "T秒以内の応答 ÷ 応答"),
        "callback_neutral": ("折返し中立", "T秒以内の応答 ÷（待ち行列 − 短時間放棄 − 折返し受付）"),
        "abandons_in": ("応答と放棄", "T秒以内の応答 ÷（応答 ＋ 放棄）"),
        "answered_or_abandoned": (
            "T秒以内の応答と放棄",
            "（T秒以内の応答 ＋ T秒以内の放棄）÷（応答 ＋ 放棄）",
        ),
        "removed_in_time": ("T秒以内に列を出た", "T秒以内に列を出た着信 ÷ 待ち行列"),
        "early_abandons_out": ("早い放棄を除く", "T秒以内の応答 ÷（待ち行列 − T秒以内の放棄）"),
        "early_abandons_met": ("早い放棄を達成とする", "（T秒以内の応答 ＋ T秒以内の放棄）÷ 待ち行列"),
    }
)
"""By formula: its short name, and what is divided by what. The contract's own is named in the settings."""


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """What counts as in time, as short and as met. Seconds; ``target`` 0 to 1."""

    threshold_s: float = 20
    short_s: float = 5
    target: float = 0.8
    formula: Formula = "short_out"

    @classmethod
    def of(cls, rule: ServiceLevelRule) -> ServiceLevel:
        """As the settings have it."""
        return cls(rule.threshold_s, rule.short_s, rule.target, rule.formula)

    @property
    def threshold_ms(self) -> int:
        """T in ms."""
        return round(self.threshold_s * 1000)

    @property
    def short_ms(self) -> int:
        """The longest wait of a short abandon, in ms."""
        return round(self.short_s * 1000)

    def value(self, tally: Tally, formula: Formula | None = None) -> float | None:
        """The level by this formula, else by the contract's; 0 to 1, None where nobody is decided yet.

        Who has waited less than T and still waits is in no term (Cisco's service level events): the live
        figure neither waits for slow calls nor counts them early.
        """
        decided = tally.queued - tally.undecided
        both = tally.in_time + tally.abandoned_in_time
        match formula or self.formula:
            case "short_out":
                return rate(tally.in_time, decided - tally.abandoned_short)
            case "strict":
                return rate(tally.in_time, decided)
            case "answered_only":
                return rate(tally.in_time, tally.answered)
            case "callback_neutral":
                return rate(tally.in_time, decided - tally.abandoned_short - tally.callback)
            case "abandons_in":
                return rate(tally.in_time, tally.answered + tally.abandoned)
            case "answered_or_abandoned":
                return rate(both, tally.answered + tally.abandoned)
            case "removed_in_time":
                return rate(tally.removed_in_time, decided)
            case "early_abandons_out":
                return rate(tally.in_time, decided - tally.abandoned_in_time)
            case "early_abandons_met":
                return rate(both, decided)

    def is_met(self, tally: Tally) -> bool | None:
        """Whether the target is reached; None where there is nothing to divide by."""
        value = self.value(tally)
        return None if value is None else value >= self.target

    def to_json(self, tally: Tally) -> dict[str, Any]:
        """The object ``service_level``: the contract's value, and every variant beside it."""
        return {
            "threshold_s": self.threshold_s,
            "short_s": self.short_s,
            "target": self.target,
            "formula": self.formula,
            "value": digits(self.value(tally)),
            "variants": {name: digits(self.value(tally, name)) for name in NAMES},
        }


def seconds_text(seconds: float) -> str:
    """Such as "20", "7.5"."""
    return f"{seconds:g}"
