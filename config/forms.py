"""`[forms.…]`: what operators write into the two ledgers, 交付予約受付簿 and 問合せ記録簿, field by field.

What is shipped follows the ledgers that Japanese cities ask for; a site writes its own list of fields, which
then replaces the whole list. A form has a version, the hash of its definition: an entry names the one that it
was written with.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, StringConstraints, model_validator

from config.mynumber import contains_my_number
from config.section import Flag, Int, Section, Word

Ledger = Literal["booking", "inquiry"]
LEDGERS: tuple[Ledger, ...] = get_args(Ledger)
"""交付予約受付簿, 問合せ記録簿."""
Kind = Literal["text", "kana", "date", "datetime", "phone", "choice", "category", "flag", "number", "long"]
NOT_PERSONAL = ("choice", "category", "flag")
"""Kinds that by themselves tell nothing of a person; a field may say otherwise."""
LONGEST_TEXT, LONGEST_LONG = 200, 4000

_Label = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,40}$")]
_Choice = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,60}$")]


class FormField(Section):
    """One field of a form; its place in the list is its place on the page and in the ledger."""

    key: Word
    label: _Label
    kind: Kind = "text"
    required: Flag = False
    choices: tuple[_Choice, ...] = ()
    """Of `choice`: what may be chosen."""
    personal: Flag | None = None
    """Whether it is sealed, and goes with a purge. Not said: all but choices, categories and flags are."""
    longest: Int | None = Field(default=None, ge=1, le=LONGEST_LONG)
    """Characters, of texts."""
    least: Int | None = None
    most: Int | None = None
    """Of `number`: its range."""

    @property
    def is_personal(self) -> bool:
        """Whether it is sealed, and goes with a purge."""
        return self.kind not in NOT_PERSONAL if self.personal is None else self.personal

    @property
    def length(self) -> int:
        """The most characters that a text may have."""
        return self.longest or (LONGEST_LONG if self.kind == "long" else LONGEST_TEXT)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.kind == "choice" and not self.choices:
            raise ValueError(f"{self.key}: a choice needs choices")
        if self.kind != "choice" and self.choices:
            raise ValueError(f"{self.key}: choices belong to the kind choice, not to {self.kind}")
        twice = [choice for choice, times in Counter(self.choices).items() if times > 1]
        if twice:
            raise ValueError(f"{self.key}: the choice {twice[0]} is given twice")
        if self.kind != "number" and (self.least is not None or self.most is not None):
            raise ValueError(f"{self.key}: least and most belong to the kind number, not to {self.kind}")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError(f"{self.key}: least {self.least} is more than most {self.most}")
        if self.longest is not None and self.kind not in ("text", "kana", "long"):
            raise ValueError(f"{self.key}: longest belongs to texts, not to {self.kind}")
        if self.kind == "phone" and not self.is_personal:
            raise ValueError(f"{self.key}: a telephone number is always personal")
        if any(contains_my_number(text) for text in (self.label, *self.choices)):
            raise ValueError(f"{self.key}: a My Number stands in its words")
        return self


class Form(Section):
    """A ledger's form."""

    title: _Label
    fields: tuple[FormField, ...] = Field(min_length=1, max_length=60)

    def field(self, key: str) -> FormField | None:
        """The field of this key."""
        return next((field for field in self.fields if field.key == key), None)

    @property
    def definition(self) -> str:
        """The form as canonical JSON: the same form always gives the same text."""
        raw = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def version(self) -> str:
        """SHA-256 of the definition, hex."""
        return hashlib.sha256(self.definition.encode()).hexdigest()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        for what in ("key", "label"):
            for value, times in Counter(getattr(field, what) for field in self.fields).items():
                if times > 1:
                    raise ValueError(f"fields: the {what} {value} is given twice")
        return self


def _form(title: str, *fields: dict[str, Any]) -> Form:
    return Form.model_validate({"title": title, "fields": fields})


def _field(key: str, label: str, kind: Kind = "text", **more: Any) -> dict[str, Any]:
    return {"key": key, "label": label, "kind": kind, **more}


BOOKING = _form(
    "交付予約受付簿",
    _field("kind", "区分", "choice", required=True, choices=["新規", "変更", "取消"]),
    _field("name", "氏名（カナ）", "kana", required=True),
    _field("birth", "生年月日", "date"),
    _field("phone", "連絡先電話", "phone"),
    _field("notice", "交付通知書", "choice", choices=["あり", "なし"]),
    _field("notice_number", "照会番号"),
    _field("visitor", "来庁者", "choice", choices=["本人", "法定代理人", "任意代理人"]),
    _field("wish_1", "希望日時1", "datetime", personal=False),
    _field("wish_2", "希望日時2", "datetime", personal=False),
    _field("wish_3", "希望日時3", "datetime", personal=False),
    _field("fixed", "確定日時", "datetime", personal=False),
    _field("place", "場所", personal=False),
    _field("told", "持ち物案内済", "flag"),
    _field("remarks", "備考", "long"),
)
INQUIRY = _form(
    "問合せ記録簿",
    _field("category", "分類", "category", required=True),
    _field("content", "内容", "long", required=True),
    _field("reply", "回答", "long"),
    _field(
        "handling", "処理区分", "choice", required=True,
        choices=["完結", "折返し", "市へ引継ぎ", "他機関案内"],
    ),
    _field("handed_to", "引継ぎ先"),
    _field("handed_at", "引継ぎ時刻", "datetime", personal=False),
    _field("complaint", "苦情", "flag"),
    _field("faq", "FAQ番号", personal=False, longest=20),
)  # fmt: skip


class Forms(Section):
    """The forms of both ledgers."""

    booking: Form = BOOKING
    inquiry: Form = INQUIRY

    def of(self, ledger: Ledger) -> Form:
        """The form of a ledger."""
        return self.booking if ledger == "booking" else self.inquiry


def form_of(definition: str) -> Form:
    """A form as it was stored (`Form.definition`).

    Raises:
        ValueError: it is not one.
    """
    return Form.model_validate_json(definition)
