"""分類: the tree that a supervisor edits, as a whole; older versions stay."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from config.categories import mistake
from db.categories import Categories, TreeChanged, categories, save_categories
from desk.context import desk_of
from desk.entry_models import CategoriesBody
from desk.problems import ApiProblem, bad, body_of, to_json
from reports.calls import local_text

LARGEST_BODY = 256 * 1024


async def tree(request: web.Request) -> web.Response:
    """The tree in force, or an older version."""
    desk = desk_of(request)
    asked = request.query.get("version")
    if asked is not None and not (asked.isascii() and asked.isdigit() and len(asked) <= 9):
        bad("version", "is a whole number")
    version = None if asked is None else int(asked)

    def work() -> Categories | None:
        with desk.database.read() as connection:
            return categories(connection, version)

    found = await asyncio.to_thread(work)
    if found is None:
        raise ApiProblem(404, "no_such_version", "There is no such version of the categories.")
    return _said(found)


async def change(request: web.Request) -> web.Response:
    """Put another tree in force. 409: somebody else has changed it since."""
    body = await body_of(request.clone(client_max_size=LARGEST_BODY), CategoriesBody)
    desk = desk_of(request)
    given: list[dict[str, Any]] = [one.model_dump(mode="json") for one in body.categories]
    wrong = mistake(given)
    if wrong:
        bad("categories", wrong)
    now_ms = desk.office.now_ms()
    try:
        saved = await desk.save(
            lambda: save_categories(desk.database, given, seen=body.version, who=body.by, at_ms=now_ms)
        )
    except TreeChanged:
        raise ApiProblem(
            409, "conflict", "Somebody else has changed the categories since; read them again."
        ) from None
    return _said(saved)


def _said(found: Categories) -> web.Response:
    shown = {
        "version": found.version,
        "at": None if found.at_ms is None else local_text(found.at_ms),
        "by": found.who,
        "categories": found.tree,
    }
    return web.json_response(text=to_json(shown))
