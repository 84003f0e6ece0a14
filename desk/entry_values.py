"""The values of a ledger entry, checked by its form: what may be stored, in one spelling only."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NoReturn

from config import JST, parse_local
from config.categories import Tree, paths
from config.forms import Form, FormField
from config.mynumber import REFUSAL, contains_my_number
from desk.problems import ApiProblem, bad
from ivr.numbers import e164

_KANA = re.compile(r"[ァ-ヶー・゠　]+")
_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
FIRST_YEAR, LAST_YEAR = 1868, 2199


@dataclass(frozen=True, slots=True)
class Checked:
    """What is to be saved: the values that are not personal, those that are, and the numbers (E.164)."""

    plain: dict[str, Any]
    sealed: dict[str, Any] = field(repr=False)
    phones: tuple[str, ...] = field(repr=False)


def checked(
    form: Form, values: Mapping[str, Any], tree: Tree, before: tuple[Mapping[str, Any], Mapping[str, Any]]
) -> Checked:
    """The values as they are stored; an empty one is left out.

    ``before``: the plain and the sealed values of the revision that is corrected. What they have of fields
    that the form has no more stays; a choice or category that is offered no more stays if it is unchanged.

    Raises:
        ApiProblem: 400, one sentence that names the field; `my_number` where one stands anywhere.
    """
    for key, value in values.items():
        if any(contains_my_number(text) for text in (key, *texts_in(value))):
            known = form.field(key)
            raise ApiProblem(400, "my_number", f"{known.label if known else 'values'}: {REFUSAL}")
    if any(form.field(key) is None for key in values):
        bad("values", "there is a field that the form does not have; GET /api/v1/forms tells which it has")
    plain = {key: value for key, value in before[0].items() if form.field(key) is None}
    sealed = {key: value for key, value in before[1].items() if form.field(key) is None}
    old = {**before[0], **before[1]}
    phones = []
    for one in form.fields:
        raw = values.get(one.key)
        if raw is None or raw == [] or (isinstance(raw, str) and not raw.strip()):
            if one.required:
                _refuse(one, "必ず書いてください")
            continue
        value = raw if raw == old.get(one.key) and one.kind in ("choice", "category") else None
        if value is None:
            value = _category(one, raw, tree) if one.kind == "category" else _KINDS[one.kind](one, raw)
        if any(contains_my_number(text) for text in texts_in(value)):
            raise ApiProblem(400, "my_number", f"{one.label}: {REFUSAL}")
        (sealed if one.is_personal else plain)[one.key] = value
        if one.kind == "phone":
            phones.append(value)
    return Checked(plain, sealed, tuple(phones))


def checked_apart(form: Form, values: Mapping[str, Any], tree: Tree) -> dict[str, dict[str, Any]]:
    """Each given value by itself, as it is typed: `problems`, a sentence by key, and `values` as they would
    be stored. What is not given is not missed.
    """
    problems: dict[str, str] = {}
    good: dict[str, Any] = {}
    for one in form.fields:
        if one.key not in values:
            continue
        alone = form.model_copy(update={"fields": (one,)})
        try:
            found = checked(alone, {one.key: values[one.key]}, tree, ({}, {}))
        except ApiProblem as problem:
            problems[one.key] = str(problem).removeprefix(f"values.{one.key}: ")
        else:
            good |= {**found.plain, **found.sealed}
    return {"problems": problems, "values": good}


def texts_in(value: object) -> list[str]:
    """All that somebody may have hidden a number in; a number itself, too."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for key, inner in value.items() for text in (str(key), *texts_in(inner))]
    if isinstance(value, list | tuple):
        inside = [text for inner in value for text in texts_in(inner)]
        return [*inside, "".join(inside), " ".join(inside)]
    if isinstance(value, float):
        return [f"{value:.0f}"]
    return [str(value)] if isinstance(value, int) and not isinstance(value, bool) else []


def _refuse(one: FormField, what: str) -> NoReturn:
    bad(f"values.{one.key}", f"{one.label}は、{what}。")


def _plain_text(one: FormField, raw: object, allowed: str = "") -> str:
    if not isinstance(raw, str):
        _refuse(one, "文字で書いてください")
    text = unicodedata.normalize("NFC", raw.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in allowed for sign in text):
        _refuse(one, "使えない文字（制御文字）を含んでいます")
    if len(text) > one.length:
        _refuse(one, f"{one.length}文字までで書いてください（いま{len(text)}文字）")
    return text


def _text(one: FormField, raw: object) -> str:
    return _plain_text(one, raw)


def _long(one: FormField, raw: object) -> str:
    return _plain_text(one, raw, "\n\t")


def _kana(one: FormField, raw: object) -> str:
    """Katakana in full width; hiragana and half-width kana become it, spaces one full-width space."""
    folded = unicodedata.normalize("NFKC", _plain_text(one, raw)).translate(_HIRAGANA)
    text = re.sub(r"\s+", "　", folded)
    if not _KANA.fullmatch(text):
        _refuse(one, "カタカナで書いてください")
    return text


def _date(one: FormField, raw: object) -> str:
    text = unicodedata.normalize("NFKC", _plain_text(one, raw))
    try:
        day = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        _refuse(one, "日付を 2026-11-24 のように書いてください")
    return day.isoformat()


def _datetime(one: FormField, raw: object) -> str:
    """Minutes of Japan's time."""
    text = unicodedata.normalize("NFKC", _plain_text(one, raw))
    moment = None
    if re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        try:
            moment = parse_local(text).astimezone(JST)
        except (ValueError, OverflowError):
            moment = None
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        _refuse(one, "日時を 2026-11-24T10:30 のように書いてください")
    return moment.strftime("%Y-%m-%dT%H:%M")


def _phone(one: FormField, raw: object) -> str:
    number = e164(_plain_text(one, raw))
    if number is None:
        _refuse(one, "電話番号を市外局番から書いてください")
    return number


def _choice(one: FormField, raw: object) -> str:
    if not isinstance(raw, str) or raw not in one.choices:
        _refuse(one, f"次から選んでください: {'、'.join(one.choices)}")
    return raw


def _category(one: FormField, raw: object, tree: Tree) -> list[str]:
    path = tuple(raw) if isinstance(raw, list) and all(isinstance(name, str) for name in raw) else None
    if path is None or path not in set(paths(tree)):
        _refuse(one, "分類の一覧から選んでください")
    return list(path)


def _flag(one: FormField, raw: object) -> bool:
    if not isinstance(raw, bool):
        _refuse(one, "true か false で書いてください")
    return raw


def _number(one: FormField, raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or abs(raw) >= 2**53:
        _refuse(one, "整数で書いてください")
    if one.least is not None and raw < one.least:
        _refuse(one, f"{one.least}以上で書いてください")
    if one.most is not None and raw > one.most:
        _refuse(one, f"{one.most}以下で書いてください")
    return raw


_KINDS: dict[str, Callable[[FormField, object], Any]] = {
    "text": _text,
    "long": _long,
    "kana": _kana,
    "date": _date,
    "datetime": _datetime,
    "phone": _phone,
    "choice": _choice,
    "flag": _flag,
    "number": _number,
}
