"""What every page has around it: the way to the other pages, who is logged in, language and colours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from desk.language import LANGUAGES, Translate, language_of, translator
from desk.rights import ROLE_WORDS, Right
from desk.who import Who, who_or_none

THEME_COOKIE = "madoguchi_theme"
THEMES = {"auto": "自動", "light": "明るい", "dark": "暗い"}


@dataclass(frozen=True, slots=True)
class Page:
    """One page in the navigation: shown to whom may open it."""

    path: str
    word: str
    right: Right
    at_a_seat: bool = False
    """Only for who is an operator, whatever the role."""

    def is_for(self, who: Who) -> bool:
        """Whether this person may open it."""
        return who.may(self.right) and (who.operator is not None or not self.at_a_seat)


PAGES: tuple[Page, ...] = (
    Page("/desk", "受付席", Right.WORK, at_a_seat=True),
    Page("/live", "現在の状況", Right.SEE_FLOOR),
    Page("/floor", "フロア", Right.SEE_FLOOR),
    Page("/calls", "着信", Right.SEE_CALLS),
    Page("/abandoned", "放棄呼への対応", Right.SEE_PEOPLE_OF_CALLS),
    Page("/callbacks", "折り返し", Right.RUN_QUEUE),
    Page("/reports", "報告書", Right.SEE_REPORTS),
    Page("/calendar", "受付カレンダー", Right.SEE_CALENDAR),
    Page("/announcements", "お知らせ", Right.SEE_GUIDANCE),
    Page("/guidance", "ガイダンス", Right.SEE_GUIDANCE),
    Page("/phones", "席と電話", Right.RUN_PEOPLE),
    Page("/settings", "設定", Right.RUN_SETTINGS),
    Page("/people", "アカウント", Right.RUN_PEOPLE),
    Page("/audit", "操作の記録", Right.SEE_AUDIT),
    Page("/health", "点検", Right.SEE_HEALTH),
)


def page(request: web.Request, template: str, **values: object) -> web.Response:
    """A page in the person's language. In templates: `t("…")` translates, `who`, `may(right)`, `words(…)`."""
    language = language_of(request)
    translate = translator(language)
    who = who_or_none(request)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    text = (
        _environment()
        .get_template(template)
        .render(
            t=translate,
            language=language,
            languages=LANGUAGES,
            theme=theme if theme in THEMES else "auto",
            themes=THEMES,
            who=who,
            role=translate(ROLE_WORDS[who.role]) if who else "",
            pages=pages_of(who),
            here=request.path,
            may=lambda right: who is not None and who.may(Right(right)),
            words=lambda *texts: _words(translate, texts),
            data=_data,
            **values,
        )
    )
    return web.Response(text=text, content_type="text/html")


def pages_of(who: Who | None) -> list[Page]:
    """The pages that this person may open, in the navigation's order."""
    return [one for one in PAGES if who is not None and one.is_for(who)]


def _words(translate: Translate, texts: tuple[str, ...]) -> Markup:
    """A script's words by their Japanese, for `<script type="application/json">`: data, never code."""
    return _data({text: translate(text) for text in texts})


def _data(value: object) -> Markup:
    """JSON that cannot end the element in which it stands."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"), default=str)
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026").replace(">", "\\u003e"))  # noqa: S704


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
