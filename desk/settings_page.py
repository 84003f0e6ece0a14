"""`GET /settings`: `madoguchi.toml` to read, to check, and to bring into force while calls go on."""

from __future__ import annotations

import asyncio

from aiohttp import web

from config import ConfigError
from controller.office import RefusedError
from db import Entry
from desk.context import Desk, desk_of
from desk.house_models import SettingsBody
from desk.premises import SettingsChangedError
from desk.problems import ApiProblem, body_of, to_json
from desk.settings import reloaded_view
from desk.shell import page
from desk.who import who_of

LARGEST = 256 * 1024


async def settings(request: web.Request) -> web.Response:
    """`GET /settings`."""
    now = await asyncio.to_thread(desk_of(request).premises.settings)
    return page(request, "settings.html.j2", now=now)


async def check(request: web.Request) -> web.Response:
    """`POST /api/v1/settings/check`: what is wrong in a text; nothing is changed."""
    desk, body = desk_of(request), await _body(request)
    mistakes = await asyncio.to_thread(desk.premises.check_settings, body.text)
    return web.json_response(text=to_json({"mistakes": mistakes}))


async def put(request: web.Request) -> web.Response:
    """`PUT /api/v1/settings`: into the file, and into force. A mistake changes nothing.

    What Asterisk does not take is taken back: the file is the former one again.
    """
    desk, who, body = desk_of(request), who_of(request), await _body(request)
    mistakes = await asyncio.to_thread(desk.premises.check_settings, body.text)
    if mistakes:
        raise ApiProblem(422, "bad_configuration", "\n".join(mistakes))
    former = await asyncio.to_thread(desk.premises.settings)
    try:
        kept = await asyncio.to_thread(desk.premises.write_settings, body.text, body.seen)
    except SettingsChangedError:
        raise ApiProblem(
            409, "changed_meanwhile", "Somebody else has changed the settings meanwhile: read them anew."
        ) from None
    try:
        told = await desk.office.reload()
    except ConfigError as error:
        await _back(desk, former.text, kept.version)
        raise ApiProblem(422, "bad_configuration", str(error)) from None
    except RefusedError as refused:
        await _back(desk, former.text, kept.version)
        raise ApiProblem(503, refused.code, str(refused)) from None
    desk.journal.write(
        Entry(desk.office.now_ms(), "settings.written", data={"by": who.id, "sha256": kept.version})
    )
    return web.json_response(text=to_json({"version": kept.version, **reloaded_view(told)}))


async def _back(desk: Desk, text: str, seen: str) -> None:
    await asyncio.to_thread(desk.premises.write_settings, text, seen)


async def _body(request: web.Request) -> SettingsBody:
    return await body_of(request.clone(client_max_size=LARGEST), SettingsBody)
