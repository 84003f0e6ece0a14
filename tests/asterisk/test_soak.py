"""A few minutes of the soak: its calls are counted exactly, and nothing is left behind them.

Whether anything grows shows in an hour, not in minutes: docs/reliability.md has such a run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.soak.run import Soak

pytestmark = [pytest.mark.asterisk, pytest.mark.long, pytest.mark.timeout(1200)]
KINDS = {
    *("answered", "abandoned", "abandoned_in_guidance", "closed", "guidance_completed"),
    *("overflowed", "timed_out", "callback", "withdrawn"),
}


async def test_given_minutes_of_calls_of_every_kind_then_the_report_is_theirs_and_nothing_is_left(
    tmp_path: Path,
) -> None:
    soak = Soak(tmp_path / "out", minutes=4, rate=2, every_s=5, seed=1)
    report = await soak.run(tmp_path / "home")
    assert report["wrong"] == []
    assert report["calls"] > 300
    assert report["terms"].keys() >= KINDS
    assert report["rung_while_talking"] == 0
    assert len((tmp_path / "out" / "samples.csv").read_text().splitlines()) > 20
