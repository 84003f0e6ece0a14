"""`GET /live`: the floor and the day, at this moment. No database query, whoever looks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aiohttp import web

from config.clock import JST
from controller.office import Office, SeatNow, WaitingNow
from desk.context import Desk, desk_of
from desk.lines import narrowed
from desk.problems import to_json
from desk.rights import Role
from desk.watch import without_names
from desk.who import who_of
from reports.calls import local_text


async def live(request: web.Request) -> web.Response:
    """Answer `GET /live`."""
    desk = desk_of(request)
    await settle(desk)
    view = narrowed(desk, live_view(desk), who_of(request).lines)
    return web.json_response(text=to_json(view if sees_names(request) else without_names(view)))


async def watch(request: web.Request) -> web.StreamResponse:
    """`GET /watch`: a WebSocket that gets the same object after each change."""
    return await desk_of(request).watch.serve(request, names=sees_names(request), lines=who_of(request).lines)


def sees_names(request: web.Request) -> bool:
    """Whether who asks may see which operator sits where: not who passes a screen on a wall."""
    return who_of(request).role is not Role.KIOSK or desk_of(request).office.wallboard().kiosk_names


async def settle(desk: Desk) -> None:
    """Return when floor and figures can be read as of one moment: by `live_view`, without waiting again."""
    await desk.today.fresh()
    desk.office.write_out()


def live_view(desk: Desk) -> dict[str, Any]:
    """The contract's object. Floor and figures are of one and the same moment."""
    now_ms = desk.office.now_ms()
    callers = desk.office.waiting()
    next_ms = desk.office.next_wait_ms()
    waits_s = [_seconds(now_ms - caller.since_ms) for caller in callers if not caller.is_callback]
    view = {
        "now": local_text(now_ms),
        "line": line_view(desk.office),
        "connected": desk.office.connected,
        "waiting": [waiting_view(caller, now_ms) for caller in callers],
        "longest_wait_s": max(waits_s, default=None),
        "next_wait_s": None if next_ms is None else _seconds(next_ms),
        "callbacks": len(desk.office.supervisor.callbacks()),
        "seats": [seat_view(seat, now_ms) for seat in desk.office.seats()],
        **desk.today.view(),
        "lag_ms": max(desk.journal.lag_ms, round(desk.loop_lag.latest_s * 1000)),
    }
    return {**view, "alarms": desk.alarms.judge(view, desk.office.wallboard(), now_ms)}


def line_view(office: Office) -> dict[str, Any]:
    """The main line, and what a supervisor has said over the calendar."""
    moment, record = office.moment(), office.supervisor.standing()
    said = record and record.effect()
    override = said and {
        "id": said.id,
        "state": said.kind.value,
        "reason": said.reason,
        "since": local_text(said.from_ms),
        "until": None if said.until_ms is None else local_text(said.until_ms),
        "by": said.author,
    }
    return {
        "state": "emergency" if office.only_announced else moment.state.value,
        "reason": moment.reason,
        "next_change": _local(moment.next_change),
        "next_opening": _local(moment.next_opening),
        "override": override,
    }


def waiting_view(caller: WaitingNow, now_ms: int) -> dict[str, Any]:
    """One who waits: on the line, or to be called back."""
    return {
        "call": caller.call,
        "since": local_text(caller.since_ms),
        "position": caller.position,
        "wait_s": _seconds(now_ms - caller.since_ms),
        "rings": caller.rings,
        "line": caller.line,
        "priority": caller.priority,
        "need": caller.need or None,
        "predicted_wait_s": None if caller.predicted_ms is None else _seconds(caller.predicted_ms),
        "callback": caller.is_callback,
    }


def seat_view(seat: SeatNow, now_ms: int) -> dict[str, Any]:
    """One seat."""
    return {
        "seat": seat.seat,
        "extension": seat.extension,
        "operator": seat.operator,
        "operator_name": seat.operator_name,
        "state": seat.state,
        "since": local_text(seat.since_ms),
        "state_s": _seconds(now_ms - seat.since_ms),
        "reason": seat.reason,
        "call": seat.call,
        "phone": seat.phone,
        "line": seat.line,
        "wrap_up_until": None if seat.wrap_up_until_ms is None else local_text(seat.wrap_up_until_ms),
        "break_over": seat.over,
        "next": None if seat.next_state is None else {"state": seat.next_state, "reason": seat.next_reason},
        "hand": seat.hand
        and {
            "reason": seat.hand.reason,
            "since": local_text(seat.hand.since_ms),
            "for_s": _seconds(now_ms - seat.hand.since_ms),
        },
        "incident": seat.incident
        and {
            "id": seat.incident.id,
            "kind": seat.incident.kind,
            "call": seat.incident.call,
            "since": local_text(seat.incident.since_ms),
            "for_s": _seconds(now_ms - seat.incident.since_ms),
        },
    }


def _seconds(ms: int) -> float:
    # A clock that was set back must not show a negative wait.
    return round(max(0, ms) / 1000, 3)


def _local(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(JST).isoformat(timespec="milliseconds")
