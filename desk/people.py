"""`/people`: the manager's accounts of everybody, and the links for walls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from db.kiosk_links import KioskLink
from db.people import Account
from desk import audit, passwords
from desk.account_book import ROLES, AccountRefused, Book
from desk.accounts import FOR_EVER_MS, normal
from desk.context import Desk, desk_of
from desk.kiosk_book import PREFIX
from desk.people_models import KioskBody, PersonBody, PersonChange, WhyBody
from desk.people_words import PEOPLE_PROBLEMS
from desk.problems import ApiProblem, body_of, to_json
from desk.rights import ROLE_WORDS, Role
from desk.shell import page
from desk.who import who_of
from reports.calls import local_text

STATUS = {"person_exists": 409, "last_manager": 409}


async def people_page(request: web.Request) -> web.Response:
    """`GET /people`."""
    desk = desk_of(request)
    return page(
        request,
        "people.html.j2",
        people=await _everybody(desk),
        kiosks=await _kiosks(desk),
        roles={role.value: ROLE_WORDS[role] for role in ROLES},
        lines=desk.office.line_names(),
        operators=desk.office.operators(),
        problems=PEOPLE_PROBLEMS,
        for_ever=FOR_EVER_MS,
    )


async def everybody(request: web.Request) -> web.Response:
    """`GET /api/v1/people`."""
    desk = desk_of(request)
    shown = await _everybody(desk)
    told = {"count": len(shown), "people": shown, "lines": desk.office.line_names()}
    return web.json_response(text=to_json(told))


async def add(request: web.Request) -> web.Response:
    """A new account."""
    body = await body_of(request, PersonBody)
    desk = desk_of(request)
    lines = None if body.lines is None else tuple(body.lines)
    _known(desk, body.operator, lines)
    role = Role(body.role)
    if body.id in desk.office.operators() and role is not Role.OPERATOR:
        raise ApiProblem(409, "is_operators", f"{body.id} is the id of an operator of the settings.")
    operator = body.operator
    if role is Role.OPERATOR and operator is None:
        operator = body.id if body.id in desk.office.operators() else None
    new = Account(body.id, body.name, body.role, operator, lines)
    password = passwords.new_password()
    await _do(request, lambda book: book.add(new, password))
    return web.json_response(text=to_json(await _told(desk, body.id, password)), status=201)


async def change(request: web.Request) -> web.Response:
    """Another name, role, operator, other lines: whatever is given."""
    body = await body_of(request, PersonChange)
    desk, one = await _person(request)
    given = body.model_fields_set
    lines = None if body.lines is None else tuple(body.lines)
    _known(desk, body.operator, lines)
    if body.role is not None and body.role != one.role:
        _not_oneself(request, one)
        if one.id in desk.office.operators():
            raise ApiProblem(409, "is_operators", f"{one.id} is an operator of the settings.")
    who = who_of(request)

    def act(book: Book) -> None:
        if body.role is not None and body.role != one.role:
            book.set_role(one, Role(body.role), body.reason)
        if body.name is not None and body.name != one.name:
            book.set_name(one, body.name)
        if "operator" in given and body.operator != one.operator:
            book.set_operator(one, body.operator)
        if "lines" in given and lines != one.lines:
            book.set_lines(one, lines, body.reason)

    await _do(request, act)
    if given & {"role", "operator", "lines"} and one.id != who.id:
        desk.sessions.end_all_of(one.id)
    return web.json_response(text=to_json(_view(desk, await _again(desk, one.id))))


async def new_password(request: web.Request) -> web.Response:
    """A new password of ours; all sessions end."""
    await _why(request)
    desk, one = await _person(request)
    password = passwords.new_password()
    await _do(request, lambda book: book.set_password(one, password, must_change=True))
    desk.sessions.end_all_of(one.id)
    return web.json_response(text=to_json(await _told(desk, one.id, password)))


async def disable(request: web.Request) -> web.Response:
    """Close the account."""
    body = await _why(request)
    desk, one = await _person(request)
    _not_oneself(request, one)
    await _do(request, lambda book: book.set_disabled(one, body.reason, disabled=True))
    desk.sessions.end_all_of(one.id)
    return await _answer(desk, one)


async def enable(request: web.Request) -> web.Response:
    """Open it again."""
    body = await _why(request)
    desk, one = await _person(request)
    await _do(request, lambda book: book.set_disabled(one, body.reason, disabled=False))
    return await _answer(desk, one)


async def unlock(request: web.Request) -> web.Response:
    """Forget its failures."""
    await _why(request)
    desk, one = await _person(request)
    await _do(request, lambda book: book.unlock(one))
    return await _answer(desk, one)


async def reset_totp(request: web.Request) -> web.Response:
    """The authenticator is lost."""
    body = await _why(request)
    desk, one = await _person(request)
    await _do(request, lambda book: book.drop_totp(one, body.reason))
    desk.sessions.end_all_of(one.id)
    return await _answer(desk, one)


async def end_sessions(request: web.Request) -> web.Response:
    """Log the person out everywhere."""
    body = await _why(request)
    desk, one = await _person(request)
    if desk.sessions.end_all_of(one.id):
        audit.write(desk, "session_ended", who_of(request).id, person=one.id, reason=body.reason)
        await desk.sessions.keep(desk.database)
    return await _answer(desk, one)


async def kiosks(request: web.Request) -> web.Response:
    """`GET /api/v1/kiosks`."""
    shown = await _kiosks(desk_of(request))
    return web.json_response(text=to_json({"count": len(shown), "kiosks": shown}))


async def make_kiosk(request: web.Request) -> web.Response:
    """A new link for a wall."""
    body = await body_of(request, KioskBody)
    desk, by = desk_of(request), who_of(request).id
    now_s, journal_ms = desk.accounts.seconds(), desk.office.now_ms()
    link, token = await desk.save(lambda: desk.kiosks.make(body.label, body.days, by, now_s, journal_ms))
    told = {"kiosk": _kiosk_view(desk, link), "path": f"/kiosk/{token}"}
    return web.json_response(text=to_json(told), status=201)


async def revoke_kiosk(request: web.Request) -> web.Response:
    """The link opens nothing any more, and the walls that it opened go dark."""
    await _why(request)
    desk, link = desk_of(request), request.match_info["link"]
    by, now_s, journal_ms = who_of(request).id, desk.accounts.seconds(), desk.office.now_ms()
    if not await desk.save(lambda: desk.kiosks.revoke(link, by, now_s, journal_ms)):
        raise ApiProblem(404, "no_such_link", "There is no such link that still opens anything.")
    desk.sessions.end_all_of(PREFIX + link)
    (one,) = [one for one in await _kiosks(desk) if one["link"] == link]
    return web.json_response(text=to_json(one))


async def _everybody(desk: Desk) -> list[dict[str, Any]]:
    return [_view(desk, one) for one in await asyncio.to_thread(desk.accounts.all)]


def _view(desk: Desk, one: Account) -> dict[str, Any]:
    now_ms = desk.accounts.seconds() * 1000
    return {
        "id": one.id,
        "name": one.name,
        "role": one.role,
        "operator": one.operator,
        "lines": None if one.lines is None else list(one.lines),
        "in_settings": one.role == Role.OPERATOR and one.id in desk.office.operators(),
        "has_password": one.password is not None,
        "must_change": one.must_change,
        "totp": one.totp is not None,
        "disabled": one.disabled,
        "open": desk.accounts.is_open(one),
        "locked": one.locked_until_ms > now_ms,
        "failed": one.failed,
        "logged_in": None if one.logged_in_ms is None else local_text(one.logged_in_ms),
        "sessions": len(desk.sessions.of(one.id)),
    }


async def _kiosks(desk: Desk) -> list[dict[str, Any]]:
    return [_kiosk_view(desk, one) for one in await asyncio.to_thread(desk.kiosks.all)]


def _kiosk_view(desk: Desk, link: KioskLink) -> dict[str, Any]:
    has_ended = desk.accounts.seconds() * 1000 >= link.until_ms
    state = "revoked" if link.revoked_ms is not None else "ended" if has_ended else "open"
    return {
        "link": link.link,
        "label": link.label,
        "made": local_text(link.made_ms),
        "made_by": link.made_by,
        "until": local_text(link.until_ms),
        "state": state,
        "revoked": None if link.revoked_ms is None else local_text(link.revoked_ms),
        "revoked_by": link.revoked_by,
        "sessions": len(desk.sessions.of(PREFIX + link.link)),
    }


async def _person(request: web.Request) -> tuple[Desk, Account]:
    desk = desk_of(request)
    one = await asyncio.to_thread(desk.accounts.one, normal(request.match_info["person"])[:40])
    if one is None:
        raise ApiProblem(404, "no_such_person", "There is no such person.")
    return desk, one


async def _again(desk: Desk, person: str) -> Account:
    one = await asyncio.to_thread(desk.accounts.one, person)
    if one is None:
        raise ApiProblem(404, "no_such_person", "There is no such person any more.")
    return one


async def _told(desk: Desk, person: str, password: str) -> dict[str, Any]:
    return {"person": _view(desk, await _again(desk, person)), "password": password}


async def _answer(desk: Desk, one: Account) -> web.Response:
    return web.json_response(text=to_json(_view(desk, await _again(desk, one.id))))


async def _why(request: web.Request) -> WhyBody:
    return await body_of(request, WhyBody) if request.can_read_body else WhyBody()


async def _do(request: web.Request, act: Callable[[Book], None]) -> None:
    desk = desk_of(request)
    book = Book(desk.database, who_of(request).id, desk.office.now_ms())
    try:
        await desk.save(lambda: act(book))
    except AccountRefused as refused:
        raise ApiProblem(STATUS.get(refused.code, 400), refused.code, str(refused)) from None


def _known(desk: Desk, operator: str | None, lines: tuple[str, ...] | None) -> None:
    if operator is not None and operator not in desk.office.operators():
        raise ApiProblem(400, "bad_operator", f"operator: the settings have no {operator[:40]!r}")
    unknown = [line for line in lines or () if line not in desk.office.line_names()]
    if unknown:
        raise ApiProblem(400, "bad_line", f"lines: the settings have no {unknown[0][:40]!r}")


def _not_oneself(request: web.Request, one: Account) -> None:
    if one.id == who_of(request).id:
        raise ApiProblem(409, "not_yourself", "Another manager has to do this to your account.")
