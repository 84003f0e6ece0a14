"""What this process holds: tasks, threads, memory blocks of Python, and our own objects by name."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class ProcessMeasures(Collector):
    """Gauges, read when asked for. What grows here from week to week is never given back."""

    def __init__(self, held: Callable[[], Mapping[str, int]]) -> None:
        """`held`: how many of what there are, by name."""
        self._held = held

    def describe(self) -> Iterator[Metric]:
        """Nothing: at registration there may be nothing yet to count."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Count."""
        gauges = {
            "tasks": ("Tasks of the event loop", _tasks()),
            "threads": ("Threads of the process", threading.active_count()),
            # Sharper than the resident size: what is freed is gone from it at once.
            "allocated_blocks": ("Blocks of memory that Python has in use", sys.getallocatedblocks()),
        }
        for name, (told, value) in gauges.items():
            yield GaugeMetricFamily(f"madoguchi_{name}", told, value=value)
        held = GaugeMetricFamily("madoguchi_held", "Objects kept in memory", labels=["what"])
        for what, count in self._held().items():
            held.add_metric([what], count)
        yield held


def _tasks() -> int:
    """0 where no loop runs."""
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return 0
