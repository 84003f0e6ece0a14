"""The routes of the house's own pages: reports, callbacks, guidance, phones, settings, health."""

from __future__ import annotations

from desk import callback_page, guidance_pages, health_page, phone_pages, report_pages, settings_page
from desk import house_models as models
from desk.operation import Operation
from desk.rights import Right

_BASE = "/api/v1"
_PAGE = ("text/html",)

HOUSE_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET", "/reports", report_pages.reports, "報告書, the page", types=_PAGE, right=Right.SEE_REPORTS
    ),
    Operation(
        "GET", "/callbacks", callback_page.callbacks, "折り返し, the page", types=_PAGE, right=Right.RUN_QUEUE
    ),
    Operation(
        "GET",
        "/guidance",
        guidance_pages.texts,
        "ガイダンス, the page",
        types=_PAGE,
        right=Right.SEE_GUIDANCE,
    ),
    Operation(
        "GET",
        f"{_BASE}/guidance/{{language}}/{{text}}/audio",
        guidance_pages.audio,
        "A spoken text as a citizen hears it",
        types=("audio/wav",),
        problems=(404,),
        right=Right.SEE_GUIDANCE,
    ),
    Operation(
        "GET", "/phones", phone_pages.phones, "席と電話, the page", types=_PAGE, right=Right.RUN_PEOPLE
    ),
    Operation(
        "POST",
        f"{_BASE}/phones/{{seat}}/setup",
        phone_pages.secret,
        "A phone's password, and a code that sets a softphone up once",
        models.PhoneSetup,
        problems=(404,),
        right=Right.RUN_PEOPLE,
    ),
    Operation(
        "GET",
        "/provisioning/{ticket}",
        phone_pages.provisioning,
        "A softphone's settings, once, by the address of a code",
        types=("application/xml",),
        problems=(404,),
        public=True,
    ),
    Operation(
        "GET", "/settings", settings_page.settings, "設定, the page", types=_PAGE, right=Right.RUN_SETTINGS
    ),
    Operation(
        "POST",
        f"{_BASE}/settings/check",
        settings_page.check,
        "What is wrong in a text of the settings; nothing is changed",
        models.SettingsChecked,
        body=models.SettingsBody,
        problems=(400, 413),
        right=Right.RUN_SETTINGS,
    ),
    Operation(
        "PUT",
        f"{_BASE}/settings",
        settings_page.put,
        "Write the settings and bring them into force; a mistake (422) changes nothing",
        models.SettingsWritten,
        body=models.SettingsBody,
        problems=(400, 409, 413, 422, 503),
        right=Right.RUN_SETTINGS,
    ),
    Operation("GET", "/health", health_page.health, "点検, the page", types=_PAGE, right=Right.SEE_HEALTH),
    Operation(
        "GET",
        f"{_BASE}/health",
        health_page.looked,
        "What is well with the installation, and what to do",
        models.HealthNow,
        problems=(503,),
        right=Right.SEE_HEALTH,
    ),
)
