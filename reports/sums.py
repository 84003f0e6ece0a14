"""The sums of a period that are compared with those of another: counts, rates, service level, waits.

Of the figures of a report, of the records, or of a closed version's document.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from config.report import ServiceLevelRule
from db import Closing
from db.call_counts import answered_waits, call_groups
from db.closings import document_of
from reports.figures import Figures
from reports.identity import ending
from reports.service_level import ServiceLevel
from reports.spread import average_s, median_s, p90_s, seconds
from reports.tally import Tally


@dataclass(frozen=True, slots=True)
class Sums:
    """``level``: by which the service level was computed. Times are seconds, None: nobody waited."""

    tally: Tally
    system_failed: int
    level: ServiceLevel
    asa_s: float | None
    median_wait_s: float | None
    p90_wait_s: float | None
    longest_wait_s: float | None

    def values(self) -> dict[str, float | None]:
        """By the names of the report's JSON, in the order in which they are shown; rates are exact."""
        tally = self.tally
        return {
            "received": tally.received,
            "received_open": tally.received_open,
            "received_closed": tally.received - tally.received_open,
            "queued": tally.queued,
            "answered": tally.answered,
            "abandoned": tally.abandoned,
            "abandoned_short": tally.abandoned_short,
            "abandoned_in_guidance": tally.abandoned_in_guidance,
            "overflowed": tally.overflowed,
            "timed_out": tally.timed_out,
            "left_no_operator": tally.left_no_operator,
            "callback_requested": tally.callback,
            "system_failed": self.system_failed,
            "answer_rate": tally.answer_rate,
            "abandon_rate": tally.abandon_rate,
            "service_level": self.level.value(tally),
            "asa_s": self.asa_s,
            "median_wait_s": self.median_wait_s,
            "p90_wait_s": self.p90_wait_s,
            "longest_wait_s": self.longest_wait_s,
        }


def sums_of_figures(figures: Figures) -> Sums:
    """Those of a report that is made."""
    return Sums(
        figures.total,
        figures.identity.terms["system_failed"],
        figures.level,
        figures.asa_s,
        figures.median_wait_s,
        figures.p90_wait_s,
        figures.longest_wait_s,
    )


def sums_of(
    connection: Connection, pieces: Sequence[tuple[int, int]], level: ServiceLevel
) -> tuple[Sums, list[Tally]]:
    """Those of the calls received in these stretches (ms UTC, half-open, apart), and the counts of each.

    Nobody waits any more, as far as they go: they are of a year ago.
    """
    tallies, failed, longest, waits = [], 0, [], []
    limits = level.short_ms, level.threshold_ms
    for from_ms, to_ms in pieces:
        tally = Tally()
        for facts, number, longest_ms in call_groups(connection, from_ms, to_ms, limits):
            term = ending(facts)
            one = Tally()
            one.add(
                facts, term, facts.wait_ms, to_ms,
                threshold_ms=level.threshold_ms, short_ms=level.short_ms,
            )  # fmt: skip
            tally.plus(one, number)
            failed += number if term == "system_failed" else 0
            longest += [] if longest_ms is None else [longest_ms]
        tallies.append(tally)
        waits += answered_waits(connection, from_ms, to_ms)
    total = Tally()
    for tally in tallies:
        total.plus(tally)
    longest_s = seconds(max(longest)) if longest else None
    return Sums(total, failed, level, average_s(waits), median_s(waits), p90_s(waits), longest_s), tallies


def sums_of_closed(connection: Connection, closing: Closing) -> Sums | None:
    """Those of a closed version, as they were handed over; None: it does not have all of them."""
    content = document_of(connection, closing, "json")
    try:
        return None if content is None else _sums(json.loads(content))
    except (KeyError, TypeError, ValueError):
        return None


def _sums(document: Mapping[str, Any]) -> Sums:
    told = document["service_level"]
    rule = {name: told[name] for name in ("threshold_s", "short_s", "target", "formula")}
    names = (
        *("received", "received_open", "queued", "answered", "abandoned", "abandoned_short"),
        *("abandoned_in_guidance", "overflowed", "timed_out", "left_no_operator", "withdrawn"),
    )
    tally = Tally(
        **{name: int(document[name]) for name in names}, callback=int(document["callback_requested"])
    )
    # The counts below the rates, which stand there with 4 digits: exact up to 10,000 calls, so that a rate
    # is shown as it was on that version's paper.
    levels = told["variants"]
    tally.in_time = _part(levels["strict"], tally.queued)
    both = _part(levels["answered_or_abandoned"], tally.answered + tally.abandoned)
    tally.abandoned_in_time = both - tally.in_time
    tally.removed_in_time = _part(levels["removed_in_time"], tally.queued)
    return Sums(
        tally,
        int(document["system_failed"]),
        ServiceLevel.of(ServiceLevelRule.model_validate(rule)),
        document["asa_s"],
        document["median_wait_s"],
        document["p90_wait_s"],
        document["longest_wait_s"],
    )


def _part(rate: float | None, whole: int) -> int:
    return round((rate or 0) * whole)
