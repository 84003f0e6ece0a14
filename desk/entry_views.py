"""Entries of the ledgers and their forms, as the API shows them."""

from __future__ import annotations

from typing import Any

from config.forms import Form
from controller.office import Office
from db.ledger_read import Revision
from reports.calls import local_text


def form_view(ledger: str, form: Form) -> dict[str, Any]:
    """A form."""
    fields = [
        {
            "key": field.key,
            "label": field.label,
            "kind": field.kind,
            "required": field.required,
            "choices": field.choices,
            "personal": field.is_personal,
            "longest": field.length if field.kind in ("text", "kana", "long") else None,
            "least": field.least,
            "most": field.most,
        }
        for field in form.fields
    ]
    return {"ledger": ledger, "version": form.version, "title": form.title, "fields": fields}


def entry_line(office: Office, one: Revision) -> dict[str, Any]:
    """An entry without what is personal."""
    return {
        "id": one.entry,
        "number": one.number,
        "ledger": one.ledger,
        "call": one.call,
        "revision": one.revision,
        "form": one.form,
        "made": local_text(one.made_ms),
        "made_by": one.made_by,
        "at": local_text(one.at_ms),
        "by": one.operator,
        "by_name": office.operators().get(one.operator, one.operator),
        "state": one.state,
        "values": dict(one.plain),
    }


def entry_view(office: Office, one: Revision) -> dict[str, Any]:
    """An entry, or one revision of it, whole."""
    return {**entry_line(office, one), "values": one.values, "why": one.why}
