import asyncio
import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest

from desk.auth import COOKIE
from desk.context import DESK
from desk.health_words import HEALTH_WORDS
from desk.language import english
from desk.operations import OPERATIONS
from desk.phone_tickets import VALID_S, PhoneTickets
from desk.premises import SettingsChangedError
from desk.rights import RIGHTS, Role
from desk.shell import PAGES
from desk.who import Who
from madoguchi.doctor import all_checks
from madoguchi.premises import HomePremises
from tests.unit.desk.desk_rig import BEARER, Browser

MANAGER = Who("kanri", "管理 花子", Role.MANAGER)
CITY = Who("city", "長野市", Role.CITY)
JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龠]")


def as_(browser: Browser, who: Who, language: str = "ja") -> dict[str, str]:
    cookie = browser.app[DESK].sessions.begin(who)
    return {"Cookie": f"{COOKIE}={cookie}; madoguchi_language={language}"}


def pages() -> Iterator[str]:
    yield from (page.path for page in PAGES)


@pytest.mark.parametrize("path", sorted(pages()))
async def test_given_a_manager_when_a_page_is_opened_then_it_is_there_in_both_languages(
    browser: Browser, path: str
) -> None:
    for language in ("ja", "en"):
        async with browser.client.get(path, headers=as_(browser, MANAGER, language)) as answer:
            text = await answer.text()
            assert answer.status == 200, path
        assert f'<html lang="{language}"' in text
        assert "<style" not in text
        assert "style=" not in text
        assert not re.search(r"\son\w+=", text)


async def test_given_each_role_when_its_navigation_is_drawn_then_every_page_of_it_opens_and_no_other(
    browser: Browser,
) -> None:
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.MANAGER, Role.AUDITOR, Role.CITY):
        for page in PAGES:
            headers = as_(browser, Who("x", "誰か", role, operator="101"))
            async with browser.client.get(page.path, headers=headers) as answer:
                assert answer.status == (200 if page.right in RIGHTS[role] else 403), (role, page.path)


async def test_given_the_city_when_it_logs_in_then_its_first_page_is_the_reports(browser: Browser) -> None:
    async with browser.client.get("/", headers=as_(browser, CITY)) as answer:
        assert answer.url.path == "/reports"
        text = await answer.text()
    for told in ("着信件数", "応答前切電件数", "まだ締められていません"):
        assert told in text
    assert "締める" not in text


async def test_given_a_month_that_is_not_over_when_looked_at_then_it_cannot_be_closed_yet(
    browser: Browser,
) -> None:
    async with browser.client.get("/reports?month=2026-11", headers=as_(browser, MANAGER)) as answer:
        assert "月が終わると締められます" in await answer.text()
    async with browser.client.get("/reports?month=2026-10", headers=as_(browser, MANAGER)) as answer:
        assert "この月を締める" in await answer.text()
    for wrong in ("2026-13", "x", "1000-01"):
        async with browser.client.get(f"/reports?month={wrong}", headers=as_(browser, MANAGER)) as answer:
            assert "2026年11月" in await answer.text()


async def test_given_a_text_when_played_then_it_is_a_wav_of_what_citizens_hear(browser: Browser) -> None:
    async with browser.client.get("/api/v1/guidance/ja/greeting/audio", headers=BEARER) as answer:
        body = await answer.read()
    assert body[:4] == b"RIFF"
    assert len(body) > 8000 * 2
    for path in ("ja/none", "fr/greeting", "ja/..%2f..%2fmanifest", "ja/" + "a" * 100):
        async with browser.client.get(f"/api/v1/guidance/{path}/audio", headers=BEARER) as answer:
            assert answer.status == 404, path


async def test_given_words_when_guidance_is_searched_then_only_texts_with_them(browser: Browser) -> None:
    async with browser.client.get("/guidance?find=非通知", headers=as_(browser, MANAGER)) as answer:
        few = (await answer.text()).count("data-play")
    async with browser.client.get("/guidance?parts=on&language=en", headers=as_(browser, MANAGER)) as answer:
        all_parts = (await answer.text()).count("data-play")
    async with browser.client.get("/guidance?language=xx", headers=as_(browser, MANAGER)) as answer:
        whole = (await answer.text()).count("data-play")
    assert few < whole < all_parts


