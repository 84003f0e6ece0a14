"""Entries of invented citizens, as the shipped forms of the ledgers want them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from config.categories import DEFAULT_TREE, paths

FAMILIES = (
    "ナガノ",
    "コバヤシ",
    "ミヤザワ",
    "マルヤマ",
    "タケウチ",
    "シミズ",
    "キタハラ",
    "ヤマザキ",
    "ナカザワ",
    "モモセ",
)
NAMES = ("タロウ", "ハナコ", "ケンジ", "サクラ", "ユウト", "ミサキ", "アオイ", "ショウゾウ", "トメ", "キヨシ")
PLACES = ("市役所本庁舎 1階", "篠ノ井支所", "もんぜんぷら座")
QUESTIONS = (
    ("交付通知書が届かないがいつ届くか。", "発送の時期をご案内した。"),
    ("暗証番号を忘れた。", "窓口での再設定の手続きと持ち物をご案内した。"),
    ("カードを失くした。", "一時停止の24時間窓口をご案内した。"),
    ("代理人が受け取れるか。", "必要な書類をご案内した。"),
    ("引っ越したが手続きは要るか。", "転入届と併せての手続きをご案内した。"),
)


def entry_of(chance: random.Random, now: datetime) -> dict[str, Any]:
    """The body of `POST /entries`, without whose it is: two of three are bookings."""
    if chance.random() < 0.66:
        return {"ledger": "booking", "values": _booking(chance, now)}
    content, reply = chance.choice(QUESTIONS)
    handling = chance.choices(("完結", "市へ引継ぎ", "他機関案内"), (8, 1, 1))[0]
    values = {
        "category": list(chance.choice(list(paths(DEFAULT_TREE)))),
        "content": content,
        "reply": reply,
        "handling": handling,
    }
    return {"ledger": "inquiry", "values": values}


def _booking(chance: random.Random, now: datetime) -> dict[str, Any]:
    day = now + timedelta(days=chance.randint(3, 20))
    day += timedelta(days=max(0, 7 - day.isoweekday())) if day.isoweekday() > 5 else timedelta()
    fixed = day.replace(hour=chance.randint(9, 16), minute=chance.choice((0, 30)), second=0, microsecond=0)
    birth = f"{chance.randint(1935, 2008)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
    return {
        "kind": chance.choices(("新規", "変更", "取消"), (8, 2, 1))[0],
        "name": f"{chance.choice(FAMILIES)}　{chance.choice(NAMES)}",
        "birth": birth,
        "phone": f"090{chance.randrange(10**7, 10**8)}",
        "notice": chance.choices(("あり", "なし"), (9, 1))[0],
        "visitor": chance.choices(("本人", "法定代理人", "任意代理人"), (8, 1, 1))[0],
        "wish_1": f"{fixed:%Y-%m-%dT%H:%M}",
        "fixed": f"{fixed:%Y-%m-%dT%H:%M}",
        "place": chance.choice(PLACES),
        "told": True,
    }
