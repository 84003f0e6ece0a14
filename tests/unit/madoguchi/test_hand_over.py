"""The watchdog of an installation without `bin/up`: it follows run.json to whatever Asterisk is there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import BasicAuth, web

from config import Home, Settings
from config.runfile import AriAccess, Phone, RunFile, SipAddress, TrunkAddress
from madoguchi.alarms.hand_over import FromRunFile, watchdog
from madoguchi.watchdog import AwayError


class Exchange:
    """Answers like Asterisk's REST interface; a heartbeat that stands still, and one who waits."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        app = web.Application()
        app.router.add_route("*", "/ari/{path:.*}", self._answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            yield f"http://127.0.0.1:{runner.addresses[0][1]}/ari"
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        user = BasicAuth.decode(request.headers["Authorization"]).login
        self.asked.append((request.method, request.match_info["path"], user))
        if request.path.endswith("/variable"):
            return web.json_response({"value": "1"})
        if request.path.endswith("/channels"):
            place = {"app_name": "Stasis", "app_data": "madoguchi,call,main"}
            return web.json_response(
                [{"id": "call.1", "creationtime": "2026-11-24T10:00:00.000+0900", "dialplan": place}]
            )
        if request.path.endswith("/bridges"):
            return web.json_response([])
        return web.Response(status=204)


def told(home: Home, url: str, user: str = "madoguchi") -> None:
    RunFile(
        pid=1, controller_pid=1, asterisk_pid=0, desk_url="http://127.0.0.1:1", api_token="t",
        ari=AriAccess(url=url, user=user, password="p", app="madoguchi"),
        sip=SipAddress(host="127.0.0.1", port=5060), trunk=TrunkAddress(host="127.0.0.1"),
        number="0261234567", phones=[], operators=[], database=None,
        supervisor_phone=Phone(seat=0, user="u", password="p", extension="0"),
    ).write(home.run_json)  # fmt: skip


async def test_given_no_run_file_then_asterisk_is_away_and_nothing_is_done(tmp_path: Path) -> None:
    ask = FromRunFile(Home(tmp_path))
    with pytest.raises(AwayError):
        await ask("GET", "/channels")
    await watchdog(ask, Settings()).look()
    await ask.close()


async def test_given_an_asterisk_that_is_another_one_tomorrow_then_that_one_is_asked(tmp_path: Path) -> None:
    home, first, second = Home(tmp_path), Exchange(), Exchange()
    ask = FromRunFile(home)
    async with first.listening() as one, second.listening() as other:
        told(home, one, "before")
        await ask("GET", "/channels")
        told(home, other, "after")
        await ask("GET", "/channels")
        await ask.close()
    assert [user for _, _, user in first.asked] == ["before"]
    assert [user for _, _, user in second.asked] == ["after"]


async def test_given_a_heartbeat_that_stands_still_then_who_waits_goes_to_the_fallback(
    tmp_path: Path,
) -> None:
    home, exchange = Home(tmp_path), Exchange()
    ask = FromRunFile(home)
    settings = Settings.model_validate({"watch": {"hand_over_s": 15}})
    async with exchange.listening() as url:
        told(home, url)
        guard = watchdog(ask, settings)
        now = 1000.0
        guard._clock = lambda: now
        await guard.look()
        now += 14
        await guard.look()
        assert "channels/call.1/continue" not in [path for _, path, _ in exchange.asked]
        now += 2
        await guard.look()
        await ask.close()
    assert [path for verb, path, _ in exchange.asked if verb == "POST"] == ["channels/call.1/continue"]
