"""What the API takes and answers about the ledgers that operators write: forms, entries, categories."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from config.forms import Kind, Ledger
from db.access_log import LONGEST_WHY
from desk.fields import Moment, Strict, Words

By = Annotated[Words, Field(description="who writes: an operator's id, or a name", examples=["101"])]
Why = Annotated[str, Field(min_length=1, max_length=LONGEST_WHY, pattern=r"\S", examples=["聞き違い"])]
Values = Annotated[
    dict[str, Any],
    Field(
        max_length=100,
        description="by the form's keys: texts; dates as 2026-11-24, times as 2026-11-24T10:30 (Japan); "
        "numbers; true, false; a category as the list of its names. What is empty is left out",
        examples=[{"kind": "新規", "name": "ナガノ　タロウ", "phone": "026-226-1234"}],
    ),
]
State = Literal["readable", "purged", "unreadable"]


class FieldView(Strict):
    """A field of a form."""

    key: str
    label: str
    kind: Kind
    required: bool
    choices: list[str]
    personal: bool = Field(description="sealed in the database, and gone after a purge")
    longest: int | None = Field(description="characters, of texts")
    least: int | None
    most: int | None


class FormView(Strict):
    """様式: the fields of a ledger, in order."""

    ledger: Ledger
    version: str = Field(description="SHA-256 of the definition")
    title: str
    fields: list[FieldView]


class FormsNow(Strict):
    """The forms in force."""

    forms: list[FormView]


class LedgerEntryBody(Strict):
    """A new entry."""

    ledger: Ledger
    values: Values
    seat: int | None = Field(
        default=None, ge=1, le=200,
        description="where it is written: unless given, `by` is its operator and `call` its present call",
    )  # fmt: skip
    call: Annotated[str, Field(max_length=64, description="the call that it is of")] | None = None
    by: By | None = None
    replaces: str | None = Field(
        default=None,
        pattern=r"^(?:booking|inquiry)-[0-9]{4}-[0-9]{6,9}$",
        description="the entry of the same ledger that this one changes or cancels: its 予約枠 is freed",
    )
    request: str | None = Field(
        default=None,
        pattern=r"^[0-9A-Za-z-]{8,64}$",
        description="your own name for this act of writing, made once for each form that is filled in: "
        "posted again with the same one, the entry that it made is answered, and no second one is made",
        examples=["0f9d3c1e-3b1c-4a53-9f1e-6a2f7d1c8b21"],
    )


class CorrectionBody(Strict):
    """A correction: all values, as they are to be."""

    revision: int = Field(ge=1, description="the revision that was seen")
    values: Values
    why: Why
    by: By


class EntryLine(Strict):
    """An entry without what is personal."""

    id: str = Field(examples=["booking-2026-000123"])
    number: str = Field(description="受付番号, 記録番号", examples=["2026-000123"])
    ledger: Ledger
    call: str | None
    revision: int
    form: str = Field(description="the version of the form that this revision was written with")
    made: Moment
    made_by: str
    at: Moment = Field(description="of this revision")
    by: str
    by_name: str
    state: State = Field(description="purged: what was personal is gone for ever")
    values: dict[str, Any]


class EntryView(EntryLine):
    """An entry, or one revision of it, with all its values."""

    why: str | None = Field(description="of a correction; null when it cannot be read any more")


class EntryList(Strict):
    """Entries by time, without what is personal."""

    count: int
    entries: list[EntryLine]


class EntryHistory(Strict):
    """All revisions, the oldest first."""

    id: str
    revisions: list[EntryView]


class SlotView(Strict):
    """A slot and its places."""

    slot: str = Field(description="its beginning, Japan's time", examples=["2026-11-24T10:00"])
    place: str | None = Field(description="where, when places of their own are counted there")
    capacity: int
    taken: int
    free: int


class EntryConflict(Strict):
    """Nothing was saved; `yours` has all that was typed.

    `conflict`: somebody else has corrected the entry since, `current` is what it is now. `slot_full`: all
    places of the 予約枠 are taken, `free` are the next ones that are not.
    """

    error: Literal["conflict", "slot_full"]
    message: str
    current: EntryView | None = None
    slot: SlotView | None = None
    free: list[SlotView] = Field(default=[])
    yours: dict[str, Any] = Field(description="your values, as they would have been saved")


class Category(Strict):
    """分類: a name, and those below it; three levels at most."""

    name: Words
    children: list[Category] = Field(default=[], max_length=200)


class CategoriesBody(Strict):
    """The whole tree, as it is to be."""

    version: int = Field(ge=0, description="the version that was seen")
    categories: list[Category] = Field(max_length=200)
    by: By


class CategoriesNow(Strict):
    """A version of the tree; version 0 is the one that is shipped."""

    version: int
    at: Moment | None
    by: str | None
    categories: list[Category]
