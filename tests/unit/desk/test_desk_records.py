import io
import sys
from pathlib import Path

import openpyxl
import pytest

from desk import models
from tests.unit.desk.desk_rig import BEARER, Browser


async def one_of_each(browser: Browser) -> tuple[str, str, str]:
    """An answered call, an abandoned one, one that waits."""
    site = browser.site
    site.seat_up(1, "101")
    answered = await site.call_in()
    site.clock.at_ms += 3_000
    site.pick_up(answered)
    abandoned = await site.call_in()
    site.clock.at_ms += 7_000
    site.caller_gone(abandoned)
    return answered, abandoned, await site.call_in()


async def test_given_calls_of_today_when_listed_then_all_come_in_order(browser: Browser) -> None:
    calls = await one_of_each(browser)
    status, found = await browser.get("/api/v1/calls")
    assert status == 200
    models.CallList.model_validate(found)
    assert tuple(call["call"] for call in found["calls"]) == calls
    assert [call["outcome"] for call in found["calls"]] == ["answered", "abandoned", "still_waiting"]
    assert (found["from"], found["to"]) == ("2026-11-24T00:00:00.000+09:00", "2026-11-25T00:00:00.000+09:00")


async def test_given_an_outcome_when_listed_then_only_those_come(browser: Browser) -> None:
    _, abandoned, _ = await one_of_each(browser)
    _, found = await browser.get("/api/v1/calls", outcome="abandoned")
    assert [call["call"] for call in found["calls"]] == [abandoned]
    assert found["count"] == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"from": "2026-11-24", "to": "2026-11-24"}, 3),
        ({"from": "2026-11-24", "to": "2026-11-25"}, 3),
        ({"from": "2026-11-23", "to": "2026-11-23"}, 0),
        ({"from": "2026-11-25"}, 0),
        ({"to": "2026-11-24"}, 3),
        ({"to": "2026-11-23"}, 0),
        ({"from": "2026-11-24T10:00:00", "to": "2026-11-24T10:00:03"}, 1),
        ({"from": "2026-11-24 10:00:01"}, 2),
        ({"from": "2026-11-24T01:00:01+00:00"}, 2),
        ({"from": "2026-11-24T10:00:00.000 09:00"}, 3),
        ({"from": "2026-11-24T10:00:00", "to": "2026-11-24T10:00:00"}, 0),
    ],
)
async def test_given_an_interval_when_listed_then_it_is_half_open_in_japan(
    browser: Browser, query: dict[str, str], count: int
) -> None:
    await one_of_each(browser)
    status, found = await browser.get("/api/v1/calls", **query)
    assert (status, found.get("count")) == (200, count)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"from": "yesterday"}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"from": ""}, "from"),
        ({"to": "2026-11-24T25:00"}, "to"),
        ({"to": "0001-01-01"}, "to"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "99999-12-31"}, "to"),
        ({"from": "0001-01-01T00:00:00+14:00"}, "from"),
        ({"from": "2026-11-25", "to": "2026-11-23"}, "to"),
        ({"from": "2026-01-01", "to": "2026-11-23"}, "from"),
        ({"outcome": "happy"}, "outcome"),
        ({"out come\x00": "answered"}, "out?come?"),
    ],
)
async def test_given_a_bad_argument_when_listed_then_400_names_it(
    browser: Browser, query: dict[str, str], named: str
) -> None:
    status, problem = await browser.get("/api/v1/calls", **query)
    assert (status, problem["error"]) == (400, "bad_argument")
    assert problem["message"].startswith(f"{named}: ")


async def test_given_a_call_in_progress_when_its_story_is_asked_then_all_is_there(
    browser: Browser,
) -> None:
    answered, _, _ = await one_of_each(browser)
    status, story = await browser.get(f"/api/v1/calls/{answered}")
    assert status == 200
    models.CallStory.model_validate(story)
    kinds = [row["kind"] for row in story["journal"]]
    assert kinds[0] == "call.received"
    assert {"call.queued", "offer.started", "call.connected"} <= set(kinds)
    assert story["wait_s"] == 3.0


async def test_given_a_number_when_the_story_is_asked_then_it_is_not_in_it(
    browser: Browser,
) -> None:
    call = await browser.site.call_in("09012345678")
    async with browser.client.get(f"/api/v1/calls/{call}", headers=BEARER) as answer:
        assert "12345678" not in await answer.text()


@pytest.mark.parametrize("call", ["nobody", "%00", "..%2f..", "x" * 65, "' OR 1=1 --", "窓口"])
async def test_given_no_such_call_when_asked_then_404(browser: Browser, call: str) -> None:
    status, problem = await browser.get(f"/api/v1/calls/{call}")
    assert (status, problem["error"]) == (404, "no_such_call")


