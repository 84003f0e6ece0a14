"""`POST /config/reload`: what was done, or why not."""

from config import ConfigError
from config.changes import Change, Reloaded
from controller.office import RefusedError
from desk import models
from tests.unit.desk.desk_rig import Browser

PATH = "/api/v1/config/reload"


def with_reload(browser: Browser, outcome: Reloaded | Exception) -> None:
    async def reload() -> Reloaded:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    browser.site.office._reload = reload


async def test_given_changes_then_each_key_with_old_and_new(browser: Browser) -> None:
    with_reload(browser, Reloaded((Change("seats.count", 7, 8),), (Change("trunk.password", None, "***"),)))
    status, told = await browser.post(PATH)
    models.Reloaded.model_validate(told)
    assert (status, told) == (
        200,
        {
            "changed": [{"key": "seats.count", "old": 7, "new": 8}],
            "restart": [{"key": "trunk.password", "old": None, "new": "***"}],
        },
    )


async def test_given_mistakes_in_the_file_then_422_with_each_sentence(browser: Browser) -> None:
    with_reload(browser, ConfigError("madoguchi.toml: [seats] count: no\nmadoguchi.toml: [desk] port: no"))
    status, told = await browser.post(PATH)
    assert (status, told["error"]) == (422, "bad_configuration")
    assert told["message"].splitlines() == [
        "madoguchi.toml: [seats] count: no",
        "madoguchi.toml: [desk] port: no",
    ]


async def test_given_asterisk_away_then_503(browser: Browser) -> None:
    with_reload(browser, RefusedError("asterisk_away", "Asterisk is away."))
    status, told = await browser.post(PATH)
    assert (status, told) == (503, {"error": "asterisk_away", "message": "Asterisk is away."})


async def test_given_a_process_without_a_file_then_503(browser: Browser) -> None:
    assert browser.site.office._reload is None
    status, told = await browser.post(PATH)
    assert (status, told["error"]) == (503, "not_possible")


async def test_given_no_token_then_401_and_nothing_is_read(browser: Browser) -> None:
    with_reload(browser, AssertionError("read"))
    answer = await browser.client.post(PATH)
    assert answer.status == 401
