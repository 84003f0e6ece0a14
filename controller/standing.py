"""What a waiting caller may be told of his turn, and whether he may be called back instead."""

from __future__ import annotations

from acd import Floor
from acd.types import CallState
from config.callback import CallbackRules
from ivr.caller import Standing


def rings(floor: Floor, call: str) -> bool:
    """Whether a phone rings for this call, or more."""
    view = floor.call(call)
    return view is not None and view.state is not CallState.WAITING


def standing(floor: Floor, call: str) -> Standing | None:
    """The place, and the predicted wait while predictions have proved right and a seat is staffed.

    None for a call that does not wait (its operator's phone rings already, or it is not in the queue).
    """
    view = floor.call(call)
    if view is None or view.state is not CallState.WAITING or view.position is None:
        return None
    return Standing(view.position, floor.predicted_ms(call) if floor.waits.credible else None)


def may_call_back(floor: Floor, rules: CallbackRules) -> bool:
    """Whether a callback is offered at all, and fewer are open than may be."""
    return rules.enabled and len(floor.open_tickets()) < rules.max_open
