"""Requests made by chance from the OpenAPI document, right ones and wrong ones: none is answered with 5xx."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import one_of
from schemathesis import Case, GenerationMode, Response
from schemathesis.schemas import APIOperation

from desk.openapi import DOCUMENT
from tests.unit.desk.desk_rig import BEARER, Browser

LEFT_OUT = ("/api/v1/events", "/api/v1/watch", "/api/v1/logout")
"""What does not answer a plain request."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
MAY_BE_AWAY = frozenset({"not_possible", "no_pdf", "asterisk_away", "no_key"})
"""Codes of a 503 that this rig cannot help: it speaks no announcements and has no exchange."""


def operations(document: str) -> Iterator[APIOperation]:
    config = schemathesis.Config()
    config.projects.default.generation.update(with_security_parameters=False)
    schema = schemathesis.openapi.from_dict(json.loads(document), config=config)
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path not in LEFT_OUT:
            yield operation


def code_of(answer: Response) -> str | None:
    """The code of a refusal; None: it was no answer of ours."""
    try:
        return answer.json().get("error")
    except ValueError:
        return None


def fuzz(url: str, document: str, examples: int, number: int) -> tuple[Counter[int], list[str]]:
    """What was answered how often, and each 5xx. In a thread: the desk runs in the loop."""
    seen: Counter[int] = Counter()
    faults: list[str] = []

    def play(operation: APIOperation) -> None:
        right, wrong = (operation.as_strategy(generation_mode=mode) for mode in MODES)

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=one_of(right, wrong))
        def some(case: Case) -> None:
            answer = case.call(
                base_url=url, headers={**BEARER, "Sec-Fetch-Site": "none"}, allow_redirects=False, timeout=30
            )
            seen[answer.status_code] += 1
            if answer.status_code >= 500:
                code = code_of(answer)
                if answer.status_code != 503 or code not in MAY_BE_AWAY:
                    faults.append(f"{answer.status_code} {code}: {case.as_curl_command()[:600]}")

        some()

    for operation in operations(document):
        play(operation)
    return seen, faults


async def tried(browser: Browser, examples: int, number: int) -> Counter[int]:
    for seat in (1, 2):
        browser.site.seat_up(seat, f"10{seat}")
    browser.site.pick_up(await browser.site.call_in())
    await browser.site.call_in()
    url = str(browser.client.make_url("")).rstrip("/")
    seen, faults = await asyncio.to_thread(fuzz, url, browser.app[DOCUMENT], examples, number)
    assert not faults, "\n".join(faults)
    return seen


async def test_given_requests_by_chance_when_sent_then_none_is_our_fault(browser: Browser) -> None:
    seen = await tried(browser, 2, 1)
    assert sum(seen.values()) > 150
    assert {200, 400} <= seen.keys()


@pytest.mark.long
async def test_given_very_many_requests_by_chance_when_sent_then_none_is_our_fault(browser: Browser) -> None:
    for number in range(20):
        await tried(browser, 40, number)
