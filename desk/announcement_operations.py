"""The routes of what citizens are told for a time (お知らせ)."""

from __future__ import annotations

from aiohttp.typedefs import Handler

from desk import announcement_models as models
from desk import announcements, pages
from desk.operation import API, Operation, page
from desk.rights import Right


def _announcement(action: str, handler: Handler, summary: str) -> Operation:
    return Operation(
        "POST",
        f"{API}/announcements/{{announcement}}/{action}",
        handler,
        summary,
        answer=models.AnnouncementEntry,
        body=models.ByBody,
        problems=(400, 404, 409, 413, 503),
        right=Right.SPEAK,
    )


ANNOUNCEMENT_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{API}/announcements",
        announcements.all_of_them,
        "お知らせ: what citizens are told for a time, and were told",
        models.AnnouncementList,
        problems=(503,),
        right=Right.SEE_GUIDANCE,
    ),
    Operation(
        "POST",
        f"{API}/announcements",
        announcements.make,
        "Speak an announcement and publish it, or keep it as a draft; answers when it can be heard",
        models.AnnouncementEntry,
        body=models.AnnouncementBody,
        status=201,
        problems=(400, 413, 503),
        right=Right.SPEAK,
    ),
    Operation(
        "GET",
        f"{API}/announcements/{{announcement}}",
        announcements.one,
        "One announcement",
        models.AnnouncementEntry,
        problems=(404, 503),
        right=Right.SEE_GUIDANCE,
    ),
    Operation(
        "GET",
        f"{API}/announcements/{{announcement}}/audio",
        announcements.audio,
        "What callers hear",
        types=("audio/wav",),
        problems=(404, 503),
        right=Right.SEE_GUIDANCE,
    ),
    _announcement("publish", announcements.publish, "Let callers hear a draft in its time"),
    _announcement("withdraw", announcements.withdraw, "Let nobody hear it any more"),
    page("/announcements", pages.announcements, "The announcements page", Right.SEE_GUIDANCE),
)
