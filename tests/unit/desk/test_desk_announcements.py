"""お知らせ by API: typed, listened to, published, withdrawn; and the page for it."""

import asyncio
import json
import wave
from array import array
from io import BytesIO
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from config import parse_local, to_ms
from controller.announcements import Announcements
from controller.office import Office
from desk import announcement_models, models
from desk.app import make_app
from ivr.announcement import Place
from ivr.sound import Sound, ulaw_encode, wav_encode
from ivr.speak import SpeakError, Spoken
from tests.unit.desk.desk_rig import BEARER, TOKEN, TUESDAY, Browser, until

API = "/api/v1/announcements"
TEXT = "台風の接近のため、本日の窓口は午後3時で終了いたします。"
HOUR = 3_600_000


class Voice:
    failure: SpeakError | None = None

    async def speak(self, text, language, stem):
        if self.failure:
            raise self.failure
        stem.with_name(f"{stem.name}.ulaw").write_bytes(ulaw_encode(array("h", [0] * 8000)))
        stem.with_name(f"{stem.name}.wav16").write_bytes(wav_encode(Sound(array("h", [0] * 16000), 16000)))
        return Spoken(1000, "タイフーノ")


class Sounds:
    def add(self, text_id, stem, duration_ms):
        pass

    def remove(self, text_id):
        pass


@pytest.fixture
async def board(site, tmp_path):
    controller = site.controller
    board = Announcements(
        tmp_path / "announcements", recorder=controller.recorder, clock=site.clock,
        lines=controller.settings.line_names, speaker=Voice(),
    )  # fmt: skip
    board.attach(Sounds())
    board.start()
    yield board
    await board.close()


@pytest.fixture
async def desk(site, board, premises):
    site.office = Office(site.controller, announcements=board)
    app = make_app(
        office=site.office,
        journal=site.journal,
        database=site.database,
        figures=site.figures,
        api_token=TOKEN,
        premises=premises,
    )
    async with TestClient(TestServer(app)) as client:
        yield Browser(site, app, client)


async def listed(desk: Browser) -> list[dict[str, Any]]:
    status, answer = await desk.get(API)
    assert status == 200
    announcement_models.AnnouncementList.model_validate_json(json.dumps(answer))
    assert answer["count"] == len(answer["announcements"])
    assert answer["lines"] == {"main": "長野市マイナンバーカードコールセンター"}
    found: list[dict[str, Any]] = answer["announcements"]
    return found


async def test_given_a_text_when_posted_then_it_is_live_at_once_until_the_end_of_the_day(desk, board):
    status, made = await desk.post(API, {"text": TEXT})
    assert status == 201, made
    announcement_models.AnnouncementEntry.model_validate_json(json.dumps(made))
    assert (made["state"], made["place"], made["line"], made["author"]) == (
        "live",
        "greeting",
        None,
        "supervisor",
    )
    assert (made["from"], made["until"]) == ("2026-11-24T10:00:00.000+09:00", "2026-11-25T00:00:00.000+09:00")
    assert board.board.holds("main", Place.GREETING, TUESDAY) == (f"announce.{made['id']}",)
    assert await listed(desk) == [made]
    desk.site.clock.at_ms = to_ms(parse_local("2026-11-25"))
    assert [one["state"] for one in await listed(desk)] == ["expired"]
    assert board.board.holds("main", Place.GREETING, desk.site.clock.at_ms) == ()


async def test_given_a_draft_when_heard_and_published_then_it_is_live_and_withdrawn_it_is_not(desk, board):
    wish = {"text": TEXT, "draft": True, "place": "emergency", "line": "main", "author": "窓口係",
            "from": "2026-11-24T11:00", "until": "2026-11-24"}  # fmt: skip
    _, made = await desk.post(API, wish)
    assert (made["state"], made["until"]) == ("draft", "2026-11-25T00:00:00.000+09:00")
    path = f"{API}/{made['id']}"
    async with desk.client.get(f"{path}/audio", headers=BEARER) as answer:
        assert (answer.status, answer.content_type) == (200, "audio/wav")
        with wave.open(BytesIO(await answer.read())) as sound:
            assert (sound.getframerate(), sound.getnframes()) == (16000, 16000)
    status, published = await desk.post(f"{path}/publish", {"author": "課長"})
    assert (status, published["state"], published["published_by"]) == (200, "scheduled", "課長")
    desk.site.clock.at_ms += HOUR
    _, shown = await desk.get(path)
    assert shown["state"] == "live"
    assert board.board.holds("main", Place.EMERGENCY, desk.site.clock.at_ms)
    status, problem = await desk.post(f"{path}/publish", data=b"")
    assert (status, problem["error"]) == (409, "published")
    status, withdrawn = await desk.post(f"{path}/withdraw", data=b"")
    assert (status, withdrawn["state"], withdrawn["withdrawn_by"]) == (200, "withdrawn", "supervisor")
    assert board.board.holds("main", Place.EMERGENCY, desk.site.clock.at_ms) == ()
    status, problem = await desk.post(f"{path}/withdraw", {})
    assert (status, problem["error"]) == (409, "withdrawn")


async def test_given_only_an_announcement_when_the_line_is_looked_at_then_it_is_in_emergency(desk):
    _, made = await desk.post(API, {"text": TEXT, "place": "instead", "until": "2026-11-24T11:00:00+09:00"})
    _, live = await desk.get("/api/v1/live")
    models.LineNow.model_validate(live["line"])
    assert live["line"]["state"] == "emergency"
    desk.site.clock.at_ms += HOUR
    _, live = await desk.get("/api/v1/live")
    assert live["line"]["state"] == "open"
    assert (await desk.get(f"{API}/{made['id']}"))[1]["state"] == "expired"


