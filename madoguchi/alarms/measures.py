"""For /metrics: disk, certificates, backup and alarms, read from the state directory when asked for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config import Home, Settings
from desk.measures import build_info
from madoguchi import __version__
from madoguchi.alarms import blocking
from madoguchi.alarms.keep import Kept
from madoguchi.backup.kept import LastBackup
from madoguchi.certificates import ends_at_s, in_use

NAMES = (
    *("fallback", "asterisk_away", "database_away", "no_seat", "few_seats", "long_wait"),
    *("disk", "certificate", "backup", "sip_attack"),
)
"""Every alarm that there is."""


class HomeMeasures(Collector):
    """What the state directory tells."""

    def __init__(self, home: Home, settings: Callable[[], Settings]) -> None:
        self._home = home
        self._settings = settings

    def describe(self) -> Iterator[Metric]:
        """Nothing: nothing is read at registration."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read it now."""
        yield build_info(__version__)
        usage = shutil.disk_usage(self._home.path)
        yield _gauge("disk_free_bytes", "Free on the disk of the state directory", usage.free)
        yield _gauge("disk_size_bytes", "Size of the disk of the state directory", usage.total)
        last = LastBackup.read(self._home)
        yield _gauge(
            "backup_last_timestamp_seconds", "When the newest backup was made (Unix time); 0: never",
            last.made_ms / 1000 if last else 0,
        )  # fmt: skip
        refused = len(blocking.read(self._home).until_ms)
        yield _gauge("sip_blocked_addresses", "Addresses refused for guessing passwords", refused)
        ends = GaugeMetricFamily(
            "madoguchi_certificate_expiry_timestamp_seconds", "When a certificate ends (Unix time)",
            labels=["file"],
        )  # fmt: skip
        for file in in_use(self._home, self._settings()):
            ends.add_metric([file.name], ends_at_s(file))
        yield ends
        alarms = GaugeMetricFamily("madoguchi_alarm", "1 while the alarm holds", labels=["alarm"])
        raised = Kept.read(self._home).book.raised()
        for name in NAMES:
            alarms.add_metric([name], int(name in raised))
        yield alarms


def _gauge(name: str, told: str, value: float) -> Metric:
    return GaugeMetricFamily(f"madoguchi_{name}", told, value=value)
