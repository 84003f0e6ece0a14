"""The Japanese words of the page /announcements."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ivr.announcement import Place

SUPERVISOR_WORD = "業務責任者"

PLACES: tuple[tuple[str, str, str], ...] = (
    # place, name, what callers hear
    (Place.GREETING, "最初のあいさつの後", "あいさつに続けて流れ、その後は通常どおりつながります。"),
    (Place.WAITING, "お待ちの間", "「そのままお待ちください」の案内と交互に流れます。"),
    (Place.EMERGENCY, "緊急（いちばん先に）", "時間内・時間外とも、ほかの案内より先に流れます。"),
    (
        Place.INSTEAD,
        "緊急（これだけ流して終話）",
        "このお知らせだけが流れて電話が切れます。オペレーターにはつながりません。",
    ),
)

VOICES: tuple[tuple[str, str], ...] = (
    ("ja", "日本語"),
    ("easy", "やさしい日本語（ゆっくり）"),
    ("en", "英語"),
)

ANNOUNCEMENT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "rendering": "音声を作成中",
        "failed": "作成できず",
        "draft": "下書き",
        "scheduled": "公開待ち",
        "live": "公開中",
        "expired": "終了",
        "withdrawn": "取り下げ",
    }
)

PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "text_empty": "お知らせの文を入力してください。",
        "text_too_long": "文が長すぎます。短くしてください。",
        "text_unspeakable": "読み上げられない文字（絵文字、記号 { } < > など）を取り除いてください。",
        "my_number": "12桁の数字があります。マイナンバーのおそれがあるため、使えません（番号法）。",
        "text_my_number": "12桁の数字があります。マイナンバーのおそれがあるため、使えません（番号法）。",
        "not_spoken": "この文は読み上げられませんでした。文を変えてください。",
        "until_past": "終了の日時が過ぎています。",
        "until_order": "終了は、開始より後の日時にしてください。",
        "until_far": "終了は、1年以内の日時にしてください。",
        "line_unknown": "その回線はありません。画面を読み込み直してください。",
        "voice_missing": "この機械に音声合成が入っていません。システム管理者に連絡してください。",
        "too_slow": "音声の作成に時間がかかりすぎました。しばらくしてからもう一度お試しください。",
        "busy": "ほかのお知らせの音声を作成中です。しばらくしてからもう一度お試しください。",
        "published": "このお知らせは、すでに公開されています。",
        "over": "このお知らせの期間は終わっています。",
        "withdrawn": "このお知らせは、すでに取り下げられています。",
        "failed": "このお知らせの音声は作成できませんでした。新しく作ってください。",
        "no_such_announcement": "そのお知らせはありません。",
        "not_possible": "この窓口では、お知らせを作れません。",
        "bad_argument": "入力に誤りがあります。",
        "unauthorised": "ログインの期限が切れました。もう一度ログインしてください。",
    }
)
