"""The routes of the queue: what the supervisor does with who waits, and with open callbacks."""

from __future__ import annotations

from aiohttp.typedefs import Handler
from pydantic import BaseModel

from desk import callback_page, queue
from desk import supervisor_models as models
from desk.operation import API, Operation, page
from desk.rights import Right


def _caller(action: str, handler: Handler, summary: str, body: type[BaseModel]) -> Operation:
    return Operation(
        "POST",
        f"{API}/calls/{{call}}/{action}",
        handler,
        summary,
        answer=models.CallerAnswer,
        body=body,
        problems=(400, 409, 413),
        right=Right.RUN_QUEUE,
    )


QUEUE_OPERATIONS: tuple[Operation, ...] = (
    _caller("move", queue.move, "Put a waiting caller to another place", models.MoveBody),
    _caller("raise", queue.prioritise, "Give a waiting caller another priority", models.RaiseBody),
    _caller("offer", queue.offer, "Let a chosen ready seat ring for a waiting caller", models.OfferBody),
    _caller("take-out", queue.take_out, "Take a waiting caller out of the queue", models.TakeOutBody),
    _caller(
        "callback",
        queue.call_back,
        "Let a waiting caller go and call him back",
        models.AskCallbackBody,
    ),
    Operation(
        "GET",
        f"{API}/callbacks",
        queue.callbacks,
        "折り返し: the open callbacks",
        models.CallbackList,
        right=Right.RUN_QUEUE,
    ),
    Operation(
        "POST",
        f"{API}/callbacks/{{ticket}}/cancel",
        queue.cancel_callback,
        "Cancel an open callback",
        models.CallbackEnd,
        body=models.BecauseBody,
        problems=(400, 409, 413),
        right=Right.RUN_QUEUE,
    ),
    page("/callbacks", callback_page.callbacks, "折り返し, the page", Right.RUN_QUEUE),
)
