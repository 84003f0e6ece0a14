"""Headers that keep the pages from being misused (ASVS 5.0, chapter 3)."""

from __future__ import annotations

from aiohttp import hdrs, web

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DOCUMENT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-downloads allow-modals"
)
"""For a report that stands alone: it has its style inside, and no script at all may run (printing may)."""

YEAR_S = 365 * 24 * 3600

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not "no-referrer": that makes browsers send "Origin: null" with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    hdrs.SERVER: "madoguchi",
}


async def add(request: web.Request, response: web.StreamResponse) -> None:
    """on_response_prepare: every answer gets them, errors too."""
    response.headers.update(FIXED)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    if request.secure:
        response.headers["Strict-Transport-Security"] = f"max-age={YEAR_S}"
    is_static = request.path.startswith("/static/")
    response.headers[hdrs.CACHE_CONTROL] = "no-cache" if is_static else "no-store"
