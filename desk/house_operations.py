"""The routes of the house's own pages: guidance, phones, settings, health."""

from __future__ import annotations

from desk import guidance_pages, health_page, phone_pages, settings, settings_page
from desk import house_models as models
from desk.models import Reloaded
from desk.operation import API, Operation, page
from desk.rights import Right

HOUSE_OPERATIONS: tuple[Operation, ...] = (
    page("/guidance", guidance_pages.texts, "ガイダンス, the page", Right.SEE_GUIDANCE),
    Operation(
        "GET",
        f"{API}/guidance/{{language}}/{{text}}/audio",
        guidance_pages.audio,
        "A spoken text as a citizen hears it",
        types=("audio/wav",),
        problems=(404,),
        right=Right.SEE_GUIDANCE,
    ),
    page("/phones", phone_pages.phones, "席と電話, the page", Right.RUN_PEOPLE),
    Operation(
        "POST",
        f"{API}/phones/{{seat}}/setup",
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
    page("/settings", settings_page.settings, "設定, the page", Right.RUN_SETTINGS),
    Operation(
        "POST",
        f"{API}/config/reload",
        settings.reload,
        "Read madoguchi.toml anew; calls in progress are not touched. A mistake (422) changes nothing",
        Reloaded,
        problems=(422, 503),
        right=Right.RUN_SETTINGS,
    ),
    Operation(
        "POST",
        f"{API}/settings/check",
        settings_page.check,
        "What is wrong in a text of the settings; nothing is changed",
        models.SettingsChecked,
        body=models.SettingsBody,
        problems=(400, 413),
        right=Right.RUN_SETTINGS,
    ),
    Operation(
        "PUT",
        f"{API}/settings",
        settings_page.put,
        "Write the settings and bring them into force; a mistake (422) changes nothing",
        models.SettingsWritten,
        body=models.SettingsBody,
        problems=(400, 409, 413, 422, 503),
        right=Right.RUN_SETTINGS,
    ),
    page("/health", health_page.health, "点検, the page", Right.SEE_HEALTH),
    Operation(
        "GET",
        f"{API}/health",
        health_page.looked,
        "What is well with the installation, and what to do",
        models.HealthNow,
        problems=(503,),
        right=Right.SEE_HEALTH,
    ),
)
