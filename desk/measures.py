"""Figures for Prometheus. No personal data, so no log-in."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from acd.types import SeatState
from controller.office import Office
from db import Entry, Journal
from desk.health import holiday_table
from reports import OUTCOMES

LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Measures:
    """What /metrics tells; counters count from the start of the process."""

    def __init__(self, office: Office, journal: Journal) -> None:
        self.registry = CollectorRegistry()
        self._received = Counter(
            "madoguchi_calls_received", "Calls received since the start", registry=self.registry
        )
        self._ended = Counter(
            "madoguchi_calls", "Calls ended since the start", ["outcome"], registry=self.registry
        )
        for outcome in sorted(OUTCOMES):
            self._ended.labels(outcome)
        self.loop_lag = Histogram(
            "madoguchi_event_loop_lag_seconds",
            "How late the event loop runs what is due",
            registry=self.registry,
            buckets=LAG_BUCKETS_S,
        )
        self.registry.register(_Now(office, journal))

    def take(self, _seq: int, entry: Entry) -> None:
        """One journal entry, as the journal's subscriber gets it."""
        if entry.kind == "call.received":
            self._received.inc()
        elif entry.kind == "call.ended":
            self._ended.labels(str(entry.data.get("outcome", "unknown"))).inc()

    def text(self) -> bytes:
        """The text format 0.0.4."""
        return generate_latest(self.registry)


class _Now(Collector):
    """Gauges, read when asked for."""

    def __init__(self, office: Office, journal: Journal) -> None:
        self._office = office
        self._journal = journal

    def collect(self) -> Iterator[Metric]:
        """Read floor and journal as they are now."""
        seats = GaugeMetricFamily("madoguchi_seats", "Seats by state", labels=["state"])
        shown = [seat.state for seat in self._office.seats()]
        for state in SeatState:
            seats.add_metric([state.value], shown.count(state.value))
        yield seats
        gauges = {
            "waiting": ("Callers not yet connected to an operator", len(self._office.waiting())),
            "connected": ("1 while connected to Asterisk and reconciled", int(self._office.connected)),
            "holiday_table_days_left": (
                "Days that the holiday table still covers; the next one is due at 120",
                holiday_table(self._office)[0],
            ),
            "journal_pending": ("Journal entries not yet in the database", self._journal.pending),
            "journal_lag_seconds": (
                "Age of the oldest entry not in the database",
                self._journal.lag_ms / 1000,
            ),
        }
        for name, (told, value) in gauges.items():
            yield GaugeMetricFamily(f"madoguchi_{name}", told, value=value)
