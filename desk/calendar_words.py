"""The Japanese words of the page /calendar."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ivr.override import WORDS, OverrideKind

KINDS: tuple[tuple[str, str, str], ...] = (
    # kind, name, what it does
    (OverrideKind.CLOSED, WORDS[OverrideKind.CLOSED], "受付を休みます。電話には、休止の案内が流れます。"),
    (OverrideKind.OPEN, WORDS[OverrideKind.OPEN], "閉庁日や時間外でも、電話を受けます。"),
    (OverrideKind.HOURS, WORDS[OverrideKind.HOURS], "期間の各日の受付時間を、下の時間に変えます。"),
)

OVERRIDE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "pending": "確認待ち",
        "planned": "予定",
        "in_force": "実施中",
        "ended": "終了",
        "withdrawn": "取消",
        "lapsed": "確認されず期限切れ",
    }
)

FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "reason": "理由",
        "by": "氏名",
        "confirmed_by": "確認者",
        "from": "開始",
        "until": "終了",
        "periods": "受付時間",
        "time": "日時",
        "month": "月",
    }
)
"""What the API's fields are called here."""

OVERRIDE_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "past": "過ぎた時刻は指定できません。今すぐ始めるときは、開始を空欄にしてください。",
        "contradicts": "同じ時間に、食い違う変更があります。"
        "先にそれを取り消すか、「こちらを優先する」に印を付けてください。",
        "exists": "同じ内容の変更が、もう登録されています。",
        "same_person": "登録した人は確認者になれません。別の人が確認してください。",
        "not_pending": "もう確認されています。",
        "over": "もう終わった変更です。",
        "no_such_override": "その変更は見つかりません。",
        "no_such_line": "その回線はありません。",
    }
)
