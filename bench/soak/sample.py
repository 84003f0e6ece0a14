"""One look at everything that could grow: both processes, their objects, the files."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from config.runfile import RunFile
from madoguchi.asterisk_cli import run_cli

PAGE = os.sysconf("SC_PAGE_SIZE")
TASKPROCESSOR = re.compile(r"^\S.*?\s\d+\s+(\d+)\s+(\d+)\s+\d+\s+\d+\s+\d+\s+\d+\s*$", re.MULTILINE)
"""How many wait and ever waited at once, of: name, processed, these two, low and high water, two times."""
TRIM_EVERY = 15
LAG = "madoguchi_event_loop_lag_seconds"


class Sampler:
    """Looks at one instance: at /proc, /metrics, Asterisk's command line and its files."""

    def __init__(self, home: Path, http: aiohttp.ClientSession) -> None:
        self._home = home
        self._control = home / "asterisk" / "run" / "asterisk.ctl"
        self._http = http
        self._began_s = time.monotonic()
        self._lags: dict[float, float] = {}
        self._looks = 0

    @property
    def age_s(self) -> float:
        """Since the first look could be taken."""
        return time.monotonic() - self._began_s

    async def look(self) -> dict[str, float]:
        """All figures by name. Sizes in bytes."""
        run = RunFile.read(self._home / "run.json")  # a controller that fell has another pid
        alarms = next((pid for pid, name in _children(run.pid).items() if name == "madoguchi.alarms"), None)
        return {
            "t_s": round(self.age_s, 1),
            "load": os.getloadavg()[0],
            **_process("controller", run.controller_pid),
            **_process("asterisk", run.asterisk_pid),
            **_process("up", run.pid),
            **_process("alarms", alarms),  # the last to be started
            **await self._trimmed(run.asterisk_pid),
            **await self._metrics(run.desk_url),
            **await self._asterisk(),
            **self._files(),
        }

    async def _trimmed(self, pid: int) -> dict[str, float]:
        """Asterisk's size behind `malloc trim`, every TRIM_EVERY looks: what it uses, not what it keeps for
        the next call.
        """
        self._looks += 1
        if self._looks % TRIM_EVERY:
            return {"trimmed": 0.0, "asterisk_trimmed": 0.0}
        await run_cli(self._control, "malloc trim")
        return {"trimmed": 1.0, "asterisk_trimmed": _process("asterisk", pid)["asterisk_rss"]}

    async def _metrics(self, desk_url: str) -> dict[str, float]:
        async with self._http.get(f"{desk_url.rstrip('/')}/metrics") as answer:
            text = await answer.text()
        found: dict[str, float] = {}
        buckets: dict[float, float] = {}
        for family in text_string_to_metric_families(text):
            for one in family.samples:
                if one.name == "madoguchi_held":
                    found[f"held_{one.labels['what']}"] = one.value
                elif one.name == f"{LAG}_bucket":
                    buckets[float(one.labels["le"])] = one.value
                elif one.name in KEPT:
                    found[KEPT[one.name]] = one.value
        since = {edge: count - self._lags.get(edge, 0.0) for edge, count in buckets.items()}
        self._lags = buckets
        found["lag_p99_s"] = quantile(since, 0.99)
        return found

    async def _asterisk(self) -> dict[str, float]:
        control = self._control
        channels = await run_cli(control, "core show channels count")
        bridges = await run_cli(control, "bridge show all")
        topics = await run_cli(control, "stasis show topics")
        queues = TASKPROCESSOR.findall(await run_cli(control, "core show taskprocessors"))
        return {
            "channels": _number(r"(\d+) active channel", channels),
            "bridges": float(max(0, len(bridges.strip().splitlines()) - 1)),
            "taskprocessors": float(len(queues)),
            "taskprocessor_waiting": max((float(waiting) for waiting, _ in queues), default=0.0),
            "taskprocessor_most": max((float(most) for _, most in queues), default=0.0),
            "topics": _number(r"(\d+) Total topics", topics),
        }

    def _files(self) -> dict[str, float]:
        home = self._home
        logs = [*(home / "logs").rglob("*"), *(home / "asterisk" / "log").rglob("*")]
        return {
            "db_bytes": _size(home / "madoguchi.db"),
            "wal_bytes": _size(home / "madoguchi.db-wal"),
            "log_bytes": sum(map(_size, logs)),
        }


KEPT = {
    "madoguchi_calls_received_total": "received",
    "madoguchi_tasks": "controller_tasks",
    "madoguchi_allocated_blocks": "controller_blocks",
    "madoguchi_waiting": "waiting",
    "madoguchi_callbacks_open": "callbacks_open",
    "madoguchi_journal_pending": "journal_pending",
    "madoguchi_journal_lag_seconds": "journal_lag_s",
}
"""Metrics that are taken over, by our name."""


def quantile(buckets: dict[float, float], share: float) -> float:
    """The upper edge of the bucket in which the share lies; counts are cumulative. 0 without any."""
    most = buckets.get(float("inf"), 0.0)
    if not most:
        return 0.0
    known = [edge for edge in sorted(buckets) if edge != float("inf")]
    return next((edge for edge in known if buckets[edge] >= share * most), known[-1])


def _process(name: str, pid: int | None) -> dict[str, float]:
    """Figures of one process; zeros for one that is not there yet."""
    if pid is None:
        return {f"{name}_{what}": 0.0 for what in ("rss", "fds", "threads", "cpu_s")}
    proc = Path("/proc") / str(pid)
    try:
        return {
            f"{name}_rss": int((proc / "statm").read_text().split()[1]) * PAGE,
            f"{name}_fds": sum(1 for _ in (proc / "fd").iterdir()),
            f"{name}_threads": sum(1 for _ in (proc / "task").iterdir()),
            f"{name}_cpu_s": _cpu_s(proc),
        }
    except FileNotFoundError:
        raise RuntimeError(f"{name} (pid {pid}) has ended") from None


def _cpu_s(proc: Path) -> float:
    fields = (proc / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _children(parent: int) -> dict[int, str]:
    """Pids of the children, with the module that they run (`python -m NAME`)."""
    found = {}
    for child in (Path("/proc") / str(parent) / "task" / str(parent) / "children").read_text().split():
        words = (Path("/proc") / child / "cmdline").read_bytes().decode(errors="replace").split("\0")
        found[int(child)] = words[words.index("-m") + 1] if "-m" in words else words[0]
    return found


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _size(file: Path) -> float:
    try:
        return float(file.stat().st_size) if file.is_file() else 0.0
    except FileNotFoundError:
        return 0.0
