"""Made-up days: calls of every ending as the journal tells them, in the order in which things happened."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime

from hypothesis import strategies as st

from config.clock import JST, to_ms
from db import Entry

BEFORE = ("closed", "blocked", "guidance_completed", "abandoned_in_guidance", "system_failed")
QUEUED = (
    "answered", "abandoned", "overflowed", "timed_out", "left_no_operator", "callback", "withdrawn",
    "system_failed",
)  # fmt: skip

STEPS = (("", "entered"), ("", "no_key"), ("7", "wrong_key"), ("1", "queue"), ("", "gave_up"))


def at(text: str) -> int:
    return to_ms(datetime.fromisoformat(text).replace(tzinfo=JST))


def call(
    name: str,
    t0: int,
    outcome: str | None,
    *,
    queued: bool | None = None,
    is_open: bool = True,
    wait_ms: int = 8_000,
    talk_ms: int = 60_000,
    seat: int = 1,
    menu: Sequence[tuple[str, str]] = (),
) -> list[Entry]:
    """One call's rows. ``outcome`` None: in progress. ``queued`` decides for what may end on both sides.

    menu: (key, target) of its steps in the menu "top".
    """
    if queued is None:
        queued = outcome in QUEUED and outcome != "system_failed"
    t3 = t0 + 5_000

    def row(after: int, kind: str, **data: object) -> Entry:
        return Entry(after, kind, call=name, line="main", data=data)

    rows = [row(t0, "call.received", open=is_open, called="0260001234"), row(t0 + 100, "call.answered")]
    rows += [row(t0 + 200 + n, "call.menu", menu="top", key=k, target=t) for n, (k, t) in enumerate(menu)]
    if not queued:
        return rows if outcome is None else [*rows, row(t3, "call.ended", outcome=outcome)]
    rows.append(row(t3, "call.queued", position=1))
    end = t3 + wait_ms
    if outcome == "answered":
        on_seat = {"call": name, "seat": seat, "operator": f"op{seat}", "offer": f"{name}.1", "line": "main"}
        rows += [
            Entry(end - 10, "offer.started", **on_seat),  # type: ignore[arg-type]  # a dict of several types
            Entry(end, "call.connected", **on_seat, data={"wait_ms": wait_ms}),  # type: ignore[arg-type]  # same
            row(end + talk_ms, "call.talk_ended", by="caller"),
            row(end + talk_ms, "call.ended", outcome="answered", queued=True),
            Entry(
                end + talk_ms, "seat.state", call=name, seat=seat, data={"from": "talking", "to": "wrap_up"}
            ),
            Entry(end + talk_ms + 12_000, "seat.state", seat=seat, data={"from": "wrap_up", "to": "ready"}),
        ]
    elif outcome is not None:
        rows.append(row(end, "call.ended", outcome=outcome, queued=True))
    return rows


def by_time(*calls: list[Entry]) -> list[Entry]:
    return sorted((entry for rows in calls for entry in rows), key=lambda entry: entry.at_ms)


@st.composite
def journals(
    draw: st.DrawFn, start: int = at("2026-11-20T23:20:00"), span_ms: int = 3_600_000
) -> list[Entry]:
    """Random but possible journals, over midnight by default, cut at a random moment."""
    made = []
    for number in range(draw(st.integers(0, 14))):
        queued = draw(st.booleans())
        made.append(
            call(
                f"c{number:03d}",
                start + draw(st.integers(0, span_ms)),
                draw(st.sampled_from((None, *(QUEUED if queued else BEFORE)))),
                queued=queued,
                is_open=draw(st.booleans()),
                wait_ms=draw(
                    st.one_of(st.integers(0, 40_000), st.sampled_from([5_000, 5_001, 20_000, 20_001]))
                ),
                talk_ms=draw(st.integers(0, 1_800_000)),
                seat=draw(st.integers(1, 7)),
                menu=draw(st.lists(st.sampled_from(STEPS), max_size=3)),
            )
        )
    return by_time(*made)


def worse(entries: list[Entry], seed: int) -> list[Entry]:
    """The same journal with rows lost, repeated and late."""
    dice = random.Random(seed)
    kept = [entry for entry in entries if dice.random() > 0.15]
    kept += dice.sample(kept, len(kept) // 5)
    dice.shuffle(kept)
    return kept
