import asyncio
import threading

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from db import Entry
from desk import models
from desk.context import DESK
from desk.push import QUEUE
from tests.unit.desk.desk_rig import BEARER, TOKEN, TUESDAY, Browser, until

EVENTS = "/api/v1/events"
PATIENCE_S = 5.0


def entry(number: int, text: str = "") -> Entry:
    return Entry(
        TUESDAY, "call.guidance", call="c1", data={"n": number, "text": text}, private={"number": "+8190"}
    )


async def test_given_a_listener_when_the_journal_is_written_then_every_event_comes_in_order(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(EVENTS, headers=BEARER) as socket:
        for number in range(50):
            browser.site.journal.write(entry(number))
        threads = [threading.Thread(target=browser.site.journal.write, args=(entry(99),)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        got = [await socket.receive_json(timeout=PATIENCE_S) for _ in range(60)]
    for event in got:
        models.EventMessage.model_validate(event)
        assert "8190" not in str(event)
    assert [event["seq"] for event in got] == list(range(got[0]["seq"], got[0]["seq"] + 60))
    assert [event["data"]["n"] for event in got[:50]] == list(range(50))
    assert got[0]["at"] == "2026-11-24T10:00:00.000+09:00"


async def test_given_a_change_of_the_floor_when_it_happens_then_its_event_is_pushed(browser: Browser) -> None:
    async with browser.client.ws_connect(EVENTS, headers=BEARER) as socket:
        browser.site.seat_up(1, "101")
        kinds = set()
        while "seat.login" not in kinds:
            kinds.add((await socket.receive_json(timeout=PATIENCE_S))["kind"])
    assert "seat.phone" in kinds


async def test_given_a_browsers_session_when_it_listens_then_it_may(browser: Browser) -> None:
    async with browser.client.post("/login", data={"token": TOKEN}):
        pass
    async with browser.client.ws_connect(EVENTS) as socket:
        browser.site.journal.write(entry(1))
        assert (await socket.receive_json(timeout=PATIENCE_S))["data"]["n"] == 1


async def test_given_nobody_logged_in_when_it_listens_then_401(browser: Browser) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.client.ws_connect(EVENTS)
    assert refused.value.status == 401


async def test_given_a_plain_get_when_events_are_asked_then_400(browser: Browser) -> None:
    status, problem = await browser.get(EVENTS)
    assert (status, problem["error"]) == (400, "bad_request")
    assert not browser.app[DESK].push._pages


async def test_given_more_at_once_than_a_queue_holds_when_written_then_the_page_is_closed_with_a_code(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(EVENTS, headers=BEARER) as socket:
        for number in range(QUEUE + 1):
            browser.site.journal.write(entry(number))
        while (message := await socket.receive(timeout=PATIENCE_S)).type is WSMsgType.TEXT:
            pass
        assert message.type is WSMsgType.CLOSE
        assert message.data == 1013
    await until(lambda: not browser.app[DESK].push._pages)


async def test_given_a_page_that_reads_nothing_when_much_is_written_then_it_is_dropped_and_others_go_on(
    browser: Browser,
) -> None:
    reader, writer = await asyncio.open_connection(browser.client.host, browser.client.port, limit=1024)
    writer.write(
        f"GET {EVENTS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
    )
    push = browser.app[DESK].push
    await until(lambda: len(push._pages) == 1)
    async with browser.client.ws_connect(EVENTS, headers=BEARER) as quick:
        sent = 0
        while len(push._pages) == 2:
            browser.site.journal.write(entry(sent, "x" * 20_000))
            sent += 1
            assert (await quick.receive_json(timeout=PATIENCE_S))["data"]["n"] == sent - 1
        assert sent > QUEUE
        assert len(push._pages) == 1
        await until(lambda: len(push._sockets) == 1)
    writer.close()
    del reader


async def test_given_a_listener_that_leaves_when_it_has_gone_then_it_is_forgotten(browser: Browser) -> None:
    async with browser.client.ws_connect(EVENTS, headers=BEARER):
        assert len(browser.app[DESK].push._pages) == 1
    await until(lambda: not browser.app[DESK].push._pages)


async def test_given_a_listener_when_the_service_stops_then_it_is_told(browser: Browser) -> None:
    async with browser.client.ws_connect(EVENTS, headers=BEARER) as socket:
        stopping = asyncio.create_task(browser.app.shutdown())
        message = await socket.receive(timeout=PATIENCE_S)
        assert (message.type, message.data) == (WSMsgType.CLOSE, 1001)
        await stopping


async def test_given_data_that_json_does_not_know_when_pushed_then_the_listener_still_gets_it(
    browser: Browser,
) -> None:
    async with browser.client.ws_connect(EVENTS, headers=BEARER) as socket:
        browser.site.journal.write(Entry(TUESDAY, "call.received", data={"called_raw": "\ud800<b>"}))
        got = await socket.receive_json(timeout=PATIENCE_S)
    assert got["data"]["called_raw"].endswith("<b>")
