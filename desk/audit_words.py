"""What the audit log is called on its page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

AUDIT_WORDS: Final[Mapping[str, str]] = {
    "audit.login": "ログイン",
    "audit.login_failed": "ログインの失敗",
    "audit.login_slowed": "続いた失敗",
    "audit.logout": "ログアウト",
    "audit.session_ended": "ログインの打ち切り",
    "audit.refused": "拒否",
    "audit.done": "操作",
    "audit.person": "アカウント",
    "audit.kiosk": "掲示リンク",
    "records.purged": "個人情報の消去",
    "hold.placed": "保全",
    "hold.released": "保全の解除",
    "report.closed": "締め",
    "calls.imported": "通話記録の取り込み",
    "categories.changed": "分類の変更",
    "phone.shown": "電話の設定の表示",
    "system.started": "起動",
    "system.stopped": "停止",
    "system.reloaded": "設定の読み直し",
}
"""Japanese by the journal's kind."""

WHAT_WORDS: Final[Mapping[str, str]] = {
    "added": "追加",
    "password": "パスワードの変更",
    "role": "役割の変更",
    "lines": "回線の変更",
    "name": "名前の変更",
    "operator": "オペレーターの変更",
    "disabled": "停止",
    "enabled": "再開",
    "unlocked": "失敗の取り消し",
    "totp_set": "二段階目の登録",
    "totp_reset": "二段階目の取り消し",
    "made": "作成",
    "revoked": "取り消し",
}
"""Japanese by what was done to an account or a link."""

WHY_WORDS: Final[Mapping[str, str]] = {
    "password": "パスワードの違い",
    "code": "確認コードの違い",
    "locked": "続いた失敗のため受け付けず",
    "disabled": "停止中のアカウント",
    "expired": "期限の切れた仮のパスワード",
    "unknown": "ない ID",
    "token": "アクセスキーの違い",
    "kiosk": "掲示リンクの違い",
}
"""Japanese by why a log-in failed."""
