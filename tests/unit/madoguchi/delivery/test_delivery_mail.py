"""Reports go to a real mail server: once each, in the end, nothing in the clear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from madoguchi.delivery.mail import message
from madoguchi.delivery.parcel import Parcel
from tests.unit.madoguchi.delivery.machine import NAME, Machine
from tests.unit.madoguchi.delivery.mail_server import MailServer, free_port, mail, parsed


async def test_given_reports_when_sent_by_mail_then_the_city_has_them_once_over_tls_and_no_citizen_is_named(
    machine: Callable[..., Machine], post: tuple[MailServer, int], papers: Path
) -> None:
    office, port = post
    one = machine(mail=mail(port, papers))
    (one.home / "keys/mail-password").write_text("secret of the mail\n", encoding="utf-8")
    await one.make()
    assert await one.look() == ["madoguchi-day-2026-11-20"]  # the 受付簿 is made, and not mailed
    (envelope,) = office.got
    assert envelope.rcpt_tos == ["shimin@example.lg.jp", "kanri@example.lg.jp"]
    got = parsed(bytes(envelope.content or b""))
    assert got["Subject"] == "日次報告 2026-11-20"
    (attached,) = got.iter_attachments()
    assert attached.get_filename() == "madoguchi-day-2026-11-20.csv"
    body = got.get_body()
    assert body is not None
    assert one.told("report.sent")[0]["files"]["madoguchi-day-2026-11-20.csv"] in body.get_content()
    assert NAME not in str(got)
    assert await one.look() == []
    one.delivery = one.started()
    assert await one.look() == []
    assert len(office.got) == 1


async def test_given_certificates_when_the_ledger_is_mailed_then_only_their_owner_reads_it(
    machine: Callable[..., Machine], post: tuple[MailServer, int], papers: Path
) -> None:
    office, port = post
    target = mail(port, papers, certificates=[str(papers / "official.pem")], parts=["booking"])
    one = machine(mail=target)
    (one.home / "keys/mail-password").write_text("secret of the mail", encoding="utf-8")
    await one.make()
    assert await one.look() == ["madoguchi-booking-2026-11-20"]
    raw = bytes(office.got[0].content or b"")
    got = parsed(raw)
    assert got["Subject"] == "交付予約受付簿 2026-11-20"
    assert got.get_content_type() == "application/pkcs7-mime"
    key = serialization.load_pem_private_key((papers / "official.key").read_bytes(), None)
    owner = x509.load_pem_x509_certificate((papers / "official.pem").read_bytes())
    assert isinstance(key, rsa.RSAPrivateKey)
    opened = pkcs7.pkcs7_decrypt_der(got.get_payload(decode=True), owner, key, [])  # type: ignore[arg-type]
    (attached,) = parsed(opened).iter_attachments()
    assert NAME in attached.get_payload(decode=True).decode("utf-8-sig")  # type: ignore[union-attr]
    (papers / "mail.eml").write_bytes(raw)
    # What the city's own program does.
    sealed = ["openssl", "cms", "-decrypt", "-in", papers / "mail.eml", "-recip", papers / "official.pem"]
    opener = await asyncio.create_subprocess_exec(
        *map(str, sealed), "-inkey", str(papers / "official.key"), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await opener.communicate()
    assert b"madoguchi-booking-2026-11-20.csv" in said


async def test_given_a_mail_server_that_says_no_when_it_says_yes_again_then_the_mail_goes_with_the_same_id(
    machine: Callable[..., Machine], post: tuple[MailServer, int], papers: Path
) -> None:
    office, port = post
    one = machine(mail=mail(port, papers), parts=("report",))
    password = one.home / "keys/mail-password"
    await one.make()

    async def why(**more: Any) -> str:
        one.rules = one.rules.model_copy(update={"mail": mail(port, papers, **more)})
        one.delivery = one.started()
        assert await one.look() == []
        return str(one.told("report.not_sent")[-1]["why"])

    assert "give the password" in await why()
    password.write_text("wrong")
    assert "refuses user or password" in await why()
    password.write_text("secret of the mail")
    assert "certificate is not to be trusted" in await why(ca_file=str(papers / "official.pem"))
    assert "cannot be read" in await why(certificates=["keys/none.pem"])
    office.refuse = "452 4.3.1 Insufficient system storage"
    assert "452 4.3.1 Insufficient" in await why()
    assert one.delivery.warnings
    office.refuse = ""
    one.delivery = one.started()
    assert await one.look() == ["madoguchi-day-2026-11-20"]
    first = parsed(bytes(office.got[0].content or b""))["Message-ID"]
    assert len(one.told("report.sent")) == 1
    name = "madoguchi-day-2026-11-20.csv"
    parcel = Parcel("日次報告 2026-11-20", "report", {name: (one.home / "reports" / name).read_bytes()})
    assert parsed(message(mail(port, papers), one.home, parcel, one.now_ms + 9))["Message-ID"] == first
    assert "secret of the mail" not in str(one.told("report.not_sent"))


async def test_given_a_server_without_tls_then_nothing_is_sent(
    machine: Callable[..., Machine], papers: Path
) -> None:
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        one = machine(mail=mail(controller.port, papers, user=""), parts=("report",))
        await one.make()
        assert await one.look() == []
        assert "offers no TLS" in one.told("report.not_sent")[0]["why"]
        assert handler.got == []
    finally:
        await asyncio.to_thread(controller.stop)
