"""What is measured, as numbers: percentiles, CPU, one side's result."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Spread:
    """A distribution of milliseconds."""

    n: int
    p50: float
    p95: float
    p99: float
    max: float

    @classmethod
    def of(cls, nanoseconds: Sequence[int]) -> Spread | None:
        """Nearest-rank percentiles; None of nothing."""
        if not nanoseconds:
            return None
        ordered = sorted(value / 1e6 for value in nanoseconds)

        def rank(share: float) -> float:
            return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)

        return cls(len(ordered), rank(0.5), rank(0.95), rank(0.99), round(ordered[-1], 2))


@dataclass
class Result:
    """One side of the comparison. Milliseconds; CPU is user + system time of the process per call."""

    side: str
    answer: Spread | None = None
    """Caller's INVITE to its 200 (probes)."""
    first_ring: Spread | None = None
    """Caller's INVITE to the first phone's INVITE, all seats idle (probes)."""
    next_ring: Spread | None = None
    """A phone's BYE to the next INVITE at it, callers waiting (bursts)."""
    calls: int = 0
    served: int = 0
    lost: int = 0
    rung_while_talking: int = 0
    asterisk_cpu_ms: float = 0.0
    controller_cpu_ms: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


def cpu_ms(pid: int) -> float:
    """CPU time of a process so far, its waited-for children not counted; 0 when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def table(results: Sequence[Result]) -> str:
    """The comparison for a terminal and for docs."""
    rows = [("", *(result.side for result in results))]
    for title, name in (
        ("INVITE -> 200", "answer"), ("INVITE -> first ring", "first_ring"),
        ("seat free -> next ring", "next_ring"),
    ):  # fmt: skip
        for part in ("p50", "p95", "p99", "max"):
            spreads = [getattr(result, name) for result in results]
            rows.append((f"{title} {part} [ms]", *(str(getattr(s, part)) if s else "-" for s in spreads)))
    for title, name in (
        ("calls", "calls"), ("served once", "served"), ("lost", "lost"),
        ("seats rung while talking", "rung_while_talking"),
        ("Asterisk CPU [ms/call]", "asterisk_cpu_ms"), ("controller CPU [ms/call]", "controller_cpu_ms"),
    ):  # fmt: skip
        rows.append((title, *(str(getattr(result, name)) for result in results)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