async def test_given_a_phone_when_its_set_up_is_shown_then_the_code_gives_it_once_and_the_journal_says_who(
    browser: Browser,
) -> None:
    async with browser.client.get("/phones", headers=as_(browser, MANAGER)) as answer:
        text = await answer.text()
    assert "phone-3" in text
    assert "secret-3" not in text
    seen: list[str] = []
    browser.site.journal.subscribe(
        lambda _seq, entry: seen.append(f"{entry.kind} {entry.seat} {dict(entry.data)}")
    )
    async with browser.client.post("/api/v1/phones/3/setup", headers=as_(browser, MANAGER)) as answer:
        told = await answer.json()
    assert told["password"] == "secret-3"
    assert told["qr"].startswith("<svg")
    assert "phone.shown 3 {'by': 'kanri'}" in seen
    path = told["address"].partition("/provisioning/")[2]
    async with browser.client.get(f"/provisioning/{path}") as answer:
        document = ET.fromstring(await answer.text())
    entries = {one.get("name"): one.text for one in document.iter() if one.get("name")}
    assert entries["username"] == "phone-3"
    assert entries["passwd"] == "secret-3"
    assert entries["reg_proxy"] == "<sip:127.0.0.1:5060;transport=udp>"
    async with browser.client.get(f"/provisioning/{path}") as answer:
        assert answer.status == 404
    async with browser.client.post("/api/v1/phones/9/setup", headers=as_(browser, MANAGER)) as answer:
        assert answer.status == 404


def test_given_a_code_when_it_is_too_old_then_it_gives_nothing() -> None:
    now = [0.0]
    tickets = PhoneTickets(lambda: now[0])
    first = tickets.give(1)
    now[0] = VALID_S + 1
    assert tickets.take(first) is None
    assert tickets.take("nothing") is None
    assert tickets.take(tickets.give(2)) == 2


async def test_given_settings_when_checked_then_mistakes_are_named_and_nothing_is_written(
    browser: Browser, premises: HomePremises
) -> None:
    before = premises.settings()
    for text, said in (("[seats]\ncount = 0\n", "[seats] count"), ("[", ""), ("[nothing]\n", "nothing")):
        status, told = await browser.post("/api/v1/settings/check", {"text": text})
        assert status == 200
        assert any(said in one for one in told["mistakes"]), told
        status, _ = await browser.post("/api/v1/settings/check", {"text": text, "more": 1})
        assert status == 400
    status, told = await browser.post("/api/v1/settings/check", {"text": "[seats]\ncount = 8\n"})
    assert told == {"mistakes": []}
    assert premises.settings() == before


async def test_given_settings_that_cannot_come_into_force_when_written_then_the_file_is_as_before(
    browser: Browser, premises: HomePremises
) -> None:
    before = premises.settings()
    async with browser.client.put(
        "/api/v1/settings", json={"text": "[seats]\ncount = 8\n", "seen": before.version}, headers=BEARER
    ) as answer:
        assert answer.status == 503  # this rig cannot reload
    assert premises.settings() == before
    for body, status in (
        ({"text": "[seats]\ncount = 0\n", "seen": before.version}, 422),
        ({"text": "[seats]\ncount = 8\n", "seen": "older"}, 409),
    ):
        async with browser.client.put("/api/v1/settings", json=body, headers=BEARER) as answer:
            assert answer.status == status
    assert premises.settings() == before


def test_given_two_who_write_settings_when_the_second_has_not_seen_the_first_then_he_is_told(
    premises: HomePremises,
) -> None:
    seen = premises.settings()
    first = premises.write_settings("[seats]\ncount = 5\n", seen.version)
    assert premises.settings() == first
    with pytest.raises(SettingsChangedError):
        premises.write_settings("[seats]\ncount = 6\n", seen.version)
    assert premises.settings() == first


async def test_given_the_installation_when_looked_at_then_each_check_says_how_it_is(browser: Browser) -> None:
    status, told = await browser.get("/api/v1/health")
    assert status == 200
    assert {"controller.asterisk", "journal.writing", "disk"} <= {one["name"] for one in told["checks"]}
    assert told["level"] in ("ok", "warn", "fail")
    for one in told["checks"]:
        assert one["what"]
        assert (one["level"] == "ok") or one["remedy"] or one["what"]


def test_given_every_check_of_the_doctor_when_shown_then_it_has_a_japanese_name_and_what_to_do() -> None:
    names = {name for name, _ in all_checks(quick=False)} | {"controller.asterisk", "journal.writing"}
    assert names == set(HEALTH_WORDS)


def test_given_what_the_pages_say_when_looked_up_then_the_catalogue_has_no_japanese_as_english() -> None:
    for japanese, said in english().items():
        assert said.strip(), japanese
        assert not JAPANESE.search(said), japanese


async def test_given_every_template_when_its_words_are_collected_then_each_has_an_english_one() -> None:
    from importlib import resources

    missing = []
    for file in resources.files("desk").joinpath("templates").iterdir():
        text = await asyncio.to_thread(file.read_text, encoding="utf-8")
        for said in re.findall(r'\bt\("([^"]+)"\)', text):
            if said not in english():
                missing.append(f"{file.name}: {said}")
        for group in re.findall(r"\bwords\(([^)]*)\)", text):
            missing += [
                f"{file.name}: {one}" for one in re.findall(r'"([^"]+)"', group) if one not in english()
            ]
    assert not missing, "\n".join(missing)


def test_given_the_operations_when_counted_then_no_path_and_method_comes_twice() -> None:
    known = [(one.method, one.path) for one in OPERATIONS]
    assert len(known) == len(set(known))