@pytest.mark.parametrize("path", ["month/2026-11", "day/2026-11-24"])
async def test_given_calls_when_a_report_is_asked_then_every_form_comes(browser: Browser, path: str) -> None:
    await one_of_each(browser)
    status, report = await browser.get(f"/api/v1/reports/{path}")
    assert status == 200
    models.Report.model_validate(report)
    assert (report["received"], report["answered"], report["abandoned"]) == (3, 1, 1)
    async with browser.client.get(f"/api/v1/reports/{path}?format=csv", headers=BEARER) as answer:
        assert answer.content_type == "text/csv"
        assert (await answer.read()).startswith(b"\xef\xbb\xbf")
        assert answer.headers["Content-Disposition"].endswith('.csv"')
    async with browser.client.get(f"/api/v1/reports/{path}?format=xlsx", headers=BEARER) as answer:
        assert openpyxl.load_workbook(io.BytesIO(await answer.read())).active is not None
    async with browser.client.get(f"/api/v1/reports/{path}?format=html", headers=BEARER) as answer:
        assert answer.content_type == "text/html"
        assert "script-src" not in answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "月" in await answer.text()
    pytest.importorskip("weasyprint")
    async with browser.client.get(f"/api/v1/reports/{path}?format=pdf", headers=BEARER) as answer:
        assert answer.content_type == "application/pdf"
        assert (await answer.read()).startswith(b"%PDF-")


async def test_given_no_program_for_pdf_when_asked_then_503_says_what_to_install(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    status, problem = await browser.get("/api/v1/reports/day/2026-11-24", format="pdf")
    assert (status, problem["error"]) == (503, "no_pdf")
    assert "weasyprint" in problem["message"]


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("month/2026-13", "month"),
        ("month/2026-11-24", "month"),
        ("month/０", "month"),
        ("day/2026-11", "date"),
        ("day/2026-02-30", "date"),
        ("day/0000-00-00", "date"),
        ("day/2026-11-24?format=doc", "format"),
        ("year/2026-04", "year"),
        ("year/26", "year"),
        ("month/2026-11?format=", "format"),
        ("month/2026-11?form=csv", "form"),
    ],
)
async def test_given_a_bad_period_or_form_when_a_report_is_asked_then_400_names_it(
    browser: Browser, path: str, named: str
) -> None:
    status, problem = await browser.get(f"/api/v1/reports/{path}")
    assert (status, problem["error"]) == (400, "bad_argument")
    assert problem["message"].startswith(f"{named}: ")


async def test_given_a_database_that_is_away_when_asked_then_503_and_live_goes_on(
    browser: Browser, tmp_path: Path
) -> None:
    browser.site.journal.flush()
    browser.site.database.close()
    (tmp_path / "madoguchi.db").rename(tmp_path / "elsewhere.db")
    for path in ("/api/v1/calls", "/api/v1/calls/some", "/api/v1/reports/month/2026-11"):
        status, problem = await browser.get(path)
        assert (status, problem["error"]) == (503, "database_away"), path
    status, _ = await browser.get("/api/v1/live")
    assert status == 200


async def test_given_a_month_that_is_over_when_closed_then_its_versions_are_served(browser: Browser) -> None:
    path = "/api/v1/reports/month/2026-10"
    assert (await browser.get(path))[1]["status"] == "速報"
    status, made = await browser.post(f"{path}/close", {"by": "山田"})
    assert status == 201
    models.Closing.model_validate(made)
    assert (made["version"], made["by"], made["settings"]["seats"]) == (1, "山田", {"count": 7})
    status, problem = await browser.post(f"{path}/close", {"by": "佐藤"})
    assert (status, problem["error"]) == (409, "closed_already")
    assert (await browser.post(f"{path}/close", {"by": "佐藤", "reason": "訂正"}))[1]["version"] == 2
    for query, version in (({}, 2), ({"version": "1"}, 1)):
        _, report = await browser.get(path, **query)
        models.Report.model_validate(report)
        assert (report["status"], report["version"]) == (f"確定 第{version}版", version)
    _, found = await browser.get(f"{path}/versions")
    models.ClosingList.model_validate(found)
    assert [one["version"] for one in found["versions"]] == [1, 2]
    async with browser.client.get(f"{path}?format=html&version=1", headers=BEARER) as answer:
        assert "確定 第1版" in await answer.text()


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("2026-11", {"by": "山田"}, 409, "not_over"),
        ("2027-11", {"by": "山田"}, 409, "not_over"),
        ("2026-13", {"by": "山田"}, 400, "bad_argument"),
        ("2026-10", {}, 400, "bad_argument"),
        ("2026-10", {"by": ""}, 400, "bad_argument"),
        ("2026-10", {"by": "山田", "reason": "x" * 1001}, 400, "bad_argument"),
        ("2026-10", {"by": "1234 5678 9018"}, 400, "my_number"),
    ],
)
async def test_given_a_month_that_cannot_be_closed_when_closed_then_the_reason_is_told(
    browser: Browser, path: str, body: dict[str, str], status: int, code: str
) -> None:
    found, problem = await browser.post(f"/api/v1/reports/month/{path}/close", body)
    assert (found, problem["error"]) == (status, code)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("month/2026-10?version=1", "version: 2026-10 has no version 1"),
        ("month/2026-10?version=x", "version: 'x' is not a version"),
        ("day/2026-10-01?version=1", "version: there is no such argument"),
        ("month/2030-01", "month: 2030-01 lies in the future"),
        ("day/2030-01-01", "date: 2030-01-01 lies in the future"),
    ],
)
async def test_given_no_such_version_or_a_future_period_when_asked_then_400_names_it(
    browser: Browser, path: str, named: str
) -> None:
    status, problem = await browser.get(f"/api/v1/reports/{path}")
    assert (status, problem["message"].startswith(named)) == (400, True), problem
