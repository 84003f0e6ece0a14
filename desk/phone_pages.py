"""`GET /phones`: each seat's phone and how to set it up, by hand or by a QR code that Linphone reads.

The code holds an address that gives the phone's settings once within ten minutes; the password is in no
address and in no log. Linphone's remote provisioning: an XML document fetched without log-in.
"""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import segno
from aiohttp import web

from db import Entry
from desk.context import Desk, desk_of
from desk.phone_tickets import VALID_S
from desk.premises import PhoneFacts
from desk.problems import ApiProblem, to_json
from desk.shell import page
from desk.who import who_of


async def phones(request: web.Request) -> web.Response:
    """`GET /phones`: who is registered, and the values to copy; passwords come one by one, by a POST."""
    desk = desk_of(request)
    states = {seat.seat: seat for seat in desk.office.seats()}
    return page(
        request, "phones.html.j2", phones=desk.premises.phones(), states=states, valid_min=VALID_S // 60
    )


async def secret(request: web.Request) -> web.Response:
    """`POST /api/v1/phones/{seat}/setup`: the password, and the code; the journal says who has seen it."""
    desk, who = desk_of(request), who_of(request)
    phone = _phone(desk, request.match_info["seat"])
    desk.journal.write(
        Entry(desk.office.now_ms(), "phone.shown", seat=phone.seat or None, data={"by": who.id})
    )
    # The address by which this browser reached us is the one by which a phone in the same network may, too.
    scheme = "https" if request.secure else "http"
    address = f"{scheme}://{request.host}/provisioning/{desk.phone_tickets.give(phone.seat)}"
    code = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#000", light="#fff")
    return web.json_response(
        text=to_json({"seat": phone.seat, "password": phone.password, "address": address, "qr": code})
    )


async def provisioning(request: web.Request) -> web.Response:
    """`GET /provisioning/{ticket}`: the settings, once."""
    desk = desk_of(request)
    seat = desk.phone_tickets.take(request.match_info["ticket"])
    if seat is None:
        raise ApiProblem(404, "no_such_ticket", "This code has been used or is too old: show another one.")
    return web.Response(
        text=linphone(_phone(desk, str(seat))), content_type="application/xml", charset="utf-8"
    )


def linphone(phone: PhoneFacts) -> str:
    """The provisioning document: one account over UDP or TLS, PCMU, no video, keys by RFC 4733."""
    server = f"<sip:{phone.host}:{phone.port};transport={phone.transport}>"
    name = "業務責任者" if phone.seat == 0 else f"席{phone.seat}"
    sections = {
        "sip": {
            "default_proxy": "0",
            "use_info": "0",
            "use_rfc2833": "1",
            "media_encryption": "srtp" if phone.transport == "tls" else "none",
        },
        "proxy_0": {
            "reg_proxy": server,
            "reg_route": server,
            "reg_identity": f'"{name}" <sip:{phone.user}@{phone.host}>',
            "reg_expires": "120",
            "reg_sendregister": "1",
            "publish": "0",
        },
        "auth_info_0": {"username": phone.user, "passwd": phone.password, "domain": phone.host},
        "video": {"enabled": "0", "capture": "0", "display": "0"},
        "audio_codec_0": {"mime": "PCMU", "rate": "8000", "channels": "1", "enabled": "1"},
        "audio_codec_1": {"mime": "G722", "rate": "8000", "channels": "1", "enabled": "1"},
    }
    body = "".join(
        f"<section name={quoteattr(section)}>"
        + "".join(
            f'<entry name={quoteattr(key)} overwrite="true">{escape(value)}</entry>'
            for key, value in entries.items()
        )
        + "</section>"
        for section, entries in sections.items()
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><config xmlns="http://www.linphone.org/xsds/lpconfig.xsd">{body}</config>'


def _phone(desk: Desk, seat: str) -> PhoneFacts:
    found = next((one for one in desk.premises.phones() if str(one.seat) == seat), None)
    if found is None:
        raise ApiProblem(404, "no_such_seat", "There is no such seat.")
    return found
