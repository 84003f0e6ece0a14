"""The log-in: an id with its password (or PIN), then a code where there is a second step; or the token."""

from __future__ import annotations

import asyncio
import math
from urllib.parse import urlencode

from aiohttp import web
from multidict import MultiDictProxy

from db.people import Account
from desk import audit, auth
from desk.context import Desk, desk_of
from desk.own_path import own_path
from desk.problems import bad
from desk.shell import page
from desk.steps import STEP_COOKIE, STEP_WITHIN_S
from desk.who import SYSTEM

STEP_TRIES = 5
FORM = "application/x-www-form-urlencoded"
LONGEST = 1000
"""Characters of a field that are looked at."""


async def login(request: web.Request) -> web.Response:
    """`GET /login`."""
    return _page(request, failed=request.query.get("failed", ""))


async def log_in(request: web.Request) -> web.StreamResponse:
    """`POST /login`: the first step, or the token."""
    auth.same_origin(request)
    form = await _form(request)
    desk, address = desk_of(request), auth.address_of(request)
    if (wait_s := desk.log_ins.wait_s(address)) > 0:
        audit.slowed(desk, address)
        answer = _page(request, failed="often")
        answer.set_status(web.HTTPTooManyRequests.status_code)
        answer.headers["Retry-After"] = str(math.ceil(wait_s))
        return answer
    path = own_path(form.get("next")) or "/"
    if "token" in form or "id" not in form:
        return await _by_token(request, _text(form, "token"), path)
    async with desk.checking:
        checked = await asyncio.to_thread(desk.accounts.check, _text(form, "id"), _text(form, "password"))
    if checked.account is None:
        desk.log_ins.failed(address)
        audit.write(desk, "login_failed", "", person=checked.known, why=checked.why, address=address)
        raise _again("id", path)
    if checked.account.totp is not None:
        answer = web.Response(status=303, headers={"Location": "/login/code"})
        cookie = desk.steps.begin(checked.account.id, path)
        answer.set_cookie(
            STEP_COOKIE,
            cookie,
            path="/login",
            httponly=True,
            samesite="Strict",
            secure=request.secure,
            max_age=int(STEP_WITHIN_S),
        )
        return answer
    return await _in(request, checked.account, path, "password" if checked.account.password else "pin")


async def code_page(request: web.Request) -> web.Response:
    """`GET /login/code`."""
    if desk_of(request).steps.of(request) is None:
        raise web.HTTPSeeOther("/login")
    return page(request, "login_code.html.j2", failed="failed" in request.query)


async def code(request: web.Request) -> web.StreamResponse:
    """`POST /login/code`: the second step."""
    auth.same_origin(request)
    form = await _form(request)
    desk, address = desk_of(request), auth.address_of(request)
    step = desk.steps.of(request)
    if step is None:
        raise web.HTTPSeeOther("/login?failed=late")
    async with desk.checking:
        is_right = await asyncio.to_thread(desk.accounts.check_code, step.person, _text(form, "code"))
        one = await asyncio.to_thread(desk.accounts.one, step.person)
    if not is_right or one is None or not desk.accounts.is_open(one):
        step.tries += 1
        desk.log_ins.failed(address)
        audit.write(desk, "login_failed", "", person=step.person, why="code", address=address)
        if step.tries < STEP_TRIES:
            raise web.HTTPSeeOther("/login/code?failed=1")
        desk.steps.end(request)
        raise web.HTTPSeeOther("/login?failed=id")
    desk.steps.end(request)
    answer = await _in(request, one, step.next, "code")
    answer.del_cookie(STEP_COOKIE, path="/login")
    return answer


async def log_out(request: web.Request) -> web.StreamResponse:
    """`POST /logout`."""
    answer = web.Response(status=303, headers={"Location": "/login", "Clear-Site-Data": '"cache"'})
    session = auth.session_of(request)
    if session is not None:
        audit.write(desk_of(request), "logout", session.who.id)
    await auth.drop_session(request, answer)
    return answer


async def _in(request: web.Request, one: Account, path: str, how: str) -> web.Response:
    """All steps are done: a session."""
    desk = desk_of(request)
    await asyncio.to_thread(desk.accounts.logged_in, one.id, desk.office.now_ms())
    must = desk.accounts.must(one)
    answer = web.Response(status=303, headers={"Location": "/account" if must else path})
    await auth.begin_session(request, answer, desk.accounts.who(one), must=must)
    audit.write(desk, "login", one.id, role=one.role, how=how, address=auth.address_of(request))
    return answer


async def _by_token(request: web.Request, given: str, path: str) -> web.Response:
    desk, address = desk_of(request), auth.address_of(request)
    if not auth.is_token(given.strip(), desk.api_token):
        desk.log_ins.failed(address)
        audit.write(desk, "login_failed", "", why="token", address=address)
        raise _again("token", path)
    answer = web.Response(status=303, headers={"Location": path})
    await auth.begin_session(request, answer, SYSTEM)
    audit.write(desk, "login", SYSTEM.id, role=SYSTEM.role.value, how="token", address=address)
    return answer


def _again(failed: str, path: str) -> web.HTTPSeeOther:
    query = {"failed": failed, **({"next": path} if path != "/" else {})}
    return web.HTTPSeeOther(f"/login?{urlencode(query)}")


def _page(request: web.Request, *, failed: str) -> web.Response:
    desk: Desk = desk_of(request)
    return page(
        request,
        "login.html.j2",
        failed=failed,
        next=own_path(request.query.get("next")) or "/",
        takes_pin=desk.office.desk_rules().operator_pin,
    )


async def _form(request: web.Request) -> MultiDictProxy[str | bytes | bytearray | web.FileField]:
    if request.content_type != FORM:
        bad("body", "is not a urlencoded form")
    try:
        return await request.post()
    except (ValueError, LookupError):  # an unknown charset, bytes that are not text
        bad("body", "is not text")


def _text(form: MultiDictProxy[str | bytes | bytearray | web.FileField], name: str) -> str:
    value = form.get(name)
    return value[:LONGEST] if isinstance(value, str) else ""
