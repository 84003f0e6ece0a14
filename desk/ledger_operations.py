"""The routes of the ledgers that operators write: forms, entries, categories, the lists to hand over."""

from __future__ import annotations

from desk import categories, draft_models, drafts, entries, ledgers, slots
from desk import entry_models as models
from desk.operation import API, Operation
from desk.rights import Right
from reports.ledger_csv import ENCODINGS

_WHO = {
    "by": {"description": "who looks; required where something personal is shown"},
    "why": {"description": "why; both are written to the access log"},
}

LEDGER_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "GET",
        f"{API}/forms",
        entries.forms,
        "様式: the fields of the ledgers",
        models.FormsNow,
        right=Right.BE_HERE,
    ),
    Operation(
        "GET",
        f"{API}/forms/{{form}}",
        entries.form,
        "A form in force, or one that some entry was written with",
        models.FormView,
        problems=(404, 503),
        right=Right.BE_HERE,
    ),
    Operation(
        "GET",
        f"{API}/entries",
        entries.some,
        "Entries of the ledgers by ledger, call, day or telephone number (all that are given must fit), "
        f"without what is personal; at most the newest {entries.MOST}",
        models.EntryList,
        problems=(400, 404, 503),
        query={
            "ledger": {"description": "交付予約受付簿, 問合せ記録簿", "enum": ["booking", "inquiry"]},
            "call": {"description": "a call's id"},
            "day": {"description": "YYYY-MM-DD, of the first revision"},
            "phone": {"description": "exactly this telephone number, as dialled in Japan; needs by and why"},
            **_WHO,
        },
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "POST",
        f"{API}/entries",
        entries.make,
        "Write an entry; the after-call work of its call ends where it waits for the entry",
        models.EntryView,
        body=models.LedgerEntryBody,
        status=201,
        problems=(400, 404, 413, 503),
        also={409: models.EntryConflict},
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        f"{API}/entries/{{entry}}",
        entries.one,
        "An entry as it is now; the look is written down",
        models.EntryView,
        problems=(400, 404, 503),
        query=_WHO,
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "PUT",
        f"{API}/entries/{{entry}}",
        entries.change,
        "Correct an entry: a new revision; 409 with both versions when somebody else was first, 410 after a "
        "purge",
        models.EntryView,
        body=models.CorrectionBody,
        problems=(400, 404, 410, 413, 503),
        also={409: models.EntryConflict},
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        f"{API}/entries/{{entry}}/history",
        entries.history,
        "All revisions of an entry, with who, when and why; the look is written down",
        models.EntryHistory,
        problems=(400, 404, 503),
        query=_WHO,
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        f"{API}/drafts",
        drafts.of_operator,
        "下書き: what an operator was typing and has not saved, without what is in it",
        draft_models.DraftLines,
        problems=(400, 503),
        query={"by": {"description": "whose: the operator's id"}},
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        f"{API}/drafts/{{subject}}",
        drafts.of_subject,
        "An operator's drafts for a call, whole; the look is written down",
        draft_models.DraftViews,
        problems=(400, 403, 404, 503),
        query={
            "by": {"description": "who looks; required"},
            "operator": {"description": "whose drafts; by default his own"},
            "why": {"description": "required for another's drafts"},
        },
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "PUT",
        f"{API}/drafts/{{subject}}",
        drafts.keep,
        "Keep what is typed so far, as it is; writing the entry drops it. A My Number is refused, and what "
        "the draft held is destroyed",
        draft_models.DraftLine,
        body=draft_models.DraftBody,
        problems=(400, 404, 413, 503),
        also={409: draft_models.DraftConflictView},
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "DELETE",
        f"{API}/drafts/{{subject}}",
        drafts.drop,
        "Drop a draft for ever",
        status=204,
        problems=(400, 404, 503),
        query={
            "by": {"description": "whose draft; required"},
            "about": {"description": "booking, inquiry, note, or an entry's id; required"},
        },
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        f"{API}/slots",
        slots.slots,
        "予約枠: the slots of a day, and how many places are free",
        slots.SlotDay,
        problems=(400, 503),
        query={
            "day": {"description": "YYYY-MM-DD; required"},
            "place": {"description": "where, when [slots] place_field counts places apart"},
        },
        right=Right.WRITE_LEDGER,
    ),
    Operation(
        "GET",
        f"{API}/categories",
        categories.tree,
        "分類: the tree of categories",
        models.CategoriesNow,
        problems=(400, 404, 503),
        query={"version": {"description": "an older version; by default the newest"}},
        right=Right.BE_HERE,
    ),
    Operation(
        "PUT",
        f"{API}/categories",
        categories.change,
        "Put another tree in force; entries keep the words that they were written with",
        models.CategoriesNow,
        body=models.CategoriesBody,
        problems=(400, 409, 413, 503),
        right=Right.RUN_LEDGERS,
    ),
    Operation(
        "GET",
        f"{API}/ledgers/{{ledger}}/{{period}}",
        ledgers.ledger,
        "交付予約受付簿, 問合せ記録簿 of a day or a month, to hand over; each entry in it is a look at it",
        types=("application/json", "text/csv", ledgers.XLSX, "text/html", "application/pdf"),
        problems=(400, 404, 503),
        query={
            "format": {
                "description": "form of the list",
                "enum": list(ledgers.FORMATS),
                "default": "json",
            },
            "encoding": {"description": "of csv", "enum": list(ENCODINGS), "default": "utf-8"},
            "by": {"description": "who takes it out", "default": ledgers.WHO},
            "why": {"description": "why", "default": ledgers.WHY},
        },
        right=Right.RUN_LEDGERS,
    ),
)
