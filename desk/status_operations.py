"""The routes of who watches the service from outside."""

from __future__ import annotations

from desk import models, status
from desk.operation import API, Operation


def _watched(base: str) -> tuple[Operation, ...]:
    return (
        Operation(
            "GET", f"{base}/healthz", status.healthz, "The process is alive", models.Alive, public=True
        ),
        Operation(
            "GET",
            f"{base}/readyz",
            status.readyz,
            "Calls can be taken and recorded",
            models.Readiness,
            public=True,
            also={503: models.Readiness},
        ),
        Operation(
            "GET", f"{base}/metrics", status.metrics, "Prometheus metrics", types=("text/plain",), public=True
        ),
    )


STATUS_OPERATIONS = (*_watched(API), *_watched(""))
