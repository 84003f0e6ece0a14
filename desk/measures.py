"""Figures for Prometheus. No personal data, so no log-in. What each is: docs/monitoring/README.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from acd.types import SeatState
from controller.office import Office
from db import Entry, Journal
from db.seat_slots import is_staffed
from desk.health import holiday_table
from reports import OUTCOMES

LAG_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
WAIT_BUCKETS_S = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1200)
TALK_BUCKETS_S = (10, 30, 60, 120, 180, 300, 420, 600, 900, 1800, 3600)
OFFER_OUTCOMES = (
    *("answered", "no_answer", "busy", "declined", "unreachable", "failed"),
    *("caller_gone", "lost_race", "withdrawn"),
)


class Measures:
    """What /metrics tells; counters count from the start of the process."""

    def __init__(self, office: Office, journal: Journal, others: Iterable[Collector] = ()) -> None:
        """`others`: collectors of what lies beyond the desk: disk, certificates, alarms."""
        self.registry = CollectorRegistry()
        self._received = self._counter("madoguchi_calls_received", "Calls received since the start")
        self._ended = self._counter("madoguchi_calls", "Calls ended since the start", "outcome")
        for outcome in sorted(OUTCOMES):
            self._ended.labels(outcome)
        self._offers = self._counter(
            "madoguchi_offers", "Rings of a seat's phone, by how they ended", "outcome"
        )
        for outcome in OFFER_OUTCOMES:
            self._offers.labels(outcome)
        self._callbacks = self._counter("madoguchi_callbacks", "Callbacks closed since the start", "state")
        for state in ("reached", "unreached", "expired", "cancelled"):
            self._callbacks.labels(state)
        threshold_s = office.report_rules().terms.service_level.threshold_s
        waits = tuple(sorted({*map(float, WAIT_BUCKETS_S), float(threshold_s)}))
        self._wait = self._histogram(
            "madoguchi_queue_wait_seconds",
            "From the queue to the operator, or to the caller's end",
            waits,
            "outcome",
        )
        for outcome in ("answered", "abandoned"):
            self._wait.labels(outcome)
        self._talk = self._histogram(
            "madoguchi_talk_seconds", "From the connection to its end", TALK_BUCKETS_S
        )
        self._wrap_up = self._histogram("madoguchi_wrap_up_seconds", "After-call work", TALK_BUCKETS_S)
        self.loop_lag = self._histogram(
            "madoguchi_event_loop_lag_seconds", "How late the event loop runs what is due", LAG_BUCKETS_S
        )
        self._queued_ms: dict[str, int] = {}
        self._connected_ms: dict[str, int] = {}
        self._wrapping_ms: dict[int, int] = {}
        ProcessCollector(registry=self.registry)
        self.registry.register(_Now(office, journal))
        for other in others:
            self.registry.register(other)

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, labels, registry=self.registry)

    def _histogram(self, name: str, told: str, buckets: Iterable[float], *labels: str) -> Histogram:
        return Histogram(name, told, labels, registry=self.registry, buckets=tuple(buckets))

    def take(self, _seq: int, entry: Entry) -> None:
        """One journal entry, as the journal's subscriber gets it."""
        call, at_ms, data = entry.call or "", entry.at_ms, entry.data
        match entry.kind:
            case "call.received":
                self._received.inc()
            case "call.queued":
                self._queued_ms[call] = at_ms
            case "call.connected":
                self._connected_ms[call] = at_ms
                if (since_ms := self._queued_ms.pop(call, None)) is not None:
                    self._wait.labels("answered").observe(max(0, at_ms - since_ms) / 1000)
            case "call.talk_ended":
                if (since_ms := self._connected_ms.pop(call, None)) is not None:
                    self._talk.observe(max(0, at_ms - since_ms) / 1000)
            case "call.ended":
                outcome = str(data.get("outcome", "unknown"))
                self._ended.labels(outcome).inc()
                self._connected_ms.pop(call, None)
                since_ms = self._queued_ms.pop(call, None)
                if since_ms is not None and outcome == "abandoned":
                    self._wait.labels("abandoned").observe(max(0, at_ms - since_ms) / 1000)
            case "offer.ended" | "callback.offer_ended":
                self._offers.labels(str(data.get("outcome", "unknown"))).inc()
            case "callback.closed":
                self._callbacks.labels(str(data.get("state", "unknown"))).inc()
            case "seat.state" if entry.seat is not None:
                since_ms = self._wrapping_ms.pop(entry.seat, None)
                if since_ms is not None and data.get("from") == "wrap_up":
                    self._wrap_up.observe(max(0, at_ms - since_ms) / 1000)
                if data.get("to") == "wrap_up":
                    self._wrapping_ms[entry.seat] = at_ms

    def text(self) -> bytes:
        """The text format 0.0.4."""
        return generate_latest(self.registry)


class _Now(Collector):
    """Gauges, read when asked for."""

    def __init__(self, office: Office, journal: Journal) -> None:
        self._office = office
        self._journal = journal

    def describe(self) -> Iterator[Metric]:
        """Nothing: at registration there may be no floor yet to read."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read floor and journal as they are now."""
        office, terms = self._office, self._office.report_rules().terms
        seats = GaugeMetricFamily("madoguchi_seats", "Seats by state", labels=["state"])
        there = office.seats()
        shown = [seat.state for seat in there]
        for state in SeatState:
            seats.add_metric([state.value], shown.count(state.value))
        yield seats
        lines = GaugeMetricFamily("madoguchi_line_open", "1 while the line is open", labels=["line"])
        for line in office.line_names():
            lines.add_metric([line], int(office.moment(line).is_open))
        yield lines
        now_ms = office.now_ms()
        waiting = office.waiting()
        waits_s = [(now_ms - one.since_ms) / 1000 for one in waiting if not one.is_callback]
        staffed = sum(is_staffed(one, with_breaks=terms.breaks_are_staffed) for one in shown)
        gauges = {
            "waiting": ("Callers not yet connected to an operator", len(waiting)),
            "longest_wait_seconds": (
                "How long the first of those on the line has waited",
                max(waits_s, default=0),
            ),
            "callbacks_open": ("Callbacks not yet done", len(office.supervisor.callbacks())),
            "seats_staffed": ("Seats staffed as the contract counts them", staffed),
            "seats_required": ("Seats that the contract wants staffed in open hours", terms.staffed_seats),
            "phones_registered": (
                "Seats whose phone is registered and answers",
                sum(seat.phone == "registered" for seat in there),
            ),
            "connected": ("1 while connected to Asterisk and reconciled", int(office.connected)),
            "holiday_table_days_left": (
                "Days that the holiday table still covers; the next one is due at 120",
                holiday_table(office)[0],
            ),
            "journal_pending": ("Journal entries not yet in the database", self._journal.pending),
            "journal_lag_seconds": (
                "Age of the oldest entry not in the database",
                self._journal.lag_ms / 1000,
            ),
        }
        for name, (told, value) in gauges.items():
            yield GaugeMetricFamily(f"madoguchi_{name}", told, value=value)


def build_info(version: str) -> InfoMetricFamily:
    """Which version this is, as madoguchi_build_info{version="…"} 1."""
    return InfoMetricFamily("madoguchi_build", "Version", value={"version": version})
