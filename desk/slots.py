"""予約枠: which place an entry wants, and which are free."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from pydantic import Field

from config.forms import Form
from config.slots import Slots
from db.slots import Place, SlotFull, taken_in
from desk.context import Desk, desk_of
from desk.entry_models import SlotView
from desk.entry_values import Checked
from desk.fields import Strict
from desk.looks import query_of
from desk.problems import bad, to_json
from reports.period import parse_day

SEARCHED_DAYS = 14
SHOWN_FREE = 6


class SlotDay(Strict):
    """The slots of a day."""

    day: str
    minutes: int
    counted: bool = Field(description="false: [slots] is off, every time may be written")
    slots: list[SlotView]


async def slots(request: web.Request) -> web.Response:
    """`GET /slots?day=&place=`."""
    desk = desk_of(request)
    query = query_of(request, "day", "place")
    rules = desk.office.slots()
    try:
        day = parse_day(query.get("day", ""))
    except ValueError as error:
        bad("day", str(error))
    place = query.get("place")
    if rules.place_field is not None and place is None and rules.counts:
        bad("place", "say where; each has places of its own")
    found = await desk.read(_views, desk, rules, list(rules.on(day)) if rules.counts else [], place)
    shown = {"day": day.isoformat(), "minutes": rules.minutes, "counted": rules.counts, "slots": found}
    return web.json_response(text=to_json(shown))


def place_of(rules: Slots, form: Form, values: Checked) -> Place | None:
    """The place that these values want; None: none is counted, or they need none.

    Raises:
        ApiProblem: 400, the moment lies in no slot.
    """
    field = form.field(rules.field)
    whole = {**values.plain, **values.sealed}
    written = whole.get(rules.field)
    if not rules.counts or field is None or field.kind != "datetime" or not isinstance(written, str):
        return None
    if any(whole.get(key) in free for key, free in rules.free_when.items()):
        return None
    slot = rules.slot_of(datetime.fromisoformat(written))
    if slot is None:
        bad(
            f"values.{field.key}",
            f"{field.label}は、予約枠の中で書いてください（{'、'.join(rules.hours)}）。",
        )
    where = whole.get(rules.place_field) if rules.place_field else None
    return Place(_key(slot, where if isinstance(where, str) else None), rules.capacity_of(slot))


async def full(desk: Desk, rules: Slots, refused: SlotFull, yours: Checked) -> web.Response:
    """409: what is full, what is free, and what was typed."""
    begin, _, where = refused.slot.partition("|")
    slot, place = datetime.fromisoformat(begin), where or None
    later = [
        one for n in range(SEARCHED_DAYS) for one in rules.on(slot.date() + timedelta(days=n)) if one > slot
    ]
    (here,), after = (
        await desk.read(_views, desk, rules, [slot], place),
        await desk.read(_views, desk, rules, later, place),
    )
    answer = {
        "error": "slot_full",
        "message": f"{begin.replace('T', ' ')} の予約枠は埋まりました。保存していません。",
        "slot": here,
        "free": [one for one in after if one["free"] > 0][:SHOWN_FREE],
        "yours": {**yours.plain, **yours.sealed},
    }
    return web.json_response(text=to_json(answer), status=409)


def _views(desk: Desk, rules: Slots, wanted: list[datetime], place: str | None) -> list[dict[str, Any]]:
    where = place if rules.place_field else None
    with desk.database.read() as connection:
        taken = taken_in(connection, [_key(slot, where) for slot in wanted])
    found = []
    for slot in wanted:
        capacity, used = rules.capacity_of(slot), taken.get(_key(slot, where), 0)
        found.append(
            {
                "slot": _text(slot), "place": where, "capacity": capacity, "taken": used,
                "free": max(0, capacity - used),
            }
        )  # fmt: skip
    return found


def _text(slot: datetime) -> str:
    return slot.strftime("%Y-%m-%dT%H:%M")


def _key(slot: datetime, place: str | None) -> str:
    return _text(slot) if place is None else f"{_text(slot)}|{place[:100]}"
