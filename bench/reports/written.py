"""Invented entries of both ledgers, and the manager's days, for the samples."""

from __future__ import annotations

import random

from sqlalchemy import select

from config import parse_local, to_ms
from config.forms import BOOKING, INQUIRY
from db import Database, Entry
from db.append import append
from db.ledger import Writing, correct, write
from db.tables import calls
from reports.attendance import KIND

_FAMILY = ("ナガノ", "マツモト", "ウエダ", "スザカ", "チクマ", "イイヤマ", "コモロ", "サク")
_GIVEN = ("ハナコ", "タロウ", "ジロウ", "ヨシコ", "アキラ", "ミドリ", "ケンイチ", "サチコ")
_ASKED = (
    (
        ["受取予約", "持ち物"],
        "受取りに必要な持ち物を知りたい。",
        "交付通知書、本人確認書類、通知カードを案内した。",
        "完結",
    ),
    (
        ["申請", "申請状況"],
        "申請してから2か月たつが、通知が来ない。",
        "状況を確認し、市の担当課から連絡することとした。",
        "市へ引継ぎ",
    ),
    (
        ["暗証番号", "忘れた"],
        "暗証番号を忘れた。ロックがかかったらしい。",
        "窓口での再設定の手続きと持ち物を案内した。",
        "完結",
    ),
    (
        ["紛失", "一時停止"],
        "カードを落とした。すぐに止めたい。",
        "24時間の一時停止の窓口（0120-95-0178）を案内した。",
        "他機関案内",
    ),
    (
        ["更新", "電子証明書"],
        "有効期限の通知が届いた。更新に予約は必要か。",
        "予約なしで受け付けていること、受付時間を案内した。",
        "完結",
    ),
)


def write_ledgers(database: Database) -> None:
    """Entries of 5 October's answered calls, and the manager's first week."""
    chance = random.Random(7)
    begins, ends = (to_ms(parse_local(f"2026-10-0{n} 00:00:00")) for n in (5, 6))
    query = (
        select(calls.c.call, calls.c.connected_ms, calls.c.operator)
        .where(calls.c.connected_ms >= begins, calls.c.connected_ms < ends)
        .order_by(calls.c.connected_ms)
    )
    with database.read() as connection:
        answered = connection.execute(query).all()
    for n, (call, at_ms, operator) in enumerate(answered[:60]):
        if n % 2:
            category, asked, told, handling = _ASKED[chance.randrange(len(_ASKED))]
            plain = {"category": category, "handling": handling, "complaint": n % 19 == 0, "faq": f"F{n:03d}"}
            sealed = {"content": asked, "reply": told}
            if handling == "市へ引継ぎ":
                sealed["handed_to"] = "市民窓口課"
                plain["handed_at"] = "2026-10-05T15:20"
            writing = Writing(
                "inquiry", operator, INQUIRY.version, INQUIRY.definition, plain, sealed, call=call
            )
            write(database, writing, at_ms + 200_000)
            continue
        day = 20 + n % 9
        plain = {
            "kind": ("新規", "新規", "変更", "取消")[n % 4], "notice": "あり",
            "visitor": ("本人", "本人", "法定代理人")[n % 3], "wish_1": f"2026-10-{day}T10:00",
            "wish_2": f"2026-10-{day + 1}T14:30", "fixed": f"2026-10-{day}T10:00",
            "place": "市役所1階 市民窓口課",
            "told": True,
        }  # fmt: skip
        phone = f"+8190000000{n:02d}"
        sealed = {
            "name": f"{chance.choice(_FAMILY)}　{chance.choice(_GIVEN)}",
            "birth": f"19{chance.randrange(40, 99)}-0{chance.randrange(1, 9)}-1{chance.randrange(9)}",
            "phone": phone, "notice_number": f"{chance.randrange(10**9):010d}",
            "remarks": "車いすで来庁。付添いの方が同行する。" if n % 10 == 0 else "",
        }  # fmt: skip
        sealed = {key: value for key, value in sealed.items() if value}
        writing = Writing(
            "booking", operator, BOOKING.version, BOOKING.definition, plain, sealed, (phone,), call
        )
        made = write(database, writing, at_ms + 200_000)
        if n == 4:
            again = Writing(
                "booking", operator, BOOKING.version, BOOKING.definition, plain, sealed, (phone,),
                why="希望日時の聞き違い",
            )  # fmt: skip
            correct(database, made.entry, 1, again, at_ms + 900_000)
    for day in (1, 2, 5, 6, 7, 8, 9):
        for at, to, reason in (
            ("08:15", "in", ""),
            ("12:05", "break", "昼食"),
            ("13:02", "in", ""),
            ("17:32", "out", ""),
        ):
            data = {"to": to, "name": "見本 太郎", "reason": reason}
            at_ms = to_ms(parse_local(f"2026-10-{day:02d} {at}:00"))
            append(database, [Entry(at_ms, KIND, operator="900", data=data)])
