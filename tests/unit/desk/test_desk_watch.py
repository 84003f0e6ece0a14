import asyncio
import json
import socket as socketlib
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSServerHandshakeError
from sqlalchemy import event

from db import Entry
from desk import watch as watching
from desk.context import DESK
from desk.rights import Role
from desk.watch_models import WatchMessage
from desk.who import Who
from tests.unit.desk.desk_rig import BEARER, TOKEN, TUESDAY, Browser, until

WATCH = "/api/v1/watch"
PATIENCE_S = 5.0


async def frame(socket: ClientWebSocketResponse) -> dict[str, Any]:
    text = await socket.receive_str(timeout=PATIENCE_S)
    WatchMessage.model_validate_json(text)
    return json.loads(text)


async def snapshot(socket: ClientWebSocketResponse) -> dict[str, Any]:
    while (got := await frame(socket))["kind"] != "live":
        pass
    return got


async def test_given_a_page_that_watches_when_it_comes_then_it_gets_what_live_answers(
    browser: Browser,
) -> None:
    browser.site.seat_up(1, "101")
    await browser.site.call_in()
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        shown = (await snapshot(socket))["live"]
    _, asked = await browser.get("/api/v1/live")
    assert {**shown, "lag_ms": 0} == {**asked, "lag_ms": 0}