@pytest.mark.parametrize(
    ("wish", "code", "named"),
    [
        ({}, "bad_argument", "text: "),
        ({"text": ""}, "text_empty", "text: "),
        ({"text": "あ" * 10_000}, "text_too_long", "text: 10000 characters"),
        ({"text": "休み\x00ます"}, "text_unspeakable", "text: "),
        ({"text": "休みます😀"}, "text_unspeakable", "text: '😀'"),
        ({"text": "{name}様"}, "text_unspeakable", "text: "),
        ({"text": "1234 5678 9018"}, "my_number", "text: "),
        ({"text": "1234 5678 9012"}, "text_my_number", "text: 12 digits"),
        ({"text": TEXT, "place": "lobby"}, "place_unknown", "place: choose from emergency, "),
        ({"text": TEXT, "line": "third"}, "line_unknown", "line: "),
        ({"text": TEXT, "language": "fr"}, "language_unknown", "language: "),
        ({"text": TEXT, "until": "2026-11-24T09:00"}, "until_past", "until: is past"),
        ({"text": TEXT, "from": "2026-11-24T12:00", "until": "2026-11-24T11:00"}, "until_order", "until: "),
        ({"text": TEXT, "until": "2028-11-24"}, "until_far", "until: "),
        ({"text": TEXT, "until": "soon"}, "bad_argument", "until: is no time"),
        ({"text": TEXT, "from": "9999-12-31"}, "bad_argument", "from: is out of range"),
        ({"text": TEXT, "until": "9999-12-31"}, "bad_argument", "until: "),
        ({"text": TEXT, "author": "\x1b"}, "bad_argument", "author: "),
        ({"text": TEXT, "lines": "main"}, "bad_argument", "lines: there is no such field"),
        ({"text": 5}, "bad_argument", "text: "),
        ({"text": TEXT, "draft": "yes"}, "bad_argument", "draft: "),
    ],
)
async def test_given_a_bad_wish_when_posted_then_one_sentence_names_it_and_nothing_is_kept(
    desk, wish, code, named
):
    status, problem = await desk.post(API, wish)
    assert (status, problem["error"]) == (400, code), problem
    assert problem["message"].startswith(named)
    assert "\n" not in problem["message"]
    assert await listed(desk) == []


async def test_given_what_is_no_json_or_endless_when_posted_then_it_is_refused(desk):
    status, problem = await desk.post(API, data=b"\xff{")
    assert (status, problem["message"]) == (400, "body: is not JSON")
    status, problem = await desk.post(API, data=b"x" * 300_000)
    assert (status, problem["error"]) == (413, "body_too_large")
    assert await listed(desk) == []


@pytest.mark.parametrize(("why", "status"), [("voice_missing", 503), ("too_slow", 503), ("not_spoken", 400)])
async def test_given_a_voice_that_fails_when_posted_then_its_sentence_comes_back_and_stands_in_the_history(
    desk, board, why, status
):
    board._speaker.failure = SpeakError(why, "the voice does not want to")
    answered, problem = await desk.post(API, {"text": TEXT})
    assert (answered, problem["error"]) == (status, why)
    assert problem["message"].endswith("the voice does not want to")
    (kept,) = await listed(desk)
    assert (kept["state"], kept["failure"]) == (
        "failed",
        {"error": why, "message": "the voice does not want to"},
    )
    async with desk.client.get(f"{API}/{kept['id']}/audio", headers=BEARER) as answer:
        assert (answer.status, (await answer.json())["error"]) == (404, "no_sound")


async def test_given_an_unknown_announcement_when_asked_for_then_404(desk):
    for path in ("nothing", "nothing/audio", "..%2fmadoguchi"):
        status, problem = await desk.get(f"{API}/{path}")
        assert (status, problem["error"]) in {(404, "no_such_announcement"), (404, "not_found")}
    for act in ("publish", "withdraw"):
        assert (await desk.post(f"{API}/nothing/{act}", {}))[0] == 404


async def test_given_a_desk_without_announcements_when_asked_then_it_says_so(browser):
    for answer in (await browser.get(API), await browser.post(API, {"text": TEXT})):
        assert (answer[0], answer[1]["error"]) == (503, "not_possible")


async def test_given_a_client_that_leaves_when_the_voice_works_then_the_announcement_is_made_all_the_same(
    desk, board
):
    may = asyncio.Event()
    speak = board._speaker.speak

    async def slowly(*args):
        await may.wait()
        return await speak(*args)

    board._speaker.speak = slowly
    asked = asyncio.create_task(desk.post(API, {"text": TEXT}))
    await until(lambda: bool(board.items()))
    asked.cancel()
    may.set()
    await board.spoken(board.items()[0].announcement.id)
    assert [one["state"] for one in await listed(desk)] == ["live"]


async def test_given_the_page_when_opened_without_a_session_then_the_login_comes_and_with_one_the_page(desk):
    async with desk.client.get("/announcements") as answer:
        assert answer.url.path == "/login"
    async with desk.client.get("/announcements", headers=BEARER) as answer:
        text = await answer.text()
        assert "<script src=" in text
        assert "<script>" not in text
        assert "style=" not in text
        assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
        for place in Place:
            assert f'value="{place}"' in text
