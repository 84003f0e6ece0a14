"""The verdicts as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.soak.trend import SURE, Judged


def table(judged: Iterable[Judged]) -> str:
    """One line a column: in Markdown, so that it can go into the documents as it is."""
    lines = [
        "| of | line's ends | growth per 1,000 calls | of it kept on purpose | limit | |",
        "|---|---|---|---|---|---|",
    ]
    for one in judged:
        unit = f" {one.limit.unit}" if one.limit.unit else ""
        kept = f"{one.explained:.4g}{unit}" if one.explained else ""
        lines.append(
            f"| `{one.limit.column}` | {one.first:.4g} → {one.last:.4g}{unit} | "
            f"{one.slope:+.3g} ± {SURE * one.error:.2g}{unit} | {kept} | "
            f"{one.limit.most:g}{unit} | {one.verdict} |"
        )
    return "\n".join(lines)


def failures(judged: Sequence[Judged]) -> list[str]:
    """A sentence for each column that grows."""
    return [
        f"{one.limit.column} grows by {one.unexplained:.3g} {one.limit.unit} in 1,000 calls"
        for one in judged
        if one.verdict == "grows"
    ]
