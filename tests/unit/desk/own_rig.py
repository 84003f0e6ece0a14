"""People, and what they ask the operator's own desk for."""

from typing import Any

from config import Settings
from config.desk_work import DeskWork
from db import looks
from desk import own_models
from desk.auth import COOKIE
from desk.context import DESK
from desk.rights import Role
from desk.who import Who
from tests.unit.desk.desk_rig import Browser

API = "/api/v1"
HANAKO = Who("101", "オペレーター1", Role.OPERATOR, operator="101")
TARO = Who("102", "オペレーター2", Role.OPERATOR, operator="102")
YAMADA = Who("yamada", "山田", Role.SUPERVISOR)
NUMBER = "026-226-1234"


async def asked(
    browser: Browser, who: Who, method: str, path: str, body: object = None
) -> tuple[int, dict[str, Any]]:
    """What this person is answered: the status and the object."""
    cookie = browser.app[DESK].sessions.begin(who)
    said = {} if body is None else {"json": body}
    async with browser.client.request(
        method, f"{API}/{path}", headers={"Cookie": f"{COOKIE}={cookie}"}, **said
    ) as answer:
        return answer.status, await answer.json()


async def desk(browser: Browser, who: Who = HANAKO) -> dict[str, Any]:
    """The desk as this person sees it."""
    status, answer = await asked(browser, who, "GET", "desk")
    assert status == 200, answer
    own_models.OwnDesk.model_validate(answer)
    return answer


def looked(browser: Browser) -> list[tuple[str | None, str, str, str]]:
    """The access log: call, who, what, why."""
    with browser.site.database.read() as connection:
        return [(one.call, one.who, one.what, one.why) for one in looks(connection)]


def with_desk(browser: Any, **work: object) -> None:
    """Let other settings of `[desk]` hold."""
    settings: Settings = browser.site.controller.settings
    changed = settings.desk.model_copy(update=dict(DeskWork.model_validate(work)))
    browser.site.controller.settings = settings.model_copy(update={"desk": changed})
