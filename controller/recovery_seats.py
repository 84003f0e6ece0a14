"""Phones and seats after a restart: which phones are there, and who was logged in where."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from acd.events import Break, LogIn
from db import Database
from db.standing import Standing, standing_seats

if TYPE_CHECKING:
    from controller.controller import Controller

STANDING_WITHIN_MS = 12 * 3600 * 1000
"""A log-in older than a day's work is nobody's any more."""


async def look_at_phones(controller: Controller) -> None:
    """Take over what Asterisk knows of the phones."""
    for endpoint in await controller.client.endpoints.list_by_tech("PJSIP"):
        data = endpoint.data
        controller.phones.found(data.resource, data.state == "online", tuple(data.channel_ids))


async def log_in_again(controller: Controller) -> None:
    """Operators stay logged in over a fall of the controller; an orderly stop has logged them out."""
    since_ms = controller.clock.now_ms() - STANDING_WITHIN_MS
    standing = await asyncio.to_thread(_standing, controller.database, since_ms)
    for seat, was in standing.items():
        now = controller.dispatcher.floor.seat(seat)
        if now is None or was.operator not in controller.people.names:
            continue
        if now.operator is None:
            controller.dispatcher.submit(LogIn(seat, was.operator))
            if was.state == "break":
                controller.dispatcher.submit(Break(seat, was.reason))


def operator_at(controller: Controller, seat: int) -> str | None:
    """Who was logged in at a seat, by the journal. Asks the database."""
    was = _standing(controller.database, controller.clock.now_ms() - STANDING_WITHIN_MS).get(seat)
    return was.operator if was else None


def _standing(database: Database, since_ms: int) -> dict[int, Standing]:
    with database.read() as connection:
        return standing_seats(connection, since_ms)
