"""廃棄証明書: what was destroyed, when, by whom and how; signed as purge records are; JSON, HTML, PDF."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from config import JST, Home, from_ms
from madoguchi.ending.index import Writer
from madoguchi.signing import PUBLIC, sign
from reports.as_pdf import PdfError, pdf_of
from reports.period import wareki_day

FOLDER = "certificate"
NAMES = {
    "journal": "記録台帳",
    "calls": "着信",
    "tickets": "折り返し",
    "personal": "電話番号（封じたもの）",
    "ledger_entries": "帳簿の記録（版ごと）",
    "ledger_keys": "帳簿の鍵",
    "ledger_phones": "帳簿の電話番号の索引",
    "ledger_forms": "帳簿の様式",
    "ledger_categories": "分類",
    "ledger_numbers": "帳簿の番号",
    "drafts": "下書き",
    "access_log": "閲覧記録",
    "holds": "保全",
    "closings": "締め",
    "closing_documents": "締めた報告書",
    "seat_slots": "席の30分ごとの記録",
    "slots": "予約枠",
    "slot_places": "予約枠の割当て",
    "people": "利用者のアカウント",
    "desk_sessions": "ログイン",
    "kiosk_links": "掲示画面のリンク",
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate; ``no_pdf`` says why there is no PDF, else it is empty."""

    files: tuple[Path, ...]
    signed: dict[str, Any]
    no_pdf: str


def certify(home: Home, record: dict[str, Any], target: Path) -> Certificate:
    """Sign the record and write it beside the export, in every form.

    Raises:
        ConfigError: the signing key cannot be used.
        OSError: a file cannot be written.
    """
    signed = sign(home, record)
    page = _page(signed)
    out = Writer(target / FOLDER)
    documents = {
        "certificate.json": (json.dumps(signed, ensure_ascii=False, indent=1) + "\n").encode(),
        "certificate.html": page.encode(),
        PUBLIC: (home.keys / PUBLIC).read_bytes()
        if (home.keys / PUBLIC).exists()
        else (signed["public_key"] + "\n").encode("ascii"),
    }
    no_pdf = ""
    try:
        documents["certificate.pdf"] = pdf_of(page)
    except PdfError as problem:
        no_pdf = str(problem)
    for name, content in documents.items():
        with out.open(name) as file:
            file.write(content)
    return Certificate(tuple(target / FOLDER / name for name in documents), signed, no_pdf)


def _page(signed: dict[str, Any]) -> str:
    source = resources.files("madoguchi").joinpath("ending/certificate.html.j2").read_text("utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    at = from_ms(signed["record"]["at_ms"]).astimezone(JST)
    return environment.from_string(source).render(
        record=signed["record"], signature=signed["signature"], public_key=signed["public_key"],
        rows=[(NAMES.get(name, name), count) for name, count in signed["record"]["rows"].items() if count],
        date=wareki_day(at.date()), moment=f"{wareki_day(at.date())} {at:%H時%M分%S秒}",
    )  # fmt: skip
