"""`POST /config/reload`: the settings are read anew while calls go on."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from config import ConfigError, changes
from config.changes import Change
from controller.office import RefusedError
from desk.context import desk_of
from desk.models import Reloaded, SettingChange
from desk.problems import ApiProblem, to_json


async def reload(request: web.Request) -> web.Response:
    """Bring the settings of the file into force; 422 with what is wrong in it, and nothing is changed."""
    try:
        told = await desk_of(request).office.reload()
    except ConfigError as error:
        raise ApiProblem(422, "bad_configuration", str(error)) from None
    except RefusedError as refused:
        raise ApiProblem(503, refused.code, str(refused)) from None
    return web.json_response(text=to_json(reloaded_view(told)))


def reloaded_view(told: changes.Reloaded) -> dict[str, Any]:
    """What reading the settings anew has changed."""
    answer = Reloaded(
        changed=[_shown(change) for change in told.changed],
        restart=[_shown(change) for change in told.restart],
    )
    shown: dict[str, Any] = answer.model_dump(mode="json")
    return shown


def _shown(change: Change) -> SettingChange:
    return SettingChange(key=change.key, old=change.old, new=change.new)
