"""`/account`: one's own password, second step, and sessions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from db.people import Account
from desk import audit, auth, passwords
from desk.account_book import Book
from desk.account_models import AgainBody, CodeBody, PasswordBody
from desk.accounts import Accounts, Must
from desk.context import Desk, desk_of
from desk.people_words import PEOPLE_PROBLEMS
from desk.problems import ApiProblem, body_of, to_json
from desk.second_step import address_of, drawn, new_secret, step_of
from desk.sessions import Session
from desk.shell import page
from desk.who import Who, who_of
from reports.calls import local_text

SITE = "窓口"


async def account_page(request: web.Request) -> web.Response:
    """`GET /account`."""
    return page(request, "account.html.j2", account=await _now(request), problems=PEOPLE_PROBLEMS)


async def account_now(request: web.Request) -> web.Response:
    """`GET /api/v1/account`."""
    return web.json_response(text=to_json(await _now(request)))


async def change_password(request: web.Request) -> web.Response:
    """Change one's own password: every other session ends, this one goes on under another id."""
    body = await body_of(request, PasswordBody, guarded=())
    desk, one = await _confirmed(request, body.old)
    if (wrong := passwords.mistake(body.new, one.id, one.name)) is not None:
        raise ApiProblem(400, wrong, passwords.MISTAKES[wrong])
    if passwords.fits(one.password, body.new):
        raise ApiProblem(400, "same_password", "It is the same password as now.")
    await _change(desk, one, lambda book: book.set_password(one, body.new, must_change=False))
    return await _again(request, one.id)


async def offer_totp(request: web.Request) -> web.Response:
    """A new secret for an authenticator."""
    body = await body_of(request, AgainBody, guarded=())
    _, one = await _confirmed(request, body.password)
    session = _session(request)
    session.enrolling = new_secret()
    address = address_of(session.enrolling, one.id, SITE)
    told = {"secret": session.enrolling, "address": address, "qr": drawn(address)}
    return web.json_response(text=to_json(told))


async def confirm_totp(request: web.Request) -> web.Response:
    """The authenticator's first code: from now on the log-in asks for one."""
    body = await body_of(request, CodeBody)
    desk, one = await _own(request)
    session = _session(request)
    if session.enrolling is None:
        raise ApiProblem(409, "not_begun", "Ask for a new secret first.")
    secret = session.enrolling
    step = step_of(secret, body.code, desk.accounts.seconds())
    if step is None:
        raise ApiProblem(400, "wrong_code", "The code is wrong.")
    await _change(desk, one, lambda book: book.enrol(one, secret, step))
    session.enrolling = None
    return await _again(request, one.id)


async def remove_totp(request: web.Request) -> web.Response:
    """No second step any more, where nobody demands it."""
    body = await body_of(request, AgainBody, guarded=())
    desk, one = await _confirmed(request, body.password)
    if desk.accounts.needs_code(one):
        raise ApiProblem(409, "demanded", "The settings demand a second step of this role.")
    await _change(desk, one, lambda book: book.drop_totp(one))
    return await _again(request, one.id)


async def end_session(request: web.Request) -> web.Response:
    """Log oneself out at another browser."""
    desk, who = desk_of(request), who_of(request)
    if not desk.sessions.end_one(who.id, request.match_info["session"]):
        raise ApiProblem(404, "no_such_session", "There is no such session of yours.")
    audit.write(desk, "session_ended", who.id, person=who.id)
    return await _kept(desk)


async def end_others(request: web.Request) -> web.Response:
    """Log oneself out everywhere else."""
    desk, who = desk_of(request), who_of(request)
    session = auth.session_of(request)
    desk.sessions.end_all_of(who.id, but=None if session is None else session.key)
    audit.write(desk, "session_ended", who.id, person=who.id)
    return await _kept(desk)


def session_view(session: Session, this: Session | None = None) -> dict[str, Any]:
    """One session."""
    return {
        "session": session.key,
        "began": local_text(round(session.began_s * 1000)),
        "used": local_text(round(session.used_s * 1000)),
        "until": local_text(round(session.until_s * 1000)),
        "address": session.address,
        "agent": session.agent,
        "is_this": session is this,
    }


async def _now(request: web.Request) -> dict[str, Any]:
    desk, who, this = desk_of(request), who_of(request), auth.session_of(request)
    one = await asyncio.to_thread(desk.accounts.one, who.id) if who.is_person else None
    return {
        **_person(who, one, desk.accounts),
        "must": this and this.must,
        "sessions": [session_view(session, this) for session in desk.sessions.of(who.id)],
    }


def _person(who: Who, one: Account | None, accounts: Accounts) -> dict[str, Any]:
    return {
        "id": who.id,
        "name": who.name,
        "role": who.role.value,
        "operator": who.operator,
        "lines": None if who.lines is None else sorted(who.lines),
        "is_person": one is not None,
        "has_password": one is not None and one.password is not None,
        "totp": one is not None and one.totp is not None,
        "totp_demanded": one is not None and accounts.needs_code(one),
    }


async def _own(request: web.Request) -> tuple[Desk, Account]:
    desk, who = desk_of(request), who_of(request)
    one = await asyncio.to_thread(desk.accounts.one, who.id) if who.is_person else None
    if one is None:
        raise ApiProblem(409, "no_account", "The bearer of the API token has no account.")
    return desk, one


async def _confirmed(request: web.Request, password: str) -> tuple[Desk, Account]:
    """One's own account, after the password was given once more. A wrong one counts as a failed log-in."""
    desk, one = await _own(request)
    async with desk.checking:
        checked = await asyncio.to_thread(desk.accounts.check, one.id, password)
    if checked.account is None:
        audit.write(desk, "login_failed", one.id, person=one.id, why=checked.why)
        raise ApiProblem(400, "wrong_password", "The password is wrong, or is not taken for a while.")
    return desk, one


def _session(request: web.Request) -> Session:
    session = auth.session_of(request)
    if session is None:
        raise ApiProblem(409, "no_account", "The bearer of the API token has no account.")
    return session


async def _change(desk: Desk, one: Account, act: Callable[[Book], None]) -> None:
    book = Book(desk.database, one.id, desk.office.now_ms())
    await desk.save(lambda: act(book))


async def _again(request: web.Request, person: str) -> web.Response:
    """The account has changed: all its sessions end, and this browser has a new one."""
    desk = desk_of(request)
    desk.sessions.end_all_of(person)
    one = await asyncio.to_thread(desk.accounts.one, person)
    if one is None or not desk.accounts.is_open(one):
        raise ApiProblem(401, "unauthorised", "This account is closed.")
    answer = web.json_response({"done": True})
    must: Must | None = desk.accounts.must(one)
    await auth.begin_session(request, answer, desk.accounts.who(one), must=must)
    return answer


async def _kept(desk: Desk) -> web.Response:
    await desk.sessions.keep(desk.database)
    return web.json_response({"done": True})
