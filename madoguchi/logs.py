"""Logs of the serving process: JSON, one line an event, rotated; numbers are masked before they get here.

Lines are made and written by a thread of their own: the event loop, which answers calls, only queues them.
"""

from __future__ import annotations

import json
import logging
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import structlog

MEGABYTE = 1024 * 1024
KEPT_FILES = 10
Line = dict[str, Any]


class LogFile:
    """The writer of one rotated file: at most 10 files of 10 MB are kept. `close` writes what is left."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lines: SimpleQueue[Line | None] = SimpleQueue()
        self._file = RotatingFileHandler(
            path, maxBytes=10 * MEGABYTE, backupCount=KEPT_FILES - 1, encoding="utf-8"
        )
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def put(self, **line: Any) -> None:
        """Queue one line; returns at once, from any thread."""
        self._lines.put(line)

    debug = info = warning = error = critical = exception = put
    """What structlog calls, by level; the level stands in the line already."""

    def close(self) -> None:
        """Write what is queued and close the file."""
        self._lines.put(None)
        self._thread.join(timeout=5)
        self._file.close()

    def _run(self) -> None:
        while (line := self._lines.get()) is not None:
            text = json.dumps(line, ensure_ascii=False, default=str)
            self._file.handle(logging.makeLogRecord({"msg": text}))


class _FromLibraries(logging.Handler):
    """Brings the standard library's records (aiohttp, sqlalchemy, ari) into the same file."""

    def __init__(self, file: LogFile) -> None:
        super().__init__()
        self._to = file
        self._stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record as a line."""
        line: Line = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info:
            line["exception"] = logging.Formatter().formatException(record.exc_info)
        self._to.put(**self._stamp(None, record.levelname, line))


def log_to(path: Path, level: int = logging.INFO) -> LogFile:
    """Send structlog's and the libraries' log lines to `path`; close what is returned at the end."""
    file = LogFile(path)
    root = logging.getLogger()
    root.handlers[:] = [_FromLibraries(file)]
    root.setLevel(level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _as_keywords,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: file,
        cache_logger_on_first_use=True,
    )
    return file


def _as_keywords(_logger: Any, _method: str, line: Any) -> Any:
    """Hand the line over as it is."""
    return (), dict(line)
