"""The definitions of the figures, as printed under every report. A change of meaning is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DEFINITIONS_VERSION = "1"
THRESHOLD_S = 20
"""Service level: answered within this many seconds of entering the queue counts as met."""
SHORT_S = 5
"""An abandoned call that waited at most this many seconds is a short one."""

TERM_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "closed": "時間外案内",
        "blocked": "着信規制",
        "guidance_completed": "案内で完了",
        "abandoned_in_guidance": "案内中の切断",
        "system_failed": "システム障害",
        "in_guidance": "案内中",
        "answered": "応答",
        "abandoned": "待ち中の切断（放棄）",
        "overflowed": "あふれ転送",
        "timed_out": "待ち時間超過",
        "left_no_operator": "受付席なし",
        "callback": "折返し受付",
        "withdrawn": "取下げ",
        "still_waiting": "待ち中",
    }
)

OUTCOMES = frozenset(TERM_NAMES) - {"in_guidance", "still_waiting"}
"""How a call can have ended (終了区分)."""

DEFINITIONS: tuple[tuple[str, str], ...] = (
    ("着信（入電）", "窓口の番号に届いたすべての電話。時間外を含む。着いた時刻の時間帯・日・月に数える。"),
    ("時間内着信", "着いた時点で受付時間内だった着信。時間外着信は着信から時間内着信を除いたもの。"),
    ("待ち行列", "案内の後、オペレーターを待つ列に入った着信。"),
    ("応答", "オペレーターと通話がつながった着信。転送や再呼出があっても一件。案内のみは含まない。"),
    (
        "応答前の切断（放棄）",
        "待ち行列に入った後、つながる前に発信者が切った着信。案内中の切断（表では「案内中」）は別に数える。",
    ),
    ("短時間放棄（短時間）", f"放棄のうち、待ち時間が {SHORT_S} 秒以下のもの。"),
    ("応答率", "応答 ÷ 時間内着信。別に、応答 ÷ 待ち行列、応答 ÷ 着信（時間外を含む）も示す。"),
    ("放棄率", "放棄 ÷ 待ち行列。別に、短時間放棄を分子・分母から除いたものも示す。"),
    (
        "サービスレベル（SL）",
        f"{THRESHOLD_S} 秒以内の応答 ÷（待ち行列 − 短時間放棄）。あふれ・折返しは分母に残す。"
        f"待ち始めて {THRESHOLD_S} 秒に満たない着信は、結果が出るまで数えない。"
        "厳格：分母から短時間放棄を除かない。応答のみ：分母は応答。折返し中立：分母から折返し受付を除く。",
    ),
    (
        "待ち時間",
        "待ち行列に入ってから、つながるまで（放棄は切るまで）。呼出中の時間を含む。"
        "平均応答速度（ASA）は応答した着信の平均、最長待ち時間は放棄などを含む最大。",
    ),
    (
        "通話時間",
        "つながってから通話が終わるまで。保留を含む。保留時間は別にも示す（保留のあった通話の平均）。",
    ),
    ("後処理時間", "通話後の後処理の平均。期間内に始まり、終わったもの。"),
    ("端数", "率は件数から計算し、平均の平均はとらない。分母が 0 のときは「–」。時刻は日本時間。"),
)
