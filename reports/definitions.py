"""The definitions of the figures, as printed under every report. A change of meaning is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DEFINITIONS_VERSION = "3"
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

CAUSE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "no_seat": "受付席なし",
        "queue_full": "待ち行列の満員",
        "calls_per_seat": "席あたりの待ち数",
        "predicted_wait": "予想待ち時間",
        "waited": "待ち時間の超過",
        "closing": "受付終了",
    }
)
"""あふれの理由."""

TOWARD_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "announce": "案内して待つ",
        "choice": "案内と選択",
        "hang_up": "案内して終了",
        "line": "他の回線へ",
        "number": "他の番号へ",
    }
)
"""あふれの行き先."""

CALLBACK_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "reached": "つながった",
        "unreached": "つながらなかった",
        "expired": "期限切れ",
        "cancelled": "取消し",
        "open": "これから",
    }
)
"""What became of a callback (折り返し)."""

MISS_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "no_answer": "応答なし",
        "declined": "拒否",
        "busy": "話中",
        "unreachable": "不通",
    }
)
"""Why a seat did not take an offer (取りそこない)."""


def definitions_of(threshold_s: float, short_s: float, formula: str) -> tuple[tuple[str, str], ...]:
    """The terms and what they mean, with the numbers (seconds) and the formula of this contract."""
    return (
        (
            "着信（入電）",
            "窓口の番号に届いたすべての電話。時間外を含む。着いた時刻の時間帯・日・月に数える。",
        ),
        ("時間内着信", "着いた時点で受付時間内だった着信。時間外着信は着信から時間内着信を除いたもの。"),
        ("待ち行列", "案内の後、オペレーターを待つ列に入った着信。"),
        ("応答", "オペレーターと通話がつながった着信。転送や再呼出があっても一件。案内のみは含まない。"),
        (
            "応答前の切断（放棄）",
            "待ち行列に入った後、つながる前に発信者が切った着信。案内中の切断（表では「案内中」）は別に数える。",
        ),
        ("短時間放棄（短時間）", f"放棄のうち、待ち時間が {short_s:g} 秒以下のもの。"),
        ("応答率", "応答 ÷ 時間内着信。別に、応答 ÷ 待ち行列、応答 ÷ 着信（時間外を含む）も示す。"),
        ("放棄率", "放棄 ÷ 待ち行列。別に、短時間放棄を分子・分母から除いたものも示す。"),
        (
            "サービスレベル（SL）",
            f"この報告では {formula.replace('T', f' {threshold_s:g} ')}。"
            f"待ち始めて {threshold_s:g} 秒に満たない着信は、結果が出るまで数えない。"
            "あふれ・待ち時間超過は、達成しなかったものとして分母に残る。"
            "計算式の違うものを「サービスレベルの比較」に並べて示す。",
        ),
        (
            "目標を達成した時間帯",
            "30分ごとのサービスレベルが目標以上だった時間帯 ÷ サービスレベルを計算できた時間帯。",
        ),
        (
            "待ち時間",
            "待ち行列に入ってから、つながるまで（放棄は切るまで、あふれ・折返し受付・取下げは列を離れるまで）。"
            "呼出中の時間を含む。"
            "平均応答速度（ASA）は応答した着信の平均、最長待ち時間は放棄などを含む最大。",
        ),
        (
            "通話時間",
            "つながってから通話が終わるまで。保留を含む。保留時間は別にも示す（保留のあった通話の平均）。",
        ),
        ("後処理時間", "通話後の後処理の平均。期間内に始まり、終わったもの。"),
        (
            "あふれ",
            "待たせたままにできない理由（受付席なし・満員・席あたりの待ち数・予想待ち時間・待ち時間の超過・受付終了）"
            "が生じた回数を、理由と行き先ごとに数える。案内して待つ・案内と選択・他の回線へでは着信は待ち続ける。"
            "一件の着信に複数回あり得る。これによって終わった着信は、あふれ転送（他の番号へ、または案内して終了）・"
            "待ち時間超過（待ち時間の超過で案内して終了）・受付席なし（受付席なしで案内して終了）のどれか一つに数える。",
        ),
        (
            "折返し受付",
            "待つ代わりに折り返しを申し込んだ着信。応答にも放棄にも数えない。同じ番号からの重ねての申込みは、"
            "先の申込みに合わせる（合流）。",
        ),
        (
            "折り返し",
            "申込みのあった着信の日・月に、その後の結果を数える。"
            "申込み ＝ 合流 ＋ つながった ＋ つながらなかった ＋ 期限切れ ＋ 取消し ＋ これから"
            "（＋ 記録不完全）。"
            "発信は、申込者の電話を鳴らした回数。つながるまでは、申込みから通話の始まりまで。",
        ),
        (
            "予想待ち時間の誤差",
            "待ち行列に入ったときの予想と、実際の待ち時間との差（応答した着信）。中央値・90パーセンタイルは差の大きさ、"
            "偏りは（予想 − 実際）の平均で、正なら予想より早くつながった。"
            "「案内した予想」は、最初に音声で伝えた時点からの実際の待ち時間との差。",
        ),
        (
            "席別の呼出",
            "席の電話を鳴らした回数（折り返しを含む）を、終わった時刻で数える。取りそこないは応答なし・拒否・話中・不通。"
            "応答率（席）＝ 応答 ÷ 呼出。応答率（本人分）＝ 応答 ÷（応答 ＋ 取りそこない）で、発信者の切断・"
            "他席が先に応答・取消し・設備の失敗を含まない。",
        ),
        (
            "メニュー",
            "音声メニューに入った着信。入った件数と切断は着信を、番号は押された回数を数える。"
            "メニューの結果は、着信ごとに一つ（切断は、行き先が決まる前に発信者が切った着信）。",
        ),
        (
            "かけ直し",
            "同じ番号からの着信を、番号そのものを見ずに鍵付きハッシュでまとめて数える。前の着信から定めた時間以内の"
            "着信は一続きの試み。「後につながった」は、つながらなかった着信の後、その時間以内に応答または"
            "折り返しでつながったもの。非通知の着信と、個人情報を消去した着信は分からないものとして別に数える。",
        ),
        (
            "席の配置",
            "ログインし、電話が使え、離席していない席（受付可・着信中・通話中・保留・後処理）の数。記録台帳の席の状態から、"
            "受付時間の中だけを 30 分ごとに測る。基準に満たない時間は始めと終わりを秒まで示す。",
        ),
        (
            "勤務実態",
            "ログインからログアウトまでと、その間の状態ごとの時間。日付・30分の境で分け、過ぎた側に数える。"
            "占有率 ＝（通話 ＋ 保留 ＋ 後処理）÷（それ ＋ 受付可）。着信中・離席はどちらにも含まない。"
            "稼働率 ＝（通話 ＋ 保留 ＋ 後処理 ＋ 受付可）÷ ログイン時間。",
        ),
        ("端数", "率は件数から計算し、平均の平均はとらない。分母が 0 のときは「–」。時刻は日本時間。"),
    )


DEFINITIONS = definitions_of(THRESHOLD_S, SHORT_S, "T秒以内の応答 ÷（待ち行列 − 短時間放棄）")
"""Those of a contract that says nothing else."""
