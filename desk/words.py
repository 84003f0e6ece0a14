"""The Japanese words of the pages: states, and the figures with their definitions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from reports.definitions import definitions_of
from reports.service_level import NAMES, ServiceLevel

SEAT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "ready": "受付可",
        "ringing": "着信中",
        "talking": "通話中",
        "hold": "保留",
        "wrap_up": "後作業",
        "break": "離席",
        "unreachable": "未登録",
        "logged_out": "未ログイン",
    }
)
LINE_WORDS: Mapping[str, str] = MappingProxyType(
    {"open": "受付中", "closed": "時間外", "before": "開設前", "after": "終了", "emergency": "緊急案内中"}
)
LINE_MARKS: Mapping[str, str] = MappingProxyType(
    {"open": "○", "closed": "－", "before": "－", "after": "－", "emergency": "！"}
)

NOW = "いま"
DAY = "本日"
RECENT = "直近30分"


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a tile: where it stands in `/live`, how it is shown, and of what time it is."""

    where: str
    kind: str
    of: str = ""


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the wallboard. `alarms`: the thresholds that colour it."""

    id: str
    name: str
    told: str
    values: tuple[Value, ...]
    alarms: str = ""


def tiles(level: ServiceLevel) -> tuple[tuple[Tile, ...], tuple[Tile, ...]]:
    """The big figures and the others, with the definitions that the reports print under them."""
    defined = definitions_of(level.threshold_s, level.short_s, NAMES[level.formula][1])

    def told(name: str) -> str:
        return next(text for title, text in defined if title.startswith(name))

    big = (
        Tile(
            "waiting",
            "待ち人数",
            "いま、つながるのを待っている人数（呼出中を含む。折り返しを待つ人は含まない）。",
            (Value("waiting", "count"),),
            "waiting",
        ),
        Tile(
            "longest",
            "最長待ち時間",
            "いま待っている人のうち、最も長く待っている人の待ち時間。",
            (Value("longest_wait_s", "clock"),),
            "longest_wait_s",
        ),
        Tile(
            "next",
            "次の人の待ち見込み",
            "いま電話をかけた人が、つながるまでの見込み。（前の人数＋1）× 処理時間 ÷ 席数。"
            "受付可の席があれば「すぐ」。",
            (Value("next_wait_s", "wait"),),
            "next_wait_s",
        ),
        Tile(
            "answer-rate",
            "応答率",
            told("応答率"),
            (
                Value("today.answer_rate", "rate", DAY),
                Value("last_30_min.answer_rate", "rate", RECENT),
            ),
            "answer_rate recent_answer_rate",
        ),
        Tile(
            "service-level",
            f"サービスレベル（{level.threshold_s:g}秒）",
            told("サービスレベル"),
            (
                Value("today.service_level.value", "rate", DAY),
                Value("last_30_min.service_level", "rate", RECENT),
            ),
            "service_level recent_service_level",
        ),
    )
    others = (
        Tile("received", "時間内着信", told("時間内着信"), (Value("today.received_open", "count"),)),
        Tile("answered", "応答", told("応答"), (Value("today.answered", "count"),)),
        Tile(
            "abandoned",
            "放棄",
            f"{told('応答前の切断')}「短」は短時間放棄で、{told('短時間放棄')}",
            (Value("today.abandoned", "count"), Value("today.abandoned_short", "count", "うち短")),
        ),
        Tile("overflow", "あふれ", told("あふれ"), (Value("today.overflow_calls", "count"),)),
        Tile(
            "callbacks",
            "折り返し待ち",
            f"これから折り返す件数。{told('折返し受付')}",
            (Value("callbacks", "count"),),
            "callbacks",
        ),
        Tile("asa", "平均応答速度", told("待ち時間"), (Value("today.asa_s", "time"),), "asa_s"),
        Tile("talk", "平均通話時間", told("通話時間"), (Value("today.average_talk_s", "time"),)),
    )
    return big, others


HANDLED = (
    "応答は、席の電話を鳴らして応答した回数（折り返しを含む）。処理時間は、本日着いて通話の終わった着信の"
    "（通話 ＋ 後処理）÷ 件数。取りそこないは、応答なし・拒否・話中・不通。"
)
"""What stands under each seat."""
