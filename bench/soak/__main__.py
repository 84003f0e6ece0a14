"""Thousands of real calls through a whole instance, and whether anything grows.

    python -m bench.soak --minutes 60 --rate 2.5 --out DIR

A real Asterisk, controller, desk; callers are SIPp's, operators' phones register and answer. What is seen is
written to DIR as it is seen: samples.csv; at the end report.json and soak.svg. Status 1: something grows,
something is left, or the report does not say what the callers know.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from bench.soak.run import Soak


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=2.5, help="calls a second, of all kinds together")
    parser.add_argument("--every-s", type=float, default=10, help="between two samples")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="default: a new directory, which is named")
    parser.add_argument(
        "--home", type=Path, help="the instance's state directory; default: a new one in --out"
    )
    asked = parser.parse_args()
    out = asked.out or Path(tempfile.mkdtemp(prefix="soak-"))
    soak = Soak(out, minutes=asked.minutes, rate=asked.rate, every_s=asked.every_s, seed=asked.seed)
    report = asyncio.run(soak.run(asked.home or out / "home"))
    facts = {name: value for name, value in report.items() if name not in ("judged", "last")}
    print(json.dumps(facts, indent=1, ensure_ascii=False))
    print(f"written to {out}")
    return 1 if report["wrong"] or report["growing"] else 0


if __name__ == "__main__":
    sys.exit(main())
