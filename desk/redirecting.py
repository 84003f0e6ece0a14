"""For browsers that come without TLS: on to the same path with it."""

from __future__ import annotations

from aiohttp import web
from yarl import URL


def redirecting(port: int) -> web.Application:
    """An application that knows nothing but the port at which TLS is spoken."""

    async def on(request: web.Request) -> web.StreamResponse:
        host = URL(f"http://{request.host}").host
        if host is None:
            raise web.HTTPBadRequest
        there = URL.build(scheme="https", host=host, port=port, path="/") if host else request.url
        # Only the path, never what stands behind it: nothing that was sent in the clear is repeated.
        raise web.HTTPPermanentRedirect(there.with_path(request.path))

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", on)
    return app
