"""The sentences of the decisions about a call, in Japanese."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from types import MappingProxyType

from db import Entry
from reports.definitions import CAUSE_NAMES, MISS_NAMES, TERM_NAMES, TOWARD_NAMES
from reports.seat_board import whole

STRATEGY_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "longest_idle": "待機の長い順",
        "round_robin": "順番",
        "fewest_calls": "応答の少ない順",
        "least_talk": "通話の短い順",
        "random": "無作為",
        "linear": "席の並び順",
        "ring_all": "一斉呼出",
        "ring_progressively": "順次追加の呼出",
    }
)
_OUTCOMES = {
    **MISS_NAMES,
    "answered": "応答",
    "failed": "接続の失敗",
    "caller_gone": "発信者が切断",
    "lost_race": "他の席が先に応答",
    "withdrawn": "呼出の取消し",
}
_MOVES = {
    "position": "業務責任者が順番を変更",
    "priority": "業務責任者が優先度を変更",
    "fair": "長く待ったため優先",
    "line": "他の回線の列へ移動",
    "chosen": "業務責任者が席を指定",
}
_TICKETS = {
    "reached": "つながった",
    "unreached": "つながらなかった",
    "expired": "期限切れ",
    "cancelled": "取消し",
}
_ENDED_BY = {"caller": "発信者", "operator": "オペレーター", "system": "システム"}


def span_text(ms: int, *, up: bool = False) -> str:
    """A length of time for people: "12秒", "2分10秒", "1時間5分". ``up``: a part of a second counts."""
    seconds = max(0, -(-ms // 1000) if up else ms // 1000)
    if seconds < 60:
        return f"{seconds}秒"
    minutes, rest = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes}分{rest}秒" if rest else f"{minutes}分"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}時間{minutes}分" if minutes else f"{hours}時間"


def _wait(value: object) -> str:
    ms = whole(value)
    return "不明" if ms is None else span_text(ms)


def _queued(rows: Sequence[Entry]) -> str:
    data = rows[0].data
    parts = [f"{data.get('position', '?')}番目"]
    if "predicted_ms" in data:
        parts.append(f"予想待ち時間 {_wait(data['predicted_ms'])}")
    if "staffed" in data:
        parts.append(f"受付席 {data['staffed']}")
    for key, name in (("line", "回線"), ("need", "条件"), ("priority", "優先度")):
        if data.get(key):
            parts.append(f"{name} {data[key]}")
    return f"待ち行列に入る（{'、'.join(parts)}）"


def _offered(rows: Sequence[Entry]) -> str:
    seats = "・".join(f"席{row.seat}" for row in rows)
    strategy = rows[0].data.get("strategy")
    how = f"（{STRATEGY_NAMES.get(str(strategy), str(strategy))}）" if strategy else ""
    return f"{_callback(rows)}{seats}を呼び出す{how}"


def _offer_ended(rows: Sequence[Entry]) -> str:
    data = rows[0].data
    outcome = str(data.get("outcome"))
    ring_ms = whole(data.get("ring_ms"))
    rang = "" if ring_ms is None else f"（呼出 {ring_ms / 1000:.1f}秒）"
    return f"{_callback(rows)}席{rows[0].seat}: {_OUTCOMES.get(outcome, outcome)}{rang}"


def _callback(rows: Sequence[Entry]) -> str:
    return "折り返し: " if rows[0].kind.startswith("callback.") else ""


def _overflowed(rows: Sequence[Entry]) -> str:
    data = rows[0].data
    cause, toward = str(data.get("cause")), str(data.get("toward"))
    target = f" {data['target']}" if data.get("target") else ""
    stage = "待ち始め" if data.get("stage") == "entry" else "待っている間"
    seen = [
        f"{data.get('position', '?')}番目",
        f"待ち {data.get('waiting', '?')}人",
        f"受付席 {data.get('staffed', '?')}",
        f"予想待ち時間 {_wait(data.get('predicted_ms'))}",
        f"待ち時間 {_wait(data.get('waited_ms'))}",
    ]
    return (
        f"あふれ（{stage}）: {CAUSE_NAMES.get(cause, cause)}（上限 {_limit(cause, data.get('limit'))}）"
        f"→ {TOWARD_NAMES.get(toward, toward)}{target}。{'、'.join(seen)}"
    )


def _limit(cause: str, limit: object) -> str:
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not isfinite(limit):
        return "不明"
    if cause == "queue_full":
        return f"{limit:g}人"
    return f"席あたり{limit:g}人" if cause == "calls_per_seat" else span_text(int(limit))


def _moved(rows: Sequence[Entry]) -> str:
    data = rows[0].data
    why = str(data.get("why"))
    return f"{_callback(rows)}{_MOVES.get(why, why)}（{data.get('position', '?')}番目へ）"


def _told(rows: Sequence[Entry]) -> str:
    data = rows[0].data
    return f"待ち時間を案内（約{data.get('minutes', '?')}分、予想 {_wait(data.get('predicted_ms'))}）"


def _connected(rows: Sequence[Entry]) -> str:
    wait = f"（待ち時間 {_wait(rows[0].data.get('wait_ms'))}）"
    operator = f"、オペレーター {rows[0].operator}" if rows[0].operator else ""
    return f"{_callback(rows)}席{rows[0].seat}{operator}につながる{wait}"


def _talk_ended(rows: Sequence[Entry]) -> str:
    by = str(rows[0].data.get("by"))
    return f"{_callback(rows)}通話の終わり（{_ENDED_BY.get(by, by)}が切断）"


def _withdrawn(rows: Sequence[Entry]) -> str:
    reason = rows[0].data.get("reason")
    return f"業務責任者が列から外す（{reason}）" if reason else "業務責任者が列から外す"


def _asked(rows: Sequence[Entry]) -> str:
    if rows[0].data.get("merged") is True:
        return f"折り返しの申込み（同じ番号の先の申込み {rows[0].data.get('ticket')} に合流）"
    return "折り返しの申込み（列の順番はそのまま）"


def _calling(rows: Sequence[Entry]) -> str:
    return f"折り返し: 申込者を呼び出す（{rows[0].data.get('attempt', '?')}回目）"


def _failed(rows: Sequence[Entry]) -> str:
    data = rows[0].data
    cause = str(data.get("cause"))
    due_ms = whole(data.get("due_ms"))
    later = "これで終わり" if due_ms is None else f"{span_text(due_ms - rows[0].at_ms)}後に再び"
    return f"折り返し: つながらない（{_OUTCOMES.get(cause, cause)}、{later}）"


def _closed(rows: Sequence[Entry]) -> str:
    state = str(rows[0].data.get("state"))
    return f"折り返しの終わり: {_TICKETS.get(state, state)}"


def _ended(rows: Sequence[Entry]) -> str:
    outcome = str(rows[0].data.get("outcome"))
    return f"着信の終わり: {TERM_NAMES.get(outcome, outcome)}"


TEXTS: Mapping[str, Callable[[Sequence[Entry]], str]] = MappingProxyType(
    {
        "call.queued": _queued,
        "call.overflowed": _overflowed,
        "call.moved": _moved,
        "call.wait_told": _told,
        "call.connected": _connected,
        "call.talk_ended": _talk_ended,
        "call.withdrawn": _withdrawn,
        "call.ended": _ended,
        "offer.started": _offered,
        "offer.ended": _offer_ended,
        "callback.asked": _asked,
        "callback.offered": _offered,
        "callback.offer_ended": _offer_ended,
        "callback.moved": _moved,
        "callback.calling": _calling,
        "callback.failed": _failed,
        "callback.connected": _connected,
        "callback.talk_ended": _talk_ended,
        "callback.closed": _closed,
    }
)
"""By kind: the rows of one decision, at least one, to its sentence."""
