"""The desk's pages in a real Chromium, over the site of `tests/unit/desk/desk_rig.py` (without Asterisk)."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright

from desk.auth import COOKIE
from desk.context import DESK
from desk.language import COOKIE as LANGUAGE_COOKIE
from desk.rights import Role
from desk.shell import THEME_COOKIE
from desk.who import Who
from tests.unit.desk.desk_rig import Site

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WIDE: Mapping[str, int] = MappingProxyType({"width": 1280, "height": 800})

WHO: Mapping[Role, Who] = MappingProxyType(
    {
        Role.OPERATOR: Who("101", "オペレーター1", Role.OPERATOR, operator="101"),
        Role.SUPERVISOR: Who("yamada", "山田 花子", Role.SUPERVISOR),
        Role.MANAGER: Who("suzuki", "鈴木 一郎", Role.MANAGER),
        Role.AUDITOR: Who("kansa", "監査 太郎", Role.AUDITOR),
        Role.CITY: Who("city", "市民課", Role.CITY),
        Role.KIOSK: Who("kiosk", "掲示", Role.KIOSK),
        Role.SYSTEM: Who("system", "API", Role.SYSTEM),
    }
)
"""Somebody of each role."""


@dataclass
class Pages:
    """Opens pages as somebody, each in a browser profile of its own.

    `errors` gathers what the pages' scripts threw and what the browser complained of (the policy against
    inline scripts among it): the fixture fails a test that leaves any. A test that expects some clears it.
    """

    chromium: Browser
    site: Site
    app: web.Application
    url: str
    contexts: list[BrowserContext] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def open(
        self,
        path: str,
        who: Who | Role | None = Role.SUPERVISOR,
        *,
        language: str = "ja",
        theme: str = "light",
        viewport: Mapping[str, int] = WIDE,
        status: int = 200,
    ) -> Page:
        """The page as this person sees it (None: nobody is logged in), loaded."""
        page = await (await self.profile(who, language=language, theme=theme, viewport=viewport)).new_page()
        await self.go(page, path, status)
        return page

    async def profile(
        self,
        who: Who | Role | None = Role.SUPERVISOR,
        *,
        language: str = "ja",
        theme: str = "light",
        viewport: Mapping[str, int] = WIDE,
    ) -> BrowserContext:
        """A browser profile in which this person is logged in; its pages share cookies and storage."""
        context = await self.chromium.new_context(
            viewport={"width": viewport["width"], "height": viewport["height"]},
            locale="ja-JP",
            timezone_id="Asia/Tokyo",
        )
        self.contexts.append(context)
        context.on("console", self._console)
        context.on(
            "weberror", lambda error: self.errors.append(f"{error.page and error.page.url}: {error.error}")
        )
        cookies = {LANGUAGE_COOKIE: language, THEME_COOKIE: theme}
        if who is not None:
            person = WHO[who] if isinstance(who, Role) else who
            cookies[COOKIE] = self.app[DESK].sessions.begin(person)
        await context.add_cookies(
            [{"name": name, "value": value, "url": self.url} for name, value in cookies.items()]
        )
        return context

    async def go(self, page: Page, path: str, status: int = 200) -> None:
        """Load another page of the site."""
        answer = await page.goto(f"{self.url}{path}", wait_until="load")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    async def close(self) -> None:
        for context in self.contexts:
            await context.close()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.errors.append(f"{message.location.get('url')}: {message.text}")


async def launch(playwright: Playwright) -> Browser:
    """Debian's Chromium, headless, with a profile of its own that is thrown away."""
    binary = shutil.which("chromium")
    if binary is None:
        pytest.fail("there is no chromium: apt-get install chromium (bin/test does it)")
    return await playwright.chromium.launch(executable_path=Path(binary), args=list(FLAGS))