async def test_given_a_change_of_the_floor_when_it_happens_then_floor_and_figures_come_together(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        seq = (await snapshot(socket))["seq"]
        for received in range(1, 6):
            await browser.site.call_in()
            got = await snapshot(socket)
            while len(got["live"]["waiting"]) < received:  # one call's rows may need two looks
                got = await snapshot(socket)
            assert got["seq"] > seq
            assert got["live"]["today"]["received"] == received
            assert got["live"]["today"]["still_waiting"] == received
            seq = got["seq"]


async def test_given_a_burst_of_changes_when_watched_then_they_come_in_few_snapshots(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        first = (await snapshot(socket))["seq"]
        for seat in range(1, 8):
            browser.site.seat_up(seat, str(100 + seat))
        got = await snapshot(socket)
        while sum(seat["state"] == "ready" for seat in got["live"]["seats"]) < 7:
            got = await snapshot(socket)
    assert got["seq"] - first <= 2


async def test_given_nothing_happens_when_watched_then_a_beat_says_that_it_still_holds(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        seq = (await snapshot(socket))["seq"]
        browser.site.clock.at_ms += 1000
        beats = [await frame(socket) for _ in range(2)]
    assert [(beat["kind"], beat["seq"]) for beat in beats] == [("beat", seq)] * 2
    assert beats[0]["now"] == "2026-11-24T10:00:01.000+09:00"


async def test_given_nothing_but_time_when_it_changes_a_figure_then_a_snapshot_comes(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        await snapshot(socket)
        browser.site.clock.at_ms += 8 * 3_600_000
        assert (await snapshot(socket))["live"]["line"]["state"] == "closed"


async def test_given_twenty_viewers_when_the_floor_changes_then_it_is_looked_at_and_written_once(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = browser.app[DESK]
    sockets = [await browser.client.ws_connect(WATCH, headers=BEARER) for _ in range(20)]
    for socket in sockets:
        await snapshot(socket)
    await until(lambda: desk.watch.viewers == 20)
    written = []
    real = watching.to_json
    monkeypatch.setattr(watching, "to_json", lambda value: written.append(value["kind"]) or real(value))
    browser.site.seat_up(3, "103")
    for socket in sockets:
        while (await snapshot(socket))["live"]["seats"][2]["state"] != "ready":
            pass
    assert written.count("live") <= 2
    for socket in sockets:
        await socket.close()


async def test_given_one_more_viewer_when_it_comes_and_watches_then_the_database_is_not_asked(
    browser: Browser,
) -> None:
    site = browser.site
    async with browser.client.ws_connect(WATCH, headers=BEARER) as first:
        await snapshot(first)
        site.journal.flush()
        asked: list[str] = []
        event.listen(
            site.database.engine,
            "before_cursor_execute",
            lambda _c, _k, statement, *_: asked.append(statement),
        )
        others = [await browser.client.ws_connect(WATCH, headers=BEARER) for _ in range(5)]
        for other in others:
            await snapshot(other)
        site.clock.at_ms += 60_000
        for other in others:
            await frame(other)
            await other.close()
        assert asked == []


async def test_given_a_viewer_who_reads_nothing_when_much_changes_then_he_costs_one_snapshot_and_nobody_waits(
    browser: Browser,
) -> None:
    narrow = socketlib.socket()
    narrow.setsockopt(socketlib.SOL_SOCKET, socketlib.SO_RCVBUF, 1024)
    narrow.connect((browser.client.host, browser.client.port))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=1024)
    writer.write(
        f"GET {WATCH} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    desk, site = browser.app[DESK], browser.site
    await until(lambda: desk.watch.viewers == 1)
    (slow,) = desk.watch._viewers
    async with browser.client.ws_connect(WATCH, headers=BEARER) as quick:
        await snapshot(quick)
        for number in range(200):
            site.journal.write(Entry(TUESDAY, "call.received", call=f"c{number}", data={"open": True}))
            while (await snapshot(quick))["live"]["today"]["received"] <= number:
                pass
            if (waiting := slow._snapshot) is not None:  # all buffers are full: the next one replaces it
                break
        site.seat_up(2, "102")
        while (await snapshot(quick))["live"]["seats"][1]["state"] != "ready":
            pass
        assert waiting is not None
        assert slow._snapshot is not None
        assert json.loads(slow._snapshot)["live"]["seats"][1]["state"] == "ready"
    writer.close()
    del reader


async def test_given_a_wall_that_citizens_pass_when_it_watches_then_no_operator_is_named(
    browser: Browser,
) -> None:
    desk = browser.app[DESK]
    browser.site.seat_up(1, "101")
    cookie = desk.sessions.begin(Who("kiosk-1", "掲示", Role.KIOSK))
    headers = {"Cookie": f"madoguchi_session={cookie}"}
    async with browser.client.ws_connect(WATCH, headers=headers) as socket:
        shown = (await snapshot(socket))["live"]
    async with browser.client.get("/api/v1/live", headers=headers) as answer:
        asked = await answer.json()
    for live in (shown, asked):
        assert (live["seats"][0]["state"], live["seats"][0]["operator"]) == ("ready", None)
        assert "オペレーター1" not in json.dumps(live, ensure_ascii=False)


async def test_given_nobody_logged_in_when_it_would_watch_then_401(browser: Browser) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.client.ws_connect(WATCH)
    assert refused.value.status == 401


async def test_given_a_page_that_leaves_when_it_has_gone_then_it_is_forgotten(browser: Browser) -> None:
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        await snapshot(socket)
    await until(lambda: not browser.app[DESK].watch.viewers)


async def test_given_a_page_that_watches_when_the_service_stops_then_it_is_told(browser: Browser) -> None:
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        await snapshot(socket)
        stopping = asyncio.create_task(browser.app.shutdown())
        while not (message := await socket.receive(timeout=PATIENCE_S)).type.name.startswith("CLOS"):
            pass
        assert message.data == 1001
        await stopping


async def test_given_a_look_that_fails_when_it_is_repaired_then_pages_are_served_again(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = browser.app[DESK]
    async with browser.client.ws_connect(WATCH, headers=BEARER) as socket:
        await snapshot(socket)
        with monkeypatch.context() as broken:
            failed: list[int] = []
            broken.setattr(desk.watch, "_look", lambda: failed.append(1) or 1 / 0)
            desk.watch.change()
            await until(lambda: bool(failed))
        browser.site.seat_up(1, "101")
        assert (await snapshot(socket))["live"]["seats"][0]["state"] in ("ready", "logged_out")
