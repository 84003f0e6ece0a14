"""The Japanese words of the pages: states, and the figures with their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from reports.definitions import DEFINITIONS, SHORT_S, THRESHOLD_S

SEAT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "ready": "受付可",
        "ringing": "着信中",
        "talking": "通話中",
        "hold": "保留",
        "wrap_up": "後作業",
        "break": "離席",
        "unreachable": "未登録",
        "logged_out": "ログアウト",
    }
)
LINE_WORDS: Mapping[str, str] = MappingProxyType(
    {"open": "受付中", "closed": "時間外", "before": "開設前", "after": "終了", "emergency": "緊急案内中"}
)


def _told(name: str) -> str:
    """The definition as the reports print it, found by how its name begins."""
    return next((text for title, text in DEFINITIONS if title.startswith(name)), "")


_RECENT = "直近30分に着いた着信について。"

FIGURES: tuple[tuple[str, str, str, str], ...] = (
    # where in /live, how it is shown, name, definition
    ("today.received_open", "count", "時間内着信", _told("時間内着信")),
    ("today.answered", "count", "応答", _told("応答")),
    ("today.abandoned", "count", "放棄", _told("応答前の切断")),
    ("today.abandoned_short", "count", f"うち短時間（{SHORT_S}秒以下）", _told("短時間放棄")),
    ("today.overflow_calls", "count", "あふれのあった着信", _told("あふれ")),
    ("today.callbacks.open", "count", "折り返し（これから）", _told("折り返し")),
    ("today.answer_rate", "rate", "応答率", _told("応答率")),
    ("last_30_min.answer_rate", "rate", "応答率（30分）", _RECENT + _told("応答率")),
    (
        "today.service_level.value",
        "rate",
        f"サービスレベル（{THRESHOLD_S}秒）",
        _told("サービスレベル"),
    ),
    ("last_30_min.service_level", "rate", "サービスレベル（30分）", _RECENT + _told("サービスレベル")),
    ("today.asa_s", "time", "平均応答速度", _told("待ち時間")),
    ("today.longest_wait_s", "time", "本日の最長待ち", _told("待ち時間")),
    ("today.average_talk_s", "time", "平均通話時間", _told("通話時間")),
    ("today.received_closed", "count", "時間外着信", _told("時間内着信")),
)
