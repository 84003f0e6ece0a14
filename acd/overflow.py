"""あふれ: whether a caller is left waiting, by the rules of its line.

The same rules are held against a caller on entry and while it waits: at the moment of those whose moment is
known, every few seconds where it is not. Each acts at most once a call, and none while a seat is free for the
caller: distribution comes first.
"""

from bisect import bisect_left

from acd.caller import Caller
from acd.commands import CallSettled, Divert
from acd.places import move, place_of, position, predicted_ms, start_clocks, take_down
from acd.settings import OverflowRule
from acd.tables import Tables
from acd.types import Outcome, OverflowCause, TimerPurpose, Toward

# Python 3.11 takes 0.2 microseconds to find a member by its class; these are found in a tenth of that.
_NO_SEAT, _WAITED, _CLOSING = OverflowCause.NO_SEAT, OverflowCause.WAITED, OverflowCause.CLOSING
_QUEUE_FULL, _CALLS_PER_SEAT = OverflowCause.QUEUE_FULL, OverflowCause.CALLS_PER_SEAT
_OVERFLOW_TIMER = TimerPurpose.OVERFLOW

OUTCOMES = {_WAITED: Outcome.TIMED_OUT, _NO_SEAT: Outcome.LEFT_NO_OPERATOR}
"""終了区分 of who is told and hung up; all others, and all who go to another number, are OVERFLOWED."""
ONLY_WAITING = (_WAITED, _CLOSING)
ON_TIME = (_WAITED, _CLOSING, _NO_SEAT)
"""Causes whose moment is known beforehand: they have a timer of their own."""


def on_entry(floor: Tables, caller: Caller, *, recovered: bool) -> None:
    """Hold the rules against a caller who has just come, and set the clocks of those that come due."""
    rules = floor.settings.line(caller.pool.line).overflow
    if not rules:
        return
    if not recovered and not _seat_is_free(floor, caller):
        for number, rule in enumerate(rules):
            if rule.on_entry and rule.cause not in ONLY_WAITING and _over(floor, caller, rule, entry=True):
                act(floor, caller, number, rule, stage="entry")
                break
    if caller.call in floor.callers:
        set_clocks(floor, caller)


def set_clocks(floor: Tables, caller: Caller) -> None:
    """Timers for the moments at which a rule may act on a caller who waits, and the review for the others."""
    line, told = caller.pool.line, caller.told
    for number, rule in enumerate(floor.settings.line(line).overflow):
        if rule.cause not in ON_TIME or not rule.while_waiting or (told and (line, number) in told):
            continue
        since_ms = _since_ms(floor, caller, rule)
        if since_ms is not None:
            left_ms = since_ms + int(rule.limit) - floor.now_ms
            floor.caller_timer(caller, f"overflow{number}", _OVERFLOW_TIMER, left_ms)
    _come_back(floor, caller)


def review(floor: Tables) -> None:
    """Hold the rules against all who wait, in their order, and come again while that may find something."""
    floor.review = None
    for place in floor.queue.all():
        caller = floor.callers.get(place.call)
        if caller is not None:
            hold_against(floor, caller)
    for place in floor.queue.all():
        _come_back(floor, floor.callers[place.call])


def due(floor: Tables, call: str) -> None:
    """The moment of one of a caller's rules has come; a phone may ring just then."""
    caller = floor.callers[call]
    caller.tokens = {name: token for name, token in caller.tokens.items() if token in floor.timers}
    hold_against(floor, caller)
    if call in floor.callers:
        _come_back(floor, caller)


def hold_against(floor: Tables, caller: Caller) -> None:
    """Let the first rule that is passed act on a caller for whom no phone rings and no seat is free."""
    if caller.live or caller.ticket is not None:
        return  # a phone rings: the answer to it comes first, and the rules come again
    for number, rule in enumerate(floor.settings.line(caller.line).overflow):
        told = (caller.line, number) in caller.told
        if rule.while_waiting and not told and _over(floor, caller, rule, entry=False):
            act(floor, caller, number, rule, stage="waiting")
            return


def act(floor: Tables, caller: Caller, number: int, rule: OverflowRule, *, stage: str) -> None:
    """Send the caller where the rule leads, and record what was seen."""
    to = rule.to
    at = position(floor, caller)
    seats = floor.pools.of(caller.pool)
    caller.told |= {(caller.line, number)}
    data = {
        "cause": rule.cause.value,
        "toward": to.toward.value,
        "target": to.target,
        "stage": stage,
        "limit": rule.limit,
        "position": at,
        "waiting": floor.queue.lines[caller.line],
        "staffed": len(seats.staffed),
        "predicted_ms": predicted_ms(floor, caller.pool, at - 1),
        "waited_ms": max(0, floor.now_ms - caller.queued_ms),
    }
    floor.record("call.overflowed", data, call=caller.call)
    if to.toward is Toward.LINE:
        _to_line(floor, caller, to.target)
    floor.emit(Divert(caller.call, rule.cause, to))
    if to.final:
        take_down(floor, caller)
        outcome = Outcome.OVERFLOWED if to.toward is Toward.NUMBER else OUTCOMES.get(rule.cause)
        floor.emit(CallSettled(caller.call, outcome or Outcome.OVERFLOWED))


