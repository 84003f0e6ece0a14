"""Why a seat was not offered a call at a moment: its reason, as a code and in Japanese."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from db import Entry, JournalRow
from reports.definitions import MISS_NAMES
from reports.seat_board import BoardSeat, SeatBoard, whole
from reports.why_words import STRATEGY_NAMES, span_text

_FAILURES = ("no_answer", "declined", "busy", "unreachable", "failed")
_STARTS = ("offer.started", "callback.offered")
_ENDS = ("offer.ended", "callback.offer_ended")
TICKET = "-cb"


@dataclass(frozen=True, slots=True)
class SeatReason:
    """Why this seat was not offered the call. ``text`` begins with the seat."""

    seat: int
    code: str
    text: str

    def to_json(self) -> dict[str, Any]:
        """The element of ``seats``."""
        return {"seat": self.seat, "code": self.code, "text": self.text}


@dataclass(slots=True)
class Asked:
    """What the call itself has had so far: the seats that failed it, and until when each cools down."""

    call: str
    failed: set[int] = field(default_factory=set)
    cooling: dict[int, int] = field(default_factory=dict)

    def add(self, row: JournalRow) -> None:
        """Take one row, of any call; twice is as good as once."""
        entry = row.entry
        if entry.seat is None or entry.offer is None or not self._is_own(entry.offer):
            return
        if entry.kind in _ENDS and entry.data.get("outcome") in _FAILURES:
            self.failed.add(entry.seat)
        elif entry.kind == "seat.miss":
            cool_down_ms = whole(entry.data.get("cool_down_ms"))
            if cool_down_ms is not None:
                self.cooling[entry.seat] = entry.at_ms + cool_down_ms

    def owns(self, call: str | None) -> bool:
        """Whether this id is the call's own or its callback's."""
        return call is not None and call in (self.call, f"{self.call}{TICKET}")

    def _is_own(self, offer: str) -> bool:
        return self.owns(offer.rpartition(".")[0])


def reasons(
    board: SeatBoard, asked: Asked, offered: Sequence[Entry], at_ms: int, *, chosen_by_hand: bool
) -> list[SeatReason]:
    """Of every seat but those offered, by number."""
    rung = {entry.seat for entry in offered}
    found = []
    for seat in board.present():
        if seat.seat in rung:
            continue
        if seat.state == "ready":
            code, text = _ready(board, asked, seat, offered, at_ms, chosen_by_hand=chosen_by_hand)
        else:
            code, text = _not_ready(asked, seat, at_ms)
        found.append(SeatReason(seat.seat, code, f"席{seat.seat}: {text}"))
    return found


def _not_ready(asked: Asked, seat: BoardSeat, at_ms: int) -> tuple[str, str]:
    lasts = span_text(at_ms - seat.since_ms)
    of_callback = seat.call is not None and seat.call.endswith(TICKET)
    match seat.state:
        case "logged_out":
            return "logged_out", "ログインしていません"
        case "unreachable":
            if seat.phone == "unreachable":
                return "phone_unreachable", "電話が応答しません"
            return "phone_unregistered", "電話が登録されていません"
        case "wrap_up":
            if seat.wrap_up_until_ms is None:
                return "wrap_up", f"後作業 {lasts}"
            return "wrap_up", f"後作業 残り{span_text(seat.wrap_up_until_ms - at_ms, up=True)}"
        case "break":
            reason = MISS_NAMES.get(seat.reason or "", seat.reason or "")
            return "break", f"離席({reason}) {lasts}" if reason else f"離席 {lasts}"
        case "ringing":
            if asked.owns(seat.call):
                return "ringing_for_this", "この着信で呼出中"
            return "ringing", "呼出中(折り返し)" if of_callback else "呼出中(別の着信)"
        case "talking" if seat.reason == "own_call":
            return "own_call", f"通話中(自分の電話) {lasts}"
        case "talking" if seat.reason == "callback":
            return "callback", f"折り返しの発信中 {lasts}"
        case "talking":
            return "talking", f"通話中(折り返し) {lasts}" if of_callback else f"通話中 {lasts}"
        case "hold":
            return "hold", f"保留中 {lasts}"
        case _:
            return seat.state, f"{seat.state} {lasts}"


def _ready(
    board: SeatBoard,
    asked: Asked,
    seat: BoardSeat,
    offered: Sequence[Entry],
    at_ms: int,
    *,
    chosen_by_hand: bool,
) -> tuple[str, str]:
    number = seat.seat
    if number in asked.failed:
        left_ms = asked.cooling.get(number, at_ms) - at_ms
        if left_ms > 0:
            return "cool_down", f"この着信に出られなかったため 残り{span_text(left_ms, up=True)}"
        return "tried", "この着信に出られなかったため後回し"
    first = offered[0] if offered else None
    chosen = None if first is None or first.seat is None else board.seats.get(first.seat)
    if first is None or chosen is None:
        return "not_eligible", _NOT_ELIGIBLE
    if chosen_by_hand:
        return "chosen_by_supervisor", f"受付可だが業務責任者が席{chosen.seat}を指定"
    if first.data.get("same_operator") is True:
        return "same_operator", f"受付可だが前に応対したオペレーターの席{chosen.seat}を優先"
    strategy = str(first.data.get("strategy", "longest_idle"))
    if not _comes_after(strategy, seat, chosen):
        return "not_eligible", _NOT_ELIGIBLE
    before = f"(席{chosen.seat}が先)"
    if strategy == "longest_idle":
        return "not_first", f"受付可だが待機の短い席{before}"
    if strategy == "ring_progressively":
        return "next_round", f"受付可だが次の回に呼び出す席{before}"
    return "not_first", f"受付可だが{STRATEGY_NAMES.get(strategy, strategy)}で後の席{before}"


_NOT_ELIGIBLE = "この着信の条件に合いません"


def _comes_after(strategy: str, seat: BoardSeat, chosen: BoardSeat) -> bool:
    """Whether the strategy explains that the other one was rung; where the rows cannot tell, it does."""
    idle = (chosen.able_ms or 0, chosen.seat) < (seat.able_ms or 0, seat.seat)
    match strategy:
        case "longest_idle" | "ring_progressively":
            return idle
        case "round_robin":
            return chosen.rung_seq <= seat.rung_seq
        case "ring_all":
            return False
        case _:
            return True