def line_closed(floor: Tables, line: str, at_ms: int) -> None:
    """The line has closed: its callers' rules of closing begin to count."""
    if line in floor.closed:
        return
    floor.closed[line] = min(at_ms, floor.now_ms)
    floor.record("line.closed", {"line": line})
    for place in floor.queue.all():
        caller = floor.callers[place.call]
        if caller.line == line and caller.ticket is None:
            set_clocks(floor, caller)


def line_opened(floor: Tables, line: str) -> None:
    """The line is open: nobody is sent away for its closing."""
    if floor.closed.pop(line, None) is not None:
        floor.record("line.opened", {"line": line})


def _to_line(floor: Tables, caller: Caller, line: str) -> None:
    place = place_of(floor, caller.call, line, 0, caller.queued_ms)
    for name in [name for name in caller.tokens if name.startswith("overflow")]:
        floor.stop_timer(caller.tokens.pop(name))
    move(floor, caller, place, "line", pool=caller.pool._replace(line=line))
    start_clocks(floor, caller)
    set_clocks(floor, caller)


def _seat_is_free(floor: Tables, caller: Caller) -> bool:
    """Whether this caller will be offered a seat in this very step."""
    return bool(floor.pools.of(caller.pool).free)


def _since_ms(floor: Tables, caller: Caller, rule: OverflowRule) -> int | None:
    """From when the rule's time counts for this caller (ms UTC); None while it does not."""
    if rule.cause is _CLOSING:
        return floor.closed.get(caller.line)
    if rule.cause is _NO_SEAT:
        return max(caller.queued_ms, floor.unmanned_ms) if floor.unmanned_ms is not None else None
    return caller.queued_ms


def _come_back(floor: Tables, caller: Caller) -> None:
    """Have the review come where only looking again tells that a rule is passed: its moment is not known.

    That seats are not staffed any more is told by `Tables.staffing`.
    """
    if floor.review is not None or caller.ticket is not None:
        return
    line, told = caller.pool.line, caller.told
    for number, rule in enumerate(floor.settings.line(line).overflow):
        if not rule.while_waiting or (told and (line, number) in told):
            continue
        if rule.cause is _NO_SEAT:
            unknown = not floor.pools.of(caller.pool).staffed
        elif rule.cause in ONLY_WAITING:  # a phone rang at its moment
            unknown = f"overflow{number}" not in caller.tokens and _since_ms(floor, caller, rule) is not None
        else:
            unknown = True
        if unknown:
            floor.look_again()
            return


def _over(floor: Tables, caller: Caller, rule: OverflowRule, *, entry: bool) -> bool:
    """Whether the rule's limit is passed for this caller, now."""
    cause = rule.cause
    if cause is _WAITED:
        return floor.now_ms - caller.queued_ms >= rule.limit
    if cause is _CLOSING:
        closed_ms = floor.closed.get(caller.line)
        return closed_ms is not None and floor.now_ms - closed_ms >= rule.limit
    if cause is _QUEUE_FULL:
        return _beyond(floor, caller, rule.limit, entry=entry)
    staffed = len(floor.pools.of(caller.pool).staffed)
    if cause is _NO_SEAT:
        if staffed:
            return False
        if entry:
            return rule.limit == 0
        since_ms = _since_ms(floor, caller, rule)
        since_ms = caller.queued_ms if since_ms is None else since_ms
        return floor.now_ms - since_ms >= rule.limit
    if cause is _CALLS_PER_SEAT:
        return staffed > 0 and _beyond(floor, caller, rule.limit * staffed, entry=entry)
    predicted = predicted_ms(floor, caller.pool, floor.queue.ahead(caller.place))
    return predicted is not None and predicted > rule.limit


def _beyond(floor: Tables, caller: Caller, most: float, *, entry: bool) -> bool:
    """Whether more than `most` wait on the line and this caller, one of them, is not among the first ones.

    Who has just come is the one too many, whatever place its priority gives it.
    """
    waiting = floor.queue.lines[caller.line]
    return waiting > most and (entry or _ahead_on_line(floor, caller) >= most)


def _ahead_on_line(floor: Tables, caller: Caller) -> int:
    """How many callers of the same line, not yet connected, are served before this one."""
    queue, place, line = floor.queue, caller.place, caller.line
    waiting = sum(bisect_left(group, place) for pool, group in queue.groups.items() if pool.line == line)
    ringing = queue.ringing[: bisect_left(queue.ringing, place)]
    return waiting + sum(floor.callers[other.call].line == line for other in ringing)


def reconsider(floor: Tables) -> None:
    """The rules have changed: the clocks of all who wait are set anew. What has acted once stays so."""
    for place in floor.queue.all():
        caller = floor.callers[place.call]
        if caller.ticket is None:
            for name in [name for name in caller.tokens if name.startswith("overflow")]:
                floor.stop_timer(caller.tokens.pop(name))
            set_clocks(floor, caller)
